"""metrics.json and the seconds of the stages -> what the last `dvc repro` reached."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import MADE_BY, Artifacts, CorpusFiles, EvidenceFiles, ModelFiles
from pipeline.files import parse_json
from pipeline.model.history import read_history
from pipeline.numbers import ABSENT, number_text, with_interval
from pipeline.progress import say
from pipeline.terminal.table import print_table
from pipeline.wording import read_objective, wording_told

SCORES = {
    "f1": "span F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "loss": "loss (nats)",
    "exact": "all labels right",
    "perplexity": "perplexity",
    "word_perplexity": "perplexity of a word",
}


def print_results(artifacts: Artifacts) -> None:
    """What `dvc repro` ends with: scores beside the baselines, epochs and seconds, what to open.

    Raises:
        FileNotFoundError: a stage has not been run.
        ValueError: a file of results is damaged.
    """
    metrics = _json(artifacts.require(EvidenceFiles(artifacts.evidence).metrics))
    epochs = len(read_history(artifacts.require(ModelFiles(artifacts.model).history).parent))
    timings = artifacts.seconds
    seconds = _json(timings) if timings.exists() else {}
    objective = read_objective(artifacts.model)
    print_table(("", "validation", "test"), score_rows(metrics, objective), words=range(3))
    if any("resamples" in split for split in metrics.values()):
        say(_drawn(metrics))
    for said in _said_of(artifacts.corpus, objective.get("target")):
        say(f"\n{said}")
    say("")
    stages = tuple(MADE_BY.values())
    cells = [f"{seconds[stage]:.1f} s" if stage in seconds else ABSENT for stage in stages]
    print_table(("epochs", *stages), [[str(epochs), *cells]], words=())
    say(f"\nopen the run: {called_here()} ui")


def _said_of(corpus: Path, target: str | None) -> list[str]:
    """What the corpus's card tells that no figure may be read without; nothing without a card."""
    from pipeline.corpus.card import read_card, said_of_overlap
    from pipeline.corpus.notes import corpus_notes, unseen_notes

    if not CorpusFiles(corpus).card.is_file():
        return []
    card = read_card(corpus)
    notes = [*corpus_notes(card), *(unseen_notes(card, target) if target else ())]
    return [*filter(None, [said_of_overlap(card)]), *notes]


def called_here() -> str:
    """How this program is called from the current folder."""
    here = Path(sys.executable).with_name("headway")
    if here.is_file() and here.is_relative_to(Path.cwd()):
        return str(here.relative_to(Path.cwd()))
    return "headway"


def score_rows(metrics: Mapping[str, Any], objective: Mapping[str, Any]) -> list[list[str]]:
    """The rows of scores that metrics.json holds, the baselines below the figure they explain."""
    splits = [metrics.get("validation", {}), metrics.get("test", {})]
    baselines, titles = metrics.get("baselines", {}), wording_told(objective).baselines
    rows = []
    for name, title in SCORES.items():
        if any(name in split for split in splits):
            rows.append([title, *(_score(split, name) for split in splits)])
        rows += [
            [f"  {told.text}", *_of_splits(baselines[baseline])]
            for baseline, told in titles.items()
            if told.figure == name and baseline in baselines
        ]
    return rows


def _of_splits(values: Mapping[str, float]) -> list[str]:
    return [number_text(values.get(split)) for split in ("validation", "test")]


def _score(split: Mapping[str, Any], name: str) -> str:
    low, high = split.get(f"{name}_low"), split.get(f"{name}_high")
    return with_interval(split.get(name), low, high, split.get("resamples"))


def _drawn(metrics: Mapping[str, Any]) -> str:
    """What the intervals are of."""
    splits = [metrics[split] for split in ("validation", "test") if split in metrics]
    named = [str(split["documents"]) for split in splits if "documents" in split]
    unit = f"whole documents ({' and '.join(named)})" if named else "sentences"
    point = "; of one alone it is a point, and says nothing" * ("1" in named)
    return f"intervals: {splits[0]['resamples']:,} draws of {unit}{point}"


def _json(path: Path) -> Any:
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path} is not valid JSON ({error}): delete it and run `dvc repro`"
        ) from None
