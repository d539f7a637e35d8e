import fcntl
import json
import os
import sys
from pathlib import Path

import pytest

from benchmarks.contender import Contender, run
from benchmarks.machine import Machine, machine_of
from benchmarks.measure import (
    Comparison,
    Goal,
    Measured,
    Side,
    announcing,
    measure,
    measure_group,
    order,
)

FOUR_OR_MORE = Goal(4, more_is_better=True)
DIARY = "import sys; open('diary', 'a').write(sys.argv[1] + '\\n')"
TELLS = "import sys; open('outcome-of-' + sys.argv[1], 'w').write(sys.argv[2])"


def contender(folder: Path, name: str, script: str, *arguments: str, outcome: str | None = None):
    return Contender(
        name=name,
        command=(sys.executable, "-S", "-c", script, *arguments),
        environment={},
        folder=folder,
        outcome=None if outcome is None else folder / outcome,
    )


def writer(folder: Path, name: str = "ours", **sample: object) -> Contender:
    return contender(folder, name, TELLS, name, json.dumps(sample), outcome=f"outcome-of-{name}")


def comparison(ours: Contender, theirs: Contender, **changed: object) -> Comparison:
    plain = {"goal": None, "per": "seconds", "must_learn_as_well": False, "note": ""}
    return Comparison(name="a comparison", ours=ours, theirs=theirs, **(plain | changed))


def measured(ours, theirs, goal=None, per="tokens a second", must_learn_as_well=False):
    return Measured(
        "planted", goal, per, must_learn_as_well, Side("Headway", ours), Side("Peer", theirs), ""
    )


def trained(seconds: float, loss: float = 1.0, tokens: int = 1200):
    return {"seconds": seconds, "tokens": tokens, "validation_loss": loss}


def silent(text: str) -> None:
    pass


@pytest.fixture
def diary(tmp_path):
    """Names of contenders in the order in which they ran."""
    return lambda: (tmp_path / "diary").read_text().split()


@pytest.mark.parametrize(
    ("goal", "ratio", "is_met"),
    [
        (Goal(4, True), 4.0, True),
        (Goal(4, True), 3.999, False),
        (Goal(1.15, False), 1.15, True),
        (Goal(1.15, False), 1.151, False),
    ],
)
def test_a_goal_is_met_at_its_bound_and_on_its_good_side(goal, ratio, is_met):
    assert goal.met(ratio) is is_met


def test_a_goal_says_what_it_asks():
    assert [str(Goal(4, True)), str(Goal(1.15, False)), str(Goal(1, False))] == [
        "4 times or more",
        "1.15 times or less",
        "1.0 times or less",
    ]


def test_the_figure_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians():
    # Rates 1200/s: ours 100, 200, 600; theirs 100, 50, 200.
    found = measured(
        (trained(12), trained(6), trained(2)), (trained(12), trained(24), trained(6)), FOUR_OR_MORE
    )
    assert found.ratios == pytest.approx((1, 4, 3))
    assert found.median == pytest.approx(3)
    assert found.spread == pytest.approx((1, 4))
    assert found.verdict == "no"


def test_tokens_a_second_are_tokens_over_seconds_and_more_of_them_is_better():
    found = measured(({"seconds": 2, "tokens": 800},), ({"seconds": 1, "tokens": 100},))
    assert found.ratios == (4.0,)
    assert found.more_is_better


@pytest.mark.parametrize(("per", "figure"), [("seconds", "seconds"), ("peak memory", "peak_bytes")])
def test_of_time_and_memory_less_is_better(per, figure):
    found = measured(({figure: 3, "tokens": 9},), ({figure: 2, "tokens": 1},), per=per)
    assert found.ratios == (1.5,)
    assert not found.more_is_better


@pytest.mark.parametrize(
    ("loss", "verdict"), [(0.99, "yes"), (1.0, "yes"), (1.0001, "does not count")]
)
def test_a_comparison_counts_where_the_loss_is_no_worse(loss, verdict):
    found = measured((trained(1, loss),), (trained(4, 1.0),), FOUR_OR_MORE, must_learn_as_well=True)
    assert found.verdict == verdict
    assert found.counts is found.met is (verdict == "yes")


def test_the_loss_is_judged_by_its_median():
    ours = (trained(1, 0.9), trained(1, 5.0), trained(1, 0.9))
    found = measured(ours, (trained(4),) * 3, FOUR_OR_MORE, must_learn_as_well=True)
    assert found.met


def test_a_worse_loss_does_not_matter_where_it_is_not_asked():
    assert measured((trained(1, 9.0),), (trained(4, 1.0),), FOUR_OR_MORE).met


def test_other_tokens_are_other_work():
    found = measured((trained(1, tokens=5000),), (trained(4),), None, must_learn_as_well=True)
    assert found.verdict == "does not count"
    assert found.objection == "trained on 5,000 tokens, Peer on 1,200"


def test_each_of_a_pair_is_first_in_every_other_round(tmp_path, diary):
    ours, theirs = (contender(tmp_path, name, DIARY, name) for name in "AB")
    found = measure(comparison(ours, theirs), 4, silent)
    assert diary() == ["A", "B", "B", "A", "B", "A", "A", "B"]
    assert len(found.ratios) == 4


def test_a_contender_of_several_comparisons_runs_once_a_round(tmp_path, diary):
    a, b, c = (contender(tmp_path, name, DIARY, name) for name in "ABC")
    group = measure_group("planted", [comparison(a, b), comparison(a, c)], 2, silent)
    assert diary() == ["A", "B", "C", "C", "B", "A"]
    against_b, against_c = group.comparisons
    assert against_b.ours == against_c.ours
    assert [side.name for side in group.sides] == ["A", "B", "C"]


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_over_two_rounds_every_pair_stands_both_ways_and_over_all_everyone_leads(count):
    names = list("ABCDE"[:count])
    rounds = [order(names, turn) for turn in range(2 * count)]
    assert all(sorted(names) == sorted(each) for each in rounds)
    for first, second in zip(rounds[::2], rounds[1::2], strict=True):
        assert first == second[::-1]
    assert {each[0] for each in rounds} == set(names)


def test_what_runs_is_announced_before_it_runs(tmp_path):
    heard = []

    def listen(text):
        heard.append((text, (tmp_path / "diary").exists()))

    a, b = (contender(tmp_path, name, DIARY, name) for name in "AB")
    measure(comparison(a, b), 1, listen)
    assert heard == [
        ("a comparison, round 1 of 1: A", False),
        ("a comparison, round 1 of 1: B", True),
    ]


def test_a_pipe_gets_plain_lines(capsys):
    with announcing(2) as announce:
        announce("one [b]")
        announce("two")
    assert capsys.readouterr().err == "1 of 2: one [b]\n2 of 2: two\n"


def test_a_terminal_gets_one_line_that_goes_away(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with announcing(2) as announce:
        announce("masked words [/b]: Trainer")
    shown = capsys.readouterr().err
    assert "masked words [/b]: Trainer" in shown
    assert shown.rstrip().endswith("\x1b[2K")


def test_the_outcome_of_the_process_less_its_nulls_is_its_sample(tmp_path):
    assert run(writer(tmp_path, seconds=2.5, tokens=10, settings="fast", loss=None)) == {
        "seconds": 2.5,
        "tokens": 10,
        "settings": "fast",
    }


def test_a_whole_command_gives_the_seconds_around_it(tmp_path):
    sample = run(contender(tmp_path, "ours", "pass"))
    assert set(sample) == {"seconds"}
    assert sample["seconds"] > 0


def test_a_contender_is_told_its_environment_beside_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("OURS", "kept")
    script = "import os; open('said', 'w').write(os.environ['OURS'] + os.environ['TOLD'])"
    command = (sys.executable, "-c", script)
    run(Contender("ours", command, {"TOLD": "new"}, tmp_path, None))
    assert (tmp_path / "said").read_text() == "keptnew"


LEAVES_A_CHILD = """
import fcntl, os, time
lock = open('lock', 'w')
fcntl.flock(lock, fcntl.LOCK_EX)
open('group', 'w').write(str(os.getpgid(0)))
if os.fork() == 0:
    time.sleep(5)
    open('outlived', 'w')
"""


def test_a_contender_has_a_process_group_of_its_own_which_ends_with_it(tmp_path):
    run(contender(tmp_path, "ours", LEAVES_A_CHILD))
    with (tmp_path / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # free once the last of them has ended
    assert not (tmp_path / "outlived").exists()
    assert (tmp_path / "group").read_text() != str(os.getpgid(0))


def test_a_failing_contender_is_named_with_its_command_and_its_last_lines(tmp_path):
    script = "print(*range(40), sep=chr(10), flush=True); raise SystemExit('no such peer')"
    with pytest.raises(ValueError, match="Peer failed with status 1") as caught:
        run(contender(tmp_path, "Peer", script, "an argument"))
    message = str(caught.value)
    assert "'an argument'" in message
    assert message.endswith("  38\n  39\n  no such peer")
    assert "\n  20\n" not in message


def test_a_contender_that_was_killed_is_said_to_be(tmp_path):
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(ValueError, match="Peer failed with SIGKILL"):
        run(contender(tmp_path, "Peer", script))


def test_a_command_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="Peer could not be started") as caught:
        run(Contender("Peer", ["./no-such-program", "x"], {}, tmp_path, None))
    assert "command: ./no-such-program x" in str(caught.value)


def test_an_older_outcome_is_not_taken_for_this_one(tmp_path):
    (tmp_path / "outcome").write_text('{"seconds": 1}')
    with pytest.raises(ValueError, match="ours wrote no outcome"):
        run(contender(tmp_path, "ours", "pass", outcome="outcome"))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "no JSON object"),
        ("{}", "without seconds above 0"),
        ('{"seconds": 0}', "without seconds above 0"),
        ('{"seconds": "1"}', "without seconds above 0"),
        ('{"seconds": 1, "validation_loss": NaN}', "came to validation_loss nan"),
    ],
)
def test_an_outcome_that_cannot_be_used_is_refused(tmp_path, written, reason):
    peer = contender(tmp_path, "Peer", TELLS, "Peer", written, outcome="outcome-of-Peer")
    with pytest.raises(ValueError, match=f"Peer .*{reason}"):
        run(peer)


def test_a_figure_that_is_missing_shows_after_the_first_round(tmp_path):
    runs = []
    ours = writer(tmp_path, "ours", seconds=1, tokens=2)
    theirs = writer(tmp_path, "theirs", seconds=1)
    with pytest.raises(ValueError, match="theirs gave no tokens, only seconds"):
        measure(comparison(ours, theirs, per="tokens a second"), 3, runs.append)
    assert len(runs) == 2


def test_a_loss_that_is_missing_shows_too(tmp_path):
    ours, theirs = (writer(tmp_path, name, seconds=1, tokens=2) for name in "AB")
    with pytest.raises(ValueError, match="A gave no validation_loss"):
        measure(comparison(ours, theirs, must_learn_as_well=True), 1, silent)


def test_two_contenders_of_one_name_are_refused(tmp_path):
    one, other = (contender(tmp_path, "same", script) for script in ("pass", "1"))
    with pytest.raises(ValueError, match="two contenders are named same"):
        measure(comparison(one, other), 1, silent)


def test_an_interpreter_that_cannot_be_asked_is_told(tmp_path):
    false = tmp_path / "python"
    false.write_text("#!/bin/sh\necho no torch here >&2\nexit 1\n")
    false.chmod(0o755)
    with pytest.raises(ValueError, match="cannot describe itself: it printed no torch here"):
        machine_of(false)


@pytest.mark.parametrize(("load", "is_busy"), [(0.5, False), (0.51, True)])
def test_a_machine_is_busy_above_a_quarter_of_its_processors(load, is_busy):
    assert Machine("p", 2, "AVX2", 8.0, "s", "3", {}, None, load).is_busy is is_busy
