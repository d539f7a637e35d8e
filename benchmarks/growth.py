"""How cost grows: with the text, the sentence's length, the heads, the threads, the processes.

Every measurement is a process of its own, `python -m benchmarks.growth TASK ARGUMENTS OUTCOME`, and
what is compared takes turns, round by round. Nothing heavy is imported here: the kernel counts a
parent's memory as a child's peak (`watch` says how), so whoever watches must be small.
"""

import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.measure import Contender, order, run

ROOT = Path(__file__).parents[1]
SAMPLE_SECONDS = 0.02
WARM_UP = 3
"""Turns of each encoder before those that count."""

STAGES = ("corpus", "tokenize", "embed")
EPOCH = "epoch"
"""Training, beside the stages: one pass, without MLflow."""
WHOLE = "all"
"""The stages and the epoch together."""

Way = Literal["headway", "headway without positions", "headway with weights", "torch"]
LENGTH_WAYS: tuple[Way, ...] = ("headway", "headway without positions", "torch")
"""Side by side at each length; torch's encoder has no positions either."""
HEAD_WAYS: tuple[Way, ...] = ("headway", "headway with weights")

SMALL_MODEL = {"train.batch_tokens": 1024}
LARGE_MODEL = {
    "encoder.d_model": 256, "encoder.n_heads": 8, "encoder.n_layers": 4, "encoder.d_ff": 1024,
    "train.batch_tokens": 4096,
}  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """A figure that was taken several times."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Watched:
    """What a process took, as its parent and the kernel saw it."""

    seconds: float
    """From its start to its end, the interpreter's start and the imports included."""
    peak_bytes: int
    """Most memory at once (ru_maxrss). Pages of mapped files count, though the kernel may take
    them back at any time."""
    anonymous_bytes: int
    """Most memory at once that no file stands behind, seen every 20 ms (RssAnon)."""


@dataclass(frozen=True)
class StageCost:
    """One run of a stage, or of an epoch of training, on a text of some size."""

    stage: str
    times: int
    """Size of the training split: how many treebanks."""
    round: int
    inside_seconds: float
    """Of the stage alone, as it notes them itself (to 0.01 s); of the training loop alone."""
    whole: Watched


@dataclass(frozen=True)
class StageGrowth:
    """The larger text's cost over the smaller one's in the same round."""

    stage: str
    inside_seconds: Spread
    seconds: Spread
    peak_bytes: Spread
    anonymous_bytes: Spread


@dataclass(frozen=True)
class EncoderCost:
    """Forward and backward of an encoder, in nanoseconds a token."""

    way: Way
    n_heads: int
    length: int
    nanoseconds: Spread


@dataclass(frozen=True)
class Setting:
    """A way to train: parameters by their dotted names, on the first sentences of train."""

    name: str
    sentences: int
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class FitCost:
    """One training with a setting."""

    setting: str
    round: int
    seconds: float
    """Of the training loop, in which further processes are started too, some seconds each."""
    epoch_seconds: float
    """Of an epoch after the first, on average: nothing is started there any more."""
    epoch_tokens: int
    """Real tokens of an epoch, padding not counted."""


@dataclass(frozen=True)
class FitSpeed:
    """How many times faster one setting trains than another in the same round."""

    setting: str
    against: str
    epoch: Spread
    """Of an epoch after the first."""
    whole: Spread
    """Of the training loop from its start."""


def stage_costs(
    folder: Path,
    corpus: Path,
    scales: Sequence[int],
    rounds: int,
    largest: int | None,
    changes: Mapping[str, Any],
) -> list[StageCost]:
    """Run the stages and an epoch on texts of each size in turn, the largest once at the end.

    The projects are made in `folder` from the stored `corpus`; whoever gives the folder removes
    it. `changes` are parameters by their dotted names.
    """
    from benchmarks.scaled import make_project

    def project(times: int) -> Path:
        return make_project(folder / f"x{times}", corpus, times, changes)

    def measured(place: Path, times: int, turn: int) -> list[StageCost]:
        return [measure_stage(place, stage, times, turn) for stage in (*STAGES, EPOCH)]

    projects = {str(times): project(times) for times in scales}
    costs: list[StageCost] = []
    for turn in range(rounds):
        for times in order(list(projects), turn):
            costs += measured(projects[times], int(times), turn)
    if largest is not None:
        costs += measured(project(largest), largest, turn=0)
    return costs


def measure_stage(project: Path, stage: str, times: int, turn: int) -> StageCost:
    """Run one stage of a project, or an epoch of training, in a process of its own."""
    if stage == EPOCH:
        with tempfile.TemporaryDirectory() as folder:
            command, outcome = _call(EPOCH, {"project": str(project)}, Path(folder))
            whole = watched(command, ROOT)
            inside = json.loads(outcome.read_text())["seconds"]
    else:
        whole = watched([sys.executable, "-m", f"stages.{stage}"], project)
        inside = json.loads((project / ".headway/seconds.json").read_text())[stage]
    return StageCost(stage, times, turn, inside, whole)


def stage_growth(costs: Iterable[StageCost], smaller: int, larger: int) -> list[StageGrowth]:
    """Each stage's ratios between two sizes, and those of all stages together (memory: the most).

    Only rounds that have both sizes count.
    """
    found = {(cost.stage, cost.times, cost.round): cost for cost in costs}
    turns = sorted({turn for _, times, turn in found if times == smaller}
                   & {turn for _, times, turn in found if times == larger})  # fmt: skip

    def ratio(
        stages: Sequence[str],
        figure: Callable[[StageCost], float],
        joined: Callable[[Iterable[float]], float],
    ) -> Spread:
        joint = {
            (times, turn): joined([figure(found[stage, times, turn]) for stage in stages])
            for times in (smaller, larger)
            for turn in turns
        }
        return spread([joint[larger, turn] / joint[smaller, turn] for turn in turns])

    every = (*STAGES, EPOCH)
    return [
        StageGrowth(
            stage=name,
            inside_seconds=ratio(stages, lambda cost: cost.inside_seconds, sum),
            seconds=ratio(stages, lambda cost: cost.whole.seconds, sum),
            peak_bytes=ratio(stages, lambda cost: cost.whole.peak_bytes, max),
            anonymous_bytes=ratio(stages, lambda cost: cost.whole.anonymous_bytes, max),
        )
        for name, stages in [*((stage, (stage,)) for stage in every), (WHOLE, every)]
    ]


def length_costs(
    params: Path, lengths: Sequence[int], batch_tokens: int, threads: int, repeats: int
) -> list[EncoderCost]:
    """Sentences of each length, as many tokens in every batch; Headway's encoder beside torch's."""
    cases = [{"way": way, "n_heads": None, "length": length}
             for length in lengths for way in LENGTH_WAYS]  # fmt: skip
    return _encoder_costs(params, cases, batch_tokens, threads, repeats)


def head_costs(
    params: Path,
    heads: Sequence[int],
    length: int,
    batch_tokens: int,
    threads: int,
    repeats: int,
) -> list[EncoderCost]:
    """Each number of heads on sentences of one length, with the weights given back and without."""
    cases = [{"way": way, "n_heads": n_heads, "length": length}
             for n_heads in heads for way in HEAD_WAYS]  # fmt: skip
    return _encoder_costs(params, cases, batch_tokens, threads, repeats)


def thread_settings(threads: Sequence[int], sentences: int, epochs: int) -> list[Setting]:
    """The model that params.yaml describes, with each number of threads; two epochs or more."""
    return [
        Setting(f"threads {n}", sentences, {"train.max_epochs": epochs, "train.threads": n})
        for n in threads
    ]


def process_settings(
    name: str, model: Mapping[str, Any], processes: Sequence[int], sentences: int, epochs: int
) -> list[Setting]:
    """A model with each number of processes, one thread each; the optimiser's steps are equal."""
    return [
        Setting(
            f"{name}, processes {n}",
            sentences,
            {
                **model,
                "train.max_epochs": epochs,
                "train.threads": 1,
                "train.accelerator": "cpu",
                "train.devices": n,
                "train.strategy": "ddp" if n > 1 else "auto",
            },
        )
        for n in processes
    ]


def fit_costs(
    params: Path, tokens: Path, settings: Sequence[Setting], rounds: int
) -> list[FitCost]:
    """Train with each setting in turn, `rounds` times, from the tokens in a folder.

    Raises:
        ValueError: a setting has one epoch only, or its training failed.
    """
    short = [setting.name for setting in settings if setting.changes["train.max_epochs"] < 2]
    if short:
        raise ValueError(
            f"expected two epochs or more, since in the first one processes are started; "
            f"found one in {', '.join(short)}"
        )
    told = {"params": str(params), "tokens": str(tokens)}
    named = {setting.name: told | asdict(setting) for setting in settings}
    return [
        FitCost(name, turn, **_fresh("fit", named[name]))
        for turn in range(rounds)
        for name in order(list(named), turn)
    ]


def fit_speed(costs: Iterable[FitCost], setting: str, against: str) -> FitSpeed:
    """Compare two settings round by round."""
    found = {(cost.setting, cost.round): cost for cost in costs}
    pairs = [(found[against, turn], cost) for (name, turn), cost in found.items()
             if name == setting]  # fmt: skip
    return FitSpeed(
        setting=setting,
        against=against,
        epoch=spread([other.epoch_seconds / cost.epoch_seconds for other, cost in pairs]),
        whole=spread([other.seconds / cost.seconds for other, cost in pairs]),
    )


def mean_length(tokens: Path) -> int:
    """Tokens of a sentence of the training split, on average."""
    from pipeline.tokens.store import open_tokens

    return round(float(open_tokens(tokens / "train").lengths.mean()))


def spread(figures: Sequence[float]) -> Spread:
    """The median and the ends."""
    return Spread(statistics.median(figures), min(figures), max(figures))


def watched(command: Sequence[str], cwd: Path) -> Watched:
    """Run a command under a small parent that watches its time and memory.

    Raises:
        ValueError: it failed; the message has the end of what it printed.
    """
    return Watched(**_fresh("watch", {"command": list(command), "cwd": str(cwd)}))


def watch(command: Sequence[str], cwd: str) -> dict[str, float]:
    """Run a command and watch it; memory is its own, not the sum with processes that it starts.

    A process that is started inherits its parent's peak as the floor of its own ru_maxrss (Linux
    hands it over at exec): so this must run in a process smaller than any it watches.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd)
    ended = os.pidfd_open(process.pid)
    anonymous = 0
    while not select.select([ended], [], [], SAMPLE_SECONDS)[0]:
        anonymous = max(anonymous, anonymous_bytes(process.pid))
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    os.close(ended)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(process.returncode)
    peak = usage.ru_maxrss * 1024
    return {"seconds": seconds, "peak_bytes": peak, "anonymous_bytes": anonymous}


def anonymous_bytes(pid: int) -> int:
    """Memory of a process that no file stands behind; 0 once it has ended."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def epoch(project: str) -> dict[str, float]:
    """Train as the train stage does, without MLflow; seconds of the loop."""
    from pipeline.artifacts import Artifacts
    from pipeline.params import read_params
    from pipeline.training.build import train_model

    artifacts = Artifacts(Path(project))
    params = read_params(artifacts.params)
    told = (artifacts, params.encoder, params.train, params.seed)
    return {"seconds": train_model(*told, on_epoch=lambda *_: None).seconds}


def fit(
    params: str, tokens: str, name: str, sentences: int, changes: dict[str, Any]
) -> dict[str, float]:
    """Train with a setting; every process of a training runs this, the first one listens."""
    import numpy as np
    import torch

    from benchmarks.scaled import write_params
    from benchmarks.work import Work, open_task
    from pipeline.params import read_params
    from pipeline.training.fit import fit as fit_network
    from pipeline.vectors.table import random_table

    ended: list[float] = []
    with tempfile.TemporaryDirectory(prefix=f"{name}-".replace(" ", "-")) as folder:
        changed = Path(folder) / "params.yaml"
        write_params(Path(params), changed, changes)
        train = read_params(changed).train
        # With several processes Lightning shares out all cores unless this says otherwise.
        os.environ["OMP_NUM_THREADS"] = str(train.threads)
        task = open_task(Work(tokens, str(changed), sentences, train.learning_rate, settings={}))
    seed = task.params.seed
    fitted = fit_network(
        task.shape,
        torch.from_numpy(random_table(task.shape.vocab_size, task.shape.encoder.d_model, seed)),
        task.train,
        task.validation,
        task.params.train,
        seed,
        on_epoch=lambda *_: ended.append(time.perf_counter()),
    )
    return {
        "seconds": fitted.seconds,
        "epoch_seconds": float(np.diff(ended).mean()) if ended else 0.0,
        "epoch_tokens": len(task.train.input_ids),
    }


def encoders(
    params: str, cases: list[dict[str, Any]], batch_tokens: int, threads: int, repeats: int
) -> dict[str, Any]:
    """Time encoders on random tokens, each in turn."""
    from pipeline.model.determinism import fix_arithmetic
    from pipeline.params import read_params

    fix_arithmetic(threads)
    shape = read_params(Path(params)).encoder
    named = [case | {"n_heads": case["n_heads"] or shape.n_heads} for case in cases]
    steps = [
        _encoder_step(shape.model_copy(update={"n_heads": case["n_heads"]}), case["way"],
                      case["length"], batch_tokens)
        for case in named
    ]  # fmt: skip
    seconds = [[step() for step in steps] for _ in range(WARM_UP + repeats)][WARM_UP:]
    costs = [
        case | {"nanoseconds": asdict(spread([one / batch_tokens * 1e9 for one in taken]))}
        for case, taken in zip(named, zip(*seconds, strict=True), strict=True)
    ]
    return {"seconds": sum(map(sum, seconds)), "costs": costs}


def _encoder_step(shape: Any, way: Way, length: int, batch_tokens: int) -> Callable[[], float]:
    """One forward and backward over a batch without padding; gives its seconds."""
    import torch
    from torch import nn

    from pipeline.attention import Encoder
    from pipeline.vectors.positions import rotary_positions

    d_model, n_heads, d_ff = shape.d_model, shape.n_heads, shape.d_ff
    vectors = torch.randn(batch_tokens // length, length, d_model, requires_grad=True)
    gradient = torch.randn_like(vectors)
    if way == "torch":
        layer = nn.TransformerEncoderLayer(
            d_model, n_heads, d_ff, shape.dropout, "gelu", batch_first=True, norm_first=True
        )
        encoder: nn.Module = nn.TransformerEncoder(
            layer, shape.n_layers, nn.LayerNorm(d_model), enable_nested_tensor=False
        )
        told: tuple[Any, ...] = (vectors,)
    else:
        encoder = Encoder(d_model, n_heads, shape.n_layers, d_ff, shape.dropout)
        turns = shape.positions == "rotary" and way != "headway without positions"
        rotation = rotary_positions(length, d_model // n_heads) if turns else None
        told = (vectors, None, rotation, way == "headway with weights")

    def step() -> float:
        encoder.zero_grad()
        vectors.grad = None
        start = time.perf_counter()
        encoded = encoder(*told)
        (encoded if way == "torch" else encoded.vectors).backward(gradient)
        return time.perf_counter() - start

    return step


def _encoder_costs(
    params: Path, cases: list[dict[str, Any]], batch_tokens: int, threads: int, repeats: int
) -> list[EncoderCost]:
    uneven = sorted({case["length"] for case in cases if batch_tokens % case["length"]})
    if uneven:
        raise ValueError(
            f"expected lengths that divide {batch_tokens}, so that every batch has as many tokens, "
            f"found {', '.join(map(str, uneven))}"
        )
    told = {"cases": cases, "batch_tokens": batch_tokens, "threads": threads, "repeats": repeats}
    found = _fresh("encoders", {"params": str(params)} | told)["costs"]
    return [EncoderCost(**(case | {"nanoseconds": Spread(**case["nanoseconds"])}))
            for case in found]  # fmt: skip


def _call(task: str, arguments: Mapping[str, Any], folder: Path) -> tuple[list[str], Path]:
    """The command that runs a task, and where its outcome will be."""
    told, outcome = folder / "arguments.json", folder / "outcome.json"
    told.write_text(json.dumps(arguments))
    return [sys.executable, "-m", "benchmarks.growth", task, str(told), str(outcome)], outcome


def _fresh(task: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run a task in a process of its own; gives its outcome."""
    # Waiting threads soon sleep, as in the stages (stages/running.py).
    environment = {"GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "1000")}
    with tempfile.TemporaryDirectory() as folder:
        command, outcome = _call(task, arguments, Path(folder))
        return run(Contender(task, command, environment, ROOT, outcome))


TASKS: Mapping[str, Callable[..., Any]] = {
    "watch": watch,
    EPOCH: epoch,
    "fit": fit,
    "encoders": encoders,
}


def main() -> None:
    """Run the task that the command line names. Lightning starts it again for each process."""
    task, arguments, outcome = sys.argv[1:]
    found = TASKS[task](**json.loads(Path(arguments).read_text()))
    if os.environ.get("LOCAL_RANK", "0") == "0":
        Path(outcome).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
