"""Does a head find the other end of a dependency? Weights against the trees of a treebank."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy import stats
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.relations.arcs import Pairs
from pipeline.study.relations.nearest_tag import NearestTag
from pipeline.study.rows import top_share
from pipeline.tokens.batches import TokenBatch

SIGNIFICANT = 0.05
"""Below, a corrected p tells a lead from chance."""


@dataclass(frozen=True)
class TagRival:
    """What `NearestTag` does with one question, and whether a head does better."""

    tag: str
    share: float
    accuracy: float
    """Both in [0, 1], as of `NearestTag`."""
    p: float
    """As of `RelationScore`, against this rule."""


@dataclass(frozen=True)
class RelationScore:
    """How well one head finds the other end of one relation, in one direction."""

    layer: int
    head: int
    """Both from 0."""
    relation: str
    direction: str
    """Who looks for whom: one of `arcs.DIRECTIONS`."""
    pairs: int
    """How many times the head was asked."""
    accuracy: float
    """In [0, 1]; a tie for the most attended word counts in parts."""
    baseline: float
    """The same of the best answer that is always at the same distance, in [0, 1]."""
    offset: int
    """That distance, in words: -1 is the word before."""
    p: float
    """Chance of so clear a lead over the baseline if there were none, over all tests (Holm)."""
    by_tag: TagRival | None
    """None where the model gives no tags."""

    @property
    def follows(self) -> bool | None:
        """Whether the head beats both rules, each significantly; None where one is not known.

        A head that does as a rule does need not know of trees. Both tests must succeed, so that
        there is nothing more to correct (Berger 1982, intersection-union).
        """
        if self.by_tag is None:
            return None
        rivals = ((self.baseline, self.p), (self.by_tag.accuracy, self.by_tag.p))
        return all(self.accuracy > right and p < SIGNIFICANT for right, p in rivals)


def word_weights(
    weights: Float[Tensor, "batch head query key"], belongs: Bool[Tensor, "batch word token"]
) -> Float[Tensor, "batch head looker word"]:
    """Weights between tokens -> between words (Clark et al. 2019, section 4.1).

    Weights to the tokens of a word are summed, weights from them averaged, so that the rows of
    words still sum to 1. `belongs` says which tokens make up a word; of no token, a row is 0.
    """
    member = belongs.to(weights.dtype)
    size = member.sum(dim=-1, keepdim=True).clamp(min=1)
    return (member / size)[:, None] @ weights @ member.transpose(1, 2)[:, None]


def tokens_of_words(
    word_ids: Int[np.ndarray, "batch token"], is_token: Bool[np.ndarray, "batch token"]
) -> Bool[Tensor, "batch word token"]:
    """Which tokens make up each word of a sentence."""
    words = np.arange(word_ids.max() + 1)
    return torch.from_numpy((word_ids[:, None] == words[:, None]) & is_token[:, None])


def top_other(
    weights: Float[Tensor, "batch head looker word"],
    is_word: Bool[Tensor, "batch word"],
    is_causal: bool,
) -> Float[Tensor, "batch head looker word"]:
    """1 at a word's most attended other word that it sees, in parts where several tie.

    argmax_(j != i) a_ij of each word i: its attention to itself is left out, since no word is its
    own head (after Clark et al. 2019, section 4.2). NaN of a word that sees no other.
    """
    every = torch.ones(is_word.shape[1], is_word.shape[1], dtype=torch.bool)
    unasked = every.triu() if is_causal else every.triu() & every.tril()
    return top_share(weights.masked_fill((unasked | ~is_word[:, None])[:, None], -1))


def mcnemar(
    better: Int[np.ndarray, "*test"], worse: Int[np.ndarray, "*test"]
) -> Float[np.ndarray, "*test"]:
    """Chance of at least `better` of better + worse fair coins (McNemar 1947, exact, one-sided).

    p = sum_(k >= better) C(n, k) / 2^n with n = better + worse: `better` counts the questions that
    the head alone gets right, `worse` those of its rival alone.
    """
    return np.asarray(stats.binom.sf(better - 1, better + worse, 0.5), dtype=np.float64)


def holm(p: Float[np.ndarray, "*test"]) -> Float[np.ndarray, "*test"]:
    """p-values that stay true however many tests there are (Holm 1979), in [0, 1].

    The k-th smallest of m is multiplied by m + 1 - k, and is no smaller than the one before it.
    """
    flat = p.ravel()
    order = np.argsort(flat, kind="stable")
    times = np.arange(flat.size, 0, -1)
    corrected = np.empty_like(flat)
    corrected[order] = np.minimum(np.maximum.accumulate(flat[order] * times), 1)
    return corrected.reshape(p.shape)


class Syntax:
    """How often each head is right about each relation, over as many batches as there are.

    A head is asked both ways, each pair of a word and its dependent by itself (Voita et al. 2019,
    section 5.2): is the word's head its most attended other word? Is the dependent the head's? The
    accuracy is sum_(i, j) top_ij / pairs, top as of `top_other`. So of several alike dependents of
    one word it can find one only. McNemar's test takes a tie as not right. Only counts are kept.
    """

    def __init__(self, pairs: Pairs, by_tag: NearestTag | None) -> None:
        self._pairs, self._by_tag = pairs, by_tag
        self._rivals = [pairs.is_at_offset] + ([by_tag.is_right] if by_tag else [])
        self._counts: dict[int, Float[Tensor, "count question head"]] = {}

    def add(self, work: LayerAtWork, tokens: TokenBatch) -> None:
        """Count in one layer's work on this batch."""
        if not self._pairs.questions:
            return
        row, asked = self._pairs.of_sentences(tokens.sentence)
        belongs = tokens_of_words(tokens.word_ids, tokens.is_token)
        between = word_weights(work.weights, belongs)
        top = top_other(between, belongs.any(dim=-1), work.visibility.is_causal)
        looker, target = self._pairs.looker[asked], self._pairs.target[asked]
        share = top[row, :, looker, target].double()
        is_right = share == 1
        found = [share]
        for rival in self._rivals:
            by_rule = torch.from_numpy(rival[asked])[:, None]
            found += [is_right & ~by_rule, ~is_right & by_rule]
        size = (len(found), len(self._pairs.questions), share.shape[1])
        empty = torch.zeros(size, dtype=torch.float64)
        question = torch.from_numpy(self._pairs.question[asked])
        self._counts.setdefault(work.layer, empty).index_add_(1, question, torch.stack(found))

    def result(self) -> list[RelationScore]:
        """By layer, head, relation and direction; none where no relation is frequent enough."""
        if not self._counts:
            return []
        layers = [self._counts[layer] for layer in sorted(self._counts)]
        right, *counts = torch.stack(layers, dim=1).transpose(2, 3).numpy()
        better, worse = (np.array(counts[way::2]).astype(np.int64) for way in (0, 1))
        corrected = [holm(p) for p in mcnemar(better, worse)]
        n_layers, n_heads, _ = right.shape
        return [
            RelationScore(
                layer, head, asked.relation, asked.direction, asked.pairs,
                float(right[layer, head, number]) / asked.pairs,
                asked.baseline, asked.offset, float(corrected[0][layer, head, number]),
                self._tag_rival(number, [float(p[layer, head, number]) for p in corrected[1:]]),
            )
            for layer, head in product(range(n_layers), range(n_heads))
            for number, asked in enumerate(self._pairs.questions)
        ]  # fmt: skip

    def _tag_rival(self, number: int, p: list[float]) -> TagRival | None:
        if self._by_tag is None or (tag := self._by_tag.tag[number]) is None:
            return None
        found = self._by_tag
        return TagRival(tag, float(found.share[number]), float(found.accuracy[number]), *p)
