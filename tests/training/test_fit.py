import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.params import EncoderParams, MaskedLmParams, TrainParams
from pipeline.tokens.batches import gather, plan_batches
from pipeline.tokens.store import TokenStore
from pipeline.training.fit import Fitted, fit
from pipeline.training.history import EpochRow, write_history
from pipeline.training.loading import PartLoader
from pipeline.training.module import learning_rate_share

VOCAB, LABELS = 24, 4


def store(sentences=160, seed=0):
    """Each word's label is the previous word's number modulo 4: only attention can tell."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 9, sentences)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = rng.integers(3, VOCAB, offsets[-1]).astype(np.int32)
    before = np.concatenate([[0], ids[:-1]])
    before[offsets[:-1]] = 0
    return TokenStore(
        offsets=offsets,
        input_ids=ids,
        feature_ids=np.zeros((len(ids), 0), dtype=np.int32),
        word_ids=(np.arange(len(ids)) - np.repeat(offsets[:-1], lengths)).astype(np.int32),
        label_ids=(before % LABELS).astype(np.int16),
    )


def shape(objective="tagging", dropout=0.0):
    encoder = EncoderParams(
        d_model=32,
        n_heads=2,
        n_layers=1,
        d_ff=32,
        dropout=dropout,
        part_dropout=dropout,
        positions="rotary",
    )
    return ModelShape(
        objective=objective,
        vocab_size=VOCAB,
        feature_rows=0,
        max_length=16,
        n_classes=LABELS if objective == "tagging" else VOCAB,
        encoder=encoder,
    )


def settings(**changes):
    basis = TrainParams(
        objective="tagging", max_epochs=2, batch_tokens=64, batch_parts=1, learning_rate=0.01,
        warmup_share=0.1, betas=(0.9, 0.98), weight_decay=0.01, gradient_clip=1.0,
        average_decay=0.0,        masked_lm=MaskedLmParams(mask_share=0.3),
        monitor="validation_loss", early_stopping_patience=None, accelerator="cpu", devices=1,
        strategy="auto", precision="32-true", threads=1,
    )  # fmt: skip
    return basis.model_copy(update=changes)


def train(params=None, objective="tagging", dropout=0.0, seed=1) -> Fitted:
    table = torch.randn(VOCAB, 32, generator=torch.Generator().manual_seed(0))
    heard = []
    fitted = fit(
        shape(objective, dropout),
        table,
        store(),
        store(seed=9),
        params or settings(),
        seed,
        lambda values, epoch: heard.append((epoch, values)),
    )
    assert heard == [(row.epoch, row.metrics) for row in fitted.history]
    return fitted


def weights(fitted):
    return torch.cat([tensor.flatten() for tensor in fitted.network.state_dict().values()])


def test_attention_learns_what_only_the_previous_word_tells():
    fitted = train(settings(max_epochs=25))
    assert fitted.history[0].validation_accuracy < 0.6
    assert fitted.history[-1].validation_accuracy > 0.9
    assert [row.epoch for row in fitted.history] == list(range(1, 26))


def test_the_same_seed_gives_the_same_bits_dropout_and_all():
    once, again, other = (train(dropout=0.2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(weights(once), weights(again))
    assert once.history == again.history
    assert not torch.equal(weights(once), weights(other))


@pytest.mark.parametrize("objective", ["tagging", "masked_lm"])
def test_a_batch_in_two_parts_is_the_same_step(objective):
    whole = train(settings(objective=objective), objective)
    parts = train(settings(objective=objective, batch_parts=2), objective)
    torch.testing.assert_close(weights(parts), weights(whole), rtol=1e-3, atol=1e-4)
    assert parts.history[-1].train_loss == pytest.approx(whole.history[-1].train_loss, rel=1e-4)


def test_one_step_is_the_plain_pytorch_step():
    data = store(12)
    plan = plan_batches(data.lengths, 10_000)
    params = settings(max_epochs=1, batch_tokens=10_000, warmup_share=0.0)
    table = torch.randn(VOCAB, 32, generator=torch.Generator().manual_seed(0))
    ours = fit(shape(), table, data, data, params, 1, lambda *_: None)

    network = Network(shape())
    network.initialise(table, 1)
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=0.01,
        betas=(0.9, 0.98),
    )
    tokens = gather(data, plan[0])
    ids, real = torch.from_numpy(tokens.input_ids), torch.from_numpy(tokens.is_token)
    from pipeline.model.batch import Batch

    vectors = network(Batch.of(tokens)).vectors
    logits = network.head(vectors[real], network.embedding.token.weight)
    labels = torch.from_numpy(tokens.target_ids).long()[real]
    nn.functional.cross_entropy(logits, labels).backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    assert ids.shape == real.shape
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(ours.network.state_dict()[name], tensor, msg=name)


@pytest.mark.parametrize("average_decay", [0.0, 0.5])
def test_the_best_epoch_is_kept_and_training_stops_when_patience_is_out(average_decay):
    # A learning rate this high makes the loss rise after a while.
    fitted = train(
        settings(
            max_epochs=30,
            early_stopping_patience=2,
            learning_rate=0.1,
            average_decay=average_decay,
        )
    )
    losses = [row.validation_loss for row in fitted.history]
    assert fitted.best_epoch == int(np.argmin(losses)) + 1
    assert len(losses) == fitted.best_epoch + 2 < 30
    valid = store(seed=9)
    loader = PartLoader(valid, plan_batches(valid.lengths, 64), lambda b: b, 1, 0, 1)
    with torch.no_grad():
        loss = sum(fitted.network.score(part.batch).loss.item() for part in loader)
    assert loss / len(valid.input_ids) == pytest.approx(min(losses), rel=1e-5)


def test_a_loss_that_is_no_number_stops_with_advice():
    with pytest.raises(ValueError, match=r"finite loss.*lower train.learning_rate"):
        train(settings(learning_rate=1e30, gradient_clip=None))


def test_an_accelerator_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"cannot train with train\.accelerator tpu"):
        train(settings(accelerator="tpu"))


def test_more_processes_than_cores_are_refused_before_any_is_started():
    with pytest.raises(ValueError, match=r"train.devices 4096.*processor cores"):
        train(settings(devices=4096, strategy="ddp"))


def test_parts_hold_each_sentence_once_and_every_process_has_as_many():
    data = store(7)
    plan = plan_batches(data.lengths, 12)
    for world in (1, 2):
        loaders = [
            PartLoader(data, plan, lambda b: b, 2 * world, rank, world) for rank in range(world)
        ]
        parts = [list(loader) for loader in loaders]
        assert {len(p) for p in parts} == {len(loaders[0])} == {2 * len(plan)}
        targets = sum(len(part.batch.target_ids) for p in parts for part in p)
        assert targets == len(data.input_ids)
        assert all(part.batch.input_ids.shape[0] >= 1 for p in parts for part in p)


def test_the_learning_rate_rises_in_a_line_and_falls_along_a_cosine():
    found = [learning_rate_share(step, 100, 0.1) for step in range(101)]
    assert found[:10] == pytest.approx([0.1 * i for i in range(1, 11)])
    assert found[10] == 1.0
    assert found[55] == pytest.approx(0.5)
    assert found[100] == pytest.approx(0.0)
    assert found[40] == pytest.approx(0.5 * (1 + math.cos(math.pi / 3)))


def test_history_has_a_row_an_epoch_and_all_digits(tmp_path):
    row = EpochRow(1, 0.1 + 0.2, 0.5, 1.0, 0.25, 0.01)
    write_history([row, replace(row, epoch=2)], tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == (
        "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"
    )
    assert lines[1] == "1,0.30000000000000004,0.5,1.0,0.25,0.01"
    assert len(lines) == 3
