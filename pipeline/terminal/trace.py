"""A trace -> the lines that `headway trace` prints: the data's way, then one word's prediction."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from pipeline.numbers import digits
from pipeline.study.neighbours import Neighbour
from pipeline.study.trace import Trace, TracedLayer, window
from pipeline.terminal.lines import INDENT, WIDTH, cut, rest
from pipeline.terminal.prediction import prediction_lines, span_told
from pipeline.terminal.table import table_lines

ROWS = 6
"""Tokens that a table shows, its rows and the columns of a head's: those around the word asked."""
FEATURES = 6
HEADS = 4
"""Heads whose tables are shown."""
NAME = 12
"""Cells for a word."""


def trace_lines(trace: Trace) -> Iterator[str]:
    """The five steps, each with its shape, then the prediction of the word asked about."""
    yield cut(" ".join(trace.words), WIDTH)
    yield from _about(trace)
    for step in (_input, _embedding, _attention, _output, _predictions):
        yield ""
        yield from step(trace)
    yield ""
    yield from prediction_lines(trace)


def _about(trace: Trace) -> Iterator[str]:
    encoder = trace.shape.encoder
    layers = f"{encoder.n_layers} layer{'s' * (encoder.n_layers != 1)}"
    heads = f" of {encoder.n_heads} head{'s' * (encoder.n_heads != 1)}" if encoder.n_layers else ""
    yield f"{trace.shape.objective.kind} model: {layers}{heads}, positions {encoder.positions}"
    if trace.wording.is_hidden:
        yield f'the word asked about, "{_asked(trace)}", is hidden from the model'


def _asked(trace: Trace) -> str:
    return cut(trace.words[trace.asked.word], NAME)


def _input(trace: Trace) -> Iterator[str]:
    count = len(trace.tokens)
    yield f"1. Input tokens: {count} token{'s' * (count != 1)}"
    rows = []
    for i in _shown(trace):
        word = int(trace.word_ids[i])
        name = f"{word + 1} {cut(trace.words[word], NAME)}"
        rows.append([str(i + 1), cut(trace.tokens[i], NAME), name, str(trace.input_ids[i])])
    yield from table_lines(("", "token", "word", "id"), rows, words=range(3))
    yield from rest(ROWS, count, "token")


def _shown(trace: Trace) -> range:
    return window(len(trace.tokens), trace.asked.token, ROWS)


def _embedding(trace: Trace) -> Iterator[str]:
    yield f"2. Embedding lookup: {_shape(trace.embedding)}"
    yield from _vectors(trace, trace.embedding)


def _attention(trace: Trace) -> Iterator[str]:
    encoder, count = trace.shape.encoder, len(trace.tokens)
    if not trace.layers:
        yield "3. Multi-head self-attention: none (encoder.n_layers is 0)"
        yield f"{INDENT}Every token keeps its own vector: no token sees another."
        return
    yield (
        f"3. Multi-head self-attention: {count} x {count} in each of {encoder.n_heads} heads of "
        f"{encoder.d_model // encoder.n_heads}, joined to {encoder.d_model}"
    )
    yield f"{INDENT}A row looks at the columns: scores, then weights (softmax: a row sums to 1)."
    if trace.shape.is_causal:
        yield f"{INDENT}What comes later is not seen: its score is -inf, its weight 0."
    places = [(i, h) for i in range(encoder.n_layers) for h in range(encoder.n_heads)]
    for layer, head in places[:HEADS]:
        yield f"{INDENT}layer {layer + 1}, head {head + 1}"
        yield from _head(trace, trace.layers[layer], head)
    yield from rest(HEADS, len(places), "head")
    last = trace.layers[-1]
    sums = f"weighted sums of all heads, joined: {_shape(last.joined)}"
    yield f"{INDENT}layer {encoder.n_layers}, {sums}"
    yield from _vectors(trace, last.joined)


def _head(trace: Trace, layer: TracedLayer, head: int) -> Iterator[str]:
    shown = _shown(trace)
    names = [cut(trace.tokens[i], 5) for i in shown]
    rows = []
    for i in shown:
        scores, weights = layer.scores[head, i, list(shown)], layer.weights[head, i, list(shown)]
        numbers = [*map(_short, scores), "|", *(f"{weight:.2f}" for weight in weights)]
        rows.append([cut(trace.tokens[i], 7), *numbers])
    yield from table_lines(("", *names, "|", *names), rows, gap=" ")
    yield from rest(ROWS, len(trace.tokens), "token", ", down and across")


def _short(score: float | np.floating) -> str:
    """A score in at most five cells, such as -9.9, -99.9 and 2e+09."""
    size = abs(float(score))
    return f"{score:.1f}" if size < 99.95 else f"{score:.0f}" if size < 9999 else f"{score:.0e}"


def _output(trace: Trace) -> Iterator[str]:
    yield f"4. Output vectors: {_shape(trace.output)}"
    yield from _vectors(trace, trace.output)
    yield f"{INDENT}change: 1 - cosine of embedding and output vector; nearest, by cosine, among"
    yield f"{INDENT}the embedded words (vocabulary row and word parts): before, to the embedding,"
    yield f"{INDENT}the token itself left out; after, to the output vector"
    rows = [
        [cut(trace.tokens[i], NAME), digits(trace.changes[i].distance),
         _near(trace.changes[i].before), _near(trace.changes[i].after)]
        for i in _shown(trace)
    ]  # fmt: skip
    header = ("token", "change", "nearest before", "nearest after")
    yield from table_lines(header, rows, words=(0, 2, 3))
    yield from rest(ROWS, len(trace.tokens), "token")
    word = trace.most_changed
    yield f"{INDENT}most changed: word {word + 1}, {cut(trace.words[word], 40)}"


def _near(found: Sequence[Neighbour]) -> str:
    return ", ".join(f"{cut(one.text, NAME)} {digits(one.cosine)}" for one in found[:1]) + "".join(
        f", {cut(one.text, 8)}" for one in found[1:2]
    )


def _predictions(trace: Trace) -> Iterator[str]:
    count, what = len(trace.predictions), "answer" if trace.wording.subject else "word"
    yield (
        f"5. Predictions: {count} {what}{'s' * (count != 1)} x {trace.shape.n_classes} classes, "
        f"the most likely first"
    )
    if trace.wording.is_hidden:
        yield f"{INDENT}each word's is made with that word hidden, and no other"
    width = len(trace.followed.labels)
    rows = []
    for i in window(count, trace.asked.answer, ROWS):
        one = trace.predictions[i]
        found = zip(one.labels, one.probabilities, strict=True)
        classes = (f"{cut(label, 10)} {probability:.3f}" for label, probability in found)
        rows.append([str(i + 1), cut(one.about, NAME), *classes])
    header = ("", what, *("class and probability", "", "")[:width])
    yield from table_lines(header, rows, words=range(len(header)))
    yield from rest(ROWS, count, what)
    yield from answered_lines(trace)


def answered_lines(trace: Trace) -> Iterator[str]:
    """What the answers make up, and what is answered where that is not the likeliest class."""
    for span in trace.spans[:ROWS]:
        yield f"{INDENT}{span_told(trace, span)}"
    yield from rest(ROWS, len(trace.spans), "such")
    for i in trace.overruled[:ROWS]:
        one = trace.predictions[i]
        yield (
            f'{INDENT}"{cut(one.about, NAME)}": {cut(one.answer, NAME)}, not its likeliest: '
            f"{trace.wording.chosen}"
        )
    yield from rest(ROWS, len(trace.overruled), "such answer")


def _vectors(trace: Trace, vectors: Float[np.ndarray, "token width"]) -> Iterator[str]:
    """The first features of the tokens that are shown."""
    width = vectors.shape[1]
    header = ["", *(f"[{i}]" for i in range(1, min(FEATURES, width) + 1))]
    rows = [
        [cut(trace.tokens[i], NAME), *map(digits, vectors[i, :FEATURES])] for i in _shown(trace)
    ]
    more = [f"... {width - FEATURES} more"] if width > FEATURES else []
    yield from table_lines([*header, *more], [[*row, *([""] * len(more))] for row in rows])
    yield from rest(ROWS, len(vectors), "token")


def _shape(array: Float[np.ndarray, "token width"]) -> str:
    return " x ".join(map(str, array.shape))
