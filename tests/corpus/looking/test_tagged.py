"""What `headway init` sees of files with a word and its tags a line."""

import gzip

import pyarrow as pa
import pytest
from looked_at import chosen, init, put

from pipeline.artifacts import Artifacts
from pipeline.corpus.choice import chosen_source
from pipeline.params.whole import read_params

SENTENCES = [
    [("Dr", "NNP", "B-PER"), ("Bo", "NNP", "I-PER"), ("saw", "VBD", "O"), ("Rome", "NNP", "B-LOC")],
    [("No", "DT", "O"), ("one", "NN", "O"), ("did", "VBD", "O")],
    [("Bo", "NNP", "B-PER"), ("saw", "VBD", "O"), ("Oslo", "NNP", "B-LOC"), (".", ".", "O")],
]  # fmt: skip


def written(sentences=SENTENCES, columns=(0, 2), sign=" ", tag=str):
    """The sentences as a file has them, each tag changed in one way."""
    rows = [[[word[i] for i in columns] for word in sentence] for sentence in sentences]
    lines = [[sign.join([*cells[:-1], tag(cells[-1])]) for cells in one] for one in rows]
    return "\n\n".join("\n".join(one) for one in lines) + "\n"


def packed(text, how):
    if how == "gz":
        return gzip.compress(text.encode())
    return pa.compress(text.encode(), "zstd", asbytes=True)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("a.conll", " "),
        ("a.bio", "\t"),
        ("a.iob", "   "),
        ("a.tsv", "\t"),
        ("a.txt", " "),
        ("eng.testa", " "),
    ],
)
def test_a_file_with_a_word_and_its_tags_a_line_is_known(project, name, sign):
    path = put(project, written(sign=sign), name)
    told = init("--from", path).output.splitlines()
    assert told[0] == f"{path}: 3 sentences, 11 words"
    assert told[1] == "ner: its tags (bio) mark 4 parts of sentences: PER 2, LOC 2"
    params = read_params(project / "params.yaml")
    assert (params.corpus.kind, params.corpus.conll.columns) == ("conll", ("form", "ner"))
    assert params.corpus.conll.separator == ("tab" if sign == "\t" else "space")
    assert (params.objective.kind, params.objective.target) == ("spans", "ner")
    made = [example for _, example in chosen_source(params.corpus, Artifacts(project)).examples()]
    assert made[0].form == ("Dr", "Bo", "saw", "Rome")
    assert made[0].annotations == {"ner": ("B-PER", "I-PER", "O", "B-LOC")}


@pytest.mark.parametrize("how", ["gz", "zst"])
@pytest.mark.parametrize("name", ["a.conll", "a.tsv"])
def test_a_packed_file_is_looked_at_and_read(project, name, how):
    path = put(project, packed(written(sign="\t"), how), f"{name}.{how}")
    assert init("--from", path).output.startswith(f"{path}: 3 sentences, 11 words\n")
    params = read_params(project / "params.yaml").corpus
    assert len(list(chosen_source(params, Artifacts(project)).examples())) == 3


@pytest.mark.parametrize("text", ["Bo B-PER\nsaw O\nRome B-LOC\n", "Bo\tS-PER\n"])
def test_of_marks_of_spans_one_sentence_is_enough(project, text):
    assert chosen(project, put(project, text, "a.txt"))["corpus.kind"] == "conll"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "the B-side\nan I-beam of it\n"),
        ("a.tsv", "text\tlabel\n" + "a few words\tx\n" * 3 + "\n" + "and others too\ty\n" * 3),
        ("a.tsv", "word\tlabel\n" + "one\tx\n" * 9),
        ("a.txt", "row row\nrow row\n\nrow row\nrow row\n"),
        ("a.txt", "the sound\nof it B-side\nwas good\nas it was\n\n" * 3),
        ("a.txt", "A line.\nAnother one.\n\nB-side and I-beam.\n"),
    ],
)  # fmt: skip
def test_a_table_and_a_text_stay_what_they_are(project, name, text):
    wanted = "table" if name == "a.tsv" else "text"
    assert chosen(project, put(project, text, name))["corpus.kind"] == wanted


def as_iobes(tag):
    return {"B-LOC": "S-LOC", "I-PER": "E-PER"}.get(tag, tag)


@pytest.mark.parametrize(
    ("tag", "scheme", "why"),
    [
        (str, "bio", "each begins with B"),
        (as_iobes, "iobes", "its tags say too where each ends"),
        (lambda tag: tag.replace("B-", "I-"), "iob1",
         "they begin with I: I-PER at word 1 of sentence 1 of a.conll"),
    ],
)  # fmt: skip
def test_the_scheme_of_the_tags_is_found_out(project, tag, scheme, why):
    path = put(project, written(SENTENCES[:2], tag=tag), "a.conll")
    done = init("--from", path)
    assert f"ner: its tags ({scheme}) mark 2 parts of sentences: PER 1, LOC 1" in done.output
    assert why in done.output
    assert read_params(project / "params.yaml").objective.spans.scheme == scheme


def test_tags_of_words_are_for_tagging_and_a_column_of_numbers_is_not_kept(project):
    rows = [
        [(str(i), *word) for i, word in enumerate(sentence, 1)] for sentence in SENTENCES
    ]  # fmt: skip
    path = put(project, written(rows, (0, 1, 3, 2), "\t"), "a.conll")
    told = init("--from", path).output
    assert "tag: NNP 5, VBD 3, DT 1, NN 1, . 1\n" in told
    assert "column_3: its tags (bio) mark 4 parts" in told
    params = read_params(project / "params.yaml")
    assert params.corpus.conll.columns == ("_", "form", "column_3", "tag")
    assert (params.objective.kind, params.objective.target) == ("tagging", "tag")


def test_where_no_column_says_anything_hidden_words_are_learned(project):
    found = chosen(project, put(project, written(tag=lambda _: "O"), "a.conll"))
    assert (found["objective.kind"], found["objective.target"]) == ("masked_lm", None)
    found = chosen(project, put(project, written(columns=(0,)), "b.conll"))
    assert (found["objective.kind"], found["corpus.conll.columns"]) == ("masked_lm", ["form"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (written() + "\nBo B-PER x\nBo\n",
         "2 lines have not the 2 cells that most have, and the corpus stage stops there; the first:"
         " a.conll, line 15: 3 cells: Bo B-PER x"),
        (written(sign="\t") + "\nBo\t\n", "the first: a.conll, line 15: a cell without anything"),
        ("Token NER\n" + written(),
         "a header, which would be taken for a word: a.conll, line 1: take it out: Token NER"),
        ("-DOCSTART- O\n\n" + written(), "1 lines -DOCSTART- begin documents"),
        ("# sent_id = 7\n" + written(), "1 lines are comments"),
        (written(tag=lambda tag: tag.replace("I-", "L-")),
         "ner: the training stops at tags of another scheme: write L- as E-, which iobes is"),
        (written() + "\nBo B-PER\nRome S-LOC\nx E-PER\n",
         "in 1 sentences, the first S-LOC at word 2 of sentence 4 of a.conll: correct them"),
    ],
)  # fmt: skip
def test_trouble_is_told_with_its_place(project, text, said):
    done = init("--from", put(project, text, "a.conll"), "--dry")
    assert done.exit_code == 0
    assert said in done.output


def test_what_is_told_stops_the_corpus_stage_there(project):
    path = put(project, written() + "\nBo B-PER x\n", "a.conll")
    init("--from", path)
    params = read_params(project / "params.yaml").corpus
    with pytest.raises(ValueError, match=r"a\.conll, line 15: expected 2 columns"):
        list(chosen_source(params, Artifacts(project)).examples())


def test_a_folder_s_files_are_one_corpus_with_the_splits_of_their_names(project):
    for name in ("train.txt", "dev.conll", "test.tsv"):
        put(project, written(sign="\t"), f"many/{name}")
    put(project, "Where it is from.", "many/README.md")
    told = init("--from", "data/source/many").output
    assert "data/source/many/dev.conll: 3 sentences, 11 words" in told
    assert "the files' names say it: train train.txt, validation dev.conll, test test.tsv" in told
    params = read_params(project / "params.yaml").corpus
    made = [split for split, _ in chosen_source(params, Artifacts(project)).examples()]
    assert sorted(made) == ["test"] * 3 + ["train"] * 3 + ["validation"] * 3
    (project / "data/source/many/dev.conll").unlink()
    told = init("--from", "data/source/many", "--dry").output
    assert "train train.txt, test test.tsv; validation will be cut from train" in told


def test_a_file_without_a_word_is_an_error(project):
    done = init("--from", put(project, "\n# nothing\n\n", "a.conll"))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "a.conll: expected at least one sentence, a word a line, found none" in done.stderr
