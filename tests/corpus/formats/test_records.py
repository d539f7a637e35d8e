import datetime
import gzip
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.corpus.formats import json_items
from pipeline.corpus.formats.characters import UNDECODABLE
from pipeline.corpus.formats.records import NOTHING, Layout, column_names, read_records

PLAIN = Layout("utf-8", None)
ROWS = [{"text": "It rained.\nAll day, “here”", "label": "bad"}, {"text": "", "label": " Yes"}]
CSV = 'text,label\n"It rained.\nAll day, “here”",bad\n,\x20Yes\n'


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def read(path, data, layout=PLAIN):
    path.write_bytes(data)
    return list(read_records(path, layout))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", CSV),
        ("rows.CSV", CSV.replace("\n", "\r\n").replace("rained.\r\n", "rained.\n")),
        ("rows.tsv", CSV.replace(",", "\t").replace("day\t", "day,")),
        ("rows.jsonl", "".join(json.dumps(row) + "\r\n" for row in ROWS)),
        ("rows.ndjson", "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)),
        ("rows.json", json.dumps(ROWS, indent=1)),
        ("rows.json", "\n".join(map(json.dumps, ROWS))),
    ],
)
@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_every_kind_of_file_gives_the_same_rows(tmp_path, name, text, packing):
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstd}[packing]
    found = read(tmp_path / f"{name}{packing}", pack(text.encode()))
    assert [record.cells for record in found] == ROWS


def test_parquet_gives_the_same_rows(tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    found = list(read_records(tmp_path / "rows.parquet", PLAIN))
    assert [(record.row, record.cells) for record in found] == [(1, ROWS[0]), (2, ROWS[1])]


@pytest.mark.parametrize(
    ("written", "named"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-8"), ("utf-32", "utf-8"), ("windows-1252", "cp1252")],
)
def test_a_mark_says_how_a_file_is_written_and_else_its_name_does(tmp_path, written, named):
    found = read(tmp_path / "rows.csv", CSV.encode(written), Layout(named, None))
    assert [record.cells for record in found] == ROWS


def test_bytes_that_are_nothing_in_the_encoding_stand_out(tmp_path):
    found = read(tmp_path / "rows.csv", CSV.encode("windows-1252"))
    assert UNDECODABLE in found[0].cells["text"]
    assert found[1].cells == ROWS[1]


def test_line_ends_may_be_mixed_and_rows_are_counted_as_a_spreadsheet_does(tmp_path):
    found = read(tmp_path / "rows.csv", b'a,b\r1,"x\r\ny"\n\r\n,\n2,z\n')
    assert [(it.row, it.cells, it.reason) for it in found] == [
        (2, {"a": "1", "b": "x\r\ny"}, ""), (3, {"a": None, "b": None}, NOTHING),
        (4, {"a": None, "b": None}, NOTHING),
        (5, {"a": "2", "b": "z"}, ""),
    ]  # fmt: skip


def test_rows_that_cannot_be_read_say_why_and_the_next_ones_are_read(tmp_path):
    found = read(tmp_path / "rows.csv", b'a,b\n1\na,b\n1,2,3\n"x"y,z\n4,5\n')
    told = [it.reason for it in found]
    assert told[:3] == [
        "it has 1 cells, the header has 2", "it repeats the header",
        "it has 3 cells, the header has 2",
    ]  # fmt: skip
    assert told[3].startswith("its quotes cannot be read")
    assert (found[4].row, found[4].cells) == (6, {"a": "4", "b": "5"})


def test_files_that_were_joined_have_their_marks_and_headers_as_no_examples(tmp_path):
    one, other = b'\xef\xbb\xbf"a",b\n1,2\n', b'\xef\xbb\xbf"a",b\n3,4\n'
    found = read(tmp_path / "rows.csv", one + other)
    assert [it.reason for it in found] == ["", "it repeats the header", ""]
    assert found[2].cells == {"a": "3", "b": "4"}
    found = read(tmp_path / "rows.csv", one + b"\xef\xbb\xbf3,4\n")  # without a header
    assert found[1].cells == {"a": "3", "b": "4"}
    found = read(tmp_path / "rows.jsonl", b'\xef\xbb\xbf{"a": 1}\n\xef\xbb\xbf{"a": 2}\n')
    assert [it.cells for it in found] == [{"a": 1}, {"a": 2}]


def test_a_quote_that_is_never_closed_is_named_by_its_row_and_not_taken_for_the_rest(tmp_path):
    with pytest.raises(ValueError, match=r"rows\.csv, row 3: a quote opens a cell and none closes"):
        read(tmp_path / "rows.csv", b'a,b\n1,2\n3,"4\n5,6\n')


def test_the_sign_between_cells_can_be_named(tmp_path):
    (found,) = read(tmp_path / "rows.csv", b"a;b\n1,5;2\n", Layout("utf-8", ";"))
    assert found.cells == {"a": "1,5", "b": "2"}


def test_a_million_characters_and_a_nul_fit_into_a_cell(tmp_path):
    long = "x\0" * 500_000
    (found,) = read(tmp_path / "rows.csv", f"a,b\n{long},1\n".encode())
    assert found.cells["a"] == long


def test_columns_of_one_name_are_numbered_and_those_without_one_get_one():
    header = [" text ", "label", "", "label", "label"]
    assert column_names(header) == ["text", "label", "column 3", "label.2", "label.3"]


def test_a_line_that_is_no_object_says_so(tmp_path):
    lines = [b'{"a": 1}', b"[1]", b'{"a": ', b'{"a": 1, "a": 2}', b" ", b"[" * 100_000, b'{"a": 2}']
    found = read(tmp_path / "rows.jsonl", b"\n".join(lines))
    assert [it.cells for it in found if not it.reason] == [{"a": 1}, {"a": 2}]
    assert found[1].reason == "expected an object, found list"
    assert all("it is no JSON that can be used" in found[i].reason for i in (2, 3, 5))
    assert "the key 'a' is there twice" in found[3].reason
    assert (found[4].reason, found[6].row) == (NOTHING, 7)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_list_is_read_in_pieces_of_any_size(tmp_path, monkeypatch, size):
    monkeypatch.setattr(json_items, "CHUNK", size)
    rows = [{"text": 'a ] , [ } \\ " é', "n": [1, 20]}, {}, {"text": "b" * 200}]
    found = read(tmp_path / "rows.json", json.dumps(rows).encode())
    assert [it.cells for it in found] == rows


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[{"a": 1}, {"a": ', "rows.json, item 2: "),
        (b'[{"a": 1}', "rows.json, item 2: "),
        (b'[{"a": 1, "a": 2}]', "item 1: the key 'a' is there twice"),
        (b"7", "must hold a list of objects, found '7'"),
        (b"", "must hold a list of objects, found 'nothing'"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(tmp_path, data, said):
    with pytest.raises(ValueError, match=said):
        read(tmp_path / "rows.json", data)


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.csv.zst", "rows.parquet"])
@pytest.mark.parametrize("is_cut", [True, False])
def test_a_damaged_file_is_named_and_no_part_of_it_passes_for_the_whole(tmp_path, name, is_cut):
    if name == "rows.parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / name)
        whole = (tmp_path / name).read_bytes()
    else:
        whole = (gzip.compress if name.endswith("gz") else zstd)(CSV.encode() * 100)
    with pytest.raises(ValueError, match=name):
        read(tmp_path / name, whole[: len(whole) // 2] if is_cut else b"no such file")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["text.raw", "text"], ["text.raw", "text"]),
        (["label.2", "label", "label"], ["label.2", "label", "label.3"]),
        (["a", "a", "a.2"], ["a", "a.3", "a.2"]),
        (["", "column 1"], ["column 1.2", "column 1"]),
    ],
)
def test_a_name_of_its_own_is_never_changed(header, expected):
    assert column_names(header) == expected


def test_columns_of_other_kinds_than_text_are_read_as_they_are_written(tmp_path):
    at = datetime.datetime(2024, 1, 2, 3, 4)
    table = pa.table(
        {
            "bytes": pa.array(["é".encode(), b"\xff"], pa.binary()),
            "price": pa.array([Decimal("4.50"), None], pa.decimal128(5, 2)),
            "day": pa.array([at.date(), at.date()]),
            "at": pa.array([at, at], pa.timestamp("s")),
        }
    )
    pq.write_table(table, tmp_path / "rows.parquet")
    first, second = (one.cells for one in read_records(tmp_path / "rows.parquet", PLAIN))
    assert first == {
        "bytes": "é", "price": "4.50", "day": "2024-01-02", "at": "2024-01-02T03:04:00"
    }  # fmt: skip
    assert (second["bytes"], second["price"]) == (b"\xff", None)
