import json

import pytest
from click.testing import CliRunner
from empty_projects import in_folder
from served_models import project_with_model

from pipeline.artifacts import Artifacts
from pipeline.cli import main
from pipeline.serving import streaming
from pipeline.serving.predictor import Predictor


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return project_with_model(tmp_path_factory.mktemp("served") / "project")


def lines_of(printed):
    return [json.loads(line) for line in printed.splitlines()]


def test_every_line_of_a_file_is_answered_in_its_place_in_whatever_parts_it_is_read(
    project, tmp_path, monkeypatch
):
    lines = [" ".join(["the", "cat", "sat", "on", "mat"][: 1 + i % 5]) for i in range(23)]
    lines[7] = ""
    lines[19] = "the " * 13
    file = tmp_path / "a.txt"
    file.write_text("\n".join(lines))
    whole = in_folder(project, "predict", str(file))
    monkeypatch.setattr(streaming, "LETTERS", 40)
    monkeypatch.setattr(streaming, "TOLD", 1)
    parts = in_folder(project, "predict", str(file))
    rows = lines_of(whole.stdout)
    assert [row["text"] for row in rows] == lines
    assert [i for i, row in enumerate(rows) if "error" in row] == [7, 19]
    assert whole.exit_code == parts.exit_code == 3
    told = whole.stderr.splitlines()
    assert told[0].startswith("row 8: expected at least one word")
    assert told[1].startswith("row 20: expected at most 12 tokens")
    assert told[2] == "23 rows, 2 without an answer"
    assert parts.stderr.splitlines()[1] == "more rows without an answer are not told of one by one"
    for one, other in zip(rows, lines_of(parts.stdout), strict=True):
        assert one.pop("probability") == pytest.approx(other.pop("probability"), abs=2e-6)
        assert one == other


def test_what_the_command_says_is_what_the_model_says(project, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,body\n7,the cat sat\n")
    to = tmp_path / "b.jsonl"
    done = in_folder(project, "predict", str(file), "--column", "body", "--to", str(to))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"1 row: {to}\n")
    (row,) = lines_of(to.read_text())
    found = Predictor.load(Artifacts(project).model).predict("the cat sat")
    assert row == {
        "id": "7", "body": "the cat sat", "words": ["the", "cat", "sat"],
        "prediction": list(found.answer.prediction),
        "probability": [round(p, 6) for p in found.answer.probability],
    }  # fmt: skip


def test_a_pipe_is_text_or_what_it_is_said_to_be(project, monkeypatch):
    monkeypatch.chdir(project)
    done = CliRunner().invoke(main, ["predict", "-"], input="the cat\n")
    assert lines_of(done.stdout)[0]["words"] == ["the", "cat"]
    given = '{"words": ["the cat"], "id": 1}'
    pairs = ["predict", "-", "--as", "jsonl", "--second", "b"]
    (row,) = lines_of(CliRunner().invoke(main, pairs, input='{"text": "on", "b": "it"}').stdout)
    assert row["words"] == ["on", "[SEP]", "it"]
    asked = ["predict", "-", "--as", "jsonl", "--attention", "2.1", "--vectors"]
    (row,) = lines_of(CliRunner().invoke(main, asked, input=given).stdout)
    assert (row["id"], row["words"], len(row["vectors"][0])) == (1, ["the cat"], 8)
    assert row["attention"] == [[1.0]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.csv"], "No such file or directory: 'none.csv'"),
        (["."], "could be anything"),
        (["a.csv", "--to", "a.csv"], "is the file that is read"),
        (["a.csv", "--to", "a.doc"], "a.doc could be anything"),
        (["a.csv", "--attention", "3.1"], "a layer from 1 to 2"),
        (["a.csv", "--column", "b"], "expected a column `b`, found text"),
        (["a.csv", "--second", "b"], "expected a column `b`, found text"),
        (["a.csv", "--as", "parquet"], "is no Parquet file"),
        (["a.csv", "--as", "lines", "--delimiter", ";"], "lines has none: csv and tsv have"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(project, arguments, told):
    (project / "a.csv").write_text("text\nthe cat\n")
    before = sorted(project.iterdir())
    done = in_folder(project, "predict", *arguments)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert sorted(project.iterdir()) == before
    assert (project / "a.csv").read_text() == "text\nthe cat\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--attention", "first"], "expected LAYER.HEAD, counted from 1, such as 1.3, got first"),
        (["--encoding", "latin-99"], "'latin-99' is no encoding that Python knows"),
        (["--delimiter", "tab"], "expected one sign, such as ';', got 'tab'; a tab: --as tsv"),
    ],
)
def test_an_option_of_another_form_is_told_with_what_it_should_be(project, arguments, told):
    done = in_folder(project, "predict", "a.csv", *arguments)
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_file_is_read_as_it_is_said_to_be_written(project, tmp_path):
    (tmp_path / "a.csv").write_bytes("id;text\n1;the Zoë, cat\n".encode("cp1252"))
    how = ["--encoding", "cp1252", "--delimiter", ";"]
    done = in_folder(project, "predict", str(tmp_path / "a.csv"), *how)
    assert lines_of(done.stdout)[0]["words"] == ["the", "Zoë", ",", "cat"]


@pytest.mark.parametrize("own", ["prediction", "error"])
def test_a_column_of_ones_own_that_would_be_written_over_is_told_before_anything_is_written(
    project, tmp_path, own
):
    file, to = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text(f"text,{own}\nthe cat,none\n")
    to.write_text("from before")
    done = in_folder(project, "predict", str(file), "--to", str(to))
    assert done.exit_code == 1
    assert f"error: the rows have a column `{own}` already" in done.stderr
    assert to.read_text() == "from before"


def test_what_stands_before_a_quote_that_is_never_closed_is_answered(project, tmp_path):
    file, to = tmp_path / "a.csv", tmp_path / "b.jsonl"
    file.write_text('text\nthe cat\n"on\nthe mat\n')
    done = in_folder(project, "predict", str(file), "--to", str(to))
    assert done.exit_code == 1
    assert "error: a.csv, row 2: a quote opens a cell and none closes it" in done.stderr
    assert [row["text"] for row in lines_of(to.read_text())] == ["the cat"]


def test_a_model_that_is_not_there_is_told(tmp_path):
    project_with_model(tmp_path / "p")
    Artifacts(tmp_path / "p").model.rename(tmp_path / "p/data/other")
    (tmp_path / "p/a.txt").write_text("the\n")
    done = in_folder(tmp_path / "p", "predict", "a.txt")
    assert done.stderr == "error: data/model is missing: run `dvc repro train`\n"


def test_on_a_full_disk_the_rows_that_are_written_are_counted(project, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "ROWS", 1)
    file, full = tmp_path / "a.txt", tmp_path / "a.jsonl"
    file.write_text("the\n")
    full.symlink_to("/dev/full")
    done = in_folder(project, "predict", str(file), "--to", str(full))
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the disk is full: the first 0 rows are written")
