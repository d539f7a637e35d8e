"""Spans: precision, recall and F1 of whole spans, errors by kind; spans of training found again."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from pipeline.corpus.formats.span_tags import Span, read_tags, scheme_of
from pipeline.evaluation.baselines import most_frequent_label
from pipeline.evaluation.by_objective.tagging import TAGGING
from pipeline.evaluation.measured import Evidence, OfClasses
from pipeline.evaluation.measuring import Measurable, Measuring
from pipeline.evaluation.scores import bootstrap_label_f1, label_scores
from pipeline.evaluation.span_scores import (
    ERRORS,
    FOUND,
    Fate,
    Items,
    fates,
    sentence_spans,
    span_counts,
)
from pipeline.resampling import Estimate, bootstrap_ratios

Words = tuple[str, ...]
Estimates = dict[str, Estimate | None]


def measure(split: Measurable) -> Evidence:
    """Measure a model of spans: of its tags what is measured of any tagger, and of whole spans.

    A span counts as found where its first word, its last word and its kind are right (the CoNLL
    shared task's way: Tjong Kim Sang and De Meulder 2003, section 2.3). Precision, recall and F1
    are over all spans; macro-F1 is the mean over the kinds that occur.

    Raises:
        ValueError: there are no positions.
    """
    p = split.predictions
    of_tags = TAGGING.measure(split)
    found = fates(*tags_of(split), p.sentence, p.classes)
    kinds = sorted({span.kind for fate in found for span in (fate.gold, fate.answered) if span})
    items, n = Items.of(found, kinds), len(split.sentences.lengths)
    counts = span_counts(found, range(n), n)
    words = dict(zip(np.unique(p.sentence).tolist(), sentence_words(split), strict=True))
    return replace(
        of_tags,
        estimates={**of_tags.estimates, **_estimates(split, items, kinds, counts)},
        counts={**of_tags.counts, **_counts(found, counts)},
        by_class=_of_kinds(items, kinds) if items.gold.any() else None,
        errors=[_error(split, it, words[it.sentence]) for it in found if it.what != FOUND],
    )


def baselines(split: Measurable) -> dict[str, float]:
    """F1 of spans that training has, found again, and of each word's most frequent tag.

    The first is the shared task's: what is a span in training, always of one kind, and the longest
    of several that begin at a word (Tjong Kim Sang and De Meulder 2003, section 4). Nothing where
    there is no span.
    """
    p = split.predictions
    gold, _ = tags_of(split)
    scheme = scheme_of(p.classes)
    right = sentence_spans(gold, p.sentence, scheme)
    if not any(right):
        return {}
    number = {name: i for i, name in enumerate(p.classes)}
    in_training = np.array([number[tag] for tag in split.train.answers])
    by_word = most_frequent_label(split.train.forms, in_training).predict(split.forms)
    tags = [p.classes[i] for i in by_word]
    known = _known(split, scheme)
    forms = sentence_words(split)
    found = {
        "known_spans": [_found_again(words, known) for words in forms],
        "most_frequent_tag_f1": sentence_spans(tags, p.sentence, scheme),
    }
    return {name: _f1(right, answered) for name, answered in found.items()}


def sentence_words(split: Measurable) -> list[Words]:
    """The words of each sentence that has a position."""
    ends = np.flatnonzero(np.diff(split.predictions.sentence, append=-1)) + 1
    starts = [0, *ends[:-1].tolist()]
    return [tuple(split.forms[a:b]) for a, b in zip(starts, ends.tolist(), strict=True)]


def tags_of(split: Measurable) -> tuple[list[str], list[str]]:
    """The right tag and the model's, of every position."""
    p, names = split.predictions, np.array(split.predictions.classes, dtype=object)
    return names[p.gold].tolist(), names[p.predicted].tolist()


def _of_kinds(items: Items, kinds: Sequence[str]) -> OfClasses:
    scores = label_scores(items.gold, items.predicted, items.kind, len(kinds))
    return OfClasses(tuple(kinds), scores, None, called="kind of span", counted="spans")


def _estimates(
    split: Measurable, items: Items, kinds: Sequence[str], counts: Float[np.ndarray, "sentence 3"]
) -> Estimates:
    """With intervals over documents or sentences; None of what nothing can be divided by."""
    names = ("f1", "precision", "recall")
    if not kinds:
        return dict.fromkeys((*names, "macro_f1"))
    hits, gold, answered = counts.T
    sums = np.stack([2 * hits, hits, hits], axis=1)
    whole = np.stack([gold + answered, answered, gold], axis=1).astype(np.int64)
    estimates = bootstrap_ratios(sums, whole, np.arange(len(counts)), split.resampling)
    found: Estimates = {
        name: None if np.isnan(one.value) else one
        for name, one in zip(names, estimates, strict=True)
    }
    macro = None
    if items.gold.any():
        macro = bootstrap_label_f1(
            items.gold, items.predicted, items.kind, items.sentence, len(kinds), split.resampling
        )
    return found | {"macro_f1": macro}


def _counts(found: Sequence[Fate], counts: Float[np.ndarray, "sentence 3"]) -> dict[str, int]:
    """How many spans there are and were answered, and how many errors of each kind."""
    errors = Counter(fate.what for fate in found)
    _, right, answered = counts.sum(axis=0)
    return {
        "right_spans": int(right),
        "answered_spans": int(answered),
        **{f"{what}_errors": errors[what] for what in ERRORS},
    }


def _error(split: Measurable, fate: Fate, words: Words) -> dict[str, str]:
    """A row of the table of errors; words are counted from 1."""

    def told(span: Span | None) -> tuple[str, str, str]:
        if span is None:
            return "", "", ""
        place = f"{span.start + 1}-{span.end}"
        return place, " ".join(words[span.start : span.end]), span.kind

    right, answered = told(fate.gold), told(fate.answered)
    columns = ("words", "text", "kind")
    return {
        "sentence_id": split.sentences.ids[fate.sentence],
        "error": fate.what,
        **{f"right_{name}": cell for name, cell in zip(columns, right, strict=True)},
        **{f"answered_{name}": cell for name, cell in zip(columns, answered, strict=True)},
    }


def _known(split: Measurable, scheme: str) -> dict[Words, str]:
    """What is a span in training, always of one kind."""
    kinds: defaultdict[Words, set[str]] = defaultdict(set)
    answers, at = split.train.answers, 0
    for words in split.train.words:
        for span in read_tags(answers[at : at + len(words)], scheme):
            kinds[tuple(words[span.start : span.end])].add(span.kind)
        at += len(words)
    return {words: min(found) for words, found in kinds.items() if len(found) == 1}


def _found_again(words: Words, known: Mapping[Words, str]) -> list[Span]:
    """The known spans of a sentence from left to right, the longest that begins at a word."""
    longest = max(map(len, known), default=0)
    found: list[Span] = []
    at = 0
    while at < len(words):
        ends = range(min(len(words), at + longest), at, -1)
        end = next((end for end in ends if words[at:end] in known), None)
        if end is None:
            at += 1
            continue
        found.append(Span(at, end, known[words[at:end]]))
        at = end
    return found


def _f1(right: Sequence[Sequence[Span]], answered: Sequence[Sequence[Span]]) -> float:
    hits = sum(len({*one} & {*other}) for one, other in zip(right, answered, strict=True))
    return 2 * hits / (sum(map(len, right)) + sum(map(len, answered)))


SPANS = Measuring(measure, baselines)
