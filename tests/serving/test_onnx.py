import json

import jaxtyping
import numpy as np
import pytest
import torch
import traced_models

from pipeline.model.batch import Batch
from pipeline.serving.onnx_file import write_onnx
from pipeline.tokens.batches import batch_of_sentences
from pipeline.tokens.features import NO_FEATURE

onnxruntime = pytest.importorskip("onnxruntime")
SENTENCES = [["the"], ["the", "cat", "sat"], ["on"] * 12, ["a", "mat"]]
KINDS = {
    "a label for each word, learned positions": {
        "positions": "learned", "features": traced_models.PARTS,
    },
    "several labels, rotary positions": {"objective": "several", "features": traced_models.PARTS},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_onnxruntime_gives_the_logits_of_the_network(kind, tmp_path, monkeypatch):
    # What is followed has sizes without a number, which are no int.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    model = traced_models.predictor(n_layers=1, **KINDS[kind])
    write_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    network = model.network
    asked = len(network.shape.asked or ())
    for size in (1, 2, 4):
        for sentences in ([SENTENCES[0]] * size, SENTENCES[:size], SENTENCES[-size:]):
            tokens = batch_of_sentences(model.encoding, sentences)
            tokens.feature_ids[0, 0] = NO_FEATURE  # as of a hidden word
            (found,) = session.run(["logits"], {
                "input_ids": tokens.input_ids.astype(np.int64),
                "feature_ids": tokens.feature_ids.astype(np.int64),
                "is_token": tokens.is_token,
            })  # fmt: skip
            batch = Batch.of_tokens(tokens)
            places = max(1, asked) if network.objective.answers_whole else tokens.is_token.shape[1]
            with torch.inference_mode():
                vectors = network(batch)
                expected = network.logits(vectors, torch.arange(size * places), batch.is_token)
            expected = expected.view(size, places, -1).numpy()
            if places == tokens.is_token.shape[1]:
                found, expected = found[tokens.is_token], expected[tokens.is_token]
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["classes"]) == (
        None if network.shape.classes is None else list(network.shape.classes)
    )
    thresholds = network.shape.thresholds
    assert json.loads(about["thresholds"]) == (thresholds and list(thresholds))
