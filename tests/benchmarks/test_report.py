import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.image import imread

from benchmarks.machine import Machine
from benchmarks.measure import Goal, Measured, MeasuredGroup, Side
from benchmarks.picture import Curve, draw_curves, draw_goals, number, ratio_text
from benchmarks.report import (
    Results,
    Table,
    markdown,
    read_results,
    results_text,
    write_report,
    write_results,
)

ROOT = Path(__file__).parents[2]
CELL = r"(?:[^|\\]|\\.)*"


def side(name: str, *seconds: float, tokens: int = 120_000, loss: float = 1.0) -> Side:
    figures = {"tokens": tokens, "validation_loss": loss, "validation_accuracy": 0.9381}
    settings = {"settings": "fast=True | <plain>"}
    return Side(name, tuple({"seconds": each} | figures | settings for each in seconds))


def command(name: str, *seconds: float) -> Side:
    return Side(name, tuple({"seconds": each} for each in seconds))


OURS = side("Headway", 1.5, 1.6, 1.4)
TAGGING = Measured(
    "tagging, against A|B",
    Goal(4, True),
    "tokens a second",
    True,
    OURS,
    side("A|B", 6.6, 6.4, 6.3, loss=1.1),
    "as its documentation has it",
)
WORSE = replace(TAGGING, name="against C", theirs=side("C", 15, 15, 15, loss=0.9), note="")
FLOOR = Measured(
    "loop, against the floor", Goal(1.15, False), "seconds", False, OURS,
    side("floor", 1.0, 1.0, 1.0), "",
)  # fmt: skip
WITHOUT_GOAL = replace(FLOOR, name="against a CRF", goal=None, theirs=command("CRF", 57, 58, 59))
PIPELINE = Measured(
    "nothing to do", Goal(1.3, False), "seconds", False, command("repro", 0.8),
    command("empty", 0.7), "",
)  # fmt: skip
CURVE = Curve(
    "Sentence length",
    "tokens",
    "tokens a second",
    (16, 32, 2048),
    {"z, fused": (81_234.0, 70_000.0, 9_000.0), "a, explicit": (70_000.0, 1_234.0, None)},
    "64 dimensions",
    True,
    True,
)
MACHINE = Machine("A processor", 2, "AVX512", 23.54, "Linux 6.1", "3.11", {"torch": "2"}, None, 0.1)
RESULTS = Results(
    MACHINE,
    (
        MeasuredGroup("Tagging", (TAGGING, WORSE, FLOOR, WITHOUT_GOAL)),
        MeasuredGroup("Pipeline", (PIPELINE,)),
    ),
    (
        CURVE,
        replace(CURVE, title="Heads", is_log_x=False, is_log_y=False, lines={"one": (1, 2, 3)}),
    ),
    (Table("Two processes", ("processes", "ratio"), ((1, 1.0), (2, 1.7957), ("x|y", None)), ""),),
)


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table of a Markdown text, its rule left in."""
    found = re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in re.findall(rf"(?<=\|)({CELL})\|", line)]
            for line in table.splitlines()
        ]
        for table in found
    ]


def goals(results: Results) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in tables(results_text(results))[0][2:]}


def test_what_was_measured_reads_back_equal(tmp_path):
    write_results(RESULTS, tmp_path / "results.json")
    again = read_results(tmp_path / "results.json")
    assert again == RESULTS
    assert [list(curve.lines) for curve in again.curves] == [["z, fused", "a, explicit"], ["one"]]


def test_a_report_drawn_again_from_the_file_is_the_same_bytes(tmp_path):
    write_report(RESULTS, tmp_path / "first")
    write_results(RESULTS, tmp_path / "results.json")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.report", tmp_path / "results.json", tmp_path / "again"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    for name in ("results.md", "results.png", "growth.png"):
        first, again = ((tmp_path / folder / name).read_bytes() for folder in ("first", "again"))
        assert first == again, name
        assert b"Software" not in first


@pytest.mark.parametrize("damage", [None, "{", "[]", '{"machine": 1}'])
def test_a_file_without_results_is_refused_without_a_traceback(tmp_path, damage):
    path = tmp_path / "results.json"
    if damage is not None:
        path.write_text(damage)
    drawn = subprocess.run(
        [sys.executable, "-m", "benchmarks.report", path],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert drawn.returncode == 1
    assert "holds no results" in drawn.stderr
    assert "Traceback" not in drawn.stderr


def test_the_goals_stand_with_ratio_spread_and_verdict():
    assert goals(RESULTS) == {
        r"tagging, against A\|B": ["4 times or more", "4.40", "4.00 to 4.50", "yes"],
        "against C": ["4 times or more", "10.0", "9.38 to 10.7", "does not count"],
        "loop, against the floor": ["1.15 times or less", "1.50", "1.40 to 1.60", "no"],
        "against a CRF": ["none", "0.0263", "0.0237 to 0.0276", "-"],
        "nothing to do": ["1.3 times or less", "1.14", "1.14 to 1.14", "yes"],
    }


def test_what_does_not_count_is_said_before_the_first_figure():
    text = results_text(RESULTS)
    loud = "> **DOES NOT COUNT: against C.** Headway: validation loss 1, worse than 0.9 of C."
    assert text.index(loud) < text.index("## Goals")
    assert "2 of 4 goals are met; 1 does not count." in text


@pytest.mark.parametrize("load", [0.1, 1.7])
def test_a_busy_machine_is_told(load):
    text = results_text(replace(RESULTS, machine=replace(MACHINE, load=load)))
    assert ("busy" in text) is (load == 1.7)


def test_every_table_has_as_many_cells_in_each_line_and_lines_up():
    text = results_text(RESULTS)
    found = tables(text)
    assert len(found) == 7  # goals, two groups, two curves, one table, the machine
    for table in found:
        assert {len(row) for row in table} == {len(table[0])}
        assert all(re.fullmatch("-+:?", cell) for cell in table[1])
    for block in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE):
        assert len({len(line) for line in block.splitlines()}) == 1


def test_a_border_a_tag_and_a_line_break_in_a_cell_stay_text():
    row = markdown(("a|b",), [("one\ntwo | <three>",)]).splitlines()[-1]
    assert row == r"| one two \| &lt;three> |"


def test_columns_of_numbers_stand_on_the_right():
    rule = markdown(("name", "ratio", "spread"), [("a", 1.5, "1 to 2"), ("b", None, "-")])
    assert rule.splitlines()[1] == "| ---- | ----: | -----: |"


def test_contenders_stand_once_with_what_they_gave():
    header, _, *rows = tables(results_text(RESULTS))[1]
    assert [row[0] for row in rows] == ["Headway", r"A\|B", "C", "floor", "CRF"]
    ours = dict(zip(header, rows[0], strict=True))
    assert ours["tokens a second"] == "80,000"
    assert ours["spread"] == "75,000 to 85,700"
    assert [ours["seconds"], ours["spread of seconds"]] == ["1.50", "-"]
    assert ours["validation loss"] == "1.000"
    assert ours["validation accuracy"] == "0.938"
    assert ours["settings"] == r"fast=True \| &lt;plain>"
    crf = dict(zip(header, rows[-1], strict=True))
    assert [crf["tokens a second"], crf["seconds"], crf["settings"]] == ["-", "58.0", "-"]
    assert crf["spread of seconds"] == "57.0 to 59.0"


def test_a_column_that_nobody_has_anything_for_is_left_out():
    header = tables(results_text(RESULTS))[2][0]
    assert header == ["contender", "seconds", "spread of seconds"]


def test_a_curves_numbers_stand_beside_its_picture():
    table = tables(results_text(RESULTS))[3]
    assert table[0] == ["tokens", "z, fused", "a, explicit"]
    assert table[2:] == [
        ["16", "81,200", "70,000"],
        ["32", "70,000", "1,230"],
        ["2,048", "9,000", "-"],
    ]


def test_other_tables_show_no_more_digits_than_they_bear():
    table = tables(results_text(RESULTS))[5]
    assert table[2:] == [["1", "1.00"], ["2", "1.80"], [r"x\|y", "-"]]


def test_a_report_without_growth_or_comparisons_has_no_empty_sections(tmp_path):
    bare = replace(RESULTS, groups=(), curves=(), tables=())
    write_report(bare, tmp_path)
    text = (tmp_path / "results.md").read_text()
    assert re.findall("^## .*", text, re.MULTILINE) == ["## The machine and the versions"]
    assert "png" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["results.md"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (74_123, "74,100"),
        (9.996, "10.0"),
        (20.06, "20.1"),
        (1.15, "1.15"),
        (0.98, "0.980"),
        (0.03124, "0.0312"),
        (0, "0"),
        (1_640_000, "1,640,000"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "goal", "text"),
    [
        (1.1504, Goal(1.15, False), "1.1504"),
        (1.1496, Goal(1.15, False), "1.15"),
        (3.9996, Goal(4, True), "3.9996"),
        (4.0004, Goal(4, True), "4.00"),
        (3.9996, None, "4.00"),
    ],
)
def test_a_ratio_is_never_rounded_across_its_goal(seconds, goal, text):
    found = replace(FLOOR, goal=goal, ours=command("a", seconds), theirs=command("b", 1.0))
    assert ratio_text(found) == text


DRAWINGS = {
    "goals": lambda path: draw_goals(path, RESULTS.comparisons),
    "one goal": lambda path: draw_goals(path, [PIPELINE]),
    "names that need care": lambda path: draw_goals(
        path, [replace(TAGGING, name="$x^2$ `code` " + "and a long name " * 6)]
    ),
    "curves": lambda path: draw_curves(path, [CURVE] * 3),
    "one curve": lambda path: draw_curves(path, [CURVE]),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_picture_is_the_same_bytes_and_nothing_is_cut_off(tmp_path, name):
    for file in ("one.png", "two.png"):
        DRAWINGS[name](tmp_path / file)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    picture = imread(tmp_path / "one.png")[..., :3]
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 1).all()


def test_a_goal_that_is_missed_is_drawn_otherwise(tmp_path):
    met = replace(FLOOR, goal=Goal(1.50, False))
    missed = replace(FLOOR, goal=Goal(1.49, False))
    draw_goals(tmp_path / "met.png", [met])
    draw_goals(tmp_path / "missed.png", [missed])
    blue, orange = (0, 114, 178), (213, 94, 0)
    for file, drawn, other in (("met", blue, orange), ("missed", orange, blue)):
        pixels = (imread(tmp_path / f"{file}.png")[..., :3] * 255).round().reshape(-1, 3)
        assert (pixels == drawn).all(axis=1).sum() > 50
        assert not (pixels == other).all(axis=1).any()


def test_a_place_that_is_left_over_stays_empty(tmp_path):
    draw_curves(tmp_path / "three.png", [CURVE] * 3)
    picture = imread(tmp_path / "three.png")[..., :3]
    height, width, _ = picture.shape
    assert (picture[int(0.7 * height) :, int(0.7 * width) :] == 1).all()
    assert not (picture[int(0.7 * height) :, : width // 2] == 1).all()


@pytest.mark.parametrize("is_log_y", [True, False])
def test_a_lines_name_stands_at_its_end(tmp_path, is_log_y):
    level = replace(CURVE, lines={"a": (500, 500, 500), "b": (9, 9, 9)}, is_log_y=is_log_y)
    draw_curves(tmp_path / "level.png", [level])
    pixels = (imread(tmp_path / "level.png")[..., :3] * 255).round()
    blue = (pixels == (0, 114, 178)).all(axis=2)
    rows = blue.any(axis=1).nonzero()[0]
    assert rows.max() - rows.min() < 20
