"""`headway heads`: the table in the terminal, and the page."""

import json

from reproducing import headway

from pipeline.artifacts import EvidenceFiles
from pipeline.study.registry import headlines
from pipeline.study.table import HeadRow, read_rows, write_rows
from pipeline.study.verdicts import head_verdicts, overall_line
from pipeline.terminal.heads import print_heads


def cells_of(printed: str) -> dict[str, list[str]]:
    """By head, the row of the table."""
    lines = [line.split() for line in printed.splitlines()]
    columns = 1 + len(headlines())
    return {line[0]: line[1:] for line in lines if len(line) == columns and line[0] in HEADS}


HEADS = ("1", "2")
"""Of the only layer."""


def test_the_table_is_what_evaluate_measured_in_the_workspace_and_in_a_run(finished):
    rows = read_rows(finished.root / "data/evidence/heads.json")
    value = {(str(one.head), one.measure): one.value for one in rows if one.is_plain}
    status, printed = headway(finished, "heads", COLUMNS="200")
    assert status == 0, printed
    told = {head: [f"{value[head, about.name]:.3f}" for about in headlines()] for head in HEADS}
    assert cells_of(printed) == told
    assert headway(finished, "heads", "--run", "latest", COLUMNS="200") == (0, printed)


def test_it_opens_with_the_head_that_is_worth_most_and_explains_what_it_shows_alone(finished):
    metrics = json.loads((finished.root / "data/evidence/metrics.json").read_text())
    rows = read_rows(finished.root / "data/evidence/heads.json")
    draws = metrics["validation"]["resamples"]
    verdicts = head_verdicts(rows, draws)
    for width, has_all in (("60", False), ("200", True)):
        status, printed = headway(finished, "heads", COLUMNS=width)
        assert status == 0, printed
        assert max(map(len, printed.splitlines())) <= int(width)
        flat = " ".join(printed.split())
        opening = [overall_line(rows, draws), *(one.line for one in verdicts)]
        assert flat.startswith(" ".join(filter(None, opening)))
        header = next(line for line in printed.splitlines() if line.startswith("head "))
        shown = [one for one in headlines() if one.headline.heading in header]
        assert (len(shown) == len(headlines())) is has_all
        for about in headlines():
            assert (" ".join(about.meaning.split()) in flat) is (about in shown)


def test_a_relation_that_somebody_named_steers_no_terminal(tmp_path, capsys):
    files = EvidenceFiles(tmp_path)
    files.metrics.write_text('{"validation": {}}')
    rows = [
        HeadRow(
            measure=measure, layer=1, head=1, relation="obj\x1b[2J", direction="to", value=value
        )
        for measure, value in (("syntax_accuracy", 0.9), ("syntax_follows", 1.0))
    ]
    write_rows(rows, [], tmp_path)
    print_heads(files.heads)
    printed = capsys.readouterr().out
    assert r"follows obj\x1b[2J (to: 90 %" in printed
    assert "\x1b" not in printed


def test_open_shows_the_page_and_a_run_s_page_stays_when_the_command_ends(copied):
    viewer = copied.root / "viewer"
    viewer.write_text('#!/bin/sh\necho "$1" >> "$OPENED"\n')
    viewer.chmod(0o755)
    log = copied.root / "opened"
    for chosen in ([], ["--run", "latest"]):
        status, printed = headway(
            copied, "heads", "--open", *chosen, BROWSER=f"{viewer} %s", OPENED=str(log)
        )
        assert status == 0, printed
    shown = log.read_text().split()
    page = (copied.root / "data/evidence/heads.html").read_bytes()
    kept = copied.root / ".headway/pages/heads.html"
    pages = [copied.root / "data/evidence/heads.html", kept]
    assert shown == [page.resolve().as_uri() for page in pages]
    assert kept.read_bytes() == page
    status, printed = headway(copied, "heads", "--open", DISPLAY="", WAYLAND_DISPLAY="", TERM="")
    assert status == 0
    assert f"no browser was found; open this: {pages[0]}" in printed


def test_before_any_evaluation_the_command_that_makes_it_is_named(copied):
    assert copied.dvc("remove", "evaluate").returncode == 0
    for file in (copied.root / "data/evidence").rglob("heads.*"):
        file.unlink()
    status, printed = headway(copied, "heads")
    assert status == 1
    assert "dvc repro" in printed


def test_a_sentence_may_be_given_without_quotes_and_an_empty_one_is_refused(finished):
    quoted = headway(finished, "trace", "the cat sleeps")
    assert quoted[0] == 0
    assert headway(finished, "trace", "the", "cat", "sleeps") == quoted
    assert headway(finished, "trace", "--words", "the", "cat", "sleeps") == quoted
    pair = headway(finished, "trace", "the cat", "--second", "sleeps")
    assert pair == headway(finished, "trace", "--words", "the", "cat", "[SEP]", "sleeps")
    status, printed = headway(finished, "trace", "--words", "can not", "sleep.")
    assert status == 0, printed
    assert "Why " in printed
    status, printed = headway(finished, "trace", "--full", "--words", "can not", "sleep.")
    assert status == 0, printed
    assert "1. Input tokens: 2 tokens" in printed
    status, printed = headway(finished, "trace", "")
    assert status == 1
    assert "expected at least one word, found none" in printed
    folder = finished.root / "params.yaml/page.html"
    status, printed = headway(finished, "trace", "cat", "--html", str(folder))
    assert status == 1
    assert "cannot be written" in printed
    assert "choose a file in a folder that you may write to" in printed
