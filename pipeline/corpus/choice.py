"""The source that params.yaml asks for, with as many training examples as it asks for."""

import heapq
from dataclasses import replace
from importlib import import_module

from pipeline.artifacts import Artifacts
from pipeline.corpus import sources
from pipeline.corpus.example import Example, words_hash
from pipeline.corpus.source import Examples, Source
from pipeline.params.corpus import CorpusParams


def chosen_source(params: CorpusParams, artifacts: Artifacts) -> Source:
    """Open the source that `corpus.kind` names: `open_source` of the file of that name.

    Raises:
        ValueError, FileNotFoundError: as that says; reading the streams may raise them too.
    """
    module = import_module(f"{sources.__name__}.{params.kind}")
    source: Source = module.open_source(params, artifacts)
    if params.train_examples is None:
        return source
    return replace(source, splits=fewer_in_train(source.examples(), params.train_examples))


def fewer_in_train(examples: Examples, count: int) -> Examples:
    """All of the other splits, then of train those whose words have the smallest hashes.

    In the order in which they come; all, where there are no more.
    """
    kept: list[tuple[int, int, Example]] = []  # a heap, the largest hash first
    for number, (split, example) in enumerate(examples):
        if split != "train":
            yield split, example
            continue
        heapq.heappush(kept, (-words_hash(example.form), -number, example))
        if len(kept) > count:
            heapq.heappop(kept)
    for _, _, example in sorted(kept, key=lambda one: -one[1]):
        yield "train", example
