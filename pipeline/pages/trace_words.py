"""The heads' measures at each epoch -> what the heads did in it, in words that follow from them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pipeline.attention import Visibility
from pipeline.pages.said import counted, head_name, listed, number, sentence_case
from pipeline.study.measures.distance import distances
from pipeline.study.measures.entropy import spread
from pipeline.study.measures.norms import WRITTEN
from pipeline.study.measures.places import looks_at
from pipeline.study.rows import Mean
from pipeline.study.table import HeadRow
from pipeline.study.watched import SentenceWeights

TOLD = 3
"""Heads that are told of in an epoch, those that moved most; the others are counted."""
SHARE, EVENNESS, TOKENS = 0.1, 0.05, 0.5
"""The least change that is told: of a share of tokens, of entropy over its maximum, of distance."""
STILL = 0.1
"""Of these changes; where none is greater, no head moved."""
MOST, EVEN = 0.5, 0.9
"""From here on a head looks mostly at one place, or almost evenly."""
SILENT = 0.01
"""A head that writes less, in parts of the head that writes most, is not told of."""

PLACES = {
    "previous": "the previous token",
    "next": "the next token",
    "self": "the token itself",
    "first": "the first token",
}

Measures = dict[str, Float[np.ndarray, "layer head"]]
Place = tuple[int, int]
"""Layer and head, from 0."""


@dataclass(frozen=True)
class Move:
    """What one measure of a head did in an epoch."""

    size: float
    """1 is the least change that is told."""
    text: str


def measure_epochs(
    epochs: Sequence[Sequence[SentenceWeights]], visibility: Visibility
) -> list[Measures]:
    """Entropy, distance and places of every epoch's weights, over all watched sentences."""
    return [_measures(seen, visibility) for seen in epochs]


def silent_heads(rows: Sequence[HeadRow]) -> set[Place]:
    """The heads that write next to nothing, by the length of what they write.

    Where such a head looks has no effect, however clear its weights are.
    """
    lengths = {
        (row.layer - 1, row.head - 1): row.value
        for row in rows
        if row.measure == WRITTEN.name and row.head is not None and row.value is not None
    }
    longest = max(lengths.values(), default=0.0)
    return {place for place, length in lengths.items() if length <= SILENT * longest}


def heads_in_epochs(
    measured: Sequence[Measures],
    silent: Collection[Place] = frozenset(),
    is_causal: bool = False,
) -> list[str]:
    """For each epoch, one to three sentences; the first epoch's tell where the heads look after it.

    Of `silent` heads, and of those that nothing is known of, nothing is told; "" where there are
    no others.
    """
    if not measured:
        return []
    n_layers, n_heads = measured[0]["entropy"].shape
    is_known = np.isfinite(measured[0]["entropy"])
    places = [p for p in np.ndindex(n_layers, n_heads) if p not in silent and is_known[p]]
    if not places:
        return [""] * len(measured)
    return [
        _told_moves(measured[number - 1], now, places)
        if number
        else _told_places(now, places, "all tokens that it sees" if is_causal else "all tokens")
        for number, now in enumerate(measured)
    ]


def _measures(seen: Sequence[SentenceWeights], visibility: Visibility) -> Measures:
    means: dict[str, Mean] = {}
    for weights in seen:
        place = 1, weights.shape[-1], weights.device
        sees, rows = visibility.pairs(*place), visibility.telling_rows(*place)[:, None]
        for layer, its in enumerate(weights[:, None]):
            for about, values, counts in (
                *spread(its, sees, rows),
                *distances(its, rows),
                *looks_at(its, sees, rows),
            ):
                means.setdefault(about.name, Mean()).add(layer, values, counts)
    return {name: mean.result() for name, mean in means.items()}


def _told_moves(before: Measures, now: Measures, places: Sequence[Place]) -> str:
    """The heads that moved most, the greatest move first."""
    found = []
    for place in places:
        moves = sorted(_moves(before, now, place), key=lambda move: -move.size)
        found.append((head_name(*place, len(now["entropy"])), moves))
    found.sort(key=lambda pair: -pair[1][0].size)
    name, moves = found[0]
    if moves[0].size < STILL:
        return "No head moved."
    if moves[0].size < 1:
        return f"No head moved much. {sentence_case(name)} moved most: it {moves[0].text}."
    moved = [(name, moves) for name, moves in found if moves[0].size >= 1]
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
    for name in PLACES:
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


def _told_places(now: Measures, places: Sequence[Place], every: str) -> str:
    """The heads that look mostly at one place or almost evenly, the clearest first; the others."""
    clear: list[tuple[float, str]] = []
    vague: list[tuple[float, str]] = []
    for place in places:
        name = head_name(*place, len(now["entropy"]))
        evenness, entropy = now["relative_entropy"][place], number(now["entropy"][place])
        target, share = _best_target(now, place)
        if evenness >= EVEN:
            told = f"{name} looks almost evenly at {every} (entropy {entropy} nats)"
            clear.append((float(evenness), told))
        elif share >= MOST:
            told = f"{name} looks mostly at {PLACES[target]} ({number(share)} of tokens)"
            clear.append((share, told))
        else:
            vague.append((share, f"{name} looks most often at {PLACES[target]} ({number(share)})"))
    return " ".join([*_clear(clear), *_vague(vague, TOLD + 1 - min(TOLD, len(clear)))])


def _best_target(now: Measures, place: Place) -> tuple[str, float]:
    """Of PLACES the one that is most often looked at, and of which share of tokens."""
    shares = {name: float(now[name][place]) for name in PLACES if np.isfinite(now[name][place])}
    best = max(shares, key=lambda name: shares[name])
    return best, shares[best]


def _clear(found: list[tuple[float, str]]) -> Iterator[str]:
    ranked = [text for _, text in sorted(found, key=lambda pair: -pair[0])]
    if ranked:
        yield f"{sentence_case('; '.join(ranked[: TOLD + 1]))}."
    if len(ranked) > TOLD + 1:
        left = len(ranked) - TOLD - 1
        yield f"{counted(left, 'more head')} {'do' if left > 1 else 'does'} one or the other."


def _vague(found: list[tuple[float, str]], most: int) -> Iterator[str]:
    ranked = [text for _, text in sorted(found, key=lambda pair: -pair[0])]
    if ranked:
        more = [counted(len(ranked) - most, "more head")] * (len(ranked) > most)
        yield f"No fixed place: {listed([*ranked[:most], *more])}."
