"""`headway ...`: one function a command; whatever is heavy is imported inside it."""

from pipeline.cli.group import main

__all__ = ["main"]
