import numpy as np
import planted
import small_training
import torch
from traced_models import encoding_of

from pipeline.params.train import WatchedParams
from pipeline.study.watched import (
    WatchedSentence,
    choose_watched,
    spread_sentences,
    weights_on,
)


def planted_sentences(*sentences):
    return [WatchedSentence(tuple(map(str, one)), planted.planted_batch(one)) for one in sentences]


def test_watched_of_validation_are_short_and_long_without_special_tokens():
    store = small_training.store(60)
    has_special = np.arange(60) % 3 == 0
    chosen = list(spread_sentences(store.lengths, ~has_special, 4))
    assert chosen == list(spread_sentences(store.lengths, ~has_special, 4))
    ids = [store.input_ids[store.offsets[i] : store.offsets[i + 1]] for i in chosen]
    assert len(set(chosen)) == 4
    assert not has_special[chosen].any()
    wanted = np.quantile(store.lengths, [0.125, 0.375, 0.625, 0.875], method="lower")
    lengths = [len(one) for one in ids]
    assert lengths == sorted(lengths)
    assert all(found >= least for found, least in zip(lengths, wanted, strict=True))


def test_a_network_in_training_is_looked_at_without_dropout_and_goes_on_training():
    watched, network = planted_sentences([3, 4, 3, 5]), planted.planted_network(n_layers=2)
    torch.manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    (expected,) = weights_on(network.eval(), watched)
    (found,) = weights_on(network.train(), watched)
    assert torch.equal(found, expected)
    assert network.training


def test_a_probe_is_a_text_or_a_list_of_its_words():
    encoding = encoding_of({"can not": 2, "do": 1}, 9)
    given = WatchedParams.model_validate(
        {"sentences": ["can not do", ["can not", "do"]], "from_validation": 0}
    )
    watched = choose_watched(encoding, small_training.store(3), given)
    assert [sentence.tokens for sentence in watched] == [("can", "not", "do"), ("can not", "do")]
