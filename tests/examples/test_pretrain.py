"""The way of `examples/pretrain`, followed on a text and tags that the test makes."""

import random
import shutil

from tiny_corpora import all_stages, trained
from ways import FEW, told_by

from pipeline.artifacts import Artifacts, StartFiles, TokensFiles
from pipeline.files import hash_file
from pipeline.model.checkpoint import load_network

WORDS = {"D": ["the", "a", "this"], "N": ["cat", "dog", "bird"], "V": ["sees", "hears"]}
FILES = {"train": 60, "validation": 10, "test": 10}


def drawn(count, seed):
    chance = random.Random(seed)
    return [[(chance.choice(WORDS[tag]), tag) for tag in "DNVDN"] for _ in range(count)]


def test_a_tagger_starts_from_a_model_of_hidden_words(tmp_path):
    first, second = told_by("pretrain")
    artifacts = Artifacts(tmp_path)
    text = tmp_path / first["corpus.text.path"]
    tagged, start = (tmp_path / second[it] for it in ("corpus.conllu.path", "train.start_from"))
    text.mkdir(parents=True)
    tagged.mkdir()
    for seed, (split, count) in enumerate(FILES.items()):
        lines = "".join(" ".join(word for word, _ in one) + "\n" for one in drawn(count, seed))
        (text / f"{split}.txt").write_text(lines, encoding="utf-8")
        blocks = (
            "".join(f"{i}\t{w}\t_\t{t}\t_\t_\t0\t_\t_\t_\n" for i, (w, t) in enumerate(one, 1))
            for one in drawn(count // 5, seed + 9)
        )
        (tagged / f"{split}.conllu").write_text("\n".join(blocks), encoding="utf-8")
    trained(tmp_path, FEW | first)
    shutil.copytree(artifacts.model, start)
    for folder in artifacts.outputs:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(tmp_path / "checkpoints", ignore_errors=True)
    figures = all_stages(tmp_path, FEW | second)
    assert figures["test"]["accuracy"] > 0.9
    kept = StartFiles(TokensFiles(artifacts.tokens).start)
    assert hash_file(kept.weights) == hash_file(StartFiles(start).weights)
    assert load_network(artifacts.model).shape.objective.kind == "tagging"
