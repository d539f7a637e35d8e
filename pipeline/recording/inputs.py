"""What a training learns from -> its run: the corpus, and the figures of tokens and vectors."""

from collections.abc import Mapping
from typing import Any

from pipeline.artifacts import Artifacts, CorpusFiles, TokensFiles, VectorsFiles
from pipeline.files import read_json
from pipeline.tracking.run import TrackedRun

CONTEXTS = {"train": "training", "validation": "validation", "test": "testing"}


def log_inputs(run: TrackedRun, artifacts: Artifacts) -> None:
    """The splits of the corpus as datasets, its card and rows' hashes, figures of tokens, vectors.

    Beside them, as files, the map, the neighbours, params.yaml and requirements.lock.
    """
    corpus = CorpusFiles(artifacts.corpus)
    card = read_json(corpus.card)
    for split, counts in card["splits"].items():
        sizes = {"sentences": counts["sentences"], "words": counts["words"]}
        run.log_dataset(
            f"{card['name']}: {split}", counts["sha256"], sizes, card["origin"], CONTEXTS[split]
        )
    for path in (corpus.card, corpus.rows):
        run.log_file(path, "corpus")
    vectors = VectorsFiles(artifacts.vectors)
    for path in (TokensFiles(artifacts.tokens).summary, vectors.summary):
        folder = path.parent.name
        run.log_metrics(flatten_numbers(read_json(path), f"{folder}/"), step=0)
        run.log_file(path, folder)
    run.log_file(vectors.neighbours, artifacts.vectors.name)
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
