import numpy as np

from pipeline.corpus import Sentence, Source, write_corpus
from pipeline.evidence.head_rows import disagreement_rows, syntax_rows
from pipeline.evidence.head_table import HeadRow
from pipeline.evidence.trees import read_trees
from pipeline.study.diversity import Disagreements
from pipeline.study.syntax import RelationScore


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
        baseline=0.5, offset=-1, p=0.01,
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


def test_trees_are_those_of_the_corpus(tmp_path):
    def sentence(number, head, relation):
        form = ("a",) * len(head)
        return Sentence(str(number), "", form, form, form, form, head, relation)

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
