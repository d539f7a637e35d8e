import json
from itertools import chain

import pytest

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.card import read_card
from pipeline.corpus.sources.text import open_source
from pipeline.corpus.store import read_examples
from pipeline.corpus.writing import write_corpus
from pipeline.params.sources.text import TextCorpus, TextParams


def read(root, unit, files, path="data/source/mine.txt", encoding="utf-8"):
    for name, data in files.items():
        place = root / "data/source" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data if isinstance(data, bytes) else data.encode())
    text = TextParams(
        path=path, encoding=encoding, unit=unit, shares=(0.4, 0.3, 0.3), licence="CC0"
    )
    corpus = TextCorpus(kind="text", leaks="keep", max_rejected=0.2, train_examples=None, text=text)
    folder = root / "corpus"
    folder.mkdir()
    write_corpus(folder, open_source(corpus, Artifacts(root)))
    found = {s: [e.text for e in read_examples(folder / f"{s}.parquet")] for s in SPLITS}
    return found, read_card(folder)


LINES = [f"  line {i} of {i * i}, \u201equoted\u201c" for i in range(30)]


def test_each_line_is_an_example_whatever_ends_it_and_empty_ones_are_counted(tmp_path):
    ends = ["\n", "\r\n", "\r"]
    text = "".join(line + ends[i % 3] for i, line in enumerate(LINES)) + "\n\n \n\ufeff\u200b"
    found, card = read(tmp_path, "line", {"mine.txt": text})
    assert sorted(chain(*found.values())) == sorted(LINES)
    (held,) = card["found"].values()
    assert (held["rows"], held["empty"], held["rejected"]) == (31, 2, 1)
    rejected = json.loads((tmp_path / "corpus/rejected.jsonl").read_text())
    assert rejected == {
        "file": "data/source/mine.txt", "row": 33,
        "reason": "its text has nothing that can be seen",
    }  # fmt: skip
    assert card["licence"] == "CC0"


def test_each_paragraph_is_an_example_with_the_line_ends_inside_it(tmp_path):
    parts = [f"{one}\n  and more" for one in LINES]
    found, _ = read(tmp_path, "paragraph", {"mine.txt": "\n\n" + "\n \n\n".join(parts) + "\n"})
    assert sorted(chain(*found.values())) == sorted(parts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_each_file_is_an_example_where_documents_are(tmp_path, encoding):
    files = {f"mine/{i}.txt": f"{one}\n\nend\n".encode(encoding) for i, one in enumerate(LINES)}
    named = "windows-1252" if encoding == "windows-1252" else "utf-8"
    found, card = read(tmp_path, "document", files, "data/source/mine", named)
    assert sorted(chain(*found.values())) == sorted(f"{one}\n\nend\n" for one in LINES)
    assert len(card["found"]) == 30


def test_files_named_after_splits_are_these_splits(tmp_path):
    files = {f"{name}.txt": f"of {name}" for name in ("train", "dev", "test")}
    found, _ = read(tmp_path, "line", files, "data/source/*.txt")
    assert found == {"train": ["of train"], "validation": ["of dev"], "test": ["of test"]}
