"""The heads' measures at each epoch -> what the heads did in it, in words that follow from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from pipeline.evidence.pages.said import counted, head_name, number, sentence_case
from pipeline.study.patterns import TARGETS, Patterns
from pipeline.study.probes import ProbeWeights
from pipeline.tokens.tokenizer import SPECIAL

TOLD = 3
"""Heads that are told of in an epoch, those that moved most; the others are counted."""
SHARE, EVENNESS, TOKENS = 0.1, 0.05, 0.5
"""The least change that is told: of a share of tokens, of entropy over its maximum, of distance."""
MOST, EVEN = 0.5, 0.9
"""From here on a head looks mostly at one place, or almost evenly."""

PLACES = {
    "previous": "the previous token",
    "next": "the next token",
    "self": "the token itself",
    "first": "the first token",
}

Measures = dict[str, Float[np.ndarray, "layer head"]]


@dataclass(frozen=True)
class Move:
    """What one measure of a head did in an epoch."""

    size: float
    """1 is the least change that is told."""
    text: str


def measure_epochs(epochs: Sequence[Sequence[ProbeWeights]]) -> list[Measures]:
    """`Patterns` of every epoch's weights, over all probes."""
    return [_measures(seen) for seen in epochs]


def heads_in_epochs(measured: Sequence[Measures]) -> list[str]:
    """For each epoch, one or two sentences; the first tells where the heads look after it."""
    return [
        _told_moves(measured[number - 1], now) if number else _told_places(now)
        for number, now in enumerate(measured)
    ]


def _measures(seen: Sequence[ProbeWeights]) -> Measures:
    patterns = Patterns()
    for weights in seen:
        ids = torch.arange(weights.shape[-1])[None] + len(SPECIAL)  # which tokens, is not asked
        for layer, rows in enumerate(weights[:, None]):
            patterns.add(layer, rows, ids, None)
    return patterns.result()


def _told_moves(before: Measures, now: Measures) -> str:
    """The heads that moved most, the greatest move first."""
    n_layers, n_heads = now["entropy"].shape
    found = []
    for layer, head in np.ndindex(n_layers, n_heads):
        moves = sorted(_moves(before, now, (layer, head)), key=lambda move: -move.size)
        if moves:
            found.append((head_name(layer, head, n_layers), moves))
    found.sort(key=lambda pair: -pair[1][0].size)
    moved = [(name, moves) for name, moves in found if moves[0].size >= 1]
    if not moved:
        name, moves = found[0]
        return f"No head moved much; {name} moved most: it {moves[0].text}."
    told = [f"{name} {_joined(moves)}" for name, moves in moved[:TOLD]]
    return f"{sentence_case('; '.join(told))}.{_others(len(moved) - TOLD, len(found) - len(moved))}"


def _joined(moves: list[Move]) -> str:
    """The greatest move and, where it is told too, the next."""
    return " and ".join(move.text for move in moves[:2] if move.size >= 1)


def _others(moved: int, still: int) -> str:
    told = [f"{counted(moved, 'more head')} moved less"] * (moved > 0)
    told += [f"{counted(still, 'head')} hardly moved"] * (still > 0)
    return f" {sentence_case(', '.join(told))}." if told else ""


def _moves(before: Measures, now: Measures, at: tuple[int, int]) -> Iterator[Move]:
    """What every measure that is known in both epochs did."""
    for name in TARGETS:
        yield from _move(
            before[name][at], now[name][at], SHARE, f"turned to {PLACES[name]}",
            f"turned away from {PLACES[name]}", "", " of tokens",
        )  # fmt: skip
    change = now["relative_entropy"][at] - before["relative_entropy"][at]
    if np.isfinite(change):
        nats = _from_to("entropy ", before["entropy"][at], now["entropy"][at])
        verb = "spread out" if change > 0 else "narrowed its look"
        yield Move(float(abs(change)) / EVENNESS, f"{verb} ({nats} nats)")
    yield from _move(
        before["distance"][at], now["distance"][at], TOKENS, "looked farther away",
        "looked nearer", "mean distance ", " tokens",
    )  # fmt: skip


def _move(
    before: float, now: float, least: float, more: str, less: str, what: str, unit: str
) -> Iterator[Move]:
    change = now - before
    if np.isfinite(change):
        verb = more if change > 0 else less
        yield Move(float(abs(change)) / least, f"{verb} ({_from_to(what, before, now)}{unit})")


def _from_to(what: str, before: float, now: float) -> str:
    return f"{what}{number(before)} → {number(now)}"


def _told_places(now: Measures) -> str:
    """The heads that look most at one place or spread most evenly, then how many are left."""
    n_layers, n_heads = now["entropy"].shape
    found = []
    for layer, head in np.ndindex(n_layers, n_heads):
        size, text = _place(now, (layer, head))
        found.append((size, f"{head_name(layer, head, n_layers)} {text}"))
    found.sort(key=lambda pair: -pair[0])
    told = sentence_case("; ".join(text for _, text in found[: TOLD + 1]))
    left = len(found) - TOLD - 1
    return f"{told}." + (f" {counted(left, 'more head')} less clearly." if left > 0 else "")


def _place(now: Measures, at: tuple[int, int]) -> tuple[float, str]:
    """How clear it is, in [0, 1], and what the head does."""
    shares = {name: float(now[name][at]) for name in TARGETS if np.isfinite(now[name][at])}
    nats = f"entropy {number(now['entropy'][at])} nats"
    evenness = float(now["relative_entropy"][at])
    best = max(shares, key=lambda name: shares[name])
    told = f"{number(shares[best])} of tokens"
    if evenness >= EVEN:
        return evenness, f"looks almost evenly at all tokens ({nats})"
    if shares[best] >= MOST:
        return shares[best], f"looks mostly at {PLACES[best]} ({told}, {nats})"
    return shares[best], f"has no fixed place, {PLACES[best]} most often ({told}, {nats})"
