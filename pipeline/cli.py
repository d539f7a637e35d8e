"""`headway ...`: one function a command; whatever is heavy is imported inside it."""

import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.artifacts import Artifacts
from pipeline.commands import Commands, say
from pipeline.files import whole_file
from pipeline.foreign import file_name
from pipeline.project_folder import find_root

if TYPE_CHECKING:
    from pipeline.tracking import Store
    from pipeline.tracking.fetching import Kept
    from pipeline.tracking.finding import Need

PORT = 5000


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
        say("there are no runs yet: `dvc repro` makes the first")
        return
    from pipeline.terminal import LEAST_NEEDED, RUN_COLUMNS, print_table, run_cells

    print_table(RUN_COLUMNS, [run_cells(row) for row in rows], 5, LEAST_NEEDED)


@main.command()
def results() -> None:
    """Show what the last `dvc repro` reached, and how to open its run."""
    root = find_root(Path.cwd())
    from pipeline.terminal import called_here, print_results

    print_results(Artifacts(root))
    say(f"\nopen the run: {called_here()} ui")


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
    found = tracking.run_to_open(store, Artifacts(root), run)
    base = tracking.base_address(tracking.without_password(uri), port)
    addresses = "\n".join(tracking.address_lines(store, base, found))
    if is_remote:
        say(addresses)
        return
    say("starting MLflow, which takes some seconds ...")
    try:
        with tracking.ui_server(root, port) as server:
            say(f"{addresses}\nCtrl-C ends it")
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
        say("nothing waits to be sent")
    for run in done:
        rest = f", {run.left} still kept ({run.reason})" if run.left else ""
        say(f"{run.run_id[:8]}: {run.sent} records sent{rest}")
    if any(run.left for run in done):
        sys.exit(1)


@main.command()
@click.argument("run")
def reproduce(run: str) -> None:
    """Make a run again from its record alone, and say whether it is the same.

    RUN is an id, the beginning of one, a name, `latest`, or a bundle (.zip). It is made outside
    your tree, without DVC's cache. Exit status: 0 identical, 3 within tolerance, 1 different.
    """
    from pipeline.reproduction.bundle import is_bundle
    from pipeline.reproduction.reproduce import reproduce as make_again
    from pipeline.reproduction.verdict import EXIT_STATUS

    verdict, name = make_again(run, _root_for(is_bundle(run)), say)
    for line in verdict.lines():
        say(line)
    say(f"recorded as {name}")
    sys.exit(EXIT_STATUS[verdict.kind])


@main.command()
@click.argument("run")
def verify(run: str) -> None:
    """Check a run's model, evidence, figures and data against its record; nothing is run.

    Exit status 1 where a file or a figure is damaged or missing.
    """
    root = find_root(Path.cwd())
    from pipeline.reproduction.verification import check_data, check_kept

    with _kept(root, run, "record") as kept:
        checked = [*check_kept(kept), *check_data(kept, root)]
        say(f"{kept.name} ({kept.run_id[:8]}), made from {kept.record.commit[:12]}:")
    for file in checked:
        if file.state != "sound":
            say(f"  {file.state}: {file.path} ({file.where})")
    sound = sum(file.state == "sound" for file in checked)
    say(f"  {sound} of {len(checked)} files and figures are what the record says")
    sys.exit(sound < len(checked))


@main.command()
def why() -> None:
    """Say what `dvc repro` would run, and why: values, files, rows, versions, device."""
    root = find_root(Path.cwd())
    from pipeline.reproduction.why import explain

    for line in explain(root):
        say(line)


@main.command()
def repair() -> None:
    """Put right what a kill left broken of DVC's own files; those are kept in .headway/broken."""
    from pipeline.reproduction.repair import repair as put_right

    say("\n".join(put_right(find_root(Path.cwd()))))


@main.command()
def record() -> None:
    """Make or find the run of what lies in data/, such as after `dvc pull`.

    Everything is taken from the outputs; doing it twice makes one run.
    """
    root = find_root(Path.cwd())
    from pipeline.reproduction.recording import record_state

    name, is_new = record_state(root)
    say(f"recorded as {name}" if is_new else f"{name} is the run of this state")


@main.command()
@click.argument("run")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The zip's path.")
def bundle(run: str, output: Path | None) -> None:
    """Write one zip for a reviewer, who makes the run again with `headway reproduce`."""
    root = find_root(Path.cwd())
    from pipeline.reproduction.bundle import write_bundle

    with _kept(root, run, "record") as kept, tempfile.TemporaryDirectory() as place:
        target = output or Path(f"{file_name(kept.name)}.zip")
        about = write_bundle(kept, root, Path(place), target)
    say(f"{target}: {target.stat().st_size / (1 << 20):.1f} MiB")
    for path, reason in about.left_out.items():
        say(f"  not inside: {path} ({reason})")


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--run", metavar="RUN", help="A run of the store; without it, data/model.")
@click.option("--word", type=int, help="Which word's prediction to follow, counted from 1.")
@click.option("--words", "are_words", is_flag=True, help="Each argument is one word: cut nothing.")
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page instead, and the folders above it that are missing.",
)  # fmt: skip
def trace(
    text: tuple[str, ...], run: str | None, word: int | None, are_words: bool, html: Path | None
) -> None:
    """Follow a sentence through the trained network, number by number, to its predictions.

    The text is cut into words as English treebanks cut it; with --words it is taken as given, such
    as: trace --words I can not. Without --word, the word whose vector changes most is followed to
    its class. With --html, the trace becomes a page, with the training and the quiz, in place of
    the lines.
    """
    root = find_root(Path.cwd())
    with _outputs_of(root, run, "model") as outputs:
        from pipeline.serving.predictor import Predictor
        from pipeline.serving.trace_text import trace_lines
        from pipeline.study.trace import trace_sentence

        predictor = Predictor.load(outputs.require(outputs.model))
        sentence = text if are_words else " ".join(text)
        found = trace_sentence(predictor.network, predictor.encoding, sentence, word)
        if html is None:
            for line in trace_lines(found):
                say(line)
            return
        from pipeline.pages.trace_page import write_trace

        write_trace(found, outputs, html)
        say(str(html))


@main.command()
@click.option("--run", metavar="RUN", help="A run of the store; without it, data/evidence.")
@click.option("--open", "opens", is_flag=True, help="Open the page of the heads, too.")
def heads(run: str | None, opens: bool) -> None:
    """Show what every head does on validation, measured."""
    root = find_root(Path.cwd())
    with _outputs_of(root, run, "evidence") as outputs:
        from pipeline.terminal import print_heads

        print_heads(outputs.require(outputs.evidence) / "heads.json")
        if opens:
            page = outputs.evidence / "heads.html"
            if run is not None:  # the run's copy goes when the command ends
                kept = Artifacts(root).private / "pages/heads.html"
                kept.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(kept) as beside:
                    shutil.copyfile(page, beside)
                page = kept
            is_shown = webbrowser.open(page.resolve().as_uri())
            say(f"{'the page' if is_shown else 'no browser was found; open this'}: {page}")


@contextmanager
def _outputs_of(root: Path, query: str | None, need: "Need") -> Iterator[Artifacts]:
    """A run's outputs, else the workspace's, for as long as the block lasts."""
    if query is None:
        yield Artifacts(root)
        return
    with _kept(root, query, need) as kept:
        yield kept.outputs


@contextmanager
def _kept(root: Path, query: str, need: "Need") -> "Iterator[Kept]":
    """What the run that a person means has kept, for as long as the block lasts."""
    from pipeline.tracking.fetching import kept_run

    with kept_run(_store(root), query, need) as kept:
        yield kept


def _root_for(is_bundle: bool) -> Path | None:
    """The project at hand; a bundle needs none."""
    try:
        return find_root(Path.cwd())
    except FileNotFoundError:
        if is_bundle:
            return None
        raise


def _store(root: Path) -> "Store":
    from pipeline import tracking

    store = tracking.open_store(root)
    tracking.close_abandoned(store)
    return store


if __name__ == "__main__":
    main()
