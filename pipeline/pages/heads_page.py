"""Network, watched sentences, rows of the study -> the page on which heads are looked at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.artifacts import ModelFiles
from pipeline.files import unusable
from pipeline.model.history import read_kept_epoch
from pipeline.model.network import Network
from pipeline.pages.head_figures import (
    head_measures,
    layer_measures,
    limits_of,
    nearest_heads,
    pruning_steps,
    syntax_relations,
    unknown_measures,
)
from pipeline.pages.packing import (
    BUDGET,
    epochs_that_fit,
    pack_effective,
    pack_raw,
    sentences_that_fit,
)
from pipeline.pages.page import render_page
from pipeline.resampling import Resampling
from pipeline.study.about import Family
from pipeline.study.interventions.changed_rows import PRUNING_ACCURACY, PRUNING_LOSS
from pipeline.study.measures import syntax
from pipeline.study.measures.diversity import DIVERGENCE, SIMILARITY
from pipeline.study.measures.effective import PartedWeights, part_weights
from pipeline.study.table import HeadRow
from pipeline.study.verdicts import Verdict, head_verdicts, overall_line
from pipeline.study.watched import SentenceWeights, WatchedSentence, read_watched, weights_on

FEW = 8
"""Heads, up to which each one's line is shown at once, whether the head matters or not."""


def heads_page(
    network: Network,
    watched: Sequence[WatchedSentence],
    model: Path,
    rows: Sequence[HeadRow],
    resampling: Resampling,
    sampled: int = 0,
) -> str:
    """Every head of every layer, on each watched sentence and at each epoch, with its measures.

    Raw weights are those that training kept in the folder `model`; effective ones are computed
    here, so they are the kept network's alone. `resampling` is how the rows' intervals were made,
    `sampled` the number of sentences that the rows of faithfulness are of.

    Raises:
        ValueError: a file is missing, damaged, or of other sentences or another network.
    """
    shape, draws = network.shape.encoder, resampling.samples
    verdicts = head_verdicts(rows, draws)
    data: dict[str, Any] = {
        "layers": shape.n_layers,
        "heads": shape.n_heads,
        "d_head": shape.d_model // shape.n_heads,
        "opens_on": [verdicts[0].layer, verdicts[0].head] if verdicts else [1, 1],
        "measures": head_measures(rows, shape.n_layers, shape.n_heads, draws),
        "layer_measures": layer_measures(rows, shape.n_layers),
        "unknown": unknown_measures(rows),
        "syntax": syntax_relations(rows),
        "nearest": nearest_heads(rows),
        **_looked_at(network, watched, model),
    }
    shown = data | {
        "is_causal": network.is_causal,
        "overall": overall_line(rows, draws),
        "verdicts": verdicts,
        "is_filtered": is_filtered(verdicts),
        "pruning": pruning_steps(rows, draws),
        "families": Family,
        "sampled": sampled,
        "resampling": resampling,
        "syntax_limits": limits_of(syntax.MEASURE.abouts),
        "pruning_limits": limits_of((PRUNING_LOSS, PRUNING_ACCURACY)),
        "nearest_limits": limits_of((DIVERGENCE, SIMILARITY)),
    }
    return render_page("heads", "What the heads learned", data, **shown)


def is_filtered(verdicts: Sequence[Verdict]) -> bool:
    """Whether there are so many lines that those of heads that matter stand alone at first."""
    tried = any(one.matters is not None for one in verdicts)
    return tried and len(verdicts) > FEW and not all(one.matters for one in verdicts)


def _looked_at(network: Network, watched: Sequence[WatchedSentence], model: Path) -> dict[str, Any]:
    """The sentences that fit the page, with the weights of the epochs that fit."""
    final = weights_on(network, watched)
    if not final:
        return {"sentences": [], "epochs": [], "all_epochs": 0, "kept": 0, "too_long": []}
    seen, kept = _epochs(ModelFiles(model).watched, final), read_kept_epoch(model)
    encoder, lengths = network.shape.encoder, [len(sentence.tokens) for sentence in watched]
    heads = encoder.n_layers * encoder.n_heads
    chosen = sentences_that_fit(lengths, heads, BUDGET)
    size = heads * sum(lengths[i] ** 2 for i in chosen)
    epochs = epochs_that_fit(len(seen), kept, BUDGET // max(1, size) - 1)
    return {
        "sentences": [
            {
                "tokens": list(watched[i].tokens),
                "raw": pack_raw(torch.stack([seen[epoch - 1][i] for epoch in epochs])),
                "effective": pack_effective(torch.stack([one.effective[0] for one in parted])),
                "free": [one.free[0].tolist() for one in parted],
            }
            for i in chosen
            for parted in [_parted(network, watched[i])]
        ],
        "epochs": epochs,
        "all_epochs": len(seen),
        "kept": kept,
        "too_long": [length for i, length in enumerate(lengths) if i not in chosen],
    }


def _epochs(file: Path, final: Sequence[Tensor]) -> list[list[SentenceWeights]]:
    """The weights of each epoch, of the same sentences, layers and heads as the final ones."""
    seen = read_watched(file)
    expected = [one.shape for one in final]
    if not seen or any([one.shape for one in epoch] != expected for epoch in seen):
        raise unusable(file, "it is of other sentences or of another network")
    return seen


@torch.no_grad()
def _parted(network: Network, sentence: WatchedSentence) -> list[PartedWeights]:
    """What of every layer's weights has an effect (Brunner et al. 2020)."""
    found: list[PartedWeights] = []
    network(sentence.batch, act=lambda work: found.append(part_weights(work)))
    return found
