import pytest

from pipeline.tokens.words import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat sat on the mat", ["The", "cat", "sat", "on", "the", "mat"]),
        ("I don't know.", ["I", "do", "n't", "know", "."]),
        ("Ann's here; we'll go!", ["Ann", "'s", "here", ";", "we", "'ll", "go", "!"]),
        ("U.S. stocks fell 3.5% today...", ["U.S.", "stocks", "fell", "3.5", "%", "today", "..."]),
        ("see http://a.b/c?d=e or me@x.org", ["see", "http://a.b/c?d=e", "or", "me@x.org"]),
        ("👍 naïve שלום", ["👍", "naïve", "שלום"]),
    ],
)
def test_text_is_cut_as_the_treebank_cuts_it(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_empty_text_says_what_was_expected(text):
    with pytest.raises(ValueError, match="at least one word, found nothing"):
        split_words(text)
