"""Embedding, encoder and head as one module: ids in, logits out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from pipeline.attention import Act, After, Encoder, Visibility
from pipeline.model.batch import Batch
from pipeline.model.shape import ModelShape
from pipeline.objectives.registry import objective_of
from pipeline.tokens.keyed import keyed_seed
from pipeline.vectors.embedding import TokenEmbedding
from pipeline.vectors.positions import Rotation, rotary_positions


@dataclass(frozen=True)
class Scored:
    """How well a batch was predicted: sums, so that batches can be added up."""

    loss: Float[Tensor, ""]
    """Sum of -log p(right class), in nats."""
    weighted: Float[Tensor, ""]
    """The same sum with each target's weight: what training makes small."""
    correct: Int[Tensor, ""]
    """Targets whose most likely class is right."""


class Network(nn.Module):
    """The whole model: a token's vector, the blocks, and the head of its objective."""

    cos: Float[Tensor, "token pair"] | None
    sin: Float[Tensor, "token pair"] | None

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        encoder = shape.encoder
        self.shape = shape
        self.objective = objective_of(shape.objective)
        """What it was trained for."""
        self.embedding = TokenEmbedding(
            shape.vocab_size,
            shape.feature_rows,
            encoder.d_model,
            shape.max_length,
            encoder.positions,
            encoder.part_dropout,
        )
        self.encoder = Encoder(
            encoder.d_model,
            encoder.n_heads,
            encoder.n_layers,
            encoder.d_ff,
            encoder.dropout,
            encoder.attention == "even",
        )
        self.is_causal = shape.is_causal
        asked = len(shape.asked or ())
        self.head = self.objective.head(encoder.d_model, shape.n_classes, asked)
        turn = rotary_positions(shape.max_length, encoder.d_model // encoder.n_heads)
        is_rotary = encoder.positions == "rotary"
        self.register_buffer("cos", turn.cos if is_rotary else None, persistent=False)
        self.register_buffer("sin", turn.sin if is_rotary else None, persistent=False)

    def forward(
        self, batch: Batch, act: Act | None = None, after: After | None = None
    ) -> Float[Tensor, "batch token d_model"]:
        """Context-aware vectors of every token; `act` and `after` as in `Encoder`."""
        embedded = self.embedding(batch.input_ids, batch.feature_ids)
        return self.contextualise(embedded, batch, act, after)

    def contextualise(
        self,
        embedded: Float[Tensor, "batch token d_model"],
        batch: Batch,
        act: Act | None = None,
        after: After | None = None,
    ) -> Float[Tensor, "batch token d_model"]:
        """What `forward` makes of the batch's embedded tokens, or of others in their place."""
        rotation = self.rotation(embedded.shape[1])
        found: Tensor = self.encoder(embedded, self.visibility(batch), rotation, act, after)
        return found

    def visibility(self, batch: Batch) -> Visibility:
        """Which tokens of the batch each token can see."""
        return Visibility(batch.is_token, self.is_causal)

    def logits(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        at: Int[Tensor, " target"],
        is_token: Bool[Tensor, "batch token"] | None = None,
    ) -> Float[Tensor, "target class"]:
        """Scores of the classes, computed only at the places where there is something to predict.

        `at` is as `Batch.target_at`. `is_token` counts where the whole sentence is asked about;
        None: no padding.
        """
        scores: Tensor = self.head(vectors, at, is_token, self.embedding.token.weight)
        return scores

    def choose(
        self,
        logits: Float[Tensor, "answer class"],
        sentence: Int[np.ndarray, " answer"],
        place: Int[np.ndarray, " answer"],
    ) -> Int[np.ndarray, " answer"]:
        """Which class is answered, by number, at some places of some sentences."""
        log_p = logits.detach().double().log_softmax(dim=-1).numpy()
        return self.objective.choose(log_p, sentence, place, self.shape.choices)

    def score(self, batch: Batch, weights: Float[Tensor, "place class"] | None = None) -> Scored:
        """Loss and hits of one batch, over its targets; `weights` of the classes at each place."""
        logits = self.logits(self(batch), batch.target_at, batch.is_token)
        correct = (logits.argmax(dim=-1) == batch.target_ids).sum()
        if weights is None:
            loss = nn.functional.cross_entropy(logits.float(), batch.target_ids, reduction="sum")
            return Scored(loss, loss, correct)
        each = nn.functional.cross_entropy(logits.float(), batch.target_ids, reduction="none")
        weight = weights[batch.target_at % batch.places, batch.target_ids]
        return Scored(each.sum(), (weight * each).sum(), correct)

    def initialise(self, table: Float[Tensor, "vocab d_model"], seed: int) -> None:
        """First weights, from the embed stage's table and the seed alone."""
        generator = torch.Generator().manual_seed(keyed_seed(seed, "first weights"))
        self.embedding.initialise(table, generator)
        self.encoder.initialise(generator)
        self.head.initialise(generator)

    def start_from(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over tensors of another network; the others stay as they are."""
        missing, unexpected = self.load_state_dict(dict(tensors), strict=False)
        assert not unexpected
        assert all(name.startswith("head.") for name in missing), missing

    def rotation(self, length: int) -> Rotation | None:
        """By how much rotary positions turn queries and keys; None for other positions."""
        if self.cos is None or self.sin is None:
            return None
        return Rotation(self.cos[:length], self.sin[:length])
