"""data/tokens -> data/vectors: the first table, and what a person can read of it."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.artifacts import Artifacts, TokensFiles, VectorsFiles
from pipeline.corpus.source import local_path
from pipeline.params.embed import EmbedParams, FileEmbed, RandomEmbed
from pipeline.progress import begin
from pipeline.tokens.encoding import Encoding, load_encoding
from pipeline.tokens.special import Vocabulary
from pipeline.tokens.store import TokenStore, open_tokens
from pipeline.vectors.describe import effective_rank, nearest_neighbours
from pipeline.vectors.table import co_occurrence, factorised_table, positive_pmi, random_table
from pipeline.vectors.table_file import save_table, started_table
from pipeline.vectors.word_file import table_of_file

AT_ONCE = 1 << 20
"""Tokens that are counted at a time: an array of all of them may be larger than memory."""


def build_vectors(
    artifacts: Artifacts, params: EmbedParams, d_model: int, seed: int, folder: Path
) -> None:
    """Write table.safetensors, neighbours.json and summary.json.

    Raises:
        ValueError: data/tokens is damaged, or as `first_table` says.
        FileNotFoundError: as `first_table` says.
    """
    encoding = load_encoding(artifacts.tokens)
    train = open_tokens(artifacts.tokens_split("train"))
    first = first_table(artifacts, train, encoding, params, d_model, seed)
    table = first.table
    save_table(table, folder)
    begin("looking for neighbours")
    described = frequent_tokens(train, encoding.all_tokens, params.described_words)
    vocabulary = encoding.vocabulary
    _write_neighbours(table, described, vocabulary, params.neighbours, folder)
    length = np.linalg.norm(table, axis=1)
    summary = {
        "rows": table.shape[0],
        "d_model": table.shape[1],
        "mean_row_length": round(float(length.mean()), 4),
        "zero_rows": int((length == 0).sum()),
        "effective_rank": round(effective_rank(table), 2),
        **first.told(train),
    }
    VectorsFiles(folder).summary.write_text(json.dumps(summary, indent=2) + "\n")


@dataclass(frozen=True)
class FirstTable:
    """The first vectors, and which of them a file had."""

    table: Float[np.ndarray, "vocab d_model"]
    is_found: Bool[np.ndarray, " vocab"] | None = None

    def told(self, train: TokenStore) -> dict[str, int | float]:
        """How many tokens were found, their share of all, and their share of the training text."""
        if self.is_found is None:
            return {}
        found = occurrences_in(train, len(self.is_found))[self.is_found].sum()
        return {
            "found": int(self.is_found.sum()),
            "found_share": round(float(self.is_found.mean()), 4),
            "found_share_of_text": round(float(found / len(train.input_ids)), 4),
        }


def first_table(
    artifacts: Artifacts,
    train: TokenStore,
    encoding: Encoding,
    params: EmbedParams,
    d_model: int,
    seed: int,
) -> FirstTable:
    """The table of the model that training starts from, else by the method of params.yaml.

    Raises:
        ValueError: as `started_table`, `factorised_table` or `table_of_file` says.
        FileNotFoundError: the file of word vectors is not there.
    """
    started = started_table(TokensFiles(artifacts.tokens).start)
    if started is not None:
        return FirstTable(started)
    begin(f"making the first table ({params.method})")
    size = encoding.vocab_size
    if isinstance(params, RandomEmbed):
        return FirstTable(random_table(size, d_model, seed))
    if isinstance(params, FileEmbed):
        file = local_path(artifacts, params.file.path)
        special = {*encoding.special.ids}
        tokens = {text: i for i, text in enumerate(encoding.vocabulary) if i not in special}
        is_binary = params.file.format == "word2vec_binary"
        return FirstTable(
            *table_of_file(file, is_binary, tokens, random_table(size, d_model, seed))
        )
    counts = co_occurrence(train.input_ids, train.offsets, size, params.ppmi_svd.window)
    matrix = positive_pmi(counts, params.ppmi_svd.context_smoothing)
    return FirstTable(factorised_table(matrix, d_model, seed))


def frequent_tokens(
    train: TokenStore, vocabulary: Vocabulary, count: int
) -> Int[np.ndarray, " row"]:
    """The training split's most frequent tokens, special ones left out, ties by number."""
    occurrences = occurrences_in(train, vocabulary.size)
    occurrences[[*vocabulary.special.ids]] = 0
    order = np.argsort(-occurrences, kind="stable")[:count]
    return order[occurrences[order] > 0]


def occurrences_in(tokens: TokenStore, vocab_size: int) -> Int[np.ndarray, " vocab"]:
    """How often each token occurs."""
    found = np.zeros(vocab_size, np.int64)
    for first in range(0, len(tokens.input_ids), AT_ONCE):
        found += np.bincount(tokens.input_ids[first : first + AT_ONCE], minlength=vocab_size)
    return found


def _write_neighbours(
    table: Float[np.ndarray, "vocab d_model"],
    rows: Int[np.ndarray, " row"],
    vocabulary: tuple[str, ...],
    count: int,
    folder: Path,
) -> None:
    """{"cat": [["dog", 0.81], ...], ...}, the most frequent token first."""
    nearest, cosine = nearest_neighbours(table, rows, count)
    listed = {
        vocabulary[row]: [
            [vocabulary[other], round(float(near), 3)]
            for other, near in zip(nearest[i], cosine[i], strict=True)
        ]
        for i, row in enumerate(rows)
    }
    text = json.dumps(listed, indent=1, ensure_ascii=False) + "\n"
    VectorsFiles(folder).neighbours.write_text(text, encoding="utf-8")
