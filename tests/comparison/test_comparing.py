import math
import re
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from compared import CLASSES, GOLD, WORDS, Told, group
from sklearn.metrics import f1_score

from pipeline.comparison.answers import Answers
from pipeline.comparison.comparing import measure
from pipeline.comparison.examples import find_changes
from pipeline.comparison.tables import figure_tables
from pipeline.comparison.verdict import verdicts


def by_name(measured):
    return {one.figure.name: one for one in measured.figures}


@pytest.fixture
def two_runs(tmp_path):
    return (
        group(tmp_path, "good", Told("good", 1, 0.05)),
        group(tmp_path, "bad", Told("bad", 2, 0.4)),
    )


def many(folder, label, errors, seeds):
    told = [Told(f"{label} {seed}", seed, errors, {"encoder.n_heads": label}) for seed in seeds]
    return group(folder, label, *told)


def test_figures_made_again_of_answers_are_scikit_learns(two_runs):
    found, answers = by_name(measure(two_runs)), two_runs[1].first.answers
    accuracy = (answers.gold == answers.predicted).mean()
    macro = f1_score(answers.gold, answers.predicted, average="macro")
    assert found["accuracy"].alone[1].mean.value == pytest.approx(accuracy)
    assert found["macro_f1"].alone[1].mean.value == pytest.approx(macro)
    assert found["loss"].alone[1].mean.value == pytest.approx(answers.loss.mean())


def test_two_runs_are_compared_over_documents(two_runs):
    measured = measure(two_runs)
    assert (measured.units, measured.unit) == (20, "documents")
    (beside,) = measured.figures[0].beside
    assert beside.grouped is None
    assert beside.paired.units == 20
    assert beside.is_claimed
    (said,) = verdicts(two_runs, measured)
    assert said.startswith("good beats bad by ")
    assert "100 words in 20 documents" in said
    assert "of other seeds this says nothing" in said


def test_where_no_document_is_known_sentences_are_drawn(tmp_path):
    two = [group(tmp_path, it, Told(it, i, documents=False)) for i, it in enumerate("ab")]
    measured = measure(two)
    assert (measured.units, measured.unit) == (40, "sentences")


def test_of_two_runs_with_the_same_answers_no_effect_is_told(tmp_path):
    two = [group(tmp_path, it, Told(it, 1)) for it in "ab"]
    (_, beside), *_ = (table.rows for table in figure_tables(two, measure(two)))
    assert beside[-3:] == ("0.00 [0.00, 0.00]", "1.00", "-")


def test_groups_are_compared_over_seeds(tmp_path):
    two = many(tmp_path, "4", 0.05, range(5)), many(tmp_path, "1", 0.5, range(10, 15))
    measured = measure(two)
    (beside,) = by_name(measured)["accuracy"].beside
    assert beside.p == pytest.approx(2 / 252)
    assert beside.grouped.improvement == 1
    (said,) = verdicts(two, measured)
    assert said.startswith("4 beats 1 by ")
    assert "p = 0.008, 5 seeds)" in said


def test_where_lower_is_better_the_better_has_less(tmp_path):
    two = many(tmp_path, "4", 0.05, range(5)), many(tmp_path, "1", 0.5, range(10, 15))
    (beside,) = by_name(measure(two))["loss"].beside
    assert beside.told.difference.value < 0
    assert beside.grouped.improvement == 1


def test_few_seeds_are_told_how_many_more_would_do(tmp_path):
    two = many(tmp_path, "4", 0.1, range(3)), many(tmp_path, "1", 0.2, range(10, 13))
    measured = measure(two)
    (beside,) = measured.figures[0].beside
    assert not beside.is_claimed
    assert beside.needed > 3
    (said,) = verdicts(two, measured)
    assert said.startswith("no difference can be claimed between 4 and 1: ")
    assert f"{beside.needed} seeds each, {beside.needed - 3} more" in said


def test_runs_of_a_group_that_differ_in_more_than_the_seed_are_not_called_seeds(tmp_path):
    rates = [Told(f"a{i}", i, params={"train.learning_rate": f"0.{i}"}) for i in range(1, 4)]
    two = group(tmp_path, "a", *rates), many(tmp_path, "1", 0.2, range(10, 13))
    assert "3 runs)" in verdicts(two, measure(two))[0]


def test_several_comparisons_are_adjusted(tmp_path):
    three = [group(tmp_path, it, Told(it, i, 0.1 + i / 20)) for i, it in enumerate("abc")]
    for by in measure(three).figures:
        ps = sorted((it.p, it.p_adjusted) for it in by.beside)
        assert ps[0][1] == pytest.approx(min(1, 2 * ps[0][0]))


def test_other_questions_are_refused(tmp_path):
    other = Told("other", objective={"kind": "tagging", "target": "xpos"})
    two = group(tmp_path, "one", Told("one")), group(tmp_path, "other", other)
    measured = measure(two)
    assert measured.figures == ()
    assert verdicts(two, measured) == measured.footings[0].said
    (said,) = measured.footings[0].said
    assert "objective.target is upos and xpos" in said


def test_runs_of_an_earlier_version_are_compared_by_what_they_tell(tmp_path):
    told = {"kind": "classification", "classification": {"labels": "one", "pooling": "mean"}}
    two = [group(tmp_path, name, Told(name, objective=told)) for name in ("one", "other")]
    assert measure(two).wording.class_name == "class"
    for lacking, said in (
        ({"kind": "labels"}, r"objective.kind is 'labels': expected one of tagging"),
        ({"kind": "classification"}, r"its objective does not tell 'classification'"),
    ):
        one = group(tmp_path / said[:9], "one", Told("one", objective=lacking))
        with pytest.raises(ValueError, match=rf"that this one cannot compare \({said}.*check out"):
            measure([one, one])


def test_other_sentences_are_refused(tmp_path):
    other = Told("other", words=[["x", *words[1:]] for words in WORDS])
    two = group(tmp_path, "one", Told("one")), group(tmp_path, "other", other)
    measured = measure(two)
    assert not measured.footings[0].has_figures
    assert re.search(r"the test sentences of other \(.*of one \(", measured.footings[0].said[0])


def test_other_right_answers_have_no_pairs_but_seeds_are_compared(tmp_path):
    gold = [[2, *right[1:]] for right in GOLD]
    two = (
        group(tmp_path, "one", *(Told(f"one{i}", i) for i in range(4))),
        group(tmp_path, "other", *(Told(f"other{i}", i + 9, gold=gold) for i in range(4))),
    )
    measured = measure(two)
    assert "refused, the paired test" in measured.footings[0].said[0]
    (beside,) = measured.figures[0].beside
    assert beside.paired is None
    assert beside.grouped is not None


def test_another_evaluation_is_named_and_the_answers_are_compared_all_the_same(tmp_path):
    code = {"pipeline/evaluation/scores.py": "old", "pipeline/cli/group.py": "old"}
    two = (
        group(tmp_path, "one", Told("one", code=code)),
        group(tmp_path, "other", Told("other", 3, code=dict.fromkeys(code, "new"))),
    )
    measured = measure(two)
    (said,) = measured.footings[0].said
    assert "pipeline/evaluation/scores.py" in said
    assert "group.py" not in said
    assert measured.figures[0].beside[0].paired is not None


def test_a_run_without_answers_is_named(tmp_path):
    two = group(tmp_path, "one", Told("one")), group(tmp_path, "other", Told("other"))
    (tmp_path / "other/evidence/test/predictions.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"other .* kept no answers on test"):
        measure(two)


def test_answers_that_are_no_table_are_named(tmp_path):
    two = group(tmp_path, "one", Told("one")), group(tmp_path, "other", Told("other"))
    (tmp_path / "other/evidence/test/predictions.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ValueError, match=r"test/predictions.parquet cannot be used"):
        measure(two)


def test_a_run_that_did_not_keep_its_sentences_is_compared_sentence_by_sentence(tmp_path):
    """As runs of earlier versions: with the same answers it has the same pairs."""
    two = group(tmp_path, "one", Told("one")), group(tmp_path, "other", Told("other", 3))
    (tmp_path / "one/evidence/test/sentences.parquet").unlink()
    measured = measure(two)
    assert (measured.units, measured.unit) == (40, "sentences")
    assert measured.footings[0].has_pairs
    assert not two[0].first.keeps_sentences
    assert two[1].first.keeps_sentences


OTHER_CLASSES = ("ADJ", "VERB", "NOUN", "X", "DET")


def test_classes_that_one_training_alone_met_change_no_figure(tmp_path):
    alike = many(tmp_path, "4", 0.05, range(5)), many(tmp_path, "1", 0.5, range(10, 15))
    told = [Told(f"x {seed}", seed, 0.5, classes=OTHER_CLASSES) for seed in range(10, 15)]
    others = alike[0], group(tmp_path, "x", *told)
    for expected, found in zip(measure(alike).figures, measure(others).figures, strict=True):
        (ours,), (theirs,) = found.beside, expected.beside
        assert (ours.p, ours.paired.p, ours.grouped.p) == (
            theirs.p,
            theirs.paired.p,
            theirs.grouped.p,
        )
        for one, other in zip(found.alone, expected.alone, strict=True):
            assert one.mean.value == pytest.approx(other.mean.value)
        for one, other in ((ours.paired, theirs.paired), (ours.grouped, theirs.grouped)):
            assert vars(one.difference) == pytest.approx(vars(other.difference))
    changes = find_changes(*others, [2], "tag")
    assert {one.theirs for one in changes.examples} <= {*CLASSES}


def test_losses_of_other_answers_are_not_compared(tmp_path):
    two = [group(tmp_path, it, Told(it, i, 0.1 + 0.3 * i)) for i, it in enumerate("ab")]
    answers = two[1].first.answers
    unknown = pc.if_else(pc.equal(answers.table["gold"], "VERB"), math.nan, answers.table["loss"])
    table = answers.table.set_column(6, "loss", unknown)
    vars(two[1].first)["answers"] = replace(answers, table=table)
    measured = measure(two)
    assert {*by_name(measured)} == {"accuracy", "macro_f1"}
    assert "refused, the losses of a and b: b" in measured.footings[0].said[0]


def test_groups_that_were_asked_at_other_places_are_compared_by_their_figures(tmp_path):
    two = many(tmp_path, "4", 0.05, range(5)), many(tmp_path, "1", 0.5, range(10, 15))
    for place, member in enumerate([*two[0].members, *two[1].members]):
        answers = member.answers
        vars(member)["answers"] = replace(answers, table=answers.table.slice(place))
    measured = measure(two)
    (beside,) = by_name(measured)["accuracy"].beside
    assert beside.paired is None
    assert beside.grouped.improvement == 1


def test_what_is_learned_where_nothing_is_named_is_the_usual_column(tmp_path):
    kind = {"objective.kind": "tagging"}
    told = [
        Told("none", 1, params=kind | {"objective.target": "None"}),
        Told("named", 2, params=kind | {"objective.target": "upos"}),
        Told("other", 3, params=kind | {"objective.target": "xpos"}),
    ]
    none, named, other = (group(tmp_path, one.name, one) for one in told)
    assert measure([none, named]).footings[0].has_pairs
    (said,) = measure([named, other]).footings[0].said
    assert "objective.target is upos and xpos" in said


def test_several_labels_of_another_set_are_another_choice():
    table = pa.table({"form": ["mail", "news"], "gold": ["no", "yes"]})
    ours = Answers(table, ("no", "yes"))
    assert ours.chooses_as(Answers(table.take([1, 0]), ("no", "yes")))
    assert not ours.chooses_as(Answers(table.slice(1), ("no", "yes")))
    assert Answers(table, ("A", "B")).chooses_as(Answers(table.slice(1), ("A", "B")))
