"""A trace -> what attention, feed-forward and residual add, and what a head does by way of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.pages.said import Said, head_name, number, sentence_case, signed, token
from pipeline.pages.trace_answer import HEADS, sum_steps
from pipeline.study.contributions import LeadParts
from pipeline.study.trace import Trace

LEAST = 0.005
"""What is smaller reads as 0.00, and nothing is said of it."""


def whole(trace: Trace) -> dict[str, Any]:
    """What the template needs: the sum in words and bars, then the heads' own and whole parts."""
    parts, places = trace.asked.parts, list(np.ndindex(trace.asked.owed.shape))
    shares = [] if parts is None else _shares(parts, bool(trace.layers))
    return {
        "told": [*_added(trace, shares), *_passed_on(trace)],
        "steps": sum_steps(shares, parts.total) if parts else [],
        "heads": [
            _head(trace, place)
            for place in sorted(places, key=lambda one: -abs(trace.asked.owed[one]))[:HEADS]
        ],
        "heads_left": max(0, len(places) - HEADS),
        "readers": _readers(trace),
    }


def _shares(parts: LeadParts, has_layers: bool) -> list[tuple[str, float]]:
    """Of all layers together; they add up to the lead."""
    found = [("the word's own vector (residual)", parts.embedding)]
    if has_layers:
        attention = float(parts.heads.sum() + parts.attention_bias.sum())
        found += [("attention", attention), ("feed-forward", float(parts.feed_forward.sum()))]
    return [*found, ("biases, the same for every word", parts.bias)]


def _added(trace: Trace, shares: list[tuple[str, float]]) -> Iterator[Said]:
    asked = trace.asked
    if asked.rival is None:
        return
    if not shares:
        yield (f"No parts add up to this answer: {trace.wording.no_parts}.",)
        return
    most = max(shares, key=lambda share: abs(share[1]))
    yield (
        token(asked.label), " leads ", token(asked.rival), f" by {number(asked.lead)}. Most of it "
        if most[1] > asked.lead / 2 else f" by {number(asked.lead)}. The largest part ",
        f"comes from {most[0].replace('feed-', 'the feed-')}: {signed(most[1])}.",
    )  # fmt: skip
    if trace.layers:
        yield (
            "The residual connection carries the word's own vector past every layer, unchanged. "
            "Attention and feed-forward each add to it.",
        )


def _passed_on(trace: Trace) -> Iterator[Said]:
    """The head whose work counts most by way of what reads it."""
    asked = trace.asked
    if asked.parts is None or not asked.owed.size:
        return
    through = _through(trace)
    place = np.unravel_index(int(np.abs(through).argmax()), through.shape)
    if abs(through[place]) < LEAST:
        yield (f"Here the heads work by what they add themselves: {_readers(trace)} make nothing "
               "more of it.",)  # fmt: skip
        return
    name = head_name(int(place[0]), int(place[1]), len(trace.layers))
    own, owed = float(asked.parts.heads[place].sum()), float(asked.owed[place])
    way = "falls" if owed >= 0 else "rises"
    yield (
        f"A head can matter through what reads it. {sentence_case(name)} itself adds "
        f"{signed(own)}, but without it the lead {way} by {number(abs(owed))}. The rest, "
        f"{signed(float(through[place]))}, comes through {_readers(trace)}.",
    )


def _through(trace: Trace) -> Float[np.ndarray, "layer head"]:
    """What goes with a head beyond what it adds itself."""
    assert trace.asked.parts is not None
    through: np.ndarray = trace.asked.owed - trace.asked.parts.heads.sum(axis=-1)
    return through


def _readers(trace: Trace) -> str:
    """Who reads what a head wrote."""
    later = "the later layers, " * (len(trace.layers) > 1)
    return f"{later}the feed-forward and the last norm"


def _head(trace: Trace, place: tuple[int, ...]) -> dict[str, Any]:
    parts = trace.asked.parts
    layer, head = place
    return {
        "name": head_name(layer, head, len(trace.layers)),
        "own": None if parts is None else signed(parts.heads[layer, head].sum()),
        "through": None if parts is None else signed(_through(trace)[layer, head]),
        "owed": signed(trace.asked.owed[layer, head]),
    }
