"""The command about the heads of many seeds."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.kept_page import keep_page
from pipeline.cli.opened import open_here
from pipeline.cli.tables import say_tables
from pipeline.commands import say
from pipeline.project_folder import find_root

if TYPE_CHECKING:
    from pipeline.comparison.atlas.atlas import Atlas
    from pipeline.comparison.subjects import Subject


@click.command()
@click.argument("group", required=False)
@click.option("--sweep", metavar="NAME", help="Every setting of a sweep, or those of a GROUP.")
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page, too, of one setting, and keep it in the store: beside the sweep, or the "
    "first run.",
)  # fmt: skip
def atlas(group: str | None, sweep: str | None, html: Path | None) -> None:
    """Say which heads are found again in the runs of other seeds, what they do, and since when.

    GROUP is a condition on parameters, such as 'n_heads=4': of all runs of the store, or of the
    sweep that --sweep names. Everything is taken from what the runs kept.
    """
    if not group and not sweep:
        raise ValueError(
            "expected a group of runs, --sweep NAME, or both, got neither: for instance "
            "headway atlas --sweep heads 'n_heads=4'"
        )
    root = find_root(Path.cwd())
    from pipeline.comparison.atlas.page import atlas_page
    from pipeline.comparison.selection import select_group, select_groups

    store = open_here(root)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        chosen = (
            select_groups(store, sweep, None, group, place) if sweep
            else select_group(store, str(group), place)
        )  # fmt: skip
        if html and len(chosen.subjects) > 1:
            labels = "; ".join(subject.label for subject in chosen.subjects)
            raise ValueError(
                f"a page is of one setting, and {sweep} has {len(chosen.subjects)} ({labels}): "
                f"name one beside --sweep by its parameters, such as 'n_heads=4'"
            )
        for note in chosen.notes:
            say(note)
        for found in _atlases(chosen.subjects):
            written = ""
            if html:
                page = atlas_page(found, chosen.notes)
                written = keep_page(store, chosen.keeper, page, html, "atlas")
            _print(found)
            say(f"\n{written}" if written else "")


def _atlases(subjects: "Sequence[Subject]") -> "Iterator[Atlas]":
    """One of each group; of several, the reason is said why one has none.

    Raises:
        ValueError: none has one.
    """
    from pipeline.comparison.atlas.atlas import make_atlas

    made = 0
    for subject in subjects:
        try:
            found = make_atlas(subject)
        except ValueError as error:
            if len(subjects) == 1:
                raise
            say(f"{error}\n")
        else:
            made += 1
            yield found
    if not made:
        raise ValueError("no setting has an atlas: for each, the reason stands above")


def _print(found: "Atlas") -> None:
    from pipeline.comparison.atlas.report import atlas_lines, head_table, role_table

    for line in (*atlas_lines(found), *found.cautions):
        say(line)
    say_tables([role_table(found), head_table(found)])
