"""A line of text -> words, as the treebanks cut them."""

import re

_CLITIC = re.compile(r"(?i)(?<=\w)(n['’]t|['’](?:s|re|ve|ll|d|m))$")  # noqa: RUF001  (’ as in don’t)
_PIECE = re.compile(
    r"""https?://\S+ | \S+@\S+\.\w+        # addresses stay whole
      | (?:\w\.){2,}                       # U.S.
      | \d+(?:[.,:]\d+)+                   # 1,000.5 and 10:30
      | \w+(?:['’]\w+)*                    # don't, for now in one piece
      | \.{2,} | -{2,}                     # ... and --
      | [^\w\s]                            # every other sign for itself
    """,  # noqa: RUF001  (’ as in don’t)
    re.VERBOSE,
)


def split_words(text: str) -> list[str]:
    """Cut text at spaces and signs, and "don't" into "do" and "n't".

    Raises:
        ValueError: there is no word in the text.
    """
    words = [word for piece in _PIECE.findall(text) for word in _split_clitic(piece)]
    if not words:
        raise ValueError(
            "expected a sentence with at least one word, found nothing: write some text"
        )
    return words


def _split_clitic(piece: str) -> list[str]:
    found = _CLITIC.search(piece)
    return [piece[: found.start()], found.group()] if found and found.start() else [piece]
