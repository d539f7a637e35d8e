"""What a run's metrics are called. What stands before a `/` is a group of MLflow's charts.

A curve's group is the figure (loss/validation, a point an epoch); a score's group is the split
(validation/loss, of the model that was kept). So short that a card's title shows them whole.
"""

import re
from collections.abc import Iterable

KEPT_EPOCH = "best_epoch"
"""The epoch whose weights the model has."""
ENDS = ("low", "high")
"""An interval's, as the names of its figures end."""


def of_epoch(name: str) -> str:
    """A column of the training's history: train_loss -> loss/train; learning_rate as it is."""
    split, _, figure = name.partition("_")
    return f"{figure}/{split}" if split in ("train", "validation") else name


LOSS_OF_EPOCHS = of_epoch("validation_loss")
"""The curve whose last step is the number of epochs."""
HEADS_PICTURE = "heads/sentence_1"
"""The picture that the epochs have, as many as are drawn, the last among them."""


def are_earlier(names: Iterable[str]) -> bool:
    """Whether a run's metrics were named by a Headway that called curves and heads otherwise."""
    return any(name.startswith(("epoch/", "validation_heads/")) for name in names)


def of_time(name: str) -> str:
    """What no output may hold: time/train_seconds, ..."""
    return f"time/{name}"


TRAIN_SECONDS = of_time("train_seconds")


def is_of_time(name: str) -> bool:
    """Whether another execution of the same training has another value of it."""
    return name.startswith(of_time(""))


def of_split(split: str, name: str) -> str:
    """test/accuracy, and interval/test_accuracy_low: intervals' ends are a group of their own."""
    is_end = name.endswith(tuple(f"_{end}" for end in ENDS))
    return f"interval/{split}_{name}" if is_end else f"{split}/{name}"


def is_of_split(split: str, name: str) -> bool:
    """Whether an evaluation measured it there."""
    return name.startswith(f"{split}/")


def is_of_evaluation(name: str) -> bool:
    """Whether an evaluation measured it, and no epoch of a training."""
    return name.startswith(("validation/", "test/", "interval/", "heads/"))


def interval_of(name: str) -> tuple[str, str]:
    """test/accuracy -> interval/test_accuracy_low and interval/test_accuracy_high."""
    split, _, figure = name.partition("/")
    low, high = (of_split(split, f"{figure}_{end}") for end in ENDS)
    return low, high


def draws_of(name: str) -> str:
    """test/accuracy -> test/resamples: of how many draws its interval is."""
    return of_split(name.partition("/")[0], "resamples")


def of_baseline(name: str, split: str) -> str:
    """Such as test/majority."""
    return of_split(split, name)


def of_head(measure: str, layer: int, head: int) -> str:
    """Layer and head from 1, as everywhere: heads/entropy_1.3."""
    return f"heads/{measure}_{layer}.{head}"


def heads_with(measure: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are the measure's of some head, layer by layer."""
    pattern = re.compile(rf"heads/{re.escape(measure)}_(\d+)\.(\d+)")
    found = [match for name in names if (match := pattern.fullmatch(name))]
    return [match[0] for match in sorted(found, key=lambda it: (int(it[1]), int(it[2])))]
