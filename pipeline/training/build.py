"""data/tokens and data/vectors -> data/model: train and save."""

from pathlib import Path

import torch

from pipeline.artifacts import Artifacts
from pipeline.model.checkpoint import save_network
from pipeline.model.shape import shape_for
from pipeline.params import EncoderParams, TrainParams
from pipeline.tokens.encoding import load_encoding, save_encoding
from pipeline.tokens.store import open_tokens
from pipeline.training.fit import Fitted, fit
from pipeline.training.history import write_history
from pipeline.training.module import EpochListener
from pipeline.vectors.build import load_table


def build_model(
    artifacts: Artifacts,
    encoder: EncoderParams,
    train: TrainParams,
    seed: int,
    on_epoch: EpochListener,
    folder: Path,
) -> Fitted:
    """Train and write weights.safetensors, model.json, history.csv and the encoding they need.

    Raises:
        ValueError: an input is damaged or does not fit the others, or training failed.
    """
    encoding = load_encoding(artifacts.tokens)
    table = load_table(artifacts.vectors)
    if table.shape != (encoding.vocab_size, encoder.d_model):
        raise ValueError(
            f"expected a table of {encoding.vocab_size} x {encoder.d_model}, found "
            f"{table.shape[0]} x {table.shape[1]} in data/vectors: run `dvc repro embed`"
        )
    fitted = fit(
        shape_for(encoding, encoder, train.objective),
        torch.from_numpy(table),
        open_tokens(artifacts.tokens_split("train")),
        open_tokens(artifacts.tokens_split("validation")),
        train,
        seed,
        on_epoch,
    )
    save_network(fitted.network, folder)
    save_encoding(encoding, folder)
    write_history(fitted.history, folder / "history.csv")
    return fitted
