"""Commands about a run made again: whether it is the same, sound, stale, whole."""

import sys
import tempfile
from pathlib import Path

import click

from pipeline.cli.opened import kept_by, project_or_bundle
from pipeline.commands import say
from pipeline.foreign import file_name
from pipeline.project_folder import find_root


@click.command()
@click.argument("run")
def reproduce(run: str) -> None:
    """Make a run again from its record alone, and say whether it is the same.

    RUN is an id, the beginning of one, a name, `latest`, or a bundle (.zip). It is made outside
    your tree, with no output from DVC's cache. Exit status: 0 identical, 3 within tolerance, 1
    different.
    """
    from pipeline.reproduction.bundle import is_bundle
    from pipeline.reproduction.reproduce import reproduce as make_again
    from pipeline.reproduction.verdict import EXIT_STATUS

    verdict, name = make_again(run, project_or_bundle(is_bundle(run)), say)
    for line in verdict.lines():
        say(line)
    say(f"recorded as {name}")
    sys.exit(EXIT_STATUS[verdict.kind])


@click.command()
@click.argument("run")
def verify(run: str) -> None:
    """Check a run's model, evidence, figures and data against its record; nothing is run.

    Exit status 1 where a file or a figure is damaged or missing.
    """
    root = find_root(Path.cwd())
    from pipeline.recording.metric_names import are_earlier
    from pipeline.reproduction.verification import check_data, check_kept, faults

    with kept_by(root, run, "record") as kept:
        checked = [*check_kept(kept), *check_data(kept, root)]
        say(f"{kept.name} ({kept.run_id[:8]}), made from {kept.record.commit[:12]}:")
        if are_earlier(kept.metrics):
            say("  its metrics have an earlier Headway's names: not compared with its files")
    for fault in faults(checked):
        say(f"  {fault}")
    sound = sum(file.state == "sound" for file in checked)
    say(f"  {sound} of {len(checked)} files and figures are what the record says")
    sys.exit(sound < len(checked))


@click.command()
def why() -> None:
    """Say what `dvc repro` would run, and why: values, files, rows, versions, device."""
    root = find_root(Path.cwd())
    from pipeline.reproduction.why import explain

    for line in explain(root):
        say(line)


@click.command()
def repair() -> None:
    """Put right what a kill left broken of DVC's own files; those are kept in .headway/broken."""
    from pipeline.reproduction.repair import repair as put_right

    say("\n".join(put_right(find_root(Path.cwd()))))


@click.command()
def record() -> None:
    """Make, find or mend the run of what lies in data/, such as after `dvc pull`.

    Everything is taken from the outputs; doing it twice makes one run.
    """
    root = find_root(Path.cwd())
    from pipeline.reproduction.recording import record_state

    name, is_new = record_state(root)
    say(f"recorded as {name}" if is_new else f"{name} is the run of this state")


@click.command()
@click.argument("run")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The zip's path.")
def bundle(run: str, output: Path | None) -> None:
    """Write one zip for a reviewer, who makes the run again with `headway reproduce`."""
    root = find_root(Path.cwd())
    from pipeline.reproduction.bundle import write_bundle

    with kept_by(root, run, "record") as kept, tempfile.TemporaryDirectory() as place:
        target = output or Path(f"{file_name(kept.name)}.zip")
        about = write_bundle(kept, root, Path(place), target)
    say(f"{target}: {target.stat().st_size / (1 << 20):.1f} MiB")
    for path, reason in about.left_out.items():
        say(f"  not inside: {path} ({reason})")
