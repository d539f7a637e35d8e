from pipeline.corpus.card import read_card
from pipeline.corpus.notes import corpus_notes
from pipeline.corpus.sentence import Sentence
from pipeline.corpus.source import Source
from pipeline.corpus.store import write_corpus


def one(forms, labels):
    rest = ("_",) * len(forms)
    return Sentence("1", "", tuple(forms), rest, tuple(labels), rest, (0,) * len(forms), rest)


def notes(folder, **splits):
    source = Source("conllu", "tiny", "", None, {}, {name: [s] for name, s in splits.items()})
    write_corpus(folder, source)
    return list(corpus_notes(read_card(folder)))


def test_a_label_that_train_never_has_is_told_with_its_words(tmp_path):
    train, test = one("ab", "XY"), one("abc", "XZZ")
    assert notes(tmp_path, train=train, validation=train, test=test) == [
        "test: 2 words with a label that train never has ('Z'): always wrong, and without a loss"
    ]


def test_words_that_are_withheld_are_told(tmp_path):
    train, held = one("a_", "XX"), one("__", "XX")
    (found,) = notes(tmp_path, train=train, validation=held, test=train)
    assert found.startswith('validation: every word is "_": the treebank withholds its words')


def test_of_an_ordinary_corpus_nothing_is_told(tmp_path):
    train = one("ab", "XY")
    assert notes(tmp_path, train=train, validation=train, test=train) == []
