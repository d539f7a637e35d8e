"""Words -> ids: the vocabulary and the sub-word features that training meets."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int
from tokenizers import Tokenizer

from pipeline.artifacts import EncodingFiles
from pipeline.files import read_json, unusable
from pipeline.tokens.features import SubwordFeatures
from pipeline.tokens.special import SpecialTokens, Vocabulary
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import load_tokenizer


@dataclass(frozen=True)
class Encoding:
    """Everything needed to turn words into what the model reads."""

    tokenizer: Tokenizer
    special: SpecialTokens
    features: SubwordFeatures
    max_length: int
    """The most tokens of a sentence."""
    min_count: int | None
    """A word that training has less often is unknown; None where no count decides, or it was not
    written down."""

    @property
    def all_tokens(self) -> Vocabulary:
        """How many tokens there are, and which of them are special."""
        return Vocabulary(self.vocab_size, self.special)

    @property
    def vocab_size(self) -> int:
        """Token ids, the special ones included."""
        return int(self.tokenizer.get_vocab_size())

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The text of each token id."""
        by_id = {i: token for token, i in self.tokenizer.get_vocab().items()}
        return tuple(by_id[i] for i in range(self.vocab_size))

    def require_short(self, n_tokens: int) -> None:
        """Check that a sentence of so many tokens is none that the model was not made for.

        Raises:
            ValueError: it has more.
        """
        if n_tokens > self.max_length:
            raise ValueError(
                f"expected at most {self.max_length} tokens (tokenize.max_length), found "
                f"{n_tokens}: shorten the sentence, or raise the setting and train again"
            )

    def token_texts(self, words: Sequence[str]) -> tuple[str, ...]:
        """What each token of a sentence reads: its word, or the piece of it.

        Where a word is in pieces, every token of the sentence reads as it is decoded by itself; "�"
        is nothing that can be read.
        """
        encoded = encode_words(self, words, np.array([len(words)]))
        if (encoded.length == 1).all():
            return tuple(words)
        return tuple(self.tokenizer.decode([i]).strip() or "�" for i in encoded.input_ids)


FEW = 256
"""Words, below which they are encoded before threads for them would have woken."""


@dataclass(frozen=True)
class EncodedWords:
    """Tokens of consecutive words, flat: `length[i]` tokens belong to word i."""

    input_ids: Int[np.ndarray, " token"]
    feature_ids: Int[np.ndarray, "token slot"]
    length: Int[np.ndarray, " word"]


def encode_words(
    encoding: Encoding, words: pa.Array | Sequence[str], words_in: Int[np.ndarray, " sentence"]
) -> EncodedWords:
    """Encode the words of sentences, end to end, of which sentence i has `words_in[i]`.

    Each distinct word is encoded once, and its tokens are copied to wherever it stands.
    """
    table = pa.array(words, pa.string()).dictionary_encode()
    distinct = table.dictionary.to_pylist()
    where = table.indices.to_numpy(zero_copy_only=False)
    tokenizer = encoding.tokenizer
    few = len(distinct) < FEW
    found = map(tokenizer.encode, distinct) if few else tokenizer.encode_batch_fast(distinct)
    pieces = [_pieces(one.ids, encoding.special) for one in found]
    length = np.array([len(piece) for piece in pieces], dtype=np.int32)
    start = np.cumsum(length) - length
    flat = np.array([i for piece in pieces for i in piece], dtype=np.int32)
    token = ragged_ranges(start[where], length[where])
    slots = encoding.features.ids(distinct, starts_sentence=False)[where]
    first = (np.cumsum(words_in) - words_in)[words_in > 0]
    starters, which = np.unique(where[first], return_inverse=True)
    at_start = encoding.features.ids([distinct[i] for i in starters], starts_sentence=True)
    slots[first] = at_start[which]
    return EncodedWords(flat[token], np.repeat(slots, length[where], axis=0), length[where])


def encode_sentences(
    encoding: Encoding, words: pa.Array | Sequence[str], words_in: Int[np.ndarray, " sentence"]
) -> TokenStore:
    """The same as `encode_words` gives, as a split's tokens lie; no sentence is without a word."""
    encoded = encode_words(encoding, words, words_in)
    word_in_sentence = ragged_ranges(np.zeros_like(words_in), words_in)
    ends = np.cumsum(encoded.length)[np.cumsum(words_in) - 1]
    return TokenStore(
        offsets=np.concatenate([[0], ends]),
        input_ids=encoded.input_ids,
        feature_ids=encoded.feature_ids,
        word_ids=word_in_sentence[word_of_token(encoded.length)],
        ends_word=ends_of_words(encoded.length),
    )


def ragged_ranges(
    start: Int[np.ndarray, " range"], length: Int[np.ndarray, " range"]
) -> Int[np.ndarray, " item"]:
    """[2, 7], [3, 1] -> [2, 3, 4, 7]: the numbers of several ranges, one after the other."""
    before = np.cumsum(length) - length
    return np.repeat(start - before, length) + np.arange(length.sum())


def word_of_token(length: Int[np.ndarray, " word"]) -> Int[np.ndarray, " token"]:
    """Tokens in each word -> the word of each token: [1, 2] -> [0, 1, 1]."""
    return np.repeat(np.arange(len(length)), length)


def ends_of_words(length: Int[np.ndarray, " word"]) -> Bool[np.ndarray, " token"]:
    """Tokens in each word -> whether each ends its word: [1, 2] -> [True, False, True]."""
    ends = np.zeros(int(length.sum()), dtype=bool)
    ends[np.cumsum(length) - 1] = True
    return ends


def _pieces(ids: list[int], special: SpecialTokens) -> list[int]:
    """A word's ids; one that reads "<mask>" or is empty is unknown, not a sign to the model."""
    signs = (special.padding, special.mask)
    return [special.unknown if i in signs else i for i in ids] or [special.unknown]


def save_encoding(encoding: Encoding, folder: Path) -> None:
    """Write tokenizer.json and encoding.json into the folder."""
    files = EncodingFiles(folder)
    encoding.tokenizer.save(str(files.tokenizer))
    rest = {
        "special": asdict(encoding.special),
        "features": asdict(encoding.features),
        "max_length": encoding.max_length,
        "min_count": encoding.min_count,
    }
    text = json.dumps(rest, indent=2, ensure_ascii=False)
    files.rest.write_text(text + "\n", encoding="utf-8")


def load_encoding(folder: Path) -> Encoding:
    """Read what `save_encoding` wrote.

    Raises:
        ValueError: a file is missing or damaged.
    """
    files = EncodingFiles(folder)
    file = files.rest
    rest = read_json(file)
    try:
        features, special = rest["features"], SpecialTokens(**rest["special"])
        return Encoding(
            tokenizer=load_tokenizer(files.tokenizer),
            special=special,
            features=SubwordFeatures(
                prefix_lengths=tuple(features["prefix_lengths"]),
                suffix_lengths=tuple(features["suffix_lengths"]),
                has_shape=features["has_shape"],
                buckets=features["buckets"],
            ),
            max_length=rest["max_length"],
            min_count=rest.get("min_count"),
        )
    except (KeyError, TypeError) as error:
        raise unusable(file, error) from None
