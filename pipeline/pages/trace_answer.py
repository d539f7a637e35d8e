"""A trace -> the five layers on the way of one word to its class, as texts and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.pages.said import (
    TIMES,
    Said,
    Token,
    counted,
    head_name,
    number,
    signed,
    token,
)
from pipeline.pages.trace_steps import WORDS, largest, span_told, strips
from pipeline.study.trace import Trace

LOOKED_AT = 12
"""Tokens told of: those that some head looks at most."""
HEADS = 24
TERMS = 4
"""Products that the worked sum writes out, the largest ones."""
NOTHING = 0.005
"""Smaller ones read as 0.00, and are not written out."""


@dataclass(frozen=True)
class Part:
    """One step of the sum that is the lead."""

    name: str
    value: str
    start: float
    """Where the bar begins and ends, in [0, 100]."""
    end: float
    is_more: bool


def prediction_trace(trace: Trace) -> dict[str, Any]:
    """What the template needs for the word asked about."""
    asked, at = trace.asked, trace.asked.token
    name = (token(trace.tokens[at]),)
    keys = _looked_at(trace)
    places = _places(trace)[:HEADS]
    return {
        "sentence": [token(word) for word in trace.words[:WORDS]],
        "word": token(trace.words[asked.word]),
        "about": asked_about(trace),
        "goal": (f"{trace.wording.answer} ", token(trace.followed.about))
        if trace.shape.asked
        else (trace.wording.answer,),
        "number": asked.word + 1,
        "begun": trace.begun and span_told(trace, trace.begun),
        "token_number": at + 1,
        "label": token(asked.label),
        "probability": f"{trace.followed.probabilities[0]:.3f}",
        "is_read_here": asked.is_read_here,
        "row": _row(trace),
        "unknown": trace.unknown.get(asked.word),
        "embedding": strips("Its embedding", trace.embedding[at][None], [0], name),
        "looked_at": [token(trace.tokens[key]) for key in keys],
        "keys_left": len(_seen(trace)) - len(keys),
        "heads_left": len(_places(trace)) - len(places),
        "score_top": _top(trace, "scores"),
        "heads": [_head(trace, place, keys) for place in places],
        "sum_top": _top(trace, "mixed"),
        "worked": _worked_sum(trace),
        "output": strips("Its output vector", trace.output[at][None], [0], name),
        "rival": None if asked.rival is None else token(asked.rival),
        "lead": number(asked.lead),
        "parts": _parts(trace),
        "classes": [
            {"label": token(label), "probability": f"{p:.3f}", "width": f"{100 * p:.1f}"}
            for label, p in zip(trace.followed.labels, trace.followed.probabilities, strict=True)
        ],
    }


def asked_about(trace: Trace) -> Said:
    """Whom the answer is about: the word, the sentence, or one of the things asked of it."""
    about, subject = trace.followed.about, trace.wording.subject
    if trace.shape.asked:
        return (f"{subject} ", token(about))
    return (subject,) if subject else (token(about),)


def strongest_head(trace: Trace) -> tuple[int, int] | None:
    """The layer and head, from 0, whose silence moves ln p of the class most."""
    if not trace.layers:
        return None
    moved = np.abs(trace.asked.changes)
    layer, head = np.unravel_index(int(np.argmax(moved)), moved.shape)
    return int(layer), int(head)


def _places(trace: Trace) -> list[tuple[int, int]]:
    return list(np.ndindex(len(trace.layers), trace.shape.encoder.n_heads))


def _row(trace: Trace) -> str:
    row = int(trace.input_ids[trace.asked.token])
    special = f" ({trace.special[row]})" if row in trace.special else ""
    parts = ", plus the vectors of its word parts (letters, shape, start)" * trace.has_word_parts
    return f"Row {row}{special} of a table of {trace.shape.vocab_size} rows{parts}."


def _looked_at(trace: Trace) -> list[int]:
    """The tokens with the largest weights of any head, and the word's own, in their order."""
    if not trace.layers:
        return []
    at, seen = trace.asked.token, _seen(trace)
    most = np.max([layer.weights[:, at].max(axis=0) for layer in trace.layers], axis=0)
    most[at] = np.inf
    return sorted(sorted(seen, key=lambda key: -most[key])[:LOOKED_AT])


def _seen(trace: Trace) -> range:
    """The tokens that the word asked about can see."""
    return range(trace.asked.token + 1 if trace.shape.is_causal else len(trace.tokens))


def _top(trace: Trace, what: str) -> str:
    """The largest size in the rows of all heads: the end of the pictures' scale."""
    at = trace.asked.token
    return number(max((largest(getattr(one, what)[:, at]) for one in trace.layers), default=0.0))


def _head(trace: Trace, place: tuple[int, int], keys: list[int]) -> dict[str, Any]:
    """One head's row in the tables of scores, weights and sums."""
    layer, head = place
    asked, traced = trace.asked, trace.layers[layer]
    mixed = traced.mixed[head, asked.token]
    return {
        "name": head_name(layer, head, len(trace.layers)),
        "scores": [number(traced.scores[head, asked.token, key]) for key in keys],
        "weights": [f"{traced.weights[head, asked.token, key]:.2f}" for key in keys],
        "mixed": [number(value) for value in mixed],
        "length": number(float(np.linalg.norm(mixed))),
        "adds": None if asked.parts is None else signed(asked.parts.heads[place].sum()),
        "silent": signed(asked.changes[place]),
    }


def _worked_sum(trace: Trace) -> Said | None:
    """One number of the strongest head's sum, product by product."""
    place = strongest_head(trace)
    if place is None:
        return None
    layer, head = place
    at, traced = trace.asked.token, trace.layers[layer]
    feature = int(np.abs(traced.mixed[head, at]).argmax())
    weights, values = traced.weights[head, at], traced.values[head, :, feature]
    products = weights * values
    order = np.argsort(-np.abs(products), kind="stable")
    name = head_name(layer, head, len(trace.layers))
    told: list[str | Token] = [f"Feature {feature + 1} of {name}, weight {TIMES} value: "]
    large = int((np.abs(products) >= NOTHING).sum())
    shown, rest = np.split(order, [max(1, min(large, TERMS))])
    for rank, key in enumerate(shown):
        product = f"{weights[key]:.2f} {TIMES} {number(values[key])} ("
        told += [" + " if rank else "", product, token(trace.tokens[key]), ")"]
    if len(rest):
        told += [f" + {number(float(products[rest].sum()))} ({counted(len(rest), 'other')})"]
    return (*told, f" = {number(traced.mixed[head, at, feature])}")


def _parts(trace: Trace) -> list[Part]:
    """What adds up to the lead, in the order of the network; none where nothing does."""
    parts = trace.asked.parts
    if parts is None:
        return []
    found = [("embedding", parts.embedding)]
    for layer in range(len(trace.layers)):
        found.append((f"heads, layer {layer + 1}", float(parts.heads[layer].sum())))
        bias = float(parts.attention_bias[layer])
        found.append((f"bias of the attention, layer {layer + 1}", bias))
        found.append((f"feed-forward, layer {layer + 1}", float(parts.feed_forward[layer])))
    found.append(("biases of the norm and the class", parts.bias))
    return sum_steps(found, parts.total)


def sum_steps(found: Sequence[tuple[str, float]], total: float) -> list[Part]:
    """Bars that begin where the one before ends, and the whole sum, the lead."""
    sums = np.concatenate([[0.0], np.cumsum([value for _, value in found])])
    low, high = float(sums.min()), float(sums.max())
    scaled = (100 * (sums - low) / ((high - low) or 1.0)).round(2).tolist()
    steps = [
        Part(name, signed(value), min(scaled[i : i + 2]), max(scaled[i : i + 2]), value >= 0)
        for i, (name, value) in enumerate(found)
    ]
    low, high = min(scaled[0], scaled[-1]), max(scaled[0], scaled[-1])
    return [*steps, Part("the lead", number(total), low, high, total >= 0)]
