"""The names of the folders and files under data/: no other module spells a file's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class Artifacts:
    """The folders of one working copy, by name. `root` is the folder that holds dvc.yaml.

    Their files have classes of their own, as a folder that is being written lies elsewhere.
    """

    root: Path

    @property
    def params(self) -> Path:
        """Every number of the experiment."""
        return self.root / "params.yaml"

    @property
    def lock(self) -> Path:
        """The exact package versions."""
        return self.root / "requirements.lock"

    @property
    def private(self) -> Path:
        """What is kept between runs but is no output, such as checkpoints and unsent records."""
        return self.root / ".headway"

    @property
    def seconds(self) -> Path:
        """How long each stage took the last time."""
        return self.private / "seconds.json"

    @property
    def source(self) -> Path:
        """Data that a person put here; DVC watches it."""
        return self.root / "data/source"

    @property
    def corpus(self) -> Path:
        """Examples in three splits: CorpusFiles, and the notices that their source gives."""
        return self.root / "data/corpus"

    @property
    def tokens(self) -> Path:
        """Ids: TokensFiles, and each split's folder of arrays."""
        return self.root / "data/tokens"

    @property
    def vectors(self) -> Path:
        """The first vectors: VectorsFiles."""
        return self.root / "data/vectors"

    @property
    def model(self) -> Path:
        """The trained model, and how it was trained: ModelFiles."""
        return self.root / "data/model"

    @property
    def evidence(self) -> Path:
        """What was measured: EvidenceFiles, and a folder for each held-out split."""
        return self.root / "data/evidence"

    @property
    def outputs(self) -> list[Path]:
        """What the stages make, in their order."""
        return [self.corpus, self.tokens, self.vectors, self.model, self.evidence]

    def corpus_split(self, split: Split) -> Path:
        """The examples of a split."""
        return CorpusFiles(self.corpus).split(split)

    def tokens_split(self, split: Split) -> Path:
        """The folder with a split's arrays."""
        return self.tokens / split

    def require(self, folder: Path) -> Path:
        """The folder below data/, or the file in one, if its stage has made it.

        Raises:
            FileNotFoundError: it is not there; the message names the stage that makes it.
        """
        if not folder.exists():
            noun = folder.relative_to(self.root / "data").parts[0]
            raise FileNotFoundError(
                f"{folder.relative_to(self.root)} is missing: run `dvc repro {MADE_BY[noun]}`"
            )
        return folder


MADE_BY = {
    "corpus": "corpus",
    "tokens": "tokenize",
    "vectors": "embed",
    "model": "train",
    "evidence": "evaluate",
}


class CorpusFiles:
    """What a corpus's folder holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.card = folder / "card.json"
        self.rows = folder / "rows.parquet"
        self.rejected = folder / "rejected.jsonl"
        self.left_out = folder / "left_out.jsonl"
        self.croissant = folder / "croissant.json"

    def split(self, split: Split) -> Path:
        """The examples of a split."""
        return self.folder / f"{split}.parquet"


class EncodingFiles:
    """How text becomes ids, in data/tokens and once more beside the model."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = folder / "tokenizer.json"
        self.rest = folder / "encoding.json"


class SplitArrays:
    """A split's tokens."""

    def __init__(self, folder: Path) -> None:
        self.offsets = folder / "offsets.npy"
        self.input_ids = folder / "input_ids.npy"
        self.feature_ids = folder / "feature_ids.npy"
        self.word_ids = folder / "word_ids.npy"
        self.ends_word = folder / "ends_word.npy"


class TokensFiles(EncodingFiles):
    """What the folder of tokens holds beside the splits."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.summary = folder / "summary.json"
        self.start = folder / "start"


class StartFiles:
    """A model that a training starts from: in data/source as it was fetched, and in data/tokens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.weights = folder / "weights.safetensors"
        self.shape = folder / "model.json"
        self.origin = folder / "origin.json"
        self.about = folder / "start.json"


class VectorsFiles:
    """What the folder of first vectors holds."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "table.safetensors"
        self.neighbours = folder / "neighbours.json"
        self.summary = folder / "summary.json"


class ModelFiles:
    """What a model's folder holds beside its encoding."""

    def __init__(self, folder: Path) -> None:
        self.weights = folder / "weights.safetensors"
        self.shape = folder / "model.json"
        self.history = folder / "history.csv"
        self.trail = folder / "trail.csv"
        self.kept_epoch = folder / "training.json"
        self.watched = folder / "watched.safetensors"


class EvidenceFiles:
    """What the folder of evidence holds beside the splits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metrics = folder / "metrics.json"
        self.heads = folder / "heads.json"
        self.heads_table = folder / "heads.parquet"
        self.heads_page = folder / "heads.html"
        self.trace_page = folder / "trace.html"
        self.corpus_page = folder / "corpus.html"
        self.history_picture = folder / "history.png"
        self.map_picture = folder / "map.png"
        self.pruning_picture = folder / "pruning.png"
        self.sentences = SentencePictures(folder / "heads")
        self.epochs = EpochPictures(folder / "epochs")

    def scores(self, split: Split) -> Path:
        """What a person compares of a split."""
        return self.folder / f"{split}.json"


class SentencePictures:
    """The heads on each of some sentences."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, number: int) -> Path:
        """The picture of a sentence, from 1."""
        return self.folder / f"sentence-{number}.png"


class EpochPictures:
    """The heads on one sentence, at some epochs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, epoch: int) -> Path:
        """The picture of an epoch, from 1."""
        return self.folder / f"epoch-{epoch:03}.png"

    def drawn(self) -> dict[int, Path]:
        """Those that there are, by epoch."""
        found = {int(it.stem.removeprefix("epoch-")): it for it in self.folder.glob("epoch-*.png")}
        return dict(sorted(found.items()))


class SplitFiles:
    """What the evidence of a split holds; each group has a table and a picture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.predictions = folder / "predictions.parquet"
        self.sentences = folder / "sentences.parquet"
        self.classes = folder / "classes.csv"
        self.classes_picture = folder / "classes.png"
        self.confusion = folder / "confusion.csv"
        self.confusion_picture = folder / "confusion.png"
        self.errors = folder / "errors.csv"
        self.calibration = folder / "calibration.csv"
        self.reliability_picture = folder / "reliability.png"

    def group(self, name: str) -> Path:
        """The table of a breakdown."""
        return self.folder / f"{name}.csv"

    def group_picture(self, name: str) -> Path:
        """The picture of a breakdown."""
        return self.folder / f"{name}.png"
