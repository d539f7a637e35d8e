"""The words in which terminal, pages and pictures speak of each objective.

Apart from the objectives themselves, so that another sentence trains nothing again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.artifacts import ModelFiles
from pipeline.files import read_json, unusable
from pipeline.params.objective import ObjectiveParams


@dataclass(frozen=True)
class BaselineTitle:
    """How a baseline is told of."""

    text: str
    figure: str
    """The figure that it is to be held against, such as "accuracy"."""


@dataclass(frozen=True)
class Wording:
    """Parts of sentences, for a person."""

    model: str
    """What its model is called: "Tagging"."""
    unit: str
    """What has an answer: "word"."""
    class_name: str
    """What an answer is: "tag"."""
    verb: str
    """What stands between a word and its answer: "is tagged as"."""
    answer: str
    """What a word is followed to: "its tag"."""
    listed: str
    """What a list of the answers is: "The sentence, with the model's tag for each word"."""
    each: str
    """Whom it answers about: "for each word"."""
    at: str
    """What stands between an answer and whom it is about: "for"."""
    question: tuple[str, str | None]
    """What a quiz asks: before and after what is asked about; None: that is not named in it."""
    baselines: Mapping[str, BaselineTitle]
    """Those that there can be, by name, the best first."""
    subject: str = ""
    """What an answer is about, where that is no word; of several, what each of them is."""
    no_parts: str = ""
    """Why no parts add up to a lead, where none do."""
    chosen: str = ""
    """How an answer is chosen, where that need not be the likeliest class."""
    is_hidden: bool = False
    """Whether the word asked about is hidden from the model."""


TAGGING = Wording(
    model="Tagging",
    unit="word",
    class_name="tag",
    verb="is tagged as",
    answer="its tag",
    listed="The sentence, with the model's tag for each word",
    each="for each word",
    at="for",
    question=("Which tag does the model give ", "?"),
    baselines={
        "most_frequent_tag": BaselineTitle("each word's most frequent tag", "accuracy"),
        "majority": BaselineTitle("always the most frequent tag", "accuracy"),
    },
)

SPANS = replace(
    TAGGING,
    model="Span",
    chosen="the likeliest tags that can stand together",
    baselines={
        "known_spans": BaselineTitle("spans of training, found again", "f1"),
        "most_frequent_tag_f1": BaselineTitle("each word's most frequent tag", "f1"),
    },
)

MASKED_LM = Wording(
    model="Masked-word",
    unit="hidden token",
    class_name="token",
    verb="is guessed to be",
    answer="the model's guess",
    listed="The sentence, with the model's guess for each word, when that word is hidden",
    each="for each word",
    at="for",
    question=("Which token does the model expect where ", " is hidden?"),
    no_parts="the layer that answers is not linear (GELU)",
    is_hidden=True,
    baselines={"majority": BaselineTitle("always the most frequent token", "accuracy")},
)

CAUSAL_LM = Wording(
    model="Causal language",
    unit="token",
    class_name="token",
    verb="is expected to be followed by",
    answer="the token that the model expects next",
    listed="The sentence, with the token that the model expects after each word",
    each="after each word",
    at="after",
    question=("Which token does the model expect after ", "?"),
    baselines={
        "bigram_perplexity": BaselineTitle("pairs of tokens (interpolated bigrams)", "perplexity"),
        "unigram_perplexity": BaselineTitle("single tokens (unigrams)", "perplexity"),
    },
)

CLASSIFICATION = Wording(
    model="Classification",
    unit="sentence",
    class_name="class",
    verb="is classified as",
    answer="the class of the sentence",
    listed="The model's answer about the sentence",
    each="for the sentence",
    at="for",
    question=("Which class does the model give the sentence?", None),
    subject="the sentence",
    no_parts="the answer is read from all tokens together",
    baselines={
        "tfidf_logistic": BaselineTitle("logistic regression on TF-IDF", "accuracy"),
        "majority": BaselineTitle("always the most frequent class", "accuracy"),
    },
)

SEVERAL_LABELS = replace(
    CLASSIFICATION,
    unit="answer",
    class_name="label",
    verb="is answered with",
    answer="the answer about the label",
    listed="The model's answer about each label",
    each="for each label",
    question=("What does the model answer about the label ", "?"),
    subject="the label",
    no_parts="with several labels, they are not computed",
    chosen="by the probability chosen for the label on validation",
)


def _of_classification(told: Mapping[str, Any]) -> Wording:
    return CLASSIFICATION if told["classification"]["labels"] == "one" else SEVERAL_LABELS


WORDINGS: dict[str, Callable[[Mapping[str, Any]], Wording]] = {
    "tagging": lambda _: TAGGING,
    "spans": lambda _: SPANS,
    "classification": _of_classification,
    "masked_lm": lambda _: MASKED_LM,
    "causal_lm": lambda _: CAUSAL_LM,
}
"""By the kind of the objective."""


BASELINES = {
    name: title.figure
    for one in (TAGGING, SPANS, CLASSIFICATION, MASKED_LM, CAUSAL_LM)
    for name, title in one.baselines.items()
}
"""All baselines by name, with the figure that each is held against."""


def read_objective(model: Path) -> dict[str, Any]:
    """What the model in a folder was trained for; nothing else of it is read.

    Its keys are those of the version that wrote it.

    Raises:
        ValueError: its shape is missing or damaged.
    """
    file = ModelFiles(model).shape
    found = read_json(file).get("objective")
    if not isinstance(found, dict):
        raise unusable(file, "it has no objective")
    try:
        wording_told(found)
    except ValueError as error:
        raise unusable(file, error) from None
    return found


def wording_of(params: ObjectiveParams) -> Wording:
    """How the objective that the section `objective`, or a model's shape, names is spoken of."""
    return wording_told(params.model_dump())


def wording_told(objective: Mapping[str, Any]) -> Wording:
    """The same of an objective as a run or a model tells it, whatever version wrote that.

    Raises:
        ValueError: it does not tell the kind, or not what the words depend on.
    """
    kind = objective.get("kind")
    if kind not in WORDINGS:
        raise ValueError(f"objective.kind is {kind!r}: expected one of {', '.join(WORDINGS)}")
    try:
        return WORDINGS[kind](objective)
    except KeyError as error:
        raise ValueError(f"its objective does not tell {error}") from None
