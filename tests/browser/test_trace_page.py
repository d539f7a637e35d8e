import html
import json
import re
from dataclasses import replace

import planted
import pytest
import torch
from traced_models import planted_predictor, predictor, traced

from pipeline.pages.page import write_page
from pipeline.pages.said import MINUS, number
from pipeline.pages.trace_page import render_trace
from pipeline.study.table import HeadRow

pytestmark = pytest.mark.browser
ATTACK = "</script><img src=x onerror=alert(1)>"
HISTORY = {
    "epoch": [1.0, 2.0, 3.0],
    "train_loss": [0.9, 0.5, 0.2],
    "train_accuracy": [0.5, 0.75, 0.9],
    "validation_loss": [0.7, 0.4, 0.6],
    "validation_accuracy": [0.55, 0.8, 0.85],
}
ROWS = [
    HeadRow(measure=measure, layer=layer, head=head, value=0.1 * head * layer)
    for measure in ("zero_loss", "zero_accuracy", "importance", "disagreement", "written_norm")
    for layer in (1, 2)
    for head in (1, 2)
]


def page_of(trace, weights, rows):
    even = torch.full_like(weights, 1 / weights.shape[-1])
    return render_trace(trace, HISTORY, [[even], [weights], [weights]], rows, kept=2)


@pytest.fixture(scope="module")
def trace():
    """Two layers of two heads; one word is an attack, one runs from right to left."""
    found = traced(predictor(), "The cat sat on the mat")
    words = ("The", ATTACK, "שלום", "on", "the", "mat")
    told = zip(found.predictions, words, strict=True)
    predictions = tuple(replace(one, about=word) for one, word in told)
    return replace(found, words=words, tokens=words, predictions=predictions)


@pytest.fixture(scope="module")
def file(tmp_path_factory, trace):
    place = tmp_path_factory.mktemp("trace page") / "trace.html"
    weights = torch.stack([torch.from_numpy(layer.weights) for layer in trace.layers])
    write_page(page_of(trace, weights, ROWS), place)
    return place


@pytest.fixture(params=[(390, "light"), (580, "dark"), (1400, "light")], ids=str)
def page(request, opened, file):
    with opened(file, *request.param) as page:
        yield page


def answers(page):
    return page.evaluate("JSON.parse(document.getElementById('data').textContent).answers")


def shown_maps(page):
    return page.locator(".map-frame:visible caption").all_inner_texts()


def test_the_maps_show_scores_or_weights_of_the_chosen_layer(page, trace):
    assert shown_maps(page) == ["head 1.1: scores", "head 1.2: scores"]
    top = number(float(abs(trace.layers[0].scores).max()))
    assert f"from {MINUS}{top} to {top}" in page.locator(".map-scale:visible").inner_text()
    assert page.locator('.strips:visible[data-table^="joined"]').count() == 1
    page.get_by_label("weights, after it").check()
    assert shown_maps(page) == ["head 1.1: weights", "head 1.2: weights"]
    assert page.locator(".map-scale:visible").inner_text() == "Colours run from 0 to 1."
    page.locator("#layer").select_option(label="2")
    assert shown_maps(page) == ["head 2.1: weights", "head 2.2: weights"]
    assert page.locator('.strips:visible[data-table="joined-1"]').count() == 1
    cells = page.get_by_label("head 2.1: weights").locator("tbody td").all_inner_texts()
    assert cells == [f"{one:.2f}" for one in trace.layers[1].weights[0].ravel()]
    page.get_by_label("scores, before the softmax").check()
    assert shown_maps(page) == ["head 2.1: scores", "head 2.2: scores"]


def test_a_colour_is_its_number_and_the_text_on_it_can_be_read(page):
    cells = page.locator("#prediction table.map tbody td:not(.plain)")
    found = cells.evaluate_all(
        "all => all.map((one) => [one.textContent, getComputedStyle(one).backgroundColor,"
        " getComputedStyle(one).color])"
    )
    by_text = {}
    for table in page.locator("#prediction table.map").all():
        pairs = table.locator("tbody td:not(.plain)").evaluate_all(
            "all => all.map((one) => [one.textContent, one.style.background])"
        )
        by_text = dict(pairs)
        assert all(by_text[text] == colour for text, colour in pairs)
        assert len(set(by_text.values())) > 2

    def light(colour):
        parts = [int(one) / 255 for one in colour[4:-1].split(",")]
        red, green, blue = (
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for text, paper, ink in found:
        low, high = sorted((light(paper), light(ink)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, paper, ink)


def test_pointing_at_a_feature_tells_its_number(page, trace):
    strip = page.locator('.strips[data-table="embedding"]')
    canvas = strip.locator("canvas").nth(5)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] * 2.5 / 8, "y": box["height"] / 2})
    told = strip.locator(".readout")
    assert told.inner_text() == f"feature 3 of mat: {number(trace.embedding[5, 2])}"
    page.locator("h1").hover()
    assert told.inner_text() == ""
    assert strip.locator("canvas").count() == 6
    strip.locator("summary").click()
    assert strip.locator("#embedding tbody tr").count() == 6
    assert strip.locator("#embedding").is_visible()


def test_every_quiz_button_says_right_or_wrong_and_why(page):
    groups, right = page.locator(".question"), answers(page)
    assert groups.count() == len(right) >= 3
    for i, place in enumerate(right):
        group = groups.nth(i)
        why = group.locator(".why").text_content()
        buttons = group.locator("button")
        answer = buttons.nth(place).inner_text()
        for option in range(buttons.count()):
            buttons.nth(option).click()
            verdict = group.locator(".verdict").inner_text()
            lead = "Right." if option == place else f"Not so. The right answer: {answer}."
            assert verdict.startswith(lead)
            assert why in verdict
            pressed = buttons.evaluate_all("all => all.map((one) => one.ariaPressed)")
            assert pressed == [str(o == option).lower() for o in range(buttons.count())]
            assert "right" in buttons.nth(place).get_attribute("class")
            assert group.locator(".wrong").count() == (option != place)
            assert not group.locator("details").is_visible()
    first = sum(place == 0 for place in right)
    told = page.locator("#score").inner_text()
    assert told == f"{first} of {len(right)} right at the first try."


def test_no_number_of_an_answer_is_shown_before_it_is_predicted(page):
    for group in page.locator(".question").all():
        assert group.locator(".why").is_hidden()
        assert group.locator(".verdict").inner_text() == ""
        seen = group.evaluate(
            "one => [...one.querySelectorAll('*')].filter((part) => part.checkVisibility("
            "{contentVisibilityAuto: true, checkVisibilityCSS: true}))"
            ".map((part) => part.childElementCount ? '' : part.textContent).join(' ')"
        )
        why = group.locator(".why").text_content()
        figures = set(re.findall(r"\d\.\d{3}", why)) - set(
            re.findall(r"\d\.\d{3}", " ".join(group.locator("button").all_inner_texts()))
        )
        assert not any(one in seen for one in figures)
        group.locator("button").first.click()
        assert why in group.locator(".verdict").inner_text()


def test_the_answer_can_be_shown_without_answering(page):
    group = page.locator(".question").first
    group.locator("summary").click()
    right = group.locator("button").nth(answers(page)[0]).inner_text()
    assert group.locator("details strong").inner_text() == right
    assert page.locator("#score").inner_text() == ""


def test_the_keyboard_alone_goes_through_the_page(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#step-1"
    page.locator('.parts a[href="#quiz-title"]').focus()
    page.keyboard.press("Enter")
    assert page.evaluate("scrollY") > 0
    assert page.url.endswith("#quiz-title")
    page.keyboard.press("Tab")  # from the quiz's title to its first button
    assert page.evaluate("document.activeElement.matches('.question button')")
    right = answers(page)
    for _ in range(right[0]):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator(".verdict").first.inner_text().startswith("Right.")
    assert page.locator("#score").inner_text().startswith("1 of 1 right at the first try")
    page.get_by_label("scores, before the softmax").focus()
    page.keyboard.press("ArrowDown")
    assert shown_maps(page)[0] == "head 1.1: weights"
    page.locator("#layer").focus()
    page.keyboard.press("ArrowDown")
    assert shown_maps(page)[0] == "head 2.1: weights"
    summary = page.locator(".strips summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#embedding").is_visible()


def test_every_link_leads_to_a_part_of_the_page(page):
    for link in page.locator("nav a").all():
        name = link.get_attribute("href")
        link.click()
        top = page.locator(name).bounding_box()["y"]
        assert -1 <= top < 900, name
        assert page.url.endswith(name)


def test_hostile_and_right_to_left_words_are_only_texts(page):
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    chips = page.locator(".sentence li > bdi").all_text_contents()
    assert chips[1:3] == [ATTACK[:27] + "…", "שלום"]


def test_nothing_is_wider_than_the_window_and_every_control_has_a_name(page):
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    for choice in ("weights, after it", "scores, before the softmax"):
        page.get_by_label(choice).check()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    unnamed = page.locator("input, select, button").evaluate_all(
        "all => all.filter((one) => !(one.labels?.length || one.ariaLabel || one.textContent))"
    )
    assert not unnamed


def test_what_the_heads_did_is_not_cut_off_at_any_width(page):
    told = page.locator(".epochs .told td")
    assert told.count() == 3
    for i in range(3):
        inside = told.nth(i).evaluate(
            "one => [one.getBoundingClientRect().right, one.scrollWidth - one.clientWidth,"
            " one.closest('.scroll').getBoundingClientRect().right]"
        )
        assert inside[0] <= inside[2] + 1
        assert inside[1] <= 0
    assert page.locator(".epochs .kept th").inner_text() == "2 kept"


def test_the_bars_and_curves_have_a_size(page):
    for name in (".curves polyline", ".bars rect.total"):
        for one in page.locator(name).all():
            box = one.bounding_box()
            assert box["width"] > 20


def test_four_heads_of_six_tokens_stand_in_one_row_on_a_wide_window(opened, tmp_path):
    found = traced(predictor(n_layers=1, n_heads=4), "The cat sat on the mat")
    weights = torch.from_numpy(found.layers[0].weights)[None]
    write_page(page_of(found, weights, []), tmp_path / "trace.html")
    with opened(tmp_path / "trace.html", 1400, "light") as page:
        tops = page.locator(".map-frame.scores").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().top)"
        )
        assert len(tops) == 4
        assert len(set(tops)) == 1


def test_a_map_of_many_tokens_is_whole_on_a_wide_window(opened, tmp_path):
    found = traced(predictor(n_layers=1, n_heads=4, max_length=20), "the cat sat on the mat " * 2)
    write_page(render_trace(found, None, None, None), tmp_path / "trace.html")
    with opened(tmp_path / "trace.html", 1400, "light") as page:
        hidden = page.locator(".map-frame.scores").evaluate_all(
            "all => all.map((one) => one.scrollWidth - one.clientWidth)"
        )
        assert hidden == [0] * 4


@pytest.mark.parametrize(
    ("kind", "text"),
    [({"n_layers": 0}, "cat"), ({"objective": "masked_lm", "unit": "bpe"}, "🙂 the cat שלום"),
     ({"n_layers": 9, "n_heads": 12}, "the cat sat on the mat " * 15)],
)  # fmt: skip
def test_other_models_and_sentences_fit_too(opened, tmp_path, kind, text):
    found = traced(predictor(**kind, max_length=1000), text)
    write_page(render_trace(found, None, None, None), tmp_path / "trace.html")
    with opened(tmp_path / "trace.html", 1400, "light") as page:
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        for width in (1400, 580, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.locator(".question").count() >= 3
        page.locator(".question button").first.click()
        assert page.locator(".verdict").first.inner_text()


def test_in_a_frame_without_an_address_the_links_still_lead_to_their_parts(chromium, tmp_path):
    """As MLflow shows an artifact: a sandboxed frame whose text is given with it."""
    weights = torch.stack(
        [torch.from_numpy(layer.weights) for layer in traced(planted_predictor(), "a b c").layers]
    )
    made = page_of(traced(planted_predictor(), "a b c"), weights, [])
    frame = '<iframe sandbox="allow-scripts" width="580" height="700" srcdoc="{}"></iframe>'
    (tmp_path / "outer.html").write_text(frame.format(html.escape(made)), encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "outer.html").as_uri())
    inner = page.frame_locator("iframe")
    inner.locator('.parts a[href="#quiz-title"]').click()
    page.wait_for_timeout(100)
    _, frame = page.frames
    assert frame.evaluate("scrollY") > 500
    assert frame.evaluate("document.activeElement.id") == "quiz-title"
    assert json.loads(inner.locator("#data").text_content())["answers"]
    assert inner.locator(".map-frame.scores").count() == planted.N_HEADS
    page.close()
