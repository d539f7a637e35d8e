"""The columns of a corpus: what its examples have, and how each is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipeline.corpus.example import Annotation, Example, Label

OF = b"of"
"""What a column's mark in the file says: it is of each word, or of the whole."""
WORD, WHOLE = b"word", b"whole"
ALWAYS = {"sentence_id": pa.string(), "form": pa.list_(pa.string()), "document": pa.string()}
"""What every corpus has beside its annotations and labels."""
TEXT = {"text": pa.string(), "start": pa.list_(pa.int32()), "end": pa.list_(pa.int32())}
"""What a corpus has besides that was made from texts."""
TAKEN = (*ALWAYS, *TEXT)
"""Names that no annotation and no label can have."""


@dataclass(frozen=True)
class Columns:
    """The names of what is known about the examples of a corpus, in the order they are stored."""

    annotations: tuple[str, ...]
    """Of each word."""
    labels: tuple[str, ...]
    """Of the whole."""
    has_text: bool = False
    """Whether each example's text is known, and where its words stand in it."""

    @classmethod
    def of(cls, schema: pa.Schema) -> "Columns":
        """The columns of a stored split.

        Raises:
            ArrowInvalid: they are not those of a corpus.
        """
        found = {
            part: tuple(field.name for field in schema if (field.metadata or {}).get(OF) == part)
            for part in (WORD, WHOLE)
        }
        named = {*found[WORD], *found[WHOLE]}
        others = {field.name: field.type for field in schema if field.name not in named}
        if others not in (ALWAYS, ALWAYS | TEXT) or len(schema) != len(named) + len(others):
            raise pa.ArrowInvalid("its columns are not those of a corpus")
        return cls(found[WORD], found[WHOLE], others != ALWAYS)

    @property
    def stored(self) -> list[str]:
        """All, in the order in which they are stored."""
        text = TEXT if self.has_text else ()
        return ["sentence_id", *self.labels, "form", *self.annotations, "document", *text]

    def require_annotation(self, name: str, setting: str) -> None:
        """Raise ValueError where no column of each word is called so, with those that are."""
        self._require(name, setting, self.annotations, "of each word")

    def require_label(self, name: str, setting: str) -> None:
        """Raise ValueError where no column of the whole is called so, with those that are."""
        self._require(name, setting, self.labels, "of the whole")

    def _require(self, name: str, setting: str, known: tuple[str, ...], what: str) -> None:
        if name not in known:
            raise ValueError(
                f"{setting} {name} is no column {what} in this corpus; it has, of each word: "
                f"{_listed(self.annotations)}; of the whole: {_listed(self.labels)}"
            )

    def require(self, names: list[str], where: str) -> None:
        """Raise ValueError where a column is not there, with those that are."""
        of_word, of_whole = ["form", *self.annotations], ["sentence_id", *self.labels, "document"]
        if self.has_text:
            of_word, of_whole = [*of_word, "start", "end"], [*of_whole, "text"]
        if unknown := sorted({*names} - {*of_word, *of_whole}):
            raise ValueError(
                f"{where} has no column {', '.join(unknown)}; it has, of each word: "
                f"{', '.join(of_word)}; of the whole: {', '.join(of_whole)}"
            )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def schema_for(example: Example) -> pa.Schema:
    """How examples like this one are stored: every column that it has, in its order.

    Raises:
        ValueError: two columns have one name.
    """
    fields = [
        pa.field("sentence_id", ALWAYS["sentence_id"]),
        *_fields(example.labels, WHOLE),
        pa.field("form", ALWAYS["form"]),
        *_fields(example.annotations, WORD),
        pa.field("document", ALWAYS["document"]),
        *(pa.field(name, kind) for name, kind in TEXT.items() if example.text),
    ]
    names = [field.name for field in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"expected each column once, found {', '.join(twice)} twice")
    return pa.schema(fields)


def _fields(values: Mapping[str, Annotation] | Mapping[str, Label], part: bytes) -> list[pa.Field]:
    return [pa.field(name, _type(it), metadata={OF: part}) for name, it in values.items()]


def _type(value: Annotation | Label) -> pa.DataType:
    if isinstance(value, str):
        return pa.string()
    return pa.list_(pa.int32() if value and isinstance(value[0], int) else pa.string())
