"""A process that has the large libraries already, and forks one child for each program asked for.

Lightning, MLflow, torch and DVC take 5 to 10 s of a processor to import, in each of the hundreds
of processes that the tests start: more than the work under test. The child that is forked is a
process of its own, with the caller's arguments, folder, environment, files and file systems; the
project's own code is imported in it. What differs from a new interpreter: the seed of Python's
hashes is the server's, and signals that the caller gets do not reach it, but it ends when its
caller does. `client.py` therefore starts a real interpreter wherever it could matter.
"""

import atexit
import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import site
import socket
import struct
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARIES = (
    "torch", "numpy", "scipy.sparse", "sklearn.decomposition", "pandas", "pyarrow.parquet",
    "pytorch_lightning", "mlflow", "mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store",
    "matplotlib.backends.backend_agg", "matplotlib.style", "datasets", "tokenizers", "conllu",
    "safetensors.torch", "jinja2", "jaxtyping", "pydantic", "ruamel.yaml", "rich.console",
    "rich.progress", "rich.table", "PIL.Image", "click", "filelock", "dvc.cli", "dvc.repo",
    "dvc.commands.repro", "dvc.commands.status", "dvc.stage.cache", "dvc_data.index",
)  # fmt: skip


def serve(folder: Path, listener: socket.socket) -> dict[str, Any]:
    """Answer until the tests end; comes back with a request, in the child that is to run it."""
    at_start = dict(os.environ)
    gc.set_threshold(10_000)  # as every program of this project does
    for library in LIBRARIES:
        importlib.import_module(library)
    look_up_once()
    gc.freeze()  # or a child's first collection copies every page
    set_by_libraries = {k: v for k, v in os.environ.items() if at_start.get(k) != v}
    told = {
        "bin": str(Path(sys.executable).parent),
        "environment": at_start,
        "set_by_libraries": set_by_libraries,
    }
    (folder / "server.json").write_text(json.dumps(told))
    running: list[Running] = []
    while True:
        waited_for = [file for one in running for file in (one.ended, one.caller)]
        ready, _, _ = select.select([listener, sys.stdin, *waited_for], [], [])
        if sys.stdin in ready:  # the tests have ended
            sys.exit()
        running = [one for one in running if not one.is_over(ready)]
        if listener in ready:
            begun = fork(listener.accept()[0])
            if isinstance(begun, dict):
                listener.close()
                for one in running:
                    one.close()
                return begun | {"environment": set_by_libraries | begun["environment"]}
            running += [begun] if begun else []


def look_up_once() -> None:
    """What MLflow reads of every installed package in each process that saves a model: 0.4 s."""
    saving = importlib.import_module("mlflow.utils.requirements_utils")
    saving.warn_dependency_requirement_mismatches(["mlflow"])


@dataclass(frozen=True)
class Running:
    """A child at work, and whoever waits for it."""

    child: int
    ended: int
    """Its pidfd, which can be read once it has ended."""
    caller: socket.socket
    """Can be read once the caller is gone."""

    def is_over(self, ready: list[object]) -> bool:
        """Whether it has ended, which its caller is told; it is ended where nobody waits."""
        if self.caller in ready:
            with contextlib.suppress(OSError):
                os.killpg(self.child, signal.SIGKILL)
        elif self.ended not in ready:
            return False
        status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        with contextlib.suppress(OSError):
            self.caller.send(str(status).encode())
        self.close()
        return True

    def close(self) -> None:
        """Without a word to the caller."""
        os.close(self.ended)
        self.caller.close()


def fork(caller: socket.socket) -> Running | dict[str, Any] | None:
    """Fork the child, in which the request comes back; None where nothing is to be run."""
    length, files, _, _ = socket.recv_fds(caller, 8, 3)
    if not length:  # it was only asked whether the libraries are there
        caller.close()
        return None
    content = b""
    while len(content) < int.from_bytes(length):
        content += caller.recv(1 << 16)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        enter_namespaces_of(caller)
        caller.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        return json.loads(content)
    for file in files:
        os.close(file)
    with contextlib.suppress(OSError):  # the child has done it, or is gone
        os.setpgid(child, child)
    return Running(child, os.pidfd_open(child), caller)


def enter_namespaces_of(caller: socket.socket) -> None:
    """See the file systems that the caller sees, where it has some of its own."""
    credentials = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 3 * 4)
    process, _, _ = struct.unpack("3i", credentials)
    theirs = {
        kind: Path(f"/proc/{process}/ns/{name}") for kind, name in NAMESPACES.items()
        if Path(f"/proc/{process}/ns/{name}").readlink() != Path(f"/proc/self/ns/{name}").readlink()
    }  # fmt: skip
    system = ctypes.CDLL(None, use_errno=True)  # Python has os.setns from 3.12 on
    with contextlib.ExitStack() as stack:
        opened = {kind: stack.enter_context(path.open()) for kind, path in theirs.items()}
        for kind, namespace in opened.items():
            if system.setns(namespace.fileno(), kind):
                raise OSError(ctypes.get_errno(), f"setns: {theirs[kind]}")


CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000  # sched.h
NAMESPACES = {CLONE_NEWUSER: "user", CLONE_NEWNS: "mnt"}
"""In the order in which they may be entered: whoever is root in the first may enter the second."""


def become(request: dict) -> None:
    """What an interpreter does at its start, with the caller's surroundings."""
    os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    if not os.environ.get("PYTHONWARNINGS"):
        sys.warnoptions.clear()
        warnings.filters.remove(("default", None, Warning, None, 0))
    sys.modules["numpy"].random.seed()
    if added := os.environ.get("PYTHONPATH"):
        sys.path[1:1] = added.split(os.pathsep)
        sys.orig_argv = [request["program"], *request["words"]]
        sys.modules.pop("sitecustomize", None)  # Debian's Python begins with one of its own
        site.execsitecustomize()
    # What it starts with its own interpreter has the libraries too.
    sys.executable = str(Path(request["program"]).with_name("python"))


def run(request: dict) -> None:
    """The program itself; it raises what the program raises."""
    sys.argv = request["arguments"]
    if request["code"]:
        sys.path[0] = request["folder"]
        exec(compile(request["code"], "<string>", "exec"), {"__name__": "__main__"})
    elif request["module"]:
        sys.path[0] = request["folder"]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(sys.argv[0]).parent)
        runpy.run_path(sys.argv[0], run_name="__main__")


def status_of(program: Callable[[], None]) -> int:
    """Run it; gives the exit status that an interpreter would end with.

    An interrupt is raised on: an interpreter ends by the signal itself.
    """
    try:
        program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def end(status: int) -> None:
    """End as an interpreter does, but let the system take the modules' memory back.

    Taking every module of the large libraries apart copies each page that the server shares:
    0.4 s, in each of the hundreds of processes.
    """
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    request = serve(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
    become(request)
    end(status_of(functools.partial(run, request)))
