"""Commands about runs in the store: list them, open them, send what waits."""

import sys
import webbrowser
from pathlib import Path

import click

from pipeline.artifacts import Artifacts
from pipeline.cli.opened import kept_by, open_here
from pipeline.commands import say
from pipeline.project_folder import find_root

PORT = 5000


@click.command()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
def runs(limit: int) -> None:
    """List the newest runs."""
    root = find_root(Path.cwd())
    from pipeline.runs.listing import list_runs
    from pipeline.tracking.store import is_empty_store

    rows = [] if is_empty_store(root) else list_runs(open_here(root), limit)
    if not rows:
        say("there are no runs yet: `dvc repro` makes the first")
        return
    from pipeline.terminal.runs import LEAST_NEEDED, run_table
    from pipeline.terminal.table import print_table

    print_table(*run_table(rows), range(5), LEAST_NEEDED)


@click.command()
@click.argument("run", required=False)
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
def ui(run: str | None, port: int) -> None:
    """Open MLflow's UI on the runs: a table with scores, charts, one run and its pages.

    RUN is an id, the beginning of one, a name, or `latest`; without it, the run that made
    data/model, else the newest. The UI listens on 127.0.0.1 only, and ends with Ctrl-C.
    """
    root = find_root(Path.cwd())
    from pipeline.runs.addresses import address_lines, base_address
    from pipeline.runs.finding import run_to_open
    from pipeline.runs.server import require_free, ui_server
    from pipeline.tracking.client import without_password
    from pipeline.tracking.store import store_uri

    uri = store_uri(root)
    is_remote = uri.startswith(("http://", "https://"))
    if not is_remote:
        require_free(port)
    store = open_here(root)
    found = run_to_open(store, Artifacts(root), run)
    base = base_address(without_password(uri), port)
    addresses = "\n".join(address_lines(store, base, found))
    if is_remote:
        say(addresses)
        return
    say("starting MLflow, which takes some seconds ...")
    try:
        with ui_server(root, port) as server:
            say(f"{addresses}\nCtrl-C ends it")
            server.wait()
    except KeyboardInterrupt:
        return
    raise OSError("the MLflow server has ended: .headway/ui.log has all it said")


@click.command()
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Where the picture goes; without it, .headway/plots/curves.png.",
)  # fmt: skip
@click.option("--open", "opens", is_flag=True, help="Show the picture, too.")
def plots(runs: tuple[str, ...], output: Path | None, opens: bool) -> None:
    """Draw loss and accuracy by epoch of several runs in one picture; no network is needed.

    Each RUN is an id, the beginning of one, a name, or `latest`; without any, the newest are drawn.
    """
    root = find_root(Path.cwd())
    from pipeline.pictures.curves import draw_curves
    from pipeline.pictures.style import KINDS
    from pipeline.runs.histories import histories_of

    found = histories_of(open_here(root), runs, len(KINDS))
    path = output or Artifacts(root).private / "plots" / "curves.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_curves(path, found)
    is_shown = opens and webbrowser.open(path.resolve().as_uri())
    say(f"{'no browser was found; open this' if opens and not is_shown else 'drawn'}: {path}")


@click.command()
@click.argument("run")
@click.option("--name", help="The folder's; without it, the run's.")
def fetch(run: str, name: str | None) -> None:
    """Put a run's model below data/source, for another training to start from.

    RUN is an id, the beginning of one, a name, or `latest`. The folder holds weights, shape and
    tokenizer, and origin.json, which says where they are from.
    """
    root = find_root(Path.cwd())
    from pipeline.runs.model_copy import copy_model

    artifacts = Artifacts(root)
    with kept_by(root, run, "model") as kept:
        folder = copy_model(kept, artifacts, name).relative_to(root)
    say(
        f"{folder}: keep it with `dvc add {folder}`, and start from it with `dvc exp run -S "
        f"train.start_from={folder}`, or so in params.yaml"
    )


@click.command()
def send() -> None:
    """Send what was kept while the store was away."""
    root = find_root(Path.cwd())
    from pipeline.tracking.sending import send_unsent

    done = send_unsent(root)
    if not done:
        say("nothing waits to be sent")
    for run in done:
        rest = f", {run.left} still kept ({run.reason})" if run.left else ""
        say(f"{run.run_id[:8]}: {run.sent} records sent{rest}")
    if any(run.left for run in done):
        sys.exit(1)
