"""Words and hand-made features -> a linear-chain CRF tagger: what one gets without attention.

Run after `dvc repro corpus`, where python-crfsuite and pyarrow are installed:
`python benchmarks/crf.py data/corpus` prints accuracies and the seconds of training.
"""

import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
import pycrfsuite


def read(path: Path) -> list[tuple[list[str], list[str]]]:
    """Words and tags of every sentence."""
    table = pq.read_table(path, columns=["form", "upos"])
    return list(zip(table["form"].to_pylist(), table["upos"].to_pylist(), strict=True))


def features(words: list[str], i: int) -> list[str]:
    """The word, its ends, its case and digits, and its neighbours."""
    word = words[i]
    lower = word.lower()
    found = ["bias", f"w={lower}", f"title={word.istitle()}", f"upper={word.isupper()}",
             f"digit={any(c.isdigit() for c in word)}", f"hyphen={'-' in word}"]  # fmt: skip
    found += [f"p{n}={lower[:n]}" for n in (1, 2, 3)] + [f"s{n}={lower[-n:]}" for n in (1, 2, 3, 4)]
    for offset in (-2, -1, 1, 2):
        at = i + offset
        other = words[at].lower() if 0 <= at < len(words) else "<none>"
        found.append(f"{offset}:w={other}")
        if abs(offset) == 1:
            found.append(f"{offset}:s3={other[-3:]}")
    return found


def main(corpus: Path) -> None:
    """Train on train, tag validation and test."""
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 50})
    start = time.perf_counter()
    for words, tags in read(corpus / "train.parquet"):
        trainer.append([features(words, i) for i in range(len(words))], tags)
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "crf")
        trainer.train(model)
        seconds = time.perf_counter() - start
        tagger = pycrfsuite.Tagger()
        tagger.open(model)
        for split in ("validation", "test"):
            right = total = 0
            for words, tags in read(corpus / f"{split}.parquet"):
                found = tagger.tag([features(words, i) for i in range(len(words))])
                right += sum(a == b for a, b in zip(found, tags, strict=True))
                total += len(tags)
            print(f"{split}: accuracy {right / total:.4f}")
    print(f"training, features included: {seconds:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
