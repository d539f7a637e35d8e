"""A model's folder -> MLflow's format: signature, example, code; no pickle."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import Array, ColSpec, DataType, Schema

from pipeline.serving.predictor import PredictedSentence

EXAMPLE = "The cat sat on the mat"
ASKED = Schema(
    [
        ColSpec(DataType.string, "text", required=False),
        ColSpec(Array(DataType.string), "words", required=False),
    ]
)
"""A row has one of the two: a text to be cut into words, or the words."""
TYPES: dict[Any, DataType] = {tuple[str, ...]: DataType.string, tuple[float, ...]: DataType.double}
ANSWERED = Schema(
    [ColSpec(Array(TYPES[field.type]), field.name) for field in fields(PredictedSentence)]
)
"""Said outright, not inferred from an answer: of several labels none may hold."""
_ROOT = Path(__file__).parents[2]


@contextmanager
def packaged_model(model: Path, lock: Path) -> Iterator[Path]:
    """Give a folder that `mlflow.pyfunc.load_model` and `mlflow models serve` understand.

    It lasts as long as the block.
    """
    shown = pd.DataFrame({"text": [EXAMPLE]})
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice about type hints, at every save
        package = Path(place) / "model"
        mlflow.pyfunc.save_model(
            path=package,
            python_model=str(Path(__file__).with_name("pyfunc.py")),
            artifacts={"model": model.resolve().as_uri()},  # a plain path is read as an address
            code_paths=[str(_ROOT / "pipeline")],
            signature=ModelSignature(ASKED, ANSWERED),
            input_example=shown,
            pip_requirements=str(lock),
        )
        yield package
