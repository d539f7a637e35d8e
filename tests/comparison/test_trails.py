from compared import Told, group

from pipeline.comparison.trails import where_they_part
from pipeline.model.trail import TrailRow, write_trail

TRAIL = [TrailRow(100, 0.5, "a"), TrailRow(200, 0.25, "b")]


def test_two_runs_part_at_the_first_step_that_differs(tmp_path):
    one, same, other, none = (group(tmp_path, name, Told(name)) for name in "abcd")
    for subject in (one, same):
        write_trail(TRAIL, tmp_path / subject.first.name)
    write_trail([TRAIL[0], TrailRow(200, 0.25, "c")], tmp_path / other.first.name)
    assert where_they_part(one, other).startswith("the trainings part between step 100 and step 20")
    assert where_they_part(one, same) == "the trainings are the same at every step that both kept"
    assert where_they_part(one, none) == ""


def test_of_groups_no_step_is_named(tmp_path):
    pair, single = group(tmp_path, "g", Told("e"), Told("f")), group(tmp_path, "h", Told("h"))
    for name in "efh":
        write_trail(TRAIL, tmp_path / name)
    assert where_they_part(pair, single) == ""
