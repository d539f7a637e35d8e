import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_training import prepare, settings, setup, shape, split, table, train, weights
from torch import nn

from pipeline.model.batch import Batch
from pipeline.model.history import EpochRow
from pipeline.model.network import Network
from pipeline.objectives.question import UNSEEN
from pipeline.tokens.batches import gather, plan_batches
from pipeline.training.audience import NOBODY, Audience
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import fit
from pipeline.training.loading import PartLoader
from pipeline.training.module import learning_rate_share
from pipeline.training.stopping import best_epoch


def test_attention_learns_what_only_the_previous_word_tells():
    fitted = train(settings(max_epochs=10, learning_rate=0.02))
    assert fitted.history[0].validation_accuracy < 0.6
    assert fitted.history[-1].validation_accuracy > 0.9
    assert [row.epoch for row in fitted.history] == list(range(1, 11))


def test_the_same_seed_gives_the_same_bits_dropout_and_all():
    once, again, other = (train(dropout=0.2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(weights(once), weights(again))
    assert once.history == again.history
    assert not torch.equal(weights(once), weights(other))


@pytest.mark.parametrize("objective", ["tagging", "masked_lm", "causal_lm", "classification"])
def test_a_batch_in_two_parts_is_the_same_step(objective):
    whole = train(settings(), objective)
    parts = train(settings(batch_parts=2), objective)
    torch.testing.assert_close(weights(parts), weights(whole), rtol=1e-3, atol=1e-4)
    assert parts.history[-1].train_loss == pytest.approx(whole.history[-1].train_loss, rel=1e-4)


def test_one_step_is_the_plain_pytorch_step(tmp_path):
    data = split(12)
    plan = plan_batches(data.tokens.lengths, 10_000)
    params = settings(max_epochs=1, batch_tokens=10_000, warmup_share=0.0)
    ours = fit(setup(data, data), params, NOBODY, Checkpoints(tmp_path))

    network = Network(shape())
    network.initialise(table(), 1)
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=0.01,
        betas=(0.9, 0.98),
    )
    asked = prepare(data)(gather(data.tokens, plan[0]))
    ids, real = torch.from_numpy(asked.tokens.input_ids), torch.from_numpy(asked.tokens.is_token)
    vectors = network(Batch.of(asked))
    logits = network.head.label(vectors[real])
    labels = torch.from_numpy(asked.target_ids).long()[real]
    nn.functional.cross_entropy(logits, labels).backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    assert ids.shape == real.shape
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(ours.network.state_dict()[name], tensor, msg=name)


@pytest.mark.parametrize("ema_decay", [0.0, 0.5])
def test_the_best_epoch_is_kept_and_training_stops_when_patience_is_out(ema_decay):
    # A learning rate this high makes the loss rise after a while.
    fitted = train(
        settings(
            max_epochs=30,
            early_stopping_patience=2,
            learning_rate=0.1,
            ema_decay=ema_decay,
        )
    )
    losses = [row.validation_loss for row in fitted.history]
    assert fitted.best_epoch == int(np.argmin(losses)) + 1
    assert len(losses) == fitted.best_epoch + 2 < 30
    valid = split(seed=9)
    plan = plan_batches(valid.tokens.lengths, 64)
    loader = PartLoader(valid.tokens, plan, prepare(valid), 1, 0, 1)
    with torch.no_grad():
        loss = sum(fitted.network.score(part.batch).loss.item() for part in loader)
    assert loss / len(valid.tokens.input_ids) == pytest.approx(min(losses), rel=1e-5)


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
    data = split(7)
    plan = plan_batches(data.tokens.lengths, 12)
    for world in (1, 2):
        loaders = [
            PartLoader(data.tokens, plan, prepare(data), 2 * world, rank, world)
            for rank in range(world)
        ]
        parts = [list(loader) for loader in loaders]
        assert {len(p) for p in parts} == {len(loaders[0])} == {2 * len(plan)}
        targets = sum(len(part.batch.target_ids) for p in parts for part in p)
        assert targets == len(data.tokens.input_ids)
        assert all(part.batch.input_ids.shape[0] >= 1 for p in parts for part in p)


def test_the_learning_rate_rises_in_a_line_and_falls_along_a_cosine():
    found = [learning_rate_share(step, 100, 0.1) for step in range(101)]
    assert found[:10] == pytest.approx([0.1 * i for i in range(1, 11)])
    assert found[10] == 1.0
    assert found[55] == pytest.approx(0.5)
    assert found[100] == pytest.approx(0.0)
    assert found[40] == pytest.approx(0.5 * (1 + math.cos(math.pi / 3)))


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_words_of_a_label_that_train_never_has_are_wrong_and_have_no_loss(share, tmp_path):
    whole = split(seed=9)
    labels = whole.answers.copy()
    labels[: int(share * len(labels))] = UNSEEN
    held = replace(whole, answers=labels)
    heard = []
    fitted = fit(
        setup(validation=held),
        settings(max_epochs=1),
        Audience(lambda row: heard.append(row.figures)),
        Checkpoints(tmp_path),
    )
    loss, right = [], 0
    for sentence in range(len(held.tokens)):
        tokens = gather(held.tokens, np.array([sentence]))
        batch, known = Batch.of(prepare(whole)(tokens)), prepare(held)(tokens).target_ids[0] >= 0
        logits = fitted.network.logits(fitted.network(batch), batch.target_at).detach()
        right += int((logits.argmax(dim=-1) == batch.target_ids)[known].sum())
        loss += nn.functional.cross_entropy(logits, batch.target_ids, reduction="none")[known]
    (row,) = fitted.history
    assert row.validation_accuracy == pytest.approx(right / len(labels))
    if share == 1:
        assert math.isnan(row.validation_loss)
        assert all("validation_loss" not in values for values in heard)
        assert any("validation_accuracy" in values for values in heard)
    else:
        assert row.validation_loss == pytest.approx(float(sum(loss)) / len(loss), rel=1e-4)


@pytest.mark.parametrize("accuracy", [0.0, math.nan])
@pytest.mark.parametrize("monitor", ["validation_loss", "validation_accuracy"])
def test_where_validation_has_nothing_to_answer_the_last_epoch_is_the_best(monitor, accuracy):
    rows = [EpochRow(number, 1.0, 0.5, math.nan, accuracy, 0.1) for number in (1, 2, 3)]
    assert best_epoch(rows, monitor) == 3
