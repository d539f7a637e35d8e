import json
import mmap
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from workspace import SMALL, write_treebank

from benchmarks.encoders import encoder_costs, head_cases, length_cases
from benchmarks.fits import (
    LARGE_MODEL,
    FitCost,
    Setting,
    fit_costs,
    process_settings,
    thread_settings,
)
from benchmarks.grown import (
    PROCESSES,
    PROCESSES_GOAL,
    TWO_THREADS,
    announcements,
    fit_group,
    fit_side,
    head_curve,
    length_curve,
    measure_growth,
)
from benchmarks.grown_text import anonymous_table, memory_curve, seconds_curve, text_group
from benchmarks.growth import EPOCH, STAGES, StageCost, measure_stage, stage_costs
from benchmarks.picture import draw_curves
from benchmarks.scaled import make_project
from benchmarks.watching import Watched, watched
from pipeline.artifacts import Artifacts
from pipeline.corpus.choice import chosen_source
from pipeline.corpus.store import write_corpus
from pipeline.params import read_params

ROOT = Path(__file__).parents[2]
MEGABYTE = 10**6
CHANGES = {name: value for name, value in SMALL.items() if not name.startswith("corpus.")}


@pytest.fixture(scope="module")
def interpreter() -> Watched:
    """What a process that does nothing takes."""
    return watched([sys.executable, "-c", "pass"], ROOT)


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> tuple[Path, list[StageCost]]:
    """A project with twice the small treebank, and what its first stages and an epoch cost."""
    root = tmp_path_factory.mktemp("growth")
    write_treebank(root / "data/source/small")
    params = read_params(ROOT / "params.yaml").corpus
    local = params.conllu.model_copy(update={"path": "data/source/small"})
    source = chosen_source(
        params.model_copy(update={"source": "conllu", "conllu": local}), Artifacts(root)
    )
    (root / "corpus").mkdir()
    write_corpus(root / "corpus", source)
    project = make_project(root / "x2", root / "corpus", 2, CHANGES)
    costs = [measure_stage(project, stage, 2, 0) for stage in ("corpus", "tokenize")]
    artifacts = Artifacts(project)
    artifacts.vectors.mkdir()  # as the embed stage does, without the pictures
    rows = json.loads((artifacts.tokens / "summary.json").read_text())["vocabulary"]
    table = np.zeros((rows, SMALL["encoder.d_model"]), dtype=np.float32)
    save_file({"table": table}, artifacts.vectors / "table.safetensors")
    return project, [*costs, measure_stage(project, EPOCH, 2, 0)]


def test_a_stage_takes_time_and_at_least_the_interpreters_memory(measured, interpreter):
    _, costs = measured
    assert [cost.stage for cost in costs] == ["corpus", "tokenize", EPOCH]
    for cost in costs:
        assert 0 < cost.inside_seconds < cost.whole.seconds
        assert cost.whole.peak_bytes > interpreter.peak_bytes
        assert 0 < cost.whole.anonymous_bytes < cost.whole.peak_bytes
        assert (cost.times, cost.round) == (2, 0)


def test_the_stages_ran_on_the_scaled_text(measured):
    project, _ = measured
    summary = json.loads((project / "data/tokens/summary.json").read_text())
    assert summary["train"]["sentences"] == 240
    assert summary["validation"]["sentences"] == 30
    lengths = np.diff(np.load(project / "data/tokens/train/offsets.npy"))
    assert mean_length(project / "data/tokens") == round(lengths.sum() / 240)


def test_costs_can_be_kept_as_json(measured):
    _, costs = measured
    cost = asdict(costs[0])
    assert json.loads(json.dumps(cost)) == cost


def test_a_planted_allocation_is_seen_as_anonymous_memory(interpreter):
    code = "x = b'x' * 200_000_000; [x.count(b'y') for _ in range(5)]"
    found = watched([sys.executable, "-c", code], ROOT)
    assert found.anonymous_bytes - interpreter.anonymous_bytes > 190 * MEGABYTE
    assert found.peak_bytes >= found.anonymous_bytes


def test_a_mapped_file_counts_in_the_peak_and_not_as_anonymous_memory(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(200 * MEGABYTE)
    code = (
        "import mmap; file = open('large', 'rb'); "
        "pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ); "
        f"[sum(pages[::{mmap.PAGESIZE}]) for _ in range(20)]"
    )
    found = watched([sys.executable, "-c", code], tmp_path)
    assert found.peak_bytes > 200 * MEGABYTE
    assert found.anonymous_bytes < 50 * MEGABYTE


def test_the_memory_of_whoever_asks_is_not_counted():
    held = b"x" * (200 * MEGABYTE)
    assert watched([sys.executable, "-c", "pass"], ROOT).peak_bytes < len(held) / 2


def test_a_command_that_fails_is_no_measurement():
    with pytest.raises(ValueError, match="no such thing"):
        watched([sys.executable, "-c", "raise ValueError('no such thing')"], ROOT)


def stage_cost(stage: str, times: int, turn: int, inside: float, peak: int) -> StageCost:
    return StageCost(stage, times, turn, inside, Watched(inside + 1, 2 * peak, peak))


def test_growth_is_the_ratio_of_a_round_and_all_stages_together_are_their_sum():
    costs = []
    for turn, inside in ((0, 5), (1, 8), (2, 6)):
        costs += [stage_cost(stage, 1, turn, 1, 10) for stage in (*STAGES, EPOCH)]
        costs += [stage_cost(stage, 10, turn, 2, 10) for stage in STAGES]
        costs += [stage_cost(EPOCH, 10, turn, inside, 12)]
    costs += [stage_cost(stage, 100, 0, 50, 40) for stage in (*STAGES, EPOCH)]
    found = {growth.stage: growth for growth in stage_growth(costs, 1, 10)}
    assert list(found) == [*STAGES, EPOCH, "all"]
    assert found["corpus"].inside_seconds == Spread(2, 2, 2)
    assert found["corpus"].seconds == Spread(1.5, 1.5, 1.5)
    assert found[EPOCH].inside_seconds == Spread(6, 5, 8)
    assert found[EPOCH].anonymous_bytes == Spread(1.2, 1.2, 1.2)
    assert found["all"].inside_seconds == Spread(12 / 4, 11 / 4, 14 / 4)
    assert found["all"].peak_bytes == Spread(1.2, 1.2, 1.2)
    (largest,) = [it for it in stage_growth(costs, 1, 100) if it.stage == "all"]
    assert largest.inside_seconds == Spread(50, 50, 50)


def test_each_length_is_timed_beside_torch_and_each_number_of_heads_with_weights(measured):
    params = measured[0] / "params.yaml"
    cases = [*length_cases([4, 8]), *head_cases([1, 4], length=8)]
    costs = encoder_costs(params, cases, batch_tokens=16, threads=1, repeats=2)
    lengths, heads = costs[:6], costs[6:]
    ways = ["headway", "headway without positions", "torch"]
    assert [(it.length, it.way) for it in lengths] == [(n, way) for n in (4, 8) for way in ways]
    assert {it.n_heads for it in lengths} == {SMALL["encoder.n_heads"]}
    ways = ["headway", "headway with weights"]
    assert [(it.n_heads, it.way) for it in heads] == [(n, way) for n in (1, 4) for way in ways]
    assert {it.length for it in heads} == {8}
    for it in costs:
        assert 0 < it.nanoseconds.lowest <= it.nanoseconds.median <= it.nanoseconds.highest


def test_lengths_that_would_leave_a_batch_smaller_are_refused():
    with pytest.raises(ValueError, match=r"lengths that divide 16, .* found 3, 5"):
        encoder_costs(ROOT / "params.yaml", length_cases([4, 5, 3]), 16, threads=1, repeats=1)


def test_two_processes_train_and_the_outcome_is_the_first_ones(measured):
    project, _ = measured
    settings = process_settings("small", {}, processes=[2], sentences=50, epochs=2)
    (cost,) = fit_costs(project / "params.yaml", project / "data/tokens", settings, rounds=1)
    offsets = np.load(project / "data/tokens/train/offsets.npy")
    assert (cost.setting, cost.round) == ("small, processes 2", 0)
    assert cost.epoch_tokens == offsets[50]
    assert 0 < cost.epoch_seconds < cost.seconds


def test_settings_differ_in_nothing_but_what_is_compared():
    one, two = process_settings("large", LARGE_MODEL, [1, 2], sentences=300, epochs=3)
    differs = {key for key in one.changes if one.changes[key] != two.changes[key]}
    assert differs == {"train.devices", "train.strategy"}
    assert one.changes | LARGE_MODEL == one.changes
    one, two = thread_settings([1, 2], sentences=300, epochs=3)
    assert one.changes == {"train.max_epochs": 3, "train.threads": 1}
    assert two.changes == {"train.max_epochs": 3, "train.threads": 2}


def test_speed_is_compared_within_a_round():
    costs = [FitCost(name, turn, seconds, epoch, 100)
             for turn, name, seconds, epoch in ((0, "one", 8.0, 4.0), (0, "two", 8.0, 2.0),
                                                (1, "two", 6.0, 3.0), (1, "one", 9.0, 4.5))
            ]  # fmt: skip
    found = fit_speed(costs, "two", against="one")
    assert found.epoch == Spread(1.75, 1.5, 2.0)
    assert found.whole == Spread(1.25, 1.0, 1.5)


def test_a_single_epoch_is_refused(tmp_path):
    settings = thread_settings([1], sentences=10, epochs=1)
    with pytest.raises(ValueError, match=r"two epochs or more, .* found one in threads 1"):
        fit_costs(tmp_path / "params.yaml", tmp_path, settings, rounds=1)
