import csv
import random
import re

import pytest
from click.testing import CliRunner
from tiny_corpora import SETTINGS, train_in
from workspace import ROOT

from pipeline.cli.group import main
from pipeline.model.history import read_history
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params

OPINION = {"good": ("great", "lovely", "fine", "laughed"), "bad": ("dull", "awful", "thin", "cold")}
FILLING = ["the", "plot", "was", "and", "it", "a", "film", "about", "me", "all", "evening", "music",
           "scene", "seven", "people", "in", "town", "who", "sang", "of", "snow"]  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with reviews in which two of four words tell the label."""
    (tmp_path / "data/source").mkdir(parents=True)
    small = {name: value for name, value in SETTINGS.items() if not name.startswith("corpus")}
    more = {"train.max_epochs": 4, "tokenize.max_length": 40, "encoder.d_model": 16}
    write_params(ROOT / "params.yaml", tmp_path / "params.yaml", small | more)
    (tmp_path / "dvc.yaml").write_text((ROOT / "dvc.yaml").read_text())
    chance = random.Random(0)
    with (tmp_path / "data/source/reviews.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        for i in range(300):
            label = ("good", "bad")[i % 3 == 0]
            words = chance.choices(FILLING, k=8) + chance.choices(OPINION[label], k=2)
            chance.shuffle(words)
            table.writerow([f"{' '.join(words)}, wasn't it?\n", label])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands():
    text = (ROOT / "examples/reviews/README.md").read_text()
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return block.splitlines()


def test_the_commands_of_the_example_lead_from_a_csv_file_to_a_model(project):
    begin, repro, trace = commands()
    assert repro == "dvc repro"
    assert CliRunner().invoke(main, begin.split()[1:]).exit_code == 0
    params = read_params(project / "params.yaml")
    assert (params.corpus.table.text, params.objective.target) == ("text", "label")
    train_in(project)
    assert read_history(project / "data/model")[-1].validation_accuracy > 0.9  # always good: 0.67
    sentence = re.search('"(.*)"', trace)[1]
    shown = CliRunner().invoke(main, ["trace", sentence])
    assert shown.exit_code == 0, shown.output
    assert "good" in shown.output
