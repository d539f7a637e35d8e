"""A sweep from its first trial to its last, with a line for a person that says how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from pipeline.endings.interruption import sigterm_raises
from pipeline.foreign import visible
from pipeline.recording.provenance import cores
from pipeline.sweeps.attempt import Bench
from pipeline.sweeps.ledger import Trial
from pipeline.sweeps.parent import parent_run
from pipeline.sweeps.standing import Standing, ended_line, progress_line
from pipeline.sweeps.storage import storage_errors
from pipeline.sweeps.sweep import Sweep, cache_of
from pipeline.sweeps.working import Workers

Say = Callable[[str], None]
LOOK_SECONDS = 0.5


def run_sweep(sweep: Sweep, jobs: int, retry: bool, say: Say) -> Standing:
    """Make what is missing of a sweep, and say what came of each trial.

    Raises:
        ValueError, OSError: git, DVC, the store or the storage cannot be used.
        KeyboardInterrupt, Terminated: a person or the system ended it; what was at work goes on
            when it is started again.
    """
    if retry:
        for trial in sweep.ledger.trials():
            if trial.state == "failed":
                sweep.ledger.retry(trial)
    trials = sweep.ledger.trials()
    if Standing.of(trials, sweep.direction).left:
        say(thread_note(sweep, jobs))
        _work(sweep, jobs, say)
    return Standing.of(sweep.ledger.trials(), sweep.direction)


def thread_note(sweep: Sweep, jobs: int) -> str:
    """What is begun, and whether the machine has the processors for it."""
    left = Standing.of(sweep.ledger.trials(), sweep.direction).left
    threads = int(sweep.changes({}).get("train.threads", sweep.params["train"]["threads"]))
    crowded = (
        f"; each trains with train.threads={threads}, which is {jobs * threads} threads on "
        f"{cores()} processors"
        if jobs * threads > cores()
        else ""
    )
    at_once = f", {jobs} at once" if jobs > 1 else ""
    return f"{sweep.place.name}: {left} trials to make{at_once}{crowded}"


def closing_lines(sweep: Sweep) -> list[str]:
    """What a person wants to know at the end."""
    trials = sweep.ledger.trials()
    now = Standing.of(trials, sweep.direction)
    lines = [progress_line(sweep.place.name, trials, sweep.direction, 1)]
    if now.best is not None:
        best = ended_line(now.best, sweep.monitor)
        lines.append(f"best: {best.rpartition(',')[0] if 'wall' in now.best.facts else best}")
        lines.append(f"  dvc exp apply {now.best.facts['experiment']}")
    lines += [
        f"failed: trial {it.number}, {ended_line(it, sweep.monitor)}\n"
        f"  {sweep.place.log(it.number)}"
        for it in trials
        if it.state == "failed"
    ]
    if now.failed:
        lines.append("the same command with --retry tries them again")
    return lines


def _work(sweep: Sweep, jobs: int, say: Say) -> None:
    place = sweep.place
    bench = Bench(place, sweep.base, cache_of(place.root), sweep.monitor)
    with (
        storage_errors(place.storage()),
        sigterm_raises(),
        parent_run(sweep) as parent,
        _line(say) as (tell, show),
    ):

        def hear(trial: Trial) -> None:
            tell(_heard_line(sweep, trial))

        workers = Workers(sweep, bench, parent, hear)
        workers.start(jobs)
        try:
            while not workers.wait(LOOK_SECONDS):
                workers.beat()
                trials = sweep.ledger.trials()
                show(progress_line(place.name, trials, sweep.direction, jobs))
        finally:
            workers.stop()
        if workers.fault is not None:
            raise workers.fault
    if not Standing.of(sweep.ledger.trials(), sweep.direction).left:
        place.clear()


def _heard_line(sweep: Sweep, trial: Trial) -> str:
    now = Standing.of(sweep.ledger.trials(), sweep.direction)
    ended = now.done + now.failed
    return f"{ended}/{now.total}  {ended_line(trial, sweep.monitor)}; {now.left} left"


@contextmanager
def _line(say: Say) -> Iterator[tuple[Say, Say]]:
    """How to tell of a trial, and how to show the progress of the whole: on a terminal alone."""
    console = Console()
    if not console.is_terminal:
        yield say, lambda _: None
        return

    def tell(text: str) -> None:
        console.print(visible(text), markup=False, highlight=False, soft_wrap=True)

    with console.status("beginning") as status:
        yield tell, lambda text: status.update(escape(visible(text)))
