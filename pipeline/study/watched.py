"""A few fixed sentences on which the heads are looked at again and again while they learn."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.corpus.formats.words import Text, words_of
from pipeline.files import parse_json, unusable
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.params.train import WatchedParams
from pipeline.study.watching import all_weights
from pipeline.tokens.batches import batch_of_sentences, gather
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.special import SpecialTokens
from pipeline.tokens.store import TokenStore

AT_ONCE = 4096
"""Sentences that are looked through at a time."""

SentenceWeights = Float[Tensor, "layer head _ _"]
"""Query x key at the end: each sentence has its own length."""


@dataclass(frozen=True)
class WatchedSentence:
    """One sentence."""

    tokens: tuple[str, ...]
    batch: Batch


def choose_watched(
    encoding: Encoding, validation: TokenStore, params: WatchedParams
) -> tuple[WatchedSentence, ...]:
    """The sentences that the parameters name, then some of the validation split.

    Of n from validation, number i is the split's first sentence as long as the quantile
    (i + 1/2) / n of all lengths, or of the next length that has one, without special tokens such as
    <unk> and not chosen yet: short and long ones, the same for every model on these tokens.

    Raises:
        ValueError: a named sentence is empty or longer than the model was made for.
    """
    named = [_named(encoding, sentence) for sentence in params.sentences]
    is_fit = ~_has_special(validation, encoding.special)
    chosen = spread_sentences(validation.lengths, is_fit, params.from_validation)
    return (*named, *(_of_split(encoding, validation, number) for number in chosen))


def weights_on(network: Network, watched: Sequence[WatchedSentence]) -> list[SentenceWeights]:
    """Every head's weights on each sentence, without dropout; none where nothing attends."""
    device = network.embedding.token.weight.device
    was_training = network.training
    network.eval()
    found = []
    for sentence in watched:
        weights = all_weights(network, sentence.batch.to(device))
        if weights is not None:
            found.append(weights[0].float().cpu())
    network.train(was_training)
    return found


def write_watched(
    weights: Mapping[str, Tensor], path: Path, tokens: Sequence[Sequence[str]] = ()
) -> None:
    """One tensor, layer x head x query x key, for each epoch and sentence: `1/0` and on.

    The sentences' tokens stand in the file's metadata: whose weights they are.
    """
    told = {"tokens": json.dumps([list(sentence) for sentence in tokens])}
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path, told)


def read_watched(file: Path) -> list[list[SentenceWeights]]:
    """What `write_watched` wrote: for each epoch, for each sentence, every head's weights.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        found = load_file(file)
        epochs = max((int(name.split("/")[0]) for name in found), default=0)
        watched = len(found) // max(1, epochs)
        return [[found[f"{e + 1}/{i}"] for i in range(watched)] for e in range(epochs)]
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise unusable(file, error) from None


def read_watched_tokens(file: Path) -> list[tuple[str, ...]]:
    """The tokens of each sentence; none where the file does not know them.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        with safe_open(file, "numpy") as opened:
            told = (opened.metadata() or {}).get("tokens", "[]")
        return [tuple(map(str, sentence)) for sentence in parse_json(told)]
    except (OSError, TypeError, ValueError, SafetensorError) as error:
        raise unusable(file, error) from None


def _named(encoding: Encoding, sentence: Text) -> WatchedSentence:
    words = words_of(sentence)
    tokens = batch_of_sentences(encoding, [words])
    return WatchedSentence(encoding.token_texts(words), Batch.of_tokens(tokens))


def _of_split(encoding: Encoding, split: TokenStore, number: int) -> WatchedSentence:
    tokens = gather(split, np.array([number]))
    texts = encoding.vocabulary
    return WatchedSentence(tuple(texts[i] for i in tokens.input_ids[0]), Batch.of_tokens(tokens))


def _has_special(split: TokenStore, special: SpecialTokens) -> Bool[np.ndarray, " sentence"]:
    """Some sentences at a time: all tokens of a split may be more than memory has room for."""
    found = []
    for first in range(0, len(split), AT_ONCE):
        ends = split.offsets[first : first + AT_ONCE + 1]
        among = special.among(split.input_ids[ends[0] : ends[-1]])
        found.append(np.logical_or.reduceat(among, ends[:-1] - ends[0]))
    return np.concatenate(found)


def spread_sentences(
    lengths: Int[np.ndarray, " sentence"], is_fit: Bool[np.ndarray, " sentence"], wanted: int
) -> Iterator[int]:
    """Numbers of `wanted` fit sentences, or all, whose lengths are spread as all `lengths` are."""
    fit = np.flatnonzero(is_fit)
    if not len(fit):
        return
    order = fit[np.argsort(lengths[fit], kind="stable")]
    levels = (np.arange(wanted) + 0.5) / max(1, wanted)
    taken: set[int] = set()
    for length in np.quantile(lengths, levels, method="lower"):
        longer = order[lengths[order] >= length]
        number = next((int(i) for i in longer if int(i) not in taken), None)
        if number is not None:
            taken.add(number)
            yield number
