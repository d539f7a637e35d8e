"""Raw weights, and what is measured of them, against transformers' `output_attentions`."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pipeline.attention import MultiHeadAttention, Visibility
from pipeline.study.measures.distance import distances
from pipeline.study.measures.entropy import spread
from pipeline.study.rows import Mean

ORACLE = Path(__file__).parents[1] / "oracle/bert.py"
INSTALLED = Path(sys.prefix) / "oracle"


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """What a random BERT of 2 layers and 4 heads did with a padded batch."""
    file = tmp_path_factory.mktemp("bert") / "seen.safetensors"
    done = subprocess.run(
        [sys.executable, ORACLE, file],
        env={"PYTHONPATH": str(INSTALLED), "HF_HUB_OFFLINE": "1", "HOME": str(file.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"`make test` puts transformers beside the tests\n{done.stderr}"
    return load_file(file)


def rows_of_tokens(weights, is_token):
    return weights.transpose(1, 2)[is_token]


@pytest.mark.parametrize("layer", [0, 1])
def test_the_weights_are_berts(bert, layer):
    ours, is_token = MultiHeadAttention(32, 4), bert["is_token"]
    with torch.no_grad():
        ours.query_key_value.weight.copy_(bert[f"{layer}.weight"])
        ours.query_key_value.bias.copy_(bert[f"{layer}.bias"])
        visibility, seen = Visibility(is_token, is_causal=False), []
        ours(bert[f"{layer}.vectors"], visibility, None, seen.append)
    found = seen[0].weights
    expected = rows_of_tokens(bert[f"{layer}.attentions"], is_token)
    torch.testing.assert_close(rows_of_tokens(found, is_token), expected, rtol=1e-5, atol=1e-6)


def test_entropy_and_distance_are_those_of_numpy_on_berts_weights(bert):
    is_token = bert["is_token"]
    sees, means = is_token[:, :, None] & is_token[:, None, :], {}
    tokens = is_token[:, None]
    for layer in (0, 1):
        weights = bert[f"{layer}.attentions"]
        for about, values, counts in (*spread(weights, sees, tokens), *distances(weights, tokens)):
            means.setdefault(about.name, Mean()).add(layer, values, counts)
    found = {name: mean.result() for name, mean in means.items()}
    for layer in (0, 1):
        rows = rows_of_tokens(bert[f"{layer}.attentions"], is_token).double().numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            nats = -np.nansum(rows * np.log(rows), axis=-1).mean(axis=0)
        place = np.arange(9)
        query = np.nonzero(is_token.numpy())[1]
        distance = (rows * np.abs(place - query[:, None])[:, None]).sum(-1).mean(axis=0)
        np.testing.assert_allclose(found["entropy"][layer], nats, rtol=1e-5)
        np.testing.assert_allclose(found["distance"][layer], distance, rtol=1e-5)
