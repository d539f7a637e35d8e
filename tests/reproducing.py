"""`headway` as a person gives it, and the runs that it made."""

from workspace import Workspace

from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store


def headway(workspace: Workspace, *arguments: str, **environment: str):
    done = workspace.run("headway", *arguments, PYTHONWARNINGS="", **environment)
    assert "Traceback" not in done.stdout, done.stdout
    return done.returncode, done.stdout


def newest(workspace: Workspace, count: int = 1):
    return newest_runs(open_store(workspace.root), count)
