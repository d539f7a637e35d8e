"""Every number format that params.yaml offers: trained with, or refused before training."""

from contextlib import nullcontext
from typing import get_args

import pytest
import torch
from small_training import prepare, settings, setup, shape, split, table, weights
from torch import nn

from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.params.train import TrainParams
from pipeline.tokens.batches import gather, plan_batches
from pipeline.training.audience import NOBODY
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import fit
from pipeline.training.trainer import make_trainer

OFFERED = get_args(TrainParams.model_fields["precision"].annotation)
ON_A_PROCESSOR = [precision for precision in OFFERED if precision != "16-mixed"]


def one_step(precision, folder):
    data = split(12)
    params = settings(
        max_epochs=1, batch_tokens=10_000, warmup_share=0.0, precision=precision,
        monitor="validation_accuracy",
    )  # fmt: skip
    return fit(setup(data, data), params, NOBODY, Checkpoints(folder))


def plain_step(precision):
    """The same step in torch alone: the whole network in bfloat16, or its products."""
    network = Network(shape())
    network.initialise(table(), 1)
    if precision == "bf16-true":
        network.bfloat16()
    is_mixed = precision == "bf16-mixed"
    groups = [
        {"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": 0.01},
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.98))
    data = split(12)
    sentences = plan_batches(data.tokens.lengths, 10_000)[0]
    batch = Batch.of(prepare(data)(gather(data.tokens, sentences)))
    with torch.autocast("cpu", torch.bfloat16) if is_mixed else nullcontext():
        logits = network.logits(network(batch), batch.target_at)
    nn.functional.cross_entropy(logits.float(), batch.target_ids).backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return network


@pytest.mark.parametrize("precision", ON_A_PROCESSOR)
def test_a_step_in_each_number_format_is_torch_s_own(precision, tmp_path):
    fitted = one_step(precision, tmp_path)
    for name, expected in plain_step(precision).state_dict().items():
        found = fitted.network.state_dict()[name]
        assert found.dtype == torch.float32
        # A step is 0.01 of a weight; half precision's weights lie up to 1/256 of theirs apart.
        coarse = precision == "bf16-true"
        torch.testing.assert_close(
            found, expected.float(), rtol=2**-7 if coarse else 1e-4, atol=1e-4, msg=name
        )


def test_the_number_formats_give_other_numbers_and_nearly_the_same_loss(tmp_path):
    ended = [one_step(precision, tmp_path / precision) for precision in ON_A_PROCESSOR]
    losses = [fitted.history[0].validation_loss for fitted in ended]
    assert len(set(losses)) == len(ON_A_PROCESSOR) == 3
    assert losses == pytest.approx([losses[0]] * 3, rel=0.01)
    halved = weights(ended[ON_A_PROCESSOR.index("bf16-true")])
    assert torch.equal(halved, halved.bfloat16().float())  # what was validated is what is kept


@pytest.mark.parametrize("accelerator", ["cpu", "auto"])
@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine can")
def test_what_a_processor_cannot_do_is_said_before_training(accelerator):
    with pytest.raises(ValueError, match=r"train\.precision 16-mixed: .* choose bf16-mixed"):
        make_trainer(settings(precision="16-mixed", accelerator=accelerator), 1, [])
