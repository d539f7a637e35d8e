"""What each head of a run does, and since which epoch, worked by hand and planted."""

import planted
import pytest
import torch

from pipeline.comparison.atlas.heads import heads_of_run, role_of
from pipeline.comparison.matching import Watched
from pipeline.study.roles import chosen_place, chosen_places
from pipeline.study.table import HeadRow
from pipeline.study.verdicts import by_head
from pipeline.study.watching import all_weights

SENTENCES = ([3, 4, 3, 5, 4], [4, 5, 5, 3], [3, 5, 4, 3, 3, 4, 5, 5])


def weights(causal=False):
    network = planted.planted_network()
    network.is_causal = causal
    return [all_weights(network, planted.planted_batch(one))[0] for one in SENTENCES]


def test_planted_heads_choose_the_places_that_they_look_at():
    found = chosen_places(weights())
    assert {place[1] - 1: name for place, name in found.items()} == {
        planted.PREVIOUS: "previous", planted.UNIFORM: None, planted.FIRST: "first",
        planted.EQUAL: "self", planted.DEAD: "next", planted.TWIN: "previous",
    }  # fmt: skip
    assert chosen_places([]) == {}


def test_where_no_head_looks_ahead_what_comes_later_is_no_choice():
    found = {place[1] - 1: name for place, name in chosen_places(weights(causal=True)).items()}
    assert found[planted.UNIFORM] is None
    assert found[planted.PREVIOUS] == "previous"
    assert "next" not in found.values()


def test_a_place_is_chosen_only_where_it_is_well_above_even_weights():
    even = {"previous": 0.1, "next": 0.1}
    assert chosen_place({"previous": 0.19, "next": 0.15}, even) is None
    assert chosen_place({"previous": 0.21, "next": 0.3}, even) == "next"


def row(measure, value, **besides):
    return HeadRow(measure=measure, layer=1, head=1, value=value, **besides)


@pytest.mark.parametrize(
    ("rows", "role"),
    [
        ([row("next", 0.5), row("next", 0.1, null="even")], "next"),
        ([row("next", 0.5), row("next", 0.4, null="even")], "none"),
        ([row("duplicate_mass", 0.6)], "duplicate"),
        (
            [row("next", 0.5), row("syntax_follows", 1.0, relation="det", direction="up")],
            "det (up)",
        ),
        ([row("syntax_follows", 0.0, relation="det", direction="up")], "none"),
    ],
)
def test_roles_by_hand(rows, role):
    assert role_of(by_head(rows)[1, 1]) == role


def epoch_of(*heads):
    """One sentence of five tokens; each head looks at one place, or evenly."""
    offsets = {"previous": -1, "next": 1}
    found = torch.full((1, len(heads), 5, 5), 0.2)
    for head, name in enumerate(heads):
        for query in range(5):
            key = query + offsets.get(name, 9)
            if 0 <= key < 5:
                found[0, head, query] = torch.eye(5)[key]
    return (found,)


def test_a_role_is_born_in_the_epoch_since_which_it_is_held():
    epochs = (
        epoch_of("next", "none", "previous"), epoch_of("none", "previous", "previous"),
        epoch_of("next", "previous", "previous"), epoch_of("none", "none", "none"),
    )  # fmt: skip
    watched = Watched((("a",) * 5,), epochs, kept=3)  # the fourth is not the model's
    rows = [
        HeadRow(measure=name, layer=1, head=head, value=0.9)
        for head, name in ((1, "next"), (2, "previous"), (3, "next"))
    ]
    rows.append(HeadRow(measure="zero_loss", layer=1, head=2, value=0.25))
    found = list(heads_of_run(4, rows, watched, torch.tensor([0.1, 0.2, 0.3]).numpy()))
    assert [head.born for head in found] == [3, 2, None]  # of the third, the sentence says another
    assert [head.worth for head in found] == [None, 0.25, None]
    assert [head.stability for head in found] == pytest.approx([0.1, 0.2, 0.3])
    assert {head.run for head in found} == {4}
