import random
from collections import Counter

import pytest
from scipy.stats import binom

from pipeline.corpus.example import Example
from pipeline.corpus.formats.made_splits import made_split

SHARES = (0.8, 0.1, 0.1)
CHANCE = random.Random(0)
TEXTS = [" ".join(CHANCE.choices("abcdefghijklmnop", k=10)) for _ in range(3000)]


def split(text, document=""):
    return made_split(Example("", tuple(text.split()), document=document), SHARES)


def test_case_and_signs_move_no_text():
    for text in TEXTS[:200]:
        assert split(text) == split(f"{text.upper()} !")


def test_the_rows_of_a_document_stay_together():
    assert len({split(text, "one") for text in TEXTS[:100]}) == 1
    assert len({split(text, str(i)) for i, text in enumerate(TEXTS[:100])}) == 3


@pytest.mark.parametrize("share_of_label", [0.5, 0.1])
def test_shares_and_labels_come_out_as_chance_would_have_them(share_of_label):
    """Within the 99.9 % interval of a fair draw."""
    labels = ["rare" if CHANCE.random() < share_of_label else "usual" for _ in TEXTS]
    found = Counter(zip(labels, map(split, TEXTS), strict=True))
    for label, count in Counter(labels).items():
        for name, share in zip(("train", "validation", "test"), SHARES, strict=True):
            low, high = binom.interval(0.999, count, share)
            assert low <= found[label, name] <= high
