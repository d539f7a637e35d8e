"""A run's name: what it is, in words that can be read, typed and compared."""

import hashlib
import json
import re
from collections.abc import Mapping

DIGITS = 4


def run_name(params: Mapping[str, object]) -> str:
    """The name of a run with these flattened parameters, such as `tagging-1x4x64-rotary-7f3a`.

    Objective, `bpe` where tokens are pieces of words, layers x heads x d_model, positions, `even`
    where heads do not learn where to look, then the first digits of a hash of all parameters: runs
    that differ only in a learning rate still have different names, and equal parameters always have
    the same one. Nothing in it needs quoting in a shell.

    Raises:
        KeyError: a parameter that the name is made of is missing.
    """
    shape = "x".join(str(params[f"encoder.{key}"]) for key in ("n_layers", "n_heads", "d_model"))
    content = json.dumps(dict(params), sort_keys=True, default=str)
    digits = hashlib.sha256(content.encode()).hexdigest()[:DIGITS]
    unit = [] if params["tokenize.unit"] == "word" else [params["tokenize.unit"]]
    even = [] if params["encoder.attention"] == "learned" else [params["encoder.attention"]]
    parts = [params["objective.kind"], *unit, shape, params["encoder.positions"], *even, digits]
    return "-".join(map(str, parts))


def model_name(run: str) -> str:
    """The name of a run's model: the run's, where MLflow allows it to a model and in an address."""
    return re.sub(r"[^\w -]", "-", run)
