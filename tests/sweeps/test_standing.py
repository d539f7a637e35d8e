"""How far a sweep has come, in words, on trials written by hand."""

import numpy as np
import pytest

from pipeline.sweeps.ledger import Trial
from pipeline.sweeps.standing import (
    Standing,
    duration,
    ended_line,
    guessed_seconds,
    left_seconds,
    progress_line,
    setting_table,
)


def trial(number, state, value=None, **facts):
    return Trial(number, number, state, {"encoder.n_heads": number}, value, facts, None)


TRIALS = [
    trial(1, "done", 0.9, wall=40.0),
    trial(2, "done", 0.9, wall=60.0),
    trial(3, "failed", reason="train: no room"),
    trial(4, "running"),
    trial(5, "waiting"),
    trial(6, "waiting"),
]


def test_trials_are_counted_and_the_first_of_equals_is_the_best():
    now = Standing.of(TRIALS, "maximize")
    assert (now.done, now.failed, now.left, now.total) == (2, 1, 3, 6)
    assert now.best.number == 1
    assert Standing.of([*TRIALS, trial(7, "done", 0.2)], "minimize").best.number == 7
    assert Standing.of(TRIALS[2:], "maximize").best is None


def test_the_line_says_what_is_left_and_for_about_how_long():
    line = progress_line("heads", TRIALS, "maximize", jobs=2)
    assert line == "heads: 2 of 6 done, 1 failed, 3 left, about 2 min"
    assert left_seconds(TRIALS, left=3, jobs=2) == 100.0  # two rounds of 50 s
    assert left_seconds(TRIALS[2:], left=3, jobs=2) is None
    assert (
        progress_line("heads", TRIALS[2:3], "maximize", 1) == "heads: 0 of 1 done, 1 failed, 0 left"
    )


def test_every_setting_has_mean_and_spread_over_its_seeds_the_best_first():
    def of(n_heads, seed, value, state="done"):
        varied = {"encoder.n_heads": n_heads, "seed": seed}
        return Trial(seed, seed, state, varied, value, {}, None)

    trials = [of(1, 20, 0.90), of(1, 21, 0.92), of(4, 20, 0.95), of(4, 21, None, "failed")]
    *_, first, second = setting_table(trials, "maximize", "validation_accuracy").splitlines()
    assert first == "| n_heads 4 | 0.9500 | - | 1 |"
    assert second == f"| n_heads 1 | 0.9100 | {np.std([0.90, 0.92], ddof=1):.4f} | 2 |"
    *_, first, second = setting_table(trials, "minimize", "validation_loss").splitlines()
    assert second == "| n_heads 4 | 0.9500 | - | 1 |"


def test_what_came_of_a_trial_stands_in_a_line():
    assert ended_line(TRIALS[0], "validation_accuracy") == (
        "n_heads 1: validation accuracy 0.9000, 40 s"
    )
    assert ended_line(TRIALS[2], "validation_loss") == "n_heads 3: failed: train: no room"


def test_what_trials_share_is_counted_once_and_shared_out_among_jobs():
    keys = [{"corpus": "c", "train": f"t{number}"} for number in range(4)]
    seconds = {"corpus": 6.0, "train": 10.0}
    assert guessed_seconds(keys, seconds, jobs=1) == 46.0
    assert guessed_seconds(keys, seconds, jobs=2) == 23.0
    assert guessed_seconds(keys[:1], seconds, jobs=8) == 16.0
    assert guessed_seconds(keys, {"corpus": 6.0}, jobs=1) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (99, "99 s"), (150, "2 min"), (7200, "2.0 h"), (200_000, "2.3 days")],
)
def test_a_duration_has_the_digits_that_it_can_bear(seconds, said):
    assert duration(seconds) == said
