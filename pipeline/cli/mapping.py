"""The command about the heads of many seeds."""

import tempfile
from pathlib import Path

import click

from pipeline.cli.opened import open_here
from pipeline.commands import say
from pipeline.project_folder import find_root


@click.command()
@click.argument("group", required=False)
@click.option("--sweep", metavar="NAME", help="Every setting of a sweep, in place of a GROUP.")
def atlas(group: str | None, sweep: str | None) -> None:
    """Say which heads are found again in the runs of other seeds, what they do, and since when.

    GROUP is a condition on parameters, such as 'n_heads=4'. Everything is taken from what the runs
    kept.
    """
    if bool(group) == bool(sweep):
        told = "both" if group else "neither"
        raise ValueError(
            f"expected a group of runs or --sweep NAME, got {told}: for instance "
            f"headway atlas 'n_heads=4'"
        )
    root = find_root(Path.cwd())
    from pipeline.comparison.atlas.atlas import make_atlas
    from pipeline.comparison.atlas.report import atlas_lines, head_table, role_table
    from pipeline.comparison.selection import select_group, select_groups
    from pipeline.terminal.table import print_table

    store = open_here(root)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if sweep:
            chosen = select_groups(store, sweep, None, place)
        else:
            assert group is not None
            chosen = select_group(store, group, place)
        for note in chosen.notes:
            say(note)
        for subject in chosen.subjects:
            found = make_atlas(subject)
            for line in atlas_lines(found):
                say(line)
            for table in (role_table(found), head_table(found)):
                say(f"\n{table.title}")
                print_table(table.header, table.rows, table.words, table.least_needed)
                for note in table.notes:
                    say(note)
            say("")
