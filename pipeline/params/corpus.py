"""Section `corpus`: where the examples come from, one kind of source for each file in `sources/`.

A kind's file is found by its name, and only when it is chosen: nothing depends on the others.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Literal

from pipeline.params import sources
from pipeline.params.kinds import Kinds
from pipeline.params.section import Positive, Section, Share


class CorpusParams(Section):
    """Where the examples come from."""

    kind: str
    """The source, by the name of its files in `params/sources/` and `corpus/sources/`."""
    leaks: Literal["keep", "drop"]
    """What to do where an example stands in two splits that were given, equal or nearly so: report
    it, or leave it out of train (of validation, where it is in test). Made splits never share."""
    max_rejected: Share
    """The largest share of the rows of a table or a text that may be no examples; in a treebank or
    a data set, none may."""
    train_examples: Positive | None
    """How many of the training split's examples are taken: those whose words have the smallest
    hashes, so that fewer of them are always among more; null for all."""


class SourceClasses(Mapping[str, type[CorpusParams]]):
    """The class of each kind: `sources/web_page.py` has WebPageCorpus."""

    def __getitem__(self, kind: str) -> type[CorpusParams]:
        if kind not in list(self):
            raise KeyError(kind)
        module = import_module(f"{sources.__name__}.{kind}")
        found: type[CorpusParams] = getattr(module, f"{kind.title().replace('_', '')}Corpus")
        return found

    def __iter__(self) -> Iterator[str]:
        return (module.name for module in pkgutil.iter_modules(sources.__path__))

    def __len__(self) -> int:
        return len(list(iter(self)))


KINDS = Kinds("kind", SourceClasses())
