"""What one study of effects is made of: which sentences, and what is asked about them."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import torch
from small_objectives import classification

from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.objectives.question import Question
from pipeline.resampling import Resampling
from pipeline.study.interventions.ablation import ablate_each, prune_greedily
from pipeline.study.interventions.effects import effect_rows, study_effects
from pipeline.study.interventions.faithfulness import study_faithfulness
from pipeline.tokens.keyed import keyed_seed

ALIKE = np.zeros(planted.VOCAB, np.int64)
SENTENCES = ([3, 4, 5, 3], [4, 5], [1], [3, 5, 4, 4, 5, 3, 4, 5], [2, 3, 1])


def hiding(batch):
    """Asks about every second token only, and hides it."""
    is_asked = (np.arange(batch.input_ids.shape[1]) % 2 == 0) & batch.is_token
    seen = np.where(is_asked, 2, batch.input_ids).astype(batch.input_ids.dtype)
    targets = np.where(is_asked, batch.input_ids, -1)
    return Question(replace(batch, input_ids=seen), targets, batch.word_ids)


def studied(prepare, sentences=9):
    store = planted.planted_store(*SENTENCES)
    return study_effects(planted.planted_network(), store, prepare, 64, sentences, 1, ALIKE)


def test_what_the_objective_asks_is_what_everything_is_measured_by():
    found, network = studied(hiding), planted.planted_network()
    asked = [Batch.of(hiding(planted.planted_tokens(*SENTENCES)))]
    pruning = prune_greedily(network, asked)
    assert [step.head for step in found.pruning.steps] == [step.head for step in pruning.steps]
    assert [step.changed.loss for step in found.pruning.steps] == pytest.approx(
        [step.changed.loss for step in pruning.steps], abs=1e-5
    )
    expected = ablate_each(network, asked)
    for kind in ("zero", "mean"):
        (ours,), (theirs,) = getattr(found.ablated, kind), getattr(expected, kind)
        for one, other in zip(ours, theirs, strict=True):
            # The split's sentences, in the order of its batches.
            np.testing.assert_allclose(one.losses, other.losses[found.sentences], atol=1e-4)
            np.testing.assert_array_equal(one.targets, other.targets[found.sentences])
    np.testing.assert_allclose(found.pruning.whole.importance, pruning.whole.importance, atol=1e-5)
    alone = [Batch.of(hiding(planted.planted_tokens(one))) for one in (SENTENCES[4], SENTENCES[0])]
    alone += [Batch.of(hiding(planted.planted_tokens(SENTENCES[3])))]
    expected = study_faithfulness(network, alone, 64, 1, ALIKE)
    plain = studied(planted.ask_before)
    for name in ("tau_leave_one_out", "uniform_change", "comprehensiveness", "sufficiency"):
        ours = found.faithfulness.heads[name]
        np.testing.assert_allclose(ours.total, expected.heads[name].total, atol=1e-9)
        if name != "tau_leave_one_out":
            assert np.abs(ours.total - plain.faithfulness.heads[name].total).max() > 1e-3, name
    assert np.abs(found.pruning.whole.importance - plain.pruning.whole.importance).max() > 1e-3


def test_sentences_too_short_to_rank_are_not_among_those_whose_weights_are_changed():
    """Of three, the sentences with three tokens or more, unknown words or none."""
    found, network = studied(planted.ask_before, sentences=3), planted.planted_network()
    longer = [one for one in SENTENCES if len(one) > 2]
    alone = [planted.planted_batch(one) for one in sorted(longer, key=len)]
    expected = study_faithfulness(network, alone, 64, 1, ALIKE)
    assert [SENTENCES[number] for number in found.sampled] == sorted(longer, key=len)
    for name, sums in expected.heads.items():
        ours = found.faithfulness.heads[name]
        np.testing.assert_allclose(ours.total, sums.total, atol=1e-9, err_msg=name)


def test_with_no_sentences_nothing_is_said_of_faithfulness():
    found = studied(planted.ask_before, sentences=0)
    assert found.faithfulness is None
    assert len(found.sampled) == 0
    assert keyed_seed(1, "shuffled", 0) != keyed_seed(1, "shuffled", 1)


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_no_row_of_weights_is_asked_about_an_answer_that_is_read_from_the_whole_sentence(pooling):
    planted_shape = planted.planted_network().shape
    objective = classification(pooling=pooling)
    shape = planted_shape.model_copy(update={"objective": objective, "classes": ("a", "b")})
    network = Network(shape).eval().requires_grad_(False)
    network.initialise(torch.randn(6, 48, generator=torch.Generator().manual_seed(1)), seed=2)

    def prepare(tokens):
        kinds = tokens.sentence[:, None] % 2
        return Question(tokens, kinds, np.zeros_like(kinds))

    store = planted.planted_store(*SENTENCES)
    found = study_effects(network, store, prepare, 64, 9, 1, ALIKE)
    assert found.faithfulness is None
    assert not len(found.sampled)
    assert (found.pruning.whole.importance > 0).all()


def test_of_a_single_document_nothing_has_an_interval():
    found = studied(hiding)
    of_sentences = [*effect_rows(found, Resampling(20, 0.95, 0))]
    one = np.zeros(len(SENTENCES), np.int64)
    of_one = [*effect_rows(found, Resampling(20, 0.95, 0, unit=one))]
    assert any(row.low is not None for row in of_sentences)
    assert {(row.low, row.high) for row in of_one} == {(None, None)}
    for one, other in zip(of_one, of_sentences, strict=True):
        assert one.value == (other.value and pytest.approx(other.value))
