"""Forward and backward of one encoder, Headway's or torch's own, with the same weights and batches.

The work's setting `encoder` says whose.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.work import Outcome, Task, contend
from pipeline.attention import Encoder, Visibility
from pipeline.model.determinism import fix_arithmetic
from pipeline.tokens.batches import gather, plan_epoch

Run = Callable[[Tensor, Tensor | None], Tensor]
REPEATS = 3


def torch_twin(ours: Encoder, task: Task) -> nn.TransformerEncoder:
    """Torch's own layers with the same weights: pre-norm, GELU, a last norm."""
    shape = task.params.encoder
    layer = nn.TransformerEncoderLayer(
        shape.d_model, shape.n_heads, shape.d_ff, 0.0, "gelu", batch_first=True, norm_first=True
    )
    theirs = nn.TransformerEncoder(
        layer, shape.n_layers, nn.LayerNorm(shape.d_model), enable_nested_tensor=False
    )
    with torch.no_grad():
        for block, twin in zip(ours.blocks, theirs.layers, strict=True):
            twin.self_attn.in_proj_weight.copy_(block.attention.query_key_value.weight)
            twin.self_attn.in_proj_bias.copy_(block.attention.query_key_value.bias)
            for mine, other in (
                (block.attention.output, twin.self_attn.out_proj),
                (block.attention_norm, twin.norm1),
                (block.feed_forward_norm, twin.norm2),
                (block.widen, twin.linear1),
                (block.narrow, twin.linear2),
            ):
                other.load_state_dict(mine.state_dict())
    return theirs


def train(task: Task) -> Outcome:
    """Run every batch's shape of an epoch; nothing is learned, so the loss is the outputs' sum."""
    shape = task.params.encoder
    fix_arithmetic(task.params.train.threads)
    generator = torch.Generator().manual_seed(task.params.seed)
    ours = Encoder(shape.d_model, shape.n_heads, shape.n_layers, shape.d_ff, shape.dropout)
    ours.initialise(generator)
    theirs = torch_twin(ours, task)
    batches = _batches(task, generator)
    runs: dict[str, tuple[nn.Module, Run]] = {
        "headway": (ours, lambda v, mask: ours(v, Visibility(mask, is_causal=False), None)),
        "torch": (
            theirs,
            lambda v, mask: theirs(v, src_key_padding_mask=None if mask is None else ~mask),
        ),
    }
    difference = _difference(batches[0], [run for _, run in runs.values()])
    if difference > 1e-4:
        raise ValueError(f"expected equal outputs from equal weights, found {difference} apart")
    module, run = runs[task.work.settings["encoder"]]
    seconds = min(_time(module, run, batches) for _ in range(1 + REPEATS))
    tokens = sum(v.shape[0] * v.shape[1] if m is None else int(m.sum()) for v, m in batches)
    return Outcome(
        seconds=seconds,
        tokens=tokens,
        steps=len(batches),
        validation_loss=None,
        validation_accuracy=None,
        settings=f"outputs equal within {difference:.0e}",
    )


def _batches(task: Task, generator: torch.Generator) -> list[tuple[Tensor, Tensor | None]]:
    """Random vectors in the shapes of real batches, and where the words are."""
    tokens = task.train.tokens
    plan = plan_epoch(tokens.lengths, task.params.train.batch_tokens, task.params.seed, 0)
    batches = []
    for sentences in plan:
        is_token = torch.from_numpy(gather(tokens, sentences).is_token)
        vectors = torch.randn(*is_token.shape, task.params.encoder.d_model, generator=generator)
        batches.append((vectors, None if is_token.all() else is_token))
    return batches


def _difference(batch: tuple[Tensor, Tensor | None], runs: list[Run]) -> float:
    vectors, is_token = batch
    first, second = (run(vectors, is_token) for run in runs)
    apart = (first - second).abs()
    return float(apart.max() if is_token is None else apart[is_token].max())


def _time(module: nn.Module, run: Run, batches: list[tuple[Tensor, Tensor | None]]) -> float:
    """Seconds of forward and backward over all batches."""
    start = time.perf_counter()
    for vectors, is_token in batches:
        module.zero_grad()
        run(vectors, is_token).sum().backward()
    return time.perf_counter() - start


if __name__ == "__main__":
    contend(train)
