"""A small project of a test's own: this repository's code, a corpus of a few words, git, DVC."""

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preloaded import given_environment, programs

from pipeline.params.writing import write_params

ROOT = Path(__file__).parents[1]
CODE = (
    "pipeline", "stages", ".dvc/config", ".dvc/plots", ".dvcignore", ".gitignore",
    "data/source/README.md", "dvc.yaml", "params.yaml", "pyproject.toml", "requirements.lock",
)  # fmt: skip
STAGES = ["corpus", "tokenize", "embed", "train", "evaluate"]
SMALL = {
    "corpus.kind": "conllu",
    "corpus.conllu.path": "data/source/small",
    "tokenize.max_length": 12,
    "tokenize.word.min_count": 1,
    "tokenize.word.feature_buckets": 50,
    "embed.described_words": 5,
    "encoder.d_model": 16,
    "encoder.n_heads": 2,
    "encoder.d_ff": 16,
    "train.max_epochs": 2,
    "train.batch_tokens": 128,
    "train.accelerator": "cpu",
    "train.threads": 1,
    "evaluate.bootstrap_samples": 20,
    "train.watched": {"sentences": ["the cat sleeps"], "from_validation": 1},
}
ODD = "a%20b c?d#e'f\"g\\h;i&j=k@l::m$n*[p]~ü日"
"""All that means something to a shell, in an address, in SQL, to git or in a pattern."""

LEXICON = {
    "DET": ("the", "a", "this"),
    "ADJ": ("old", "small", "quiet"),
    "NOUN": ("cat", "dog", "mat", "run", "walk"),
    "VERB": ("sees", "sleeps", "run", "walk"),
}
PATTERNS = ("DET NOUN VERB", "DET ADJ NOUN VERB", "DET NOUN VERB DET ADJ NOUN")


@dataclass(frozen=True)
class Workspace:
    """A folder with a project in it, and the commands a person would give there."""

    root: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment that the tests run in; never raises.

        Python programs begin with the large libraries imported (`preloading/`).
        """
        own = self.environment(**environment)
        if "PATH" not in environment:
            own["PATH"] = f"{programs()}{os.pathsep}{own['PATH']}"
        if command[0] == sys.executable:
            command = (str(programs() / "python"), *command[1:])
        return subprocess.run(
            command, cwd=self.root, env=own, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip

    def dvc(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run DVC."""
        return self.run(sys.executable, "-m", "dvc", *arguments, **environment)

    def repro(self, *arguments: str, **environment: str) -> str:
        """`dvc repro`, which must succeed; gives what it printed."""
        done = self.dvc("repro", *arguments, **environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def environment(self, **more: str) -> dict[str, str]:
        """The test's environment, without what would lead out of the workspace."""
        kept = given_environment()
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        return kept | {"PATH": path, "PYTHONWARNINGS": "default"} | more

    def start_repro(self, **environment: str) -> "subprocess.Popen[str]":
        """`dvc repro` under way, in a process group of its own that a test can end."""
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro"],
            cwd=self.root, env=self.environment(**environment),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def change(self, values: Mapping[str, Any]) -> None:
        """Set parameters by their dotted names."""
        path = self.root / "params.yaml"
        write_params(path, path, values)

    def clone(self, target: Path) -> "Workspace":
        """The same project in another place, its store too: MLflow keeps absolute addresses."""
        shutil.copytree(self.root, target, symlinks=True, copy_function=_copied_or_linked)
        with closing(sqlite3.connect(target / "mlflow.db")) as database, database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for column in database.execute(f"PRAGMA table_info({table})").fetchall():
                    database.execute(
                        f'UPDATE "{table}" SET "{column[1]}" = replace("{column[1]}", ?, ?)'
                        f' WHERE instr("{column[1]}", ?)',
                        (str(self.root), str(target), str(self.root)),
                    )
        return Workspace(target)

    def ran(self, printed: str) -> list[str]:
        """The stages that DVC says it ran."""
        lines = [line for line in printed.splitlines() if line.startswith("Running stage")]
        return [line.split("'")[1] for line in lines]


def _copied_or_linked(source: str, target: str) -> None:
    """A copy; one file for both of what git and MLflow never write again, half of all files."""
    if "/.git/objects/" in source or "/code/pipeline/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder, by name, as the hash of what it holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def make_workspace(place: Path) -> Workspace:
    """A project with the small corpus, committed, nothing run yet."""
    for name in CODE:
        source, target = ROOT / name, place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    workspace = Workspace(place)
    write_treebank(place / "data/source/small")
    workspace.change(SMALL)
    for command in (
        ("init", "-q"), ("config", "user.email", "test@example.org"),
        ("config", "user.name", "Test"), ("add", "-A"), ("commit", "-qm", "start"),
    ):  # fmt: skip
        assert workspace.run("git", *command).returncode == 0
    return workspace


def write_treebank(folder: Path, seed: int = 0, times: int = 1) -> None:
    """Sentences of three rules, in which "run" and "walk" are nouns or verbs by their place."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    for split, sentences in (("train", 120), ("dev", 30), ("test", 30)):
        blocks = []
        for number in range(sentences * times):
            tags = chance.choice(PATTERNS).split()
            words = [chance.choice(LEXICON[tag]) for tag in tags]
            rows = [
                f"{i}\t{word}\t{word}\t{tag}\t_\t_\t{i - 1}\tdep\t_\t_"
                for i, (word, tag) in enumerate(zip(words, tags, strict=True), start=1)
            ]
            blocks.append("\n".join([f"# sent_id = {split}-{number}", *rows, ""]))
        (folder / f"small-{split}.conllu").write_text("\n".join(blocks) + "\n", encoding="utf-8")
