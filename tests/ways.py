"""The settings that a way in `examples/` tells of, as it tells them: a test follows the page."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from workspace import ROOT, SMALL

FEW = {name: SMALL[name] for name in SMALL if not name.startswith(("corpus.", "tokenize.max"))} | {
    "train.max_epochs": 12,
    "train.learning_rate": 0.02,
    "tokenize.word.min_count": 2,
    "train.ema_decay": 0.9,
    "train.watched.sentences": ["Bo saw Rome"],
    "evaluate.faithfulness_sentences": 2,
}
"""Small numbers, so that a test takes a moment."""


def told_by(way: str) -> list[dict[str, Any]]:
    """Each block of parameters in the way's README, by dotted names."""
    text = (ROOT / "examples" / way / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [dict(_flat(YAML(typ="safe").load(block))) for block in blocks]


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
