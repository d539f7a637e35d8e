"""A block of lines with a word and what is said of it in columns -> comments, and cells."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipeline.corpus.formats.text_lines import Line
from pipeline.corpus.formats.words import SPACE

Separator = Literal["space", "tab"]
"""What stands between columns: any white space, or a tab alone."""
DOCUMENT = "-DOCSTART-"
"""The word of a line that begins a document, as CoNLL's shared tasks have it."""
COMMENT, SETTING = re.compile(r"#\s"), re.compile(r"#\s*\S+\s+=\s")


def cut(text: str, separator: Separator) -> list[str]:
    """The cells of a line."""
    return text.split("\t") if separator == "tab" else SPACE.split(text.strip())


def without_comments(block: Sequence[Line], separator: Separator, n_columns: int) -> list[Line]:
    """The lines from the first word on: a word may be "#" itself, and begins no comment then.

    `# key = value` is a comment, and so is what begins with "#" and white space and has another
    number of columns.
    """
    for place, line in enumerate(block):
        is_comment = SETTING.match(line.text) or (
            COMMENT.match(line.text) and len(cut(line.text, separator)) != n_columns
        )
        if not is_comment:
            return list(block[place:])
    return []


def no_sentence(path: Path) -> ValueError:
    """The error of a file without a word."""
    return ValueError(
        f"{path.name}: expected at least one sentence, a word a line, found none: put the file "
        f"there, or take this one out"
    )
