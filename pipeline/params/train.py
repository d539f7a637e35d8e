"""Section `train`: how the model learns."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.params.section import Positive, Section, Share, Words


class WatchedParams(Section):
    """Sentences on which every head's weights are kept at each epoch."""

    sentences: Annotated[tuple[str | Words, ...], Field(strict=False)]
    """As a person writes them, or each as a list of its words."""
    from_validation: Annotated[int, Field(ge=0)]
    """How many more from the validation split, short to long."""


class TrainParams(Section):
    """How the model learns."""

    start_from: str | None
    """A folder below data/source with another model, whose embedding and blocks are the first
    weights, and whose tokenizer is taken (`headway fetch RUN` puts a run's there); null: none."""
    max_epochs: Positive
    """Passes over the training split."""
    batch_tokens: Positive
    """Most tokens in a batch, padding counted; a longer sentence is a batch of its own. A batch is
    one step of the optimiser."""
    batch_parts: Positive
    """Parts that a batch is computed in, one after the other, to need less memory: gradients are
    accumulated over them, and the step is the same."""
    learning_rate: Annotated[float, Field(gt=0)]
    """The highest learning rate, reached after the warm-up."""
    warmup_share: Share
    """Share of all steps in which the learning rate rises; then it falls to 0 along a cosine."""
    betas: Annotated[tuple[Share, Share], Field(strict=False)]
    """AdamW's memory of the gradient and of its square."""
    weight_decay: Annotated[float, Field(ge=0)]
    """AdamW's decay (Loshchilov and Hutter 2019), on matrices only."""
    ema_decay: Annotated[float, Field(ge=0, lt=1)]
    """How slowly the averaged weights, which are kept, follow the trained ones; 0 for at once."""
    gradient_clip: Annotated[float, Field(gt=0)] | None
    """Largest norm of the gradient; null for none."""
    watched: WatchedParams
    monitor: Literal["validation_accuracy", "validation_loss"]
    """What says which epoch's weights are kept, and when training stops early."""
    early_stopping_patience: Positive | None
    """Epochs without a better monitored value after which training stops; null for never."""
    checkpoint_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Least seconds between checkpoints, which take up to a sixtieth of the time; 0: each step."""
    trail_steps: Positive
    """Steps between two rows of the trail, by which two trainings are told apart step by step."""
    accelerator: str
    """Lightning's: auto, cpu, gpu, ..."""
    devices: Positive | Literal["auto"]
    """Lightning's: how many devices."""
    strategy: Literal["auto", "ddp"]
    """Lightning's: ddp shares each batch out among the devices."""
    precision: Literal["32-true", "bf16-mixed", "bf16-true", "16-mixed"]
    """Lightning's: the number format; weights are saved as 32 bits. 16-mixed is for GPUs alone."""
    threads: Positive
    """Processor threads; another number gives other roundings, so it is fixed here."""
