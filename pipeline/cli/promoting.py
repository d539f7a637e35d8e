"""Commands about which model is in use."""

import re
import tempfile
from pathlib import Path

import click

from pipeline.cli.opened import open_here
from pipeline.commands import say
from pipeline.project_folder import find_root

RESERVED = re.compile(r"(?i)latest|v\d+")
"""What MLflow takes to be a version."""


def _title(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if re.fullmatch(r"[A-Za-z][\w-]{0,99}", value) and not RESERVED.fullmatch(value):
        return value
    raise click.BadParameter(f"expected a word such as champion, got {value}", ctx, param)


@click.command()
@click.argument("run")
@click.option("--as", "title", required=True, callback=_title, help="Such as champion.")
@click.option("--force", "is_forced", is_flag=True, help="Whether or not it is better.")
def promote(run: str, title: str, is_forced: bool) -> None:
    """Register RUN's model in MLflow's registry and give it a title, such as champion.

    Where another has the title, RUN has to beat it by the paired test of their answers on the test
    split, unless --force. Whom it beat, by how much, and when is kept beside the version.
    """
    root = find_root(Path.cwd())
    from pipeline.promotion.promotion import promote as give_title

    store = open_here(root)
    with tempfile.TemporaryDirectory() as folder:
        for line in give_title(store, run, title, is_forced, Path(folder)):
            say(line)
    say(f"to use it: headway predict --run @{title} FILE")


@click.command()
@click.option("--as", "title", default="champion", callback=_title, show_default=True)
def demote(title: str) -> None:
    """Give a title back to the version that had it before."""
    root = find_root(Path.cwd())
    from pipeline.promotion.promotion import demote as give_back

    say(give_back(open_here(root), title))
