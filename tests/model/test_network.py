import json

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from small_objectives import OBJECTIVES

from pipeline.model.batch import Batch
from pipeline.model.checkpoint import load_network, save_network
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.objectives.question import Question
from pipeline.params.encoder import EncoderParams
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.tokenizer import LEARNED


def shape(objective="tagging", positions="rotary", n_layers=2):
    encoder = EncoderParams(
        d_model=16,
        n_heads=4,
        n_layers=n_layers,
        d_ff=32,
        dropout=0.1,
        part_dropout=0.1,
        positions=positions,
        attention="learned",
    )
    classes = None if objective.endswith("_lm") else tuple("abcde")
    return ModelShape(
        objective=OBJECTIVES[objective], vocab_size=30, special=LEARNED,
        feature_rows=21, max_length=12,
        classes=classes, asked=None, encoder=encoder,
    )  # fmt: skip


def network(**changes):
    made = Network(shape(**changes))
    made.initialise(torch.randn(30, 16, generator=torch.Generator().manual_seed(0)), seed=3)
    return made.eval()


def tokens(lengths=(6, 4, 1), seed=0):
    rng = np.random.default_rng(seed)
    width = max(lengths)
    is_token = np.arange(width) < np.array(lengths)[:, None]
    size = (len(lengths), width)
    return TokenBatch(
        sentence=np.arange(len(lengths)),
        input_ids=np.where(is_token, rng.integers(3, 30, size), 0).astype(np.int32),
        feature_ids=np.where(
            is_token[..., None], rng.integers(1, 21, (*size, 2)), 0
        ).astype(np.int32),
        word_ids=np.tile(np.arange(width), (len(lengths), 1)),
        ends_word=is_token,
        is_token=is_token,
        token_number=np.arange(np.prod(size)).reshape(size),
    )  # fmt: skip


def question(given, seed=0):
    """One of five classes at each token."""
    rng = np.random.default_rng(seed)
    asked = np.where(given.is_token, rng.integers(0, 5, given.is_token.shape), -1)
    return Question(given, asked, given.word_ids)


def batch_of(*lengths):
    return Batch.of(question(tokens(*lengths)))


def test_the_cat_sat_on_the_mat_is_six_vectors_of_d_model():
    assert network()(batch_of((6,))).shape == (1, 6, 16)


@pytest.mark.parametrize("objective", ["tagging", "masked_lm", "causal_lm"])
def test_loss_and_hits_are_scikit_learns(objective):
    made, batch = network(objective=objective), batch_of()
    with torch.no_grad():
        scored = made.score(batch)
        logits = made.logits(made(batch), batch.target_at)
    gold, p = batch.target_ids.numpy(), logits.softmax(-1).double().numpy()
    p /= p.sum(axis=1, keepdims=True)
    classes = list(range(p.shape[1]))
    assert scored.loss.item() / len(gold) == pytest.approx(
        log_loss(gold, p, labels=classes), rel=1e-5
    )
    assert scored.correct.item() / len(gold) == accuracy_score(gold, p.argmax(axis=1))


def test_logits_are_computed_only_where_there_is_a_target():
    given = question(tokens((6, 4, 1))).unasked()
    given.target_ids[0, 2], given.target_ids[1, 3] = 4, 1
    batch = Batch.of(given)
    assert batch.target_at.tolist() == [2, 9]
    assert batch.target_ids.tolist() == [4, 1]
    assert network().logits(network()(batch), batch.target_at).shape == (2, 5)


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary", "none"])
def test_order_matters_exactly_when_there_are_positions(positions):
    made, given = network(positions=positions), tokens((6,))
    reversed_tokens = TokenBatch(
        **{n: a[:, ::-1].copy() if a.ndim > 1 else a for n, a in vars(given).items()}
    )
    with torch.no_grad():
        forwards = made(Batch.of_tokens(given))
        backwards = made(Batch.of_tokens(reversed_tokens)).flip(1)
    is_same = torch.allclose(forwards, backwards, atol=1e-5)
    assert is_same == (positions == "none")


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary", "none"])
def test_a_sentence_is_read_the_same_alone_and_in_company(positions):
    made, given = network(positions=positions), tokens((6, 4, 1))
    alone = TokenBatch(**{n: a[1:2, :4] if a.ndim > 1 else a[1:2] for n, a in vars(given).items()})
    with torch.no_grad():
        together = made(Batch.of_tokens(given))[1:2, :4]
        torch.testing.assert_close(made(Batch.of_tokens(alone)), together)


def test_the_vectors_are_the_same_by_the_fused_kernel_and_by_the_explicit_weights():
    made, batch = network(), batch_of()
    with torch.no_grad():
        fused, explicit = made(batch), made(batch, act=lambda work: work.mixed)
    real = batch.is_token
    torch.testing.assert_close(fused[real], explicit[real])


def test_a_batch_without_padding_needs_no_mask():
    assert batch_of((4, 4)).is_token is None
    assert batch_of((4, 3)).is_token is not None


def test_first_weights_depend_on_the_seed_alone():
    once, again, other = (Network(shape()) for _ in range(3))
    table = torch.zeros(30, 16)
    torch.manual_seed(1)
    once.initialise(table + 1, 5)
    torch.manual_seed(2)
    again.initialise(table + 1, 5)
    other.initialise(table + 1, 6)
    for name, tensor in once.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    changed = [n for n, t in once.state_dict().items() if not torch.equal(t, other.state_dict()[n])]
    assert "encoder.blocks.0.attention.query_key_value.weight" in changed


@pytest.mark.parametrize("objective", ["tagging", "masked_lm", "causal_lm"])
@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_a_saved_network_answers_as_before_and_has_the_same_bytes(tmp_path, objective, positions):
    made, batch = network(objective=objective, positions=positions), batch_of()
    save_network(made, tmp_path)
    first = (tmp_path / "weights.safetensors").read_bytes()
    read = load_network(tmp_path)
    assert read.shape == made.shape
    torch.testing.assert_close(read(batch), made(batch), rtol=0, atol=0)
    save_network(read, tmp_path)
    assert (tmp_path / "weights.safetensors").read_bytes() == first


def test_damaged_weights_are_named_with_what_to_do(tmp_path):
    save_network(network(), tmp_path)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"no usable model.*dvc checkout --force train"):
        load_network(tmp_path)


def test_a_model_of_another_version_is_refused_with_its_keys(tmp_path):
    save_network(network(objective="classification"), tmp_path)
    path = tmp_path / "model.json"
    told = json.loads(path.read_text())
    del told["objective"]["classification"]["thresholds"], told["encoder"]["attention"]
    told["encoder"]["later"] = 1
    path.write_text(json.dumps(told))
    with pytest.raises(
        ValueError,
        match=r"was written by another version of Headway \(it lacks "
        r"objective.classification.thresholds, it lacks encoder.attention, it has encoder.later\): "
        r"check out the commit of its run",
    ):
        load_network(tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path):
    save_network(network(n_layers=1), tmp_path)
    (tmp_path / "model.json").write_text(shape(n_layers=2).model_dump_json())
    with pytest.raises(ValueError, match="no usable model"):
        load_network(tmp_path)
