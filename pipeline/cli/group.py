"""All commands under the one name."""

import click

from pipeline.cli import (
    beginning,
    comparing,
    mapping,
    promoting,
    reproducing,
    showing,
    sweeping,
    tracked,
    using,
)
from pipeline.commands import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="headway")
def main() -> None:
    """Train multi-head self-attention encoders as experiments that can be trusted.

    `dvc repro` makes a run; these commands show what was recorded, check it and make it again.
    """


for command in (
    beginning.init,
    tracked.runs,
    tracked.ui,
    tracked.plots,
    tracked.fetch,
    tracked.send,
    showing.results,
    showing.trace,
    showing.heads,
    reproducing.reproduce,
    reproducing.verify,
    reproducing.why,
    reproducing.repair,
    reproducing.record,
    reproducing.bundle,
    comparing.compare,
    mapping.atlas,
    using.predict,
    using.serve,
    using.export,
    promoting.promote,
    promoting.demote,
    sweeping.sweep,
    sweeping.sweeps,
):
    main.add_command(command)
