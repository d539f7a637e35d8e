"""A trace and its training -> questions whose answers, right and wrong, are this run's numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.pages.said import (
    MINUS,
    TIMES,
    Said,
    counted,
    head_name,
    number,
    sentence_case,
    signed,
    token,
)
from pipeline.pages.trace_answer import asked_about
from pipeline.pages.trace_insight import effective_tokens
from pipeline.study.trace import Trace
from pipeline.tokens.keyed import keyed_bits

OPTIONS = 4
QUESTIONS = 6
DIGITS = 3
"""Decimals of loss and accuracy in the table of epochs."""
CLEAR = 0.01
"""By how much the right answer leads, in parts of the largest number: nearer ones are a tie."""


@dataclass(frozen=True)
class Question:
    """One question, with its options in the order in which they are shown."""

    prompt: Said
    options: tuple[Said, ...]
    right: int
    """The place of the answer, from 0."""
    why: Said


def quiz(trace: Trace, history: Mapping[str, Sequence[float]] | None) -> list[Question]:
    """As many questions as have one clear answer, QUESTIONS at most."""
    made = (
        *_most_looked_at(trace), *_widest_head(trace), *_silenced(trace), *_changed(trace),
        *_epoch(history), *_nearest(trace), *_class(trace), *_numbers(trace), *_weights(trace),
        *_classes(trace),
    )  # fmt: skip
    return [_shuffled(question, trace) for question in made][:QUESTIONS]


def _question(
    prompt: Said, names: Sequence[Said], values: Sequence[float], why: Said
) -> Iterator[Question]:
    """The right answer has the largest value, the wrong ones come next; none if it is a tie."""
    order = np.argsort(-np.asarray(values, dtype=float), kind="stable").tolist()
    if len(order) < 2:
        return
    best, second = values[order[0]], values[order[1]]
    if not best - second > CLEAR * max(abs(best), abs(second)):
        return
    options: list[Said] = []
    for i in order:
        if names[i] not in options:
            options.append(names[i])
    if len(options) > 1:
        yield Question(prompt, tuple(options[:OPTIONS]), 0, why)


def _shuffled(question: Question, trace: Trace) -> Question:
    """The options in an order that hangs on the sentence and the question alone."""
    key = keyed_bits(np.arange(len(question.options)), 0, "quiz", *trace.words, str(question))
    order = np.argsort(key, kind="stable").tolist()
    options = tuple(question.options[i] for i in order)
    return Question(question.prompt, options, order.index(question.right), question.why)


def _numbered(trace: Trace) -> list[Said]:
    """Tokens with their places: two of them may read alike."""
    return [(f"{i}. ", token(text)) for i, text in enumerate(trace.tokens, start=1)]


def _head_at(place: int | np.intp, trace: Trace) -> str:
    """The head at this place of all layers' heads in a row."""
    layer, head = divmod(int(place), trace.shape.encoder.n_heads)
    return head_name(layer, head, len(trace.layers))


def _heads(trace: Trace) -> list[Said]:
    count = len(trace.layers) * trace.shape.encoder.n_heads
    return [(_head_at(place, trace),) for place in range(count)]


def _most_looked_at(trace: Trace) -> Iterator[Question]:
    """Asked of the head that is surest where the word asked about looks."""
    if not trace.layers:
        return
    at, n_layers = trace.asked.token, len(trace.layers)
    layer = int(np.argmax([one.weights[:, at].max() for one in trace.layers]))
    weights = trace.layers[layer].weights[:, at]
    head = int(weights.max(axis=1).argmax())
    name, key = head_name(layer, head, n_layers), int(weights[head].argmax())
    word = token(trace.tokens[at])
    yield from _question(
        (f"In {name}, which token does ", word, f" (token {at + 1}) look at most?"),
        _numbered(trace),
        weights[head].tolist(),
        (f"{sentence_case(name)} puts the weight {weights[head, key]:.2f} on ",
         token(trace.tokens[key]), f", the largest of the row. The softmax made it of the score "
         f"{number(trace.layers[layer].scores[head, at, key])}."),
    )  # fmt: skip


def _widest_head(trace: Trace) -> Iterator[Question]:
    if not trace.layers or len(trace.tokens) < 2:
        return
    widths = np.array([effective_tokens(layer.weights).mean(axis=-1) for layer in trace.layers])
    yield from _question(
        ("Which head spreads its attention most widely over this sentence?",),
        _heads(trace),
        widths.ravel().tolist(),
        (f"{sentence_case(_head_at(widths.argmax(), trace))}: over {number(widths.max())} of the "
         f"{len(trace.tokens)} tokens on average, by the exponential of its entropy; "
         f"{_head_at(widths.argmin(), trace)}, the narrowest, over {number(widths.min())}.",),
    )  # fmt: skip


def _silenced(trace: Trace) -> Iterator[Question]:
    asked = trace.asked
    lost = -asked.changes
    if lost.size < 2 or lost.max() <= 0.01:
        return
    names = _heads(trace)
    before, after = (float(np.exp(one)) for one in (asked.log_p, asked.without.min()))
    yield from _question(
        ("Which head's silence would lower the probability of ", token(asked.label),
         f" {trace.wording.at} ", *asked_about(trace), " most?"),
        names,
        lost.ravel().tolist(),
        (f"Without {_head_at(lost.argmax(), trace)} it moves from {before:.3f} to {after:.3f}: "
         f"ln p by {signed(-float(lost.max()))} nats.",),
    )  # fmt: skip


def _changed(trace: Trace) -> Iterator[Question]:
    distances = [change.distance for change in trace.changes]
    at = int(np.argmax(distances))
    yield from _question(
        ("Which token's vector did the network change most?",),
        _numbered(trace),
        distances,
        (token(trace.tokens[at]), f": {number(distances[at])} from its embedding, "
         f"as 1 {MINUS} cosine. The least changed token moved by {number(min(distances))}."),
    )  # fmt: skip


def _class(trace: Trace) -> Iterator[Question]:
    found = trace.followed
    about, label = token(found.about), token(found.labels[0])
    before, after = trace.wording.question
    yield from _question(
        (before,) if after is None else (before, about, after),
        [(token(one),) for one in found.labels],
        found.probabilities,
        (label, f", with probability {found.probabilities[0]:.3f}; the next, ",
         token(found.labels[min(1, len(found.labels) - 1)]),
         f", has {found.probabilities[min(1, len(found.labels) - 1)]:.3f}."),
    )  # fmt: skip


def _nearest(trace: Trace) -> Iterator[Question]:
    before = trace.changes[trace.asked.token].before
    if before:
        yield from _question(
            ("Before any attention, which word of the vocabulary lies nearest to ",
             token(trace.tokens[trace.asked.token]), "?"),
            [(token(one.text),) for one in before],
            [one.cosine for one in before],
            (token(before[0].text), f": the cosine of the two embeddings is "
             f"{number(before[0].cosine)}."),
        )  # fmt: skip


def _epoch(history: Mapping[str, Sequence[float]] | None) -> Iterator[Question]:
    """Of the lowest loss, or, where the table does not tell it from the next, the greatest gain."""
    if history is None or len(history["epoch"]) < 2 or np.isnan(history["validation_loss"][-1]):
        return
    losses = [round(value, DIGITS) for value in history["validation_loss"]]
    order = np.argsort(losses, kind="stable").tolist()
    if losses[order[0]] < losses[order[1]]:
        trained = [round(value, DIGITS) for value in history["train_loss"]]
        yield Question(
            ("After which epoch was the loss on validation lowest?",),
            tuple((f"epoch {i + 1}",) for i in order[:OPTIONS]),
            0,
            (f"After epoch {order[0] + 1}, with {losses[order[0]]:.{DIGITS}f} nats; in training it "
             f"was lowest in epoch {int(np.argmin(trained)) + 1}.",),
        )  # fmt: skip
        return
    accuracies = history["validation_accuracy"]
    gains = np.diff([round(value, DIGITS) for value in accuracies])
    best = int(gains.argmax())
    yield from _question(
        ("Which epoch raised the accuracy on validation most, against the one before?",),
        [(f"epoch {i + 2}",) for i in range(len(gains))],
        gains.tolist(),
        (f"Epoch {best + 2}: from {accuracies[best]:.{DIGITS}f} to "
         f"{accuracies[best + 1]:.{DIGITS}f}.",),
    )  # fmt: skip


def _numbers(trace: Trace) -> Iterator[Question]:
    """Of shapes alone, so there are always this one and the next two."""
    width, count = trace.shape.encoder.d_model, len(trace.tokens)
    yield _counting(
        "How many numbers does the embedding lookup give for this sentence?",
        count * width,
        (width, count * trace.shape.vocab_size, count + width, count * width * 2),
        f"{count} {TIMES} {width}: a vector of {width} features for each token.",
    )


def _weights(trace: Trace) -> Iterator[Question]:
    part, count = trace.shape.encoder, len(trace.tokens)
    heads, layers = part.n_heads, part.n_layers
    yield _counting(
        "How many attention weights does the model compute for this sentence?",
        layers * heads * count**2,
        (layers * heads * count, count**2, heads * part.d_model, heads * count**2 + count),
        f"{counted(layers, 'layer')} {TIMES} {counted(heads, 'head')} {TIMES} {count} {TIMES} "
        f"{count}: in each head every token weighs every token"
        f"{', those after it with 0' * trace.shape.is_causal}."
        if layers
        else "The network has no attention layer: encoder.n_layers is 0.",
    )


def _classes(trace: Trace) -> Iterator[Question]:
    shape = trace.shape
    yield _counting(
        f"Among how many classes does the model choose {trace.wording.each}?",
        shape.n_classes,
        (shape.encoder.d_model, shape.vocab_size, len(trace.tokens), shape.n_classes + 1),
        "A logit each, of which the softmax makes probabilities that sum to 1.",
    )


def _counting(prompt: str, right: int, wrong: Sequence[int], why: str) -> Question:
    """Which number it is."""
    numbers = list(dict.fromkeys((right, *wrong)))[:OPTIONS]
    return Question((prompt,), tuple((str(one),) for one in numbers), 0, (f"{right}. {why}",))
