"""A trace -> the five steps of the data's way, as texts and numbers for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.corpus.formats.span_tags import Span
from pipeline.pages.said import MINUS, TIMES, Said, Token, counted, head_name, number, token
from pipeline.study.neighbours import Neighbour
from pipeline.study.trace import Trace, TracedLayer, window

TOKENS = 12
"""Tokens whose numbers are shown: those around the word asked about."""
WORDS = 24
UNKNOWN = 4
"""Unknown words that are told of."""
LAYERS = 6
"""The first ones and the last."""
HEADS = 8
FEATURES = 128


@dataclass(frozen=True)
class Strips:
    """Vectors, one below the other: a picture with its table."""

    title: str
    shape: str
    names: tuple[Token, ...]
    rows: tuple[tuple[str, ...], ...]
    top: str
    """The largest size among the numbers: the end of the picture's scale."""
    width: int
    """Features there are; the first FEATURES are in the rows."""
    part: int
    """Features in each part that the picture sets apart, such as those of a head; or all."""
    labels: tuple[str, ...]
    """The parts' names, where all of them are shown."""


@dataclass(frozen=True)
class HeadMap:
    """What one head does with the shown tokens, query x key."""

    layer: int
    name: str
    scores: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[str, ...], ...]


def data_flow(trace: Trace) -> dict[str, Any]:
    """What the template needs for the first part of the page."""
    shown = window(len(trace.tokens), trace.asked.token, TOKENS)
    names = tuple(token(trace.tokens[i]) for i in shown)
    layers, n_heads = shown_layers(len(trace.layers)), trace.shape.encoder.n_heads
    maps = [one for layer in layers for one in _maps(trace, layer, shown)]
    return {
        "shown": shown,
        "names": names,
        "input": [_input(trace, i) for i in shown],
        "embedding": strips("Embedding", trace.embedding, shown, names),
        "layers": layers,
        "maps": maps,
        "score_tops": {layer: _top_score(trace.layers[layer], shown) for layer in layers},
        "joined": {
            layer: strips(
                "The heads' sums, side by side", trace.layers[layer].joined, shown, names,
                [head_name(layer, head, len(trace.layers)) for head in range(n_heads)],
            )
            for layer in layers
        },
        "output": strips("Output vectors", trace.output, shown, names),
        "changes": [_change(trace, i) for i in shown],
        "most_changed": _most_changed(trace),
    }  # fmt: skip


def span_told(trace: Trace, span: Span) -> Said:
    """A span's words and its kind."""
    return token(" ".join(trace.words[span.start : span.end])), f" ({span.kind})"


def shown_layers(count: int) -> list[int]:
    """From 0: all, or the first ones and the last."""
    return list(range(count)) if count <= LAYERS else [*range(LAYERS - 1), count - 1]


def strips(
    title: str,
    vectors: Float[np.ndarray, "row width"],
    shown: Sequence[int],
    names: tuple[Token, ...],
    parts: Sequence[str] = (),
) -> Strips:
    """The vectors of the shown tokens; `parts` names the equal parts that each is joined of."""
    kept, width = vectors[list(shown), :FEATURES], vectors.shape[1]
    return Strips(
        title=title,
        shape=f" {TIMES} ".join(map(str, vectors.shape)),
        names=names,
        rows=tuple(tuple(map(number, vector)) for vector in kept),
        top=number(float(np.abs(kept).max())),
        width=width,
        part=width // max(1, len(parts)),
        labels=tuple(parts) if width <= FEATURES and len(parts) <= HEADS else (),
    )


def predictions(trace: Trace) -> dict[str, Any]:
    """The answers around the one asked about: whom they are about, and the model's classes."""
    shown = window(len(trace.predictions), trace.asked.answer, WORDS)
    rows = [
        {
            "number": i + 1,
            "word": token(trace.predictions[i].about),
            "is_asked": i == trace.asked.answer,
            "answer": token(trace.predictions[i].answer),
            "confidence": f"{trace.predictions[i].confidence:.3f}",
            "is_overruled": i in trace.overruled,
            "is_unknown": not trace.wording.subject and i in trace.unknown,
            "classes": [
                (token(label), f"{probability:.3f}")
                for label, probability in zip(
                    trace.predictions[i].labels, trace.predictions[i].probabilities, strict=True
                )
            ],
        }
        for i in shown
    ]
    together = [span_told(trace, span) for span in trace.spans]
    return {"together": together, "words": rows, "all_words": len(trace.predictions)}


def unknown(trace: Trace) -> list[Said]:
    """A sentence on each word that training did not know, UNKNOWN at most; each word once."""
    told = {trace.words[word]: text for word, text in trace.unknown.items()}
    said: list[Said] = []
    for word, text in list(told.items())[:UNKNOWN]:
        said.append((token(word), f" {text}."))
    if len(told) > UNKNOWN:
        said.append((f"{counted(len(told) - UNKNOWN, 'more word')} unknown in this sentence.",))
    return said


def _input(trace: Trace, at: int) -> dict[str, Any]:
    word, row = int(trace.word_ids[at]), int(trace.input_ids[at])
    return {
        "number": at + 1,
        "token": token(trace.tokens[at]),
        "word": word + 1,
        "of": token(trace.words[word]),
        "id": row,
        "special": trace.special.get(row, ""),
    }


def _maps(trace: Trace, layer: int, shown: range) -> list[HeadMap]:
    place = np.ix_(list(shown), list(shown))
    encoder = trace.shape.encoder
    return [
        HeadMap(
            layer,
            head_name(layer, head, encoder.n_layers),
            tuple(tuple(map(number, row)) for row in trace.layers[layer].scores[head][place]),
            tuple(
                tuple(f"{w:.2f}" for w in row) for row in trace.layers[layer].weights[head][place]
            ),
        )
        for head in range(min(encoder.n_heads, HEADS))
    ]


def _top_score(layer: TracedLayer, shown: range) -> str:
    start, stop = shown.start, shown.stop
    return number(largest(layer.scores[:HEADS, start:stop, start:stop]))


def largest(values: Float[np.ndarray, "*shape"]) -> float:
    """The largest size of what is finite; scores of tokens that are not seen are not."""
    return float(np.abs(values, where=np.isfinite(values), out=np.zeros(values.shape)).max())


def _change(trace: Trace, at: int) -> dict[str, Any]:
    change = trace.changes[at]
    return {
        "token": token(trace.tokens[at]),
        "distance": number(change.distance),
        "is_most": int(trace.word_ids[at]) == trace.most_changed,
        "before": _near(change.before),
        "after": _near(change.after),
    }


def _near(found: Sequence[Neighbour]) -> list[tuple[Token, str]]:
    return [(token(one.text), number(one.cosine)) for one in found]


def _most_changed(trace: Trace) -> Said:
    """The token whose vector changed most, with its nearest words before and after."""
    at = int(np.argmax([change.distance for change in trace.changes]))
    change = trace.changes[at]
    told: list[str | Token] = [
        token(trace.tokens[at]),
        f" changed most: its output vector is {number(change.distance)} (1 {MINUS} cosine) away "
        "from its embedding.",
    ]
    for when, found in (("before", change.before), ("after", change.after)):
        if found:
            told += [f" Nearest words {when}: "]
            for rank, one in enumerate(found):
                told += [", " if rank else "", token(one.text), f" ({number(one.cosine)})"]
            told += ["."]
    return tuple(told)
