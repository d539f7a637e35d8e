"""Corpora of a few words through every stage, in this process: nothing smaller shows all of it."""

import json
import math
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score
from tiny_corpora import SETTINGS, all_stages, made_of

ONE = [[("_", "X")]]
NEW = [[("b", "X"), ("c", "X")]]
TWO = [[("a", "X"), ("b", "Y")]]
HIDDEN = {"objective.kind": "masked_lm", "objective.masked_lm": {"mask_share": 0.9}}
BYTES = {"tokenize.unit": "bpe", "tokenize.bpe.vocab_size": 260, "train.watched.sentences": []}
DEPREL = {"objective.target": "deprel"}
NEXT = {"objective.kind": "causal_lm"}
NAMES = {"objective.kind": "spans", "objective.target": "upos"}
BO = [[("Bo", "B-PER"), ("saw", "O"), ("New", "B-LOC"), ("York", "I-LOC")]]
CORPORA = {
    "one word in all, withheld, and others": ({"train": ONE, "validation": NEW, "test": ONE}, {}),
    "labels that train has not, one described word": (
        {"train": TWO, "validation": [[("a", "Z")]], "test": [[("a", "Z"), ("b", "Y")]]},
        {"embed.described_words": 1},
    ),
    "hidden words": ({"train": ONE, "validation": NEW, "test": ONE}, HIDDEN),
    "hidden byte pairs": ({"train": ONE, "validation": NEW, "test": ONE}, HIDDEN | BYTES),
    "next words": ({"train": TWO, "validation": TWO, "test": ONE}, NEXT),
    "next byte pairs": ({"train": TWO, "validation": NEW, "test": ONE}, NEXT | BYTES),
    "names, one of a kind that train has not": (
        {"train": BO, "validation": BO, "test": [[("Acme", "B-ORG"), ("Bo", "B-PER")]]}, NAMES
    ),
    "no name in the held-out splits": (
        {"train": BO, "validation": [[("a", "O")]], "test": [[("b", "O"), ("c", "O")]]}, NAMES
    ),
    "another column": (dict.fromkeys(("train", "validation", "test"), TWO), DEPREL),
}  # fmt: skip


def assert_finite(folder: Path) -> None:
    """No file that a person or a browser reads says NaN or Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    for path in folder.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    for path in folder.rglob("*.html"):
        assert ":NaN" not in path.read_text(encoding="utf-8").replace(" ", ""), path


@pytest.mark.parametrize("name", CORPORA)
def test_a_tiny_corpus_goes_through_every_stage(tmp_path, name):
    splits, changes = CORPORA[name]
    figures = made_of(tmp_path, splits, changes)
    assert set(figures) == {"validation", "test", "baselines"}
    assert_finite(tmp_path / "data")


ROWS = {"corpus.kind": "table", "corpus.table.path": "data/source/rows",
        "objective.kind": "classification", "objective.target": "label"}  # fmt: skip


def classified(root: Path, splits: dict[str, list[tuple[str, str]]]) -> dict:
    """Every stage's work on rows of a text and its label; gives what metrics.json holds."""
    (root / "data/source/rows").mkdir(parents=True)
    for split, rows in splits.items():
        lines = ["text,label", *(f"{text},{label}" for text, label in rows)]
        (root / f"data/source/rows/{split}.csv").write_text("\n".join(lines) + "\n")
    return all_stages(root, SETTINGS | ROWS)


def test_rows_of_one_word_with_a_class_that_train_has_not_go_through_every_stage(tmp_path):
    known = [("yes", "good"), ("no", "bad")]
    figures = classified(
        tmp_path, {"train": known, "validation": known, "test": [("so", "odd"), ("yes", "good")]}
    )
    assert_finite(tmp_path / "data")
    kept = pq.read_table(tmp_path / "data/evidence/test/predictions.parquet").to_pydict()
    assert kept["gold"] == ["odd", "good"]
    assert [math.isnan(loss) for loss in kept["loss"]] == [True, False]
    expected = accuracy_score(kept["gold"], kept["predicted"])
    assert figures["test"]["accuracy"] == pytest.approx(expected, abs=1e-6)
    assert figures["test"]["accuracy"] <= 0.5


def test_a_single_class_in_train_ends_with_what_was_expected_and_found(tmp_path):
    one = [("yes", "good"), ("no", "good")]
    splits = {"train": one, "validation": one, "test": [("no", "bad")]}
    expected = "at least two classes in the column 'label' of the training split, found good"
    with pytest.raises(ValueError, match=expected):
        classified(tmp_path, splits)


WORDS = st.tuples(st.sampled_from("abc"), st.sampled_from("XYZ"))
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=5)


@settings(max_examples=3, phases=[Phase.generate])  # each takes seconds: nothing is made smaller
@given(SENTENCES, SENTENCES, SENTENCES, st.sampled_from([{}, BYTES]))
def test_the_scores_of_any_few_sentences_are_those_of_scikit_learn(train, validation, test, unit):
    with tempfile.TemporaryDirectory() as place:
        splits = {"train": train, "validation": validation, "test": test}
        figures = made_of(Path(place), splits, unit)
        assert_finite(Path(place) / "data")
        known = {label for sentence in train for _, label in sentence}
        for split in ("validation", "test"):
            gold = [label for sentence in splits[split] for _, label in sentence]
            file = Path(place) / "data/evidence" / split / "predictions.parquet"
            kept = pq.read_table(file).to_pydict()
            assert kept["gold"] == gold
            found = figures[split]
            assert found["accuracy"] == pytest.approx(
                accuracy_score(gold, kept["predicted"]), abs=1e-6
            )
            labels = sorted(set(gold))
            expected = f1_score(
                gold, kept["predicted"], labels=labels, average="macro", zero_division=0
            )
            assert found["macro_f1"] == pytest.approx(expected, abs=1e-6)
            unseen = [label not in known for label in gold]
            assert found.get("words_of_unseen_labels", 0) == sum(unseen)
            assert [math.isnan(loss) for loss in kept["loss"]] == unseen
            assert ("loss" in found) == (not all(unseen))


LABELLED = [{"text": f"text {i}", "label": label} for i, label in enumerate(["male", "female"] * 4)]
FEMALE = [{"text": f"other {i}", "label": "female"} for i in range(3)]
NO_LABEL = [{"text": f"no {i}", "label": ""} for i in range(3)]


@pytest.mark.parametrize(
    ("labels", "train", "test"),
    [
        # "male" is no part of "female": always "no" for it is right in every row of test.
        ("several", LABELLED + FEMALE, FEMALE),
        ("several", LABELLED, NO_LABEL),
        ("one", LABELLED + NO_LABEL, LABELLED),
    ],
    ids=["a label in another", "no label holds in test", "some are left out"],
)
def test_labels_of_rows_go_through_every_stage(tmp_path, labels, train, test):
    figures = labelled(tmp_path, labels, {"train": train, "validation": LABELLED, "test": test})
    assert_finite(tmp_path / "data")
    assert ("macro_f1" in figures["test"]) is (test is not NO_LABEL)
    if test is FEMALE:
        assert figures["baselines"]["majority"]["test"] == 1.0


def test_a_split_without_a_label_is_told_before_anything_is_trained(tmp_path):
    splits = {"train": LABELLED, "validation": NO_LABEL, "test": LABELLED}
    with pytest.raises(ValueError, match="examples of validation with something in the column"):
        labelled(tmp_path, "one", splits)
    assert not (tmp_path / "checkpoints").exists()


def labelled(root: Path, labels: str, splits: dict[str, list[dict[str, str]]]) -> dict:
    """Every stage's work on rows that have a label, or none."""
    (root / "data/source/rows").mkdir(parents=True)
    for split, rows in splits.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (root / f"data/source/rows/{split}.jsonl").write_text(lines)
    more = {
        "corpus.table.labels": ["label"],
        "objective.classification.labels": labels,
        "objective.classification.unlabelled": "leave_out",
    }
    return all_stages(root, SETTINGS | ROWS | more)
