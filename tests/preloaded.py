"""Programs of the environment that the tests run in, begun with the large libraries imported."""

import atexit
import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SET_BY_WORK = {
    "CUBLAS_WORKSPACE_CONFIG", "OMP_NUM_THREADS", "HF_HUB_DISABLE_TELEMETRY"
} - os.environ.keys()  # fmt: skip
"""Set in the tests' own process by a training, or a data set that was read, in it."""
PLACE = Path(__file__).parent / "preloading"


def given_environment() -> dict[str, str]:
    """The test's environment, without what would lead out of the workspace."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MLFLOW_", "DVC_")) and name not in SET_BY_WORK
    }


@functools.cache
def programs() -> Path:
    """The folder with `python` and `headway`, which share one server as long as the tests run."""
    here = Path(sys.executable).parent
    if sys.platform != "linux":
        return here
    temporary = tempfile.TemporaryDirectory(prefix="headway-")
    folder = Path(temporary.name)
    for name in ("python", "headway"):
        program = folder / name
        program.write_text(f"#!{sys.executable} -IS\n" + (PLACE / "client.py").read_text())
        program.chmod(0o755)
    own = {
        "PYTHONWARNINGS": "default",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GOMP_SPINCOUNT": "1000",
    }
    command, given = [sys.executable, PLACE / "server.py", folder], given_environment() | own
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )

    def end() -> None:
        server.communicate()
        temporary.cleanup()

    atexit.register(end)
    assert server.stdout.readline(), (folder / "log").read_text()
    return folder
