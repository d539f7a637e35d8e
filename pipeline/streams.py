"""What this program prints -> any terminal, log or pipe, whatever letters it knows."""

import io
import sys


def print_any_letter() -> None:
    """Print `?` for a letter that the terminal's encoding lacks, where Python would stop midway.

    One sign for one keeps columns straight. Errors go to stderr, which never stops at a letter.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
