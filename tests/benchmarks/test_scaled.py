import hashlib
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scaled import (
    MOST_COPIES,
    Lexicon,
    make_project,
    read_lexicon,
    scaled_training,
    write_conllu,
    write_scaled,
)
from examples import example
from pipeline.artifacts import SPLITS
from pipeline.corpus.example import Example
from pipeline.corpus.source import Source
from pipeline.corpus.sources.conllu import folder_splits
from pipeline.corpus.store import read_examples
from pipeline.corpus.writing import write_corpus
from pipeline.params.tokenize import WordParams
from pipeline.params.whole import read_params
from pipeline.tokens.build import learn_encoding

ROOT = Path(__file__).parents[2]
PARAMS = read_params(ROOT / "params.yaml")
WORD = PARAMS.tokenize.word
TAGS = ("NOUN", "VERB", "ADJ", "ADV")
LONG = 8
"""Words from which on a sentence is long enough to be told from all others."""


def sentence(name: str, words: list[tuple[str, str]]) -> Example:
    """A chain: each word hangs on the one before."""
    form, upos = zip(*words, strict=True)
    return example(
        name, form, genre="tale", upos=upos,
        lemma=tuple(word.lower() for word in form), xpos=tuple(word[-1].upper() for word in form),
        head=tuple(range(len(form))), deprel=("root", *["dep"] * (len(form) - 1)),
    )  # fmt: skip


def text(split: str, count: int, seed: int) -> list[Example]:
    """Frequent words, words that occur once, and one that occurs once in each case."""
    chance = random.Random(seed)
    sentences = []
    for number in range(count):
        words = []
        for _ in range(chance.randint(1, 14)):
            tag = chance.choice(TAGS)
            words.append((f"{tag.lower()}{chance.choice('abcdefgh')}", tag))
        if number % 2:
            words.append((f"{chance.choice(('Only', 'only'))}{number}", "NOUN"))
        if number in (1, 3):
            words.append(("Pair" if number == 1 else "pair", "NOUN"))
        sentences.append(sentence(f"{split}-{number}", words))
    return sentences


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A stored corpus; validation and test know the labels of train."""
    folder = tmp_path_factory.mktemp("treebank")
    splits = {split: text(split, 150 if split == "train" else 12, seed)
              for seed, split in enumerate(SPLITS)}  # fmt: skip
    write_corpus(folder, Source("conllu", "small", "", None, {}, splits))
    return folder


def stored(corpus: Path, split: str = "train") -> list[Example]:
    return list(read_examples(corpus / f"{split}.parquet"))


def scaled(corpus: Path, times: int, word: WordParams = WORD) -> list[Example]:
    return list(scaled_training(corpus / "train.parquet", times, word, seed=3))


def looked_up(sentences: list[Example]) -> Counter[str]:
    return Counter(form.lower() for one in sentences for form in one.form)


def test_two_makes_give_the_same_bytes(corpus, tmp_path):
    for name in ("one", "two"):
        write_scaled(corpus, tmp_path / name, 3, WORD, seed=3)
    one, two = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert sorted(one) == ["dev.conllu", "test.conllu", "train.conllu"]


def test_the_source_reads_back_every_sentence_and_only_train_grows(corpus, tmp_path):
    write_scaled(corpus, tmp_path / "scaled", 3, WORD, seed=3)
    found = {
        split: list(one)
        for split, one in folder_splits(tmp_path / "scaled", ("genre",), {}).items()
    }
    assert found["train"] == scaled(corpus, 3)
    assert found["train"][:150] == stored(corpus)
    assert found["validation"] == stored(corpus, "validation")
    assert found["test"] == stored(corpus, "test")


def test_one_copy_is_the_treebank_itself(corpus):
    assert scaled(corpus, 1) == stored(corpus)


def test_every_copy_has_the_treebanks_tags_trees_and_lengths(corpus):
    times, source = 3, stored(corpus)
    found = scaled(corpus, times)
    assert len(found) == times * len(source)
    assert len({one.sentence_id for one in found}) == len(found)
    for at, one in enumerate(found):
        original = source[at % len(source)]
        assert one.labels == original.labels
        for column in ("upos", "head", "deprel"):
            assert one.annotations[column] == original.annotations[column]


@pytest.mark.parametrize("word", [WORD, WORD.model_copy(update={"is_lowercase": False}),
                                  WORD.model_copy(update={"min_count": 40})])  # fmt: skip
def test_the_vocabulary_stays_while_the_forms_grow(corpus, tmp_path, word):
    params = PARAMS.tokenize.model_copy(update={"word": word})
    vocabularies, forms = [], []
    for times in (1, 3):
        sentences = scaled(corpus, times, word)
        place = tmp_path / str(times)
        place.mkdir()
        splits = dict.fromkeys(SPLITS, sentences)
        write_corpus(place, Source("conllu", "scaled", "", None, {}, splits))
        vocabularies.append(set(learn_encoding(place / "train.parquet", params).vocabulary))
        forms.append(len({form for one in sentences for form in one.form}))
    assert vocabularies[0] == vocabularies[1]
    assert forms[1] > 1.5 * forms[0]


def test_a_word_that_occurs_once_has_a_spelling_of_its_own_in_every_copy(corpus):
    once, times = [word for word, n in looked_up(stored(corpus)).items() if n == 1], 4
    found = looked_up(scaled(corpus, times))
    assert len(once) > 50
    assert sum(n == 1 for n in found.values()) == times * len(once)


def test_a_known_word_is_exchanged_for_one_of_its_tag_and_about_as_frequent_as_before(corpus):
    source, times = stored(corpus), 20
    found = scaled(corpus, times)
    known = {word for word, n in looked_up(source).items() if n > 1}
    tags = {
        (form, tag)
        for one in source
        for form, tag in zip(one.form, one.annotations["upos"], strict=True)
    }
    changed = total = 0
    for at, one in enumerate(found[len(source) :]):
        original = source[at % len(source)]
        for old, new, tag in zip(original.form, one.form, one.annotations["upos"], strict=True):
            if old.lower() in known:
                total += 1
                changed += new != old
                assert (new, tag) in tags
    assert 0.1 < changed / total < 0.25  # a tenth, and more where a sentence is short
    before, after = looked_up(source), looked_up(found)
    ratios = {word: after[word] / (times * n) for word, n in before.items() if n > 20}
    assert len(ratios) == 32
    assert all(0.85 < ratio < 1.15 for ratio in ratios.values())


def test_lemma_and_xpos_come_with_the_word(corpus):
    source = stored(corpus)
    known = {word for word, n in looked_up(source).items() if n > 1}
    for one in scaled(corpus, 3):
        known_of = one.annotations
        for form, lemma, xpos in zip(one.form, known_of["lemma"], known_of["xpos"], strict=True):
            assert form.lower() not in known or (lemma, xpos) == (form.lower(), form[-1].upper())


def test_no_long_sentence_is_repeated_by_a_copy(corpus):
    def repeats(sentences: list[Example]) -> int:
        counts = Counter(one.form for one in sentences if len(one.form) >= LONG)
        return sum(n - 1 for n in counts.values())

    assert repeats(scaled(corpus, 10)) == repeats(stored(corpus))


@given(
    words=st.sets(st.text("abqAB1", min_size=1, max_size=6), min_size=2, max_size=6),
    copies=st.sets(st.integers(0, MOST_COPIES - 1), min_size=2, max_size=3),
)
def test_no_two_words_or_copies_come_to_the_same_spelling(words, copies):
    exact = WORD.model_copy(update={"is_lowercase": False})
    lexicon = Lexicon(counts={}, pools={}, word=exact)
    assert len({lexicon.respelled(word, copy) for word in words for copy in copies}) == len(
        words
    ) * len(copies)


def test_a_spelling_that_the_text_has_is_refused():
    lexicon = read_lexicon([sentence("1", [("caqabct", "NOUN"), ("cat", "NOUN")])], WORD)
    assert lexicon.respelled("cat", copy=29) == "cqabdat"
    with pytest.raises(ValueError, match="expected 'cqabdat' to be a new word"):
        read_lexicon([sentence("1", [("Cqabdat", "NOUN")])], WORD).respelled("cat", copy=29)


def test_more_copies_than_spellings_are_refused(corpus):
    with pytest.raises(ValueError, match=f"expected 1 to {MOST_COPIES} copies, found 0"):
        scaled(corpus, 0)


def test_a_draw_is_as_likely_as_the_word_is_frequent_and_never_the_word_itself():
    words = [("a", "X")] * 2 + [("b", "X")] * 3 + [("c", "X")] * 5
    pool = read_lexicon([sentence("1", words)], WORD).pools["X"]
    drawn = Counter(pool.other("b", (i + 0.5) / 7).form for i in range(7))
    assert drawn == {"a": 2, "c": 5}
    alone = read_lexicon([sentence("1", [("a", "X")] * 2)], WORD).pools["X"]
    assert alone.other("a", 0.5) is None


def test_a_project_reads_the_scaled_treebank_and_trains_for_one_epoch(corpus, tmp_path):
    place = make_project(tmp_path / "x2", corpus, 2, {"tokenize.max_length": 99})
    params = read_params(place / "params.yaml")
    assert (params.corpus.kind, params.train.max_epochs) == ("conllu", 1)
    assert params.tokenize.max_length == 99
    found = folder_splits(place / params.corpus.conllu.path, (), {})
    assert len(list(found["train"])) == 300
    assert (place / "stages/corpus.py").is_file()
    assert not list(place.rglob("__pycache__"))


def test_words_without_lemma_or_genre_are_written_and_read(tmp_path):
    bare = example("s", ("#", "a=b"), upos=("X", "X"))
    for name in ("train", "dev", "test"):
        write_conllu([bare], tmp_path / f"{name}.conllu")
    assert list(folder_splits(tmp_path, ("genre",), {})["train"]) == [bare]
