from pathlib import Path

import pytest

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.card import read_card
from pipeline.corpus.store import read_examples, read_rows

STORED = Artifacts(Path(__file__).parents[2])

pytestmark = [
    pytest.mark.real_corpus,
    pytest.mark.skipif(
        not STORED.corpus.is_dir() or read_card(STORED.corpus)["source"] != "ewt",
        reason="the English Web Treebank is not here: `dvc repro corpus` fetches it",
    ),
]

# Sentences and words: the figures that Universal Dependencies 1.2 was released with. The sentences
# that also stand in train were counted apart from this code.
PUBLISHED = {
    "train": (12_543, 204_586, 0, 540),
    "validation": (2_002, 25_148, 68, 318),
    "test": (2_077, 25_096, 95, 316),
}


def test_the_treebank_has_the_published_size():
    splits = read_card(STORED.corpus)["splits"]
    names = ("sentences", "words", "also_in_train", "documents")
    assert {s: tuple(splits[s][name] for name in names) for s in SPLITS} == PUBLISHED
    assert len(splits["train"]["annotations"]["upos"]) == 17
    genres = {"answers", "email", "newsgroup", "reviews", "weblog"}
    assert set(splits["train"]["labels"]["genre"]) == genres


@pytest.mark.parametrize("split", SPLITS)
def test_the_card_agrees_with_the_rows(split):
    batches = list(read_rows(STORED.corpus_split(split), ["form"]))
    words = sum(len(batch.column("form").flatten()) for batch in batches)
    assert (sum(batch.num_rows for batch in batches), words) == PUBLISHED[split][:2]


def test_every_sentence_is_one_tree():
    for sentence in read_examples(STORED.corpus_split("validation")):
        head = sentence.annotations["head"]
        assert head.count(0) == 1
        assert sentence.annotations["deprel"][head.index(0)] == "root"
        for word in range(1, len(head) + 1):
            steps = 0
            while word:
                word, steps = head[word - 1], steps + 1
                assert steps <= len(head)
