import hashlib
import json
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.corpus.example import Example, row_line, words_hash


def sentence(**changes):
    columns = {
        "form": ("Dogs", "bark"),
        "lemma": ("dog", "bark"),
        "upos": ("NOUN", "VERB"),
        "xpos": ("NNS", "VBP"),
        "head": (2, 0),
        "deprel": ("nsubj", "root"),
    }
    columns |= changes
    return Example("s-1", columns.pop("form"), columns, {"genre": ""})


def test_a_sentence_without_words_is_refused_by_its_id():
    nothing = dict.fromkeys(("form", "lemma", "upos", "xpos", "head", "deprel"), ())
    with pytest.raises(ValueError, match=r"'s-1': expected at least one word"):
        sentence(**nothing)


def test_columns_of_different_lengths_are_refused_with_their_lengths():
    with pytest.raises(ValueError, match=r"'s-1'.*2 form.*1 upos"):
        sentence(upos=("NOUN",))


def test_words_stand_in_their_text_where_they_are_said_to():
    told = {"text": "Dogs  bark", "start": (0, 6), "end": (4, 10)}
    assert Example("s-1", ("Dogs", "bark"), **told).row()["text"] == "Dogs  bark"
    with pytest.raises(ValueError, match="'s-1': its words do not stand in its text where they"):
        Example("s-1", ("Dogs", "bark"), **told | {"start": (0, 5)})


@pytest.mark.parametrize("head", [(3, 0), (-1, 0), (1, 0)])
def test_a_head_that_is_no_other_word_is_refused(head):
    with pytest.raises(
        ValueError, match=rf"'s-1': word 1 has head {head[0]}: expected 0 .* 1 to 2"
    ):
        sentence(head=head)


@pytest.mark.parametrize("column", ["form", "upos"])
def test_an_empty_word_or_label_is_refused_with_its_place(column):
    with pytest.raises(ValueError, match=rf"expected a {column} for every word.*word 2"):
        sentence(**{column: ("Dogs", "")})


def test_the_hash_of_words_sees_where_words_end():
    assert words_hash(["ab"]) != words_hash(["a", "b"])
    assert words_hash(['a", "b']) != words_hash(["a", "b"])


def test_the_hash_of_words_is_the_same_in_another_process():
    code = "from pipeline.corpus.example import words_hash; print(words_hash(['Hunde', 'bellen']))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert int(other) == words_hash(["Hunde", "bellen"])


TEXTS = st.text(st.characters(codec="utf-8"))


@given(
    st.lists(TEXTS.filter(bool), min_size=1, max_size=5),
    st.lists(TEXTS, max_size=3),
    TEXTS,
)
@example(['"', "\\", "\x1f", "a\x1fb", "\n", "\x7f", "\u2028", "é", "🙂"], ["", "\x1f"], "\t")
@example(["a"], [], "")
def test_a_row_is_the_line_of_json_that_the_library_writes(form, several, one):
    heads = tuple(0 for _ in form)
    row = Example(one, tuple(form), {"head": heads}, {"several": tuple(several), "one": one})
    wanted = json.dumps(list(row.row().values()), ensure_ascii=False) + "\n"
    assert row_line(row) == wanted.encode()
    words = json.dumps(form, ensure_ascii=False).encode()
    assert words_hash(form) == int.from_bytes(hashlib.blake2b(words, digest_size=8).digest())
