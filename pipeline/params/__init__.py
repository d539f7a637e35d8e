"""params.yaml -> Params: frozen, checked; a file for each section."""

from pipeline.params.corpus import CorpusParams
from pipeline.params.embed import EmbedParams, RandomEmbed
from pipeline.params.encoder import EncoderParams
from pipeline.params.evaluate import EvaluateParams
from pipeline.params.objective import (
    CausalLmObjective,
    ClassificationObjective,
    ClassificationParams,
    MaskedLmObjective,
    MaskedLmParams,
    ObjectiveParams,
    Pooling,
    TaggingObjective,
)
from pipeline.params.tokenize import BpeTokenize, TokenizeParams, WordParams, WordTokenize
from pipeline.params.train import ProbeParams, TrainParams
from pipeline.params.whole import Params, flatten, read_params
from pipeline.params.yaml_file import read_yaml

__all__ = [
    "BpeTokenize",
    "CausalLmObjective",
    "ClassificationObjective",
    "ClassificationParams",
    "CorpusParams",
    "EmbedParams",
    "EncoderParams",
    "EvaluateParams",
    "MaskedLmObjective",
    "MaskedLmParams",
    "ObjectiveParams",
    "Params",
    "Pooling",
    "ProbeParams",
    "RandomEmbed",
    "TaggingObjective",
    "TokenizeParams",
    "TrainParams",
    "WordParams",
    "WordTokenize",
    "flatten",
    "read_params",
    "read_yaml",
]
