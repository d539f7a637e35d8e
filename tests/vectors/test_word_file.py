"""Files of word vectors in each form that people pass on, whole and damaged."""

import gzip

import numpy as np
import pytest

from pipeline.vectors.word_file import table_of_file

TOKENS = {"cat": 3, "paris": 4, "Zürich": 5, "a b": 6, "unseen": 7}
VECTORS = {
    "the": [9.0, 9.0], "cat": [3.0, 4.0], "Paris": [1.0, 0.0], "PARIS": [8.0, 8.0],
    "Zürich": [0.0, -2.0], "a b": [0.5, 0.5],
}  # fmt: skip


def lines(end=""):
    return [f"{word} {' '.join(map(str, vector))}{end}\n" for word, vector in VECTORS.items()]


def glove(path):
    path.write_text("".join(lines()), encoding="utf-8")


def word2vec_text(path):
    path.write_text("".join([f"{len(VECTORS)} 2\n", *lines(end=" ")]), encoding="utf-8")


def packed(path):
    path.write_bytes(gzip.compress("".join([f"{len(VECTORS)} 2\n", *lines()]).encode()))


def binary(path, between=b"\n"):
    told = {word.replace(" ", "_"): vector for word, vector in VECTORS.items()}
    body = [
        word.encode() + b" " + np.array(vector, "<f4").tobytes() + between
        for word, vector in told.items()
    ]
    path.write_bytes(b"%d 2\n" % len(told) + b"".join(body))


def read(path, is_binary=False, tokens=TOKENS, width=2):
    return table_of_file(path, is_binary, tokens, np.full((8, width), 7.0, np.float32))


@pytest.mark.parametrize(
    ("name", "write", "is_binary"),
    [
        ("glove.txt", glove, False), ("word2vec.txt", word2vec_text, False),
        ("fasttext.vec.gz", packed, False), ("word2vec.bin", binary, True),
        ("unbroken.bin", lambda path: binary(path, b""), True),
    ],
)  # fmt: skip
def test_each_form_gives_the_vectors_of_the_tokens_that_it_has(tmp_path, name, write, is_binary):
    write(tmp_path / name)
    table, is_found = read(tmp_path / name, is_binary)
    rows = [3, 4, 5] if is_binary else [3, 4, 5, 6]  # a binary file's words hold no space
    assert np.flatnonzero(is_found).tolist() == rows
    names = ["cat", "Paris", "Zürich", "a b"][: len(rows)]
    expected = np.array([VECTORS[word] for word in names])
    scale = np.sqrt((expected**2).sum(axis=1).mean())
    np.testing.assert_allclose(table[rows], expected / scale, rtol=1e-6)
    assert (table[[0, 1, 2, 7]] == 7).all()


def test_a_word_written_alike_counts_more_than_one_in_other_letters(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("Cat 1 0\ncat 0 1\ncat 5 5\n")
    table, _ = read(path, tokens={"cat": 1, "CAT": 2})
    np.testing.assert_allclose(table[[1, 2]], [[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cat 1 2 3\n", "expected vectors of encoder.d_model = 2 numbers, found 3 in v.txt: set"),
        ("1 3\ncat 1 2 3\n", "encoder.d_model = 2 numbers, found 3 in v.txt"),
        ("the 1 2\ncat 1\n", "v.txt, line 2: expected a word and 2 numbers, found 2 parts"),
        ("the 1 2\ncat 1 x\n", "v.txt, line 2: expected a word and 2 numbers, found something"),
        ("the 1 2\ncat 1 nan\n", "v.txt, line 2: expected a word and 2 numbers, found something"),
        ("the 1 2\n", "v.txt has a vector for none of the 5 tokens"),
        ("", "v.txt has a vector for none"),
    ],
)
def test_a_damaged_or_unfitting_text_is_named_by_its_line(tmp_path, text, said):
    path = tmp_path / "v.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        read(path)


def test_a_binary_file_that_ends_early_or_is_none_is_named(tmp_path):
    path = tmp_path / "v.bin"
    binary(path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match=r"v.bin ends, or is damaged, at vector 6 of 6"):
        read(path, is_binary=True)
    glove(path)
    with pytest.raises(ValueError, match=r"set embed.file.format to text"):
        read(path, is_binary=True)
    binary(path)
    with pytest.raises(ValueError, match=r"encoder.d_model = 3 numbers, found 2"):
        read(path, is_binary=True, width=3)
