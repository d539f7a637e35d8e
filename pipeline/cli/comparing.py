"""The command about runs beside each other."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.kept_page import keep_page
from pipeline.cli.opened import open_here
from pipeline.cli.tables import say_tables
from pipeline.commands import say
from pipeline.project_folder import find_root

if TYPE_CHECKING:
    from pipeline.comparison.comparison import Comparison


@click.command()
@click.argument("subjects", nargs=-1, metavar="RUN RUN [RUN ...]")
@click.option("--sweep", metavar="NAME", help="All trials of a sweep, in place of RUNs.")
@click.option("--by", metavar="PARAMETER", help="What groups the trials; else all that varied.")
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page, too, and keep it in the store: beside the sweep, or the first run.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="All that is told, for a program.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables for a paper or a review.")
def compare(
    subjects: tuple[str, ...],
    sweep: str | None,
    by: str | None,
    html: Path | None,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Say what differs between runs, and whether a difference can be claimed.

    RUN is an id, the beginning of one, a name, `latest`, or a condition on parameters that names a
    group, such as 'n_heads=4' or 'n_heads=4 and positions=none'. The first is held against each of
    the others. Everything is taken from what the runs kept.
    """
    if sweep and subjects:
        raise ValueError("expected runs or --sweep, got both: leave one out")
    if by and not sweep:
        raise ValueError("--by groups the trials of a sweep: expected --sweep NAME beside it")
    root = find_root(Path.cwd())
    from pipeline.comparison.comparison import compare as put_side_by_side
    from pipeline.comparison.report import as_markdown as markdown
    from pipeline.comparison.report import to_json
    from pipeline.comparison.selection import select, select_sweep

    store = open_here(root)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        chosen = select_sweep(store, sweep, by, place) if sweep else select(store, subjects, place)
        found = put_side_by_side(chosen, root)
        # Written first: the reader of a pipe may leave early.
        written = ""
        if html:
            from pipeline.comparison.page import comparison_page

            page = comparison_page(found)
            written = keep_page(store, chosen.keeper, page, html, "comparison")
        if as_json:
            say(to_json(found))
        elif as_markdown:
            say(markdown(found))
        else:
            _print(found)
        if written:
            say(f"\n{written}", err=as_json or as_markdown)


def _print(found: "Comparison") -> None:
    from pipeline.comparison.report import tables_of

    for line in (*found.verdicts, *found.cautions):
        say(line)
    say_tables(tables_of(found))
