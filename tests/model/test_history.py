import math
from dataclasses import replace

import pytest

from pipeline.model.history import (
    EpochRow,
    columns_of,
    read_history,
    read_kept_epoch,
    write_history,
    write_kept_epoch,
)

ROW = EpochRow(1, 0.1 + 0.2, 0.5, 1.0, 0.25, 0.01)


def test_history_has_a_row_an_epoch_and_all_digits(tmp_path):
    write_history([ROW, replace(ROW, epoch=2)], tmp_path)
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == (
        "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"
    )
    assert lines[1] == "1,0.30000000000000004,0.5,1.0,0.25,0.01"
    assert len(lines) == 3


def test_the_rows_come_back_to_the_last_digit(tmp_path):
    rows = [ROW, replace(ROW, epoch=2, train_loss=1 / 3)]
    write_history(rows, tmp_path)
    assert read_history(tmp_path) == rows
    assert columns_of(rows)["train_loss"] == [0.1 + 0.2, 1 / 3]
    assert columns_of(rows)["epoch"] == [1.0, 2.0]


def test_a_figure_that_is_not_known_is_left_out():
    figures = replace(ROW, validation_loss=math.nan).figures
    assert "validation_loss" not in figures
    assert "epoch" not in figures
    assert figures["train_loss"] == ROW.train_loss


@pytest.mark.parametrize("text", ["", "epoch,train_loss\n1,x\n", "epoch\n1\n"])
def test_a_damaged_history_is_named(tmp_path, text):
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(ValueError, match=r"history\.csv cannot be used"):
        read_history(tmp_path)


def test_the_kept_epoch_comes_back(tmp_path):
    write_kept_epoch(4, tmp_path)
    assert read_kept_epoch(tmp_path) == 4


@pytest.mark.parametrize("text", ["", "{}", '{"kept_epoch": "4"}', '{"kept_epoch": 0}'])
def test_a_damaged_record_of_the_kept_epoch_is_named(tmp_path, text):
    (tmp_path / "training.json").write_text(text)
    with pytest.raises(ValueError, match=r"training\.json cannot be used"):
        read_kept_epoch(tmp_path)
