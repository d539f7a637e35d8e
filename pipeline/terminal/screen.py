"""A trace -> one screen: the predictions, a line a head, the sum that makes one answer."""

from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len

from pipeline.numbers import digits, signed
from pipeline.study.trace import Trace, window
from pipeline.terminal.lines import INDENT, cut, rest, shortened, wrapped
from pipeline.terminal.prediction import begun_told
from pipeline.terminal.table import table_lines
from pipeline.terminal.trace import answered_lines

ANSWERS = 12
"""Predictions that are shown: those around the word asked about."""
HEADS = 5
"""Heads that are shown: those whose silence changes the lead most."""
UNKNOWN = 2
"""Unknown words that are explained."""
NAME = 12
LABEL = 10
LOOKED_AT = 22
"""Cells that a token which a head looks at has, with its weight and a gap."""
BESIDE = 40
"""Cells of what else stands in a head's line."""


def screen_lines(trace: Trace, width: int) -> Iterator[str]:
    """What is answered, and for one word why."""
    yield cut(" ".join(trace.words), width)
    yield from _unknown(trace, width)
    yield ""
    yield from _predictions(trace, width)
    yield ""
    asked, wording = trace.asked, trace.wording
    number = f"word {asked.word + 1}{begun_told(trace)}"
    subject = wording.subject or f'"{cut(trace.words[asked.word], NAME)}" ({number})'
    if trace.shape.asked:
        subject = f'{subject} "{cut(trace.followed.about, NAME)}"'
    label, sure = cut(asked.label, LABEL), _sure(trace.followed.probabilities[0])
    why = f"Why {subject} {wording.verb} {label} ({sure})"
    if asked.rival is not None:
        rival = cut(asked.rival, LABEL)
        why = f"{why} and not {rival}: by a lead of {digits(asked.lead)} nats"
    yield from wrapped(why, width)
    yield from _heads(trace, width)
    yield from _sum(trace)
    yield ""
    yield shortened("More: --full (every number), --html FILE (a page), --word N (another)", width)


def _unknown(trace: Trace, width: int) -> Iterator[str]:
    for word, told in [*trace.unknown.items()][:UNKNOWN]:
        said = f'"{cut(trace.words[word], NAME)}" {told}.'
        yield from wrapped(said, width)
    yield from rest(UNKNOWN, len(trace.unknown), "unknown word")


def _predictions(trace: Trace, width: int) -> Iterator[str]:
    """Each word's answer, several beside each other."""
    count = len(trace.predictions)
    shown = window(count, trace.asked.answer, ANSWERS)
    cells = []
    for i in shown:
        one = trace.predictions[i]
        answer = f"{cut(one.answer, LABEL)} {_sure(one.confidence)}"
        cells.append((cut(one.about, NAME), answer))
    beside, between = (max(cell_len(cell[part]) for cell in cells) for part in (0, 1))
    columns = max(1, (width - len(INDENT) + 2) // (beside + between + 4))
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    filled = [[text for cell in row for text in cell] for row in rows]
    most = max(map(len, filled))
    padded = [[*row, *[""] * (most - len(row))] for row in filled]
    what = "answer" if trace.wording.subject else "word"
    head = f"What the model answers {trace.wording.each}, and how sure it is"
    yield shortened(head, width)
    yield from table_lines(padded[0], padded[1:], words=range(most))
    yield from rest(len(shown), count, what)
    yield from answered_lines(trace)


def _sure(probability: float) -> str:
    """98 %; what is not quite sure is not said to be."""
    return "> 99 %" if probability > 0.995 else f"{100 * probability:.0f} %"


def _heads(trace: Trace, width: int) -> Iterator[str]:
    """Where each head looks from there, and how much of the lead goes without it."""
    asked = trace.asked
    if not trace.layers:
        yield f"{INDENT}no head: encoder.n_layers is 0, so no word sees another"
        return
    places = [*np.ndindex(asked.owed.shape)]
    places.sort(key=lambda place: (-abs(asked.owed[place]), place))
    count = asked.token + 1 if trace.shape.is_causal else len(trace.tokens)  # those that it sees
    looked_at = min(count, max(2, (width - BESIDE) // LOOKED_AT))
    rows = []
    for layer, head in places[:HEADS]:
        weights = trace.layers[layer].weights[head, asked.token, :count]
        order = np.argsort(-weights, kind="stable")[:looked_at]
        seen = [f"{cut(trace.tokens[key], NAME)} {100 * weights[key]:.0f} %" for key in order]
        name = f"{head + 1}" if len(trace.layers) == 1 else f"{layer + 1}.{head + 1}"
        rows.append([f"head {name}", *seen, signed(asked.owed[layer, head])])
    header = ("", "looks at", *[""] * (looked_at - 1), "lead lost without it")
    yield from table_lines(header, rows, words=range(1 + looked_at))
    yield from rest(HEADS, len(places), "head")


def _sum(trace: Trace) -> Iterator[str]:
    """What adds up to the lead."""
    asked, parts = trace.asked, trace.asked.parts
    if asked.rival is None:
        yield f"{INDENT}it is the only class, so there is nothing to choose"
        return
    yield ""
    if parts is None:
        yield f"No parts add up to the lead: {trace.wording.no_parts}"
        return
    yield "What adds up to the lead:"
    biases = parts.bias + float(parts.attention_bias.sum())
    rows = [
        ["its own vector (embedding)", signed(parts.embedding)],
        ["what the heads write", signed(float(parts.heads.sum()))],
        ["what feed-forward makes of both", signed(float(parts.feed_forward.sum()))],
        ["biases, the same for every sentence", signed(biases)],
    ]
    yield from table_lines((*rows[0],), [*rows[1:], ["the lead", digits(parts.total)]])
