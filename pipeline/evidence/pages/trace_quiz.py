"""A trace and its training -> questions whose answers, right and wrong, are this run's numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evidence.pages.said import MINUS, TIMES, Said, head_name, number, signed, token
from pipeline.study.trace import Trace
from pipeline.tokens.keyed import keyed_bits

OPTIONS = 4
QUESTIONS = 7
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
        *_class(trace), *_nearest(trace), *_epoch(history), *_numbers(trace), *_classes(trace),
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
        (f"{name} gives ", token(trace.tokens[key]), f" the weight {weights[head, key]:.2f}, the "
         f"largest of the row. The softmax made it of the score "
         f"{number(trace.layers[layer].scores[head, at, key])}."),
    )  # fmt: skip


def _widest_head(trace: Trace) -> Iterator[Question]:
    if not trace.layers or len(trace.tokens) < 2:
        return
    weights = np.array([layer.weights for layer in trace.layers], dtype=float)
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    entropies = -(weights * logs).sum(axis=-1).mean(axis=-1)
    names = _heads(trace)
    widest = _head_at(entropies.argmax(), trace)
    yield from _question(
        ("Which head spreads its attention most evenly over this sentence?",),
        names,
        entropies.ravel().tolist(),
        (f"{widest}: its entropy is {number(entropies.max())} nats on "
         f"average over the tokens; the least spread head has {number(entropies.min())}. A wholly "
         f"even look has {number(np.log(len(trace.tokens)))}.",),
    )  # fmt: skip


def _silenced(trace: Trace) -> Iterator[Question]:
    asked = trace.asked
    lost = asked.logit - asked.without
    if lost.size < 2 or lost.max() <= 0.01:
        return
    names = _heads(trace)
    yield from _question(
        ("Which head's silence would lower the logit of ", token(asked.label), " for ",
         token(trace.words[asked.word]), " most?"),
        names,
        lost.ravel().tolist(),
        (f"Without {_head_at(lost.argmax(), trace)} the logit moves from {number(asked.logit)} to "
         f"{number(asked.without.min())} ({signed(-float(lost.max()))}).",),
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
    found = trace.predictions[trace.asked.word]
    word, label = token(trace.words[trace.asked.word]), token(found.labels[0])
    yield from _question(
        ("What does the model take ", word, " for?") if trace.shape.objective == "tagging"
        else ("Which token does the model expect where ", word, " is hidden?"),
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
    if history is None:
        return
    losses = list(history["validation_loss"])
    best = int(np.argmin(losses))
    lowest = f"epoch {best + 1}, with {losses[best]:.4f} nats"
    if len(set(losses)) == len(losses) > 1:
        yield Question(
            ("After which epoch was the loss on validation lowest?",),
            tuple((f"epoch {i + 1}",) for i in np.argsort(losses, kind="stable")[:OPTIONS]),
            0,
            (f"In {lowest}; on the training split it was lowest in epoch "
             f"{int(np.argmin(history['train_loss'])) + 1}.",),
        )  # fmt: skip


def _numbers(trace: Trace) -> Iterator[Question]:
    """Of shapes alone, so there is always this one, and the next."""
    part, count = trace.shape.encoder, len(trace.tokens)
    right = count * part.d_model
    wrong = (part.d_model, count * trace.shape.vocab_size, count + part.d_model, right * 2)
    options = list(dict.fromkeys((right, *wrong)))[:OPTIONS]
    yield Question(
        ("How many numbers does the embedding lookup give for this sentence?",),
        tuple((str(one),) for one in options),
        0,
        (f"{count} {TIMES} {part.d_model} = {right}: a vector of {part.d_model} features for each "
         f"token.",),
    )  # fmt: skip


def _classes(trace: Trace) -> Iterator[Question]:
    shape = trace.shape
    right, wrong = shape.n_classes, (shape.encoder.d_model, shape.vocab_size, len(trace.tokens))
    options = [right, *(one for one in dict.fromkeys(wrong) if one != right)]
    yield Question(
        ("Among how many classes does the model choose for each word?",),
        tuple((str(one),) for one in options[:OPTIONS]),
        0,
        (f"{right}: one logit each, of which the softmax makes probabilities that sum to 1.",),
    )
