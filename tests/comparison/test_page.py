"""How large a comparison's page may become."""

from dataclasses import replace

import numpy as np
import torch
from compared import Told, group

from pipeline.comparison.comparing import measure
from pipeline.comparison.comparison import Closely, Comparison
from pipeline.comparison.differences import Difference
from pipeline.comparison.examples import find_changes
from pipeline.comparison.matching import Watched, match
from pipeline.comparison.page import comparison_page
from pipeline.comparison.page_data import CODE_BUDGET, heads_data, shown_code
from pipeline.comparison.subjects import Subject
from pipeline.study.registry import abouts
from pipeline.study.table import HeadRow, write_rows

MOST = 5_000_000


def watched():
    """More weights than the page has bytes for."""
    epoch = tuple(torch.full((1, 2, 80, 80), 1 / 80) for _ in range(4))
    return Watched((tuple("a" * 80),) * 4, (epoch,) * 20, 20)


def test_however_much_there_is_to_show_a_page_stays_below_five_megabytes(tmp_path):
    words = [[f"word{place:06}" + 5 * "<b>"] * 150 for place in range(100)]
    gold = [[place % 3] + [0] * 149 for place in range(100)]
    runs = [
        group(tmp_path, f"seed {seed}", Told(f"seed {seed}", seed, 0.1, words=words, gold=gold))
        for seed in range(2)
    ]
    others = [Subject(f"run {number}", runs[1].members) for number in range(3)]
    few = [group(tmp_path, it, Told(it)) for it in ("one", "other")]
    measured = replace(measure(few), figures=())
    changes = find_changes(*runs, [10], "tag")
    weights = watched()
    heads = match(np.eye(2), weights, weights)
    diff = "+<a line of code> & more of it\n" * 6000
    closely = tuple(Closely(it, None, diff, "", changes, heads) for it in others)
    files = tuple(
        Difference("code", f"pipeline/{number}.py", (("0123456789ab",),) * 4)
        for number in range(2000)
    )
    found = Comparison((runs[0], *others), files, measured, (), (), closely)
    page = comparison_page(found)
    assert len(page.encode()) < MOST
    assert "And 1,250 more files of the code." in page
    assert page.count("more lines: the command's --json has them") == 3


def test_every_measure_of_a_head_stands_beside_its_partner_s_and_no_figure_of_anything_else(
    tmp_path,
):
    runs = [group(tmp_path, it, Told(it)) for it in ("one", "other")]
    for number, run in enumerate(runs):
        folder = tmp_path / run.label / "evidence"
        rows = [
            HeadRow(measure="entropy", layer=1, head=head, value=float(head + 10 * number))
            for head in (1, 2)
        ]
        rows += [
            HeadRow(measure="norm_entropy", layer=1, head=1, value=0.25),  # no headline
            HeadRow(measure="norm_entropy", layer=1, head=2, value=None),
            HeadRow(measure="rollout_self", layer=1, value=0.5),  # of the layer
            HeadRow(measure="syntax_p", layer=1, head=1, relation="det", value=0.5),
        ]
        write_rows(rows, ["entropy"], folder)
    weights = watched()
    heads = match(np.array([[0.5, 0.1], [0.2, 0.5]]), weights, weights)
    measured = replace(measure(runs), figures=())
    found = Comparison(
        tuple(runs), (), measured, (), (), (Closely(runs[1], None, None, "", None, heads),)
    )
    (told,) = heads_data(found)["pairs"]
    titles = [abouts()[name].title for name in ("entropy", "norm_entropy")]
    assert [it["title"] for it in told["measures"]] == titles
    by_place = {tuple(pair["ours"]): pair for pair in told["pairs"]}
    assert by_place[1, 1]["theirs"] == (1, 2)
    assert by_place[1, 1]["measures"] == [[1.0, 12.0], [0.25, None]]
    assert by_place[1, 2]["measures"] == [[2.0, 11.0], [None, 0.25]]


def test_of_several_differences_each_has_its_share_in_whole_lines():
    line = "-<b>\n"  # 11 bytes, as a page writes it
    (short, rest), (nothing, none), (cut, left) = shown_code([line, None, line * CODE_BUDGET])
    assert (short, rest, nothing, none) == (line, 0, "", 0)
    assert len(cut) // len(line) == CODE_BUDGET // 2 // 11
    assert left == CODE_BUDGET - len(cut) // len(line)
