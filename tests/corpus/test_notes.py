from examples import example
from pipeline.artifacts import SPLITS
from pipeline.corpus.card import read_card
from pipeline.corpus.example import Example
from pipeline.corpus.notes import corpus_notes, label_notes, stage_notes, unseen_notes
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus


def one(forms, labels, genre=""):
    return example("1", forms, genre, upos=tuple(labels))


def notes(folder, column="upos", **splits):
    source = Source("conllu", "tiny", "", None, {}, {name: [s] for name, s in splits.items()})
    write_corpus(folder, source)
    card = read_card(folder)
    return [*corpus_notes(card), *unseen_notes(card, column)]


def test_a_label_that_train_never_has_is_told_with_its_words(tmp_path):
    train, test = one("ab", "XY"), one("abc", "XZZ")
    assert notes(tmp_path, train=train, validation=train, test=test) == [
        "test: 2 words with a label that train never has ('Z'): always counted as wrong, and in no "
        "loss"
    ]


def test_a_label_of_the_whole_that_train_never_has_is_told_with_its_sentences(tmp_path):
    train, test = one("ab", "XY", "mail"), one("ab", "ZZ", "poem")
    assert notes(tmp_path, "genre", train=train, validation=train, test=test) == [
        "test: 1 sentence with a label that train never has ('poem'): always counted as wrong, and "
        "in no loss; where several labels may hold, not asked about"
    ]


def test_of_spans_a_kind_that_train_never_has_is_told_and_a_place_in_a_known_one_is_not(tmp_path):
    train, test = one("ab", ["B-PER", "O"]), one("abcd", ["B-PER", "I-PER", "B-LOC", "NEW"])
    (found,) = notes(tmp_path, train=train, validation=train, test=test)
    assert found.startswith("test: 2 words with a label that train never has ('B-LOC', 'NEW')")


def test_of_words_in_columns_a_tag_that_train_never_has_is_told_by_the_stage(tmp_path):
    words = [Example(str(i), ("a",), {"tag": (tag,)}) for i, tag in enumerate("NNX")]
    splits = {split: [word] for split, word in zip(SPLITS, words, strict=True)}
    write_corpus(tmp_path, Source("conll", "tiny", "", None, {}, splits))
    (found,) = (note for note in stage_notes(read_card(tmp_path)) if "never" in note)
    assert found.startswith("test: 1 word with a label that train never has ('X')")


def test_words_that_are_withheld_are_told(tmp_path):
    train, held = one("a_", "XX"), one("__", "XX")
    (found,) = notes(tmp_path, train=train, validation=held, test=train)
    assert found.startswith('validation: every word is "_": the treebank withholds its words')


def test_of_an_ordinary_corpus_nothing_is_told(tmp_path):
    train = one("ab", "XY")
    assert notes(tmp_path, train=train, validation=train, test=train) == []


def test_a_column_that_is_not_counted_everywhere_has_no_label_of_one_example(tmp_path):
    labels = [f"intent {i % 300}" for i in range(900)]
    held = labels[:50] * 3
    splits = {"train": labels, "validation": [*held, "intent 99"], "test": held}
    source = Source("table", "tiny", "", None, {}, {
        split: [Example(f"{split}{i}", ("a", f"w{i}"), {}, {"intent": one})
                for i, one in enumerate(its)]
        for split, its in splits.items()
    })  # fmt: skip
    write_corpus(tmp_path, source)
    assert list(label_notes(read_card(tmp_path))) == []
