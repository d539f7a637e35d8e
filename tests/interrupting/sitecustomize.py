"""Sends a stage a signal, or ends its DVC, at the first event of Python's audit that WHEN names.

Python imports this at its start where PYTHONPATH names the folder. WHEN is `event/text`: the first
argument of the event ends with the text, as in `import/torch` or `open/card.json`. SEND is the name
of a signal, or `parent`: DVC is killed, and the stage does nothing more of its own.
"""

import os
import signal
import sys
import threading

WHEN, _, TEXT = os.environ.get("WHEN", "").partition("/")
IS_STAGE = any(word.startswith("stages.") for word in sys.orig_argv)
done = []


def send(event, arguments):
    if done or event != WHEN or not str(arguments[0]).endswith(TEXT):
        return
    done.append(event)
    if os.environ["SEND"] == "parent":
        os.kill(os.getppid(), signal.SIGKILL)
        threading.Event().wait()
    os.kill(os.getpid(), getattr(signal, os.environ["SEND"]))


if WHEN and IS_STAGE:
    sys.addaudithook(send)
