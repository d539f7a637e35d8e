"""Trials in Optuna's storage: each once, in whatever storage, whoever takes them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import optuna
import pytest

from pipeline.sweeps.dimensions import Choices, Span
from pipeline.sweeps.ledger import Ledger
from pipeline.sweeps.plan import Plan
from pipeline.sweeps.storage import absolute, open_storage

GRID = Plan((Choices("n_heads", (1, 2, [3])),), (20, 21), None, None, 4)
SEARCH = Plan((Span("rate", 1e-4, 1e-2, is_log=True, is_whole=False),), (20, 21), "tpe", 3, 2)
FACTS = {"direction": "maximize"}


@pytest.fixture(params=["journal", "sqlite"])
def opened(request, tmp_path):
    """A storage opened anew each time, as another process would."""
    url = f"sqlite:///{tmp_path}/trials.db" if request.param == "sqlite" else None
    return lambda: open_storage(url, tmp_path / "journal", tmp_path / "lock")


def made(storage, plan=GRID) -> Ledger:
    ledger = Ledger.made(storage, "heads", plan, FACTS)
    ledger.grow(plan)
    return ledger


def test_a_grid_stands_in_the_storage_before_anything_is_run(opened):
    made(opened())
    found = Ledger.opened(opened(), "heads")
    assert found.plan == GRID
    assert [trial.varied for trial in found.trials()] == GRID.grid()
    assert [trial.number for trial in found.trials()] == [1, 2, 3, 4, 5, 6]
    assert {trial.state for trial in found.trials()} == {"waiting"}
    assert Ledger.opened(opened(), "other") is None


def test_a_sweep_whose_maker_was_killed_is_made_whole_with_the_same_numbers(opened):
    half = Ledger.made(opened(), "heads", GRID, FACTS)
    for number, varied in enumerate(GRID.grid()[:2], 1):
        half._add(number, varied, GRID)
    whole = made(opened())
    assert [trial.varied for trial in whole.trials()] == GRID.grid()
    assert whole.facts["token"] == half.facts["token"]


def test_more_seeds_come_after_the_trials_that_are_there(opened):
    ledger = made(opened())
    ledger.grow(replace(GRID, seeds=(20, 21, 22)))
    varied = [trial.varied for trial in ledger.trials()]
    assert varied[:6] == GRID.grid()
    assert [it["seed"] for it in varied[6:]] == [22, 22, 22]


def test_a_trial_of_a_journal_is_taken_by_one_of_many_who_want_it(tmp_path):
    """SQLite has no lock for one row: there the project's own lock of the trial does it alone."""

    def opened():
        return open_storage(None, tmp_path / "journal", tmp_path / "lock")

    made(opened())
    ledgers = [Ledger.opened(opened(), "heads") for _ in range(4)]

    def take(ledger):
        return [trial.number for trial in ledger.trials() if ledger.begin(trial, "me")]

    with ThreadPoolExecutor(4) as pool:
        taken = [number for one in pool.map(take, ledgers) for number in one]
    assert sorted(taken) == [1, 2, 3, 4, 5, 6]


def test_a_trial_whose_worker_is_dead_is_given_to_another_and_the_dead_is_not_heard(tmp_path):
    url = f"sqlite:///{tmp_path}/trials.db"
    ledger = made(open_storage(url, tmp_path, tmp_path))
    slept, alive, *_ = ledger.trials()
    for trial in (slept, alive):
        assert ledger.begin(trial, "elsewhere")
    with closing(sqlite3.connect(tmp_path / "trials.db")) as database, database:
        early = "UPDATE trial_heartbeats SET heartbeat = datetime(heartbeat, '-1 hour')"
        database.execute(early)
    ledger.beat(alive)
    other = Ledger.opened(open_storage(url, tmp_path, tmp_path), "heads")
    other.give_up_dead()
    again, still, *_ = other.trials()
    assert (again.number, again.varied, again.state) == (slept.number, slept.varied, "waiting")
    assert still.state == "running"
    assert other.begin(again, "here")
    ledger.end(slept, 0.5, {"weights": "of the sleeper"})
    ledger.fail(slept, "too late")
    assert other.trials()[0].state == "running"
    other.end(again, 0.75, {"weights": "made here"})
    assert other.trials()[0].value == 0.75
    assert other.trials()[0].facts["weights"] == "made here"


def test_a_trial_ends_with_its_value_or_with_its_reason_and_a_failed_one_can_be_retried(opened):
    ledger = made(opened())
    first, second, *_ = ledger.trials()
    for trial in (first, second):
        assert ledger.begin(trial, "me")
    ledger.end(first, 0.9, {"wall": 3.5})
    ledger.fail(second, "train: the disk is full")
    first, second, *_ = Ledger.opened(opened(), "heads").trials()
    assert (first.state, first.value, first.facts["wall"]) == ("done", 0.9, 3.5)
    assert (second.state, second.value) == ("failed", None)
    assert second.facts["reason"] == "train: the disk is full"
    ledger.retry(second)
    again = ledger.trials()[1]
    assert (again.number, again.state, again.varied) == (2, "waiting", second.varied)
    assert len(ledger.trials()) == 6


def test_the_same_round_drawn_twice_changes_nothing(opened):
    ledger = made(opened(), SEARCH)
    assert [trial.varied for trial in ledger.trials()] == [None] * 6
    for _ in range(2):
        ledger.draw(ledger.trials()[0], {"rate": 0.001, "seed": 20}, SEARCH)
    assert ledger.trials()[0].varied == {"rate": 0.001, "seed": 20}
    assert ledger.trials()[1].varied is None


def test_optuna_itself_can_read_what_was_tried(opened):
    ledger = made(opened(), SEARCH)
    trial = ledger.trials()[0]
    ledger.draw(trial, {"rate": 0.001, "seed": 20}, SEARCH)
    ledger.begin(trial, "me")
    ledger.end(trial, 0.5, {})
    study = optuna.load_study(study_name="heads", storage=opened())
    assert study.best_trial.params == {"rate": 0.001, "seed": 20}
    assert study.best_value == 0.5


def test_a_journal_whose_writer_was_killed_with_the_lock_is_written_to(tmp_path):
    lock = tmp_path / "lock"
    lock.touch()  # the file is there, nobody holds it
    made(open_storage(None, tmp_path / "journal", lock))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////no/such/folder/x.db", "unable to open database file"),
        ("nonsense", "Could not parse"),
        ("sqlite:///", "names no file"),
        ("oracle://user:secret@host/db", r"oracle://host/db needs the Python module \w+db"),
    ],
)
def test_a_storage_that_cannot_be_used_is_told_in_a_sentence_without_the_password(
    url, said, tmp_path
):
    with pytest.raises(ValueError, match=said) as told:
        open_storage(url, tmp_path / "journal", tmp_path / "lock")
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_an_sqlite_file_is_found_again_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute("sqlite:///x.db") == f"sqlite:///{tmp_path}/x.db"
    assert absolute("sqlite:////else/x.db") == "sqlite:////else/x.db"
    assert absolute("postgresql://host/db") == "postgresql://host/db"
    assert absolute(None) is None
