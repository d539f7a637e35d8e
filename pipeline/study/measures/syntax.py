"""Does a head find the other end of a relation between two words, and better than rules do?"""

from collections.abc import Iterator, Sequence

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import Material, Measure, Seen
from pipeline.study.relations.arcs import pairs_of, words_of
from pipeline.study.relations.nearest_tag import nearest_tag
from pipeline.study.relations.scores import RelationScore, Syntax
from pipeline.study.table import HeadRow

_LOOK = "Where a head looks is not yet what it takes from there, nor what the answer rests on."
_SYNTAX = "Clark et al. 2019, section 4.2; Voita et al. 2019, section 5.2"
_INDEPENDENT = "It takes pairs as independent, those of one sentence too; it says nothing of size."
_RULES = "A lead over these two rules is not one over every rule."
_TAGS = "our own: no head, the model's tags alone"

FOLLOWED = About(
    "syntax_followed",
    Family.RELATIONS,
    title="relations that it follows",
    unit="",
    meaning="Of how many relations and directions the head beats both the fixed distance and the "
    "nearest tag.",
    caveat=_RULES,
    source="our own, of the tests above",
    headline=Headline("follows", 75),
)
ACCURACY = About(
    "syntax_accuracy",
    Family.RELATIONS,
    title="finds the other end of a relation",
    unit="",
    meaning="How often a word's most attended other word is its head, or its dependent.",
    caveat="Of several alike dependents of one word a head can find one only. " + _LOOK,
    source=_SYNTAX,
)
BASELINE = About(
    "syntax_baseline",
    Family.RELATIONS,
    title="the same of a fixed distance",
    unit="",
    meaning="How often the word at the best fixed distance is the one.",
    caveat="The distance is chosen on the very pairs that it is measured on.",
    source=_SYNTAX,
)
OFFSET = About(
    "syntax_offset",
    Family.RELATIONS,
    title="best fixed distance",
    unit="words",
    meaning="Where the baseline looks: -1 is the word before.",
    caveat="It is the most frequent distance, not the mean.",
    source=_SYNTAX,
)
P = About(
    "syntax_p",
    Family.RELATIONS,
    title="p against the fixed distance",
    unit="",
    meaning="Chance of so clear a lead over the baseline if there were none, over all tests made.",
    caveat=_INDEPENDENT,
    source="McNemar 1947; Holm 1979",
)
TAG_BASELINE = About(
    "syntax_tag_baseline",
    Family.RELATIONS,
    title="the same of the nearest tag",
    unit="",
    meaning="How often the nearest word with the target's usual tag, on its usual side, is the "
    "one.",
    caveat="Tag and side are chosen on the very pairs that it is measured on.",
    source=_TAGS,
)
TAG_SHARE = About(
    "syntax_tag_share",
    Family.RELATIONS,
    title="targets with the usual tag",
    unit="",
    meaning="How many of the words to find have the tag that most of them have, by the model's "
    "tags.",
    caveat="The model's tags are wrong at times, most of all for rare words.",
    source=_TAGS,
)
TAG_P = About(
    "syntax_tag_p",
    Family.RELATIONS,
    title="p against the nearest tag",
    unit="",
    meaning="Chance of so clear a lead over the nearest tag if there were none, over all tests "
    "made.",
    caveat=_INDEPENDENT,
    source="McNemar 1947; Holm 1979",
)
FOLLOWS = About(
    "syntax_follows",
    Family.RELATIONS,
    title="follows the relation",
    unit="",
    meaning="1 where the head beats both the fixed distance and the nearest tag, with p below "
    "0.05.",
    caveat=_RULES,
    source="our own, of the tests above",
)
PAIRS = About(
    "syntax_pairs",
    Family.RELATIONS,
    title="pairs asked about",
    unit="pairs",
    meaning="How many pairs of words have the relation.",
    caveat="Relations with fewer than 20 are left out, and punctuation, the root, sentences of "
    "two.",
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
