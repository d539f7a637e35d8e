import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.card import read_card
from pipeline.corpus.formats.words import words_of
from pipeline.corpus.notes import stage_notes
from pipeline.corpus.source import Found
from pipeline.corpus.sources.dataset import dataset_source
from pipeline.corpus.store import read_examples
from pipeline.corpus.writing import write_corpus
from pipeline.params.sources.dataset import DatasetParams


@pytest.fixture
def artifacts(tmp_path):
    (tmp_path / "data/source/rows").mkdir(parents=True)
    return Artifacts(tmp_path)


def params(**changes):
    fields = {
        "path": "data/source/rows", "name": None, "revision": None,
        "form": "tokens", "second": None, "annotations": ("tags",), "labels": (),
        "shares": (0.8, 0.1, 0.1),
    }  # fmt: skip
    return DatasetParams(**(fields | changes))


def put_jsonl(artifacts, rows, splits=SPLITS):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    for split in splits:
        (artifacts.source / "rows" / f"{split}.jsonl").write_text(text)


def read(artifacts, **changes):
    return by_split(dataset_source(params(**changes), artifacts))


def by_split(source):
    found = {split: [] for split in SPLITS}
    for split, example in source.examples():
        found[split].append(example)
    return found


ROW = {"tokens": ["Dogs", "bark"], "tags": ["NOUN", "VERB"]}


def test_json_lines_with_lists_of_text_are_read(artifacts):
    put_jsonl(artifacts, [ROW, {"tokens": ["שלום"], "tags": ["INTJ"]}])
    found = read(artifacts)
    assert [s.form for s in found["test"]] == [("Dogs", "bark"), ("שלום",)]
    (first, _) = found["validation"]
    assert first.sentence_id == "validation-1"
    assert (first.annotations, first.labels) == ({"tags": ("NOUN", "VERB")}, {})


def test_any_column_that_is_named_is_taken_and_no_other(artifacts):
    more = {
        "lemma": ["dog", None], "ner": ["O", "O"], "head": [2, 0], "deprel": ["nsubj", "root"],
        "genre": "fable", "mood": "glad", "sentence_id": "f-1", "document": "fables",
    }  # fmt: skip
    put_jsonl(artifacts, [ROW | more])
    told = {"annotations": ("ner", "lemma", "head"), "labels": ("genre",)}
    (found,) = read(artifacts, **told)["train"]
    assert (found.sentence_id, found.document) == ("f-1", "fables")
    assert found.annotations == {"ner": ("O", "O"), "lemma": ("dog", "_"), "head": (2, 0)}
    assert found.labels == {"genre": "fable"}


def test_pairs_of_texts_have_a_word_between_them_and_no_annotations(artifacts):
    put_jsonl(artifacts, [{"text": "A man sleeps", "other": "Nobody sleeps", "label": "no"}])
    told = {"form": "text", "second": "other", "labels": ("label",)}
    (found,) = read(artifacts, **told, annotations=())["test"]
    assert found.form == ("A", "man", "sleeps", "[SEP]", "Nobody", "sleeps")
    assert found.labels == {"label": "no"}
    with pytest.raises(ValueError, match="second must name another column than form"):
        params(**told)
    with pytest.raises(ValueError, match="second must name another column than form"):
        params(form="text", second="text", annotations=())


def test_a_set_of_texts_with_a_label_each_needs_no_annotation(artifacts):
    rows = [{"text": "Not bad at all", "label": "good"}, {"text": "Bad", "label": None}]
    put_jsonl(artifacts, rows)
    found = read(artifacts, form="text", annotations=(), labels=("label",))["test"]
    assert [(s.form, s.labels["label"]) for s in found] == [
        (("Not", "bad", "at", "all"), "good"), (("Bad",), ""),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="the label 'text' has a name that corpora of texts use"):
        read(artifacts, form="label", annotations=(), labels=("text",))


def test_a_text_without_annotations_is_cut_as_the_model_in_use_cuts_it_and_kept(artifacts):
    text = "It's fine, isn't it?  (Yes.)"
    put_jsonl(artifacts, [{"text": text, "other": "No.\n", "sentence_id": "a", "document": "d"}])
    (one,) = read(artifacts, form="text", annotations=())["train"]
    assert (one.form, one.text) == (tuple(words_of(text)), text)
    assert [text[a:b] for a, b in zip(one.start, one.end, strict=True)] == list(one.form)
    assert (one.sentence_id, one.document) == ("a", "d")
    (pair,) = read(artifacts, form="text", second="other", annotations=())["train"]
    assert pair.form == (*words_of(text), "[SEP]", "No", ".")
    assert pair.text == f"{text} [SEP] No.\n"


@pytest.mark.parametrize("text", ["", " ", None, "\u200b"])
def test_a_text_with_no_word_in_it_is_refused_by_its_row(artifacts, text):
    put_jsonl(artifacts, [{"text": "a"}, {"text": text}])
    with pytest.raises(ValueError, match="row train-2 of the data set: its text "):
        read(artifacts, form="text", annotations=())


def test_a_list_of_labels_of_the_whole_may_be_empty(artifacts):
    rows = [{"tokens": ["a"], "topics": ["tax", "law"]}, {"tokens": ["b"], "topics": []}]
    put_jsonl(artifacts, rows)
    found = read(artifacts, annotations=(), labels=("topics",))["train"]
    assert [s.labels["topics"] for s in found] == [("tax", "law"), ()]


def test_class_numbers_of_the_whole_become_their_names_and_minus_one_is_none(artifacts):
    names = {"names": ["bad", "good"], "_type": "ClassLabel"}
    features = {
        "tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
        "mood": names, "topics": {"feature": names, "_type": "List"},
    }  # fmt: skip
    schema = pa.schema(
        {"tokens": pa.list_(pa.string()), "mood": pa.int64(), "topics": pa.list_(pa.int64())},
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    columns = {"tokens": [["a"]] * 3, "mood": [1, -1, None], "topics": [[1, 0], [], [0]]}
    for split in SPLITS:
        path = artifacts.source / "rows" / f"{split}-00000-of-00001.parquet"
        pq.write_table(pa.table(columns, schema=schema), path)
    found = read(artifacts, annotations=(), labels=("mood", "topics"))["train"]
    assert [s.labels["mood"] for s in found] == ["good", "", ""]
    assert [s.labels["topics"] for s in found] == [("good", "bad"), (), ("bad",)]


@pytest.mark.parametrize(
    ("cell", "said"),
    [(3, "'mood' holds numbers without names"), (0.5, "'mood' must hold a text or a class for")],
)
def test_a_label_of_the_whole_that_is_no_text_and_no_class_is_refused(artifacts, cell, said):
    put_jsonl(artifacts, [ROW | {"mood": cell}])
    with pytest.raises(ValueError, match=said):
        read(artifacts, labels=("mood",))


@pytest.mark.parametrize("named", [("tags", "tags"), ("tags", "mood"), ("tags", "document")])
def test_a_column_is_named_once_and_not_what_every_corpus_has(named):
    with pytest.raises(ValueError, match="must name each column once, and none of document, form"):
        params(annotations=named, labels=("mood",))


def put_class_numbers(artifacts, numbers):
    """Parquet as `datasets` writes it: class numbers, their names in the file's metadata."""
    features = {
        "tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
        "tags": {"feature": {"names": ["NOUN", "VERB"], "_type": "ClassLabel"}, "_type": "List"},
    }
    schema = pa.schema(
        {"tokens": pa.list_(pa.string()), "tags": pa.list_(pa.int64())},
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    table = pa.table({"tokens": [["Dogs", "bark"]], "tags": [numbers]}, schema=schema)
    for split in SPLITS:
        pq.write_table(table, artifacts.source / "rows" / f"{split}-00000-of-00001.parquet")


def test_class_numbers_become_their_names(artifacts):
    put_class_numbers(artifacts, [0, 1])
    assert read(artifacts)["train"][0].annotations["tags"] == ("NOUN", "VERB")


@pytest.mark.parametrize("tags", [[7, 3], 7])
def test_numbers_without_names_are_refused_with_a_way_out(artifacts, tags):
    put_jsonl(artifacts, [{"tokens": ["Dogs", "bark"], "tags": tags}])
    with pytest.raises(ValueError, match="numbers without names") as error:
        read(artifacts)
    assert "write each label's name in place of its number" in str(error.value)
    put_jsonl(artifacts, [{"tokens": ["Dogs", "bark"], "tags": ["7", "3"]}])  # as it says
    assert read(artifacts)["train"][0].annotations["tags"] == ("7", "3")


def test_a_word_without_a_class_is_refused_by_its_row(artifacts):
    put_class_numbers(artifacts, [0, -1])
    with pytest.raises(ValueError, match=r"row train-1 of the data set: .*-1"):
        read(artifacts)


def put_csv(artifacts, text, name="csv"):
    for split in SPLITS:
        (artifacts.source / "rows" / f"{split}.{name}").write_text(text, encoding="utf-8")


def test_the_text_of_a_csv_file_is_cut_at_spaces(artifacts):
    put_csv(artifacts, "tokens,tags\nDogs bark,NOUN VERB\n")
    (found,) = read(artifacts)["test"]
    assert (found.form, found.annotations["tags"]) == (("Dogs", "bark"), ("NOUN", "VERB"))


def test_the_words_of_a_table_that_look_like_nothing_or_like_numbers_are_words(artifacts):
    words = ["null", "NA", "nan", "None", "007", "1e3", "True", "N/A", "-"]
    put_csv(artifacts, "tokens,tags,head\n" + "".join(f"{word},X,0\n" for word in words))
    assert [s.form for s in read(artifacts)["train"]] == [(word,) for word in words]


def test_a_table_of_numbers_alone_is_text_too(artifacts):
    put_csv(artifacts, "tokens\ttags\thead\n007\t1\t0\n", "tsv")
    (found,) = read(artifacts, annotations=("tags", "head"))["train"]
    assert (found.form, found.annotations) == (("007",), {"tags": ("1",), "head": (0,)})


@pytest.mark.parametrize("row", [",X", "  ,X", "a", '"",X'])
def test_an_empty_cell_of_a_table_is_refused(artifacts, row):
    put_csv(artifacts, f"tokens,tags\n{row}\n")
    with pytest.raises(ValueError, match="row train-1 of the data set: "):
        read(artifacts)


@pytest.mark.parametrize("space", ["\u00a0", "\u2007", "\u202f"])
def test_a_no_break_space_stands_inside_a_word(artifacts, space):
    put_csv(artifacts, f"tokens,tags\n10{space}000\u3000men  left ,NUM NOUN VERB\n")
    (found,) = read(artifacts)["train"]
    assert found.form == (f"10{space}000", "men", "left")


def test_a_word_of_a_list_may_have_spaces(artifacts):
    put_jsonl(artifacts, [{"tokens": ["New York", " ", "10\u00a0000"], "tags": ["A", "B", "C"]}])
    assert read(artifacts)["train"][0].form == ("New York", " ", "10\u00a0000")


DU = {
    "tokens": ["Vin", "du", "de", "le", "Rhône"], "tags": ["NOUN", "_", "ADP", "DET", "PROPN"],
}  # fmt: skip
BY_SIGN = DU | {"head": ["0", "None", "4", "4", "1"], "xpos": [None, "_", "P", "D", None]}
BY_ID = DU | {"id": ["1", "2-3", "2", "3", "4"], "tags": ["NOUN", "ADP", "ADP", "DET", "PROPN"]}
GHOST = {"tokens": ["a", "b"], "tags": ["X", "X"], "id": ["1", "1.1"], "head": [0, None]}


@pytest.mark.parametrize(
    ("row", "form", "annotations"),
    [
        (
            BY_SIGN,
            ("Vin", "de", "le", "Rhône"),
            {
                "tags": ("NOUN", "ADP", "DET", "PROPN"),
                "xpos": ("_", "P", "D", "_"),
                "head": (0, 4, 4, 1),
            },
        ),
        (BY_ID, ("Vin", "de", "le", "Rhône"), {"tags": ("NOUN", "ADP", "DET", "PROPN")}),
        (GHOST, ("a",), {"tags": ("X",), "head": (0,)}),
    ],
    ids=["tag and head", "id", "empty node"],
)
def test_a_row_that_holds_no_word_is_left_out_and_counted(artifacts, row, form, annotations):
    put_jsonl(artifacts, [row])
    source = dataset_source(params(annotations=tuple(annotations)), artifacts)
    (found,) = by_split(source)["train"]
    assert (found.form, found.annotations) == (form, annotations)
    assert source.found["train"] == Found(sentences=1, comments=0, left_out=1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (DU, r"'tags': found '_' for word 2, 'du': .* in a column 'id' \(1-2\)"),
        (
            BY_SIGN | {"head": ["0", "1", "4", "4", "1"]},
            "'tags', 'xpos': found '_' for word 2",
        ),
        (
            BY_SIGN | {"tags": ["NOUN", "ADP", "ADP", "DET", "PROPN"]},
            "the column 'head' has 'None' for word 2: expected a number",
        ),
    ],
    ids=["no heads", "a head", "a tag"],
)
def test_a_row_that_may_be_no_word_is_refused_with_its_column_and_reason(artifacts, row, said):
    put_jsonl(artifacts, [row])
    named = tuple(name for name in ("tags", "xpos", "head") if name in row)
    with pytest.raises(ValueError, match=rf"row train-1 of the data set: {said}"):
        read(artifacts, annotations=named)


def test_heads_that_are_all_missing_say_nothing_of_syntax(artifacts):
    put_jsonl(artifacts, [ROW | {"head": ["None", "None"]}, ROW | {"head": [None, None]}])
    found = read(artifacts, annotations=("tags", "head"))["train"]
    assert [s.annotations["head"] for s in found] == [(0, 0), (0, 0)]


def test_a_stored_corpus_is_a_data_set_itself(artifacts, tmp_path):
    put_jsonl(artifacts, [ROW | {"head": [2, 0], "sentence_id": "a", "topics": ["x", "y"]}])
    told = {"annotations": ("tags", "head"), "labels": ("topics",)}
    write_corpus(artifacts.source / "rows", dataset_source(params(**told), artifacts))
    for path in (artifacts.source / "rows").glob("*.json*"):
        path.unlink()
    again = read(artifacts, form="form", **told)
    for split in SPLITS:
        assert again[split] == list(read_examples(artifacts.source / "rows" / f"{split}.parquet"))


def test_changed_files_are_read_anew_though_their_times_are_the_same(artifacts):
    import os

    path = artifacts.source / "rows/train.jsonl"
    for form in ("one", "two"):
        put_jsonl(artifacts, [{"tokens": [form], "tags": ["X"]}])
        for split in SPLITS:
            os.utime(path.with_stem(split), (1, 1))
        assert read(artifacts)["train"][0].form == (form,)


def test_what_the_library_keeps_lies_in_the_private_folder(artifacts, tmp_path):
    put_jsonl(artifacts, [ROW])
    before = {path for path in tmp_path.rglob("*") if artifacts.private not in path.parents}
    read(artifacts)
    after = {path for path in tmp_path.rglob("*") if artifacts.private not in path.parents}
    assert after - before == {artifacts.private}


@pytest.mark.parametrize("revision", [None, "main", "v1.0"])
def test_a_hub_set_without_a_commit_is_refused(artifacts, revision):
    with pytest.raises(
        ValueError, match=rf"revision must be a commit .* owner/set .*got {revision}"
    ):
        dataset_source(params(path="owner/set", revision=revision), artifacts)


def test_a_set_of_the_hub_is_loaded_with_its_classes_and_what_it_lacks_is_cut(
    artifacts, tmp_path, monkeypatch
):
    folder = tmp_path / "elsewhere/owner/set"
    folder.mkdir(parents=True)
    features = {
        "sentence": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["bad", "good"], "_type": "ClassLabel"},
    }
    schema = pa.schema(
        {"sentence": pa.string(), "label": pa.int64()},
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    rows = {"sentence": [f"It's film {i}." for i in range(60)], "label": [0, 1] * 30}
    for split in ("train", "test"):
        pq.write_table(pa.table(rows, schema=schema), folder / f"{split}-00000-of-00001.parquet")
    monkeypatch.chdir(tmp_path / "elsewhere")  # the library looks here before it asks the hub
    named = {"path": "owner/set", "revision": "0" * 40, "form": "sentence"}
    source = dataset_source(params(**named, annotations=(), labels=("label",)), artifacts)
    found = by_split(source)
    assert found["test"][1].form == ("It", "'s", "film", "1", ".")
    assert found["test"][1].labels == {"label": "good"}
    assert len(found["test"]) == 60
    assert len(found["train"]) + len(found["validation"]) == 60
    assert found["validation"]
    assert source.origin == f"owner/set, revision {'0' * 40}"
    assert source.cut_from_train == ("validation",)


def test_a_hub_set_that_cannot_be_reached_is_one_clear_message(artifacts, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=r"owner/set could not be loaded \(.*and the network"):
        dataset_source(params(path="owner/set", revision="0" * 40), artifacts)


def test_a_missing_column_is_named_with_those_that_are_there(artifacts):
    put_jsonl(artifacts, [ROW])
    with pytest.raises(
        ValueError, match="has no column 'upos'; found tokens, tags: name the right"
    ):
        read(artifacts, annotations=("upos",))


def test_a_set_without_train_is_told_which_splits_it_has(artifacts):
    put_jsonl(artifacts, [ROW], splits=("validation", "test"))
    with pytest.raises(ValueError, match=r"must have the split train.* found validation, test: "):
        read(artifacts)


ROWS = [{"tokens": [f"word{i}"], "tags": ["X"]} for i in range(900)]


@pytest.mark.parametrize("given", [("train", "test"), ("train", "validation"), ("train",)])
def test_what_a_set_lacks_is_cut_from_train_in_the_proportion_of_the_shares(artifacts, given):
    put_jsonl(artifacts, ROWS, given)
    found = read(artifacts)
    shares = dict(zip(SPLITS, (0.8, 0.1, 0.1), strict=True))
    cut = {
        split: share for split, share in shares.items() if split == "train" or split not in given
    }
    for split in SPLITS:
        expected = 900 * cut[split] / sum(cut.values()) if split in cut else 900
        assert len(found[split]) == pytest.approx(expected, abs=40)
    assert sum(len(found[split]) for split in cut) == 900
    put_jsonl(artifacts, [{"tokens": ["new"], "tags": ["X"]}, *ROWS], given)
    again = read(artifacts)  # a row that is added moves none
    assert {e.form for e in found["train"]} == {e.form for e in again["train"]} - {("new",)}


def test_what_was_cut_is_in_the_card_and_no_twin_lies_on_both_sides(artifacts, tmp_path):
    texts = [f"the cat number {i} sat on the mat in the old house" for i in range(40)]
    rows = [{"tokens": text.split(), "tags": ["X"] * 12} for text in texts]
    put_jsonl(artifacts, [*ROWS, *rows], ("train",))
    put_jsonl(artifacts, rows[:1], ("test",))
    (tmp_path / "out").mkdir()
    write_corpus(tmp_path / "out", dataset_source(params(), artifacts))
    card = read_card(tmp_path / "out")
    assert card["cut_from_train"] == ["validation"]
    assert next(stage_notes(card)) == (
        "no validation was given: cut from train by a hash of what each example says"
    )
    across = card["across_splits"]
    assert across["left_out"]["test"] == 0  # it was given
    assert across["left_out"]["train"] + across["left_out"]["validation"] > 0
    (leak,) = across["leaks"]
    assert (leak["split"], leak["equal"] + leak["near"]) == ("test", 1)


def test_a_column_of_something_else_is_refused(artifacts):
    put_jsonl(artifacts, [ROW | {"tags": [0.5, 1.5]}])
    with pytest.raises(ValueError, match=r"'tags' must hold a list of words or labels.*float64"):
        read(artifacts)


BAD_ROWS = {
    "no words": ({"tokens": [], "tags": []}, "expected at least one word"),
    "a label too few": ({"tokens": ["a", "b"], "tags": ["X"]}, "2 form, 1 tags"),
    "no cell": ({"tokens": None, "tags": ["X"]}, "'tokens' is empty"),
    "no entry": ({"tokens": ["a", None], "tags": ["X", "X"]}, "'tokens' has an empty entry"),
    "an empty word": ({"tokens": [""], "tags": ["X"]}, "expected a form for every word"),
}


@pytest.mark.parametrize("fault", BAD_ROWS)
def test_a_bad_row_is_named_by_split_and_number(artifacts, fault):
    row, message = BAD_ROWS[fault]
    put_jsonl(artifacts, [ROW, row])
    with pytest.raises(ValueError, match="row train-2 of the data set: ") as error:
        read(artifacts)
    assert message in str(error.value)


def test_files_that_cannot_be_read_are_one_clear_message(artifacts):
    put_jsonl(artifacts, [ROW])
    (artifacts.source / "rows/train.jsonl").write_text('{"tokens": [')
    with pytest.raises(ValueError, match=r"rows could not be loaded \(.*check the files") as error:
        read(artifacts)
    assert "\n" not in str(error.value)


def test_an_empty_folder_is_one_clear_message(artifacts):
    with pytest.raises(ValueError, match="rows could not be loaded"):
        read(artifacts)


def test_a_single_file_is_refused(artifacts):
    (artifacts.source / "rows.jsonl").write_text("{}")
    with pytest.raises(ValueError, match=r"rows.jsonl must be a folder with files for train"):
        read(artifacts, path="data/source/rows.jsonl")


@pytest.mark.parametrize("path", ["data/tokens", "../rows", "/tmp"])
def test_a_local_folder_elsewhere_is_refused(artifacts, tmp_path, path):
    (tmp_path / "data/tokens").mkdir()
    with pytest.raises(ValueError, match="DVC watches only data/source"):
        read(artifacts, path=path)
