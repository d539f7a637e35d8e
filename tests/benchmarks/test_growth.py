import json
import mmap
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from workspace import SMALL, write_treebank

from benchmarks.encoders import EncoderCost, encoder_costs, head_cases, length_cases
from benchmarks.fits import (
    LARGE_MODEL,
    FitCost,
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
    head_curve,
    length_curve,
    measure_growth,
)
from benchmarks.grown_text import anonymous_table, memory_curve, seconds_curve, text_group
from benchmarks.growth import EPOCH, STAGES, StageCost, stage_costs
from benchmarks.watching import Watched, watched
from pipeline.artifacts import Artifacts
from pipeline.corpus.choice import chosen_source
from pipeline.corpus.writing import write_corpus
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params

ROOT = Path(__file__).parents[2]
MEGABYTE = 10**6
MIB = 2**20
CHANGES = {name: value for name, value in SMALL.items() if not name.startswith("corpus.")}


@pytest.fixture(scope="module")
def interpreter() -> Watched:
    """What a process that does nothing takes."""
    return watched([sys.executable, "-c", "pass"], ROOT)


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> tuple[Path, list[StageCost], list[str]]:
    """A project with twice the small treebank, what its stages cost, and what was announced."""
    root = tmp_path_factory.mktemp("growth")
    write_treebank(root / "data/source/small")
    write_params(
        ROOT / "params.yaml", root / "params.yaml",
        {"corpus.kind": "conllu", "corpus.conllu.path": "data/source/small"},
    )  # fmt: skip
    source = chosen_source(read_params(root / "params.yaml").corpus, Artifacts(root))
    (root / "corpus").mkdir()
    write_corpus(root / "corpus", source)
    said: list[str] = []
    costs = stage_costs(root, root / "corpus", [2], 1, None, CHANGES, said.append)
    return root / "x2", costs, said


def test_a_stage_takes_time_and_at_least_the_interpreters_memory(measured, interpreter):
    _, costs, said = measured
    assert [cost.stage for cost in costs] == [*STAGES, EPOCH]
    assert len(said) == 1 + len(costs)
    for cost in costs:
        assert 0 < cost.inside_seconds < cost.whole.seconds
        assert cost.whole.peak_bytes > interpreter.peak_bytes
        assert 0 < cost.whole.anonymous_bytes < cost.whole.peak_bytes
        assert (cost.times, cost.round) == (2, 0)


def test_the_stages_ran_on_the_scaled_text(measured):
    project, *_ = measured
    summary = json.loads((project / "data/tokens/summary.json").read_text())
    assert summary["train"]["sentences"] == 240
    assert summary["validation"]["sentences"] == 30


def test_costs_can_be_kept_as_json(measured):
    _, costs, _ = measured
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


def planted_costs() -> list[StageCost]:
    """Three rounds with an epoch that grows unevenly, and one run of the largest text."""
    costs = []
    for turn, inside in ((0, 5), (1, 8), (2, 6)):
        costs += [stage_cost(stage, 1, turn, 1, 10) for stage in (*STAGES, EPOCH)]
        costs += [stage_cost(stage, 10, turn, 2, 10) for stage in STAGES]
        costs += [stage_cost(EPOCH, 10, turn, inside, 13)]
    return costs + [stage_cost(stage, 100, 0, 50, 40 * MIB) for stage in (*STAGES, EPOCH)]


def test_growth_is_the_ratio_of_a_round_and_all_stages_together_are_their_sum():
    group = text_group("Ten times the text", planted_costs(), smaller=1, larger=10)
    found = {it.name.removeprefix("Ten times the text: "): it for it in group.comparisons}
    assert found["time of corpus"].ratios == (2, 2, 2)
    assert found["time of epoch"].ratios == (5, 8, 6)
    assert found["time of all four"].ratios == (11 / 4, 14 / 4, 12 / 4)
    assert found["time of all four"].median == 3
    assert found["peak memory of tokenize"].ratios == (1, 1, 1)
    assert found["peak memory of epoch"].ratios == (1.3, 1.3, 1.3)
    assert found["time of all four"].ours.each("peak_bytes") == [26, 26, 26]
    assert len(found) == 7
    names = [side.name for side in group.sides]
    assert names[:2] == ["corpus x10", "corpus x1"]
    assert len(names) == 10


def test_ten_times_the_text_may_take_a_twentieth_more_and_a_fifth_more_memory():
    group = text_group("Ten times the text", planted_costs(), smaller=1, larger=10)
    verdicts = {it.name.removeprefix("Ten times the text: "): it.verdict
                for it in group.comparisons}  # fmt: skip
    assert verdicts.pop("peak memory of epoch") == "no"
    assert set(verdicts.values()) == {"yes"}
    slower = [stage_cost(stage, times, 0, seconds, 10) for stage in (*STAGES, EPOCH)
              for times, seconds in ((1, 1), (10, 10.6))]  # fmt: skip
    verdicts = [it.verdict for it in text_group("", slower, 1, 10).comparisons]
    assert verdicts == ["no"] * 5 + ["yes"] * 2


def test_curves_have_the_median_of_each_size_the_largest_too():
    seconds, memory = seconds_curve(planted_costs()), memory_curve(planted_costs())
    assert seconds.x == memory.x == (1, 10, 100)
    assert seconds.lines["corpus"] == (1, 2, 50)
    assert seconds.lines[EPOCH] == (1, 6, 50)
    assert list(memory.lines) == ["tokenize", EPOCH]
    assert memory.lines["tokenize"][2] == 80
    table = anonymous_table(planted_costs())
    assert table.header == ("stage", "x1", "x10", "x100")
    assert table.rows[1][0] == EPOCH
    assert table.rows[1][3] == 40


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
    assert min(it.nanoseconds for it in costs) > 0


def test_a_line_has_its_own_costs_in_the_order_of_the_places():
    costs = [EncoderCost(case.way, 2, case.length, 10 * case.length + len(case.way))
             for case in length_cases([8, 4])]  # fmt: skip
    curve = length_curve(costs, note="")
    assert curve.x == (4, 8)
    assert curve.lines == {"headway": (47, 87), "without positions": (65, 105), "torch": (45, 85)}
    costs = [EncoderCost(case.way, case.n_heads, 8, 100 * case.n_heads + len(case.way))
             for case in head_cases([1, 4], length=8)]  # fmt: skip
    curve = head_curve(costs, note="")
    assert curve.x == (1, 4)
    assert curve.lines == {"fused": (107, 407), "with weights": (120, 420)}


def test_lengths_that_would_leave_a_batch_smaller_are_refused():
    with pytest.raises(ValueError, match=r"lengths that divide 16, .* found 3, 5"):
        encoder_costs(ROOT / "params.yaml", length_cases([4, 5, 3]), 16, threads=1, repeats=1)


def test_two_processes_train_and_the_outcome_is_the_first_ones(measured):
    project, *_ = measured
    settings = process_settings("small", {}, processes=[2], sentences=50, epochs=2)
    data, said = Artifacts(project), []
    (cost,) = fit_costs(data.params, data.corpus, data.tokens, settings, 1, said.append)
    offsets = np.load(data.tokens / "train/offsets.npy")
    assert (cost.setting, cost.round) == ("small, processes 2", 0)
    assert cost.epoch_tokens == offsets[50]
    assert 0 < cost.epoch_seconds < cost.seconds
    assert said == ["training, round 1 of 1: small, processes 2"]


def test_the_second_of_a_pair_is_ours_and_its_later_epochs_count():
    one, two = process_settings("small", {}, [1, 2], sentences=50, epochs=2)
    costs = [FitCost(name, turn, 99.0, seconds, 100)
             for turn, name, seconds in ((0, one.name, 4.0), (0, two.name, 2.0),
                                         (1, two.name, 2.5), (1, one.name, 3.5))
            ]  # fmt: skip
    (found,) = fit_group("Two", {"pair": (one, two)}, PROCESSES_GOAL, costs).comparisons
    assert found.ours.quantities("tokens a second") == [50, 40]
    assert found.ratios == pytest.approx((2, 1.4))
    assert found.verdict == "yes"
    (found,) = fit_group("Two", {"pair": (two, one)}, None, costs).comparisons
    assert found.verdict == "no goal"
    assert found.median < 1


def test_settings_differ_in_nothing_but_what_is_compared():
    one, two = process_settings("large", LARGE_MODEL, [1, 2], sentences=300, epochs=3)
    differs = {key for key in one.changes if one.changes[key] != two.changes[key]}
    assert differs == {"train.devices", "train.strategy"}
    assert one.changes | LARGE_MODEL == one.changes
    one, two = thread_settings([1, 2], sentences=300, epochs=3)
    both = {"train.max_epochs": 3, "train.accelerator": "cpu"}
    assert one.changes == both | {"train.threads": 1}
    assert two.changes == both | {"train.threads": 2}


def test_what_is_compared_is_one_against_two():
    for one, two in PROCESSES.values():
        assert (one.changes["train.devices"], two.changes["train.devices"]) == (1, 2)
        assert one.sentences == two.sentences
    ((one, two),) = TWO_THREADS.values()
    assert (one.changes["train.threads"], two.changes["train.threads"]) == (1, 2)


def test_sizes_without_one_and_ten_treebanks_are_refused_before_anything_runs(tmp_path):
    with pytest.raises(ValueError, match=r"scales with 1 and 10, .* found \[1, 5\]"):
        measure_growth(tmp_path, tmp_path, tmp_path, 1, [1, 5], None, pytest.fail)


def test_announcements_are_counted_before():
    assert announcements(rounds=2, scales=[1, 10], largest=None) == 2 + 16 + 6 + 2 + 12
    assert announcements(rounds=1, scales=[1, 10], largest=100) == 3 + 12 + 6 + 2 + 6


def test_a_single_epoch_is_refused(tmp_path):
    settings = thread_settings([1], sentences=10, epochs=1)
    with pytest.raises(ValueError, match=r"two epochs or more, .* found one in threads 1"):
        fit_costs(tmp_path, tmp_path, tmp_path, settings, rounds=1, announce=pytest.fail)
