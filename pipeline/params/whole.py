"""params.yaml -> Params: frozen, checked, and the only reader of that file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, SerializeAsAny, ValidationError

from pipeline.faults import sentence
from pipeline.params import corpus, embed, objective, tokenize
from pipeline.params.corpus import CorpusParams
from pipeline.params.embed import EmbedParams
from pipeline.params.encoder import EncoderParams
from pipeline.params.evaluate import EvaluateParams
from pipeline.params.kinds import Kinds
from pipeline.params.objective import ObjectiveParams
from pipeline.params.section import Section
from pipeline.params.tokenize import TokenizeParams
from pipeline.params.train import TrainParams
from pipeline.params.yaml_file import read_yaml


class Params(Section):
    """All of params.yaml that the chosen kinds have."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    """Where every random choice starts from."""
    corpus: SerializeAsAny[CorpusParams]
    tokenize: TokenizeParams
    embed: EmbedParams
    encoder: EncoderParams
    objective: ObjectiveParams
    train: TrainParams
    evaluate: EvaluateParams


KINDS: Mapping[str, Kinds] = {
    "corpus": corpus.KINDS,
    "tokenize": tokenize.KINDS,
    "embed": embed.KINDS,
    "objective": objective.KINDS,
}
"""The sections that are of one kind or another."""


def read_params(path: Path) -> Params:
    """Read and check params.yaml; the sections of kinds that are not chosen are left out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not YAML, or a line for each key that is unknown, missing or out of range.
    """
    return check_params(read_yaml(path), path.name)


def check_params(found: Any, told: str) -> Params:
    """The parameters that a file holds; `told` is what they are called where they cannot be used.

    Raises:
        ValueError: a line for each key that is unknown, missing or out of range.
    """
    if not isinstance(found, Mapping):
        raise ValueError(f"{told} must hold sections ({', '.join(Params.model_fields)})")
    faults: dict[str, list[str]] = {}
    sections = dict(found)
    for name, kinds in KINDS.items():
        if isinstance(found.get(name), Mapping):
            sections[name], faults[name] = _chosen(name, kinds, found[name])
    try:
        params = Params.model_validate(sections)
    except ValidationError as error:
        for fault in error.errors():
            section = str(fault["loc"][0])
            if not faults.get(section):
                faults.setdefault(f"{section} itself", []).append(sentence(fault, Params))
    lines = [f"  {line}" for told in faults.values() for line in told]
    if lines:
        raise ValueError("\n".join([f"{told} cannot be used:", *lines]))
    return params


def _chosen(name: str, kinds: Kinds, found: Mapping[str, Any]) -> tuple[Section | None, list[str]]:
    """The section as its kind has it, or what is wrong with it."""
    try:
        return kinds.read(found), []
    except ValidationError as error:
        model = kinds.chosen(found)
        return None, [sentence(fault, model, name) for fault in error.errors()]
    except ValueError as error:
        return None, [f"{name}.{error}"]


def flatten(params: BaseModel) -> dict[str, Any]:
    """Every value by its dotted name: {"train.max_epochs": 5, ...}."""
    flat: dict[str, Any] = {}
    for name, value in params:
        if isinstance(value, BaseModel):
            flat |= {f"{name}.{inner}": leaf for inner, leaf in flatten(value).items()}
        else:
            flat[name] = value
    return flat
