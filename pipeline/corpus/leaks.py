"""Examples that stand in several splits, equal or nearly so -> a report; which to leave out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int, UInt8

from pipeline.artifacts import SPLITS, Split
from pipeline.corpus.alike import Alike
from pipeline.corpus.card import Leak, Twin
from pipeline.corpus.likeness import SEVERAL
from pipeline.corpus.store import read_columns, read_rows

SHOWN = 3
"""Examples of a leak that are told, of equal ones and of nearly equal ones each."""
LETTERS = 300
"""Of a text that is told, so many."""
BITS = np.array([1 << split for split in range(len(SPLITS))], np.uint8)


def find_leaks(
    alike: Alike, paths: Sequence[Path], out: Bool[np.ndarray, " example"]
) -> list[Leak]:
    """Every pair of splits that share something, without those examples that are left out."""
    kept = _without(alike, out) if out.any() else alike
    found = []
    for late in range(1, len(SPLITS)):
        for early in range(late):
            bit = BITS[early]
            is_late = kept.split == late
            is_equal = is_late & ((kept.masks[kept.content] & bit) > 0)
            reached = _reached(kept, kept.masks)[kept.content]
            is_near = is_late & ~is_equal & ((reached & bit) > 0)
            if is_equal.any() or is_near.any():
                twins = [*_equal_twins(kept, is_equal, early), *_near_twins(kept, late, early)]
                told = _told(twins, alike, paths)
                counts = int(is_equal.sum()), int(is_near.sum())
                found.append(Leak(SPLITS[late], SPLITS[early], *counts, told))
    return found


def _without(alike: Alike, out: Bool[np.ndarray, " example"]) -> Alike:
    """The same examples, of which some lie in no split."""
    split = np.where(out, np.uint8(len(SPLITS)), alike.split)
    return replace(alike, split=split, masks=_masks(alike, ~out))


def left_out_of_given(alike: Alike) -> Bool[np.ndarray, " example"]:
    """Which examples to leave out so that nothing leaks: those of train before those of validation.

    The test split stays whole, so that its scores can be held against others'.
    """
    out = np.zeros(len(alike.split), bool)
    for split in reversed(range(len(SPLITS) - 1)):
        masks = _masks(alike, ~out)
        later = (_reached(alike, masks) | masks)[alike.content] >> np.uint8(split + 1)
        out |= (alike.split == split) & (later > 0)
    return out


def left_out_of_made(
    alike: Alike, order: Int[np.ndarray, " example"], made: Sequence[Split]
) -> Bool[np.ndarray, " example"]:
    """Which examples to leave out of splits that were made: of two that leak, the one read later.

    So one that is added at the end takes none out that was there before.
    """
    is_made = np.isin(alike.split, [SPLITS.index(split) for split in made])
    masks = _masks(alike, is_made)
    near: dict[int, set[int]] = {}
    for one, other in alike.links.tolist():
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    leaks = SEVERAL[_reached(alike, masks) | masks][alike.content] & is_made
    kept: dict[int, int] = {}
    out = np.zeros(len(alike.split), bool)
    for example in sorted(np.flatnonzero(leaks).tolist(), key=order.__getitem__):
        content, bit = int(alike.content[example]), 1 << int(alike.split[example])
        beside = [kept.get(it, 0) for it in (content, *near.get(content, ()))]
        out[example] = any(mask & ~bit for mask in beside)
        if not out[example]:
            kept[content] = kept.get(content, 0) | bit
    return out


def _masks(alike: Alike, kept: Bool[np.ndarray, " example"]) -> UInt8[np.ndarray, " content"]:
    """The splits in which a content lies, by these examples alone."""
    masks = np.zeros_like(alike.masks)
    np.bitwise_or.at(masks, alike.content[kept], BITS[alike.split[kept]])
    return masks


def _reached(alike: Alike, masks: Int[np.ndarray, " content"]) -> Int[np.ndarray, " content"]:
    """The splits in which a nearly equal content lies."""
    found = np.zeros_like(masks)
    if len(alike.links):
        one, other = alike.links.T
        np.bitwise_or.at(found, one, masks[other])
        np.bitwise_or.at(found, other, masks[one])
    return found


def write_left_out(
    path: Path, out: Bool[np.ndarray, " example"], alike: Alike, paths: Sequence[Path]
) -> None:
    """Write a line of JSON for each example that is left out: its split, its id, its text."""
    texts = texts_of(set(np.flatnonzero(out).tolist()), alike, paths)
    with path.open("w", encoding="utf-8") as file:
        for example, (name, text) in sorted(texts.items()):
            told = {"split": SPLITS[alike.split[example]], "sentence_id": name, "text": text}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


Pair = tuple[int, int, float]
"""An example of the later split, one of the earlier split, and how like they are."""


def _equal_twins(alike: Alike, is_equal: Bool[np.ndarray, " example"], early: int) -> list[Pair]:
    found = []
    for example in np.flatnonzero(is_equal)[:SHOWN]:
        same = _first_example(alike, alike.content[example], early)
        found.append((int(example), same, 1.0))
    return found


def _near_twins(alike: Alike, late: int, early: int) -> list[Pair]:
    """The likest first."""
    both = np.concatenate([alike.links, alike.links[:, ::-1]])
    like = np.tile(alike.likeness, 2)
    lies_so = (alike.masks[both] & BITS[[late, early]] > 0).all(axis=1)
    found = np.flatnonzero(lies_so)
    likest = found[np.argsort(-like[found], kind="stable")][:SHOWN]
    return [
        (
            _first_example(alike, both[link, 0], late),
            _first_example(alike, both[link, 1], early),
            float(like[link]),
        )
        for link in likest
    ]


def _first_example(alike: Alike, content: int, split: int) -> int:
    return int(((alike.content == content) & (alike.split == split)).argmax())


def _told(twins: Sequence[Pair], alike: Alike, paths: Sequence[Path]) -> tuple[Twin, ...]:
    texts = texts_of({it for one, other, _ in twins for it in (one, other)}, alike, paths)
    return tuple(
        Twin(like, (texts[one][0], texts[other][0]), (texts[one][1], texts[other][1]))
        for one, other, like in twins
    )


def texts_of(
    examples: set[int], alike: Alike, paths: Sequence[Path]
) -> Mapping[int, tuple[str, str]]:
    """The id of each of some examples, and the beginning of its text."""
    found = {}
    begin = np.searchsorted(alike.split, np.arange(len(paths)))
    for path, at in zip(paths, begin.tolist(), strict=True):
        columns = ["sentence_id", "text" if read_columns(path).has_text else "form"]
        for batch in read_rows(path, columns):
            for example in sorted(examples & set(range(at, at + batch.num_rows))):
                name, said = (batch[column][example - at].as_py() for column in columns)
                text = said if isinstance(said, str) else " ".join(said)
                found[example] = (name, text[:LETTERS])
            at += batch.num_rows
    return found
