"""A trace -> the lines that follow one word to its prediction, in five layers."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from pipeline.corpus.formats.span_tags import Span
from pipeline.numbers import digits, signed
from pipeline.study.trace import Trace
from pipeline.terminal.lines import INDENT, WIDTH, cut, rest
from pipeline.terminal.table import table_lines

HEADS = 8
LOOKED_AT = 4
"""Tokens told of each head: those with the greatest weight."""
FEATURES = 6
NAME = 12


def prediction_lines(trace: Trace) -> Iterator[str]:
    """From the embedding of the word asked about to its class."""
    asked, wording = trace.asked, trace.wording
    name = f'"{cut(trace.words[asked.word], NAME)}"{begun_told(trace)}'
    word = f"word {asked.word + 1} of {len(trace.words)}, {name},"
    subject = wording.subject or word
    if trace.shape.asked:
        subject = f'{subject} "{cut(trace.followed.about, NAME)}"'
    best = trace.followed.probabilities[0]
    yield f"Why {subject} {wording.verb} {cut(asked.label, 20)} (probability {best:.3f})"
    if not asked.is_read_here:
        yield f"{INDENT}read from the vectors of all tokens together"
    where = "read" if asked.is_read_here else "followed"
    yield f"{INDENT}{where} at token {asked.token + 1}; heads and layers are numbered from 1"
    for step in (_embedding, _scores, _weights, _sums, _final):
        yield ""
        yield from step(trace)


def begun_told(trace: Trace) -> str:
    """What is said behind the word that is followed, where a span begins with it."""
    return f", which begins {span_told(trace, trace.begun)}" if trace.begun else ""


def span_told(trace: Trace, span: Span) -> str:
    """Such as `PER: "Ada Lovelace"`."""
    return f'{span.kind}: "{cut(" ".join(trace.words[span.start : span.end]), WIDTH // 2)}"'


def _embedding(trace: Trace) -> Iterator[str]:
    at = trace.asked.token
    row = int(trace.input_ids[at])
    name = f" ({trace.special[row]})" if row in trace.special else ""
    parts = " and its word parts" * trace.has_word_parts
    yield f"1. Embedding lookup: row {row}{name} of {trace.shape.vocab_size}{parts}"
    if trace.has_word_parts:
        yield f"{INDENT}parts: first and last letters, shape, whether it begins the sentence"
    yield from _vector(trace.embedding[at])


def _scores(trace: Trace) -> Iterator[str]:
    yield "2. Self-attention scores: its query times every key, before the softmax"
    yield from _looked_at(trace, "scores")


def _weights(trace: Trace) -> Iterator[str]:
    yield "3. Multi-head attention: the softmax of these scores, each head for itself"
    yield from _looked_at(trace, "weights")


def _looked_at(trace: Trace, what: str) -> Iterator[str]:
    """The same tokens for scores and weights: those that the head looks at most."""
    if not trace.layers:
        yield _no_attention()
        return
    at = trace.asked.token
    count = at + 1 if trace.shape.is_causal else len(trace.tokens)  # those that it sees
    rows = []
    for layer, head in _places(trace)[:HEADS]:
        numbers = getattr(trace.layers[layer], what)[head, at]
        order = np.argsort(-trace.layers[layer].weights[head, at, :count], kind="stable")[
            :LOOKED_AT
        ]
        cells = [f"{cut(trace.tokens[key], 8)} {digits(numbers[key])}" for key in order]
        rows.append([f"{layer + 1}.{head + 1}", *cells])
    shown = min(LOOKED_AT, count)
    header = ("layer.head", "looks most at", *[""] * (shown - 1))
    yield from table_lines(header, rows, words=range(len(header)))
    yield from rest(HEADS, len(_places(trace)), "head")
    yield from rest(LOOKED_AT, count, "token", " in each")


def _sums(trace: Trace) -> Iterator[str]:
    """What each head mixed, what of it is in the lead, and what its silence does to ln p."""
    yield "4. Weighted sum of values: what each head gathers for it"
    if not trace.layers:
        yield _no_attention()
        return
    asked, rows = trace.asked, []
    features = min(3, trace.layers[0].mixed.shape[-1])
    for layer, head in _places(trace)[:HEADS]:
        mixed = trace.layers[layer].mixed[head, asked.token]
        added = "-" if asked.parts is None else signed(asked.parts.heads[layer, head].sum())
        removed = signed(asked.changes[layer, head])
        length = digits(float(np.linalg.norm(mixed)))
        rows.append(
            [f"{layer + 1}.{head + 1}", *map(digits, mixed[:features]), length, added, removed]
        )
    first = [f"[{i}]" for i in range(1, features + 1)]
    yield from table_lines(("layer.head", *first, "length", "adds", "if silent"), rows)
    yield from rest(HEADS, len(_places(trace)), "head")
    label = cut(asked.label, 20)
    if asked.parts is not None:
        yield f"{INDENT}adds: what the head itself writes into the lead of {label} (see 5)"
    yield f"{INDENT}if silent: the change of ln p({label}), in nats, when the head"
    yield f"{INDENT}writes nothing and all that comes after it is computed anew"


def _final(trace: Trace) -> Iterator[str]:
    asked = trace.asked
    yield "5. Final output: its vector after the last norm, and the classes"
    yield from _vector(trace.output[asked.token])
    found = trace.followed
    for label, probability in zip(found.labels, found.probabilities, strict=True):
        yield f"{INDENT}{cut(label, 20)} {probability:.3f}"
    if asked.rival is None:
        yield f"{INDENT}it is the only class, so there is nothing to choose"
        return
    label, rival = cut(asked.label, 20), cut(asked.rival, 20)
    yield f"{INDENT}lead of {label} over {rival}: {digits(asked.lead)}"
    yield f"{INDENT}lead: the logit of the chosen class less that of its best rival, which is"
    yield f"{INDENT}ln p of the one less ln p of the other, in nats"
    if asked.parts is None:
        yield f"{INDENT}no parts add up to it: {trace.wording.no_parts}"
        return
    parts = asked.parts
    rows = [["embedding", signed(parts.embedding)]]
    for layer in range(len(trace.layers)):
        rows.append([f"heads, layer {layer + 1}", signed(float(parts.heads[layer].sum()))])
        bias = float(parts.attention_bias[layer])
        rows.append([f"bias of attention {layer + 1}", signed(bias)])
        rows.append([f"feed-forward {layer + 1}", signed(float(parts.feed_forward[layer]))])
    rows += [
        ["biases of norm and class", signed(parts.bias)],
        ["sum", digits(parts.total)],
    ]
    yield from table_lines(("part", "adds"), rows)


def _vector(vector: Float[np.ndarray, " width"]) -> Iterator[str]:
    shown = " ".join(map(digits, vector[:FEATURES]))
    more = f" ... {len(vector) - FEATURES} more" if len(vector) > FEATURES else ""
    yield f"{INDENT}{shown}{more}; length {digits(float(np.linalg.norm(vector)))}"


def _places(trace: Trace) -> list[tuple[int, int]]:
    n_heads = trace.shape.encoder.n_heads
    return [(layer, head) for layer in range(len(trace.layers)) for head in range(n_heads)]


def _no_attention() -> str:
    return f"{INDENT}none: encoder.n_layers is 0"
