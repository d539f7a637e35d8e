"""Does a head find the other end of a relation between two words, and better than rules do?"""

from collections.abc import Iterator, Sequence

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import Material, Measure, Seen
from pipeline.study.relations.arcs import pairs_of, words_of
from pipeline.study.relations.nearest_tag import nearest_tag
from pipeline.study.relations.scores import RelationScore, Syntax
from pipeline.study.table import HeadRow

_LOOK = "Looking at a word does not mean that the answer depends on it."
_SYNTAX = "Clark et al. 2019, section 4.2; Voita et al. 2019, section 5.2"
_INDEPENDENT = (
    "It treats all pairs as independent, even those of one sentence, and does not say how large "
    "the lead is."
)
_RULES = "Another simple rule may still do as well."
_TAGS = "our own: no head, the model's tags alone"

FOLLOWED = About(
    "syntax_followed",
    Family.RELATIONS,
    title="relations that it follows",
    unit="",
    meaning="In how many relations and directions the head beats both simple rules: the fixed "
    "distance and the nearest tag.",
    caveat=_RULES,
    source="our own, of the tests above",
    headline=Headline("follows", 75),
)
ACCURACY = About(
    "syntax_accuracy",
    Family.RELATIONS,
    title="finds the other word of a relation",
    unit="",
    meaning="How often the other word that a word looks at most is its head, or its dependent.",
    caveat="A head can find only one of several dependents of the same kind. " + _LOOK,
    source=_SYNTAX,
)
BASELINE = About(
    "syntax_baseline",
    Family.RELATIONS,
    title="rule 1: a fixed distance",
    unit="",
    meaning="How often the word at the best fixed distance is the right one, without any head.",
    caveat="The distance is chosen on the same pairs that it is tested on.",
    source=_SYNTAX,
)
OFFSET = About(
    "syntax_offset",
    Family.RELATIONS,
    title="rule 1: which distance",
    unit="words",
    meaning="Where the fixed distance points: -1 is the word before.",
    caveat="It is the most frequent distance, not the average.",
    source=_SYNTAX,
)
P = About(
    "syntax_p",
    Family.RELATIONS,
    title="p-value against rule 1",
    unit="",
    meaning="Probability of so clear a lead over the fixed distance by chance alone, corrected "
    "for all tests made.",
    caveat=_INDEPENDENT,
    source="McNemar 1947; Holm 1979",
)
TAG_BASELINE = About(
    "syntax_tag_baseline",
    Family.RELATIONS,
    title="rule 2: the nearest tag",
    unit="",
    meaning="How often the nearest word with the usual tag, on the usual side, is the right one, "
    "without any head.",
    caveat="Tag and side are chosen on the same pairs that they are tested on.",
    source=_TAGS,
)
TAG_SHARE = About(
    "syntax_tag_share",
    Family.RELATIONS,
    title="rule 2: words with the usual tag",
    unit="",
    meaning="Share of the words to be found that have the most frequent tag among them, by the "
    "model's own tags.",
    caveat="The model's tags are sometimes wrong, most of all for rare words.",
    source=_TAGS,
)
TAG_P = About(
    "syntax_tag_p",
    Family.RELATIONS,
    title="p-value against rule 2",
    unit="",
    meaning="Probability of so clear a lead over the nearest tag by chance alone, corrected for "
    "all tests made.",
    caveat=_INDEPENDENT,
    source="McNemar 1947; Holm 1979",
)
FOLLOWS = About(
    "syntax_follows",
    Family.RELATIONS,
    title="follows the relation",
    unit="",
    meaning="1: the head beats both the fixed distance and the nearest tag, with p below 0.05.",
    caveat=_RULES,
    source="our own, of the tests above",
)
PAIRS = About(
    "syntax_pairs",
    Family.RELATIONS,
    title="pairs of the relation",
    unit="pairs",
    meaning="How many pairs of words have the relation.",
    caveat="Left out are relations with fewer than 20 pairs, punctuation, the root, and sentences "
    "of two words.",
    source=_SYNTAX,
)


def syntax_rows(scores: Sequence[RelationScore]) -> Iterator[HeadRow]:
    """How many relations each head follows; then each question's figures.

    The usual tag of the words to find stands in the row of its share.
    """
    followed: dict[tuple[int, int], int] = {}
    for score in scores:
        if score.follows is not None:
            place = score.layer + 1, score.head + 1
            followed[place] = followed.get(place, 0) + score.follows
    for (layer, head), count in followed.items():
        yield HeadRow(measure=FOLLOWED.name, layer=layer, head=head, value=float(count))
    for score in scores:
        for about, value, tag in _of_question(score):
            yield HeadRow(
                measure=about.name,
                layer=score.layer + 1,
                head=score.head + 1,
                relation=score.relation,
                direction=score.direction,
                tag=tag,
                value=float(value),
            )


def _of_question(score: RelationScore) -> Iterator[tuple[About, float, str | None]]:
    """Each figure, and the tag that it is about."""
    yield ACCURACY, score.accuracy, None
    yield BASELINE, score.baseline, None
    yield OFFSET, score.offset, None
    yield P, score.p, None
    if score.by_tag and score.follows is not None:
        yield TAG_BASELINE, score.by_tag.accuracy, None
        yield TAG_SHARE, score.by_tag.share, score.by_tag.tag
        yield TAG_P, score.by_tag.p, None
        yield FOLLOWS, score.follows, None
    yield PAIRS, score.pairs, None


class RelationsFound:
    """How often each head is right about each relation, beside the two rules."""

    def __init__(self, material: Material) -> None:
        pairs = pairs_of(material.trees, words_of(material.split), material.network.is_causal)
        tags = material.tags
        by_tag = nearest_tag(pairs, material.trees.offsets, tags) if tags else None
        self._syntax = Syntax(pairs, by_tag)

    def add(self, work: LayerAtWork, seen: Seen) -> None:
        """Count in one layer's work on one batch."""
        self._syntax.add(work, seen.tokens)

    def rows(self) -> Iterator[HeadRow]:
        """As of `syntax_rows`; none where no relation is frequent enough."""
        yield from syntax_rows(self._syntax.result())


MEASURE = Measure(
    (
        FOLLOWED, ACCURACY, BASELINE, OFFSET, P, TAG_BASELINE, TAG_SHARE, TAG_P, FOLLOWS, PAIRS,
    ),
    RelationsFound,
)  # fmt: skip
