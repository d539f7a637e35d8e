"""Commands that make many runs: a sweep begun, joined, listed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands import Commands, say
from pipeline.project_folder import find_root

if TYPE_CHECKING:
    from pipeline.sweeps.sweep import Sweep

EXAMPLES = """\b
headway sweep -S encoder.n_heads=1,2,4,8 --seeds 5 --jobs 2 --name heads
headway sweep --search tpe --trials 40 -S 'train.learning_rate=log(1e-4,1e-2)'
headway sweep work heads    # from another shell: one more worker
"""

jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True,
    help="Trials that run at once; the results do not depend on it.",
)  # fmt: skip
storage_option = click.option(
    "--storage", metavar="URL", help="A database for Optuna's record; else a file in .headway."
)
retry_option = click.option("--retry", is_flag=True, help="Try again what failed.")


@click.group(cls=Commands, invoke_without_command=True, epilog=EXAMPLES)
@click.option(
    "-S", "changes", multiple=True, metavar="KEY=VALUE,...",
    help="Values of a parameter; one alone is set for all. In a search also log(1e-4,1e-2) and "
    "range(0,0.5).",
)  # fmt: skip
@click.option("--seeds", type=click.IntRange(min=1), help="Seeds for each point, from `seed` on.")
@click.option("--search", type=click.Choice(["tpe", "random"]), help="Instead of a grid.")
@click.option("--trials", type=click.IntRange(min=1), help="Points that the search tries.")
@click.option(
    "--round", "round_size", type=click.IntRange(min=1), default=4, show_default=True,
    help="Points that a search chooses before it knows any of them; so many can run at once.",
)  # fmt: skip
@click.option("--name", help="What it is called; else by what varies.")
@click.option("--dry-run", is_flag=True, help="Say how many runs and about how long; run nothing.")
@click.option("--yes", is_flag=True, help="Also where there are very many.")
@jobs_option
@storage_option
@retry_option
@click.pass_context
def sweep(
    context: click.Context,
    changes: tuple[str, ...],
    seeds: int | None,
    search: str | None,
    trials: int | None,
    round_size: int,
    name: str | None,
    dry_run: bool,
    yes: bool,
    jobs: int,
    storage: str | None,
    retry: bool,
) -> None:
    """Make many runs: every combination of some values, or a search among them.

    Each is a DVC experiment and a run under the sweep's own in MLflow. Started again, it makes what
    is missing and nothing twice. All trials have the code that lay here when the sweep began.
    """
    if context.invoked_subcommand is not None:
        return
    root = find_root(Path.cwd())
    from pipeline.params.writing import dotted_values
    from pipeline.params.yaml_file import read_yaml
    from pipeline.sweeps.place import Place
    from pipeline.sweeps.plan import make_plan, require_name, require_sane

    params = read_yaml(root / "params.yaml")
    plan = make_plan(changes, seeds, search, trials, round_size, dotted_values(params))
    place = Place(root, require_name(name or plan.usual_name()))
    if dry_run:
        from pipeline.sweeps.dry_run import dry_run_lines

        require_sane(plan, params, is_meant=True)
        say("\n".join(dry_run_lines(place, plan, jobs)))
        return
    require_sane(plan, params, yes)
    from pipeline.sweeps.storage import absolute
    from pipeline.sweeps.sweep import begin

    _run(begin(place, plan, absolute(storage)), jobs, retry)


@sweep.command()
@click.argument("name")
@jobs_option
@storage_option
@retry_option
def work(name: str, jobs: int, storage: str | None, retry: bool) -> None:
    """Help with the sweep NAME: take trials that nobody has taken, until none is left."""
    root = find_root(Path.cwd())
    from pipeline.sweeps.place import Place
    from pipeline.sweeps.plan import require_name
    from pipeline.sweeps.storage import absolute
    from pipeline.sweeps.sweep import find

    _run(find(Place(root, require_name(name)), absolute(storage)), jobs, retry)


@click.command()
def sweeps() -> None:
    """List the sweeps: what varied, how far they are, the best trial."""
    root = find_root(Path.cwd())
    from pipeline.sweeps.listing import SWEEP_COLUMNS, sweep_rows
    from pipeline.terminal.table import print_table

    rows = sweep_rows(root)
    if not rows:
        say("there are no sweeps yet: `headway sweep -S key=value,value` makes the first")
        return
    print_table(SWEEP_COLUMNS, rows, (0, 1, 5))


def _run(sweep: "Sweep", jobs: int, retry: bool) -> None:
    from pipeline.sweeps.running import closing_lines, run_sweep
    from pipeline.sweeps.sweep import changed_note

    if note := changed_note(sweep):
        say(note)
    try:
        standing = run_sweep(sweep, jobs, retry, say)
    except KeyboardInterrupt:
        say(f"interrupted: `headway sweep work {sweep.place.name}` goes on", err=True)
        sys.exit(130)
    say("\n".join(closing_lines(sweep)))
    if standing.failed:
        sys.exit(1)
