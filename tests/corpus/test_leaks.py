import json
import random
from collections import Counter

import pytest

from pipeline.artifacts import SPLITS, CorpusFiles
from pipeline.corpus import alike
from pipeline.corpus.card import read_card
from pipeline.corpus.example import Example
from pipeline.corpus.likeness import LIKE
from pipeline.corpus.notes import leak_notes
from pipeline.corpus.source import Source
from pipeline.corpus.store import ids_left_out, read_examples
from pipeline.corpus.writing import write_corpus

LONG = "the old man who lived next door had a cat"
NEAR = "the old man who lived next door had a dog"


def examples(split, texts):
    return [Example(f"{split}-{i}", tuple(text.split())) for i, text in enumerate(texts)]


def written(folder, drops=False, **texts):
    splits = {split: examples(split, texts[split]) for split in SPLITS}
    write_corpus(folder, Source("conllu", "tiny", "", None, {}, splits), drops)
    kept = {s: [e.sentence_id for e in read_examples(folder / f"{s}.parquet")] for s in SPLITS}
    return read_card(folder), kept


GIVEN = {
    "train": ["a b", LONG, "Not seen", "c d"],
    "validation": [NEAR, "e f", "C D !"],
    "test": ["g h", "not seen", f"{LONG} ."],
}


def test_what_stands_in_two_given_splits_is_reported_with_counts_and_examples(tmp_path):
    card, kept = written(tmp_path, **GIVEN)
    leaks = {(leak["split"], leak["before"]): leak for leak in card["across_splits"]["leaks"]}
    counts = {splits: (leak["equal"], leak["near"]) for splits, leak in leaks.items()}
    assert counts == {
        ("validation", "train"): (1, 1), ("test", "train"): (2, 0), ("test", "validation"): (0, 1),
    }  # fmt: skip
    (twin,) = leaks["test", "validation"]["twins"]
    assert (twin["ids"], twin["texts"]) == (["test-2", "validation-0"], [f"{LONG} .", NEAR])
    assert twin["likeness"] == pytest.approx(9 / 13)
    assert [len(kept[split]) for split in SPLITS] == [4, 3, 3]
    assert not (tmp_path / "left_out.jsonl").exists()
    said = list(leak_notes(card))
    assert said[1].startswith("test, examples that stand in train too: 2 but for case and signs, 0")
    assert "'not seen' and 'Not seen'" in said[1]


def test_what_is_compared_at_a_time_changes_nothing(tmp_path, monkeypatch):
    draw = random.Random(4)
    texts = {s: [" ".join(draw.choices("abc", k=6)) for _ in range(200)] for s in SPLITS}
    whole, _ = written(new(tmp_path / "whole"), **texts)
    monkeypatch.setattr(alike, "AT_ONCE", 30)
    parts, _ = written(new(tmp_path / "parts"), **texts)
    assert parts == whole
    assert all(leak["near"] for leak in whole["across_splits"]["leaks"])


def new(folder):
    folder.mkdir()
    return folder


def test_dropping_leaves_the_test_split_whole_and_nothing_in_two_splits(tmp_path):
    card, kept = written(tmp_path, drops=True, **GIVEN)
    assert kept == {
        "train": ["train-0"], "validation": ["validation-1", "validation-2"],
        "test": ["test-0", "test-1", "test-2"],
    }  # fmt: skip
    assert card["across_splits"]["left_out"] == {"train": 3, "validation": 1, "test": 0}
    assert card["across_splits"]["leaks"] == []
    assert card["splits"]["train"]["sentences"] == 1
    listed = [json.loads(line) for line in (tmp_path / "left_out.jsonl").read_text().splitlines()]
    assert [one["sentence_id"] for one in listed] == ["train-1", "train-2", "train-3",
                                                      "validation-0"]  # fmt: skip
    assert listed[1] == {"split": "train", "sentence_id": "train-2", "text": "Not seen"}
    assert "left out" in "".join(leak_notes(card))


def test_what_is_only_near_to_something_that_goes_stays(tmp_path):
    """Train is near validation, validation near test; without validation's, train's may stay."""
    middle = LONG.split()
    texts = {
        "train": ["x", " ".join([*middle[:-1], "dog"])],
        "validation": ["y", LONG],
        "test": ["z", " ".join(["this", *middle[1:]])],
    }
    _, kept = written(tmp_path, drops=True, **texts)
    assert kept["validation"] == ["validation-0"]
    assert kept["train"] == ["train-0", "train-1"]


def test_dropping_all_of_a_split_says_so(tmp_path):
    with pytest.raises(ValueError, match="train is empty: tiny, without what stands in") as error:
        written(tmp_path, drops=True, train=["a b"], validation=["A b"], test=["c"])
    assert "nearly all examples are alike: say yourself which split each" in str(error.value)


def test_of_many_texts_that_are_all_alike_none_is_left_in_another_split(tmp_path):
    """More than are compared with one another."""
    texts = [f"{LONG} and the number of his house was {i} in that street" for i in range(700)]
    apart = {split: [split, f"{split} too"] for split in SPLITS}
    every = {"train": texts[:600], "validation": texts[600:650], "test": texts[650:]}
    _, kept = written(tmp_path, drops=True, **{s: apart[s] + every[s] for s in SPLITS})
    assert [len(kept[split]) for split in SPLITS] == [2, 2, 52]


def test_without_leaks_dropping_changes_nothing(tmp_path):
    texts = {"train": ["a b c"], "validation": ["d e"], "test": ["f"]}
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, drops=name == "one", **texts)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def made(folder, texts):
    """Splits that were made: by chance here, so that near texts lie on different sides."""
    chance = [random.Random(text).choices(SPLITS, (0.6, 0.2, 0.2))[0] for text in texts]
    pairs = zip(chance, (Example(text, tuple(text.split())) for text in texts), strict=True)
    folder.mkdir()
    write_corpus(folder, Source("table", "tiny", "", None, {}, pairs, is_made=True))
    return {
        e.sentence_id: split for split in SPLITS for e in read_examples(folder / f"{split}.parquet")
    }


def like(one, other):
    first, second = (
        {*zip(["<", *t.split()], [*t.split(), ">"], strict=True)} for t in (one, other)
    )
    return len(first & second) / len(first | second)


def test_of_made_splits_near_texts_never_lie_on_both_sides_and_added_ones_take_out_none(tmp_path):
    chance = random.Random(3)
    texts = [" ".join(chance.choices("abcdefghijklmnopqrst", k=9)) for _ in range(60)]
    for text in texts[:40]:
        words = text.split()
        words[chance.randrange(9)] = "new"
        texts.append(" ".join(words))
    before, after = made(tmp_path / "before", texts[:70]), made(tmp_path / "after", texts)
    assert before.items() <= after.items()
    for one in texts:
        for other in texts:
            if one in after and other in after and like(one, other) >= LIKE:
                assert after[one] == after[other]
    out = [text for text in texts if text not in after]
    assert 5 < len(out) < 30
    for text in out:  # each for a reason
        assert any(like(text, kept) >= LIKE for kept in after)
    assert Counter(after.values())["train"] > 30


def test_what_was_left_out_is_read_again_whatever_signs_end_lines_elsewhere(tmp_path):
    told = {"split": "train", "sentence_id": "1", "text": "a\u2028b\u2029c\x85d"}
    lines = json.dumps(told, ensure_ascii=False) + "\n"
    CorpusFiles(tmp_path).left_out.write_text(lines, encoding="utf-8")
    assert ids_left_out(tmp_path) == {("train", "1")}
