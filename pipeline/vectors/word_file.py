"""A file of word vectors that somebody trained -> first vectors of the tokens that it has.

Read from its beginning to its end, a vector at a time: memory is the table's. Text is one word and
its numbers a line, as GloVe writes it, or with a first line "words numbers", as word2vec and
fastText do; word2vec's binary form has the same first line, and numbers of 32 bits.
"""

import gzip
from collections.abc import Container, Iterator, Mapping
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

Vector = Float[np.ndarray, " d_model"]
LONGEST_WORD = 10_000
"""Bytes of a word in a binary file; what is longer is no word, and the file no such file."""


def table_of_file(
    file: Path,
    is_binary: bool,
    tokens: Mapping[str, int],
    table: Float[np.ndarray, "vocab d_model"],
) -> tuple[Float[np.ndarray, "vocab d_model"], Bool[np.ndarray, " vocab"]]:
    """The table with the rows of the tokens that the file has in place of its own, and which.

    `tokens` has the row of each token that is looked for. A token is the word that is written
    alike, else the first one that is but for upper and lower case. The file's vectors are divided
    by one number, so that the mean square length of those that are taken is 1.

    Raises:
        ValueError: the file is damaged, its vectors have another length than the table's, or it has
            none of the tokens.
    """
    d_model = table.shape[1]
    folded: dict[str, list[str]] = {}
    for token in tokens:
        folded.setdefault(token.casefold(), []).append(token)
    found, is_near, is_exact = table.copy(), np.zeros(len(table), bool), np.zeros(len(table), bool)
    with _opened(file) as stream:
        read = _read_binary if is_binary else _read_text
        for word, vector in read(stream, file.name, d_model, folded):
            for token in folded[word.casefold()]:
                i, is_same = tokens[token], token == word
                if not is_exact[i] and (is_same or not is_near[i]):
                    found[i], is_near[i], is_exact[i] = vector, True, is_same
    if not is_near.any():
        raise ValueError(
            f"{file.name} has a vector for none of the {len(tokens)} tokens: is it of another "
            f"language, or tokenize.unit not word?"
        )
    length = np.sqrt((found[is_near].astype(np.float64) ** 2).sum(axis=1).mean())
    found[is_near] /= max(float(length), 1e-12)
    return found, is_near


def _opened(file: Path) -> BufferedIOBase:
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")


def _read_text(
    stream: BufferedIOBase, name: str, d_model: int, wanted: Container[str]
) -> Iterator[tuple[str, Vector]]:
    """The words that are wanted, each with its vector."""
    for number, line in enumerate(stream, 1):
        cells = line.rstrip().rsplit(b" ", d_model)
        if number == 1:
            if _is_header(line):
                _require_width(int(line.split()[1]), name, d_model)
                continue
            _require_width(len(line.split()) - 1, name, d_model)
        where = f"{name}, line {number}: expected a word and {d_model} numbers"
        if len(cells) != d_model + 1:
            raise ValueError(f"{where}, found {len(line.split())} parts")
        word = cells[0].decode("utf-8", errors="replace")
        if word.casefold() not in wanted:
            continue
        try:
            vector = np.array(cells[1:], dtype=np.float32)
        except ValueError:
            vector = np.array([np.nan], np.float32)
        if not np.isfinite(vector).all():
            raise ValueError(f"{where}, found something else after {word!r}")
        yield word, vector


def _read_binary(
    stream: BufferedIOBase, name: str, d_model: int, wanted: Container[str]
) -> Iterator[tuple[str, Vector]]:
    """The words that are wanted, each with its vector."""
    header = stream.readline(100)
    if not _is_header(header):
        raise ValueError(
            f"{name} is no binary file of word2vec: expected a first line of two numbers, found "
            f"{header[:20]!r}; set embed.file.format to text if it is text"
        )
    words, width = map(int, header.split())
    _require_width(width, name, d_model)
    for number in range(1, words + 1):
        word = _until_space(stream)
        numbers = stream.read(4 * d_model)
        if word is None or len(numbers) < 4 * d_model:
            raise ValueError(
                f"{name} ends, or is damaged, at vector {number} of {words}: fetch it again"
            )
        text = word.lstrip(b"\n").decode("utf-8", errors="replace")
        if text.casefold() not in wanted:
            continue
        vector = np.frombuffer(numbers, "<f4")
        if not np.isfinite(vector).all():
            raise ValueError(f"{name}, vector {number} of {words}: expected numbers, found others")
        yield text, vector


def _until_space(stream: BufferedIOBase) -> bytes | None:
    found = bytearray()
    while len(found) < LONGEST_WORD:
        byte = stream.read(1)
        if byte == b" ":
            return bytes(found)
        if not byte:
            break
        found += byte
    return None


def _is_header(line: bytes) -> bool:
    cells = line.split()
    return len(cells) == 2 and all(cell.isdigit() for cell in cells)


def _require_width(found: int, name: str, d_model: int) -> None:
    if found != d_model:
        raise ValueError(
            f"expected vectors of encoder.d_model = {d_model} numbers, found {found} in {name}: "
            f"set encoder.d_model to {found} (encoder.n_heads must divide it), or take another file"
        )
