import re
from html.parser import HTMLParser

import pytest

from pipeline.artifacts import SPLITS
from pipeline.corpus.card import read_card
from pipeline.corpus.formats.text_examples import Ids, text_example
from pipeline.corpus.rejected import Rejections
from pipeline.corpus.source import FoundRows, Source
from pipeline.corpus.writing import write_corpus
from pipeline.pages.corpus_page import VALUES, corpus_page

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e"
LEAK = "the old man who lived next door had a cat"


class Texts(HTMLParser):
    """Rows of tables, and all text."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.text, self.tags = [], [], []
        self._is_cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self._is_cell = tag in ("td", "th") or (self._is_cell and tag not in ("p", "h2", "li"))

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._is_cell = False

    def handle_data(self, data):
        self.text.append(data)
        if self._is_cell and self.rows:
            self.rows[-1][-1] += data.strip()


def made(folder, texts, labels=("a", "b"), is_made=False, rejections=None):
    """A corpus of texts by split, with labels in turn."""
    ids, name = Ids(), f"my {HOSTILE}.csv"
    found = FoundRows(rows=9, empty=2)
    found.notice(f"odd {HOSTILE}", 7)

    def pairs():
        for split in SPLITS:
            for i, text in enumerate(texts[split]):
                label = {"mood": labels[i % len(labels)]}
                yield split, text_example(text, lambda form, s=split: ids.of(s, form), label)

    write_corpus(folder, Source("table", name, f"data/{HOSTILE}", None, {}, pairs(),
                                {f"data/{HOSTILE}": found}, rejections, is_made))  # fmt: skip
    return read_card(folder)


TEXTS = {
    "train": [f"{LEAK} today {HOSTILE}", "one two", "three four"],
    "validation": [f"{LEAK} now {HOSTILE}", "five"],
    "test": ["ONE TWO!", "six"],
}


@pytest.fixture
def page(tmp_path):
    rejections = Rejections(1)
    rejections.read = 9
    rejections.add("f", 3, f"it is {HOSTILE}")
    return corpus_page(made(tmp_path, TEXTS, rejections=rejections))


def test_the_page_has_the_cards_figures(page):
    rows = Texts(page).rows
    assert ["examples", "3", "2", "2"] in rows
    assert ["half are no longer than", "2", "1", "1"] in rows
    assert ["a", "66.7 %", "2", "50.0 %", "1", "50.0 %", "1"] in rows


def test_leaks_are_told_with_examples(page):
    text = re.sub(r"\s+", " ", " ".join(Texts(page).text))
    assert (
        "0 of 2 examples of validation stand in train too, but for case and signs; 1 more" in text
    )
    assert "1 of 2 examples of test stand in train too, but for case and signs; 0 more" in text
    assert "ONE TWO! one two" in text
    assert LEAK in text


def test_whatever_a_file_holds_is_text_on_the_page(page):
    assert "<img" not in page
    assert "\u202e" not in page
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in page
    assert {tag for tag, _ in Texts(page).tags} & {"img", "iframe", "form"} == set()
    assert all("style" not in attrs for _, attrs in Texts(page).tags)  # the policy forbids it


def test_rows_that_were_rejected_or_unusual_are_told(page):
    text = re.sub(r"\s+", " ", " ".join(Texts(page).text))
    assert "9 rows were read, 2 empty passed over; 1 is no example." in text
    assert [row[1:3] for row in Texts(page).rows if row[0].startswith("odd ")] == [["1", "7"]]


def test_a_column_with_many_values_shows_the_most_frequent_and_says_so(tmp_path):
    labels = [f"label {i:02}" for i in range(40)]
    texts = {split: [f"{split} {i}" for i in range(80)] for split in SPLITS}
    page = corpus_page(made(tmp_path, texts, labels))
    assert sum(row[0].startswith("label ") for row in Texts(page).rows if row) == VALUES
    assert f"{40 - VALUES} less frequent values are not shown" in page


def test_shares_of_labels_are_of_examples_where_each_may_have_several(tmp_path):
    page = corpus_page(made(tmp_path, TEXTS, [("a", "b"), ("a",)]))
    assert ["a", "100.0 %", "3", "100.0 %", "2", "100.0 %", "2"] in Texts(page).rows
    assert ["b", "66.7 %", "2", "50.0 %", "1", "50.0 %", "1"] in Texts(page).rows


GIVEN = {"are_splits_made": False, "leaks": [], "left_out": {}}


def test_splits_without_leaks_and_rows_that_were_left_out_are_told(tmp_path):
    texts = {"train": [LEAK, "one two"], "validation": [f"{LEAK} now", "five"]}
    card = made(tmp_path, texts | {"test": ["One two", "six"]}, is_made=True)
    told = corpus_page(card | {"cut_from_train": ["test"]} | {"across_splits": GIVEN})
    assert "The splits were given, but for test: cut from train by a hash" in told
    text = re.sub(r"\s+", " ", " ".join(Texts(corpus_page(card)).text))
    assert "The splits were made by a hash of what each example says" in text
    assert "Nothing: no example is equal or nearly equal to one of another split." in text
    assert "Left out because of that: 1 of validation, 1 of test." in text
