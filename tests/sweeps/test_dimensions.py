"""What may stand after -S, and what it is called."""

import pytest

from pipeline.sweeps.dimensions import Choices, Span, label, read_dimension, shown

PARAMS = {
    "seed": 20, "encoder.n_heads": 4, "encoder.positions": "rotary", "train.max_epochs": 5,
    "train.learning_rate": 0.01, "train.betas": [0.9, 0.98], "train.gradient_clip": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("encoder.n_heads=1,2,4", (1, 2, 4)),
        ("encoder.n_heads=8", (8,)),
        ("encoder.positions=rotary, none", ("rotary", "none")),
        ("train.learning_rate=1e-3,0.01", (0.001, 0.01)),  # YAML 1.2, as params.yaml is read
        ("train.betas=[0.9,0.98],[0.8, 0.9]", ([0.9, 0.98], [0.8, 0.9])),
        ("train.gradient_clip=null,1.0", (None, 1.0)),
    ],
)
def test_values_are_read_as_params_yaml_would_be(text, values):
    found = read_dimension(text, PARAMS)
    assert isinstance(found, Choices)
    assert found.values == values
    assert [type(it) for it in found.values] == [type(it) for it in values]


def test_a_range_has_the_kind_of_numbers_that_the_parameter_has():
    rate = read_dimension("train.learning_rate=log(1e-4,1e-2)", PARAMS)
    assert rate == Span("train.learning_rate", 1e-4, 1e-2, is_log=True, is_whole=False)
    heads = read_dimension("encoder.n_heads=range(1,8)", PARAMS)
    assert heads == Span("encoder.n_heads", 1, 8, is_log=False, is_whole=True)
    clip = read_dimension("train.gradient_clip=range(0.5,2)", PARAMS)
    assert not clip.is_whole
    part = read_dimension("encoder.dropout=range(0,0.5)", PARAMS | {"encoder.dropout": 0})
    assert part == Span("encoder.dropout", 0, 0.5, is_log=False, is_whole=False)


def test_commas_between_quotes_part_no_values():
    known = PARAMS | {"corpus.table.text": "text", "corpus.table.path": "a"}
    found = read_dimension("""corpus.table.text="a, b",'c,[d'""", known)
    assert found.values == ("a, b", "c,[d")
    found = read_dimension("corpus.table.path=data/it's.csv,data/b.csv", known)
    assert found.values == ("data/it's.csv", "data/b.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("encoder.n_head=1,2", r"did you mean encoder\.n_heads\?"),
        ("train.epochs=1", r"did you mean train\.max_epochs\?"),
        ("n_heads=1,2", r"did you mean encoder\.n_heads\?"),
        ("encoder.colour=red", r"encoder\.n_heads or encoder\.positions"),
        ("encoder.n_heads", "expected key=value"),
        ("encoder.n_heads=", "expected key=value"),
        ("encoder.n_heads=1,2,1", "stands there twice"),
        ("encoder.n_heads=[1", "nothing that params.yaml could hold"),
        ("train.learning_rate=log(0,1)", "above 0"),
        ("train.learning_rate=log(1e-2,1e-4)", "a lower and a higher number"),
        ("train.learning_rate=range(1)", "a lower and a higher number"),
        ("encoder.n_heads=range(1,2.5)", "is a whole number"),
        ("encoder.positions=range(1,2)", "is rotary, no number"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_may_be(text, said):
    with pytest.raises(ValueError, match=said):
        read_dimension(text, PARAMS)


def test_a_trial_is_called_by_the_last_words_of_what_varies_where_they_tell_it_apart():
    assert label({"encoder.n_heads": 4, "seed": 21}) == "n_heads 4, seed 21"
    both = {"embed.kind": "a", "objective.kind": "b"}
    assert label(both) == "embed.kind a, objective.kind b"
    assert shown([None, True, 0.5]) == "[null, true, 0.5]"
