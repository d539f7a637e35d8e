"""Tags that can stand together, and decoding, which is the best there is."""

from itertools import product

import numpy as np
import pytest

from pipeline.corpus.formats.span_tags import first_fault, tag_names
from pipeline.objectives.legal_tags import Legal, likeliest_legal

KINDS = ("LOC", "PER-name")


@pytest.mark.parametrize("scheme", ["bio", "iobes"])
def test_what_is_legal_is_what_reads_back_as_it_was_written(scheme):
    names = tag_names(KINDS, scheme)
    legal = Legal.of(names)
    for numbers in product(range(len(names)), repeat=3):
        tags = [names[i] for i in numbers]
        allowed = (
            legal.first[numbers[0]] and legal.last[numbers[-1]]
            and legal.after[numbers[0], numbers[1]] and legal.after[numbers[1], numbers[2]]
        )  # fmt: skip
        assert allowed == (first_fault(tags, scheme) is None), tags


@pytest.mark.parametrize("scheme", ["bio", "iobes"])
def test_decoding_finds_the_best_of_all_legal_sequences_of_each_sentence(scheme):
    names = tag_names(("A", "B"), scheme)
    rng = np.random.default_rng(0)
    lengths = [1, 3, 4, 2]
    log_p = np.log(rng.dirichlet(np.full(len(names), 0.3), sum(lengths)))
    sentence = np.repeat([2, 3, 7, 8], lengths)
    found = likeliest_legal(log_p, sentence, Legal.of(names))
    at = 0
    for length in lengths:
        part = log_p[at : at + length]
        best = max(
            (
                numbers for numbers in product(range(len(names)), repeat=length)
                if first_fault([names[i] for i in numbers], scheme) is None
            ),
            key=lambda numbers: part[np.arange(length), list(numbers)].sum(),
        )  # fmt: skip
        assert tuple(found[at : at + length]) == best
        at += length
    assert (found != log_p.argmax(axis=1)).any()
