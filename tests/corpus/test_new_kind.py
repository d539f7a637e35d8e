"""A new kind of source is a file in `corpus/sources/` and one in `params/sources/`: no more."""

import json

import pytest

SETTINGS = '''"""Source `counted`: sentences of numbers."""

from typing import Literal

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Positive, Section


class CountedParams(Section):
    """How many."""

    sentences: Positive
    """In each split."""


class CountedCorpus(CorpusParams):
    """Numbers."""

    kind: Literal["counted"]
    counted: CountedParams
'''
SOURCE = '''"""Source `counted`: sentences of numbers."""

from pipeline.artifacts import SPLITS
from pipeline.corpus.example import Example
from pipeline.corpus.source import Source


def open_source(params, artifacts):
    """As many as params.yaml says."""

    def examples(split):
        for n in range(params.counted.sentences):
            yield Example(f"{split}-{n}", ("one", str(n)), labels={"mood": "glad"})

    splits = {split: examples(split) for split in SPLITS}
    return Source("counted", "numbers", "nowhere", None, {}, splits)
'''


@pytest.fixture
def extended(copied):
    """A finished project on another kind, to which the files of a new one were added."""
    assert copied.dvc("status").stdout.strip() == "Data and pipelines are up to date."
    (copied.root / "pipeline/params/sources/counted.py").write_text(SETTINGS)
    (copied.root / "pipeline/corpus/sources/counted.py").write_text(SOURCE)
    copied.change({"corpus.counted": {"sentences": 3}})
    return copied


def test_a_new_kind_reruns_nothing_of_those_who_do_not_use_it(extended):
    assert extended.dvc("status").stdout.strip() == "Data and pipelines are up to date."
    assert extended.ran(extended.repro("--dry")) == []


def test_a_new_kind_is_found_by_its_name_when_it_is_chosen(extended):
    extended.change({"corpus.kind": "counted"})
    assert extended.ran(extended.repro("corpus")) == ["corpus"]
    card = json.loads((extended.root / "data/corpus/card.json").read_text())
    assert (card["source"], card["splits"]["test"]["sentences"]) == ("counted", 3)
    assert card["columns"] == {"annotations": [], "has_text": False, "labels": ["mood"]}
    assert extended.dvc("status", "corpus").stdout.strip() == "Data and pipelines are up to date."
    for name in ("params", "corpus"):
        path = extended.root / f"pipeline/{name}/sources/counted.py"
        before = path.read_text()
        path.write_text(f"{before}\n")
        assert f"pipeline/{name}/sources/counted.py" in extended.dvc("status", "corpus").stdout
        path.write_text(before)


def test_a_kind_that_there_is_not_loses_nothing(copied):
    """DVC finds no file of that name, and takes the outputs away before it says so."""
    copied.change({"corpus.kind": "conlu", "corpus.conlu": {}})
    done = copied.dvc("repro")
    assert "pipeline/corpus/sources/conlu.py" in done.stdout
    assert done.returncode != 0
    copied.change({"corpus.kind": "conllu"})
    assert copied.ran(copied.repro()) == []
    assert (copied.root / "data/corpus/card.json").is_file()
