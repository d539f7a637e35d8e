"""MLflow's UI on the project's own store, for as long as somebody looks at it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pipeline import programs
from pipeline.artifacts import Artifacts
from pipeline.endings.interruption import sigterm_raises
from pipeline.runs.addresses import HOST, base_address
from pipeline.tracking.store import artifact_folder, project_of, store_uri

START_SECONDS = 120
STOP_SECONDS = 10
POLL_SECONDS = 0.1


def require_free(port: int) -> None:
    """Check that a server can listen on the port.

    Raises:
        OSError: another process has it, or it may not be used.
    """
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise OSError(
                f"port {port} of {HOST} cannot be used ({error.strerror}): is a UI already open "
                f"there? Choose another with --port"
            ) from None


@contextmanager
def ui_server(root: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `mlflow server` on the store, ready inside the block and gone after it.

    It listens on 127.0.0.1 alone; what it prints goes to .headway/ui.log.

    Raises:
        OSError: the port is taken, or the server ended or was not ready within two minutes.
    """
    require_free(port)
    log = Artifacts(project_of(root)).private / "ui.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with sigterm_raises(), log.open("wb") as output:
        # A session of its own: Ctrl-C reaches us alone, and we end all of its processes.
        child = subprocess.Popen(
            server_command(root, port),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
        )
        try:
            _wait_until_ready(child, base_address("", port), log)
            yield child
        finally:
            _stop(child)


def server_command(root: Path, port: int) -> list[str]:
    """The command that serves the store and its files."""
    artifacts = artifact_folder(store_uri(root), root).as_uri()
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--host", HOST, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", store_uri(root)),
        *("--default-artifact-root", artifacts, "--artifacts-destination", artifacts),
    ]


def _environment() -> dict[str, str]:
    """No usage reports, and no workers for language-model jobs, which nobody asks for here."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    inherited = {k: v for k, v in programs.environment().items() if k != "MLFLOW_TRACKING_URI"}
    return {**quiet, **inherited}


def _wait_until_ready(child: "subprocess.Popen[bytes]", base: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise OSError(f"the MLflow server ended ({' '.join(tail)}): {log} has all it said")
        try:
            with urllib.request.urlopen(f"{base}/health", timeout=POLL_SECONDS * 10):
                return
        except OSError:
            time.sleep(POLL_SECONDS)
    raise OSError(f"the MLflow server was not ready within {START_SECONDS} s: see {log}")


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """End the server and the processes it started; those that do not listen are killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(STOP_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
