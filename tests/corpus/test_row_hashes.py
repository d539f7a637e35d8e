import pyarrow.parquet as pq

from pipeline.corpus.example import Example, row_line
from pipeline.corpus.row_hashes import RowHashes, row_hash

CAT = Example("s1", ("the", "cat"), {"upos": ("DET", "NOUN")})


def test_every_example_leaves_a_row(tmp_path):
    lines = [row_line(CAT), row_line(Example("s2", ("a", "dog")))]
    with RowHashes.into(tmp_path / "rows.parquet") as hashes:
        hashes.add("train", "s1", lines[0])
        hashes.add("test", "s2", lines[1])
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == [
        {"split": "train", "sentence_id": "s1", "row_hash": row_hash(lines[0])},
        {"split": "test", "sentence_id": "s2", "row_hash": row_hash(lines[1])},
    ]


def test_more_examples_than_are_kept_waiting_all_have_a_row(tmp_path):
    names = [f"s{i}" for i in range(5000)]
    with RowHashes.into(tmp_path / "rows.parquet") as hashes:
        for name in names:
            hashes.add("train", name, name.encode())
    assert pq.read_table(tmp_path / "rows.parquet")["sentence_id"].to_pylist() == names


def test_another_annotation_is_another_hash():
    verb = Example("s1", ("the", "cat"), {"upos": ("DET", "VERB")})
    same = Example("s1", ("the", "cat"), {"upos": ("DET", "NOUN")})
    assert row_hash(row_line(CAT)) == row_hash(row_line(same))
    assert row_hash(row_line(CAT)) != row_hash(row_line(verb))
