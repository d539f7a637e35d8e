"""The verbs: one file a stage, each reads params and artifacts, calls the library and writes."""

import signal
import sys

received: list[int] = []
"""The signals that this process got to end it."""

if sys.argv[0] == "-m":  # `python -m stages.train`: what ends it during imports is told after them
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda number, _: received.append(number))
