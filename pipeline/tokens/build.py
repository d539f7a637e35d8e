"""The corpus -> data/tokens: learn the vocabulary from train, then encode every split."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from jaxtyping import Int

from pipeline.artifacts import SPLITS, Artifacts, Split, TokensFiles
from pipeline.corpus.store import read_rows
from pipeline.params.tokenize import BpeTokenize, TokenizeParams
from pipeline.progress import begin
from pipeline.tokens.encoding import Encoding, encode_sentences, ragged_ranges, save_encoding
from pipeline.tokens.features import NO_FEATURES, SubwordFeatures
from pipeline.tokens.start import keep_start, open_start
from pipeline.tokens.store import TokenStore, TokenWriter
from pipeline.tokens.tokenizer import LEARNED, learn_tokenizer


def build_tokens(
    artifacts: Artifacts, params: TokenizeParams, start_from: str | None, folder: Path
) -> None:
    """Write the tokenizer, every split's arrays and the numbers a reader wants.

    Where training starts from another model, its tokenizer is taken as it is.

    Raises:
        ValueError: a sentence is too long, and params.yaml does not say to cut it; the corpus is
            damaged; or as `open_start` says.
        FileNotFoundError: there is nothing to start from.
    """
    if start_from is None:
        begin("learning the vocabulary")
        encoding = learn_encoding(artifacts.corpus_split("train"), params)
    else:
        encoding = keep_start(open_start(artifacts, start_from), start_from, folder)
    save_encoding(encoding, folder)
    is_started = start_from is not None
    longest = None if params.overlong == "truncate" else Longest(encoding.max_length, is_started)
    summary: dict[str, object] = {
        "vocabulary": encoding.vocab_size,
        **{split: _encode_split(artifacts, split, encoding, longest, folder) for split in SPLITS},
    }
    text = json.dumps(summary, indent=2) + "\n"
    TokensFiles(folder).summary.write_text(text, encoding="utf-8")


def learn_encoding(train: Path, params: TokenizeParams) -> Encoding:
    """Learn the vocabulary from the training split."""
    forms: Counter[str] = Counter()
    for rows in read_rows(train, ["form"]):
        for count in pc.value_counts(rows["form"].flatten()):
            forms[count["values"].as_py()] += count["counts"].as_py()
    return Encoding(
        tokenizer=learn_tokenizer(forms, params),
        special=LEARNED,
        features=_features(params),
        max_length=params.max_length,
        min_count=None if isinstance(params, BpeTokenize) else params.word.min_count,
    )


def _features(params: TokenizeParams) -> SubwordFeatures:
    """The parts of a word; pieces of words have none."""
    if isinstance(params, BpeTokenize):
        return NO_FEATURES
    word = params.word
    return SubwordFeatures(
        word.prefix_lengths, word.suffix_lengths, word.has_shape, word.feature_buckets
    )


@dataclass(frozen=True)
class Longest:
    """How many tokens a sentence may have that is not to be cut."""

    max_length: int
    is_started: bool
    """Whether another model says so, from which training starts."""

    def fault(self, where: str, found: int) -> ValueError:
        """The error about one that has more."""
        longer = f"set tokenize.max_length to {found} or more"
        if self.is_started:
            longer = "start from a model that takes as many"
        return ValueError(
            f"expected at most {self.max_length} tokens in a sentence (tokenize.max_length), found "
            f"{found} in {where}: {longer}, or tokenize.overlong to truncate"
        )


def _cut(tokens: TokenStore, max_length: int) -> TokenStore:
    """Keep each sentence's first tokens."""
    kept = np.minimum(tokens.lengths, max_length)
    at = ragged_ranges(tokens.offsets[:-1], kept)
    return TokenStore(
        np.concatenate([[0], np.cumsum(kept)]),
        tokens.input_ids[at],
        tokens.feature_ids[at],
        tokens.word_ids[at],
        tokens.ends_word[at],
    )


def _encode_split(
    artifacts: Artifacts, split: Split, encoding: Encoding, longest: Longest | None, folder: Path
) -> dict[str, int | float]:
    """Encode one split, a few thousand sentences at a time, and count."""
    begin(f"encoding {split}")
    lengths: list[Int[np.ndarray, " sentence"]] = []
    words = unknown = truncated = 0
    with TokenWriter(folder / split, encoding.features.n_slots) as writer:
        for rows in read_rows(artifacts.corpus_split(split), ["sentence_id", "form"]):
            forms = rows["form"]
            in_each = forms.value_lengths().to_numpy()
            tokens = encode_sentences(encoding, forms.flatten(), in_each)
            most = int(tokens.lengths.argmax())
            if tokens.lengths[most] > encoding.max_length:
                if longest is not None:
                    where = f"{split}, sentence {rows['sentence_id'][most].as_py()!r}"
                    raise longest.fault(where, int(tokens.lengths[most]))
                whole = len(tokens.input_ids)
                tokens = _cut(tokens, encoding.max_length)
                truncated += whole - len(tokens.input_ids)
            writer.append(
                tokens.lengths,
                input_ids=tokens.input_ids,
                feature_ids=tokens.feature_ids,
                word_ids=tokens.word_ids,
                ends_word=tokens.ends_word,
            )
            lengths.append(tokens.lengths)
            words += int(in_each.sum())
            unknown += int((tokens.input_ids == encoding.special.unknown).sum())
    return _summary(np.concatenate(lengths), words, unknown, truncated)


def _summary(
    lengths: Int[np.ndarray, " sentence"], words: int, unknown: int, truncated: int
) -> dict[str, int | float]:
    """The numbers of one split: shares in [0, 1], lengths in tokens."""
    tokens = int(lengths.sum())
    middle, upper = np.quantile(lengths, [0.5, 0.95])
    return {
        "sentences": len(lengths),
        "words": words,
        "tokens": tokens,
        "tokens_per_word": round((tokens + truncated) / words, 4),
        "unknown_share": round(unknown / tokens, 6),
        "truncated_share": round(truncated / (tokens + truncated), 6),
        "length_median": float(middle),
        "length_95_percent": float(upper),
        "length_max": int(lengths.max()),
    }
