import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compared import Told, group

from pipeline.comparison.differences import find_differences, row_changes
from pipeline.corpus.row_hashes import SCHEMA


def told(found):
    return {(one.kind, one.name): one.texts() for one in found}


def test_runs_that_are_alike_differ_in_nothing(tmp_path):
    code, machine = {"pipeline/a.py": "1"}, {"python": "3.11.7"}
    two = [group(tmp_path, it, Told(it, code=code, machine=machine)) for it in "ab"]
    assert find_differences(two) == []


def test_what_differs_is_told_and_only_that(tmp_path):
    one = Told(
        "a", 20, params={"encoder.n_heads": "4", "train.threads": "2"},
        code={"pipeline/a.py": "1", "pipeline/b.py": "1", "params.yaml": "1"}, data="11",
        machine={"device": "cpu", "python": "3.11.7"},
    )  # fmt: skip
    other = Told(
        "b", 21, params={"encoder.n_heads": "1", "train.threads": "2"},
        code={"pipeline/a.py": "1", "pipeline/b.py": "2", "params.yaml": "2"}, data="12",
        machine={"device": "cuda", "python": "3.11.7"},
    )  # fmt: skip
    found = told(find_differences([group(tmp_path, "a", one), group(tmp_path, "b", other)]))
    hashes = found.pop(("code", "pipeline/b.py"))
    assert len(set(hashes)) == 2
    assert found == {
        ("parameter", "encoder.n_heads"): ["4", "1"],
        ("parameter", "seed"): ["20", "21"],
        ("data", "train"): ["11", "12"],
        ("machine", "device"): ["cpu", "cuda"],
    }


def test_a_parameter_that_one_run_has_not_is_told(tmp_path):
    two = group(tmp_path, "a", Told("a", params={"x": "1"})), group(tmp_path, "b", Told("b"))
    assert told(find_differences(two)) == {("parameter", "x"): ["1", "none"]}


def test_what_differs_within_a_group_is_told_smallest_first(tmp_path):
    seeds = [Told(f"a{seed}", seed) for seed in (21, 9, 100)]
    two = group(tmp_path, "a", *seeds), group(tmp_path, "b", Told("b", 9))
    assert told(find_differences(two)) == {("parameter", "seed"): ["9, 21, 100", "9"]}


def test_of_a_run_that_kept_no_machine_that_alone_is_told(tmp_path):
    kept = Told("a", machine={"device": "cpu", "python": "3.11.7"})
    two = group(tmp_path, "a", kept, Told("a2")), group(tmp_path, "b", Told("b"))
    found = told(find_differences(two))
    assert found == {("machine", "machine, all"): ["kept, not kept", "not kept"]}


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ({"a": 1, "b": 2, "c": 3}, "train: the same rows, of 3 rows"),
        ({"b": 2, "a": 1, "c": 3}, "train: the same rows in another order, of 3 rows"),
        ({"a": 1, "c": 9, "d": 4}, "train: 1 added, 1 removed, 1 changed, of 3 rows"),
    ],
)
def test_rows_are_the_same_moved_or_changed_by_their_own_hashes(tmp_path, theirs, said):
    """The hash of a split may differ, or be unknown, though its rows do not."""
    subjects = [group(tmp_path, name, Told(name, data=name)) for name in ("one", "other")]
    for subject, rows in zip(subjects, ({"a": 1, "b": 2, "c": 3}, theirs), strict=True):
        told = [{"split": "train", "sentence_id": it, "row_hash": rows[it]} for it in rows]
        folder = tmp_path / subject.label / "corpus"
        folder.mkdir()
        pq.write_table(pa.Table.from_pylist(told, SCHEMA), folder / "rows.parquet")
    (found,) = row_changes(subjects[0].first, subjects[1].first)
    assert str(found) == said
