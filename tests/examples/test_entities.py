"""The way of `examples/entities`, followed on names that can be told by the words around them."""

import random

import pyarrow.parquet as pq
import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from tiny_corpora import all_stages
from ways import FEW, told_by

from pipeline.artifacts import Artifacts, SplitFiles
from pipeline.corpus.looking.look import look_at
from pipeline.model.checkpoint import load_network
from pipeline.study.trace import trace_sentence
from pipeline.terminal.trace import trace_lines
from pipeline.tokens.encoding import load_encoding

LETTERS = "bcdfghklmnprst"


def name(chance):
    return "".join(chance.choice(LETTERS) + chance.choice("aeiou") for _ in range(2)).title()


def sentences(count, seed):
    """Who met whom where: a person after "met" or "Dr", a place after "in" or "New"."""
    chance = random.Random(seed)
    for _ in range(count):
        rows = [("they", "O")]
        for before, kind, title in (("met", "PER", "Dr"), ("in", "LOC", "New")):
            words = [title] * chance.randint(0, 1) + [name(chance)]
            tags = [f"B-{kind}", f"I-{kind}"][: len(words)]
            rows += [(before, "O"), *zip(words, tags, strict=True)]
        yield [*rows, (".", "O")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What came of the way, and where."""
    root = tmp_path_factory.mktemp("entities")
    (settings,) = told_by("entities")
    folder = root / settings["corpus.conll.path"]
    folder.mkdir(parents=True)
    for seed, (split, count) in enumerate((("train", 150), ("dev", 20), ("test", 20))):
        rows = ("".join(f"{w} {t}\n" for w, t in one) + "\n" for one in sentences(count, seed))
        (folder / f"{split}.conll").write_text("".join(rows), encoding="utf-8")
    return Artifacts(root), all_stages(root, FEW | settings)


def test_init_sets_what_the_page_tells(made):
    artifacts, _ = made
    (settings,) = told_by("entities")
    look = look_at(artifacts, settings["corpus.conll.path"], 512)
    assert {it.name: it.value for it in look.choices}.items() <= settings.items()
    assert "ner: its tags (bio) mark 380 parts of sentences: PER 190, LOC 190" in look.said


def test_names_are_found_that_training_never_had(made):
    artifacts, figures = made
    assert figures["test"]["f1"] > 0.9
    assert figures["test"]["f1"] > figures["baselines"]["known_spans"]["test"] + 0.3
    files = SplitFiles(artifacts.evidence / "test")
    kept = pq.read_table(files.predictions).to_pydict()
    tags = {}
    for sentence, *pair in zip(kept["sentence_id"], kept["gold"], kept["predicted"], strict=True):
        tags.setdefault(sentence, []).append(pair)
    gold, answered = ([[pair[i] for pair in one] for one in tags.values()] for i in (0, 1))
    theirs = f1_score(gold, answered, mode="strict", scheme=IOB2)
    assert figures["test"]["f1"] == pytest.approx(theirs, abs=1e-6)
    assert files.classes.read_text().splitlines()[0] == "class precision recall f1 support".replace(
        " ", ","
    )


def test_the_trace_tells_the_names_that_the_tags_make_up(made):
    artifacts, _ = made
    network, encoding = load_network(artifacts.model), load_encoding(artifacts.model)
    trace = trace_sentence(network, encoding, ["they", "met", "Dr", "Bo", "in", "Ro", "."])
    assert [(it.kind, it.start, it.end) for it in trace.spans] == [("PER", 2, 4), ("LOC", 5, 6)]
    printed = "\n".join(trace_lines(trace))
    assert 'PER: "Dr Bo"' in printed
