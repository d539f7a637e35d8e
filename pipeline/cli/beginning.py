"""The command with which a person's own file comes in."""

from pathlib import Path

import click

from pipeline.artifacts import Artifacts
from pipeline.commands import say
from pipeline.project_folder import find_root


@click.command()
@click.option(
    "--from", "file", metavar="FILE", required=True,
    help="A CSV, TSV, JSONL, JSON or Parquet file, or a plain text, below data/source.",
)  # fmt: skip
@click.option("--dry", is_flag=True, help="Say what would be written, and write nothing.")
def init(file: str, dry: bool) -> None:
    """Look at a file, say what it holds, and set params.yaml for it.

    Every value that is set has a line above it in params.yaml that says why; what is set wrongly is
    changed there by hand. Nothing but these values changes.
    """
    root = find_root(Path.cwd())
    from pipeline.corpus.looking.look import look_at
    from pipeline.files import whole_file
    from pipeline.params.whole import read_params
    from pipeline.params.writing import write_params, write_reasons
    from pipeline.terminal.looked import print_look

    artifacts = Artifacts(root)
    params = read_params(artifacts.params)
    look = look_at(artifacts, str(Path(file).absolute()), params.tokenize.max_length)
    print_look(look)
    if dry:
        return
    with whole_file(artifacts.params) as beside:
        write_params(artifacts.params, beside, {it.name: it.value for it in look.choices})
        write_reasons(beside, {it.name: it.why for it in look.choices})
        read_params(beside)
    say("params.yaml is set: look at it, then run `dvc repro`")
