"""A text -> an example: its words, where they stand in it, and a name by what they say."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.artifacts import Split
from pipeline.corpus.example import BETWEEN, Example, Label, words_hash
from pipeline.corpus.formats.unusual import require_spellable
from pipeline.corpus.formats.words import places_of_words

Named = Callable[[Sequence[str]], str]
"""Words -> an id."""


class Ids:
    """Names examples by their words, so that those of a file that grows keep their names."""

    def __init__(self) -> None:
        self._seen: defaultdict[Split | None, Counter[int]] = defaultdict(Counter)

    def of(self, split: Split | None, form: Sequence[str]) -> str:
        """16 hexadecimal digits; where the same words come again in a split, their number too."""
        seen, name = self._seen[split], words_hash(form)
        seen[name] += 1
        return f"{name:016x}" + (f"-{seen[name]}" if seen[name] > 1 else "")


def text_example(
    text: Any, named: Named, labels: Mapping[str, Label], document: str = ""
) -> Example:
    """An example of a text, which is cut into words and kept.

    Raises:
        ValueError: it is no text, or there is no word in it.
    """
    return _example(_readable(text), named, labels, document)


def pair_example(
    texts: tuple[Any, Any], named: Named, labels: Mapping[str, Label], document: str = ""
) -> Example:
    """An example of two texts, which are kept as one, with the word [SEP] between them.

    Raises:
        ValueError: one is no text, or there is no word in it.
    """
    first, second = map(_readable, texts)
    return _example(first, named, labels, document, second)


def _readable(text: Any) -> str:
    if text is None or (isinstance(text, str) and not text.strip()):
        raise ValueError("its text is empty")
    if not isinstance(text, str):
        raise ValueError(f"expected a text, found {text!r:.80}")
    require_spellable(text)
    return text


def _example(
    text: str, named: Named, labels: Mapping[str, Label], document: str, second: str | None = None
) -> Example:
    places = _places(text)
    if second is not None:
        at = len(text) + 1
        text = f"{text} {BETWEEN} {second}"
        places.append((at, at + len(BETWEEN)))
        shift = at + len(BETWEEN) + 1
        places += [(start + shift, end + shift) for start, end in _places(second)]
    form = tuple(text[start:end] for start, end in places)
    start, end = (tuple(column) for column in zip(*places, strict=True))
    return Example(named(form), form, {}, labels, document, text, start, end)


def _places(text: str) -> list[tuple[int, int]]:
    try:
        return places_of_words(text)
    except ValueError:
        raise ValueError("its text has nothing that can be seen") from None
