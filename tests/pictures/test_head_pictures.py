"""Which sentences and epochs have a picture of their heads."""

import planted
from traced_models import predictor

from pipeline.artifacts import EpochPictures, SentencePictures
from pipeline.pictures import heads
from pipeline.pictures.heads import draw_epochs, draw_heads
from pipeline.pictures.heatmap import MOST_TOKENS
from pipeline.study.watched import WatchedSentence, weights_on, write_watched


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_sentence_too_long_for_a_picture_has_none_and_the_others_have(tmp_path):
    model, long = predictor(max_length=100), "the cat " * (MOST_TOKENS // 2 + 1)
    sentences = ["the cat sat", long, "on the mat"]
    draw_heads(model.network, model.encoding, sentences, SentencePictures(tmp_path / "heads"))
    assert names(tmp_path / "heads") == ["sentence-1.png", "sentence-3.png"]


def test_a_network_without_attention_has_no_pictures(tmp_path):
    model = predictor(n_layers=0)
    draw_heads(model.network, model.encoding, ["the cat sat"], SentencePictures(tmp_path / "heads"))
    assert names(tmp_path / "heads") == []


def test_of_many_epochs_some_are_drawn_the_first_and_the_last_among_them(tmp_path, monkeypatch):
    monkeypatch.setattr(heads, "MOST_EPOCHS", 4)
    sentence = WatchedSentence(("a", "b"), planted.planted_batch([3, 4]))
    (weights,) = weights_on(planted.planted_network(), [sentence])
    epochs = 3 * 4
    write_watched(
        {f"{epoch}/0": weights.clone() for epoch in range(1, epochs + 1)}, tmp_path / "watched"
    )
    draw_epochs(tmp_path / "watched", [sentence], EpochPictures(tmp_path / "epochs"))
    drawn = names(tmp_path / "epochs")
    assert len(drawn) == 4
    assert (drawn[0], drawn[-1]) == ("epoch-001.png", f"epoch-{epochs:03}.png")


def test_no_epoch_of_a_probe_too_long_for_a_picture_is_drawn(tmp_path):
    model = predictor(max_length=100)
    tokens = ("cat",) * (MOST_TOKENS + 1)
    batch = planted.planted_batch([3] * len(tokens))
    sentence = WatchedSentence(tokens, batch)
    (weights,) = weights_on(model.network, [sentence])
    write_watched({"1/0": weights}, tmp_path / "watched")
    draw_epochs(tmp_path / "watched", [sentence], EpochPictures(tmp_path / "epochs"))
    assert names(tmp_path / "epochs") == []
