from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.artifacts import SplitArrays
from pipeline.tokens.batches import gather, plan_batches, plan_epoch, side_by_side
from pipeline.tokens.store import TokenWriter, open_tokens

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=60).map(np.array)


def write(folder, lengths, n_slots=2):
    tokens = int(np.sum(lengths))
    with TokenWriter(folder, n_slots) as writer:
        middle = len(lengths) // 2
        for part, start in (
            (lengths[:middle], 0),
            (lengths[middle:], int(np.sum(lengths[:middle]))),
        ):
            at = np.arange(start, start + int(np.sum(part)))
            writer.append(
                np.asarray(part),
                input_ids=at + 3,
                feature_ids=np.stack([at, at + 1], axis=1),
                word_ids=at * 0,
                ends_word=at % 2 == 0,
            )
    return tokens


@given(lengths=LENGTHS, budget=st.integers(1, 100), seed=st.integers(0, 99))
def test_every_sentence_is_in_exactly_one_batch_within_the_budget(lengths, budget, seed):
    for plan in (plan_epoch(lengths, budget, seed, 0), plan_batches(lengths, budget)):
        assert sorted(np.concatenate(plan)) == list(range(len(lengths)))
        for batch in plan:
            assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget


@given(lengths=LENGTHS, seed=st.integers(0, 99))
def test_an_epoch_depends_on_seed_and_epoch_alone(lengths, seed):
    once, again = (plan_epoch(lengths, 40, seed, 3) for _ in range(2))
    assert [b.tolist() for b in once] == [b.tolist() for b in again]


def test_epochs_differ_in_order_and_in_company():
    lengths = np.random.default_rng(0).integers(1, 30, 500)
    first, second = (plan_epoch(lengths, 100, 1, epoch) for epoch in (0, 1))
    assert [b.tolist() for b in first] != [b.tolist() for b in second]
    assert {tuple(sorted(b)) for b in first} != {tuple(sorted(b)) for b in second}


def test_little_is_padding_when_lengths_vary_much():
    lengths = np.random.default_rng(0).integers(1, 60, 5000)
    plan = plan_epoch(lengths, 1024, 0, 0)
    padded = sum(len(batch) * lengths[batch].max() for batch in plan)
    assert lengths.sum() / padded > 0.94


def test_a_batch_holds_its_sentences_tokens_and_padding(tmp_path):
    write(tmp_path / "train", np.array([2, 3, 1]))
    batch = gather(open_tokens(tmp_path / "train"), np.array([2, 1]))
    assert batch.input_ids.tolist() == [[8, 0, 0], [5, 6, 7]]
    assert batch.is_token.tolist() == [[True, False, False], [True, True, True]]
    assert batch.ends_word.tolist() == [[False, False, False], [True, False, True]]
    assert batch.feature_ids[0].tolist() == [[5, 6], [0, 0], [0, 0]]
    assert batch.token_number[1].tolist() == [2, 3, 4]


def test_batches_side_by_side_are_the_batch_of_all_their_sentences(tmp_path):
    write(tmp_path / "train", np.array([2, 3, 1, 5]))
    store = open_tokens(tmp_path / "train")
    parts = [gather(store, np.array(sentences)) for sentences in ([2], [3, 0], [1])]
    whole = gather(store, np.array([2, 3, 0, 1]))
    for name, array in vars(side_by_side(parts)).items():
        np.testing.assert_array_equal(array, vars(whole)[name])


def test_arrays_grow_to_plain_numpy_files_that_are_mapped(tmp_path):
    tokens = write(tmp_path / "train", np.array([4, 5, 6]))
    store = open_tokens(tmp_path / "train")
    assert len(store) == 3
    assert store.lengths.tolist() == [4, 5, 6]
    assert isinstance(store.input_ids.base, np.memmap)
    assert np.load(tmp_path / "train/input_ids.npy").tolist() == list(range(3, tokens + 3))
    assert store.feature_ids.shape == (tokens, 2)


@pytest.mark.parametrize("name", vars(SplitArrays(Path())))
def test_a_truncated_or_missing_array_is_named_with_what_to_do(tmp_path, name):
    write(tmp_path / "train", np.array([4, 5, 6]))
    path = tmp_path / "train" / f"{name}.npy"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"data/tokens/train cannot be read.*dvc checkout"):
        open_tokens(tmp_path / "train")
    path.unlink()
    with pytest.raises(ValueError, match=r"data/tokens/train cannot be read.*dvc checkout"):
        open_tokens(tmp_path / "train")


def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path):
    write(tmp_path / "train", np.array([4, 5, 6]))
    np.save(tmp_path / "train/word_ids.npy", np.zeros(3, dtype=np.int32))
    with pytest.raises(ValueError, match=r"expected 15 tokens in every array"):
        open_tokens(tmp_path / "train")
