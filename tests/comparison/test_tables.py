from compared import Told, group

from pipeline.comparison.differences import find_differences
from pipeline.comparison.tables import difference_table


def test_of_many_files_the_first_are_named_and_the_others_counted(tmp_path):
    code = {f"pipeline/{number}.py": "old" for number in range(9)}
    two = (
        group(tmp_path, "one", Told("one", code=code)),
        group(tmp_path, "other", Told("other", 21, code=dict.fromkeys(code, "new"))),
    )
    table = difference_table(two, find_differences(two), most_files=2)
    assert [row[1] for row in table.rows] == ["seed", "pipeline/0.py", "pipeline/1.py"]
    assert table.notes == ("and 7 more files of the code",)
    assert len(difference_table(two, find_differences(two)).rows) == 10


def test_many_subjects_have_a_row_each(tmp_path):
    many = [group(tmp_path, f"run {seed}", Told(f"run {seed}", seed)) for seed in range(6)]
    table = difference_table(many, find_differences(many))
    assert table.header == ("", "seed")
    assert table.rows[3] == ("run 3", "3")


def test_nothing_that_differs_is_said_to_be_nothing(tmp_path):
    two = [group(tmp_path, it, Told(it)) for it in "ab"]
    assert difference_table(two, find_differences(two)).title.endswith("nothing that the runs kept")
