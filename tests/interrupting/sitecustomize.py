"""Sends a stage a signal, or ends its DVC, at the first event of Python's audit that WHEN names.

Python imports this at its start where PYTHONPATH names the folder. WHEN is `event/text`: the first
argument of the event ends with the text, as in `import/torch` or `open/card.json`. SEND is the name
of a signal, or `dvc`: the DVC that began the stage is killed, be it the parent or, where a shell
stands between, the parent's; and the stage does nothing more of its own.
"""

import os
import signal
import sys
import threading
from pathlib import Path

WHEN, _, TEXT = os.environ.get("WHEN", "").partition("/")
IS_STAGE = any(word.startswith("stages.") for word in sys.orig_argv)
done = []


def pid_of_dvc():
    pid = os.getppid()
    if b"dvc" not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rpartition(")")[2].split()[1])
    return pid


def send(event, arguments):
    if done or event != WHEN or not str(arguments[0]).endswith(TEXT):
        return
    done.append(event)
    if os.environ["SEND"] == "dvc":
        os.kill(pid_of_dvc(), signal.SIGKILL)
        threading.Event().wait()
    os.kill(os.getpid(), getattr(signal, os.environ["SEND"]))


if WHEN and IS_STAGE:
    sys.addaudithook(send)
