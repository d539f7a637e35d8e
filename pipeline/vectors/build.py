"""data/tokens -> data/vectors: the first table, and what a person can read of it."""

import json
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from pipeline.artifacts import Artifacts, VectorsFiles
from pipeline.params.embed import EmbedParams, RandomEmbed
from pipeline.progress import begin
from pipeline.tokens.encoding import load_encoding
from pipeline.tokens.special import Vocabulary
from pipeline.tokens.store import TokenStore, open_tokens
from pipeline.vectors.describe import effective_rank, nearest_neighbours
from pipeline.vectors.table import co_occurrence, factorised_table, positive_pmi, random_table
from pipeline.vectors.table_file import save_table


def build_vectors(
    artifacts: Artifacts, params: EmbedParams, d_model: int, seed: int, folder: Path
) -> None:
    """Write table.safetensors, neighbours.json and summary.json.

    Raises:
        ValueError: data/tokens is damaged, or as `factorised_table` says.
    """
    encoding = load_encoding(artifacts.tokens)
    train = open_tokens(artifacts.tokens_split("train"))
    begin(f"making the first table ({params.method})")
    table = first_table(train, encoding.vocab_size, params, d_model, seed)
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
    }
    VectorsFiles(folder).summary.write_text(json.dumps(summary, indent=2) + "\n")


def first_table(
    train: TokenStore, vocab_size: int, params: EmbedParams, d_model: int, seed: int
) -> Float[np.ndarray, "vocab d_model"]:
    """The table by the method that params.yaml names.

    Raises:
        ValueError: as `factorised_table` says.
    """
    if isinstance(params, RandomEmbed):
        return random_table(vocab_size, d_model, seed)
    counts = co_occurrence(train.input_ids, train.offsets, vocab_size, params.ppmi_svd.window)
    matrix = positive_pmi(counts, params.ppmi_svd.context_smoothing)
    return factorised_table(matrix, d_model, seed)


def frequent_tokens(
    train: TokenStore, vocabulary: Vocabulary, count: int
) -> Int[np.ndarray, " row"]:
    """The training split's most frequent tokens, special ones left out, ties by number."""
    occurrences = np.bincount(train.input_ids, minlength=vocabulary.size)
    occurrences[[*vocabulary.special.ids]] = 0
    order = np.argsort(-occurrences, kind="stable")[:count]
    return order[occurrences[order] > 0]


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
