"""`headway` as a person gives it, and the runs that it made."""

from workspace import Workspace

from pipeline import tracking


def headway(workspace: Workspace, *arguments: str, **environment: str):
    done = workspace.run("headway", *arguments, PYTHONWARNINGS="", **environment)
    assert "Traceback" not in done.stdout, done.stdout
    return done.returncode, done.stdout


def newest(workspace: Workspace, count: int = 1):
    return tracking.newest_runs(tracking.open_store(workspace.root), count)
