import gzip
import io
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cli import using
from pipeline.serving import reading, text_rows
from pipeline.serving.predictor import Refused
from pipeline.serving.reading import kind_of, layout_of, opened, piped


def rows_of(content: bytes, kind, column=None, encoding=None, delimiter=None):
    """The rows of a pipe: cells, and the sentence or the reason."""
    layout = layout_of(kind, encoding, delimiter)
    given = piped(io.BytesIO(content), kind, column, layout)
    return [(dict(row.cells), told(row.sentence)) for row in given.rows]


def told(sentence):
    return sentence.reason if isinstance(sentence, Refused) else sentence


def test_a_line_of_text_is_a_row_an_empty_one_too():
    assert rows_of(b"\xef\xbb\xbfone\r\n\ntwo\x00\xff", "lines") == [
        ({"text": "one"}, "one"),
        ({"text": ""}, ""),
        (
            {"text": "two\x00\ufffd"},
            "expected utf-8, found the byte 0xff as letter 5 of `text`: say with "
            "--encoding how the file is written, such as windows-1252",
        ),
    ]


def test_any_end_ends_a_line_of_text_and_of_json():
    texts = [sentence for _, sentence in rows_of(b"a\rb\r\nc\n\rd\xe2\x80\xa8e", "lines")]
    assert texts == ["a", "b", "c", "", "d\u2028e"]  # as Python's `open` cuts lines
    lines = b'{"text": "a"}\r{"text": "b"}\r\n\xef\xbb\xbf{"text": "c"}'
    assert [sentence for _, sentence in rows_of(lines, "jsonl")] == ["a", "b", "c"]


def test_a_line_comes_before_the_next_one_is_written():
    end, start = os.pipe()
    with os.fdopen(end, "rb") as stream, os.fdopen(start, "wb", buffering=0) as writer:
        writer.write(b"one\ntwo\n")
        given = piped(stream, "lines", None)
        assert next(given.rows).sentence == "one"
        assert next(given.rows).sentence == "two"


@pytest.mark.parametrize("kind", ["lines", "csv", "jsonl"])
@pytest.mark.parametrize(
    ("written", "named"),
    [("utf-16", None), ("utf-8-sig", "cp1252"), ("cp1252", "cp1252"), ("utf-16-be", "utf-16-be")],
)
def test_a_mark_says_how_a_file_is_written_and_else_its_name_does(kind, written, named):
    content = {"lines": "Zoë\n", "csv": "id,text\n1,Zoë\n", "jsonl": '{"text": "Zoë"}\n'}[kind]
    ((_, sentence),) = rows_of(content.encode(written), kind, None, named)
    assert sentence == "Zoë"


def test_bytes_that_are_nothing_in_the_encoding_are_named_with_their_cell():
    broken = "a\nb".encode("utf-16-le") + b"\x00\xdc" + "\nc".encode("utf-16-le")
    first, second, third = rows_of(broken, "lines", encoding="utf-16-le")
    assert (first[1], third[1]) == ("a", "c")
    assert second[1].startswith("expected utf-16-le, found the byte 0x00 as letter 2 of `text`")
    found = rows_of("text;Größe\na;1\nb;ß\n".encode("cp1252"), "csv", None, "cp1252", ";")
    assert found[1] == ({"text": "b", "Größe": "ß"}, "b")
    (row,) = rows_of(b"text,size\na,\xdf\n", "csv")
    assert row[0] == {"text": "a", "size": "\ufffd"}
    assert "0xdf as letter 1 of `size`" in row[1]
    with pytest.raises(
        ValueError, match=r"the pipe, the first line: expected utf-8, found .* 0xdf"
    ):
        rows_of(b"text,\xdf\na,b\n", "csv")


def test_a_line_that_is_too_long_is_told_and_the_next_one_is_read(monkeypatch):
    monkeypatch.setattr(text_rows, "LONGEST", 8)
    found = rows_of(b"a" * 30 + b"\n1234567\nb", "lines")
    assert found[0] == ({}, "expected a line of at most 8 letters, found a longer one")
    assert [sentence for _, sentence in found[1:]] == ["1234567", "b"]


def test_what_is_no_json_object_is_a_row_with_its_reason():
    content = b'{"text": "a"}\n[1]\n\n{"text": NaN}\n{"n": 1e999}\n\xff\n' + b"[" * 5000 + b"\n"
    found = rows_of(content + b'{"words": ["b"], "k": null}', "jsonl")
    assert found[0] == ({"text": "a"}, "a")
    reasons = [reason for cells, reason in found[1:-1]]
    expected = (
        "found '[1]'", "found an empty line", "NaN is no JSON", "1e999 is no JSON",
        "0xff as letter 1 of the line: say with --encoding how the file is written, such as "
        "windows-1252",
        "nested too deeply",
    )  # fmt: skip
    assert all(end in reason for end, reason in zip(expected, reasons, strict=True))
    assert found[-1] == ({"words": ["b"], "k": None}, ["b"])


def test_cells_with_commas_quotes_and_line_breaks_are_read_as_excel_writes_them():
    content = b'id,text\r\n1,"a, ""b""\r\nc"\r\n2\r\n3,x,y\r\n\r\n4,\xff\r\n5,last'
    found = rows_of(content, "csv")
    assert found[0] == ({"id": "1", "text": 'a, "b"\r\nc'}, 'a, "b"\r\nc')
    assert found[1] == ({"id": "2"}, "expected 2 cells, as the first line has, found 1")
    assert found[2][1] == "expected 2 cells, as the first line has, found 3"
    assert found[3][1] == "expected 2 cells, as the first line has, found 1"
    assert found[4][0] == {"id": "4", "text": "\ufffd"}
    assert "found the byte 0xff as letter 1 of `text`" in found[4][1]
    assert found[5] == ({"id": "5", "text": "last"}, "last")
    assert rows_of(b"text\tid\na\t1\n", "tsv") == [({"text": "a", "id": "1"}, "a")]


def test_tables_that_were_joined_have_their_marks_and_headers_as_no_examples():
    one = b'\xef\xbb\xbf"text",label\na,x\n'
    found = rows_of(one + one.replace(b"a,x", b"b,y"), "csv")
    header = ({"text": "text", "label": "label"}, "it repeats the header")
    assert found == [
        ({"text": "a", "label": "x"}, "a"), header, ({"text": "b", "label": "y"}, "b"),
    ]  # fmt: skip


def test_a_quote_that_is_never_closed_is_named_after_the_rows_before_it():
    given = piped(io.BytesIO(b'text,id\na,1\n"b,2\nc,3\n'), "csv", None)
    assert next(given.rows).sentence == "a"
    with pytest.raises(ValueError, match="the pipe, row 2: a quote opens a cell and none closes"):
        next(given.rows)
    (bad, good) = rows_of(b'text,id\n"a"b,1\nc,2\n', "csv")
    assert "its quotes cannot be read" in bad[1]
    assert good[1] == "c"


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_the_sign_between_cells_is_asked_for_and_then_used(sign):
    content = f"text{sign}label\na,b{sign}x\n".encode()
    with pytest.raises(ValueError, match=r"if that is several, name the sign .* --delimiter"):
        rows_of(content, "csv")
    assert rows_of(content, "csv", None, None, sign) == [({"text": "a,b", "label": "x"}, "a,b")]


def test_what_a_kind_does_not_leave_open_is_not_to_be_named():
    with pytest.raises(ValueError, match="a Parquet file says itself"):
        layout_of("parquet", "cp1252", None)
    with pytest.raises(ValueError, match="and jsonl has none: csv and tsv have"):
        layout_of("jsonl", None, ";")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "found nothing"),
        (b"text,text\na,b\n", "found `text` twice"),
        (b"id,body\n1,a\n", "a column `text` or `words`, found id, body: .* --column"),
        ("text".encode("utf-16-le"), "it looks like UTF-16: name that with --encoding"),
    ],
)
def test_a_table_without_a_text_is_refused_before_its_first_row(content, told):
    with pytest.raises(ValueError, match=told):
        rows_of(content, "csv")


def test_parquet_keeps_its_types_and_says_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 1)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"form": [["a", "b"], ["c"]], "n": pa.array([1, 2], pa.int8())}), path)
    with opened(path, "parquet", "form") as given:
        assert given.schema.field("n").type == pa.int8()
        first = next(given.rows)
        assert (first.sentence, first.cells["n"]) == (["a", "b"], 1)
        assert next(given.rows).sentence == ["c"]
        assert given.share() == 0.5
        assert list(given.rows) == []
        assert given.share() == 1
    path.write_text("no")
    with (
        pytest.raises(ValueError, match=r"a\.parquet is no Parquet file"),
        opened(path, "parquet", None),
    ):
        pass
    with pytest.raises(ValueError, match="expected the name of a file"):
        piped(io.BytesIO(), "parquet", None)


def pack(path, content):
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content))
    else:
        with pa.CompressedOutputStream(str(path), "zstd") as stream:
            stream.write(content)


@pytest.mark.parametrize("ending", ["gz", "zst"])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("lines", b"\xef\xbb\xbfone\n\xff\n\n"),
        ("csv", b'id,text\n1,"a\nb"\n2\n'),
        ("tsv", b"id\ttext\n1\ta\n"),
        ("jsonl", b'{"text": "a"}\n[1]\n'),
    ],
)
def test_a_packed_file_has_the_rows_of_what_was_packed(kind, content, ending, tmp_path):
    path = tmp_path / f"a.{'txt' if kind == 'lines' else kind}.{ending}"
    pack(path, content)
    assert kind_of(path, None) == kind
    with opened(path, kind, None) as given:
        found = [(dict(row.cells), told(row.sentence)) for row in given.rows]
        assert given.share() == 1
    assert found == rows_of(content, kind)


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_the_rows_before_a_damaged_place_are_read_and_then_it_is_told(ending, tmp_path):
    path = tmp_path / f"a.txt.{ending}"
    draw = random.Random(1)
    pack(path, b"\n".join(draw.randbytes(9).hex().encode() for _ in range(40_000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with opened(path, "lines", None) as given:
        assert all(next(given.rows).sentence for _ in range(1000))
        with pytest.raises(ValueError, match=rf"^a\.txt\.{ending} is damaged .*: pack it again$"):
            list(given.rows)
    path.write_bytes(whole)
    with pytest.raises(EOFError, match="mine"), opened(path, "lines", None):
        raise EOFError("mine")  # what is done with the rows is another's fault


def test_the_kind_is_what_is_said_or_else_what_the_ending_says(tmp_path):
    assert kind_of(tmp_path / "a.CSV", None) == "csv"
    assert kind_of(tmp_path / "a.csv", "lines") == "lines"
    assert kind_of(tmp_path / "a.tab.gz", None) == "tsv"
    with pytest.raises(ValueError, match=r"a\.doc could be anything: .*--as"):
        kind_of(tmp_path / "a.doc", None)
    assert using.KINDS == reading.KINDS
