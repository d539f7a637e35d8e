"""Measures of heads, taken of hand-made batches: what a test then compares."""

import numpy as np
import planted
import torch

from pipeline.model.batch import Batch
from pipeline.study.measuring import Material, Seen
from pipeline.study.relations.arcs import Trees
from pipeline.study.watching import look_through


def material_of(network, *sentences, trees=None, tags=None, texts=None, seed=1):
    """A split of these token ids; every token a text of its own, and no relations."""
    store = planted.planted_store(*sentences)
    nothing = np.zeros(len(store.input_ids), np.int32)
    trees = trees or Trees(store.offsets, nothing, nothing, ("root",))
    texts = store.input_ids if texts is None else np.array(texts)
    return Material(network, store, texts, trees, tags, seed)


def seen_of(*sentences, texts=None):
    """A padded batch of these token ids."""
    tokens = planted.planted_tokens(*sentences)
    texts = tokens.input_ids if texts is None else np.array(texts)
    return Seen(tokens, Batch.of_tokens(tokens), torch.from_numpy(texts))


def watched(measure, network, *batches, act=lambda work: work):
    """The rows of a measure after batches of sentences; `act` may exchange what it sees."""
    watch = measure.start(material_of(network, *batches[0]))
    for sentences in batches:
        seen = seen_of(*sentences)
        look_through(network, seen.batch, lambda work, seen=seen: watch.add(act(work), seen))
    return list(watch.rows())


def grids(rows):
    """Each measure's figures, layer x head, or layer alone; NaN where one is not defined."""
    found = {}
    for row in rows:
        if row.is_plain:
            place = (row.layer, row.head) if row.head else (row.layer,)
            value = np.nan if row.value is None else row.value
            found.setdefault(row.measure, {})[place] = value
    grid = {}
    for measure, values in found.items():
        grid[measure] = np.full(np.max(list(values), axis=0), np.nan)
        for place, value in values.items():
            grid[measure][tuple(number - 1 for number in place)] = value
    return grid


def between(rows, measure):
    """A measure of two heads, layer x head x layer x head; NaN on the diagonal."""
    its = {
        (row.layer - 1, row.head - 1, row.other_layer - 1, row.other_head - 1): row.value
        for row in rows
        if row.measure == measure
    }
    grid = np.full(np.max(list(its), axis=0) + 1, np.nan)
    for place, value in its.items():
        grid[place] = np.nan if value is None else value
    return grid
