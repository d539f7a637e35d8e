import dataclasses
import hashlib
import json
import string
import tempfile
from itertools import accumulate, pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import example
from pipeline.artifacts import SPLITS
from pipeline.corpus import split_writer
from pipeline.corpus.card import read_card, said_of_overlap
from pipeline.corpus.columns import Columns
from pipeline.corpus.example import Example, row_line
from pipeline.corpus.source import Source
from pipeline.corpus.store import ROWS, read_columns, read_examples, read_rows
from pipeline.corpus.tally import FEW
from pipeline.corpus.writing import write_corpus


def plain(sentence_id, *form, upos="X", genre="", document=""):
    return example(sentence_id, form, genre, document, upos=(upos,) * len(form))


def source(train, validation, test, notices=None):
    splits = {"test": iter(test), "train": iter(train), "validation": iter(validation)}
    return Source("conllu", "tiny", "data/source/tiny", None, notices or {}, splits)


def tiny():
    return source(
        [plain("1", "a", "b", genre="mail"), plain("2", "a", upos="Y")],
        [plain("1", "a", "b"), plain("2", "ab")],
        [plain(str(i), word, document=d) for i, (word, d) in enumerate(["cx", "ay", "ay"])],
        {"LICENSE.txt": "Do as you please.\n"},
    )


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


text = st.text(min_size=1, max_size=8)


@st.composite
def drawn(draw):
    n = draw(st.integers(1, 6))
    column = st.lists(text, min_size=n, max_size=n).map(tuple)
    heads = [draw(st.integers(0, n).filter(lambda head, k=k: head != k)) for k in range(1, n + 1)]
    annotations = {name: draw(column) for name in ("ner", "any other")} | {"head": tuple(heads)}
    labels = {"genre": draw(st.text()), "topics": tuple(draw(st.lists(st.text(), max_size=3)))}
    return Example(draw(text), draw(column), annotations, labels, draw(st.text()))


@given(st.lists(drawn(), min_size=1, max_size=5, unique_by=lambda one: one.sentence_id))
def test_what_is_stored_is_what_is_read(wanted):
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(Path(folder), source(wanted, wanted, wanted))
        for split in SPLITS:
            assert list(read_examples(Path(folder) / f"{split}.parquet")) == wanted


def test_the_same_sentences_give_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_corpus(tmp_path / name, tiny())
    assert hashes(tmp_path / "one") == hashes(tmp_path / "other")
    assert set(hashes(tmp_path / "one")) == {
        "train.parquet", "validation.parquet", "test.parquet", "rows.parquet", "card.json",
        "croissant.json", "LICENSE.txt",
    }  # fmt: skip


def test_the_card_counts_what_a_hand_counts(tmp_path):
    write_corpus(tmp_path, tiny())
    card = read_card(tmp_path)
    assert (card["source"], card["name"], card["licence"]) == ("conllu", "tiny", None)
    train = card["splits"]["train"]
    assert (train["sentences"], train["words"], train["distinct_forms"]) == (2, 3, 2)
    assert (train["longest_sentence"], train["also_in_train"]) == (2, 0)
    assert train["annotations"]["upos"] == {"X": 2, "Y": 1}
    assert train["labels"] == {"genre": {"mail": 1, "": 1}}
    assert card["columns"] == {
        "annotations": ["lemma", "upos", "xpos", "feats", "head", "deprel"], "labels": ["genre"],
        "has_text": False,
    }  # fmt: skip
    assert card["splits"]["validation"]["also_in_train"] == 1  # "ab" is not "a" "b"
    assert card["splits"]["test"]["also_in_train"] == 2
    assert [card["splits"][split]["documents"] for split in SPLITS] == [0, 0, 2]


def labelled(name, *topics, ner=("O",)):
    return Example(name, ("a",) * len(ner), {"ner": ner}, {"topics": topics, "mood": "glad"})


def test_the_card_counts_any_column_and_names_what_train_never_has(tmp_path):
    train = [labelled("1", "tax", "law"), labelled("2", "tax", ner=("O", "LOC"))]
    write_corpus(
        tmp_path, source(train, [labelled("1")], [labelled("1", "war", "tax", ner=("PER", "PER"))])
    )
    splits = read_card(tmp_path)["splits"]
    assert splits["train"]["labels"] == {"topics": {"tax": 2, "law": 1}, "mood": {"glad": 2}}
    assert splits["train"]["annotations"] == {"ner": {"O": 2, "LOC": 1}}
    assert splits["validation"]["labels"]["topics"] == {}
    unseen = [splits[split]["not_in_train"] for split in SPLITS]
    assert unseen == [{}, {}, {"ner": {"PER": 2}, "topics": {"war": 1}}]


def test_a_column_with_many_values_is_no_set_of_labels_and_is_not_counted(tmp_path):
    def many(count):
        return [labelled(str(n), f"topic{n}", ner=(f"X{n}",)) for n in range(count)]

    write_corpus(tmp_path, source(many(FEW), many(FEW + 1), many(1)))
    splits = read_card(tmp_path)["splits"]
    assert len(splits["train"]["annotations"]["ner"]) == FEW
    assert splits["validation"]["annotations"] == {}
    assert list(splits["validation"]["labels"]) == ["mood"]


def overlapping(validation, test):
    splits = {"train": (90, 0), "validation": (40, validation), "test": (1000, test)}
    held = {name: {"sentences": n, "also_in_train": also} for name, (n, also) in splits.items()}
    return said_of_overlap({"splits": held})


def test_held_out_sentences_that_training_saw_are_told_where_they_are_many():
    said = overlapping(40, 1000)
    assert said.startswith("also in train: validation 40/40, test 1,000/1,000 sentences; ")
    assert overlapping(4, 0).startswith("also in train: validation 4/40, test 0/1,000")
    assert overlapping(3, 99) is None


def test_the_cards_hash_is_of_the_rows_and_sees_every_column(tmp_path):
    write_corpus(tmp_path, tiny())
    rows = [
        json.dumps(list(row.values()), ensure_ascii=False) + "\n"
        for row in pq.read_table(tmp_path / "train.parquet").to_pylist()
    ]
    wanted = hashlib.sha256("".join(rows).encode()).hexdigest()
    assert read_card(tmp_path)["splits"]["train"]["sha256"] == wanted
    seen = {wanted}
    base = plain("1", "a", "b")
    changed = [
        *(dataclasses.replace(base, **{name: "new"}) for name in ("sentence_id", "document")),
        dataclasses.replace(base, form=("new", "b")),
        dataclasses.replace(base, labels={"genre": "new"}),
        *(
            dataclasses.replace(base, annotations=base.annotations | {name: new})
            for name in base.annotations
            for new in [(2, 0) if name == "head" else ("new", "b")]
        ),
    ]
    for one in changed:
        write_corpus(tmp_path, source([one], [base], [base]))
        seen.add(read_card(tmp_path)["splits"]["train"]["sha256"])
    assert len(seen) == 1 + len(changed) == 1 + len(base.row())


@pytest.mark.parametrize("empty", SPLITS)
def test_an_empty_split_is_refused_by_name(tmp_path, empty):
    splits = {split: [] if split == empty else [plain("1", "a")] for split in SPLITS}
    with pytest.raises(
        ValueError, match=f"{empty} is empty: tiny must have a sentence for each of"
    ):
        write_corpus(tmp_path, source(**splits))


def test_an_id_that_stands_twice_in_a_split_is_refused(tmp_path):
    one = plain("same", "a")
    with pytest.raises(ValueError, match=r"validation has two sentences with the id 'same'"):
        write_corpus(tmp_path, source([one], [one, one], [one]))


def test_rows_come_in_order_and_in_pieces(tmp_path):
    many = [plain(str(n), *string.ascii_letters[: 1 + n % 9]) for n in range(2 * ROWS + 5)]
    write_corpus(tmp_path, source(many, many[:1], many[:1]))
    pieces = list(read_rows(tmp_path / "train.parquet", ["sentence_id", "form"]))
    assert [piece.num_rows for piece in pieces] == [ROWS, ROWS, 5]
    assert pieces[0].schema.names == ["sentence_id", "form"]
    ids = [id_ for piece in pieces for id_ in piece.column("sentence_id").to_pylist()]
    assert ids == [str(n) for n in range(2 * ROWS + 5)]


def test_of_long_examples_fewer_are_in_memory_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(split_writer, "GROUP", 20_000)
    monkeypatch.setattr(split_writer, "AT_ONCE", 4_000)
    many = [plain(str(n), *string.ascii_letters * (1 + n % 9)) for n in range(60)]
    write_corpus(tmp_path, source(many, many[:1], many[:1]))
    pieces = list(read_rows(tmp_path / "train.parquet", ["sentence_id"]))
    sizes = [sum(len(row_line(one)) for one in many[a:b]) for a, b in ends(pieces)]
    longest = max(len(row_line(one)) for one in many)
    assert len(sizes) > 3
    assert all(20_000 <= size < 20_000 + longest for size in sizes[:-1])
    assert list(read_examples(tmp_path / "train.parquet")) == many


def ends(pieces):
    return pairwise([0, *accumulate(piece.num_rows for piece in pieces)])


def test_a_hostile_word_is_stored_as_it_is(tmp_path):
    hostile = ["שלום", "👩‍👩‍👧", "tab\there", "line\nend", "\u202eabc", "x" * 1_000_000, "\x00"]
    one = plain("tab\tand\nline", *hostile, genre="a\tb\nc")
    write_corpus(tmp_path, source([one], [one], [one]))
    assert list(read_examples(tmp_path / "test.parquet")) == [one]


def test_a_missing_corpus_names_the_stage_that_makes_it(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"train.parquet is missing: run `dvc repro corpus`"
    ):
        next(read_rows(tmp_path / "train.parquet", ["form"]))
    with pytest.raises(FileNotFoundError, match=r"card.json is missing: run `dvc repro corpus`"):
        read_card(tmp_path)


def test_an_unknown_column_is_refused_with_those_that_are_there(tmp_path):
    write_corpus(tmp_path, tiny())
    with pytest.raises(
        ValueError, match=r"train\.parquet has no column mood, upo; it has"
    ) as error:
        next(read_rows(tmp_path / "train.parquet", ["form", "upo", "mood"]))
    assert str(error.value).endswith(
        "of each word: form, lemma, upos, xpos, feats, head, deprel; "
        "of the whole: sentence_id, genre, document"
    )


def test_a_stored_split_says_what_it_has_of_each_word_and_of_the_whole(tmp_path):
    one = labelled("1", "tax")
    write_corpus(tmp_path, source([one], [one], [one]))
    for split in SPLITS:
        found = read_columns(tmp_path / f"{split}.parquet")
        assert found == Columns(annotations=("ner",), labels=("topics", "mood"))


@pytest.mark.parametrize("split", SPLITS)
def test_an_example_with_other_columns_than_the_first_is_refused(tmp_path, split):
    one, other = plain("1", "a"), dataclasses.replace(plain("2", "a"), labels={"mood": "glad"})
    splits = {name: [one, other] if name == split else [one] for name in SPLITS}
    with pytest.raises(ValueError, match=r"'2' has the columns sentence_id, mood, form") as error:
        write_corpus(tmp_path, source(**splits))
    assert "expected those of the corpus' first: sentence_id, genre, form" in str(error.value)


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    one = dataclasses.replace(plain("1", "a"), labels={"upos": "X"})
    with pytest.raises(ValueError, match="expected each column once, found upos twice"):
        write_corpus(tmp_path, source([one], [one], [one]))


def test_a_file_with_other_columns_is_refused(tmp_path):
    pq.write_table(pa.table({"form": ["not", "a", "corpus"]}), tmp_path / "train.parquet")
    with pytest.raises(ValueError, match=r"damaged \(its columns are not those of a corpus\)"):
        next(read_rows(tmp_path / "train.parquet", ["form"]))


@pytest.mark.parametrize("share_left", [0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_named_with_what_to_do(tmp_path, share_left):
    many = [plain(str(n), f"word{n}") for n in range(500)]
    write_corpus(tmp_path, source(many, many, many))
    path = tmp_path / "train.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share_left * len(whole))])
    wanted = r"train.parquet is damaged \(.*\): delete the folder .*`dvc checkout`"
    with pytest.raises(ValueError, match=wanted):
        next(read_rows(path, ["form"]))


def test_no_flipped_byte_among_the_rows_passes_for_data(tmp_path):
    many = [plain(str(n), f"word{n}") for n in range(60)]
    write_corpus(tmp_path, source(many, many, many))
    path = tmp_path / "train.parquet"
    whole = path.read_bytes()
    # The last 8 bytes are the length of the footer, which Parquet has no checksum for, and a mark.
    end_of_rows = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    outcomes = []
    for place in range(0, end_of_rows, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        outcomes.append(outcome(path, many))
    assert set(outcomes) <= {"damaged", "same"}
    assert outcomes.count("damaged") > 0.9 * len(outcomes)


def outcome(path, wanted):
    try:
        return "same" if list(read_examples(path)) == wanted else "changed"
    except ValueError as error:
        return "damaged" if "is damaged" in str(error) else str(error)
