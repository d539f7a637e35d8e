"""Programs of the environment that the tests run in, begun with the large libraries imported."""

import atexit
import functools
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

SET_BY_WORK = {
    "CUBLAS_WORKSPACE_CONFIG", "OMP_NUM_THREADS", "HF_HUB_DISABLE_TELEMETRY"
} - os.environ.keys()  # fmt: skip
"""Set in the tests' own process by a training, or a data set that was read, in it."""
PLACE = Path(__file__).parent / "preloading"
begun: list[str] = []
"""The folder of the server that all processes of the tests share, where one was begun for them."""


def given_environment() -> dict[str, str]:
    """The test's environment, without what would lead out of the workspace."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MLFLOW_", "DVC_")) and name not in SET_BY_WORK
    }


def begin() -> Path:
    """Start the server; gives the folder with its `python` and `headway`, which are ready later."""
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
    with socket.socket(socket.AF_UNIX) as listener, (folder / "log").open("w") as log:
        # Whoever asks before the server has its libraries waits for it.
        listener.bind(str(folder / "socket"))
        listener.listen(64)
        server = subprocess.Popen(
            [*command, str(listener.fileno())], env=given, stdin=subprocess.PIPE,
            stdout=log, stderr=log, pass_fds=[listener.fileno()],
        )  # fmt: skip

    def end() -> None:
        server.terminate()
        server.communicate()
        temporary.cleanup()

    atexit.register(end)
    return folder


@functools.cache
def programs() -> Path:
    """The folder with `python` and `headway`, which share one server as long as the tests run."""
    if sys.platform != "linux":
        return Path(sys.executable).parent
    folder = Path(begun[0]) if begun else begin()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(str(folder / "socket"))
        server.shutdown(socket.SHUT_WR)
        server.recv(1)
    assert (folder / "server.json").exists(), (folder / "log").read_text()
    return folder
