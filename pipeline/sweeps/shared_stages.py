"""Which stages a trial shares with others, so that one of them runs each and the others wait."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Keys = dict[str, str]
"""By stage, in the pipeline's order: equal for two trials if the stage makes the same of both."""


def stage_keys(stages: Mapping[str, Any], params: Mapping[str, Any], base: str) -> Keys:
    """A hash of all that a stage depends on, for each stage of dvc.yaml.

    Args:
        stages: as dvc.yaml has them.
        params: a trial's parameters, as params.yaml has them.
        base: says which code and data all trials have.
    """
    own = {verb: _values(stage, params) for verb, stage in stages.items()}
    keys: Keys = {}
    for verb in stages:
        of_it = {it: own[it] for it in (*_before(verb, stages), verb)}
        content = json.dumps([base, of_it], sort_keys=True, default=str)
        keys[verb] = hashlib.sha256(content.encode()).hexdigest()[:32]
    return keys


def shared(keys: Keys, all_keys: Iterable[Keys]) -> Keys:
    """The stages that others among all trials have too."""
    counts = Counter(key for each in all_keys for key in each.values())
    return {verb: key for verb, key in keys.items() if counts[key] > 1}


def _values(stage: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    named = [re.sub(r"\$\{(.+?)\}", lambda it: str(_at(params, it[1])), name)
             for name in stage.get("params", [])]  # fmt: skip
    return {name: _at(params, name) for name in named}


def _at(params: Any, name: str) -> Any:
    for part in name.split("."):
        params = params[part]
    return params


def _before(verb: str, stages: Mapping[str, Any]) -> list[str]:
    """The stages whose outputs it reads, and those before them."""
    found = [
        other for other, stage in stages.items()
        if any(_is_below(dep, out) for dep in stages[verb]["deps"] for out in stage["outs"])
    ]  # fmt: skip
    earlier = [it for other in found for it in _before(other, stages)]
    return [other for other in stages if other in {*found, *earlier}]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
