"""Several trainings in one picture."""

import math

from pipeline.pictures.curves import curves_figure, draw_curves
from pipeline.pictures.style import KINDS

HISTORY = {
    "epoch": [1, 2, 3],
    "train_loss": [0.9, 0.4, 0.3],
    "validation_loss": [0.7, 0.5, 0.6],
    "train_accuracy": [0.7, 0.9, 0.95],
    "validation_accuracy": [0.8, 0.85, 0.85],
}
ONE_EPOCH = {name: values[:1] for name, values in HISTORY.items()}
WITHOUT = HISTORY | {"validation_loss": [math.nan] * 3, "validation_accuracy": [math.nan] * 3}


def test_every_run_s_numbers_are_drawn_in_a_colour_and_a_shape_of_its_own():
    loss, accuracy = curves_figure({"one": HISTORY, "other": ONE_EPOCH}).axes
    found = [list(line.get_ydata()) for line in loss.lines]
    assert found == [[0.9, 0.4, 0.3], [0.7, 0.5, 0.6], [0.9], [0.7]]
    assert [list(line.get_ydata()) for line in accuracy.lines][:2] == [
        HISTORY["train_accuracy"],
        HISTORY["validation_accuracy"],
    ]
    solid = [line for line in loss.lines if line.get_linestyle() == "-"]
    assert [(line.get_color(), line.get_marker()) for line in solid] == list(KINDS[:2])


def test_the_legend_says_each_run_s_lowest_validation_loss():
    (legend,) = curves_figure({"one": HISTORY, "other": WITHOUT}).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "one: lowest validation loss 0.500 at epoch 2",
        "other",
    ]


def test_the_same_curves_are_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        draw_curves(tmp_path / name, dict.fromkeys([*"abcde", "$x$", "日"], HISTORY))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
