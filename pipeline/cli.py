"""`headway ...`: one function a command; whatever is heavy is imported inside it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.artifacts import Artifacts, find_root

if TYPE_CHECKING:
    from pipeline.tracking import Store
    from pipeline.tracking.finding import Run

PORT = 5000


class Commands(click.Group):
    """Commands whose mistakes by people end in one message and exit status 1, no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of a pipe has gone, which click ends quietly
        except (ValueError, OSError) as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="headway")
def main() -> None:
    """Train multi-head self-attention encoders as experiments that can be trusted.

    `dvc repro` makes a run; these commands show what was recorded.
    """


@main.command()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
def runs(limit: int) -> None:
    """List the newest runs."""
    root = find_root(Path.cwd())
    from pipeline import tracking

    rows = [] if tracking.is_empty_store(root) else tracking.list_runs(_store(root), limit)
    if not rows:
        click.echo("there are no runs yet: `dvc repro` makes the first")
        return
    from pipeline.terminal import LEAST_NEEDED, RUN_COLUMNS, print_table, run_cells

    print_table(RUN_COLUMNS, [run_cells(row) for row in rows], 5, LEAST_NEEDED)


@main.command()
def results() -> None:
    """Show what the last `dvc repro` reached, and how to open its run."""
    root = find_root(Path.cwd())
    from pipeline.terminal import print_results

    print_results(Artifacts(root))
    click.echo(f"\nopen the run: {_command()} ui")


@main.command()
@click.argument("run", required=False)
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
def ui(run: str | None, port: int) -> None:
    """Open MLflow's UI on the runs.

    RUN is an id, the beginning of one, a name, or `latest`; without it, the run that made
    data/model. The UI listens on 127.0.0.1 only, and ends with Ctrl-C.
    """
    root = find_root(Path.cwd())
    from pipeline import tracking

    uri = tracking.store_uri(root)
    is_remote = uri.startswith(("http://", "https://"))
    if not is_remote:
        tracking.require_free(port)
    store = _store(root)
    found = _run_to_open(store, root, run)
    base = tracking.base_address(tracking.without_password(uri), port)
    if is_remote:
        _show_addresses(store, base, found)
        return
    click.echo("starting MLflow, which takes some seconds ...")
    try:
        with tracking.ui_server(root, port) as server:
            _show_addresses(store, base, found)
            click.echo("Ctrl-C ends it")
            server.wait()
    except KeyboardInterrupt:
        return
    raise OSError("the MLflow server has ended: .headway/ui.log has all it said")


@main.command()
def send() -> None:
    """Send what was kept while the store was away."""
    root = find_root(Path.cwd())
    from pipeline import tracking

    done = tracking.send_unsent(root)
    if not done:
        click.echo("nothing waits to be sent")
    for run in done:
        rest = f", {run.left} still kept ({run.reason})" if run.left else ""
        click.echo(f"{run.run_id[:8]}: {run.sent} records sent{rest}")
    if any(run.left for run in done):
        sys.exit(1)


def _store(root: Path) -> "Store":
    from pipeline import tracking

    store = tracking.open_store(root)
    tracking.close_abandoned(store)
    return store


def _run_to_open(store: "Store", root: Path, query: str | None) -> "Run | None":
    """The run asked for, else the one behind data/model, else the newest, else none."""
    from pipeline import tracking

    if query:
        return tracking.find_run(store, query)
    weights = Artifacts(root).model / "weights.safetensors"
    newest = tracking.newest_runs(store, 1)
    return tracking.find_by_weights(store, weights) or (newest[0] if newest else None)


def _show_addresses(store: "Store", base: str, run: "Run | None") -> None:
    from pipeline import tracking

    click.echo(f"all runs: {tracking.charts_address(base, store.experiment_id)}")
    if run:
        address = tracking.run_address(base, store.experiment_id, run.info.run_id)
        click.echo(f"{run.info.run_name}: {address}")


def _command() -> str:
    """How this program is called from the current folder."""
    here = Path(sys.executable).with_name("headway")
    if here.is_file() and here.is_relative_to(Path.cwd()):
        return str(here.relative_to(Path.cwd()))
    return "headway"


if __name__ == "__main__":
    main()
