import numpy as np
import planted
import pytest
from heads_measured import material_of

from pipeline.model.history import write_kept_epoch
from pipeline.pages.heads_page import heads_page
from pipeline.pages.page import write_page
from pipeline.resampling import Resampling
from pipeline.study.about import Family
from pipeline.study.interventions.changed_rows import ZERO_LOSS
from pipeline.study.interventions.effects import effect_rows, study_effects
from pipeline.study.study import study_weights
from pipeline.study.watched import WatchedSentence, weights_on, write_watched

pytestmark = pytest.mark.browser
HOSTILE = "</script><script>alert(1)</script>"


SENTENCES = ([3, 4, 3, 5], [3, 4, 5, 3, 4, 5], *[[3, 5, 4, 3, 3, 4, 5, 5]] * 4)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Two layers of the planted heads; in the first and third epoch they look at all alike."""
    return page_of(planted.planted_network(2), tmp_path_factory.mktemp("heads page"))


def page_of(network, folder):
    """The page of a network like the planted one, studied on SENTENCES."""
    watched = [
        WatchedSentence(tokens, planted.planted_batch(ids))
        for tokens, ids in (
            (("a", "b", "a", "c"), [3, 4, 3, 5]),
            ((HOSTILE, "שלום", "\u2028", "", "x", "y"), [3, 4, 5, 3, 4, 5]),
        )
    ]
    seen = weights_on(network, watched)
    write_watched(
        {
            f"{epoch}/{i}": one if epoch == 2 else 0 * one + 1 / one.shape[-1]
            for epoch in (1, 2, 3)
            for i, one in enumerate(seen)
        },
        folder / "watched.safetensors",
    )
    store = planted.planted_store(*SENTENCES)
    effects = study_effects(
        network, store, planted.ask_before, 64, 2, 1, np.zeros(planted.VOCAB, np.int64)
    )
    resampling = Resampling(1000, 0.95, seed=1)
    material = material_of(network, *SENTENCES)
    rows = [*study_weights(material, batch_tokens=64), *effect_rows(effects, resampling)]
    write_kept_epoch(2, folder)
    page = heads_page(network, watched, folder, rows, resampling)
    write_page(page, folder / "heads.html")
    return folder / "heads.html"


@pytest.fixture(params=[(390, "light"), (580, "dark"), (1400, "light")], ids=str)
def page(request, opened, file):
    with opened(file, *request.param) as page:
        yield page


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize(
    ("gone", "worth"),
    [(planted.TWIN, planted.PREVIOUS), (planted.PREVIOUS, planted.TWIN)],
)
def test_the_page_opens_with_the_head_that_is_worth_most_and_on_it(
    opened, tmp_path, gone, worth, width
):
    network = planted.without_head(planted.planted_network(), 0, gone)
    with opened(page_of(network, tmp_path), width, "light") as page:
        first = page.locator("button").first
        assert first.inner_text().startswith(f"Head {worth + 1}: the previous token 100 %")
        assert "without it accuracy falls by" in first.inner_text()
        box = first.bounding_box()
        assert box["y"] + box["height"] < 300
        assert page.locator("#one-title").inner_text() == f"Head {worth + 1}"
        assert first.get_attribute("aria-pressed") == "true"
        assert page.locator('#verdicts [data-matters="yes"]').count() == 1
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")  # past the link to the content
        assert first.evaluate("one => document.activeElement === one")


def test_of_a_dead_model_the_page_says_first_that_no_head_matters(opened, tmp_path):
    network = planted.planted_network()
    for head in range(planted.N_HEADS):
        network = planted.without_head(network, 0, head)
    with opened(page_of(network, tmp_path), 1400, "light") as page:
        first = page.locator("header p").first
        assert first.inner_text().startswith("No head matters on its own")
        assert page.locator('#verdicts [data-matters="yes"]').count() == 0
        lines = page.locator("#verdicts li").all_inner_texts()
        assert len(lines) == planted.N_HEADS
        assert all(line.endswith("without it nothing gets measurably worse") for line in lines)
        assert page.locator("#one-title").inner_text() == "Head 1"


def test_of_many_heads_the_filter_shows_those_that_matter_all_or_a_layer_s(page):
    lines = page.locator("#verdicts li")
    assert lines.count() == 2 * planted.N_HEADS
    matter = page.locator('#verdicts [data-matters="yes"]').count()
    assert page.locator("#verdicts li:visible").count() == matter < lines.count()
    assert page.locator("#one-verdict").is_hidden()
    choose_head(page, 2, planted.DEAD)  # its line is not among them
    assert page.locator("#one-verdict").inner_text().startswith("Head 2.5: ")
    page.locator("#filter").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#verdicts li:visible").count() == lines.count()
    assert page.locator("#one-verdict").is_hidden()
    page.locator("#filter").select_option("2")
    shown = page.locator("#verdicts li:visible")
    assert [one[:8] for one in shown.all_inner_texts()] == [f"Head 2.{i}" for i in range(1, 7)]


def test_a_line_chooses_its_head_by_mouse_and_keyboard(page):
    page.locator("#filter").select_option("all")
    button = page.locator('#verdicts [data-head="2.3"]')
    button.click()
    assert page.locator("#one-title").inner_text() == "Head 2.3"
    assert page.locator("#verdicts [aria-pressed=true]").all_inner_texts() == [button.inner_text()]
    assert "layer=2&head=3" in page.url
    page.locator('#verdicts [data-head="1.4"]').focus()
    page.keyboard.press("Enter")
    assert page.locator("#one-title").inner_text() == "Head 1.4"
    assert button.get_attribute("aria-pressed") == "false"


def test_the_first_families_are_open_and_the_others_a_click_away(page):
    families = page.locator("details.family:visible")
    opened = page.locator("details.family[open] > summary").all_inner_texts()
    assert opened == [Family.LOOKS.value, Family.OWED.value]
    assert families.count() > len(opened)
    alike = page.locator("#nearest table")
    assert not alike.is_visible()
    page.locator("summary", has_text=Family.BESIDE.value).click()
    assert alike.is_visible()


def told(page):
    return page.locator("#told").inner_text()


def shares(page):
    return page.locator("#looked-at .share").all_inner_texts()


def choose_word(page, number):
    page.locator(f'#looking input[value="{number}"]').check(force=True)


def choose_head(page, layer, head):
    page.locator(f'#heads input[value="{layer - 1}.{head}"]').check(force=True)


def test_every_control_shows_what_the_network_does(page):
    choose_head(page, 1, planted.PREVIOUS)
    choose_word(page, 2)
    assert shares(page) == ["0.00", "1.00", "0.00", "0.00"]
    assert told(page).startswith("“a” looks most at “b” (1.00)")
    page.locator("#epoch").fill("0")
    assert shares(page) == ["0.25"] * 4
    assert page.locator("#epoch-told").inner_text() == "1 of 3"
    page.get_by_label("effective").check()
    assert page.locator("#epoch").is_disabled()
    assert page.locator("#epoch-told").inner_text() == "2 of 3, the kept one"
    assert shares(page) == ["0.00", "1.00", "0.00", "0.00"]
    page.get_by_label("raw").check()
    assert shares(page) == ["0.25"] * 4
    page.get_by_label("Full colour at").select_option("0.5")
    assert page.locator("#scale-high").inner_text() == "≥ 0.5"
    page.get_by_label("Sentence").select_option("1")
    assert page.locator("#looked-at bdi").count() == 6
    assert page.locator("#one-title").inner_text() == "Head 1.1"
    for hash_part in ("sentence=2", "head=1", "epoch=1", "top=0.5"):
        assert hash_part in page.url


def test_pointing_shows_a_word_and_a_pair_and_leaving_forgets_them(page):
    choose_head(page, 1, planted.FIRST)
    page.locator("#looking label").nth(3).hover()
    assert told(page).startswith("“a” looks most at “a” (1.00)")
    page.locator("h1").hover()
    assert "Point at a word" in told(page)
    canvas = page.locator("#map")
    box = canvas.bounding_box()
    canvas.hover(position={"x": 50, "y": box["height"] - 10})
    assert told(page) == "“c” looks at “a” with weight 1.00."
    canvas.click(position={"x": 50, "y": box["height"] - 10})
    assert "word=4" in page.url


def test_the_keyboard_alone_reaches_head_layer_word_and_tables(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.locator('#heads input[value="0.0"]').focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#one-title").inner_text() == "Head 1.2"
    page.keyboard.press("ArrowDown")
    assert page.locator("#one-title").inner_text() == "Head 2.2"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.locator("#one-title").inner_text() == "Head 1.2"
    page.locator('#looking input[value="all"]').focus()
    page.keyboard.press("ArrowDown")
    assert "word=1" in page.url
    page.locator("#weights summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#weights-table td")
    assert page.locator("#weights-table tbody tr").count() == 4
    assert page.locator("#weights-table tbody tr").nth(1).locator("td").first.inner_text() == "0.25"
    page.locator("#explain").focus()
    page.keyboard.press("Enter")
    assert page.locator(".measure:not([open])").count() == 0
    page.keyboard.press("Enter")
    assert page.locator(".measure[open]").count() == 0


def test_the_measures_are_the_head_s_own(page):
    choose_head(page, 1, planted.PREVIOUS)
    value = page.locator(".measure", has_text="looks at the previous token").locator(".value")
    assert value.inner_text() == "1.000"
    choose_head(page, 1, planted.FIRST)
    assert value.inner_text() != "1.000"
    assert "validation split" in page.locator(".figures").inner_text()


def test_what_a_head_is_worth_is_told_of_the_chosen_one(page):
    choose_head(page, 1, planted.TWIN)
    assert page.locator("#worth-title").inner_text() == "What head 1.6 is worth"
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    nearest = page.locator("#nearest tbody tr").all_inner_texts()
    assert {row.split()[0] for row in nearest[:2]} == {"1.1", "2.1"}  # weight for weight the same
    assert nearest[0].split()[1] == "0.000"
    lost = page.locator(".measure", has_text=ZERO_LOSS.title).locator(".value")
    assert float(lost.inner_text().split()[0]) > 0.005  # its twin stands in
    choose_head(page, 2, planted.DEAD)
    assert lost.inner_text().split("\n") == ["0.000 nats", "[0.000, 0.000]"]
    steps = page.locator("#pruning tbody tr")
    assert steps.count() == 2 * planted.N_HEADS
    assert steps.last.get_attribute("data-head") in ("1.1", "1.6")
    assert page.locator("#pruning .this th").all_inner_texts() == ["2.5"]
    widths = [float(one.get_attribute("width")) for one in page.locator("#pruning rect").all()]
    assert widths[-1] == max(widths) == 100


def test_hostile_and_right_to_left_tokens_are_only_texts(page):
    page.get_by_label("Sentence").select_option("1")
    words = page.locator("#looked-at bdi").all_text_contents()
    assert words == [HOSTILE, "שלום", "\\u2028", "∅", "x", "y"]
    assert page.locator("script").count() == 2


def test_nothing_is_wider_than_the_window_and_every_control_has_a_name(page):
    for sentence in ("0", "1"):
        page.get_by_label("Sentence").select_option(sentence)
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    unnamed = page.locator("input, select, button").evaluate_all(
        "all => all.filter((one) => !(one.labels?.length || one.ariaLabel || one.textContent))"
    )
    assert not unnamed


def test_the_address_brings_back_what_was_chosen(opened, file):
    fragment = "#sentence=2&layer=2&head=3&epoch=3&mode=effective&word=5&top=0.2"
    with opened(file, 1400, "light", fragment) as page:
        assert page.locator("#one-title").inner_text() == "Head 2.3"
        assert told(page).startswith("“x” looks most at")
        assert page.get_by_label("effective").is_checked()
        assert page.locator("#top").input_value() == "0.2"
        page.get_by_label("raw").check()
        assert page.locator("#epoch-told").inner_text() == "3 of 3"


def test_an_address_that_names_nothing_changes_nothing(opened, file):
    fragment = "#sentence=99&layer=x&head=-1&epoch=77&mode=odd&word=0&top=9"
    with opened(file, 1400, "light", fragment) as page:
        first = page.locator("#verdicts li").first.inner_text()
        assert first.startswith(page.locator("#one-title").inner_text() + ": ")
        assert page.locator("#epoch-told").inner_text() == "2 of 3, the kept one"
