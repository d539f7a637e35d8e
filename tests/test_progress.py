"""What a person is told of long work, and when; no test waits for it."""

import sys

import pytest
from small_training import settings, setup

from pipeline import progress
from pipeline.progress import (
    AFTER,
    EVERY,
    Work,
    advance,
    begin,
    counted,
    plan,
    say,
    shown,
    step,
    warn,
)
from pipeline.training.audience import Audience
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import fit
from stages.running import _say


def test_a_line_says_what_is_done_and_how_much_is_left():
    work = Work("evaluate", now=0.0)
    assert work.text(1.0) == "evaluate: loading libraries"
    work.begin("drawing", 8, now=10.0)
    work.done = 2
    assert work.text(14.0) == "evaluate: drawing: 25 %, about 12 s left"
    work.begin("reading", lambda: 0.5, now=20.0)
    assert work.text(20.0 + 240) == "evaluate: reading: 50 %, about 4 min left"


def test_a_log_gets_one_line_of_long_work_then_one_now_and_then_and_none_of_short_work():
    work = Work("train", now=0.0)
    times = [0.25 * i for i in range(4 * 100)]
    told = [now for now in times if work.line_due(now)]
    assert told == [AFTER, AFTER + EVERY, AFTER + 2 * EVERY, AFTER + 3 * EVERY]
    for begun in (100.0, 101.0, 102.0):
        work.begin("short", 3, now=begun)
        assert work.line_due(begun + AFTER / 2) is None
    work.begin("", None, now=200.0)
    assert work.line_due(300.0) is None  # another program tells it


def test_steps_are_numbered_and_what_is_counted_counts():
    with shown("evaluate"):
        plan("one", "two", "three")
        step("two")
        assert telling() == "evaluate, step 2 of 3: two"
        for i, _ in enumerate(counted("abcd", "looking", 4)):
            assert telling().startswith(f"evaluate, step 2 of 3: looking: {25 * i} %")
        begin("closing", 2)
        advance()
        assert telling().startswith("evaluate, step 2 of 3: closing: 50 %")
    assert progress._work is None


def telling():
    return progress._work.text(progress._work.begun + 1)


def test_without_anybody_who_listens_work_goes_on():
    plan("one")
    step("one")
    assert list(counted("ab", "looking", 2)) == ["a", "b"]


def test_a_line_that_is_said_stands_alone_in_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    work = Work("train", now=0.0)  # long ago
    monkeypatch.setattr(progress, "_work", work)
    progress._tell(now=10.0)
    say("epoch 1")
    out, err = capsys.readouterr()
    assert err == "\r\x1b[Ktrain: loading libraries\r\x1b[K"
    assert out == "epoch 1\n"


def test_what_files_of_others_say_steers_no_terminal(monkeypatch, capsys):
    work = Work("train", now=0.0)
    monkeypatch.setattr(progress, "_work", work)
    work.begin("reading a\x1b[2J\nb", None, now=0.0)
    progress._tell(now=10.0)
    say(ValueError("line 3: 'x\x9b2J' is no number\nof a word"))
    warn("the run a\x1b]0;owned\x07 cannot go on")
    _say("error: corpus: 'x\x1b[31m' is no number")
    out, err = capsys.readouterr()
    assert out == "line 3: 'x\\x9b2J' is no number\nof a word\n"
    assert err.splitlines() == [
        r"train: reading a\x1b[2J\nb",
        r"the run a\x1b]0;owned\x07 cannot go on",
        r"error: corpus: 'x\x1b[31m' is no number",
    ]


def test_a_log_has_no_sign_that_acts(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_work", Work("train", now=0.0))
    for now in (1.0, 3.0, 4.0):
        progress._tell(now)
    say("epoch 1")
    out, err = capsys.readouterr()
    assert (out, err) == ("epoch 1\n", "train: loading libraries\n")


@pytest.mark.parametrize("parts", [1, 2])
def test_a_training_counts_its_epochs_from_one_and_all_its_steps(tmp_path, parts):
    heard = []
    audience = Audience(lambda row: heard.append((row.epoch, progress._work.doing, share())))
    with shown("train"):
        params = settings(max_epochs=4, batch_parts=parts)
        fit(setup(), params, audience, Checkpoints(tmp_path))
    assert [(epoch, doing) for epoch, doing, _ in heard] == [
        (number, f"epoch {number} of 4") for number in range(1, 5)
    ]
    assert [done for *_, done in heard] == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.05)


def share():
    return progress._work.done / progress._work.total
