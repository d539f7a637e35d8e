"""What the measures of heads are held against, and how that is called."""

from pipeline.study.about import About

_RULES = "A lead over these two rules is not one over every rule."

REFERENCES = {
    "syntax_tag_baseline": About(
        "the same of the nearest tag", "",
        "How often the nearest word with the target's usual tag, on its usual side, is the one.",
        "Tag and side are chosen on the very pairs that it is measured on.",
        "our own: no head, the model's tags alone",
    ),
    "syntax_tag_share": About(
        "targets with the usual tag", "",
        "How many of the words to find have the tag that most of them have, by the model's tags.",
        "The model's tags are wrong at times, most of all for rare words.",
        "our own: no head, the model's tags alone",
    ),
    "syntax_tag_p": About(
        "p against the nearest tag", "",
        "Chance of so clear a lead over the nearest tag if there were none, over all tests made.",
        "It takes pairs as independent, those of one sentence too; it says nothing of size.",
        "McNemar 1947; Holm 1979",
    ),
    "syntax_follows": About(
        "follows the relation", "",
        "1 where the head beats both the fixed distance and the nearest tag, with p below 0.05.",
        _RULES,
        "our own, of the tests above",
    ),
    "syntax_followed": About(
        "relations that it follows", "",
        "Of how many relations and directions the head beats both the fixed distance and the "
        "nearest tag.",
        _RULES,
        "our own, of the tests above",
    ),
}  # fmt: skip
"""By name, as in the catalogue."""
