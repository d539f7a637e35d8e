"""What `headway init` says of labels: how they are written, and what training would never see."""

import json
import random

import pytest
from looked_at import init, put

WORDS = [f"word{i}" for i in range(300)]
UNSEEN = "always counted as wrong, and in no loss"


def texts(number):
    chance = random.Random(number)
    return [" ".join(chance.choices(WORDS, k=9)) for _ in range(number)]


def csv(labels, header="text,label"):
    lines = (f"{text},{label}" for text, label in zip(texts(len(labels)), labels, strict=True))
    return "\n".join([header, *lines]) + "\n"


def jsonl(labels, name="label"):
    rows = zip(texts(len(labels)), labels, strict=True)
    return "".join(json.dumps({"text": text, name: label}) + "\n" for text, label in rows)


def said(*arguments):
    """What is said of columns, each line that is no choice."""
    lines = init("--from", *arguments, "--dry").output.splitlines()
    return [line for line in lines if ": " in line and not line.startswith(("corpus.", "object"))]


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (["yes", " yes", "Yes", "no"],
         "label: 'yes' (5), ' yes' (5), 'Yes' (5) are taken for different labels: write them in "
         "one way"),
        (["1", "1.0", "2"], "label: '1' (5), '1.0' (5) are taken for different labels: write them"),
        (["yes", "nan"], "label: 'nan', which is a text here: 5 rows; kept as it is"),
    ],
)  # fmt: skip
def test_labels_in_several_ways_are_told(project, labels, wanted):
    assert any(line.startswith(wanted) for line in said(put(project, csv(labels * 5))))


@pytest.mark.parametrize(("cell", "text"), [(1, "1"), (0.5, "0.5"), (True, "true")])
def test_a_number_that_is_a_text_elsewhere_is_told(project, cell, text):
    path = put(project, jsonl([cell, text, cell, 7, 7] * 3), "mine.jsonl")
    assert said(path)[1:] == [
        f"label: {text} is a text in 3 rows and none in 6: taken for the same label"
    ]


def test_labels_in_one_way_are_passed_over(project):
    assert len(said(put(project, csv(["yes", "no", "1.5", "15"] * 5)))) == 1


def test_a_class_with_one_example_is_told(project):
    path = put(project, csv([*"ab" * 5, "once"]))
    assert said(path)[1:] == ["label: one example alone has the label 'once'"]
    path = put(project, jsonl([*(["a"], ["b"]) * 5, ["a", "once"]]), "several.jsonl")
    assert said(path)[1:] == ["label: one example alone has the label 'once'"]


def test_a_second_column_of_a_name_is_told(project):
    path = put(project, csv(["a,c", "b,d"] * 5, "text,label,label"))
    assert said(path)[1] == (
        "label.2: so a second column 'label' is called, if the file does not itself"
    )


def test_labels_that_train_never_has_are_told_where_splits_are_given(project):
    told = "test: 2 examples with a label that train never has ('new')"
    of_test = f"label: {told}: {UNSEEN}; where several labels may hold, not asked about"
    for name, labels in (("train", "abab"), ("dev", "abab"), ("test", ["a", "new", "new"])):
        put(project, csv([*labels]), f"many/{name}.csv")
    assert of_test in said("data/source/many")
    rows = ["a,train", "b,Training", "a,dev", "b,val", "new,test", "new,test"]
    assert of_test in said(put(project, csv(rows, "text,label,split")))
    assert not [line for line in said(put(project, csv(["a", "b", "new"] * 2))) if "never" in line]


def test_a_span_of_a_new_kind_is_told_and_a_new_place_in_one_is_not(project):
    for name, tags in (("train", "B-PER O"), ("dev", "B-PER I-PER"), ("test", "B-PER B-LOC")):
        lines = "".join(f"w {tag}\n" for tag in tags.split())
        put(project, f"{lines}\n{lines}", f"names/{name}.conll")
    assert [line for line in said("data/source/names") if "never" in line] == [
        f"ner: test: 2 words with a label that train never has ('B-LOC'): {UNSEEN}"
    ]


def test_a_tag_of_one_word_alone_is_told(project):
    lines = "".join(f"w {tag}\n" for tag in [*"NV" * 5, "ONCE"])
    assert "tag: one word alone has the label 'ONCE'" in said(put(project, lines, "a.conll"))
