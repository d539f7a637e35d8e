"""What a tutorial writes: a plain Lightning module and a padded DataLoader.

The encoder is `torch.nn.TransformerEncoder` or x-transformers' `Encoder`, by the work's settings.
"""

import time
import warnings

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from benchmarks.work import Sentence, Task, Trained, contend
from pipeline.model.batch import Batch
from pipeline.tokens.tokenizer import LEARNED
from pipeline.training.module import learning_rate_share

IGNORED = -100


class TorchEncoder(nn.Module):
    """Learned positions and torch's own layers."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        encoder = task.params.encoder
        self.position = nn.Embedding(task.shape.max_length, encoder.d_model)
        layer = nn.TransformerEncoderLayer(
            encoder.d_model, encoder.n_heads, encoder.d_ff, encoder.dropout, batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, encoder.n_layers, enable_nested_tensor=False)

    def forward(self, vectors: Tensor, is_token: Tensor) -> Tensor:
        """Add positions, attend."""
        vectors = vectors + self.position.weight[: vectors.shape[1]]
        return self.layers(vectors, src_key_padding_mask=~is_token)


class XEncoder(nn.Module):
    """x-transformers' layers with rotary positions and the fused kernel, as its README advises."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        from x_transformers import Encoder

        encoder = task.params.encoder
        self.layers = Encoder(
            dim=encoder.d_model,
            depth=encoder.n_layers,
            heads=encoder.n_heads,
            attn_dim_head=encoder.d_model // encoder.n_heads,
            ff_mult=encoder.d_ff / encoder.d_model,
            attn_flash=True,
            rotary_pos_emb=True,
        )

    def forward(self, vectors: Tensor, is_token: Tensor) -> Tensor:
        """Attend."""
        return self.layers(vectors, mask=is_token)


ENCODERS = {"torch": TorchEncoder, "x_transformers": XEncoder}


class Tagger(lightning.LightningModule):
    """Embedding, encoder, linear layer; the loss ignores padding."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.train_params = task.params.train
        self.embedding = nn.Embedding(
            task.shape.vocab_size, task.params.encoder.d_model, LEARNED.padding
        )
        self.encoder = ENCODERS[task.work.settings["encoder"]](task)
        self.label = nn.Linear(task.params.encoder.d_model, task.shape.n_classes)
        self.steps = task.steps_per_epoch * task.params.train.max_epochs

    def forward(self, input_ids: Tensor, is_token: Tensor) -> Tensor:
        """Logits of every token."""
        return self.label(self.encoder(self.embedding(input_ids), is_token))

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        """Mean loss over the words."""
        input_ids, labels = batch
        logits = self(input_ids, input_ids != LEARNED.padding)
        return nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED
        )

    def configure_optimizers(self):
        """AdamW and the schedule that every contender has."""
        params = self.train_params
        optimizer = torch.optim.AdamW(
            self.parameters(),
            lr=params.learning_rate,
            betas=params.betas,
            weight_decay=params.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: learning_rate_share(step, self.steps, params.warmup_share)
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def collate(sentences: list[Sentence]) -> tuple[Tensor, Tensor]:
    """Pad to the longest of the batch."""
    ids = [torch.tensor(sentence["input_ids"]) for sentence in sentences]
    labels = [torch.tensor(sentence["labels"]) for sentence in sentences]
    return (
        pad_sequence(ids, batch_first=True, padding_value=LEARNED.padding),
        pad_sequence(labels, batch_first=True, padding_value=IGNORED),
    )


def train(task: Task) -> Trained:
    """Fit without validation, logger or checkpoint."""
    params = task.params.train
    loader = DataLoader(
        task.training_sentences(), task.sentences_per_step, shuffle=True, collate_fn=collate
    )
    tagger = Tagger(task)
    warnings.filterwarnings("ignore")
    trainer = lightning.Trainer(
        accelerator=params.accelerator,
        devices=1,
        precision=params.precision,
        max_epochs=params.max_epochs,
        gradient_clip_val=params.gradient_clip,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    start = time.perf_counter()
    trainer.fit(tagger, loader)
    seconds = time.perf_counter() - start
    tagger.eval()

    def score(batch: Batch) -> Tensor:
        ids = batch.input_ids.long()
        is_token = torch.ones_like(ids, dtype=torch.bool)
        if batch.is_token is not None:
            is_token = batch.is_token
        return tagger(ids, is_token).flatten(0, 1)[batch.target_at]

    return Trained(seconds, score, "padding to the longest of the batch; no validation, no record")


if __name__ == "__main__":
    contend(train)
