"""A corpus becomes tokens, vectors, attention, a model, evidence: one package for each.

In a notebook: `from pipeline import open_run`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.notebook.opened_run import open_run as open_run
else:

    def __getattr__(name: str) -> object:
        """`open_run`, imported when it is asked for: the stages have no use for it."""
        if name != "open_run":
            raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
        from pipeline.notebook.opened_run import open_run

        return open_run
