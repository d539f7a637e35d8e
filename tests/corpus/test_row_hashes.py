import pyarrow.parquet as pq

from pipeline.corpus.example import Example
from pipeline.corpus.row_hashes import RowHashes, row_hash

CAT = Example("s1", ("the", "cat"), {"upos": ("DET", "NOUN")})


def test_every_example_passes_and_leaves_a_row(tmp_path):
    examples = [CAT, Example("s2", ("a", "dog"))]
    with RowHashes.into(tmp_path / "rows.parquet") as hashes:
        pairs = list(zip(["train", "test"], examples, strict=True))
        assert list(hashes.passing(pairs)) == pairs
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == [
        {"split": "train", "sentence_id": "s1", "row_hash": row_hash(examples[0])},
        {"split": "test", "sentence_id": "s2", "row_hash": row_hash(examples[1])},
    ]


def test_more_examples_than_are_kept_waiting_all_have_a_row(tmp_path):
    many = [Example(f"s{i}", ("a",)) for i in range(5000)]
    with RowHashes.into(tmp_path / "rows.parquet") as hashes:
        assert sum(1 for _ in hashes.passing(("train", one) for one in many)) == 5000
    ids = pq.read_table(tmp_path / "rows.parquet")["sentence_id"].to_pylist()
    assert ids == [one.sentence_id for one in many]


def test_another_annotation_is_another_hash():
    verb = Example("s1", ("the", "cat"), {"upos": ("DET", "VERB")})
    assert row_hash(CAT) == row_hash(Example("s1", ("the", "cat"), {"upos": ("DET", "NOUN")}))
    assert row_hash(CAT) != row_hash(verb)
