"""Every planted head described by every measure of the one pass, by loops over known weights.

The weights are written down here by hand and the measures computed from their definitions, token
by token; the network only has to come to the same. Token 4 is written three times as long as the
others, so that lengths differ from weights; 1 is <unk>, 2 is <mask>.
"""

import math

import numpy as np
import planted
import pytest
from heads_measured import between, grids, material_of

from pipeline.study.study import study_weights

SENTENCES = ([3, 4, 3, 1, 5], [2, 4, 4], [5], [3, 1, 2, 5, 4, 3, 5, 5])
LONG = {4: 3.0}
HEADS = {
    "previous": planted.PREVIOUS, "uniform": planted.UNIFORM, "first": planted.FIRST,
    "equal": planted.EQUAL, "dead": planted.DEAD, "twin": planted.TWIN,
}  # fmt: skip
NAN = math.nan


def weights_of(head, ids):
    """What each head looks at, query x key."""
    n = len(ids)
    rows = np.zeros((n, n))
    for query in range(n):
        if head in ("previous", "twin"):
            rows[query, max(query - 1, 0)] = 1
        elif head == "first":
            rows[query, 0] = 1
        elif head == "equal":
            rows[query] = np.equal(ids, ids[query]) / list(ids).count(ids[query])
        elif head == "dead" and query + 1 < n:
            rows[query, query + 1] = 1
        else:
            rows[query] = 1 / n
    return rows


def written_of(head, ids):
    """What each token gives, one direction for each of the six ids."""
    sizes = np.array([0.0 if head == "dead" else LONG.get(token, 1.0) for token in ids])
    return np.eye(6)[ids] * sizes[:, None]


def share_at(row, place):
    """Of the keys that tie for the largest weight, `place` has its part."""
    top = row >= row.max() - 1e-6
    return top[place] / top.sum()


def nats_of(row):
    return -sum(a * math.log(a) for a in row if a > 0)


def distance_of(row, query):
    return sum(a * abs(query - key) for key, a in enumerate(row))


def looks(row, query, ids):
    """The measures of one row of weights; NaN where it has no such thing."""
    n = len(ids)
    doubles = [key for key in range(n) if key != query and ids[key] == ids[query]]
    return {
        "entropy": nats_of(row),
        "relative_entropy": nats_of(row) / math.log(n) if n > 1 else NAN,
        "distance": distance_of(row, query),
        "largest_weight": max(row),
        "previous": share_at(row, query - 1) if query else NAN,
        "next": share_at(row, query + 1) if query + 1 < n else NAN,
        "self": share_at(row, query),
        "first": share_at(row, 0),
        "special_mass": sum(a for a, token in zip(row, ids, strict=True) if token in (1, 2)),
        "duplicate_mass": sum(row[doubles]) if doubles else NAN,
        "sink": row[0] if n > 1 else NAN,
    }


def effects(row, query, written):
    """The measures of what one row of weights takes and writes."""
    effective = row @ written @ np.linalg.pinv(written)
    summed = np.column_stack([written, np.ones(len(row))])
    bound = row @ summed @ np.linalg.pinv(summed)
    lengths = row * np.linalg.norm(written, axis=1)
    shares = lengths / lengths.sum() if lengths.sum() else np.full(len(row), NAN)
    tops = [min(share_at(row, k), share_at(effective, k)) for k in range(len(row))]
    return {
        "null_share": ((row - bound) ** 2).sum() / (row**2).sum(),
        "effective_agreement": sum(tops) if np.abs(effective).max() > 1e-9 else NAN,
        "norm_entropy": nats_of(shares) if lengths.sum() else NAN,
        "norm_distance": distance_of(shares, query),
        "norm_self": shares[query],
        "written_norm": np.linalg.norm(row @ written),
    }


def mean_of(rows):
    known = {name: [row[name] for row in rows if not math.isnan(row[name])] for name in rows[0]}
    return {name: np.mean(values) if values else NAN for name, values in known.items()}


@pytest.fixture(scope="module")
def network():
    network = planted.planted_network()
    output = network.encoder.blocks[0].attention.output.weight
    for head in planted.WRITTEN:
        output[:, head * planted.D_HEAD + 4] *= LONG[4]
    return network


@pytest.fixture(scope="module")
def studied(network):
    return study_weights(material_of(network, *SENTENCES), batch_tokens=16)


@pytest.mark.parametrize("head", HEADS)
def test_every_planted_head_has_the_description_that_its_weights_have(studied, head):
    rows = [
        looks(row, query, ids) | effects(row, query, written_of(head, ids))
        for ids in SENTENCES
        for query, row in enumerate(weights_of(head, ids))
    ]
    expected = mean_of(rows)
    heads_own = {name: one for name, one in grids(studied).items() if one.ndim == 2}
    assert set(heads_own) - {"disagreement", "induction"} == set(expected)
    for name, value in expected.items():
        assert heads_own[name][0, HEADS[head]] == pytest.approx(value, abs=2e-6, nan_ok=True), name


def test_the_rollout_is_that_of_the_mean_of_the_planted_heads(studied):
    rows = []
    for ids in SENTENCES:
        mean = np.mean([weights_of(head, ids) for head in HEADS], axis=0)
        rolled = (mean + np.eye(len(ids))) / 2
        for query, row in enumerate(rolled):
            rows.append({
                "rollout_entropy": nats_of(row),
                "rollout_distance": distance_of(row, query),
                "rollout_self": row[query],
            })  # fmt: skip
    for name, value in mean_of(rows).items():
        assert grids(studied)[name] == pytest.approx([value], abs=1e-6), name


def divergence(one, other):
    return nats_of((one + other) / 2) - nats_of(one) / 2 - nats_of(other) / 2


def test_every_two_planted_heads_differ_as_their_weights_do(studied):
    divergences = between(studied, "divergence")
    disagreement = grids(studied)["disagreement"]
    for one, number in HEADS.items():
        apart = {}
        for other, theirs in HEADS.items():
            found = [
                divergence(row, weights_of(other, ids)[query])
                for ids in SENTENCES
                for query, row in enumerate(weights_of(one, ids))
            ]
            apart[other] = np.mean(found)
            if one == other:
                continue
            assert divergences[0, number, 0, theirs] == pytest.approx(apart[other], abs=1e-6), (
                one,
                other,
            )
        mean = sum(apart.values()) / (len(HEADS) - 1)
        assert disagreement[0, number] == pytest.approx(mean, abs=1e-6), one
