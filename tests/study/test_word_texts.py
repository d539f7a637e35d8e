import numpy as np
import pytest
from stored_sentences import SENTENCES, stored

from pipeline.study.word_texts import read_texts
from pipeline.tokens.tokenizer import LEARNED


def texts_of(folder, unit, is_lowercase):
    encoding, split = stored(folder, unit, is_lowercase)
    return read_texts(folder / "validation.parquet", encoding, split), split


@pytest.mark.parametrize("is_lowercase", [True, False])
def test_words_are_the_same_where_the_vocabulary_sees_the_same_text(tmp_path, is_lowercase):
    texts, split = texts_of(tmp_path, "word", is_lowercase)
    assert (split.input_ids == LEARNED.unknown).sum() > 3
    seen = [w.lower() if is_lowercase else w for sentence in SENTENCES for w in sentence]
    same = np.array([[one == other for other in seen] for one in seen])
    np.testing.assert_array_equal(texts[:, None] == texts, same)


def test_every_piece_of_a_word_has_the_words_text(tmp_path):
    texts, split = texts_of(tmp_path, "bpe", False)
    starts = np.repeat(split.offsets[:-1], split.lengths)
    seen = [
        SENTENCES[int(start > 0)][word] for start, word in zip(starts, split.word_ids, strict=True)
    ]
    assert len(seen) > sum(map(len, SENTENCES))
    same = np.array([[one == other for other in seen] for one in seen])
    np.testing.assert_array_equal(texts[:, None] == texts, same)
