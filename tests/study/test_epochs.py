import numpy as np
import pytest
import small_training
import torch

from pipeline.model.batch import Batch
from pipeline.study.epochs import EpochWeights
from pipeline.study.watched import (
    WatchedSentence,
    head_figures,
    read_watched,
    read_watched_tokens,
    weights_on,
)


@pytest.fixture(scope="module")
def watched():
    ids = small_training.store().input_ids[:5][None].astype(int)
    nothing = torch.arange(0)
    batch = Batch(
        torch.from_numpy(ids), torch.zeros(1, 5, 0, dtype=torch.int32), None, nothing, nothing, 5
    )
    return (WatchedSentence(tuple("abcde"), batch),)


@pytest.fixture(scope="module")
def followed(watched):
    """A training of three epochs, who followed it, and what that told."""
    told = []
    watch = EpochWeights(watched, lambda figures, epoch: told.append((epoch, figures)))
    params = small_training.settings(max_epochs=3, monitor="validation_loss")
    return small_training.train(params, observers=[watch]), watch, told


def test_the_kept_epoch_s_weights_are_those_of_the_averaged_network(followed, watched):
    fitted, watch, _ = followed
    assert set(watch.kept) == {"1/0", "2/0", "3/0"}
    kept = watch.kept[f"{fitted.best_epoch}/0"]
    torch.testing.assert_close(kept, weights_on(fitted.network, watched)[0])
    assert not torch.equal(watch.kept["1/0"], watch.kept["3/0"])


def test_every_epoch_is_told_as_its_weights_have_it(followed):
    _, watch, told = followed
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    for epoch, figures in told:
        assert figures == head_figures([watch.kept[f"{epoch}/0"]])


@pytest.mark.parametrize("epochs", [1, 3])
def test_what_was_kept_is_told_again_when_a_training_goes_on(followed, watched, epochs):
    _, watch, told = followed
    kept = {name: it for name, it in watch.kept.items() if int(name[0]) <= epochs}
    again = []
    one = EpochWeights(watched, lambda figures, epoch: again.append((epoch, figures)))
    one.go_on(kept)
    assert again == told[:epochs]
    assert one.kept == kept


def test_what_was_saved_is_told_again(followed, tmp_path):
    _, watch, told = followed
    watch.save(tmp_path)
    again = []
    EpochWeights((), lambda figures, epoch: again.append((epoch, figures))).recall(tmp_path)
    assert again == told
    seen = read_watched(tmp_path / "watched.safetensors")
    np.testing.assert_array_equal(seen[2][0], watch.kept["3/0"])
    tokens = read_watched_tokens(tmp_path / "watched.safetensors")
    assert tokens == [sentence.tokens for sentence in watch.watched]
    assert tokens[0]


def test_where_nothing_attends_nothing_is_told(tmp_path):
    told = []
    watch = EpochWeights((), lambda *figures: told.append(figures))
    watch.go_on({})
    watch.save(tmp_path)
    watch.recall(tmp_path)
    assert not told
