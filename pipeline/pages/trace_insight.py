"""A trace and the study's rows -> does this run back what attention and several heads are for?"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.pages.head_figures import figure_text
from pipeline.pages.said import (
    Said,
    Token,
    head_name,
    listed,
    number,
    sentence_case,
    token,
)
from pipeline.study.about import About
from pipeline.study.interventions.changed_rows import ZERO_ACCURACY, ZERO_LOSS
from pipeline.study.interventions.importance import IMPORTANCE
from pipeline.study.measures.diversity import DISAGREEMENT
from pipeline.study.table import HeadRow
from pipeline.study.trace import Trace

FIGURES = (ZERO_LOSS, ZERO_ACCURACY, IMPORTANCE, DISAGREEMENT)
"""Measures of heads that this part rests on."""
APART = 0.05
"""Heads that lie nearer to each other on average, in nats, look at much the same."""
EVEN = 0.9
"""Of an even look's width: from here on the heads hardly choose."""
NAMED = 6

Figures = dict[About, Float[np.ndarray, "layer head"]]


def insight(trace: Trace, rows: Sequence[HeadRow] | None) -> dict[str, Any]:
    """What the template needs: statements with the figures that they follow from."""
    encoder = trace.shape.encoder
    if not trace.layers:
        return {"weighing": [], "perspectives": [], "columns": [], "rows": [], "missing": []}
    found = _figures(rows or (), encoder.n_layers, encoder.n_heads)
    return {
        "weighing": [_width(trace), *_widths(trace)],
        "perspectives": [_perspectives(trace), *_apart(found)],
        "columns": [_heading(about) for about in found],
        "rows": [
            (
                head_name(layer, head, encoder.n_layers),
                [figure_text(_known(float(values[layer, head]))) for values in found.values()],
            )
            for layer, head in np.ndindex(encoder.n_layers, encoder.n_heads)
        ],
        "missing": [about.title for about in FIGURES if about not in found],
    }


def effective_tokens(
    weights: Float[np.ndarray, "head query key"],
) -> Float[np.ndarray, "head query"]:
    """exp(H(a)): as many tokens as an even look of the same entropy H would spread over."""
    wide = weights.astype(np.float64)
    logs = np.log(wide, out=np.zeros_like(wide), where=wide > 0)
    return np.asarray(np.exp(-(wide * logs).sum(axis=-1)))


def _figures(rows: Sequence[HeadRow], n_layers: int, n_heads: int) -> Figures:
    """Those of FIGURES that were measured; NaN where one is not defined."""
    found: Figures = {}
    abouts = {about.name: about for about in FIGURES}
    for row in rows:
        fits = row.head is not None and row.layer <= n_layers and row.head <= n_heads
        about = abouts.get(row.measure)
        if about and row.is_plain and fits and row.head is not None:
            values = found.setdefault(about, np.full((n_layers, n_heads), np.nan))
            values[row.layer - 1, row.head - 1] = np.nan if row.value is None else row.value
    return {about: found[about] for about in FIGURES if about in found}


def _heading(about: About) -> str:
    return f"{about.title} ({about.unit})" if about.unit else about.title


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _width(trace: Trace) -> Said:
    """Over how many tokens do the heads spread their look, in this sentence?"""
    count = len(trace.tokens)
    if count == 1:
        return ("With one token there is nothing to weigh: each head gives it the weight 1.",)
    seen = np.isfinite(trace.layers[0].scores[0]).sum(axis=-1)
    rows = seen > 1
    width = float(np.mean([effective_tokens(layer.weights[:, rows]) for layer in trace.layers]))
    largest = float(np.mean([layer.weights[:, rows].max(axis=-1) for layer in trace.layers]))
    seen, of = seen[rows], f"the {count} tokens"
    if seen.min() < count:
        of = f"the {number(seen.mean())} tokens that it sees"
    told = (
        f"On average a token's weights are spread as if over {number(width)} of {of} "
        f"(the exponential of their entropy). The largest is {number(largest)}; an even look "
        f"would give each token {number(float(np.mean(1 / seen)))}."
    )
    if width >= EVEN * seen.mean():
        return (f"{told} So in this sentence the heads hardly choose.",)
    return (f"{told} So the words are weighed, and not alike.",)


def _widths(trace: Trace) -> Iterator[Said]:
    """The narrowest and the widest head."""
    if len(trace.tokens) == 1:
        return
    widths = np.array([effective_tokens(layer.weights).mean(axis=-1) for layer in trace.layers])
    if widths.size < 2:
        return
    ends = [np.unravel_index(int(at), widths.shape) for at in (widths.argmin(), widths.argmax())]
    narrow, wide = (
        (head_name(int(layer), int(head), len(widths)), number(widths[layer, head]))
        for layer, head in ends
    )
    if narrow[1] != wide[1]:
        yield (f"{sentence_case(narrow[0])} looks most narrowly, over {narrow[1]} tokens, and "
               f"{wide[0]} most widely, over {wide[1]}.",)  # fmt: skip


def _perspectives(trace: Trace) -> Said:
    """Where the heads of the last layer look from the word asked about."""
    last, at = trace.layers[-1], trace.asked.token
    keys = last.weights[:, at].argmax(axis=-1).tolist()
    heads = len(keys)
    if heads == 1:
        return ("There is one head a layer, so one perspective.",)
    if trace.shape.is_causal and at == 0:
        return ("From ", token(trace.tokens[at]), ", the first token, no head sees another.")
    n_layers, different = len(trace.layers), len(set(keys))
    told: list[str | Token] = ["From ", token(trace.tokens[at])]
    told += [f", the {heads} heads" + " of the last layer" * (n_layers > 1)]
    told += [" all look most at " if different == 1 else f" look most at {different} tokens: "]
    for rank, key in enumerate(dict.fromkeys(keys)):
        names = [head_name(n_layers - 1, h, n_layers) for h in range(heads) if keys[h] == key]
        told += [", " if rank else "", token(trace.tokens[key])]
        told += [f" ({listed(names[:NAMED])}{' …' * (len(names) > NAMED)})"] * (different > 1)
    return (*told, ".")


def _apart(found: Figures) -> list[Said]:
    """How far the heads' weights lie apart on validation."""
    if DISAGREEMENT not in found or not np.isfinite(found[DISAGREEMENT]).any():
        return []
    mean = float(np.nanmean(found[DISAGREEMENT]))
    scale = "(0: all look alike; 0.69, ln 2: nothing shared)"
    told = f"On validation the heads' weights lie {number(mean)} nats apart on average {scale}: "
    if mean < APART:
        return [(f"{told}they look at much the same, so several heads give hardly more than one.",)]
    return [(f"{told}they do look at different words.",)]
