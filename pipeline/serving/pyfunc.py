"""What MLflow executes to load a Headway model; the last line tells it which one."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from pipeline.serving.predictor import Predictor
from pipeline.serving.rows import (
    ERROR,
    PREDICTION,
    PROBABILITY,
    TEXT,
    WORDS,
    GivenRow,
    RowAnswerer,
    asked_row,
)


class HeadwayModel(mlflow.pyfunc.PythonModel):
    """A column `text` or `words` in; predictions and probabilities out, a row a sentence.

    `text` is cut into words; `words` is the list of them, and counts where a row has both. Where a
    row has a text in `second` too, the two are a pair. A row that cannot be answered has the reason
    in `error`, and the others their answers.
    """

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Read the model's folder."""
        self.answerer = RowAnswerer(Predictor.load(Path(context.artifacts["model"])))

    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,  # noqa: ARG002  (MLflow's signature)
        model_input: pd.DataFrame,
        params: dict[str, object] | None = None,  # noqa: ARG002  (MLflow's signature)
    ) -> pd.DataFrame:
        """Answer each row's sentence."""
        given = [GivenRow({}, asked_row(row).sentence) for row in _rows(model_input)]
        answered = self.answerer.answer(given)
        words = [WORDS] * self.answerer.has_words
        columns = [*words, PREDICTION, PROBABILITY, ERROR]
        rows = [[row.get(name) for name in columns] for row in answered]
        return pd.DataFrame(rows, columns=columns, dtype=object)


def _rows(given: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row. Asked as `inputs` or `instances`, they come as one, with arrays for cells.

    Raises:
        MlflowException: there is no row with a column that is known; MLflow drops the others.
    """
    if given.columns.empty:
        told = f"expected rows with a column `{TEXT}` or `{WORDS}`, found none"
        raise mlflow.exceptions.MlflowException.invalid_parameter_value(told)
    rows: list[dict[str, Any]] = given.to_dict("records")
    if len(rows) == 1 and isinstance(rows[0].get(TEXT), np.ndarray):
        rows = pd.DataFrame({name: list(cell) for name, cell in rows[0].items()}).to_dict("records")
    return rows


mlflow.models.set_model(HeadwayModel())
