import csv
import datetime
import json
import resource

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import traced_models

from pipeline.serving.reading import Opened
from pipeline.serving.rows import RowAnswerer, Wanted, given_row
from pipeline.serving.writing import added_columns, json_lines, write_whole, written_to

ROWS = [{"id": 1, "text": 'a "b",\nc'}, {"id": 2, "text": ""}]


def given(columns=None, schema=None):
    return Opened(iter(()), columns, schema, None)


def written(path, objective="tagging", told=None, rows=ROWS):
    labels = {"labels": ("O", "B-X", "I-X")} if objective == "spans" else {}
    answerer = RowAnswerer(traced_models.predictor(objective, **labels), Wanted(head=(1, 1)))
    answered = answerer.answer([given_row(row) for row in rows])
    assert {*added_columns(answerer)} == {*answerer.added}
    with written_to(path, told or given(), added_columns(answerer)) as write:
        for row in answered:
            write([row])
    return answered


def test_json_lines_hold_what_the_rows_hold(tmp_path):
    path = tmp_path / "new" / "a.jsonl"
    rows = written(path)
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows


@pytest.mark.parametrize("objective", ["tagging", "classification", "several", "spans"])
def test_a_table_has_one_column_for_everything_that_a_row_may_get(tmp_path, objective):
    rows = written(tmp_path / "a.csv", objective)
    written(tmp_path / "a.parquet", objective)
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    with (tmp_path / "a.csv").open(newline="") as stream:
        cells = list(csv.DictReader(stream))
    assert list(table[0]) == list(cells[0])
    for row, told, line in zip(rows, table, cells, strict=True):
        assert told == {name: row.get(name) for name in told}
        for name, value in line.items():
            own = row.get(name)
            assert value == (
                "" if own is None else own if isinstance(own, str) else json.dumps(own)
            )


def test_parquet_keeps_the_types_of_a_parquet_file(tmp_path):
    schema = pa.schema({"id": pa.int8(), "text": pa.large_string()})
    written(tmp_path / "a.parquet", told=given(schema.names, schema))
    found = pq.read_schema(tmp_path / "a.parquet")
    assert found.field("id").type == pa.int8()
    assert found.field("text").type == pa.large_string()


def test_without_a_row_a_table_has_its_columns(tmp_path):
    written(tmp_path / "a.parquet", told=given(["text"]), rows=[])
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
    assert pq.read_schema(tmp_path / "a.parquet").names[0] == "text"


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_row_with_a_column_of_its_own_fits_no_table_and_parquet_is_whole_or_not_there(
    tmp_path, name
):
    with pytest.raises(ValueError, match=r"the column `more`.*write JSONL"):
        written(tmp_path / name, rows=[*ROWS, {"more": 1, "text": "a"}])
    assert not (tmp_path / "a.parquet").exists()
    assert [path.name for path in tmp_path.iterdir()] in ([], ["a.csv"])
    with pytest.raises(ValueError, match=r"a\.doc could be anything"):
        written(tmp_path / "a.doc")


def test_what_json_has_no_word_for_is_written_as_text(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {
        "day": datetime.date(2026, 2, 3), "bytes": b"\xff", "nan": [float("nan"), 1.5],
        "lone": "\udcff",
    }  # fmt: skip
    with path.open("wb", buffering=0) as stream:
        json_lines(stream)([row, {"lone": "ü"}])
    first, second = path.read_text(encoding="utf-8").splitlines()
    told = {"day": "2026-02-03", "bytes": "/w==", "nan": [None, 1.5], "lone": "\udcff"}
    assert json.loads(first) == told
    assert second == '{"lone": "ü"}'


def test_where_no_room_is_left_the_file_ends_with_a_whole_row(tmp_path):
    records = [b'"a\nb",1\n', b"c,2\n", b'"d\n\ne",3\n']
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = {}
    for size in range(sum(map(len, records))):
        path = tmp_path / f"{size}.csv"
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with path.open("wb", buffering=0) as stream, pytest.raises(OSError, match="too large"):
                write_whole(stream, records)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        sizes[size] = path.stat().st_size
    assert set(sizes.values()) == {0, 8, 12}
    assert all(end <= size for size, end in sizes.items())
    assert sizes[8] == sizes[11] == 8


@pytest.mark.parametrize("schema", [None, pa.schema({"words": pa.string()})])
def test_words_that_come_as_text_are_lists_in_a_parquet_file(tmp_path, schema):
    rows = [{"words": "the cat"}, {"words": ""}, {"words": "on"}]
    written(tmp_path / "a.parquet", told=given(["words"], schema), rows=rows)
    found = pq.read_table(tmp_path / "a.parquet")["words"].to_pylist()
    assert found == [["the", "cat"], None, ["on"]]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_has_the_columns_of_all_its_first_rows(tmp_path, ending):
    path, answerer = tmp_path / f"a.{ending}", RowAnswerer(traced_models.predictor("tagging"))
    first = [{}, {"text": "a"}, {"text": "b", "id": 1}]
    with written_to(path, given(), added_columns(answerer)) as write:
        write(answerer.answer([given_row(row) for row in first]))
        write(answerer.answer([given_row({"id": 2, "text": "a"})]))
    if ending == "parquet":
        found = pq.read_table(path).to_pylist()
    else:
        with path.open(newline="") as stream:
            found = list(csv.DictReader(stream))
    assert [str(row["id"] or "") for row in found] == ["", "", "1", "2"]
    assert list(found[0])[:2] == ["text", "id"]


@pytest.mark.parametrize(
    "rows", [[{"text": "a", "id": "x"}, {"text": "b", "id": 2}], [{"text": "a", "meta": {}}]]
)
def test_what_no_parquet_file_can_hold_is_told(tmp_path, rows):
    answerer = RowAnswerer(traced_models.predictor("tagging"))
    with (
        pytest.raises(ValueError, match=r"does not fit the columns .* write JSONL"),
        written_to(tmp_path / "a.parquet", given(), added_columns(answerer)) as write,
    ):
        write(answerer.answer([given_row(row) for row in rows]))
    assert not (tmp_path / "a.parquet").exists()


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_line_end_of_any_kind_stays_inside_its_cell(tmp_path, end):
    text = f"one{end}two"
    written(tmp_path / "a.csv", rows=[{"text": text}])
    with (tmp_path / "a.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream, strict=True)
    assert row["text"] == text
