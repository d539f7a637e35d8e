"""One engine lays out every table of a terminal."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipeline.terminal.table import BOLD, PLAIN, print_table, table_lines

HEADER = ("name", "script", "n")
ROWS = [["日本", "kanji", "2.25"], ["a\x1b[2J", "", "10.5"]]
EVIL = "../../../x\x1b[2J\x1b]0;owned\x07\r\n[red]:boom:\u202e\x9b"


def printed(monkeypatch, is_terminal, columns, *arguments):
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: is_terminal)
    with monkeypatch.context() as here:
        here.setattr(sys, "stdout", out)
        here.setenv("COLUMNS", str(columns))
        here.setenv("TERM", "xterm")
        print_table(*arguments)
    return out.getvalue().splitlines()


def test_columns_line_up_in_cells_and_numbers_stand_on_the_right():
    assert table_lines(HEADER, ROWS, words=range(2)) == [
        "   name      script     n",
        "   日本      kanji   2.25",
        r"   a\x1b[2J          10.5",
    ]
    assert table_lines(("", "a", "b"), [["x", "1", "long"]], (0, 2), indent="", gap="|") == [
        " |a|b",
        "x|1|long",
    ]


def test_a_pipe_gets_every_column_and_nothing_but_text(monkeypatch):
    wide = [["x" * 500, "y", "1"]]
    lines = printed(monkeypatch, False, 20, HEADER, wide, range(2), ("script",))
    assert lines == table_lines(HEADER, wide, range(2), indent="")


def test_a_terminal_gets_a_bold_header_and_a_rule(monkeypatch):
    assert printed(monkeypatch, True, 80, HEADER, ROWS, range(2)) == [
        f"{BOLD} name       script      n{PLAIN}",
        " ────────────────────────",
        " 日本       kanji    2.25",
        r" a\x1b[2J            10.5",
    ]


@given(
    rows=st.lists(st.lists(st.text("ab 日é", max_size=40), min_size=3, max_size=3), min_size=1),
    columns=st.integers(20, 100),
)
def test_no_line_is_wider_than_the_terminal(rows, columns):
    with pytest.MonkeyPatch.context() as patch:
        bold, *lines = printed(patch, True, columns, HEADER, rows, range(2), ("script",))
    plain = bold.removeprefix(BOLD).removesuffix(PLAIN)
    assert max(map(cell_len, [plain, *lines])) < columns


def test_a_table_shows_what_looks_like_markup_as_it_is(monkeypatch):
    for is_terminal in (False, True):
        out = io.StringIO()
        out.isatty = lambda known=is_terminal: known
        monkeypatch.setattr(sys, "stdout", out)
        print_table(["run"], [[EVIL]], words=range(1))
        shown = r"../../../x\x1b[2J\x1b]0;owned\x07\r\n[red]:boom:\u202e\x9b"
        assert shown in out.getvalue()
    monkeypatch.undo()
