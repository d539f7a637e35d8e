import copy

import planted
import pytest
import torch
from compared import WORDS, Told, group

from pipeline.comparison.comparing import measure
from pipeline.comparison.comparison import Closely, Comparison
from pipeline.comparison.differences import find_differences
from pipeline.comparison.examples import find_changes
from pipeline.comparison.matching import Watched, divergences, match
from pipeline.comparison.page import comparison_page
from pipeline.comparison.verdict import verdicts
from pipeline.model.history import EpochRow, write_history
from pipeline.pages.page import write_page
from pipeline.study.watched import WatchedSentence, weights_on

pytestmark = pytest.mark.browser
HOSTILE = "</script><script>alert(1)</script>"


def watched(network):
    """In the first epoch every head looks at all alike."""
    sentences = (("a", "b", "a", "c"), [3, 4, 3, 5]), ((HOSTILE, "שלום", ""), [3, 4, 5])
    seen = weights_on(
        network, [WatchedSentence(tokens, planted.planted_batch(ids)) for tokens, ids in sentences]
    )
    even = tuple(0 * one + 1 / one.shape[-1] for one in seen)
    return Watched(tuple(tokens for tokens, _ in sentences), (even, tuple(seen)), 2)


def compared(folder):
    """Two groups of four, the second with more errors, a hostile word and a swapped head."""
    words = [[HOSTILE, *sentence[1:]] for sentence in WORDS]
    labels = "n_heads 4", f"n_heads {HOSTILE}"
    subjects = tuple(
        group(folder, label, *(Told(f"{place} {i}", 9 * place + i, errors, words=words)
                               for i in range(4)))
        for place, (label, errors) in enumerate(zip(labels, (0.1, 0.5), strict=True))
    )  # fmt: skip
    for subject in subjects:
        for number, member in enumerate(subject.members):
            rows = [EpochRow(e, 1 / e, 0.5, 1.1 / e + number / 9, 0.6, 0.01) for e in (1, 2)]
            write_history(rows, folder / member.name)
    measured = measure(subjects)
    network = planted.planted_network()
    other = copy.deepcopy(network)
    with torch.no_grad():
        planted.swap_heads(other, 0, 0, 1)
    ours, theirs = watched(network), watched(other)
    heads = match(divergences(ours.weights, theirs.weights), ours, theirs)
    changes = find_changes(*subjects, [2, 3], "tag")
    close = Closely(subjects[1], None, f"+{HOSTILE}", HOSTILE, changes, heads)
    differences = tuple(find_differences(subjects))
    said = tuple(verdicts(subjects, measured))
    return Comparison(subjects, differences, measured, said, (f"caution {HOSTILE}",), (close,))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison page")
    write_page(comparison_page(compared(folder)), folder / "page.html")
    return folder / "page.html"


@pytest.fixture(params=[(580, "dark"), (1400, "light")], ids=str)
def page(request, opened, file):
    with opened(file, *request.param) as shown:
        yield shown


def test_the_verdict_comes_first_and_nothing_is_cut_off(page):
    assert page.locator("main .verdict").first.inner_text().startswith("n_heads 4 beats")
    assert page.locator("main section").first.get_attribute("aria-labelledby") == "verdict-title"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def wide(opened, file):
    with opened(file, 1400, "light") as shown:
        yield shown


def test_a_click_on_a_column_sorts_by_it_and_another_turns_it_round(wide):
    def column():
        return [
            int(text) for text in wide.locator("#answers tbody td:nth-child(6)").all_inner_texts()
        ]

    button = wide.locator("#answers th button", has_text="words")
    button.click()
    assert column() == sorted(column(), reverse=True)
    assert column()[0] > column()[-1]
    button.click()
    assert column() == sorted(column())
    assert wide.locator("#answers th[aria-sort]").get_attribute("aria-sort") == "ascending"


def test_only_the_chosen_answers_are_shown(wide):
    wide.select_option("#answers-which", "won")
    won = wide.locator("#answers tbody tr").count()
    wide.select_option("#answers-which", "lost")
    lost = wide.locator("#answers tbody tr").count()
    wide.select_option("#answers-which", "all")
    assert min(won + lost, 50) == wide.locator("#answers tbody tr").count()
    assert lost > won


def test_heads_stand_in_pairs_and_one_slider_moves_both(wide):
    assert wide.locator(".pair").count() == planted.N_HEADS
    assert "0.00 nats apart" in wide.locator(".pair h3").first.inner_text()

    def pixels():
        return wide.evaluate(
            "[...document.querySelectorAll('.pair canvas')].map((it) => it.toDataURL())"
        )

    kept = pixels()
    wide.locator("#heads-epoch").fill("0")
    assert wide.locator("#heads-epoch-told").inner_text() == "1"
    even = pixels()
    assert even[0] == even[1] != kept[0]
    assert even[2] == kept[2]  # the difference of two that are alike is nothing, at any epoch


def test_every_subject_has_its_line_and_a_group_its_band(wide):
    assert wide.locator("#legend li").count() == 2
    first = wide.locator("#curves svg").first
    assert first.locator("polyline").count() == first.locator("polygon").count() == 2


def test_a_run_without_a_curve_or_heads_has_none(opened, tmp_path):
    found = compared(tmp_path)
    for member in (it for subject in found.subjects for it in subject.members):
        (tmp_path / member.name / "history.csv").unlink()
    close = Closely(found.closely[0].other, None, None, "", None, "the heads are not matched: why")
    bare = Comparison(
        found.subjects, found.differences, found.measured, found.verdicts, (), (close,)
    )
    write_page(comparison_page(bare), tmp_path / "bare.html")
    with opened(tmp_path / "bare.html", 1400, "dark") as shown:
        assert not shown.locator("#curves-panel").is_visible()
        assert shown.locator("#heads-part").is_hidden()
        assert "not matched: why" in shown.locator("main").inner_text()
