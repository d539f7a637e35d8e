from dataclasses import replace

import pytest

from pipeline.study.measures.syntax import syntax_rows
from pipeline.study.relations.followed import followed_line
from pipeline.study.relations.scores import RelationScore, TagRival
from pipeline.study.table import HeadRow


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
    assert {(row.layer, row.head, row.relation, row.direction) for row in syntax_rows([score])} == {
        (1, 3, "nsubj", "dependent to head")
    }


def test_the_nearest_tag_has_rows_and_each_head_counts_the_relations_it_follows():
    score = RelationScore(
        layer=0, head=2, relation="nsubj", direction="dependent to head", pairs=40, accuracy=0.75,
        baseline=0.5, offset=-1, p=0.01,
        by_tag=TagRival(tag="NOUN", share=0.9, accuracy=0.6, p=0.04),
    )  # fmt: skip
    beaten = replace(score, relation="det", by_tag=TagRival("VERB", 0.8, 0.8, 1.0))
    rows = list(syntax_rows([score, beaten]))
    assert rows[0] == HeadRow(measure="syntax_followed", layer=1, head=3, value=1.0)

    def row(measure, relation, value, tag=None):
        return HeadRow(
            measure=f"syntax_{measure}", layer=1, head=3, relation=relation,
            direction="dependent to head", tag=tag, value=value,
        )  # fmt: skip

    for one in (
        row("tag_baseline", "nsubj", 0.6), row("tag_p", "nsubj", 0.04),
        row("tag_share", "nsubj", 0.9, "NOUN"),
        row("follows", "nsubj", 1.0), row("follows", "det", 0.0),
    ):  # fmt: skip
        assert one in rows
    told = followed_line(rows)
    assert "of 2 questions to heads, 2 are answered better than by the best fixed distance" in told
    assert "and 1 also better" in told
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
