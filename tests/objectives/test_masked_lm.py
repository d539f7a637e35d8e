import numpy as np
import pytest

from pipeline.objectives.masked_lm import mask_words
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.special import Vocabulary
from pipeline.tokens.tokenizer import LEARNED

VOCAB = Vocabulary(5000, LEARNED)
UNKNOWN, MASK = LEARNED.unknown, LEARNED.mask


def batch(rows=200, width=50):
    """Full rows but the last, which is half padding; every tenth token is an unknown word."""
    size = rows * width
    position = np.arange(size).reshape(rows, width)
    input_ids = 3 + position % (VOCAB.size - 3)
    input_ids[position % 10 == 0] = UNKNOWN
    is_token = np.ones((rows, width), dtype=bool)
    is_token[-1, width // 2 :] = False
    return TokenBatch(
        sentence=np.arange(rows),
        input_ids=np.where(is_token, input_ids, 0).astype(np.int32),
        feature_ids=np.ones((rows, width, 2), dtype=np.int32),
        word_ids=np.tile(np.arange(width), (rows, 1)),
        ends_word=is_token,
        is_token=is_token,
        token_number=position,
    )


def test_masking_follows_80_10_10():
    before, share = batch(), 0.15
    after = mask_words(before, share, VOCAB, seed=1, epoch=0)
    is_target = after.target_ids >= 0
    could_be = before.is_token & (before.input_ids != UNKNOWN)
    assert is_target[could_be].mean() == pytest.approx(share, abs=0.01)
    seen, right = after.tokens.input_ids[is_target], before.input_ids[is_target]
    assert (seen == MASK).mean() == pytest.approx(0.8, abs=0.03)
    assert (seen == right).mean() == pytest.approx(0.1, abs=0.03)
    replaced = seen[(seen != MASK) & (seen != right)]
    assert replaced.min() >= 3
    assert replaced.max() < VOCAB.size


def test_targets_are_the_hidden_words_and_nothing_else_changes():
    before = batch()
    after = mask_words(before, 0.15, VOCAB, seed=1, epoch=0)
    is_target = after.target_ids >= 0
    assert (after.target_ids[is_target] == before.input_ids[is_target]).all()
    assert (after.tokens.input_ids[~is_target] == before.input_ids[~is_target]).all()
    assert not is_target[~before.is_token].any()
    assert not is_target[before.input_ids == UNKNOWN].any()


def test_a_hidden_word_cannot_be_read_off_its_parts():
    before = batch()
    after = mask_words(before, 0.15, VOCAB, seed=1, epoch=0)
    is_changed = after.tokens.input_ids != before.input_ids
    assert (after.tokens.feature_ids[is_changed] == 0).all()
    assert (after.tokens.feature_ids[~is_changed] == 1)[before.is_token[~is_changed]].mean() > 0.99


def test_masks_depend_on_seed_and_epoch_and_not_on_the_company():
    whole = batch()
    part = TokenBatch(**{name: array[5:7] for name, array in vars(whole).items()})
    masked = mask_words(whole, 0.15, VOCAB, seed=1, epoch=2)
    alone = mask_words(part, 0.15, VOCAB, seed=1, epoch=2)
    assert (alone.tokens.input_ids == masked.tokens.input_ids[5:7]).all()
    for seed, epoch in ((2, 2), (1, 3)):
        other = mask_words(whole, 0.15, VOCAB, seed, epoch)
        assert (other.tokens.input_ids != masked.tokens.input_ids).any()
