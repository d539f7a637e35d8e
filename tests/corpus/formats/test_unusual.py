import pytest

from pipeline.corpus.formats.unusual import LONG, looks_missing, require_spellable, unusual


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plain text", []),
        ("naïve “quotes”, 👩‍👩‍👧, می‌خواهم\tand\nlines", []),
        ("a\0b", ["a NUL"]),
        ("a\x07b", ["a control character"]),
        ("a\x85b", ["a control character"]),
        ("a\u200bb", ["a zero-width sign"]),
        ("\ufeffa", ["a zero-width sign"]),
        ("a\u00adb", ["a zero-width sign"]),
        ("a\u200fb", ["a mark of writing direction"]),
        ("a\u202eb\u202c", ["a mark of writing direction"]),
        ("caf\ufffd", ["a sign that replaced unreadable bytes"]),
        ("café".encode().decode("windows-1252"), ["letters that look wrongly decoded"]),
        ("“x”".encode().decode("windows-1252", "replace"), [
            "a sign that replaced unreadable bytes", "letters that look wrongly decoded",
        ]),
        ("cafe\u0301", ["letters with separate marks (not in Unicode's form NFC)"]),
        ("x" * LONG, ["100,000 characters or more"]),
    ],
)  # fmt: skip
def test_what_is_hard_to_see_is_named(text, told):
    assert list(unusual(text)) == told


def test_texts_by_which_programs_mean_nothing_are_known():
    assert all(map(looks_missing, ["nan", "NaN", " NA ", "None", "null", "N/A", "-"]))
    assert not any(map(looks_missing, ["no", "nano", "0", "", "none of them"]))


@pytest.mark.parametrize("text", ["\ud83d", "a\udfff"])
def test_half_a_sign_cannot_be_spelled(text):
    require_spellable("👍")
    with pytest.raises(ValueError, match="half a sign"):
        require_spellable(text)
