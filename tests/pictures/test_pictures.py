from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from PIL import Image

from pipeline.evaluation.breakdown import GroupAccuracy
from pipeline.evaluation.by_objective.tagging import BY_SEEN
from pipeline.evaluation.calibration import reliability
from pipeline.evaluation.measured import BY_LENGTH
from pipeline.evaluation.scores import class_scores
from pipeline.pictures.classes import PALE_BLUE, draw_classes
from pipeline.pictures.confusion import draw_confusion
from pipeline.pictures.embedding import draw_embedding_map
from pipeline.pictures.groups import draw_groups
from pipeline.pictures.heatmap import dots_per_inch, draw_heatmaps
from pipeline.pictures.history import draw_history
from pipeline.pictures.pruning import draw_pruning
from pipeline.pictures.reliability import draw_reliability
from pipeline.pictures.style import (
    BLUE,
    DOTS_PER_INCH,
    FAINT,
    FEWEST,
    KINDS,
    ORANGE,
    printable,
    weight_scale,
)
from pipeline.resampling import Estimate
from pipeline.study.interventions.ablation import Changed, Pruning, PruningStep
from pipeline.study.interventions.importance import Leaning
from pipeline.study.interventions.sums import SentenceSums

AWKWARD = (
    "$_{^$",
    "$x$",
    "日本",
    "😀",
    "a\nb",
    "",
    " ",
    "</script>",
    "\ud800",
    "\U0001d54f",
    "\u200d",
)
CONFUSION = np.array([[5, 1, 0], [0, 0, 0], [2, 0, 9]])
CLASSES = ("$NOUN$", "日", "VERB")
GROUPS = [
    GroupAccuracy("1-5", Estimate(0.8, 0.7, 0.9), FEWEST, 3),
    GroupAccuracy("日", Estimate(0.1, 0.0, 0.3), FEWEST - 1, 3),
]
HISTORY = {
    "epoch": [1, 2],
    "train_loss": [0.9, 0.4],
    "validation_loss": [0.7, 0.5],
    "train_accuracy": [0.7, 0.9],
    "validation_accuracy": [0.8, 0.85],
}


def _weights(layers, heads, tokens):
    scores = np.random.default_rng(0).random((layers, heads, tokens, tokens))
    return scores / scores.sum(axis=-1, keepdims=True)


def has_colour(path, colour):
    return np.abs(imread(path)[..., :3] - colour).max(2) < 0.01


def pruning_of(heads):
    steps = [
        PruningStep(0, head, Changed(np.array([0.1 * head]), np.array([-0.4 * head / heads]), ONE))
        for head in range(heads)
    ]
    whole = SentenceSums(np.array([0.2]), np.array([0.9]), ONE)
    return Pruning(Leaning(np.zeros((1, heads)), whole), tuple(steps))


ONE = np.array([1])


DRAWINGS = {
    "confusion": lambda path: draw_confusion(path, CONFUSION, CLASSES, "Tags", "words"),
    "classes": lambda path: draw_classes(path, class_scores(CONFUSION), CLASSES, "Tags", "words"),
    "groups": lambda path: draw_groups(path, GROUPS, 0.95, "By length", "length", "words"),
    "history": lambda path: draw_history(path, HISTORY, "word", "Training"),
    "one epoch": lambda path: draw_history(
        path, {name: values[:1] for name, values in HISTORY.items()}, "word", "Training"
    ),
    "reliability": lambda path: draw_reliability(
        path, reliability(np.array([0.3, 0.9]), np.array([True, True]), 10), "Sure", "words"
    ),
    "heatmap": lambda path: draw_heatmaps(path, _weights(1, 2, len(AWKWARD)), AWKWARD, 1.0),
    "pruning": lambda path: draw_pruning(path, pruning_of(4)),
    "pruning of many heads": lambda path: draw_pruning(path, pruning_of(144)),
    "square heatmap": lambda path: draw_heatmaps(
        path, _weights(2, 8, 3), ("a", "b", "c"), 1.0, "epoch 3", is_square=True
    ),
    "map": lambda path: draw_embedding_map(
        path, np.random.default_rng(0).normal(size=(11, 2)), AWKWARD, AWKWARD[::-1], "Words", "of"
    ),
    "plain map": lambda path: draw_embedding_map(
        path, np.zeros((2, 2)), ["a", "b"], None, "Words", "no tags"
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_numbers_are_the_same_bytes_whatever_the_text(tmp_path, name):
    for file in ("one.png", "two.png"):
        DRAWINGS[name](tmp_path / file)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert b"Software" not in (tmp_path / "one.png").read_bytes()


def test_a_persons_own_style_changes_no_picture(tmp_path):
    import matplotlib as mpl

    DRAWINGS["groups"](tmp_path / "one.png")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "savefig.dpi": 50}):
        DRAWINGS["groups"](tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize(("layers", "heads", "tokens"), [(1, 1, 1), (1, 16, 3), (4, 5, 2)])
def test_every_shape_of_attention_fits_into_a_picture(tmp_path, layers, heads, tokens):
    path = tmp_path / "map.png"
    draw_heatmaps(path, _weights(layers, heads, tokens), ["W" * 30] * tokens, 1.0)
    height, width, _ = imread(path).shape
    assert max(height, width) < 8000
    picture = imread(path)[..., :3]
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 1).all()  # nothing is cut off


def test_a_weight_has_the_colour_that_the_scale_gives_it(tmp_path):
    path = tmp_path / "map.png"
    draw_heatmaps(path, np.array([[[[0.5, 0.5], [0.25, 0.75]]]]), ["a", "b"], 1.0)
    pixels = imread(path)[..., :3].reshape(-1, 3)
    colours, count = np.unique(pixels, axis=0, return_counts=True)
    drawn = colours[count > 2000]  # cells, not the colour bar's steps
    for weight in (0.25, 0.5, 0.75):
        distance = np.abs(drawn - weight_scale()(weight)[:3]).max(axis=1)
        assert distance.min() < 2 / 255


ALL_IN_THE_LAST_COLUMN = np.array([[0, 0, 90]] * 3)


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: draw_heatmaps(path, ALL_IN_THE_LAST_COLUMN[None, None] / 90, ["a"] * 3, 1.0),
        lambda path: draw_confusion(path, ALL_IN_THE_LAST_COLUMN, CLASSES, "Tags", "words"),
    ],
    ids=["query by key", "actual by predicted"],
)
def test_the_first_axis_runs_down_and_the_second_across(tmp_path, draw):
    draw(tmp_path / "map.png")
    is_dark = has_colour(tmp_path / "map.png", weight_scale()(1.0)[:3])
    across, down = (is_dark.sum(0) > 30).sum(), (is_dark.sum(1) > 30).sum()
    assert down > 1.5 * across > 0


def test_a_confusion_shows_errors_on_a_scale_of_their_own_and_no_right_answer(tmp_path):
    path = tmp_path / "map.png"
    draw_confusion(path, np.array([[970, 30], [0, 100]]), ("A", "B"), "Tags", "words")
    darkest, hidden = (has_colour(path, it) for it in (weight_scale()(1.0)[:3], to_rgb(FAINT)))
    # One cell is an error, 3 % of its row, and the largest; two are right answers, 97 and 100 %.
    assert darkest.sum() == pytest.approx(hidden.sum() / 2, rel=0.1)


def test_of_few_words_no_share_is_drawn(tmp_path):
    path = tmp_path / "picture.png"

    def drawn(colour):
        return int(has_colour(path, to_rgb(colour)).sum())

    for count, is_drawn in ((FEWEST, True), (FEWEST - 1, False)):
        confusion = np.array([[count, 0], [count, 0]])
        draw_confusion(path, confusion, ("A", "B"), "Tags", "words")
        # The scale beside it ends in that colour, in a line of a few dots.
        assert (drawn(weight_scale()(1.0)[:3]) > 900) is is_drawn
        draw_classes(path, class_scores(confusion), ("A", "B"), "Tags", "words")
        bar, sign = 20_000, 2_000  # dots of a bar, and of the sign for it above
        assert (drawn(PALE_BLUE) > bar) is is_drawn
        assert (drawn(PALE_BLUE) < sign) is not is_drawn
        sure = np.full(count, 0.3)
        draw_reliability(path, reliability(sure, sure > 0, 10), "Sure", "words")
        assert (drawn(ORANGE) > 0) is is_drawn
        draw_groups(path, [replace(GROUPS[0], positions=count)], 0.95, "Title", "axis", "words")
        assert (drawn(BLUE) > 0) is is_drawn


@pytest.mark.parametrize("title", [BY_SEEN, BY_LENGTH])
def test_a_title_is_not_cut_at_the_edge(tmp_path, title):
    draw_groups(tmp_path / "one.png", GROUPS, 0.95, f"{title}: validation", "axis", "words")
    assert (imread(tmp_path / "one.png")[:, -3:, :3] == 1).all()


def test_kinds_of_points_differ_in_shape_and_not_only_in_colour(tmp_path):
    colours, shapes = zip(*KINDS, strict=True)
    assert len({*colours}) == len({*shapes}) == len(KINDS)
    xy, words = np.array([[0.0, 0.0], [1.0, 1.0]]), ["", ""]
    draw_embedding_map(tmp_path / "map.png", xy, words, ["A", "B"], "Words", "of")
    counts = [has_colour(tmp_path / "map.png", to_rgb(colour)).sum() for colour in colours[:3]]
    assert counts[0] > counts[1] > counts[2] == 0  # a circle is larger than a triangle


def test_the_scale_gets_darker_in_equal_steps():
    red, green, blue, _ = weight_scale()(np.arange(0, 256, 5)).T
    luminance = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    assert (np.diff(luminance) < 0).all()
    steps = np.diff(np.cbrt(luminance))  # lightness goes with the cube root
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.1)


def test_weights_that_do_not_fit_the_tokens_are_refused(tmp_path):
    with pytest.raises(ValueError, match="over 2 x 2 tokens, got shape"):
        draw_heatmaps(tmp_path / "map.png", _weights(1, 1, 3), ["a", "b"], 1.0)


def test_a_sentence_too_long_to_draw_is_refused(tmp_path):
    with pytest.raises(ValueError, match="up to 40 tokens, got 41: choose a shorter one"):
        draw_heatmaps(tmp_path / "map.png", _weights(1, 1, 41), ["a"] * 41, 1.0)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("naïve", "naïve"), ("日本", "□□"), ("", "∅"), (" ", "␣"), ("a\nb", "a\\nb"), ("$5", "$5")],
)
def test_text_is_drawn_or_its_lack_of_a_glyph_is_shown(text, drawn):
    assert printable(text) == drawn


def test_a_long_word_is_cut_with_a_sign():
    assert printable("antidisestablishmentarianism", longest=6) == "antid…"


@pytest.mark.parametrize(("layers", "heads"), [(1, 4), (2, 8), (1, 3), (4, 4)])
def test_a_square_picture_is_nearly_square_and_no_other_is_so_high(tmp_path, layers, heads):
    tokens = ("The", "cat", "sat", "on", "the", "mat")
    for name, is_square in (("square", True), ("wide", False)):
        path = tmp_path / f"{name}.png"
        draw_heatmaps(path, _weights(layers, heads, 6), tokens, 1.0, "epoch 1", is_square)
    height, width, _ = imread(tmp_path / "square.png").shape
    assert 0.7 < width / height < 1.4
    if layers == 1:
        wide = imread(tmp_path / "wide.png").shape
        assert wide[1] / wide[0] > width / height


def test_of_very_many_classes_or_groups_the_first_are_shown_and_how_many_there_are(tmp_path):
    many = np.diag(np.arange(1, 2001)) + np.eye(2000, k=1, dtype=int)
    names = tuple(f"class {i}" for i in range(2000))
    draw_confusion(tmp_path / "confusion.png", many, names, "Tags", "words")
    draw_classes(tmp_path / "classes.png", class_scores(many), names, "Tags", "words")
    groups = [replace(GROUPS[0], name=f"g{i}", positions=100 + i) for i in range(2000)]
    draw_groups(tmp_path / "groups.png", groups, 0.95, "By genre", "genre", "words")
    for path in tmp_path.iterdir():
        height, width = imread(path).shape[:2]
        assert height * width < 2e7, path


@pytest.mark.parametrize("size", [(7.5, 540.0), (82.0, 91.0), (2000.0, 2.0)])
def test_very_many_heads_and_tokens_have_fewer_dots_so_that_programs_open_the_picture(size):
    dots = dots_per_inch(*size)
    assert dots * max(size) < 2**16  # matplotlib's own limit
    assert dots**2 * size[0] * size[1] < Image.MAX_IMAGE_PIXELS  # Pillow's
    assert dots_per_inch(5.2, 4.0) == DOTS_PER_INCH
