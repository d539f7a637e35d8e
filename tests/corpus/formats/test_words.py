import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.wordbreak import words as segments

from pipeline.corpus.formats.words import places_of_words, split_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat sat on the mat", ["The", "cat", "sat", "on", "the", "mat"]),
        ("I don't know.", ["I", "do", "n't", "know", "."]),
        ("Ann's here; we'll go!", ["Ann", "'s", "here", ";", "we", "'ll", "go", "!"]),
        ("Ann 's here, I do n't", ["Ann", "'s", "here", ",", "I", "do", "n't"]),
        ("rock'n'roll, l'homme", ["rock'n'roll", ",", "l'homme"]),
        ("'Stop!!', she said", ["'", "Stop", "!!", "'", ",", "she", "said"]),
        ("state-of-the-art", ["state", "-", "of", "-", "the", "-", "art"]),
        ("U.S. stocks fell 3.5% today...", ["U.S.", "stocks", "fell", "3.5", "%", "today", "..."]),
        ("from 10:30 on 1/2/2000 -- 3.5km", ["from", "10:30", "on", "1/2/2000", "--", "3.5km"]),
        ("see http://a.b/c?d=e or me@x.org", ["see", "http://a.b/c?d=e", "or", "me@x.org"]),
        ("(http://a.b/c), (me@x.org).", ["(", "http://a.b/c", ")", ",", "(", "me@x.org", ")", "."]),
        ("👍 naïve שלום", ["👍", "naïve", "שלום"]),
    ],
)
def test_text_is_cut_as_the_treebank_cuts_it(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में लिखा है।", ["हिन्दी", "में", "लिखा", "है", "।"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("বাংলা ভাষা", ["বাংলা", "ভাষা"]),
        ("cafe\u0301 nai\u0308ve", ["cafe\u0301", "nai\u0308ve"]),
        ("العَرَبِيَّةُ لُغَةٌ", ["العَرَبِيَّةُ", "لُغَةٌ"]),
        ("שָׁלוֹם צה״ל", ["שָׁלוֹם", "צה״ל"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),  # noqa: RUF001  (Persian)
        ("क्\u200dष", ["क्\u200dष"]),
        ("👩‍👩‍👧 🇫🇷 1️⃣", ["👩‍👩‍👧", "🇫🇷", "1️⃣"]),
        ("ภาษาไทยง่าย", ["ภาษา", "ไทย", "ง่าย"]),
        ("我喜欢自然语言。", ["我", "喜欢", "自然", "语言", "。"]),
    ],
    ids=["Hindi", "Tamil", "Bengali", "decomposed", "Arabic", "Hebrew", "Persian", "joiner",
         "signs", "Thai", "Chinese"],
)  # fmt: skip
def test_marks_and_joiners_stand_inside_words(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize("space", ["\u00a0", "\u200b", "\u3000", "\x00", "\u2028"])
def test_what_cannot_be_seen_is_no_word(space):
    assert split_words(f"{space}a{space}b{space}") == ["a", "b"]


SCRIPTS = st.text(
    st.sampled_from("aZéßжЖאבשְَعربहिन्दीதமிழ்বাংলাკაአማրեւ0९٣,;()\u0301\u200d\u200c👩👧🇫🇷 \u00a0"),
    max_size=20,
)  # no script that needs a dictionary, and no sign of our own rules


@given(SCRIPTS.filter(lambda text: ",," not in text and ";;" not in text))
def test_words_are_the_segments_of_uax_29_that_can_be_seen(text):
    text = text.replace("((", "(").replace("))", ")")
    seen = [one for one in segments(text) if one.strip(" \u00a0\u200c\u200d")]
    assert split_words(f"{text} x") == [*(one.strip() for one in seen), "x"]


@given(st.text(max_size=30))
def test_nothing_that_can_be_seen_is_lost_whatever_is_written(text):
    kept = "".join(split_words(f"{text} x"))
    for sign in text:
        assert sign in kept or not sign.isprintable() or sign.isspace()


@given(st.text(max_size=30))
def test_words_are_placed_one_after_the_other_and_between_them_nothing_can_be_seen(text):
    text = f"{text} x"
    places = places_of_words(text)
    assert [text[start:end] for start, end in places] == split_words(text)
    at = 0
    for start, end in places:
        assert at <= start < end
        assert not any(sign.isprintable() and not sign.isspace() for sign in text[at:start])
        at = end
    assert at == len(text)


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b\u00ad"])
def test_empty_text_says_what_was_expected(text):
    with pytest.raises(ValueError, match="at least one word, found none: write a sentence"):
        split_words(text)


def test_a_list_of_words_is_taken_as_it_is():
    assert words_of(["can not", "do", "n't", "10\u00a0000", "state-of-the-art"]) == [
        "can not", "do", "n't", "10\u00a0000", "state-of-the-art",
    ]  # fmt: skip
    assert words_of("do not") == ["do", "not"]


@pytest.mark.parametrize("words", [[], ["a", ""], ["a", " "]])
def test_a_list_without_a_word_or_with_an_empty_one_is_refused(words):
    with pytest.raises(ValueError, match="expected a list of words, none of them empty, found"):
        words_of(words)


@pytest.mark.parametrize("sentence", ["a\ud800", ["a\ud800"]])
def test_bytes_that_are_no_text_are_refused(sentence):
    with pytest.raises(ValueError, match="expected text in UTF-8"):
        words_of(sentence)
