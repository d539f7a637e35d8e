"""What MLflow executes to load a Headway model; the last line tells it which one."""

from pathlib import Path

import mlflow
import pandas as pd

from pipeline.serving.predictor import Predictor
from pipeline.serving.rows import (
    ERROR,
    PREDICTION,
    PROBABILITY,
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
        given = [GivenRow({}, asked_row(it).sentence) for it in model_input.to_dict("records")]
        answered = self.answerer.answer(given)
        words = [WORDS] * self.answerer.has_words
        columns = [*words, PREDICTION, PROBABILITY, ERROR]
        rows = [[row.get(name) for name in columns] for row in answered]
        return pd.DataFrame(rows, columns=columns, dtype=object)


mlflow.models.set_model(HeadwayModel())
