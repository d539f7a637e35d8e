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
from mlflow.types.schema import Array, ColSpec, DataType, Object, Property, Schema

from pipeline.model.checkpoint import load_network
from pipeline.objectives.objective import AnswerForm, Objective, Part
from pipeline.serving.rows import ERROR, PREDICTION, PROBABILITY, WORDS

EXAMPLE = "The cat sat on the mat"
ASKED = Schema(
    [
        ColSpec(DataType.string, "text", required=False),
        ColSpec(Array(DataType.string), "words", required=False),
        ColSpec(DataType.string, "second", required=False),
    ]
)
"""A row has a text to be cut into words, or the words; of a pair, the second text too."""
TEXTS, NUMBERS = Array(DataType.string), Array(DataType.double)
KINDS: dict[Any, DataType] = {int: DataType.long, str: DataType.string}
PART = Object([Property(one.name, KINDS[one.type]) for one in fields(Part)])
FORMS: dict[AnswerForm, tuple[DataType | Array, DataType | Array]] = {
    "text": (DataType.string, DataType.double),
    "texts": (TEXTS, NUMBERS),
    "parts": (Array(PART), NUMBERS),
}
"""Of predictions and their probabilities."""
_ROOT = Path(__file__).parents[2]


def answered(objective: Objective) -> Schema:
    """What a row gets; a part of it is missing where it has no answer, or no reason for none.

    Said outright, not inferred from an answer: of several labels none may hold.
    """
    said, p = FORMS[objective.form]
    words = [] if objective.answers_whole else [ColSpec(TEXTS, WORDS, required=False)]
    return Schema(
        [
            *words,
            ColSpec(said, PREDICTION, required=False),
            ColSpec(p, PROBABILITY, required=False),
            ColSpec(DataType.string, ERROR, required=False),
        ]
    )


@contextmanager
def packaged_model(model: Path, lock: Path) -> Iterator[Path]:
    """Give a folder that `mlflow.pyfunc.load_model` and `mlflow models serve` understand.

    It lasts as long as the block.
    """
    objective = load_network(model).objective
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
            signature=ModelSignature(ASKED, answered(objective)),
            input_example=shown,
            pip_requirements=str(lock),
        )
        yield package
