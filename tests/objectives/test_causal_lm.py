"""Next tokens: what is asked, what can be seen, who answers, what is learned."""

import numpy as np
import pytest
import small_training
import torch
from traced_models import encoding_of, predictor

from pipeline.model.batch import Batch
from pipeline.objectives.causal_lm import TiedHead, next_tokens
from pipeline.objectives.question import NOTHING_ASKED
from pipeline.tokens.batches import TokenBatch, batch_of_sentences, gather
from pipeline.tokens.tokenizer import LEARNED


def of_ids(*sentences):
    """Sentences of these token ids, a word each, side by side."""
    width = max(map(len, sentences))
    ids = np.array([[*one, *[0] * (width - len(one))] for one in sentences], np.int32)
    is_token = np.array([[True] * len(one) + [False] * (width - len(one)) for one in sentences])
    return TokenBatch(
        sentence=np.arange(len(sentences)),
        input_ids=ids,
        feature_ids=np.zeros((*ids.shape, 0), np.int32),
        word_ids=np.where(is_token, np.arange(width), 0),
        ends_word=is_token,
        is_token=is_token,
        token_number=np.arange(ids.size).reshape(ids.shape),
    )


UNKNOWN = LEARNED.unknown


def asked_of(tokens):
    return next_tokens(tokens, UNKNOWN)


def test_each_token_is_asked_for_the_one_after_it_and_the_last_for_none():
    asked = asked_of(of_ids([7, 8, 9, 5], [4, 6], [3]))
    none = NOTHING_ASKED
    assert asked.target_ids.tolist() == [[8, 9, 5, none], [6, none, none, none], [none] * 4]
    assert asked.word_ids[0, :3].tolist() == [1, 2, 3]  # the word that the answer is about
    assert asked.targets == 4


def test_an_unknown_word_is_no_target_and_what_comes_after_it_is_one():
    asked = asked_of(of_ids([7, UNKNOWN, 9, UNKNOWN]))
    assert asked.target_ids.tolist() == [[NOTHING_ASKED, 9, NOTHING_ASKED, NOTHING_ASKED]]


def test_of_a_word_in_pieces_each_piece_is_asked_for_and_belongs_to_that_word():
    encoding = encoding_of({"cat": 30}, 40, unit="bpe")
    tokens = batch_of_sentences(encoding, [["cat", "zebra"]])
    asked = asked_of(tokens)
    pieces = np.flatnonzero(tokens.word_ids[0] == 1)
    assert len(pieces) > 1
    assert asked.target_ids[0, pieces - 1].tolist() == tokens.input_ids[0, pieces].tolist()
    assert (asked.word_ids[0, pieces - 1] == 1).all()


def network(seed=0):
    model = predictor("causal_lm", n_layers=2).network
    return model.requires_grad_(False)


@pytest.mark.parametrize("is_explicit", [False, True])
@pytest.mark.parametrize("lengths", [(6,), (6, 3)])
def test_a_later_token_changes_no_earlier_answer(is_explicit, lengths):
    model = network()
    rng = np.random.default_rng(1)
    sentences = [rng.integers(3, 8, length).tolist() for length in lengths]

    def logits(sentences):
        batch = Batch.of(asked_of(of_ids(*sentences)))
        act = (lambda work: work.mixed) if is_explicit else None
        every = torch.arange(batch.input_ids.numel())
        found = model.logits(model(batch, act=act), every)
        return found.view(*batch.input_ids.shape, -1)

    before = logits(sentences)
    for row, sentence in enumerate(sentences):
        for at in range(1, len(sentence)):
            changed = [list(one) for one in sentences]
            changed[row][at] = 3 + (sentence[at] - 2) % 5
            after = logits(changed)
            assert torch.equal(after[row, :at], before[row, :at])
            assert not torch.allclose(after[row, at:], before[row, at:])
    alone = logits(sentences[-1:])[0]
    torch.testing.assert_close(before[-1, : len(sentences[-1])], alone, atol=1e-5, rtol=1e-5)


def test_fused_and_explicit_attention_give_the_same_answers():
    model = network()
    batch = Batch.of(asked_of(of_ids([3, 4, 5, 6, 7], [5, 3])))
    explicit = model(batch, act=lambda work: work.mixed)
    at = batch.target_at
    torch.testing.assert_close(
        model.logits(model(batch), at), model.logits(explicit, at), atol=1e-5, rtol=1e-5
    )


def test_the_head_is_torch_s_linear_layer_with_the_table_of_the_embedding():
    generator = torch.Generator().manual_seed(0)
    model = network()
    table = model.embedding.token.weight
    layer = torch.nn.Linear(*reversed(table.shape))
    vectors = torch.randn(2, 3, table.shape[1], generator=generator)
    layer.weight, layer.bias = table, model.head.bias
    at = torch.tensor([4, 0])
    torch.testing.assert_close(model.logits(vectors, at), layer(vectors.flatten(0, 1)[at]))
    assert model.head.bias.abs().max() > 0
    assert sum(one.numel() for one in TiedHead(9).parameters()) == 9  # no table of its own


def planted(sentences=300, seed=0):
    """After token i comes i + 1, of 3 to 12 in a ring: whoever sees the last token knows it."""
    store = small_training.store(sentences, seed)
    start = np.repeat(store.offsets[:-1], store.lengths)
    first = np.repeat(store.input_ids[store.offsets[:-1]] % 10, store.lengths)
    store.input_ids[:] = 3 + (first + np.arange(len(start)) - start) % 10
    return store


def test_a_training_learns_what_comes_next(monkeypatch):
    def split(sentences=300, seed=0, objective="causal_lm"):
        from pipeline.objectives.objective import AskedSplit

        return AskedSplit(planted(sentences, seed), None)

    monkeypatch.setattr(small_training, "split", split)
    fitted = small_training.train(small_training.settings(max_epochs=6), objective="causal_lm")
    store = planted(40, seed=5)
    question = asked_of(gather(store, np.arange(40)))
    scored = fitted.network.eval().score(Batch.of(question))
    assert int(scored.correct) == question.targets > 100
    assert float(scored.loss.detach()) / question.targets < 0.1
