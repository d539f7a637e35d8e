"""A run of the store -> an object to work with in a notebook."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from pipeline.artifacts import SPLITS, EvidenceFiles, ModelFiles
from pipeline.comparison.comparison import Comparison, compare
from pipeline.comparison.page import comparison_page
from pipeline.comparison.report import tables_of
from pipeline.comparison.selection import select
from pipeline.corpus.formats.words import Text, paired
from pipeline.notebook.attention import Attention
from pipeline.notebook.frame import in_frame
from pipeline.notebook.held_folder import HeldFolder
from pipeline.project_folder import find_root
from pipeline.recording.metric_names import interval_of, is_of_split, of_split
from pipeline.runs.fetching import Kept, fetch_run
from pipeline.runs.finding import ID_LENGTH, find_run
from pipeline.serving.predictor import Predictor
from pipeline.serving.rows import GivenRow, Row, RowAnswerer, asked_row
from pipeline.tracking.store import Store, open_store

COMPARISON_HEIGHT = 720


def open_run(run: str = "latest", project: str | Path = ".") -> "OpenedRun":
    """A run by its id, the beginning of one, its name, `latest`, or a title such as `@champion`.

    `project` is the project's folder, or one below it.

    Raises:
        FileNotFoundError: there is no project, or the run kept no model.
        ValueError: there is no such run.
    """
    root = find_root(Path(project).resolve())
    store = open_store(root)
    folder = HeldFolder()
    kept = fetch_run(store, find_run(store, run, "model"), folder.path)
    return OpenedRun(root, store, kept, folder)


class OpenedRun:
    """A run with what it kept; its files are a copy, which goes when nobody holds it any more."""

    def __init__(self, root: Path, store: Store, kept: Kept, folder: HeldFolder) -> None:
        self._root, self._store, self._kept, self._folder = root, store, kept, folder

    @property
    def name(self) -> str:
        """As `headway runs` shows it."""
        return self._kept.name

    @property
    def run_id(self) -> str:
        """All of it."""
        return self._kept.run_id

    @cached_property
    def model(self) -> Predictor:
        """The network with its encoding: `model.network` is torch's, ready to predict."""
        return Predictor.load(self._kept.outputs.model)

    @cached_property
    def figures(self) -> pd.DataFrame:
        """What the evaluation measured of each split, with intervals where there are some."""
        metrics = self._kept.metrics
        rows = [
            (split, figure, metrics[name], *map(metrics.get, interval_of(name)))
            for split in reversed(SPLITS)
            for name in sorted(metrics)
            if is_of_split(split, name)
            for figure in [name.removeprefix(of_split(split, ""))]
        ]
        table = pd.DataFrame(rows, columns=["split", "figure", "value", "low", "high"])
        return table.astype({"low": float, "high": float}).set_index(["split", "figure"])

    @cached_property
    def history(self) -> pd.DataFrame:
        """Loss and accuracy by epoch."""
        return pd.read_csv(ModelFiles(self._kept.outputs.model).history, index_col="epoch")

    @cached_property
    def heads(self) -> pd.DataFrame:
        """Every measure of every head."""
        return pd.read_parquet(EvidenceFiles(self._kept.outputs.evidence).heads_table)

    def predict(self, sentences: Sequence[Text | Row]) -> pd.DataFrame:
        """The answers that `headway predict` gives, a row a sentence: a text, or its words.

        A pair of texts is a row: {"text": "It rains.", "second": "It is wet."}.
        """
        given = [asked_row(it) if isinstance(it, Mapping) else GivenRow({}, it) for it in sentences]
        return pd.DataFrame(RowAnswerer(self.model).answer(given))

    def attend(self, sentence: Text, second: Text | None = None) -> Attention:
        """Where every head looks in a sentence, or in a pair of texts, where pairs were learned.

        Raises:
            ValueError: the sentence is empty or longer than the model was made for.
        """
        looked = self.model.look(sentence if second is None else paired(sentence, second))
        return Attention(looked.weights, looked.tokens, looked.words)

    def compare(self, *others: str) -> "ShownComparison":
        """This run beside others, each named as in `open_run`.

        Raises:
            ValueError: there is no such run, or one is this run.
        """
        folder = HeldFolder()
        chosen = select(self._store, [self.run_id, *others], folder.path)
        return ShownComparison(compare(chosen, self._root), folder)

    def __repr__(self) -> str:
        return f"OpenedRun({self.name!r}, {self.run_id[:ID_LENGTH]})"

    def _repr_html_(self) -> str:
        named = html.escape(f"{self.name} ({self.run_id[:ID_LENGTH]})")
        return f"<p><b>{named}</b></p>{self.figures.to_html(na_rep='')}"


@dataclass(frozen=True, eq=False)
class ShownComparison:
    """What differs between runs, and what can be claimed; draws itself as the page."""

    found: Comparison
    _folder: HeldFolder

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What can be claimed, a sentence for each other run."""
        return self.found.verdicts

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of `headway compare`, by title."""
        return {
            one.title: pd.DataFrame(one.rows, columns=list(one.header))
            for one in tables_of(self.found)
            if one.rows
        }

    def __repr__(self) -> str:
        return "\n".join(self.verdicts)

    def _repr_html_(self) -> str:
        return in_frame(comparison_page(self.found), COMPARISON_HEIGHT)
