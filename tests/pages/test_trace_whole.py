import planted
import pytest
import torch
from traced_models import planted_predictor, predictor, traced
from traced_pages import asked_again, page_of, read, value


@pytest.mark.parametrize("kind", [{}, {"n_layers": 1}, {"n_layers": 0}, {"objective": "causal_lm"}])
def test_what_attention_feed_forward_and_residual_add_is_the_lead(kind):
    trace = traced(predictor(**kind), "The cat sat on the mat")
    rows = list(read(page_of(trace)).the("table", name="whole").rows())
    names = ["the word's own vector (residual)", "attention", "feed-forward"]
    names = names if trace.layers else names[:1]
    assert [row[0] for row in rows] == [*names, "biases, the same for every word", "the lead"]
    parts = trace.asked.parts
    added = [
        parts.embedding,
        parts.heads.sum() + parts.attention_bias.sum(),
        parts.feed_forward.sum(),
    ]
    for row, expected in zip(rows, added[: len(names)], strict=False):
        assert value(row[1]) == pytest.approx(expected, abs=0.0051)
    assert sum(value(row[1]) for row in rows[:-1]) == pytest.approx(trace.asked.lead, abs=0.03)
    assert value(rows[-1][1]) == pytest.approx(trace.asked.lead, abs=0.0051)


def test_a_head_s_own_part_and_what_comes_through_others_are_what_its_silence_costs():
    model = predictor()
    trace = traced(model, "The cat sat on the mat")
    before = asked_again(model, trace)
    lead = before[trace.asked.label] - before[trace.asked.rival]
    for name, own, through, owed in read(page_of(trace)).the("table", name="owed").rows():
        layer, head = (int(one) - 1 for one in name.removeprefix("head ").split("."))
        after = asked_again(model, trace, silent=[(layer, head)])
        costs = lead - (after[trace.asked.label] - after[trace.asked.rival])
        assert value(owed) == pytest.approx(costs, abs=0.0051)
        assert value(own) + value(through) == pytest.approx(value(owed), abs=0.0101)
        assert value(own) == pytest.approx(trace.asked.parts.heads[layer, head].sum(), abs=0.0051)


def test_a_head_that_only_the_feed_forward_reads_is_said_to_matter_through_it():
    trace = traced(heard_by_the_feed_forward(), "a c b", word=3)
    rows = {row[0]: row[1:] for row in read(page_of(trace)).the("table", name="owed").rows()}
    own, through, owed = map(value, rows[f"head {planted.FIRST + 1}"])
    assert abs(own) < 0.01 < 1 < through
    assert owed == pytest.approx(through, abs=0.011)
    text = read(page_of(trace)).the("section", name="insight").text
    assert f"A head can matter through what reads it. Head {planted.FIRST + 1} itself adds" in text


def heard_by_the_feed_forward():
    """The planted tagger, whose feed-forward turns the first token's sign into an answer."""
    model = planted_predictor()
    block, first = model.network.encoder.blocks[0], planted.WRITTEN[planted.FIRST]
    with torch.no_grad():
        block.feed_forward_norm.weight.fill_(1.0)
        block.widen.weight[0, first + 3] = 2.0  # "a" stands first
        block.narrow.weight[14 + 5, 0] = 1.0  # speaks for "after 5"
    return model


@pytest.mark.parametrize("kind", [{"objective": "masked_lm"}, {"objective": "classification"}])
def test_where_no_parts_add_up_it_is_said_why_and_what_silence_costs_is_told(kind):
    trace = traced(predictor(**kind), "The cat sat on the mat")
    page = read(page_of(trace))
    assert f"No parts add up to this answer: {trace.wording.no_parts}." in page.text
    assert not list(page.all("table", name="whole"))
    assert [len(row) for row in page.the("table", name="owed").rows()] == [2] * 4
