from dataclasses import replace

import numpy as np
import pytest
from examples import example

from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.study.head_rows import disagreement_rows, syntax_rows
from pipeline.study.measures.diversity import Disagreements
from pipeline.study.relations.followed import followed_line
from pipeline.study.relations.scores import RelationScore, TagRival
from pipeline.study.relations.trees import read_trees
from pipeline.study.table import HeadRow


def test_each_pair_of_heads_has_rows_that_name_the_other_head():
    between = np.array([[[[0.0], [0.5]]], [[[0.5], [0.0]]]])  # two layers of one head
    rows = list(disagreement_rows(Disagreements(between, np.where(between, np.nan, 1.0))))
    assert rows == [
        HeadRow("disagreement", 1, 1, "", None),
        HeadRow("disagreement", 2, 1, "", None),
        HeadRow("divergence", 1, 1, "head 2.1", 0.5),
        HeadRow("divergence", 2, 1, "head 1.1", 0.5),
        HeadRow("similarity", 1, 1, "head 2.1", None),
        HeadRow("similarity", 2, 1, "head 1.1", None),
    ]


def test_a_question_to_a_head_has_five_rows():
    score = RelationScore(
        layer=0, head=2, relation="nsubj", direction="dependent to head", pairs=40, accuracy=0.75,
        baseline=0.5, offset=-1, p=0.01, by_tag=None,
    )  # fmt: skip
    assert [(row.measure, row.value) for row in syntax_rows([score])] == [
        ("syntax_accuracy", 0.75),
        ("syntax_baseline", 0.5),
        ("syntax_offset", -1),
        ("syntax_p", 0.01),
        ("syntax_pairs", 40),
    ]
    assert {(row.layer, row.head, row.detail) for row in syntax_rows([score])} == {
        (1, 3, "nsubj: dependent to head")
    }


def test_the_nearest_tag_has_rows_and_each_head_counts_the_relations_it_follows():
    score = RelationScore(
        layer=0, head=2, relation="nsubj", direction="dependent to head", pairs=40, accuracy=0.75,
        baseline=0.5, offset=-1, p=0.01,
        by_tag=TagRival(tag="NOUN", share=0.9, accuracy=0.6, p=0.04),
    )  # fmt: skip
    beaten = replace(score, relation="det", by_tag=TagRival("VERB", 0.8, 0.8, 1.0))
    rows = list(syntax_rows([score, beaten]))
    assert rows[0] == HeadRow("syntax_followed", 1, 3, "", 1.0)
    nsubj, det = "nsubj: dependent to head", "det: dependent to head"
    for row in (
        HeadRow("syntax_tag_baseline", 1, 3, nsubj, 0.6),
        HeadRow("syntax_tag_p", 1, 3, nsubj, 0.04),
        HeadRow("syntax_tag_share", 1, 3, f"{nsubj}; NOUN", 0.9),
        HeadRow("syntax_follows", 1, 3, nsubj, 1.0), HeadRow("syntax_follows", 1, 3, det, 0.0),
    ):  # fmt: skip
        assert row in rows
    told = followed_line(rows)
    assert "2 of 2 questions to heads are answered better than by the best fixed distance" in told
    assert "1 also better" in told
    assert "follows: 1.3 nsubj: dependent to head" in told
    unknown = followed_line(list(syntax_rows([replace(score, by_tag=None)])))
    assert "no more can be said" in unknown
    assert followed_line([]) is None


@pytest.mark.parametrize(
    ("accuracy", "p", "by_tag", "tag_p", "follows"),
    [
        (0.7, 0.01, 0.6, 0.01, True), (0.7, 0.01, 0.8, 1.0, False), (0.7, 0.06, 0.6, 0.01, False),
        (0.7, 0.01, 0.6, 0.06, False), (0.4, 1.0, 0.3, 0.01, False),
    ],
)  # fmt: skip
def test_a_relation_is_followed_only_where_both_rules_are_beaten(
    accuracy, p, by_tag, tag_p, follows
):
    rival = TagRival("NOUN", 0.9, by_tag, tag_p)
    score = RelationScore(0, 0, "det", "dependent to head", 40, accuracy, 0.5, -1, p, rival)
    assert score.follows is follows


def test_trees_are_those_of_the_corpus(tmp_path):
    def sentence(number, head, relation):
        form = ("a",) * len(head)
        return example(str(number), form, head=head, deprel=relation)

    trees = [
        sentence(number, (2, 0, 2), ("det", "root", "punct"))
        if number % 2
        else sentence(number, (0,), ("root",))
        for number in range(3000)  # more than are read at a time
    ]
    other = [sentence(0, (0,), ("root",))]
    splits = {"train": trees, "validation": other, "test": other}
    write_corpus(tmp_path, Source("conllu", "tiny", "tiny", None, {}, splits))
    found = read_trees(tmp_path / "train.parquet")
    assert np.diff(found.offsets).tolist() == [1, 3] * 1500
    assert found.head.tolist() == [0, 2, 0, 2] * 1500
    names = [found.names[number] for number in found.relation]
    assert names == ["root", "det", "root", "punct"] * 1500
