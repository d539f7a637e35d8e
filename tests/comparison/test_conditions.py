import pytest

from pipeline.comparison.conditions import full_name, meets, read_condition, short_names

KNOWN = ["seed", "encoder.n_heads", "train.learning_rate", "corpus.kind", "objective.kind"]


def test_the_end_of_a_name_is_enough():
    told = "n_heads=4 and learning_rate = 1e-2"
    assert read_condition(told, KNOWN) == {"encoder.n_heads": "4", "train.learning_rate": "1e-2"}


@pytest.mark.parametrize(
    ("value", "stored"),
    [("1e-2", "0.01"), ("4", "4"), ("null", "None"), ("true", "True"), ("rotary", "rotary")],
)
def test_values_are_equal_however_they_are_written(value, stored):
    assert meets({"x": stored}, {"x": value})


def test_another_value_or_none_does_not_meet_it():
    assert not meets({"x": "5"}, {"x": "4"})
    assert not meets({}, {"x": "4"})


def test_an_end_that_several_have_is_refused():
    with pytest.raises(ValueError, match=r"corpus\.kind or objective\.kind"):
        full_name("kind", KNOWN)


def test_a_misspelt_name_is_answered_with_near_ones():
    with pytest.raises(ValueError, match=r"did you mean encoder\.n_heads"):
        full_name("n_hads", KNOWN)


@pytest.mark.parametrize("text", ["n_heads=", "=4", "n_heads=4 and x"])
def test_what_has_no_value_is_no_condition(text):
    with pytest.raises(ValueError, match="is no condition"):
        read_condition(text, KNOWN)


def test_names_are_short_where_that_is_plain():
    assert short_names(["encoder.n_heads", "corpus.kind", "objective.kind"]) == {
        "encoder.n_heads": "n_heads",
        "corpus.kind": "corpus.kind",
        "objective.kind": "objective.kind",
    }
