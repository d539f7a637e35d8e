"""What an encoder takes for a token, by the sentence's length and by the number of heads.

All cases take turns in one process, `python -m benchmarks.encoders ARGUMENTS OUTCOME`.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from benchmarks.fresh import answer, fresh
from pipeline.attention import Encoder, Visibility
from pipeline.model.determinism import fix_arithmetic
from pipeline.params.encoder import EncoderParams
from pipeline.params.whole import read_params
from pipeline.vectors.positions import rotary_positions

WARM_UP = 3
"""Turns of each encoder before those that count."""

Way = Literal["headway", "headway without positions", "headway with weights", "torch"]
LENGTH_WAYS: tuple[Way, ...] = ("headway", "headway without positions", "torch")
"""Side by side at each length; torch's encoder has no positions either."""
HEAD_WAYS: tuple[Way, ...] = ("headway", "headway with weights")


@dataclass(frozen=True)
class EncoderCase:
    """An encoder and the sentences that it reads."""

    way: Way
    n_heads: int | None
    """None: as many as params.yaml has."""
    length: int
    """Tokens of each sentence."""


@dataclass(frozen=True)
class EncoderCost:
    """What an encoder takes for a token, forward and backward."""

    way: Way
    n_heads: int
    length: int
    nanoseconds: float
    """The median of the turns."""


def length_cases(lengths: Sequence[int]) -> list[EncoderCase]:
    """Sentences of each length: Headway's encoder beside torch's."""
    return [EncoderCase(way, None, length) for length in lengths for way in LENGTH_WAYS]


def head_cases(heads: Sequence[int], length: int) -> list[EncoderCase]:
    """Each number of heads on sentences of one length, with the weights given back and without."""
    return [EncoderCase(way, n_heads, length) for n_heads in heads for way in HEAD_WAYS]


def encoder_costs(
    params: Path, cases: Sequence[EncoderCase], batch_tokens: int, threads: int, repeats: int
) -> list[EncoderCost]:
    """Time an encoder of params.yaml's dimensions in each case, all in turn, in one process.

    Raises:
        ValueError: the lengths do not allow batches of `batch_tokens`.
    """
    uneven = sorted({case.length for case in cases if batch_tokens % case.length})
    if uneven:
        raise ValueError(
            f"expected lengths that divide {batch_tokens}, so that every batch has as many tokens, "
            f"found {', '.join(map(str, uneven))}"
        )
    told = {"batch_tokens": batch_tokens, "threads": threads, "repeats": repeats}
    listed = [asdict(case) for case in cases]
    found = fresh("benchmarks.encoders", {"params": str(params), "cases": listed} | told)
    return [EncoderCost(**cost) for cost in found["costs"]]


def time_encoders(
    params: str, cases: list[dict[str, Any]], batch_tokens: int, threads: int, repeats: int
) -> dict[str, Any]:
    """Time encoders on random tokens, each in turn."""
    fix_arithmetic(threads)
    shape = read_params(Path(params)).encoder
    named = [case | {"n_heads": case["n_heads"] or shape.n_heads} for case in cases]
    steps = [
        encoder_step(shape.model_copy(update={"n_heads": case["n_heads"]}), case["way"],
                     case["length"], batch_tokens)
        for case in named
    ]  # fmt: skip
    seconds = [[step() for step in steps] for _ in range(WARM_UP + repeats)][WARM_UP:]
    costs = [
        case | {"nanoseconds": statistics.median(taken) / batch_tokens * 1e9}
        for case, taken in zip(named, zip(*seconds, strict=True), strict=True)
    ]
    return {"seconds": sum(map(sum, seconds)), "costs": costs}


def encoder_step(
    shape: EncoderParams, way: Way, length: int, batch_tokens: int
) -> Callable[[], float]:
    """One forward and backward over a batch without padding; gives its seconds."""
    d_model, n_heads, d_ff = shape.d_model, shape.n_heads, shape.d_ff
    vectors = torch.randn(batch_tokens // length, length, d_model, requires_grad=True)
    gradient = torch.randn_like(vectors)
    if way == "torch":
        layer = nn.TransformerEncoderLayer(
            d_model, n_heads, d_ff, shape.dropout, "gelu", batch_first=True, norm_first=True
        )
        encoder: nn.Module = nn.TransformerEncoder(
            layer, shape.n_layers, nn.LayerNorm(d_model), enable_nested_tensor=False
        )
        told: tuple[Any, ...] = (vectors,)
    else:
        encoder = Encoder(d_model, n_heads, shape.n_layers, d_ff, shape.dropout)
        turns = shape.positions == "rotary" and way != "headway without positions"
        rotation = rotary_positions(length, d_model // n_heads) if turns else None
        everything = Visibility(None, is_causal=False)
        with_weights = (lambda work: work.mixed) if way == "headway with weights" else None
        told = (vectors, everything, rotation, with_weights)

    def step() -> float:
        encoder.zero_grad()
        vectors.grad = None
        start = time.perf_counter()
        encoder(*told).backward(gradient)
        return time.perf_counter() - start

    return step


if __name__ == "__main__":
    answer(time_encoders)
