from compared import Told, group

from pipeline.comparison.curves import Point, curves_of
from pipeline.model.history import EpochRow, write_history


def kept(folder, subject, *losses):
    """One run of the subject for each list of losses by epoch."""
    for member, told in zip(subject.members, losses, strict=True):
        rows = [EpochRow(e, 9.0, 0.5, loss, float("nan"), 0.01) for e, loss in enumerate(told, 1)]
        write_history(rows, folder / member.name)


def test_a_groups_line_is_the_mean_and_its_band_the_lowest_and_highest(tmp_path):
    two = group(tmp_path, "a", Told("a1"), Told("a2")), group(tmp_path, "b", Told("b"))
    kept(tmp_path, two[0], [3.0, 1.0], [5.0, 2.0, 1.5])
    kept(tmp_path, two[1], [4.0])
    found = {curve.title: curve for curve in curves_of(two)}
    assert found["validation loss"].lines == (
        (Point(1, 4.0, 3.0, 5.0), Point(2, 1.5, 1.0, 2.0), Point(3, 1.5, 1.5, 1.5)),
        (Point(1, 4.0, 4.0, 4.0),),
    )


def test_what_no_run_knows_has_no_curve(tmp_path):
    two = group(tmp_path, "a", Told("a")), group(tmp_path, "b", Told("b"))
    assert curves_of(two) == []
    kept(tmp_path, two[0], [1.0])
    assert [curve.title for curve in curves_of(two)] == ["validation loss", "training loss"]
    assert curves_of(two)[0].lines[1] == ()
