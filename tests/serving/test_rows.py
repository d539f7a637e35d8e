import math

import numpy as np
import pytest
import traced_models

from pipeline.corpus.formats.text_examples import pair_example
from pipeline.serving.predictor import Refused
from pipeline.serving.rows import (
    GivenRow,
    RowAnswerer,
    Wanted,
    asked_row,
    given_row,
    sentence_of,
    with_second,
)


def answerer(objective="tagging", wanted=None, **kind):
    model = traced_models.predictor(objective, **kind)
    return RowAnswerer(model) if wanted is None else RowAnswerer(model, wanted)


def answered(rows, **kind):
    return answerer(**kind).answer([given_row(row) for row in rows])


def test_a_row_is_a_list_of_words_or_else_a_text():
    assert sentence_of({"text": "the cat", "words": None}) == "the cat"
    assert sentence_of({"text": "the", "words": np.array(["a b"], dtype=object)}) == ["a b"]
    assert sentence_of({"words": ["c"]}) == ["c"]
    assert sentence_of({"text": "the", "words": float("nan")}) == "the"
    assert "found neither" in sentence_of({"text": None, "words": math.nan}).reason
    assert (
        "found 5 in `text` and 'a cat' in `words`"
        in sentence_of({"text": 5, "words": "a cat"}).reason
    )
    assert "[1]" in sentence_of({"words": [1]}).reason
    assert sentence_of({"words": " I can\u00a0not "}) == ["I", "can\u00a0not"]
    assert sentence_of({"words": "how many", "text": "the cat"}) == "the cat"


def test_a_named_column_alone_counts():
    row = {"text": "the", "body": "cat", "list": ["sat"], "number": 7}
    assert sentence_of(row, "body") == "cat"
    assert sentence_of(row, "list") == ["sat"]
    assert sentence_of(row, "number").reason.endswith("in the column `number`, found 7")
    assert sentence_of(row, "none").reason == "the row has no column `none`"
    assert sentence_of({"text": "the", "words": "can not"}, "words") == ["can", "not"]


def test_all_columns_of_a_row_are_kept_and_a_bad_row_stands_in_its_place_with_its_reason():
    found = answered(
        [{"id": 1, "text": "the cat"}, {"id": 2, "text": " "}, {"id": 3, "text": "on"}]
    )
    assert [row["id"] for row in found] == [1, 2, 3]
    assert found[0]["words"] == ["the", "cat"]
    assert len(found[0]["prediction"]) == len(found[0]["probability"]) == 2
    assert found[1].keys() == {"id", "text", "prediction", "probability", "error"}
    assert found[1]["prediction"] is None
    assert "at least one word" in found[1]["error"]
    assert "error" not in found[2]


def test_a_sentence_as_a_whole_is_answered_with_one_text_and_its_words_are_not_added():
    (found,) = answered([{"text": "the cat"}], objective="classification")
    assert found["prediction"] in traced_models.LABELS
    assert 0.25 <= found["probability"] <= 1
    assert "words" not in found


def test_a_column_that_would_be_written_over_is_refused():
    with pytest.raises(ValueError, match="a column `prediction` already"):
        answered([{"text": "the", "prediction": "mine"}])
    with pytest.raises(ValueError, match="a column `error` already"):
        answered([{"text": "the", "error": "their own"}])
    with pytest.raises(ValueError, match="a column `words` already"):
        answered([{"text": "the", "words": "how many there are"}])
    for words in (["the", "cat"], "the cat"):  # the same that would be added
        (found,) = answered([{"words": words}])
        assert found["words"] == ["the", "cat"]
    (refused,) = answered([{"words": " "}])
    assert (refused["words"], refused["prediction"]) == (None, None)
    row = {"words": "the cat", "text": "how many"}
    (found,) = answerer().answer([given_row(row, "words")])
    assert (found["words"], found["text"]) == (["the", "cat"], "how many")
    (whole,) = answered([{"words": "the cat"}], objective="classification")
    assert whole["words"] == "the cat"


def test_vectors_and_weights_come_with_the_tokens_that_they_are_of():
    (found,) = answerer(wanted=Wanted(True, (2, 1))).answer([given_row({"text": "the cat sat"})])
    looked = traced_models.predictor().look("the cat sat")
    assert found["tokens"] == ["the", "cat", "sat"]
    np.testing.assert_allclose(found["vectors"], looked.vectors, atol=1e-6)
    np.testing.assert_allclose(found["attention"], looked.weights[1, 0], atol=1e-6)
    assert all(len(repr(p)) <= 8 for row in found["attention"] for p in row)


@pytest.mark.parametrize("head", [(0, 1), (3, 1), (1, 3)])
def test_a_head_that_the_model_does_not_have_is_refused(head):
    with pytest.raises(ValueError, match="a layer from 1 to 2 and a head from 1 to 2, got"):
        Wanted(head=head).require(traced_models.predictor())
    with pytest.raises(ValueError, match="no attention layer"):
        Wanted(head=head).require(traced_models.predictor(n_layers=0))


def test_a_pair_is_joined_as_a_corpus_joins_it_and_says_what_it_lacks():
    corpus = pair_example(("the cat's", "It sat."), lambda _: "1", {})
    row = with_second(given_row({"text": "the cat's", "b": "It sat."}), "b")
    assert row.sentence == list(corpus.form)
    assert with_second(given_row({"text": "the", "b": ["on it"]}), "b").sentence[-1] == "on it"
    for cells, told in (
        ({"text": "the"}, "no column `b`"), ({"b": "the"}, "found neither"),
        ({"text": "the", "b": " "}, "at least one word"),
    ):  # fmt: skip
        assert told in with_second(given_row(cells), "b").sentence.reason


def test_a_text_in_the_column_second_makes_a_pair_and_nothing_there_makes_none():
    pair = {"text": "the cat's", "second": "It sat."}
    assert asked_row(pair) == with_second(given_row(pair), "second")
    assert asked_row({"words": ["the"], "second": "on"}).sentence == ["the", "[SEP]", "on"]
    for nothing in ({}, {"second": None}, {"second": float("nan")}):
        assert asked_row({"text": "the cat"} | nothing).sentence == "the cat"
    for second, told in ((" ", "`second`: expected at least one word"), (3, "`second`, found 3")):
        assert told in asked_row({"text": "the", "second": second}).sentence.reason


def test_a_row_that_was_refused_before_keeps_that_reason():
    (found,) = answerer().answer([GivenRow({}, Refused("no JSON"))])
    assert found == {"prediction": None, "probability": None, "error": "no JSON"}
