"""What MLflow executes to load a Headway model; the last line tells it which one."""

from pathlib import Path

import mlflow
import pandas as pd

from pipeline.serving.predictor import Predictor, sentences_of


class HeadwayModel(mlflow.pyfunc.PythonModel):
    """A column `text` or `words` in; words, labels and confidence out, a row a sentence.

    `text` is cut into words; `words` is the list of them, and counts where a row has both.
    """

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Read the model's folder."""
        self.predictor = Predictor.load(Path(context.artifacts["model"]))

    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,  # noqa: ARG002  (MLflow's signature)
        model_input: pd.DataFrame,
        params: dict[str, object] | None = None,  # noqa: ARG002  (MLflow's signature)
    ) -> pd.DataFrame:
        """Predict each row's sentence."""
        rows = [
            vars(self.predictor.predict(one))
            for one in sentences_of(model_input.to_dict("records"))
        ]
        return pd.DataFrame([{k: list(v) for k, v in row.items()} for row in rows])


mlflow.models.set_model(HeadwayModel())
