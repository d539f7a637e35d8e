"""`headway heads`: the table in the terminal, and the page."""

from reproducing import headway

from pipeline.study.registry import headlines
from pipeline.study.table import read_rows


def cells_of(printed: str) -> dict[str, list[str]]:
    """By layer and head, such as 1.2, the row of the table."""
    lines = [line.split() for line in printed.splitlines()]
    return {line[0]: line[1:] for line in lines if line and line[0] in HEADS}


HEADS = ("1.1", "1.2")


def test_the_table_is_what_evaluate_measured_in_the_workspace_and_in_a_run(finished):
    rows = read_rows(finished.root / "data/evidence/heads.json")
    value = {(f"{one.layer}.{one.head}", one.measure): one.value for one in rows if one.is_plain}
    status, printed = headway(finished, "heads", COLUMNS="200")
    assert status == 0, printed
    told = {head: [f"{value[head, about.name]:.3f}" for about in headlines()] for head in HEADS}
    assert cells_of(printed) == told
    assert headway(finished, "heads", "--run", "latest", COLUMNS="200") == (0, printed)


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
    status, printed = headway(finished, "trace", "--words", "can not", "sleep.")
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
