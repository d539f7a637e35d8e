"""A column with something for each word -> whether it marks spans, in which scheme and of what."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.corpus.formats.span_tags import OUTSIDE, PREFIXES, first_fault, read_tags

MARKED = re.compile(r"[BIESLUM]-.+")
"""A tag that says where in a span its word stands."""
ELSEWHERE = {"L": "E", "U": "S", "M": "I"}
"""How other schemes begin a tag, and iobes does."""


@dataclass
class TagColumn:
    """What is counted of a column of tags."""

    words: int = 0
    outside: int = 0
    marked: int = 0
    prefixes: set[str] = field(default_factory=set)
    kinds: dict[str, Counter[str]] = field(
        default_factory=lambda: {it: Counter() for it in PREFIXES}
    )
    """Scheme -> kind -> spans that are whole."""
    faults: Counter[str] = field(default_factory=Counter)
    """Scheme -> sentences with a tag that cannot stand where it stands."""
    first: dict[str, str] = field(default_factory=dict)
    """Scheme -> the first such tag, and where it is."""

    def add(self, tags: Sequence[str], where: str) -> None:
        """Count the tags of a sentence, which is called so."""
        marked = [tag for tag in tags if MARKED.fullmatch(tag)]
        self.words += len(tags)
        self.outside += tags.count(OUTSIDE)
        self.marked += len(marked)
        self.prefixes.update(tag[0] for tag in marked)
        for scheme in PREFIXES:
            self.kinds[scheme].update(span.kind for span in read_tags(tags, scheme))
            if (fault := first_fault(tags, scheme)) is not None:
                self.faults[scheme] += 1
                self.first.setdefault(scheme, f"{tags[fault]} at word {fault + 1} of {where}")

    @property
    def has_spans(self) -> bool:
        """Whether most of what is not O says where in a span it stands."""
        return 2 * self.marked > self.words - self.outside

    @property
    def scheme(self) -> str:
        """The one in which the fewest sentences have a fault."""
        schemes = ("iobes", "bio", "iob1") if self.prefixes - {"B", "I"} else ("bio", "iob1")
        return min(schemes, key=lambda scheme: self.faults[scheme])

    @property
    def why(self) -> str:
        """How one can tell the scheme."""
        if self.scheme == "iobes":
            return "its tags say too where each ends"
        if self.scheme == "bio":
            return "each begins with B"
        return f"they begin with I: {self.first['bio']}"

    def said(self) -> Iterator[str]:
        """What is seen of a column that has spans."""
        scheme = self.scheme
        counts = self.kinds[scheme]
        told = ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common()) or "none"
        yield f"its tags ({scheme}) mark {counts.total():,} parts of sentences: {told}"
        if others := sorted(self.prefixes & {*ELSEWHERE}):
            ways = ", ".join(f"{it}- as {ELSEWHERE[it]}-" for it in others)
            yield f"the training stops at tags of another scheme: write {ways}, which iobes is"
        elif count := self.faults[scheme]:
            yield (
                f"the training stops at tags that cannot stand where they stand, in {count:,} "
                f"sentences, the first {self.first[scheme]}: correct them"
            )
