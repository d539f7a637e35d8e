import csv
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from looked_at import chosen, init, put
from ruamel.yaml import YAML
from workspace import ROOT

from pipeline.artifacts import Artifacts
from pipeline.corpus.choice import chosen_source
from pipeline.corpus.formats.words import split_words
from pipeline.corpus.looking.columns import most_words
from pipeline.corpus.looking.look import look_at
from pipeline.params.whole import read_params

WORDS = [f"word{i}" for i in range(300)]


def rows(number=60, **more):
    chance = random.Random(0)
    for i in range(number):
        text = " ".join(chance.choices(WORDS, k=12))
        yield {"id": f"r{i}", "review": text, "label": "ab"[i % 2]} | {
            name: values[i % len(values)] for name, values in more.items()
        }


def csv_of(found, sign=","):
    found = list(found)
    lines = [sign.join(found[0]), *(sign.join(map(str, row.values())) for row in found)]
    return "\n".join(lines) + "\n"


def test_init_sets_what_the_file_needs_so_that_the_corpus_can_be_made(project):
    path = put(project, csv_of(rows(stars=[1, 2, 3])))
    done = init("--from", path)
    assert done.exit_code == 0, done.output
    params = read_params(project / "params.yaml")
    assert params.corpus.table.text == "review"
    assert params.corpus.table.labels == ("label",)
    assert (params.objective.kind, params.objective.target) == ("classification", "label")
    examples = list(chosen_source(params.corpus, Artifacts(project)).examples())
    assert len(examples) == 60
    assert {*examples[0][1].labels} == {"label", "id", "stars"}


def test_init_says_what_it_sees(project):
    path = put(
        project, csv_of(rows(note=["", "NA", "x\u200by"])) + "id,review,label,note\n1\n,,,\n"
    )
    lines = init("--from", path, "--dry").output.splitlines()
    assert lines[0] == f"{path}: 62 rows"
    assert lines[1:4] == [
        "1 more are empty, and are passed over", "1 rows cannot be used: it repeats the header",
        "1 rows cannot be used: it has 1 cells, the header has 4",
    ]  # fmt: skip
    cells = {line.split()[0]: line.split() for line in lines[5:10]}
    assert cells["review"][1:7] == ["60", "60", "12.0", "12", "text", "(Latin)"]
    assert cells["label"][1:3] == ["60", "2"]
    assert cells["note"][1:3] == ["40", "2"]
    assert "note: 'NA', which is a text here: 20 rows; kept as it is" in lines
    assert "note: a zero-width sign: 20 rows; kept as it is" in lines
    assert any(
        line.startswith("corpus.table.labels: ['label']   (it is called so: 2") for line in lines
    )
    assert (project / "params.yaml").read_text() == (ROOT / "params.yaml").read_text()


def test_every_comment_survives_and_each_choice_has_its_reason_once(project):
    before = (project / "params.yaml").read_text()
    path = put(project, csv_of(rows()))
    init("--from", path)
    once = (project / "params.yaml").read_text()
    init("--from", path)
    assert (project / "params.yaml").read_text() == once
    comments = [line.partition("#")[2].strip() for line in once.splitlines()]
    for line in before.splitlines():
        assert line.partition("#")[2].strip() in comments
    why = [i for i, line in enumerate(once.splitlines()) if line.lstrip().startswith("# why: ")]
    assert len(why) == len(look_at(Artifacts(project), path, 512).choices)
    assert once.splitlines()[why[0] + 1].startswith("  kind: table ")
    changed = {line.strip() for line in once.splitlines()} - {
        x.strip() for x in before.splitlines()
    }
    assert all(line.startswith(("# why", "kind", "path", "text", "target")) for line in changed)
    assert YAML(typ="safe").load(once)["train"] == YAML(typ="safe").load(before)["train"]


@pytest.mark.parametrize(
    ("written", "named"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-8"),
                           ("utf-16-le", "utf-16-le"), ("windows-1252", "windows-1252")],
)  # fmt: skip
@pytest.mark.parametrize("sign", [",", ";", "|"])
def test_how_a_file_is_written_is_found_out(project, written, named, sign):
    text = csv_of(rows(note=["é, è", "ü"] if sign != "," else ["é", "ü"]), sign)
    found = chosen(project, put(project, text.encode(written)))
    assert found["corpus.table.encoding"] == named
    assert found["corpus.table.delimiter"] == (None if sign == "," else sign)
    assert found["corpus.table.text"] == "review"


def test_a_file_in_no_encoding_that_can_be_told_is_named(project):
    path = put(project, b"text,label\n" + bytes([0x81, 0xE9, 0x8D]) * 10)
    with pytest.raises(ValueError, match=r"mine\.csv is neither UTF-8 nor windows-1252"):
        look_at(Artifacts(project), path, 512)


def test_a_sign_of_several_bytes_across_two_pieces_is_no_fault(project):
    path = put(project, "text,label\n" + "é" * 2**20 + ",a\n" * 1)
    assert chosen(project, path)["corpus.table.encoding"] == "utf-8"


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"part": ["train", "dev", "test"]}, {"corpus.table.split": "part"}),
        ({"sentiment": "xyz"}, {"corpus.table.labels": ["label"]}),
        ({"kind": "x"}, {"corpus.table.split": None}),
        ({"text": "ab", "label": "x"}, {"objective.target": "text_"}),
    ],
)
def test_columns_are_told_apart_by_what_they_hold(project, more, wanted):
    found = chosen(project, put(project, csv_of(rows(**more))))
    assert wanted.items() <= found.items()


def test_of_columns_without_a_usual_name_the_one_with_the_fewest_values_is_taken(project):
    found = [{"text": row["review"], "a": i % 5, "b": i % 3} for i, row in enumerate(rows())]
    path = put(project, json.dumps(found), "mine.json")
    look = look_at(Artifacts(project), path, 512)
    (choice,) = [it for it in look.choices if it.name == "corpus.table.labels"]
    assert choice.value == ["b"]
    assert choice.why.endswith("3 different ones in 60 rows; a could be learned too")


def test_lists_of_words_with_something_for_each_are_for_tagging(project):
    found = [
        {"tokens": row["review"].split(), "ner": ["O"] * 12, "topics": ["a", "b"][: 1 + i % 2]}
        for i, row in enumerate(rows())
    ]
    pq.write_table(pa.Table.from_pylist(found), project / "data/source/mine.parquet")
    found = chosen(project, "data/source/mine.parquet")
    assert (found["corpus.table.words"], found["corpus.table.text"]) == ("tokens", None)
    assert found["corpus.table.annotations"] == ["ner"]
    assert (found["objective.kind"], found["objective.target"]) == ("tagging", "ner")


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("label", lambda a, b: [a, b, "PER"]),
        ("spans", lambda a, b: {"start": a, "end": b, "label": "PER", "token_start": 3}),
        ("entities", lambda a, b: {"id": 1, "label": "LOC", "start_offset": a, "end_offset": b}),
        ("end", lambda a, b: {"start": a, "end": b, "text": "x", "labels": ["LOC"]}),
    ],
)
def test_lists_of_parts_of_the_text_are_spans(project, name, span):
    found = [
        {"text": row["review"], "label": "ab"[i % 2], "tokens": [{"text": "a", "id": i}],
         name: [span(0, 5), span(9, 12)][: i % 3]}
        for i, row in enumerate(rows())
    ]  # fmt: skip
    path = put(project, "".join(f"{json.dumps(one)}\n" for one in found), "mine.jsonl")
    found = chosen(project, path)
    assert (found["corpus.table.text"], found["corpus.table.words"]) == ("text", None)
    assert found["corpus.table.spans"] == name
    assert found["objective.kind"] == "spans"
    assert found["objective.target"] == ("end_" if name == "end" else name)
    assert found["objective.spans.scheme"] == "bio"
    assert name not in found["corpus.table.labels"]
    assert init("--from", path, "--dry").exit_code == 0


def test_lists_of_labels_are_several_and_rows_without_any_are_left_out(project):
    found = [
        {"text": row["review"], "label": ["a", "b", "c"][: i % 3]} for i, row in enumerate(rows())
    ]
    path = put(project, "\n".join(map(json.dumps, found)), "mine.jsonl")
    found = chosen(project, path)
    assert found["objective.classification.labels"] == "several"
    assert found["objective.classification.unlabelled"] == "leave_out"


@pytest.mark.parametrize(("between", "unit"), [("\n", "line"), ("\n\n", "paragraph")])
def test_a_text_is_cut_where_its_lines_are_parted(project, between, unit):
    path = put(project, between.join(row["review"] for row in rows()), "mine.txt")
    assert init("--from", path).exit_code == 0
    params = read_params(project / "params.yaml")
    assert (params.corpus.kind, params.corpus.text.unit) == ("text", unit)
    assert params.objective.kind == "masked_lm"


@pytest.mark.parametrize(
    ("text", "most"), [("word " * 600, 600), ("a, " * 300, 600), ("日本" * 300, 600)]
)
def test_texts_that_are_longer_than_a_model_takes_are_cut_and_that_is_said(project, text, most):
    path = put(project, csv_of([*rows(), {"id": "x", "review": f'"{text}"', "label": "a"}]))
    init("--from", path)
    assert read_params(project / "params.yaml").tokenize.overlong == "truncate"
    assert (
        f"# why: the longest has up to {most} words, and the model takes 512"
        in (project / "params.yaml").read_text()
    )


def test_what_is_long_and_not_cut_into_words_makes_no_text_too_long(project):
    notes = ["word"] * 60 + ["word " * 600]
    path = put(project, csv_of(rows(61, note=notes)))
    init("--from", path)
    params = read_params(project / "params.yaml")
    assert (params.corpus.table.text, params.tokenize.overlong) == ("review", "error")


@pytest.mark.parametrize(("lines", "overlong"), [(4, "error"), (6, "truncate")])
def test_the_lines_of_a_paragraph_are_long_together(project, lines, overlong):
    paragraph = ("ten words of a line, and a few more " * 10 + "\n") * lines
    path = put(project, "\n\n".join([paragraph] * 9), "a.txt")
    init("--from", path)
    params = read_params(project / "params.yaml")
    assert (params.corpus.text.unit, params.tokenize.overlong) == ("paragraph", overlong)


@given(st.text(alphabet=st.sampled_from("ab'.,-_ 19²é日本語ไทย\u0301\u200d😀ノか\t")))
def test_a_text_has_no_more_words_than_the_bound_says(text):
    try:
        assert len(split_words(text)) <= most_words(text)
    except ValueError:
        assert not text.strip() or not any(map(str.isalnum, text))


FOLDERS = [
    ({"b-train.csv": ",", "a-dev.csv": ",", "test.jsonl": None}, "data/source/many"),
    ({"x.csv": ";", "y.csv": ";"}, "data/source/many/*.csv"),
]


@pytest.mark.parametrize(("files", "path"), FOLDERS)
def test_files_of_a_folder_or_a_pattern_are_one_table(project, files, path):
    put(project, "Where it is from.", "many/README.md")
    found = list(rows(90))
    for i, (name, sign) in enumerate(files.items()):
        part = found[30 * i : 30 * (i + 1)]
        lines = "".join(f"{json.dumps(one)}\n" for one in part)
        put(project, csv_of(part, sign) if sign else lines, f"many/{name}")
    told = init("--from", path).output.splitlines()
    assert told[: len(files)] == [f"data/source/many/{name}: 30 rows" for name in sorted(files)]
    params = read_params(project / "params.yaml").corpus
    assert (params.table.path, params.table.text) == (path, "review")
    assert params.table.delimiter == (";" if "x.csv" in files else None)
    given = "x.csv" not in files
    names = "train b-train.csv, validation a-dev.csv, test test.jsonl"
    assert any(names in line for line in told) == given
    made = [split for split, _ in chosen_source(params, Artifacts(project)).examples()]
    assert len(made) == 30 * len(files)
    assert (made.count("train") == 30) == given


def test_of_many_files_the_first_are_told_and_what_some_lack(project):
    for i in range(13):
        put(project, csv_of(rows(2, **({"note": ["n"]} if i else {}))), f"f{i:02}.csv")
    told = init("--from", "data/source", "--dry").output.splitlines()
    assert told[:3] == [
        "data/source/f00.csv: 2 rows",
        "data/source/f00.csv: it lacks columns that other files have: note",
        "data/source/f01.csv: 2 rows",
    ]
    assert told[11] == "and 3 files more"


def test_a_treebank_s_folder_or_file_is_looked_at(project):
    words = "".join(f"{i}\tword{i}\t_\tX\tN{i % 2}\t_\t0\t_\t_\t_\n" for i in (1, 2, 3))
    joined = "\t".join(["1-2", "word1word2", *"________"])
    for name in ("train", "dev", "test"):
        put(project, f"{joined}\n{words}\n", f"bank/{name}.conllu")
    told = init("--from", "data/source/bank").output.splitlines()
    assert told[0] == "train.conllu: 1 sentences"
    assert "train.conllu: 1 rows are multi-word tokens or empty nodes" in told[1]
    params = read_params(project / "params.yaml")
    assert (params.corpus.kind, params.corpus.conllu.path) == ("conllu", "data/source/bank")
    assert (params.objective.kind, params.objective.target) == ("tagging", "upos")
    assert len(list(chosen_source(params.corpus, Artifacts(project)).examples())) == 3
    one = "data/source/bank/dev.conllu"
    assert chosen(project, one)["corpus.conllu.path"] == one


def test_a_folder_of_texts_is_looked_at_as_a_whole(project):
    for name in ("train", "dev", "test"):
        put(project, "\n".join(row["review"] for row in rows(20)), f"texts/{name}.txt")
    told = init("--from", "data/source/texts").output
    assert "the files' names say it: train train.txt, validation dev.txt, test test.txt" in told
    params = read_params(project / "params.yaml").corpus
    assert (params.kind, params.text.path) == ("text", "data/source/texts")
    assert len(list(chosen_source(params, Artifacts(project)).examples())) == 60


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.csv": b"text,label\na b,x\n", "b.txt": b"a b\n"},
         "has files of several kinds, such as a.csv and b.txt: name those that are meant, as a "
         "pattern in quotes, such as 'data/source/many/*.csv'"),
        ({"a.csv": b"text,y\n\xe9t\xe9 a,x\n", "b.csv": "text,y\n\u00e9t\u00e9,x\n".encode()},
         "all files must be written in one encoding, and b.csv is utf-8, a.csv is windows-1252"),
        ({"a.csv": b"text;y\na;x\n", "b.csv": b"text\ty\na\tx\n"},
         "all files must have the same sign between cells, found ';' in a.csv, '\\t' in b.csv"),
        ({"train.csv": b"text,y\na,x\n", "other.csv": b"text,y\na,x\n"},
         "other.csv must hold one of the words train, dev"),
        ({"test.conllu": b""}, "needs a .conllu file with train in its name, and may have others"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_one_corpus_are_named(project, files, said):
    for name, data in files.items():
        put(project, data, f"many/{name}")
    done = init("--from", "data/source/many")
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_file_in_plain_letters_is_of_any_encoding(project):
    old = "text,y\n" + "\u00e9t\u00e9 \u00e0,x\n" * 9
    for name, data in (("a", b"text,y\nplain,x\n"), ("b", old.encode("windows-1252"))):
        put(project, data, f"many/{name}.csv")
    assert chosen(project, "data/source/many")["corpus.table.encoding"] == "windows-1252"


@pytest.mark.parametrize(
    ("name", "said"),
    [("../other.csv", "lies outside data/source"), ("data/source/no.csv", "is missing: put the"),
     ("data/source", "error: data/source has no file that ends in"),
     ("data/source/*.csv", "error: data/source/*.csv is missing")],
)  # fmt: skip
def test_a_file_that_cannot_be_looked_at_is_an_error_in_a_line(project, name, said):
    done = init("--from", name)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_line_of_any_length_can_be_looked_at(project):
    csv.field_size_limit(131_072)  # as it is before anything was read
    path = put(project, csv_of([{"review": "word " * 40_000, "label": "a"}, *rows()]))
    assert chosen(project, path)["corpus.table.text"] == "review"
