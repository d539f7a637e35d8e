import numpy as np
import pytest
import small_training
import torch

from pipeline.model.batch import Batch
from pipeline.study.epochs import EpochWeights
from pipeline.study.watched import (
    WatchedSentence,
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
    """A training of three epochs, and who followed it."""
    watch = EpochWeights(watched)
    params = small_training.settings(max_epochs=3, monitor="validation_loss")
    return small_training.train(params, observers=[watch]), watch


def test_the_kept_epoch_s_weights_are_those_of_the_averaged_network(followed, watched):
    fitted, watch = followed
    assert set(watch.kept) == {"1/0", "2/0", "3/0"}
    kept = watch.kept[f"{fitted.best_epoch}/0"]
    torch.testing.assert_close(kept, weights_on(fitted.network, watched)[0])
    assert not torch.equal(watch.kept["1/0"], watch.kept["3/0"])


@pytest.mark.parametrize("epochs", [1, 3])
def test_what_was_kept_is_taken_back_when_a_training_goes_on(followed, watched, epochs):
    _, watch = followed
    kept = {name: it for name, it in watch.kept.items() if int(name[0]) <= epochs}
    one = EpochWeights(watched)
    one.go_on(kept)
    assert one.kept == kept


def test_what_was_saved_is_read_again(followed, tmp_path):
    _, watch = followed
    watch.save(tmp_path)
    seen = read_watched(tmp_path / "watched.safetensors")
    for epoch, (one,) in enumerate(seen, start=1):
        np.testing.assert_array_equal(one, watch.kept[f"{epoch}/0"])
    assert len(seen) == 3
    tokens = read_watched_tokens(tmp_path / "watched.safetensors")
    assert tokens == [sentence.tokens for sentence in watch.watched]
    assert tokens[0]


def test_where_nothing_attends_nothing_is_kept(tmp_path):
    watch = EpochWeights(())
    watch.go_on({})
    watch.save(tmp_path)
    assert read_watched(tmp_path / "watched.safetensors") == []
