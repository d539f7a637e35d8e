"""Spans: neighbouring words that are something together, such as names, by a tag on each word."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from pipeline.corpus.formats.span_tags import (
    PREFIXES,
    Span,
    first_fault,
    kind_of,
    read_tags,
    tag_names,
    write_tags,
)
from pipeline.corpus.formats.words import Cut
from pipeline.corpus.store import read_columns, read_rows
from pipeline.objectives.legal_tags import Legal, likeliest_legal
from pipeline.objectives.objective import Answer, AnswerForm, Classes, Part
from pipeline.objectives.question import UNSEEN
from pipeline.objectives.tagging import Tagging


class Spans(Tagging):
    """A tag on each word, of those that together say which words are a span, and of which kind."""

    kind = "spans"
    usual_target = "ner"

    @property
    def scheme(self) -> str:
        """How the column is written."""
        return str(self.params.spans.scheme)

    @property
    def learned_scheme(self) -> str:
        """How the model answers: IOB1 is learned as BIO."""
        return "bio" if self.scheme == "iob1" else self.scheme

    def classes(self, train: Path) -> Classes:
        """Every tag that a word can have, of the kinds of span in the training split.

        Raises:
            ValueError: there is no such column of each word, it holds no tags of the scheme or none
                that can stand in their order, or no span.
        """
        assert self.target
        read_columns(train).require_annotation(self.target, "objective.target")
        parts = self._read(train)
        kinds = {kind_of(tag) for part in parts for tags in part for tag in tags} - {""}
        if not kinds:
            raise ValueError(
                f"expected a span in the column {self.target!r} of the training split, found none: "
                f"choose another objective.target"
            )
        return Classes(tag_names(kinds, self.learned_scheme))

    def numbered(
        self, corpus: Path, classes: Classes
    ) -> Iterator[tuple[Int[np.ndarray, " word"], Int[np.ndarray, " sentence"]]]:
        """Part by part of a split, the tag of every word, and how many words each sentence has.

        Raises:
            ValueError: as `classes` says.
        """
        number = {name: i for i, name in enumerate(classes.names or ())}
        for part in self._read(corpus):
            found = [number.get(tag, UNSEEN) for tags in part for tag in tags]
            yield np.array(found, np.int64), np.array([len(tags) for tags in part], np.int64)

    def as_learned(
        self, answers: Sequence[Any], lengths: Int[np.ndarray, " sentence"]
    ) -> list[Any]:
        """The tags of all words, as the model answers."""
        if self.scheme == self.learned_scheme:
            return list(answers)
        ends = np.cumsum(lengths).tolist()
        starts = [0, *ends[:-1]]
        return [
            tag for start, end in zip(starts, ends, strict=True)
            for tag in self._learned(answers[start:end])
        ]  # fmt: skip

    def choose(
        self,
        log_p: Float[np.ndarray, "answer class"],
        sentence: Int[np.ndarray, " answer"],
        place: Int[np.ndarray, " answer"],
        classes: Classes,
    ) -> Int[np.ndarray, " answer"]:
        """The likeliest tags that can stand together; decoded freely, of each word by itself."""
        if self.params.spans.decoding == "free" or not len(log_p):
            return super().choose(log_p, sentence, place, classes)
        assert classes.names
        return likeliest_legal(log_p, sentence, Legal.of(classes.names))

    @property
    def form(self) -> AnswerForm:
        """Its spans."""
        return "parts"

    def answer(
        self,
        p: Float[np.ndarray, "asked class"],
        chosen: Int[np.ndarray, " asked"],
        cut: Cut,
        classes: Classes,
    ) -> Answer:
        """The spans, each with the product of the probabilities of its tags."""
        assert classes.names is not None
        each = p[np.arange(len(chosen)), chosen]
        parts, products = [], []
        for span in self.spans_in([classes.names[i] for i in chosen]):
            start, end = cut.places[span.start][0], cut.places[span.end - 1][1]
            parts.append(Part(start, end, span.kind, cut.text[start:end]))
            products.append(float(each[span.start : span.end].prod()))
        return Answer(tuple(parts), tuple(products))

    def spans_in(self, answers: Sequence[str]) -> list[Span]:
        """The spans that are whole, from left to right."""
        return read_tags(answers, self.learned_scheme)

    def _learned(self, tags: Sequence[str]) -> list[str]:
        return write_tags(read_tags(tags, self.scheme), len(tags), self.learned_scheme)

    def _read(self, path: Path) -> Iterator[list[list[str]]]:
        """Part by part of a split, the tags of every sentence, as the model learns them."""
        assert self.target
        for rows in read_rows(path, ["sentence_id", self.target]):
            found = rows[self.target]
            if not pa.types.is_string(found.type.value_type):
                raise ValueError(
                    f"objective.target {self.target} holds numbers, not tags: choose another column"
                )
            names, part = rows["sentence_id"].to_pylist(), found.to_pylist()
            for name, tags in zip(names, part, strict=True):
                if (fault := first_fault(tags, self.scheme)) is not None:
                    raise self._fault(path, name, tags, fault)
            yield [self._learned(tags) for tags in part]

    def _fault(self, path: Path, name: str, tags: Sequence[str], at: int) -> ValueError:
        can_be = ", ".join(["O", *(f"{prefix}-KIND" for prefix in PREFIXES[self.scheme])])
        before = f"after {tags[at - 1]}" if at else "at its start"
        after = f"before {tags[at + 1]}" if at + 1 < len(tags) else "at its end"
        return ValueError(
            f"expected tags of the scheme {self.scheme} ({can_be}), each where it can stand, in "
            f"the column {self.target!r}; found {tags[at]} {before} and {after}, at word {at + 1} "
            f"of sentence {name} of {path.stem}: correct it, set objective.spans.scheme to how the "
            f"file is written (bio, iobes or iob1), or choose another objective.target"
        )
