import json

import pytest

from benchmarks.contenders import answers


@pytest.mark.parametrize("how", ["forward", "predict"])
def test_every_word_of_validation_is_answered_in_some_seconds(how, finished, tmp_path, monkeypatch):
    outcome = tmp_path / "outcome.json"
    monkeypatch.setattr("sys.argv", ["answers", how, str(finished.root), str(outcome)])
    answers.main()
    told = json.loads(outcome.read_text())
    text = (finished.root / "data/source/small/small-dev.conllu").read_text()
    sentences, words = text.count("# sent_id"), text.count("\tdep\t")
    assert told["tokens"] == words
    assert told["seconds"] > 0
    rate = sentences / told["seconds"]
    assert told["settings"] == f"{sentences:,} sentences, {rate:,.0f} a second"
