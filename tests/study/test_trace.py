import math
import re

import numpy as np
import planted
import pytest
import torch
from safetensors.numpy import load_file
from scipy.special import log_softmax
from traced_models import COUNTS, KINDS, LABELS, PARTS, planted_predictor, predictor, traced

from pipeline.corpus.formats.span_tags import Span
from pipeline.model.batch import Batch
from pipeline.model.checkpoint import save_network
from pipeline.pages.trace_answer import strongest_head
from pipeline.pages.trace_page import render_trace
from pipeline.pages.trace_quiz import quiz
from pipeline.terminal.screen import screen_lines
from pipeline.terminal.trace import trace_lines
from pipeline.tokens.batches import batch_of_sentences
from pipeline.tokens.tokenizer import LEARNED


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_has_the_shape_that_the_network_has(kind):
    model = predictor(**kind)
    trace = traced(model, "The cat sat")
    n, n_layers = len(trace.tokens), kind.get("n_layers", 2)
    assert trace.input_ids.shape == trace.word_ids.shape == (n,)
    assert trace.embedding.shape == trace.output.shape == (n, 8)
    assert len(trace.layers) == n_layers
    for layer in trace.layers:
        assert layer.scores.shape == layer.weights.shape == (2, n, n)
        assert layer.values.shape == layer.mixed.shape == (2, n, 4)
        assert layer.joined.shape == (n, 8)
        np.testing.assert_allclose(layer.weights.sum(axis=-1), 1, atol=1e-6)
        exponential = np.exp(layer.scores)
        np.testing.assert_allclose(
            layer.weights, exponential / exponential.sum(axis=-1, keepdims=True), atol=1e-6
        )
    assert trace.asked.without.shape == (n_layers, 2)
    assert len(trace.changes) == n
    asked = {"classification": 1, "first token": 1, "weighted": 1, "several": len(LABELS)}
    told = asked.get(kind.get("objective"), 3)
    assert (len(trace.predictions), len(trace.words)) == (told, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_predictions_are_those_of_the_predictor(kind):
    model = predictor(**kind)
    at = 0 if kind.get("objective") == "first token" else 1
    text = "the the cat" if kind.get("objective") == "several" else "The cat sat"
    given, trace = model.predict(text).answer, traced(model, text, word=at + 1)
    said = given.prediction if isinstance(given.prediction, tuple) else (given.prediction,)
    told = trace.predictions
    if kind.get("objective") == "several":
        told = [found for found in told if found.labels[0] == "yes"]
        assert 0 < len(told) < len(trace.predictions)
        assert tuple(found.about for found in told) == said
        assert trace.asked.label == "yes"
        assert trace.followed.probabilities[0] == max(f.probabilities[0] for f in told)
    else:
        assert tuple(found.answer for found in told) == said
        assert trace.asked.label == trace.predictions[trace.asked.answer].labels[0]
    assert [f.confidence for f in told] == pytest.approx(np.atleast_1d(given.probability))
    assert trace.asked.word == at
    for found in trace.predictions:
        assert list(found.probabilities) == sorted(found.probabilities, reverse=True)
        assert len(found.labels) == (2 if kind.get("objective") == "several" else 3)


def test_where_one_token_alone_answers_no_other_word_is_followed():
    model = predictor("first token")
    trace = traced(model, "The cat sat")
    assert (trace.asked.word, trace.asked.token, trace.asked.is_read_here) == (0, 0, True)
    with pytest.raises(ValueError, match=r"is read at word 1 alone, .* got 3"):
        traced(model, "The cat sat", word=3)


def test_the_planted_heads_weights_are_what_they_were_planted_to_be():
    (layer,) = traced(planted_predictor(), "a c b b c").layers
    previous = np.eye(5)[[0, 0, 1, 2, 3]]
    np.testing.assert_allclose(layer.weights[planted.PREVIOUS], previous, atol=1e-6)
    np.testing.assert_allclose(layer.weights[planted.UNIFORM], 0.2, atol=1e-6)
    scores = layer.scores[planted.PREVIOUS]
    assert scores[3, 2] == pytest.approx(planted.SHARP / math.sqrt(planted.D_HEAD), rel=1e-4)
    gathered = layer.mixed[planted.PREVIOUS][:, : planted.VOCAB]
    np.testing.assert_allclose(gathered, np.eye(planted.VOCAB)[[3, 3, 5, 4, 4]], atol=1e-4)


def test_the_planted_tagger_owes_its_answer_to_the_heads_that_name_the_previous_token():
    trace = traced(planted_predictor(), "a c b", word=3)
    asked = trace.asked
    assert (asked.label, asked.token) == ("after 5", 2)
    assert asked.lead == pytest.approx(asked.parts.total, rel=1e-5)
    assert asked.parts.feed_forward.tolist() == [0.0]  # the planted one writes nothing
    by_key = asked.parts.heads[0]
    for head in (planted.PREVIOUS, planted.TWIN):
        assert by_key[head, 1] > 10 * np.abs(by_key[head, [0, 2]]).max()  # all from word 2, c
    assert by_key[planted.PREVIOUS].sum() == pytest.approx(by_key[planted.TWIN].sum(), rel=1e-5)
    assert by_key[planted.DEAD].tolist() == [0.0, 0.0, 0.0]
    assert by_key[planted.PREVIOUS].sum() > 0.3 * asked.lead
    silent = asked.without[0]
    assert silent[planted.DEAD] == pytest.approx(asked.log_p, rel=1e-5)
    assert silent[planted.PREVIOUS] < 10 * asked.log_p  # ten times as far from sure


def test_the_numbers_are_those_that_numpy_makes_of_the_weights_file(tmp_path):
    model = predictor(n_layers=1, positions="none", features=PARTS)
    trace = traced(model, "on the mat", word=1)
    save_network(model.network, tmp_path)
    saved = load_file(tmp_path / "weights.safetensors")
    file = {name: array.astype(np.float64) for name, array in saved.items()}

    def norm(x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
        return centred / spread * file[f"{name}.weight"] + file[f"{name}.bias"]

    def linear(x, name):
        return x @ file[f"{name}.weight"].T + file[f"{name}.bias"]

    ids = np.vstack([PARTS.ids(["on"], True), PARTS.ids(["the", "mat"], False)])
    x = file["embedding.token.weight"][trace.input_ids]
    x = x + file["embedding.feature.weight"][ids].sum(axis=1)
    np.testing.assert_allclose(trace.embedding, x, atol=1e-5)
    block = "encoder.blocks.0"
    made = linear(norm(x, f"{block}.attention_norm"), f"{block}.attention.query_key_value")
    query, key, value = made.reshape(3, 3, 2, 4).transpose(1, 2, 0, 3)  # 3, head, token, d_head
    scores = np.einsum("hqd,hkd->hqk", query, key) / 2
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    mixed = np.einsum("hqk,hkd->hqd", weights, value)
    joined = np.concatenate([mixed[0], mixed[1]], axis=1)
    (layer,) = trace.layers
    for found, expected in (
        (layer.scores, scores), (layer.weights, weights), (layer.values, value),
        (layer.mixed, mixed), (layer.joined, joined),
    ):  # fmt: skip
        np.testing.assert_allclose(found, expected, atol=1e-4)
    x = x + linear(joined, f"{block}.attention.output")
    wide = linear(norm(x, f"{block}.feed_forward_norm"), f"{block}.widen")
    wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
    x = x + linear(wide, f"{block}.narrow")
    output = norm(x, "encoder.norm")
    np.testing.assert_allclose(trace.output, output, atol=1e-4)
    logits = linear(output, "head.label")[0]
    assert trace.asked.label == LABELS[logits.argmax()]
    lead = np.diff(np.sort(logits))[-1]
    assert trace.asked.rival == LABELS[np.argsort(logits)[-2]]
    assert trace.asked.lead == pytest.approx(lead, abs=1e-4)
    assert trace.asked.log_p == pytest.approx(logits.max() - np.logaddexp.reduce(logits), abs=1e-4)


@pytest.mark.parametrize("n_layers", [0, 1, 3])
@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_a_taggers_parts_add_up_to_the_lead_over_the_best_rival(n_layers, positions):
    model = predictor(n_layers=n_layers, positions=positions, features=PARTS)
    for word in (1, 2, 3):
        asked = traced(model, "the cat sat", word).asked
        assert asked.parts.total == pytest.approx(asked.lead, abs=1e-4)
        assert asked.lead > 0


def test_a_masked_word_models_lead_has_no_parts_and_its_word_is_hidden():
    trace = traced(predictor("masked_lm"), "the cat sat", word=2)
    assert trace.asked.parts is None
    assert (trace.tokens, trace.input_ids[1]) == (("the", "<mask>", "sat"), LEARNED.mask)
    other = traced(predictor("masked_lm"), "the mat sat", word=2)
    np.testing.assert_array_equal(trace.output, other.output)
    assert np.ptp(trace.asked.without) > 0.01


def test_change_and_neighbours_are_by_cosine_and_no_token_is_its_own_neighbour_before():
    trace = traced(predictor(features=PARTS), "the cat sat")
    for i, change in enumerate(trace.changes):
        before, after = trace.embedding[i], trace.output[i]
        cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
        assert change.distance == pytest.approx(1 - cosine, abs=1e-5)
        assert trace.tokens[i] not in [one.text for one in change.before]
        for found in (change.before, change.after):
            values = [one.cosine for one in found]
            assert values == sorted(values, reverse=True)
            assert {one.text for one in found} <= set(COUNTS)
    assert trace.asked.word == trace.most_changed
    distances = [change.distance for change in trace.changes]
    assert trace.most_changed == int(np.argmax(distances))


def test_a_neighbour_is_an_embedded_word_sub_word_parts_included():
    model = predictor(features=PARTS)
    trace = traced(model, "on the mat")
    row = model.network.embedding.token.weight.detach().numpy()
    parts = model.network.embedding.feature.weight.detach().numpy()
    cat = model.encoding.vocabulary.index("cat")
    vector = row[cat] + parts[PARTS.ids(["cat"], False)[0]].sum(axis=0)
    for found, own in zip(trace.changes, trace.embedding, strict=True):
        cosine = vector @ own / np.linalg.norm(vector) / np.linalg.norm(own)
        told = {one.text: one.cosine for one in found.before}
        if "cat" in told:
            assert told["cat"] == pytest.approx(cosine, abs=1e-5)
    assert any("cat" in [one.text for one in found.before] for found in trace.changes)


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_word_that_is_not_there_is_refused(number):
    with pytest.raises(ValueError, match=f"from 1 to 2, got {number}"):
        traced(predictor(), "the cat", word=number)


def test_no_word_too_many_words_and_bytes_that_are_no_text_are_refused():
    for text in ("", "  \n\t "):
        with pytest.raises(ValueError, match="expected at least one word, found none: write"):
            traced(predictor(), text)
    with pytest.raises(ValueError, match="at most 12 tokens"):
        traced(predictor(), "cat " * 300)
    with pytest.raises(ValueError, match="expected text in UTF-8"):
        traced(predictor(), "a \udcff b")


def silenced(model, trace, layer, head):
    """ln p of every class when W^O has no columns for this head, by scipy."""
    network = planted.without_head(model.network, layer, head)
    with torch.no_grad():
        seen = Batch.of_tokens(batch_of_sentences(model.encoding, [list(trace.words)]))
        logits = network.logits(network(seen), torch.tensor([trace.asked.token]))[0]
    return log_softmax(logits.double().numpy())


@pytest.mark.parametrize("n_layers", [1, 2])
def test_what_silence_does_is_told_by_ln_p_and_so_has_the_sign_of_the_change_of_p(n_layers):
    model = predictor(n_layers=n_layers, features=PARTS)
    for word in (1, 2, 3):
        trace = traced(model, "the cat sat", word)
        asked, label = trace.asked, LABELS.index(trace.asked.label)
        p = trace.predictions[word - 1].probabilities[0]
        for place in np.ndindex(n_layers, 2):
            expected = silenced(model, trace, *place)[label]
            assert asked.without[place] == pytest.approx(expected, abs=1e-5)
            assert np.sign(asked.changes[place]) == np.sign(math.exp(expected) - p)


def raising_all_alike():
    """UNIFORM adds the same to every class's logit; the norm's spread hangs on no head."""
    model = planted_predictor()
    with torch.no_grad():
        block = model.network.encoder.blocks[0]
        block.narrow.bias[44], block.narrow.bias[45] = 100.0, -100.0
        first = planted.WRITTEN[planted.UNIFORM]
        block.attention.output.weight[first : first + planted.VOCAB] *= 10
        model.network.head.label.weight[:, first : first + planted.VOCAB] = 5.0
    return model


def test_a_head_that_raises_all_logits_alike_does_nothing_to_the_answer():
    model = raising_all_alike()
    trace = traced(model, "a c b", word=3)
    seen = Batch.of_tokens(batch_of_sentences(model.encoding, [list(trace.words)]))
    quiet = planted.without_head(model.network, 0, planted.UNIFORM)
    before, after = (
        one.logits(one(seen), torch.tensor([2]))[0].numpy() for one in (model.network, quiet)
    )
    assert ((before - after) > 1).all()  # so a logit alone would call it the strongest head
    asked = trace.asked
    assert asked.parts.heads[0, planted.UNIFORM].sum() == pytest.approx(0, abs=1e-4)
    assert asked.changes[0, planted.UNIFORM] == pytest.approx(0, abs=1e-3)
    assert asked.changes[0, planted.PREVIOUS] < -0.01
    assert strongest_head(trace) in {(0, planted.PREVIOUS), (0, planted.TWIN)}
    lines = "\n".join(trace_lines(trace))
    assert f"lead of {asked.label} over {asked.rival}: {asked.lead:.2f}" in lines
    silenced_together = [str(q.prompt) for q in quiz(trace) if "Silence head" in str(q.prompt)]
    assert len(silenced_together) == 1
    assert f"head {planted.UNIFORM + 1}" not in silenced_together[0]


def test_of_one_class_there_is_nothing_to_explain():
    trace = traced(predictor(labels=("X",)), "the cat")
    assert (trace.asked.rival, trace.asked.lead, trace.asked.parts) == (None, 0, None)
    assert np.abs(trace.asked.changes).max() == 0
    assert any("it is the only class" in line for line in trace_lines(trace))


def test_without_a_number_the_first_word_of_the_first_span_is_followed():
    model = predictor("spans", labels=("O", "B-PER", "I-PER"))
    trace = traced(model, "the the on")
    assert [one.answer for one in trace.predictions] == ["O", "B-PER", "I-PER"]
    assert trace.asked.word == 1 != trace.most_changed
    assert trace.begun == Span(1, 3, "PER")
    (screen,) = [line for line in screen_lines(trace, 100) if line.startswith("Why")]
    assert screen.startswith('Why "the" (word 2, which begins PER: "the on") is tagged as ')
    (full,) = [line for line in trace_lines(trace) if line.startswith("Why")]
    assert full.startswith('Why word 2 of 3, "the", which begins PER: "the on", is tagged as ')
    page = " ".join(re.sub("<[^>]*>", "", render_trace(trace, None, None, None)).split())
    assert "Word 2, the, which begins the on (PER), is followed to its tag" in page


@pytest.mark.parametrize(
    ("text", "word"), [("cat cat", None), ("the the on", 1), ("the the on", 3)]
)
def test_where_no_span_begins_none_is_told(text, word):
    trace = traced(predictor("spans", labels=("O", "B-PER", "I-PER")), text, word)
    assert trace.asked.word == (trace.most_changed if word is None else word - 1)
    assert trace.begun is None
    assert not any("begins" in line for line in screen_lines(trace, 100))
