"""How every command of `headway` speaks, and ends when a person made a mistake."""

import click

from pipeline.foreign import visible
from pipeline.garbage import collect_rarely
from pipeline.streams import print_any_letter


def say(text: str, err: bool = False) -> None:
    """Print lines. Names and errors come from stores and files of others, and must not steer."""
    click.echo(visible(text), err=err)


class Commands(click.Group):
    """Commands whose ValueError or OSError ends in one message and exit status 1, no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        print_any_letter()
        collect_rarely()
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of a pipe has gone, which click ends quietly
        except (ValueError, OSError) as error:
            say(f"error: {error}", err=True)
            ctx.exit(1)
