"""A comparison -> what its page shows by itself: answers that changed, heads in pairs."""

import html
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from typing import Any

import torch

from pipeline.comparison.comparison import MOST_PAIRS, Closely, Comparison
from pipeline.comparison.examples import Changes
from pipeline.comparison.matching import Match, Place, Watched
from pipeline.comparison.subjects import Member, Subject
from pipeline.pages.packing import epochs_that_fit, pack_raw, sentences_that_fit
from pipeline.pages.page import embedded_json
from pipeline.study.registry import abouts
from pipeline.study.table import read_plain

BUDGET = 2_000_000
"""Bytes of weights, a byte each, for all subjects together."""
MOST_ANSWERS = 1500
"""Of one pair of subjects, those that changed most."""
CONTEXT_BUDGET = 200_000
"""Bytes of the sentences of one pair's answers: those that changed most have theirs first."""
CODE_BUDGET = 300_000
"""Bytes of all differences of the code together, as the page writes them."""
MOST_CELLS = 3000
"""Of the table of what differs, that the code's files may fill."""

Data = dict[str, Any]


def answers_data(number: int, changes: Changes, words: Sequence[Sequence[str]]) -> Data:
    """The answers that changed from the first subject to the one of this number."""
    shown = changes.examples[:MOST_ANSWERS]
    known = _that_fit(dict.fromkeys(one.sentence for one in shown if words[one.sentence]), words)
    return {
        "other": number,
        "all": len(changes.examples),
        "rows": [
            [one.form, one.gold, one.ours, one.theirs, one.gap, one.length, one.genre,
             one.sentence, one.word, one.is_won]
            for one in shown
        ],
        "sentences": {str(place): list(words[place]) for place in sorted(known)},
    }  # fmt: skip


def _that_fit(sentences: Collection[int], words: Sequence[Sequence[str]]) -> list[int]:
    sizes = accumulate(len(embedded_json({str(place): list(words[place])})) for place in sentences)
    return [place for place, size in zip(sentences, sizes, strict=True) if size <= CONTEXT_BUDGET]


def shown_code(diffs: Sequence[str | None]) -> list[tuple[str, int]]:
    """Of each difference as much as its share of the budget holds, and how many lines are left."""
    share = CODE_BUDGET // max(1, sum(diff is not None for diff in diffs))
    found = []
    for diff in diffs:
        lines = (diff or "").splitlines(keepends=True)
        sizes = accumulate(len(html.escape(line).encode()) for line in lines)
        fits = sum(size <= share for size in sizes)
        found.append(("".join(lines[:fits]), len(lines) - fits))
    return found


def heads_data(found: Comparison) -> Data:
    """The matched heads of the first subject and of some others, with their weights."""
    close = [
        (number, one.other, one.heads)
        for number, one in enumerate(found.closely, start=1)
        if isinstance(one.heads, Match)
    ][:MOST_PAIRS]
    if not close:
        return {"pairs": [], "watched": {}, "sentences": []}
    ours = close[0][2].ours
    everyone = {"0": ours} | {str(number): heads.theirs for number, _, heads in close}
    lengths = [len(tokens) for tokens in ours.tokens]
    budget = BUDGET // len(everyone)
    most = max(_heads(watched) for watched in everyone.values())
    kept = sentences_that_fit(lengths, most, budget)
    size = max(1, most * sum(lengths[i] ** 2 for i in kept))
    return {
        "sentences": [list(ours.tokens[i]) for i in kept],
        "watched": {number: _packed(one, kept, budget // size) for number, one in everyone.items()},
        "pairs": [_pairs(number, found.first, other, heads) for number, other, heads in close],
    }


def _packed(watched: Watched, kept: Sequence[int], most: int) -> Data:
    epochs = epochs_that_fit(len(watched.epochs), watched.kept, max(1, most))
    layers, heads = watched.weights[0].shape[:2]
    return {
        "layers": layers,
        "heads": heads,
        "kept": watched.kept,
        "epochs": epochs,
        "weights": [
            pack_raw(torch.stack([watched.epochs[epoch - 1][i] for epoch in epochs])) for i in kept
        ],
    }


def _pairs(number: int, first: Subject, other: Subject, heads: Match) -> Data:
    ours, theirs = _measured(first.first), _measured(other.first)
    known = [it for it in abouts().values() if it.name in ours or it.name in theirs]
    return {
        "other": number,
        "of": [first.first.named, other.first.named],
        "pairs": [
            {
                "ours": pair.ours,
                "theirs": pair.theirs,
                "divergence": pair.divergence,
                "next": pair.nearest_else,
                "measures": [
                    [ours.get(it.name, {}).get(pair.ours), theirs.get(it.name, {}).get(pair.theirs)]
                    for it in known
                ],
            }
            for pair in heads.pairs
        ],
        "alone": [list(map(list, places)) for places in heads.alone],
        "measures": [{"title": it.title, "unit": it.unit} for it in known],
    }


def _measured(member: Member) -> Mapping[str, Mapping[Place, float]]:
    return {} if member.heads_file is None else read_plain(member.heads_file)


def _heads(watched: Watched) -> int:
    layers, heads = watched.weights[0].shape[:2]
    return int(layers * heads)


def unmatched(closely: Sequence[Closely]) -> list[str]:
    """Why heads are not shown, where they are not."""
    return list(dict.fromkeys(one.heads for one in closely if isinstance(one.heads, str)))
