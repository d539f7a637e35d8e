"""A text -> an example: its words, where they stand in it, and a name by what they say."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.artifacts import Split
from pipeline.corpus.example import BETWEEN, Annotation, Example, Label, words_hash
from pipeline.corpus.formats.text_spans import Places, spans_of, tags_of
from pipeline.corpus.formats.unusual import require_spellable
from pipeline.corpus.formats.words import places_of_words
from pipeline.corpus.number_set import NumberSet

Named = Callable[[Sequence[str]], str]
"""Words -> an id."""


class Ids:
    """Names examples by their words, so that those of a file that grows keep their names."""

    def __init__(self) -> None:
        self._seen: defaultdict[Split | None, NumberSet] = defaultdict(NumberSet)
        self._again: defaultdict[Split | None, Counter[int]] = defaultdict(Counter)

    def of(self, split: Split | None, form: Sequence[str]) -> str:
        """16 hexadecimal digits; where the same words come again in a split, their number too."""
        name = words_hash(form)
        if self._seen[split].add(name - (1 << 63)):
            return f"{name:016x}"
        self._again[split][name] += 1
        return f"{name:016x}-{self._again[split][name] + 1}"


def text_example(
    text: Any, named: Named, labels: Mapping[str, Label], document: str = ""
) -> Example:
    """An example of a text, which is cut into words and kept.

    Raises:
        ValueError: it is no text, or there is no word in it.
    """
    found = _readable(text)
    return _example(found, _places(found), named, {}, labels, document)


def spans_example(
    text: Any,
    spans: tuple[str, Any],
    named: Named,
    labels: Mapping[str, Label],
    document: str,
) -> Example:
    """An example of a text whose spans, by the name of their column, become tags of its words.

    Raises:
        ValueError: it is no text, there is no word in it, or its spans are not what tags can say.
    """
    found, (column, marked) = _readable(text), spans
    places = _places(found)
    tags = {column: tags_of(spans_of(marked), found, places)}
    return _example(found, places, named, tags, labels, document)


def pair_example(
    texts: tuple[Any, Any], named: Named, labels: Mapping[str, Label], document: str = ""
) -> Example:
    """An example of two texts, which are kept as one, with the word [SEP] between them.

    Raises:
        ValueError: one is no text, or there is no word in it.
    """
    first, second = map(_readable, texts)
    at = len(first) + 1
    shift = at + len(BETWEEN) + 1
    places = [*_places(first), (at, at + len(BETWEEN))]
    places += [(start + shift, end + shift) for start, end in _places(second)]
    return _example(f"{first} {BETWEEN} {second}", places, named, {}, labels, document)


def _readable(text: Any) -> str:
    if text is None or (isinstance(text, str) and not text.strip()):
        raise ValueError("its text is empty")
    if not isinstance(text, str):
        raise ValueError(f"expected a text, found {text!r:.80}")
    require_spellable(text)
    return text


def _example(
    text: str,
    places: Places,
    named: Named,
    annotations: Mapping[str, Annotation],
    labels: Mapping[str, Label],
    document: str,
) -> Example:
    form = tuple(text[start:end] for start, end in places)
    start, end = (tuple(column) for column in zip(*places, strict=True))
    return Example(named(form), form, annotations, labels, document, text, start, end)


def _places(text: str) -> list[tuple[int, int]]:
    try:
        return places_of_words(text)
    except ValueError:
        raise ValueError("its text has nothing that can be seen") from None
