"""params.yaml -> Params: frozen, checked, and the only reader of that file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.faults import sentence

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Dropout = Annotated[float, Field(ge=0, lt=1)]
Lengths = Annotated[tuple[Positive, ...], Field(strict=False)]
Words = Annotated[tuple[str, ...], Field(strict=False)]


class Section(BaseModel):
    """A part of params.yaml: no unknown keys, no defaults, no change after reading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class ConlluParams(Section):
    """Where a local CoNLL-U treebank lies."""

    path: str
    """A file or a folder below `data/source`, which DVC watches. In a folder, the words train,
    dev or validation, and test in the file names say which file is which split."""
    shares: Annotated[tuple[Share, Share, Share], Field(strict=False)]
    """Shares of train, validation and test when `path` is a single file; equal sentences stay
    together."""

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        if abs(sum(self.shares) - 1) > 1e-9 or not all(self.shares):
            raise ValueError(
                f"shares must be three positive shares that sum to 1, got {list(self.shares)}"
            )
        return self


class DatasetParams(Section):
    """Which data set the `datasets` library loads."""

    path: str
    """A name on the hub, or a folder below `data/source` with JSONL, CSV or Parquet files."""
    name: str | None
    """The configuration's name, where the data set has several."""
    revision: str | None
    """The commit on the hub; needed for a hub set, or the data could change unseen."""
    form: str
    """The column that holds each sentence's list of words."""
    upos: str
    """The column that holds each word's label, as text or as a class number."""


class CorpusParams(Section):
    """Where the sentences come from."""

    source: Literal["ewt", "conllu", "dataset"]
    """The English Web Treebank 1.2, a local treebank, or what the library `datasets` loads."""
    conllu: ConlluParams
    dataset: DatasetParams


class WordParams(Section):
    """One token a word, with the parts of the word that tell what an unseen word is like."""

    is_lowercase: bool
    """Words are looked up in lower case (the shape feature still sees the case)."""
    min_count: Positive
    """Words seen less often than this in the training split share the unknown word's vector."""
    prefix_lengths: Lengths
    """Lengths in characters of the prefixes whose vectors are added to the word's."""
    suffix_lengths: Lengths
    """Lengths in characters of the suffixes whose vectors are added to the word's."""
    has_shape: bool
    """Whether the word's shape (Xxxx, dd, ...) has a vector too."""
    feature_buckets: Positive
    """Rows of each feature's table; features are hashed into them."""


class BpeParams(Section):
    """Byte-level byte-pair encoding (Sennrich et al. 2016)."""

    vocab_size: Annotated[int, Field(ge=260)]
    """Number of tokens, the 256 bytes and the special tokens among them."""


class TokenizeParams(Section):
    """How words become token ids."""

    unit: Literal["word", "bpe"]
    """word: one token a word. bpe: byte-level pieces, the label on a word's last piece."""
    max_length: Positive
    """The most tokens a sentence may have."""
    overlong: Literal["error", "truncate"]
    """What to do with a longer sentence: stop, or cut it and count what was cut."""
    word: WordParams
    bpe: BpeParams


class PpmiSvdParams(Section):
    """Positive pointwise mutual information, factorised (Levy and Goldberg 2014)."""

    window: Positive
    """Words this far left and right are counted as context."""
    context_smoothing: Annotated[float, Field(gt=0, le=1)]
    """Exponent on the context counts (Levy et al. 2015 take 0.75)."""


class EmbedParams(Section):
    """The table that the embedding lookup starts from."""

    method: Literal["random", "ppmi_svd"]
    """random: normal values. ppmi_svd: from the training split's co-occurrence."""
    ppmi_svd: PpmiSvdParams
    neighbours: Positive
    """Nearest neighbours listed for each described word."""
    described_words: Positive
    """How many of the most frequent words are described."""


class EncoderParams(Section):
    """The model's shape."""

    d_model: Positive
    """Features of a token's vector."""
    n_heads: Positive
    """Attention heads; each works on d_model / n_heads features."""
    n_layers: Annotated[int, Field(ge=0)]
    """Blocks of attention and feed-forward."""
    d_ff: Positive
    """Features inside the feed-forward network."""
    dropout: Dropout
    """Share of features zeroed in training, on each residual branch."""
    part_dropout: Dropout
    """Share of the vectors that a token's vector is the sum of (its own, its sub-word parts')
    left out in training."""
    positions: Literal["learned", "sinusoidal", "rotary", "none"]
    """How the model knows where a token stands."""

    @model_validator(mode="after")
    def _heads_divide_the_model(self) -> Self:
        if self.d_model % self.n_heads:
            fits = [str(n) for n in range(1, self.d_model + 1) if self.d_model % n == 0]
            raise ValueError(
                f"d_model must be divisible by n_heads, got {self.d_model} and {self.n_heads}: "
                f"choose n_heads from {', '.join(fits)}"
            )
        if self.positions == "rotary" and (self.d_model // self.n_heads) % 2:
            raise ValueError(
                f"rotary positions turn pairs of features, so d_model / n_heads must be even, "
                f"got {self.d_model // self.n_heads}: choose another n_heads or positions"
            )
        return self


class MaskedLmParams(Section):
    """The hidden words (Devlin et al. 2019)."""

    mask_share: Annotated[float, Field(gt=0, lt=1)]
    """Share of the tokens to predict."""


class ProbeParams(Section):
    """Sentences on which every head's weights are kept at each epoch."""

    sentences: Annotated[tuple[str | Words, ...], Field(strict=False)]
    """As a person writes them, or each as a list of its words."""
    from_validation: Annotated[int, Field(ge=0)]
    """How many more from the validation split, short to long."""


class TrainParams(Section):
    """How the model learns."""

    objective: Literal["tagging", "masked_lm"]
    """tagging: a label on each word. masked_lm: the hidden words (Devlin et al. 2019)."""
    max_epochs: Positive
    """Passes over the training split."""
    batch_tokens: Positive
    """Most tokens in a batch, padding counted; a batch is one step of the optimiser."""
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
    average_decay: Annotated[float, Field(ge=0, lt=1)]
    """How slowly the averaged weights, which are kept, follow the trained ones; 0 for at once."""
    gradient_clip: Annotated[float, Field(gt=0)] | None
    """Largest norm of the gradient; null for none."""
    masked_lm: MaskedLmParams
    probes: ProbeParams
    monitor: Literal["validation_accuracy", "validation_loss"]
    """What says which epoch's weights are kept, and when training stops early."""
    early_stopping_patience: Positive | None
    """Epochs without a better monitored value after which training stops; null for never."""
    checkpoint_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Least seconds between checkpoints, which take up to a sixtieth of the time; 0: each step."""
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


class EvaluateParams(Section):
    """What is measured of the trained model."""

    batch_tokens: Positive
    """Most tokens in a batch, padding counted."""
    bootstrap_samples: Positive
    """Resamples of the sentences behind each interval (Efron 1979)."""
    confidence: Annotated[float, Field(gt=0, lt=1)]
    """The intervals' level."""
    calibration_bins: Positive
    """Bins of confidence in the reliability figure (Guo et al. 2017)."""
    length_edges: Lengths
    """Upper edges, in words, of the groups of sentence length."""
    faithfulness_sentences: Annotated[int, Field(ge=0)]
    """Validation sentences on which the weights of the heads are tampered with; 0: none."""

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        if list(self.length_edges) != sorted(set(self.length_edges)):
            raise ValueError(f"length_edges must rise, got {list(self.length_edges)}")
        return self


class Params(Section):
    """All of params.yaml."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    """Where every random choice starts from."""
    corpus: CorpusParams
    tokenize: TokenizeParams
    embed: EmbedParams
    encoder: EncoderParams
    train: TrainParams
    evaluate: EvaluateParams


def read_params(path: Path) -> Params:
    """Read and check params.yaml.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not YAML, or a line for each key that is unknown, missing or out of range.
    """
    found = read_yaml(path)
    if not isinstance(found, Mapping):
        raise ValueError(f"{path.name} must hold sections ({', '.join(Params.model_fields)})")
    try:
        return Params.model_validate(found)
    except ValidationError as error:
        faults = "\n".join(f"  {sentence(fault, Params)}" for fault in error.errors())
        raise ValueError(f"{path.name} cannot be used:\n{faults}") from None


def read_yaml(path: Path) -> Any:
    """What a YAML 1.2 file holds, as DVC reads it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not YAML, or a key is there twice.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is missing: run from the repository's root")
    try:
        return YAML(typ="safe").load(path)
    except YAMLError as error:
        raise ValueError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}") from None


def flatten(params: BaseModel) -> dict[str, Any]:
    """Every number by its dotted name, as MLflow logs it: {"train.max_epochs": 5, ...}."""
    flat: dict[str, Any] = {}
    for name, value in params:
        if isinstance(value, BaseModel):
            flat |= {f"{name}.{inner}": leaf for inner, leaf in flatten(value).items()}
        else:
            flat[name] = value
    return flat
