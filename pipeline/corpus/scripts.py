"""Letters -> the scripts that they belong to, and how many of each."""

import unicodedata
from collections import Counter
from functools import cache

NAMES = {
    "LATIN": "Latin", "GREEK": "Greek", "CYRILLIC": "Cyrillic", "ARMENIAN": "Armenian",
    "HEBREW": "Hebrew", "ARABIC": "Arabic", "SYRIAC": "Syriac", "THAANA": "Thaana",
    "DEVANAGARI": "Devanagari", "BENGALI": "Bengali", "GURMUKHI": "Gurmukhi",
    "GUJARATI": "Gujarati", "ORIYA": "Odia", "TAMIL": "Tamil", "TELUGU": "Telugu",
    "KANNADA": "Kannada", "MALAYALAM": "Malayalam", "SINHALA": "Sinhala", "THAI": "Thai",
    "LAO": "Lao", "TIBETAN": "Tibetan", "MYANMAR": "Burmese", "GEORGIAN": "Georgian",
    "ETHIOPIC": "Ethiopic", "CHEROKEE": "Cherokee", "KHMER": "Khmer", "MONGOLIAN": "Mongolian",
    "HIRAGANA": "Japanese kana", "KATAKANA": "Japanese kana", "HANGUL": "Hangul", "CJK": "Han",
    "BOPOMOFO": "Bopomofo",
}  # fmt: skip
"""The first word of a letter's Unicode name -> what people call its script."""
OTHER = "other"


def scripts_of(letters: Counter[str]) -> dict[str, int]:
    """How many letters of each script there are, the most frequent first; signs do not count."""
    found: Counter[str] = Counter()
    for letter, count in letters.items():
        if letter.isalpha():
            found[script_of(letter)] += count
    return dict(found.most_common())


@cache
def script_of(letter: str) -> str:
    """The script of a letter, by its Unicode name; full-width letters are what they look like."""
    words = unicodedata.name(letter, "").replace("FULLWIDTH ", "").replace("HALFWIDTH ", "").split()
    return NAMES.get(words[0], OTHER) if words else OTHER
