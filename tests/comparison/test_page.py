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
from pipeline.comparison.page_data import CODE_BUDGET, shown_code
from pipeline.comparison.subjects import Subject

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


def test_of_several_differences_each_has_its_share_in_whole_lines():
    line = "-<b>\n"  # 11 bytes, as a page writes it
    (short, rest), (nothing, none), (cut, left) = shown_code([line, None, line * CODE_BUDGET])
    assert (short, rest, nothing, none) == (line, 0, "", 0)
    assert len(cut) // len(line) == CODE_BUDGET // 2 // 11
    assert left == CODE_BUDGET - len(cut) // len(line)
