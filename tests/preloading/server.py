"""A process that has the large libraries already, and forks one child for each program asked for.

Lightning, MLflow, torch and DVC take 5 to 10 s of a processor to import, in each of the hundreds
of processes that the tests start: more than the work under test. The child that is forked is a
process of its own, with the caller's arguments, folder, environment and files; the project's own
code is imported in it. What differs from a new interpreter: the seed of Python's hashes is the
server's, and signals that the caller gets do not reach it, but it ends when its caller does.
`client.py` therefore starts a real interpreter wherever it could matter.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

LIBRARIES = (
    "torch", "numpy", "scipy.sparse", "sklearn.decomposition", "pandas", "pyarrow.parquet",
    "pytorch_lightning", "mlflow", "mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store",
    "matplotlib.backends.backend_agg", "matplotlib.style", "datasets", "tokenizers", "conllu",
    "safetensors.torch", "jinja2", "jaxtyping", "pydantic", "ruamel.yaml", "rich.console",
    "rich.progress", "rich.table", "PIL.Image", "click", "filelock", "dvc.cli", "dvc.repo",
    "dvc.commands.repro", "dvc.commands.status", "dvc.stage.cache", "dvc_data.index",
)  # fmt: skip


def serve(folder: Path, listener: socket.socket) -> dict[str, object]:
    """Answer until the tests end; comes back with a request, in the child that is to run it."""
    at_start = dict(os.environ)
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()  # or a child's first collection copies every page
    set_by_libraries = {k: v for k, v in os.environ.items() if at_start.get(k) != v}
    told = {
        "bin": str(Path(sys.executable).parent),
        "environment": at_start,
        "set_by_libraries": set_by_libraries,
        "mounts": str(Path("/proc/self/ns/mnt").readlink()),
    }
    (folder / "server.json").write_text(json.dumps(told))
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:  # the tests have ended
            sys.exit()
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            request = fork(connection)
            return request | {"environment": set_by_libraries | request["environment"]}
        connection.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def fork(connection: socket.socket) -> dict[str, object]:
    """Fork the child, which returns; wait for its end, or end it when its caller is gone."""
    length, files, _, _ = socket.recv_fds(connection, 8, 3)
    if not length:  # it was only asked whether the libraries are there
        os._exit(0)
    content = b""
    while len(content) < int.from_bytes(length):
        content += connection.recv(1 << 16)
    child = os.fork()
    if child == 0:
        connection.close()
        os.setpgid(0, 0)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        return json.loads(content)
    for file in files:
        os.close(file)
    ended = os.pidfd_open(child)
    with contextlib.suppress(OSError):  # the child has done it, or is gone
        os.setpgid(child, child)
    if connection in select.select([connection, ended], [], [])[0]:
        os.killpg(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    connection.send(str(status).encode())
    os._exit(0)


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
