"""The command with which a person's own files come in."""

from pathlib import Path

import click

from pipeline.artifacts import Artifacts
from pipeline.commands import say
from pipeline.project_folder import find_root


@click.command()
@click.option(
    "--from", "path", metavar="PATH", required=True,
    help="A file below data/source, a folder, or a pattern in quotes: CSV, TSV, JSONL, JSON, "
    "Parquet, plain text, CoNLL-U, or a word and its tags a line.",
)  # fmt: skip
@click.option("--dry", is_flag=True, help="Say what would be written, and write nothing.")
def init(path: str, dry: bool) -> None:
    """Look at files, say what they hold, and set params.yaml for them.

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
    look = look_at(artifacts, str(Path(path).absolute()), params.tokenize.max_length)
    print_look(look)
    if dry:
        return
    with whole_file(artifacts.params) as beside:
        write_params(artifacts.params, beside, {it.name: it.value for it in look.choices})
        write_reasons(beside, {it.name: it.why for it in look.choices})
        read_params(beside)
    say("params.yaml is set: look at it, then run `dvc repro`")
