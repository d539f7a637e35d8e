"""Ends `dvc repro`, and its process group, with SIGKILL at a moment that KILL names.

Python imports this at its start where PYTHONPATH names the folder. Counted are, in DVC and in each
stage, what is done to files (opened for writing, renamed, removed, made), the programs started;
every piece that DVC writes of its own files; and in a stage the calls of functions in the files
below: steps, validation, checkpoints, the record, the model's file. KILL is `process/kind/number`;
without it the numbers of all kinds are written into the folder that COUNTS names.
"""

import atexit
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

COUNTED = (
    "/pipeline/", "/stages/", "/pytorch_lightning/loops/", "/mlflow/store/", "/mlflow/tracking/",
    "/safetensors/", "/shutil.py", "/pathlib.py", "/tempfile.py",
)  # fmt: skip
STAGES = ("corpus", "tokenize", "embed", "train", "evaluate")
OWN = ("dvc.lock", "rwlock")
"""DVC's files that it does not write whole."""
ON_FILES = {
    "os.rename": "rename", "os.remove": "remove", "os.mkdir": "mkdir", "os.rmdir": "rmdir",
    "os.link": "link", "subprocess.Popen": "program", "sqlite3.connect": "database",
}  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Moments:
    """The moments of one process, by kind, counted; one of them is its last."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.counts: Counter[str] = Counter()
        told, self.kind, number = (os.environ.get("KILL") or "//0").split("/")
        self.last = int(number) if told == process else 0

    def pass_by(self, kind: str) -> None:
        self.counts[kind] += 1
        if kind == self.kind and self.counts[kind] == self.last:
            os.killpg(0, signal.SIGKILL)

    def tell(self) -> None:
        place = Path(os.environ["COUNTS"])
        (place / f"{self.process}.json").write_text(json.dumps(self.counts))


def watch(process: str) -> None:
    moments = Moments(process)
    is_counted: dict[object, bool] = {}
    inside = False

    def calls(frame, event, argument):
        nonlocal inside
        if event != "call":
            return
        code = frame.f_code
        if not inside:
            inside = code.co_name == process and code.co_filename.endswith(f"stages/{process}.py")
            return
        counted = is_counted.get(code)
        if counted is None:
            name = code.co_filename
            counted = is_counted[code] = code.co_name != "<module>" and any(
                part in name for part in COUNTED
            )
        if counted:
            moments.pass_by("call")

    def pieces(kind):
        def piece(frame, event, argument):
            if event == "c_call" and getattr(argument, "__name__", "") == "write":
                moments.pass_by(kind)

        return piece

    def on_event(event, arguments):
        if event in ON_FILES:
            moments.pass_by(ON_FILES[event])
        elif event == "open" and not isinstance(arguments[0], int):
            path, mode, flags = arguments
            name = Path(os.fsdecode(path)).name
            if not (set(mode or "") & set("wax+") or (flags or 0) & WRITES) or ".pyc" in name:
                return
            is_own = process == "dvc" and name in OWN
            moments.pass_by(f"open {name}" if is_own else "open")
            if process == "dvc":
                kind = f"write {name} {moments.counts[f'open {name}']}"
                sys.setprofile(pieces(kind) if is_own else None)

    sys.addaudithook(on_event)
    if process != "dvc":
        sys.setprofile(calls)
    if "COUNTS" in os.environ:
        atexit.register(moments.tell)


def process_of(words: list[str]) -> str | None:
    """dvc, or the stage that this process is."""
    if words[1:4] == ["-m", "dvc", "repro"]:
        return "dvc"
    found = [word.removeprefix("stages.") for word in words if word.startswith("stages.")]
    return found[0] if found and found[0] in STAGES else None


if process := process_of(sys.orig_argv):
    watch(process)
