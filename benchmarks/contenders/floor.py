"""The floor: Headway's arithmetic in a bare loop over batches prepared beforehand.

No Lightning, no logging, no checkpoints, no progress bar. What it computes is what Headway's fit
computes, bit for bit (a test holds the two together), so the difference in time is what the
comfort costs.
"""

import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmarks.work import Task, Trained, contend
from pipeline.model.batch import Batch
from pipeline.model.determinism import fix_arithmetic
from pipeline.model.network import Network
from pipeline.objectives.registry import objective_of
from pipeline.tokens.batches import gather, plan_batches, plan_epoch
from pipeline.tokens.keyed import keyed_seed
from pipeline.training.averaging import follow
from pipeline.training.module import learning_rate_share
from pipeline.vectors.table import random_table


def train(task: Task) -> Trained:
    """Prepare, then loop."""
    params, seed = task.params, task.params.seed
    fix_arithmetic(params.train.threads)
    network = Network(task.shape)
    table = random_table(task.shape.vocab_size, params.encoder.d_model, seed)
    network.initialise(torch.from_numpy(table), seed)
    epochs = [_prepared(task, epoch) for epoch in range(params.train.max_epochs)]
    tokens = task.validation.tokens
    ask = network.objective.prepare_evaluation(task.validation, task.shape.vocabulary, seed)
    plan = plan_batches(tokens.lengths, params.train.batch_tokens)
    validation = [Batch.of(ask(gather(tokens, sentences))) for sentences in plan]
    start = time.perf_counter()
    loop(network, epochs, validation, task)
    seconds = time.perf_counter() - start
    network.eval()

    def score(batch: Batch) -> Tensor:
        return network.logits(network(batch), batch.target_at, batch.is_token)

    return Trained(seconds, score, "batches made beforehand; the same arithmetic as Headway")


def loop(
    network: Network, epochs: Sequence[Sequence[Batch]], validation: Sequence[Batch], task: Task
) -> None:
    """Train, validate after each epoch, and leave the moving average of the weights."""
    params = task.params.train
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    weights = [*matrices, *others]
    average = [weight.detach().clone() for weight in weights]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": params.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=params.learning_rate,
        betas=params.betas,
        fused=True,
    )
    steps = sum(map(len, epochs))
    step = 0
    for epoch, batches in enumerate(epochs):
        network.train()
        for index, batch in enumerate(batches):
            torch.default_generator.manual_seed(
                keyed_seed(task.params.seed, "dropout", epoch, index)
            )
            for group in optimizer.param_groups:
                group["lr"] = params.learning_rate * learning_rate_share(
                    step, steps, params.warmup_share
                )
            optimizer.zero_grad()
            (network.score(batch).loss * (1 / max(1, len(batch.target_ids)))).backward()
            nn.utils.clip_grad_norm_(weights, params.gradient_clip)
            optimizer.step()
            follow(average, [weight.detach() for weight in weights], step, params.ema_decay)
            step += 1
        _validate(network, weights, average, validation)
    with torch.no_grad():
        torch._foreach_copy_(weights, average)


@torch.no_grad()
def _validate(
    network: Network,
    weights: list[nn.Parameter],
    average: list[Tensor],
    batches: Sequence[Batch],
) -> float:
    """The averaged weights' loss, as Headway looks at it after every epoch."""
    kept = [weight.detach().clone() for weight in weights]
    torch._foreach_copy_(weights, average)
    network.eval()
    loss = sum(float(network.score(batch).loss) for batch in batches)
    torch._foreach_copy_(weights, kept)
    return loss


def _prepared(task: Task, epoch: int) -> list[Batch]:
    params, seed = task.params, task.params.seed
    objective, tokens = objective_of(params.objective), task.train.tokens
    ask = objective.prepare(task.train, task.shape.vocabulary, seed, epoch)
    plan = plan_epoch(tokens.lengths, params.train.batch_tokens, seed, epoch)
    return [Batch.of(ask(gather(tokens, sentences))) for sentences in plan]


if __name__ == "__main__":
    contend(train)
