import pytest

from pipeline.corpus.formats.conllu_lines import read_conllu
from pipeline.corpus.source import Found


def line(*columns):
    return "\t".join(columns)


def word(place, form, upos="NOUN", head="0"):
    return line(str(place), form, form.lower(), upos, "_", "_", head, "root", "_", "_")


def write(tmp_path, text, name="treebank.conllu"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(tmp_path, text, labels=("genre",)):
    return list(read_conllu(write(tmp_path, text), labels, {}))


def test_the_columns_of_a_hand_written_sentence_are_read(tmp_path):
    text = (
        "# sent_id = a-7\n# text = Dogs bark\n"
        "1\tDogs\tdog\tNOUN\tNNS\tNumber=Plur\t2\tnsubj\t2:nsubj\t_\n"
        "2\tbark\tbark\tVERB\tVBP\t_\t0\troot\t0:root\tSpaceAfter=No\n"
    )
    (found,) = read(tmp_path, text)
    assert found.sentence_id == "a-7"
    assert found.form == ("Dogs", "bark")
    assert found.annotations == {
        "lemma": ("dog", "bark"), "upos": ("NOUN", "VERB"), "xpos": ("NNS", "VBP"),
        "feats": ("Number=Plur", "_"), "head": (2, 0), "deprel": ("nsubj", "root"),
    }  # fmt: skip


def test_ranges_and_empty_nodes_are_left_out(tmp_path):
    lines = [
        line("1-2", "vámonos", *"_" * 8),
        word(1, "vamos"),
        word(2, "nos", head="1"),
        line("2.1", "ghost", *"_" * 8),
        word(3, "ya", head="1"),
    ]
    (found,) = read(tmp_path, "\n".join(lines))
    assert found.form == ("vamos", "nos", "ya")
    assert found.annotations["head"] == (0, 1, 1)


def test_a_head_that_is_not_given_is_zero(tmp_path):
    (found,) = read(tmp_path, word(1, "a", head="_") + "\n" + word(2, "b", head="_"))
    assert found.annotations["head"] == (0, 0)


def test_the_genre_is_the_documents_unless_the_sentence_has_its_own(tmp_path):
    text = "\n\n".join(
        [
            word(1, "none"),
            f"# newdoc id = weblog-someone_2005\n{word(1, 'blog')}",
            word(1, "still"),
            f"# genre = poem\n{word(1, 'own')}",
            f"# newdoc id = w01\n{word(1, 'unnamed')}",
            f"# newdoc\n# genre = news\n{word(1, 'news')}",
            word(1, "on"),
        ]
    )
    genres = [sentence.labels["genre"] for sentence in read(tmp_path, text)]
    assert genres == ["", "weblog", "weblog", "poem", "", "news", "news"]


def test_the_comments_that_are_asked_for_are_labels_of_the_whole(tmp_path):
    text = f"# sentiment = good\n# speaker = A\n{word(1, 'a')}\n\n# speaker = B\n{word(1, 'b')}"
    found = [sentence.labels for sentence in read(tmp_path, text, ("sentiment", "speaker"))]
    assert found == [{"sentiment": "good", "speaker": "A"}, {"sentiment": "", "speaker": "B"}]
    assert [sentence.labels for sentence in read(tmp_path, text, ())] == [{}, {}]


def test_the_document_is_the_last_that_was_begun(tmp_path):
    text = "\n\n".join(
        [
            word(1, "before"),
            f"# newdoc id = w01\n{word(1, 'first')}",
            word(1, "still"),
            f"# newdoc\n{word(1, 'unnamed')}",
            word(1, "on"),
            f"# newdoc\n{word(1, 'another')}",
        ]
    )
    documents = [sentence.document for sentence in read(tmp_path, text)]
    assert documents == ["", "w01", "w01", "treebank-4", "treebank-4", "treebank-6"]


def test_a_sentence_without_an_id_is_named_by_file_and_number(tmp_path):
    found = read(tmp_path, f"{word(1, 'a')}\n\n\n{word(1, 'b')}\n")
    assert [sentence.sentence_id for sentence in found] == ["treebank-1", "treebank-2"]


def test_comments_without_a_sentence_are_left_out(tmp_path):
    found = read(tmp_path, f"# a treebank of our own\n\n{word(1, 'a')}\n")
    assert [sentence.form for sentence in found] == [("a",)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", ("\r", "\n", "\r\n", "\n", "\r\n", "\r")])
def test_any_line_end_and_any_mixture_gives_the_same_sentences(tmp_path, ends):
    lines = ["# sent_id = 1", word(1, "a\u2028b"), "", "# sent_id = 2", word(1, "c"), ""]
    found: dict[str, Found] = {}
    text = "".join(
        line + (ends if isinstance(ends, str) else ends[place]) for place, line in enumerate(lines)
    )
    sentences = list(read_conllu(write(tmp_path, text), (), found))
    assert [(s.sentence_id, s.form) for s in sentences] == [("1", ("a\u2028b",)), ("2", ("c",))]
    assert found == {"treebank.conllu": Found(sentences=2, comments=2, left_out=0)}


def test_what_is_no_sentence_and_no_word_is_counted(tmp_path):
    lines = [line("1-2", "du", *"_" * 8), word(1, "de"), word(2, "le"), line("2.1", "x", *"_" * 8)]
    text = "# a treebank\n\n# text = du\n" + "\n".join(lines)
    found: dict[str, Found] = {}
    path = write(tmp_path, text)
    for _ in range(2):  # a single file is read for each split
        list(read_conllu(path, (), found))
    assert found == {"treebank.conllu": Found(sentences=1, comments=2, left_out=2)}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_a_byte_order_mark_are_no_part_of_a_word(tmp_path, end):
    (found,) = read(tmp_path, "\ufeff" + word(1, "a") + end + word(2, "b", head="1") + end)
    assert found.form == ("a", "b")


def test_a_byte_order_mark_of_joined_files_is_no_part_of_a_word(tmp_path):
    one = "\ufeff" + word(1, "a") + "\n\n"
    other = "\ufeff# sent_id = second\n" + word(1, "b") + "\n\n"
    first, second, third = read(tmp_path, one + other + one)
    assert (first.form, second.form, third.form) == (("a",), ("b",), ("a",))
    assert second.sentence_id == "second"


HOSTILE = [
    "שלום",
    "👩‍👩‍👧",
    "10  000",
    "a\u2028b",
    "\x00",
    "#",
    "<script>",
    "x" * 100_000,
    "_",
    "e\u0301",
]


@pytest.mark.parametrize("form", HOSTILE, ids=[ascii(form)[:12] for form in HOSTILE])
def test_a_strange_word_comes_through_as_it_is(tmp_path, form):
    (found,) = read(tmp_path, f"# text = a\tb \u202e {form[:9]!r}\n{word(1, form)}\n")
    assert found.form == (form,)


HEAD = "expected 0 for the root or another word of 1 to 2 as head, found"
LABEL = "expected a part of speech in the column UPOS, found"
FAULTS = {
    "three columns": ("1\tThe\tthe", "expected 10 tab-separated columns, found 3: 1\tThe\tthe"),
    "spaces for tabs": (word(1, "a").replace("\t", "  "), "tab-separated columns, found 1"),
    "eleven columns": (word(1, "a") + "\t_", "expected 10 tab-separated columns, found 11"),
    "an id twice": (word(1, "a"), "expected id 2, found '1'"),
    "an id left out": (word(3, "a"), "expected id 2, found '3'"),
    "an id that is a word": (word("two", "a"), "expected a number as id, found 'two'"),
    "no id": (word("_", "a"), "expected id 2, found '_'"),
    "a backward range": (line("3-2", "ab", *"_" * 8), "expected a number as id, found '3-2'"),
    "no form": (word(2, ""), "expected a form, found none"),
    "no label": (word(2, "a", upos="_"), f"{LABEL} '_'"),
    "an empty label": (word(2, "a", upos=""), f"{LABEL} ''"),
    "a head too far": (word(2, "a", head="3"), f"{HEAD} 3"),
    "a head below zero": (word(2, "a", head="-1"), f"{HEAD} -1"),
    "its own head": (word(2, "a", head="2"), f"{HEAD} 2"),
    "a range without its id": (word(2, "du", upos="_", head="None"), f"{LABEL} '_'"),
    "no head, as text": (word(2, "du", head="None"), "expected a number as head, found 'None'"),
    "a head that is a word": (word(2, "a", head="one"), "expected a number as head, found 'one'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_by_file_line_and_what_was_expected(tmp_path, fault):
    bad, message = FAULTS[fault]
    good = f"# sent_id = 1\n{word(1, 'x')}\n\n"
    with pytest.raises(ValueError, match=r"^treebank\.conllu, line 5: ") as error:
        read(tmp_path, f"{good}{word(1, 'before')}\n{bad}\n\n{good}")
    assert message in str(error.value)


def test_a_sentence_of_nothing_but_a_range_is_a_fault(tmp_path):
    with pytest.raises(ValueError, match=r"line 1: expected at least one word in the sentence"):
        read(tmp_path, line("1-2", "ab", *"_" * 8))


@pytest.mark.parametrize(
    ("text", "comments"), [("", 0), ("\n\n", 0), ("# sent_id = 1\r# text = a\r\r", 2)]
)
def test_a_file_without_a_sentence_is_a_fault_that_names_it(tmp_path, text, comments):
    with pytest.raises(
        ValueError, match=rf"^treebank\.conllu: .* found none, and {comments} lines"
    ):
        read(tmp_path, text)


def test_a_long_line_is_shown_shortened(tmp_path):
    with pytest.raises(ValueError, match=r"found 1") as error:
        read(tmp_path, "x" * 10_000)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_that_is_not_utf8_says_so_with_the_line(tmp_path, encoding):
    text = (word(1, "café") + "\n").encode(encoding)
    path = write(tmp_path, text)
    with pytest.raises(
        ValueError, match=r"treebank.conllu, line 1: expected UTF-8 .* save the file"
    ):
        list(read_conllu(path, (), {}))


def test_the_byte_that_is_no_utf8_is_told_with_its_place(tmp_path):
    path = write(tmp_path, word(1, "é").encode() + b"\r" + word(2, "é").encode() + b"\xff")
    place = len(word(2, "é").encode()) + 1
    with pytest.raises(ValueError, match=rf"line 2: .*found byte 0xff at place {place}:"):
        list(read_conllu(path, (), {}))
