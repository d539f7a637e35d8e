"""Stands for `python` and `headway`: has the program run by a child of `server.py`, and ends as it.

A real interpreter is started for every other program, and where the caller's surroundings are not
the server's: what an interpreter or a library reads at its start.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

MODULES = ("dvc", "stages.", "pipeline.cli", "pipeline.sweeps")
FREE = (
    "DVC_", "MLFLOW_", "GIT_", "HEADWAY_", "PIP_", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "COLUMNS",
    "LINES", "BROWSER", "OPENED", "DISPLAY", "WAYLAND_DISPLAY", "TERM", "NO_PROXY", "PYTEST_",
    "PYTHONUNBUFFERED", "PYTHONPATH", "GOMP_SPINCOUNT", "PYTHONWARNINGS", "PS1",
    "ATEN_CPU_CAPABILITY",  # read at torch's first arithmetic, of which the server does none
)  # fmt: skip
"""Variables that are read when something is done, not at a start; or that `server.py` sees to."""
NO_ARITHMETIC = (
    "OMP_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "HF_HUB_DISABLE_TELEMETRY"
)  # fmt: skip
"""Variables that DVC's own process has no use for."""


def can_be_forked(told: dict, module: str) -> bool:
    if module and not module.startswith(MODULES):
        return False
    free = FREE + NO_ARITHMETIC * (module == "dvc")
    there = told["environment"]
    here = {k: v for k, v in os.environ.items() if told["set_by_libraries"].get(k) != v}
    differ = {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}
    return (
        all(name.startswith(free) for name in differ)
        and here.get("PYTHONWARNINGS", "") in ("", there["PYTHONWARNINGS"])
        and ("PYTHONPATH" not in differ or "PYTHONPATH" not in there)
    )


def ask(place: Path, module: str, code: str, arguments: list[str]) -> int:
    """The exit status of the child; below zero, the signal that ended it."""
    umask = os.umask(0)
    os.umask(umask)
    request = json.dumps({
        "program": sys.argv[0], "module": module, "code": code, "arguments": arguments,
        "words": sys.argv[1:],
        "umask": umask, "folder": str(Path.cwd()), "environment": dict(os.environ),
    }).encode()  # fmt: skip
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(str(place / "socket"))
        socket.send_fds(server, [len(request).to_bytes(8)], [0, 1, 2])
        server.sendall(request)
        return int(server.recv(16))


def main() -> None:
    place = Path(sys.argv[0]).parent
    told = json.loads((place / "server.json").read_text())
    real = str(Path(told["bin"]) / Path(sys.argv[0]).name)
    by_name = Path(sys.argv[0]).name != "python"
    words = sys.argv[1:] if by_name or sys.argv[1:2] != ["-u"] else sys.argv[2:]
    module = words[1] if words[:1] == ["-m"] and not by_name else ""
    code = words[1] if words[:1] == ["-c"] and not by_name else ""
    if not (by_name or module or code) or not can_be_forked(told, module):
        os.execv(real, [real, *sys.argv[1:]])
    arguments = [real, *words] if by_name else ["-c" * bool(code) or module, *words[2:]]
    status = ask(place, module, code, arguments)
    if status < 0:
        if -status not in (signal.SIGKILL, signal.SIGSTOP):  # the system keeps these as they are
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


main()
