"""The command about the heads of many seeds."""

import tempfile
from pathlib import Path

import click

from pipeline.cli.kept_page import keep_page
from pipeline.cli.opened import open_here
from pipeline.cli.tables import say_tables
from pipeline.commands import say
from pipeline.project_folder import find_root


@click.command()
@click.argument("group", required=False)
@click.option("--sweep", metavar="NAME", help="Every setting of a sweep, in place of a GROUP.")
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page, too, of one setting, and keep it in the store: beside the sweep, or the "
    "first run.",
)  # fmt: skip
def atlas(group: str | None, sweep: str | None, html: Path | None) -> None:
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
    from pipeline.comparison.atlas.page import atlas_page
    from pipeline.comparison.atlas.report import atlas_lines, head_table, role_table
    from pipeline.comparison.selection import select_group, select_groups

    store = open_here(root)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        chosen = (
            select_groups(store, sweep, None, place) if sweep
            else select_group(store, str(group), place)
        )  # fmt: skip
        if html and len(chosen.subjects) > 1:
            labels = ", ".join(f"'{subject.label}'" for subject in chosen.subjects)
            raise ValueError(f"a page is of one setting, and {sweep} has {labels}: name a GROUP")
        for note in chosen.notes:
            say(note)
        for subject in chosen.subjects:
            found = make_atlas(subject)
            written = ""
            if html:
                written = keep_page(store, chosen.keeper, atlas_page(found), html, "atlases")
            for line in atlas_lines(found):
                say(line)
            say_tables([role_table(found), head_table(found)])
            say(f"\n{written}" if written else "")
