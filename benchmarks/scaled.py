"""A treebank -> one that is several times as large, with changed words, as CoNLL-U files.

Nothing grows in memory with the number of copies: sentences are read, changed and written one by
one. What is held is the words of one copy.
"""

import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.example import UNKNOWN, Example
from pipeline.corpus.store import read_examples
from pipeline.files import whole_folder
from pipeline.params.tokenize import WordParams
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params
from pipeline.tokens.keyed import keyed_uniform

ROOT = Path(__file__).parents[1]
CODE = ("pipeline", "stages", "params.yaml", "pyproject.toml", "requirements.lock")
SOURCE = "data/source/scaled"
COLUMNS = ("lemma", "upos", "xpos", "feats", "head", "deprel")
"""What is written of each word."""
FILES = {"train": "train.conllu", "validation": "dev.conllu", "test": "test.conllu"}

EXCHANGED = 0.1
"""Share of a copy's known words that another word takes the place of."""
LEAST_CHANGED = 2
"""Words of a copied sentence that are another's, at least; else short sentences would repeat."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_COPIES = len(LETTERS) ** 3


@dataclass(frozen=True, order=True)
class Word:
    """What a word takes along to another's place; head and relation are the place's."""

    form: str
    lemma: str
    xpos: str


@dataclass(frozen=True)
class Pool:
    """The known words of one tag in order of their forms, each as often as the text has it."""

    words: list[Word]
    ends: list[int]
    """Place after the last occurrence of each word."""
    own: Mapping[str, tuple[int, int]]
    """First place of a form's occurrences, and the place after the last."""

    def other(self, form: str, chance: float) -> Word | None:
        """A word of another form, as likely as it is frequent; None where there is no other.

        The form's own places are left out of the draw, so one number in [0, 1) always suffices.
        """
        first, end = self.own[form]
        others = self.ends[-1] - (end - first)
        if not others:
            return None
        at = int(chance * others)
        return self.words[bisect_right(self.ends, at if at < first else at + end - first)]


@dataclass(frozen=True)
class Lexicon:
    """The words of a text, and which of them its vocabulary will know."""

    counts: Mapping[str, int]
    """Of each form as the tokenizer looks it up."""
    pools: Mapping[str, Pool]
    """UPOS -> its known words."""
    word: WordParams

    def is_rare(self, form: str) -> bool:
        """Whether the vocabulary leaves the word out."""
        return self.counts[_looked_up(form, self.word)] < self.word.min_count

    def respelled(self, form: str, copy: int) -> str:
        """A rare word as only this copy spells it.

        The letters go into the middle: two words of one length get them at the same place, so
        different words, or different copies, never come to the same spelling; and the beginning
        and the end, from which the model guesses an unknown word's tag, often stay.

        Raises:
            ValueError: the text itself has a word of that spelling.
        """
        middle = len(form) // 2
        mark = "".join(LETTERS[copy // len(LETTERS) ** place % len(LETTERS)] for place in (2, 1, 0))
        spelled = f"{form[:middle]}q{mark}{form[middle:]}"
        if _looked_up(spelled, self.word) in self.counts:
            raise ValueError(
                f"expected {spelled!r} to be a new word, but the treebank has it: "
                f"choose another letter than q in Lexicon.respelled"
            )
        return spelled


def read_lexicon(sentences: Iterable[Example], word: WordParams) -> Lexicon:
    """Count a text's words, and sort the known ones by their tags."""
    seen: Counter[tuple[str, Word]] = Counter()
    for one in sentences:
        words = map(Word, one.form, one.annotations["lemma"], one.annotations["xpos"])
        seen.update(zip(one.annotations["upos"], words, strict=True))
    counts: Counter[str] = Counter()
    for (_, found), count in seen.items():
        counts[_looked_up(found.form, word)] += count
    known: dict[str, dict[Word, int]] = {}
    for (upos, found), count in sorted(seen.items()):
        if counts[_looked_up(found.form, word)] >= word.min_count:
            known.setdefault(upos, {})[found] = count
    return Lexicon(counts, {upos: _pool(words) for upos, words in known.items()}, word)


def scaled_training(train: Path, times: int, word: WordParams, seed: int) -> Iterator[Example]:
    """A stored split `times` over: once as it is, then copies with changed words.

    In a copy each rare word has a spelling of its own, so that rare words stay rare and the text
    has the more forms the longer it is, as text does; the vocabulary stays what it was. A share
    of the known words is exchanged for words of the same tag. The number of tokens, each tag's
    count and the trees are those of the original.

    Raises:
        ValueError: there are no spellings for so many copies.
    """
    if not 1 <= times <= MOST_COPIES:
        raise ValueError(f"expected 1 to {MOST_COPIES} copies, found {times}")
    lexicon = read_lexicon(read_examples(train), word)
    yield from read_examples(train)
    for copy in range(1, times):
        yield from _changed_copy(read_examples(train), copy, lexicon, seed)


def write_scaled(corpus: Path, folder: Path, times: int, word: WordParams, seed: int) -> None:
    """Write train.conllu `times` as large as the stored training split; dev and test as they are.

    Raises:
        FileNotFoundError, ValueError: as `read_examples` and `scaled_training` say.
    """
    with whole_folder(folder) as beside:
        for split in SPLITS:
            stored = corpus / f"{split}.parquet"
            is_train = split == "train"
            write_conllu(
                scaled_training(stored, times, word, seed) if is_train else read_examples(stored),
                beside / FILES[split],
            )


def write_conllu(sentences: Iterable[Example], path: Path) -> None:
    """Write sentences as CoNLL-U, one at a time (universaldependencies.org/format)."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in sentences:
            file.write(f"# sent_id = {one.sentence_id}\n")
            if genre := one.labels.get("genre"):
                file.write(f"# genre = {genre}\n")
            unknown = (UNKNOWN,) * len(one.form)
            columns = [one.annotations.get(name, unknown) for name in COLUMNS]
            for place, row in enumerate(zip(one.form, *columns, strict=True), 1):
                file.write("\t".join(map(str, (place, *row, UNKNOWN, UNKNOWN))) + "\n")
            file.write("\n")


def make_project(place: Path, corpus: Path, times: int, changes: Mapping[str, Any]) -> Path:
    """Make a project folder whose stages read the scaled treebank and train for one epoch.

    It has this repository's code and parameters, but neither git nor DVC. `changes` are further
    parameters by their dotted names.

    Raises:
        FileExistsError: there is something at the place.
    """
    scaled = {"corpus.kind": "conllu", "corpus.conllu.path": SOURCE, "train.max_epochs": 1}
    copy_project(place, scaled | dict(changes))
    params = read_params(Artifacts(place).params)
    write_scaled(corpus, place / SOURCE, times, params.tokenize.word, params.seed)
    return place


def copy_project(place: Path, changes: Mapping[str, Any]) -> Path:
    """This repository's code and, but for changes, parameters in a new folder, without any data.

    Raises:
        FileExistsError: there is something at the place.
    """
    place.mkdir(parents=True)
    for name in CODE:
        source, target = ROOT / name, place / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    params = Artifacts(place).params
    write_params(params, params, changes)
    return place


def _changed_copy(
    sentences: Iterable[Example], copy: int, lexicon: Lexicon, seed: int
) -> Iterator[Example]:
    """One more copy of the text; its random numbers are keyed by the copy and the word's place."""
    place = np.arange(sum(lexicon.counts.values()))
    is_chosen = keyed_uniform(place, seed, "exchanged word", copy)
    which = keyed_uniform(place, seed, "word in its place", copy)
    start = 0
    for one in sentences:
        end = start + len(one.form)
        yield _changed(one, copy, lexicon, is_chosen[start:end], which[start:end])
        start = end


def _changed(
    one: Example,
    copy: int,
    lexicon: Lexicon,
    is_chosen: Float[np.ndarray, " word"],
    which: Float[np.ndarray, " word"],
) -> Example:
    """The sentence as a copy has it: rare words respelled, some known words exchanged."""
    known = one.annotations
    words = list(map(Word, one.form, known["lemma"], known["xpos"]))
    is_rare = [lexicon.is_rare(form) for form in one.form]
    order = [int(at) for at in np.argsort(is_chosen, kind="stable") if not is_rare[at]]
    count = max(LEAST_CHANGED - sum(is_rare), int((is_chosen[order] < EXCHANGED).sum()))
    for at in order[: max(0, count)]:
        pool = lexicon.pools[known["upos"][at]]
        words[at] = pool.other(one.form[at], float(which[at])) or words[at]
    return replace(
        one,
        sentence_id=f"{one.sentence_id}.{copy}",
        form=tuple(
            lexicon.respelled(word.form, copy) if rare else word.form
            for word, rare in zip(words, is_rare, strict=True)
        ),
        annotations={
            **known,
            "lemma": tuple(word.lemma for word in words),
            "xpos": tuple(word.xpos for word in words),
        },
    )


def _pool(words: Mapping[Word, int]) -> Pool:
    """Known words of a tag, in order, and how often each occurs."""
    ends = list(accumulate(words.values()))
    own: dict[str, tuple[int, int]] = {}
    for word, count, end in zip(words, words.values(), ends, strict=True):
        first, _ = own.get(word.form, (end - count, 0))
        own[word.form] = (first, end)
    return Pool(words=list(words), ends=ends, own=own)


def _looked_up(form: str, word: WordParams) -> str:
    """The form as the vocabulary has it."""
    return form.lower() if word.is_lowercase else form
