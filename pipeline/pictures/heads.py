"""A network and a sentence -> every head's weights, and their picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from pipeline.artifacts import EpochPictures, SentencePictures
from pipeline.corpus.formats.words import Text, words_of
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.pictures.heatmap import MOST_TOKENS, draw_heatmaps
from pipeline.study.watched import WatchedSentence, read_watched
from pipeline.study.watching import all_weights
from pipeline.tokens.batches import batch_of_sentences
from pipeline.tokens.encoding import Encoding


@dataclass(frozen=True)
class SentenceAttention:
    """One sentence's tokens and what every head does with them."""

    tokens: tuple[str, ...]
    weights: Float[np.ndarray, "layer head query key"]


@torch.inference_mode()
def attention_of(network: Network, encoding: Encoding, sentence: Text) -> SentenceAttention:
    """Every layer's and head's weights on a sentence.

    Raises:
        ValueError: the sentence is empty or too long, or the network has no attention layer.
    """
    words = words_of(sentence)
    tokens = batch_of_sentences(encoding, [words])
    weights = all_weights(network, Batch.of_tokens(tokens))
    if weights is None:
        raise ValueError(
            "expected a model with attention, found encoder.n_layers 0: train with 1 or more"
        )
    return SentenceAttention(tokens=encoding.token_texts(words), weights=weights[0].float().numpy())


def draw_heads(
    network: Network, encoding: Encoding, sentences: Sequence[Text], files: SentencePictures
) -> None:
    """A picture of each sentence; none for a network without attention.

    Nor for a sentence of more than MOST_TOKENS tokens, which the page of the heads shows.
    """
    files.folder.mkdir()
    if not network.shape.encoder.n_layers:
        return
    for number, sentence in enumerate(sentences, start=1):
        seen = attention_of(network, encoding, sentence)
        if len(seen.tokens) > MOST_TOKENS:
            continue
        draw_heatmaps(files.of(number), seen.weights, seen.tokens, maximum=1.0)


def draw_epochs(file: Path, watched: Sequence[WatchedSentence], files: EpochPictures) -> None:
    """The first watched sentence at every epoch: how its heads learn.

    Of more than MOST_EPOCHS epochs as many are drawn, evenly spread, the first and last among them;
    none of a sentence of more than MOST_TOKENS tokens.
    """
    files.folder.mkdir()
    seen = read_watched(file)
    epochs = len(seen)
    if not (epochs and seen[0]) or len(watched[0].tokens) > MOST_TOKENS:
        return
    chosen = np.unique(np.linspace(0, epochs - 1, min(epochs, MOST_EPOCHS)).round().astype(int))
    for epoch in chosen:
        weights, when = seen[epoch][0].numpy(), f"epoch {epoch + 1}"
        # MLflow's charts show pictures in squares.
        draw_heatmaps(
            files.at(epoch + 1), weights, watched[0].tokens, maximum=1.0, when=when, is_square=True
        )


MOST_EPOCHS = 20
