import numpy as np

from examples import example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.study.relations.trees import read_trees


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
