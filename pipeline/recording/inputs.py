"""What a training learns from -> its run: the corpus, and the figures of tokens and vectors."""

from collections.abc import Mapping
from typing import Any

from pipeline.artifacts import Artifacts
from pipeline.files import read_json
from pipeline.tracking.run import TrackedRun

CONTEXTS = {"train": "training", "validation": "validation", "test": "testing"}


def log_inputs(run: TrackedRun, artifacts: Artifacts) -> None:
    """The corpus as a dataset, its card, and the figures of tokens and vectors."""
    card = read_json(artifacts.corpus / "card.json")
    for split, counts in card["splits"].items():
        sizes = {"sentences": counts["sentences"], "words": counts["words"]}
        run.log_dataset(
            f"{card['name']}: {split}", counts["sha256"], sizes, card["origin"], CONTEXTS[split]
        )
    run.log_file(artifacts.corpus / "card.json", "corpus")
    for folder in (artifacts.tokens, artifacts.vectors):
        summary = read_json(folder / "summary.json")
        run.log_metrics(flatten_numbers(summary, f"{folder.name}/"), step=0)
        run.log_file(folder / "summary.json", folder.name)
    for name in ("map.json", "neighbours.json"):
        run.log_file(artifacts.vectors / name, artifacts.vectors.name)
    for path in (artifacts.params, artifacts.lock):
        run.log_file(path, "inputs")


def flatten_numbers(values: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """{"test": {"words": 3}} with prefix "a/" -> {"a/test_words": 3.0}."""
    flat: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= flatten_numbers(value, f"{prefix}{name}_")
        else:
            flat[f"{prefix}{name}"] = float(value)
    return flat
