"""A measure is found by its file, and everything that shows measures asks for it here."""

import importlib
import sys
from pathlib import Path

import pytest

from pipeline.study import registry
from pipeline.study.about import Family

ROOT = Path(__file__).parents[2]
NEW = """
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import mean_of_rows

LAST = About(
    "last", Family.LOOKS, title="on the last token", unit="", meaning="m", caveat="c", source="s",
    headline=Headline("last", 1),
)


def figures(work, _):
    yield LAST, work.weights[..., -1], work.real_rows


MEASURE = mean_of_rows(figures, LAST)
"""


@pytest.fixture
def another(tmp_path, monkeypatch):
    """A file more in measures/."""
    (tmp_path / "last.py").write_text(NEW)
    package = importlib.import_module("pipeline.study.measures")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    forget()
    yield
    monkeypatch.undo()
    sys.modules.pop("pipeline.study.measures.last", None)
    forget()


def forget():
    importlib.invalidate_caches()
    registry.abouts.cache_clear()
    registry.measures.cache_clear()


def test_a_file_in_the_folder_is_a_measure_and_a_headline_by_itself(another):
    assert registry.abouts()["last"].title == "on the last token"
    assert len(registry.measures()) == len(list((ROOT / "pipeline/study/measures").glob("*.py")))
    assert registry.most_needed()[0].name == "last"
    assert next(iter(registry.abouts())) == "last"  # the most needed of the first family


def test_measures_come_family_by_family_and_no_name_or_heading_or_rank_twice():
    every = list(registry.abouts().values())
    order = list(Family)
    assert [order.index(one.family) for one in every] == sorted(
        order.index(one.family) for one in every
    )
    assert {one.family for one in every} == set(Family)
    headlines = [one.headline for one in registry.headlines()]
    assert len({one.heading for one in headlines}) == len(headlines)
    assert len({one.rank for one in headlines}) == len(headlines)
    assert [one.name for one in registry.most_needed()[:2]] == ["zero_loss", "entropy"]


def test_every_file_in_the_folder_says_what_its_measures_are():
    for path in (ROOT / "pipeline/study/measures").glob("*.py"):
        if path.stem != "__init__":
            module = importlib.import_module(f"pipeline.study.measures.{path.stem}")
            assert module.MEASURE.abouts, path
            assert all(registry.abouts()[one.name] is one for one in module.MEASURE.abouts)


def test_no_measure_is_named_where_measures_are_shown_or_kept():
    """Tables, metrics and charts take them from the registry."""
    shown = ["terminal", "recording", "runs"]
    files = [path for name in shown for path in _files(ROOT / "pipeline" / name)]
    assert len(files) > 10
    told_apart = {"entropy", "previous", "next", "first", "self", "largest_weight", "distance"}
    for path in files:
        text = path.read_text()
        for name in registry.abouts():
            if name not in told_apart:  # words of everyday code
                assert f'"{name}"' not in text, (path, name)


def _files(path):
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
