"""Counted words -> a tokenizer: one token a word, or byte-level pieces."""

from collections.abc import Mapping
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from pipeline.files import unusable
from pipeline.params.tokenize import BpeTokenize, TokenizeParams
from pipeline.tokens.special import SpecialTokens

LEARNED = SpecialTokens(padding=0, unknown=1, mask=2)
"""Of the vocabularies that are learned here."""
SPECIAL = ("<pad>", "<unk>", "<mask>")
"""How they are written, by id."""


def learn_tokenizer(counts: Mapping[str, int], params: TokenizeParams) -> Tokenizer:
    """Learn the vocabulary from the training split's words and how often each occurs."""
    if isinstance(params, BpeTokenize):
        return _byte_pairs(counts, params.bpe.vocab_size)
    return _whole_words(counts, params.word.min_count, params.word.is_lowercase)


def _whole_words(counts: Mapping[str, int], min_count: int, is_lowercase: bool) -> Tokenizer:
    """The most frequent words first; ties in alphabetical order, so the bytes never vary."""
    normalizer = normalizers.Lowercase() if is_lowercase else normalizers.Sequence([])
    merged: dict[str, int] = {}
    for word, count in counts.items():
        seen = normalizer.normalize_str(word)
        merged[seen] = merged.get(seen, 0) + count
    kept = sorted(
        (-n, word) for word, n in merged.items() if n >= min_count and word not in SPECIAL
    )
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *(word for _, word in kept)])}
    tokenizer = Tokenizer(models.WordLevel(vocab=vocabulary, unk_token=SPECIAL[LEARNED.unknown]))
    tokenizer.normalizer = normalizer
    return tokenizer


def _byte_pairs(counts: Mapping[str, int], vocab_size: int) -> Tokenizer:
    """Byte-pair encoding over bytes (Sennrich et al. 2016; Radford et al. 2019).

    Without a continuing-subword prefix: with one, the trained bytes vary between processes.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    repeated = (word for word in sorted(counts) for _ in range(counts[word]))
    tokenizer.train_from_iterator(repeated, trainer)
    return tokenizer


def load_tokenizer(path: Path) -> Tokenizer:
    """Read tokenizer.json.

    Raises:
        ValueError: the file is missing, or no tokenizer.
    """
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise unusable(path, f"no tokenizer: {error}") from None
