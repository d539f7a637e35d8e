from collections import Counter

import pytest

from pipeline.corpus.scripts import scripts_of


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("Crème brûlée, 3 + 1!", {"Latin": 11}),
        ("Ｆｕｌｌ", {"Latin": 4}),  # noqa: RUF001
        ("Мир, мир", {"Cyrillic": 6}),
        ("שלום עולם", {"Hebrew": 8}),
        ("السلام", {"Arabic": 6}),
        ("日本語ごハン", {"Han": 3, "Japanese kana": 3}),
        ("한국어 abc", {"Hangul": 3, "Latin": 3}),
        ("नमते", {"Devanagari": 3}),
        ("ไทย Ελλάς", {"Greek": 5, "Thai": 3}),
        ("ᚠᚢ", {"other": 2}),
        ("👍 12 %", {}),
    ],
)
def test_letters_are_counted_by_their_script(text, scripts):
    assert scripts_of(Counter(text)) == scripts


def test_the_most_frequent_script_comes_first():
    assert list(scripts_of(Counter("aмиид"))) == ["Cyrillic", "Latin"]
