"""A trace -> questions that ask for a prediction; the answers are this run's own interventions."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.pages.said import MINUS, TIMES, Said, Token, counted, head_name, signed, token
from pipeline.study.asked_again import Again
from pipeline.study.trace import Trace
from pipeline.tokens.keyed import keyed_bits

QUESTIONS = 6
LEAST = 0.001
"""Nats of ln p; below it a change is none, and is not asked about."""
ALIKE = 0.1
"""Two heads' losses add up where their joint loss is off by no more than this part of the sum."""
FALLS = (0.01, 0.1, 0.5)
"""By how much a probability falls: the edges between the answers."""
ALIKE_WEIGHTS = 0.005
"""Where all are no farther apart, none is a bright one."""
OPTIONS = 4


@dataclass(frozen=True)
class Question:
    """One question, with its options in the order in which they are shown."""

    prompt: Said
    options: tuple[Said, ...]
    right: int
    """The place of the answer, from 0."""
    why: Said


def quiz(trace: Trace) -> list[Question]:
    """As many questions as this trace can answer, QUESTIONS at most; none is answered above it."""
    made = (
        *_covered(trace), *_bright(trace), *_silent(trace), *_pair(trace), *_even(trace),
        *_alone(trace), *_doubled(trace), *_loss(trace), *_blind(trace), *_table(trace),
    )  # fmt: skip
    return list(made)[:QUESTIONS]


@dataclass(frozen=True)
class Bright:
    """The largest weight that any head gives to another word in the row of the word asked about."""

    head: str
    word: int
    weight: float


def _brightest(trace: Trace) -> Bright | None:
    """None where no cell is brighter than the others."""
    at = trace.asked.token
    keys = [key for key, word in enumerate(trace.word_ids) if int(word) in trace.again.covered]
    if not keys or not trace.layers:
        return None
    weights = np.stack([layer.weights[:, at, keys] for layer in trace.layers])
    if weights.max() - weights.min() <= ALIKE_WEIGHTS:
        return None
    layer, head, place = np.unravel_index(int(weights.argmax()), weights.shape)
    name = head_name(int(layer), int(head), len(trace.layers))
    return Bright(name, int(trace.word_ids[keys[place]]), float(weights.max()))


def _covered(trace: Trace) -> Iterator[Question]:
    """The word whose covering does most to the answer; the brightest one has its own question."""
    bright = _brightest(trace)
    found = {
        word: again
        for word, again in trace.again.covered.items()
        if not bright or word != bright.word
    }
    if not found or not trace.layers:
        return
    word = max(found, key=lambda one: (found[one].label != trace.asked.label, -found[one].log_p))
    yield _survives(
        ("Cover ", *_word(word, trace), "."), found[word], ("Covered: ", *_word(word, trace)), trace
    )


def _bright(trace: Trace) -> Iterator[Question]:
    bright = _brightest(trace)
    if bright is None:
        return
    found, word = trace.again.covered, bright.word
    fall = _p(trace.asked.log_p) - _p(found[word].log_p)
    costs = {one: trace.asked.log_p - again.log_p for one, again in found.items()}
    most = max(costs, key=lambda one: costs[one])
    rest: Said = (" No word costs it more.",)
    if most != word:
        rest = (" The word that costs it most is ", *_word(most, trace), ".")
    yield Question(
        ("Does a bright cell prove importance? In ", f"{bright.head}, ",
         token(trace.tokens[trace.asked.token]), " gives ", *_word(word, trace),
         f" the weight {bright.weight:.2f}, and no head gives more to another word. Cover ",
         token(trace.words[word]), ". How far does the probability of ",
         token(trace.asked.label), " fall?"),
        tuple((one,) for one in _falls()),
        sum(fall >= edge for edge in FALLS),
        (f"The probability goes {_moves(found[word], trace)}.", *_now(found[word], trace), *rest),
    )  # fmt: skip


def _falls() -> list[str]:
    """The answers to how far a probability falls."""
    between = [f"by {low:g} to {high:g}" for low, high in pairwise(FALLS)]
    return [f"by less than {FALLS[0]:g}, or not at all", *between, f"by {FALLS[-1]:g} or more"]


def _silent(trace: Trace) -> Iterator[Question]:
    if trace.again.silent and trace.asked.without.size > 1:
        yield _survives(
            ("Silence every head at once: none writes anything.",), trace.again.silent,
            ("All heads silent",), trace,
        )  # fmt: skip


def _even(trace: Trace) -> Iterator[Question]:
    if trace.again.even and trace.shape.encoder.attention != "even":
        yield _survives(
            ("Let every head look evenly at all tokens that it sees, so that no weight is larger "
             "than another.",),
            trace.again.even, ("All weights even",), trace,
        )  # fmt: skip


def _alone(trace: Trace) -> Iterator[Question]:
    if trace.again.alone and trace.layers and len(trace.again.covered) > 1:
        yield _survives(
            ("Cover every word but ", token(trace.words[trace.asked.word]), "."),
            trace.again.alone, ("All other words covered",), trace,
        )  # fmt: skip


def _survives(change: Said, again: Again, when: Said, trace: Trace) -> Question:
    """Whether the answer stays after a change."""
    label, stays = token(trace.asked.label), again.label == trace.asked.label
    return Question(
        (*change, " Does ", label, " survive?"),
        (("Yes, it stays ", label), ("No, another answer wins",)),
        int(not stays),
        (
            *when,
            ". The probability of ",
            label,
            f" goes {_moves(again, trace)}.",
            *_now(again, trace),
        ),
    )


def _now(again: Again, trace: Trace) -> Said:
    """Which answer wins, where it is another one."""
    return () if again.label == trace.asked.label else (" Now ", token(again.label), " wins.")


def _pair(trace: Trace) -> Iterator[Question]:
    """Whether the losses by two silent heads add up, where each alone costs something."""
    pair = trace.again.pair
    if pair is None:
        return
    alone = [float(trace.asked.changes[place]) for place in pair.heads]
    both, total = pair.again.log_p - trace.asked.log_p, sum(alone)
    if max(alone) > -LEAST:
        return
    names = [head_name(*place, len(trace.layers)) for place in pair.heads]
    ratio = both / total
    yield Question(
        (f"Silence {names[0]} and {names[1]} at once. Is the loss as large as both losses, each "
         "alone, added up?",),
        (("About as large",), ("Larger",), ("Smaller",)),
        0 if abs(ratio - 1) <= ALIKE else 1 if ratio > 1 else 2,
        (f"Alone, ln p changes by {signed(alone[0])} and {signed(alone[1])} nats: together "
         f"{signed(total)}. With both silent it changes by {signed(both)}.",),
    )  # fmt: skip


def _doubled(trace: Trace) -> Iterator[Question]:
    count = len(trace.tokens)
    if trace.layers:
        yield _counting(
            ("Write the sentence twice, end to end. How many times as many attention weights does "
             "the model compute?",),
            "4 times", ("2 times", "as many", "8 times"),
            f"{count} {TIMES} {count} weights in each head become {2 * count} {TIMES} {2 * count}.",
            trace,
        )  # fmt: skip


def _loss(trace: Trace) -> Iterator[Question]:
    """Of the answer that is followed, in nats."""
    loss, n = 0.0 - trace.asked.log_p, trace.shape.n_classes
    wrong = (math.exp(-loss), 0.5, math.log(2), math.log(max(n, 2)), 10.0)
    yield _counting(
        ("Suppose that ", token(trace.asked.label), " is right. What loss does the model get for "
         "this answer, in nats?"),
        f"{loss:.3f}", [f"{one:.3f}" for one in wrong if abs(one - loss) > 0.05],
        f"The loss is {MINUS}ln p, and p is {_p(-loss):.3f}. A blind guess would cost "
        f"{math.log(n):.3f}.",
        trace,
    )  # fmt: skip


def _blind(trace: Trace) -> Iterator[Question]:
    n, wrong = trace.shape.n_classes, (0.5, 0.25, 0.1, 0.01)
    yield _counting(
        ("A model that knows nothing guesses blindly, each answer as likely as the others. What "
         "probability would ", token(trace.asked.label), " have?"),
        f"{1 / n:.3g}", [f"{one:g}" for one in wrong if f"{one:g}" != f"{1 / n:.3g}"],
        f"There are {counted(n, 'answer')} to choose from. This model gives it "
        f"{_p(trace.asked.log_p):.3f}.",
        trace,
    )  # fmt: skip


def _table(trace: Trace) -> Iterator[Question]:
    rows, width = trace.shape.vocab_size, trace.shape.encoder.d_model
    yield _counting(
        ("How many numbers does the table hold in which tokens are looked up?",),
        f"{rows * width:,}",
        [f"{one:,}" for one in (rows + width, rows, 2 * rows * width, rows * width**2)],
        f"{rows:,} rows of {width} numbers.",
        trace,
    )  # fmt: skip


def _counting(prompt: Said, right: str, wrong: Sequence[str], why: str, trace: Trace) -> Question:
    """Which of some numbers it is, in an order that hangs on the sentence and the question."""
    options = list(dict.fromkeys((right, *wrong)))[:OPTIONS]
    key = keyed_bits(np.arange(len(options)), 0, "quiz", *trace.words, str(prompt), *options)
    options = [options[i] for i in np.argsort(key, kind="stable")]
    return Question(prompt, tuple((one,) for one in options), options.index(right), (why,))


def _word(word: int, trace: Trace) -> tuple[str | Token, ...]:
    """With its number: two words may read alike."""
    return (token(trace.words[word]), f" (word {word + 1})")


def _moves(again: Again, trace: Trace) -> str:
    return f"from {_p(trace.asked.log_p):.3f} to {_p(again.log_p):.3f}"


def _p(log_p: float) -> float:
    return math.exp(log_p)
