"""Paths of everything under data/: nobody else knows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class Artifacts:
    """The files of one working copy, by name. `root` is the folder that holds dvc.yaml."""

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
        """What is kept between runs but is no output: downloads, checkpoints, timings."""
        return self.root / ".headway"

    @property
    def source(self) -> Path:
        """Data that a person put here; DVC watches it."""
        return self.root / "data/source"

    @property
    def corpus(self) -> Path:
        """Sentences: {train,validation,test}.parquet, card.json, LICENSE.txt, ATTRIBUTION.md."""
        return self.root / "data/corpus"

    @property
    def tokens(self) -> Path:
        """Ids: tokenizer.json, encoding.json, summary.json, and each split's folder of arrays."""
        return self.root / "data/tokens"

    @property
    def vectors(self) -> Path:
        """The first vectors: table.safetensors, neighbours.json, summary.json, map.json."""
        return self.root / "data/vectors"

    @property
    def model(self) -> Path:
        """The trained model: weights.safetensors, model.json, history.csv."""
        return self.root / "data/model"

    @property
    def evidence(self) -> Path:
        """What was measured: metrics.json, tables, predictions/, pictures/."""
        return self.root / "data/evidence"

    @property
    def outputs(self) -> list[Path]:
        """What the stages make, in their order."""
        return [self.corpus, self.tokens, self.vectors, self.model, self.evidence]

    def corpus_split(self, split: Split) -> Path:
        """The sentences of a split."""
        return self.corpus / f"{split}.parquet"

    def tokens_split(self, split: Split) -> Path:
        """The folder with a split's arrays."""
        return self.tokens / split

    def require(self, folder: Path) -> Path:
        """The folder, if its stage has made it.

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
