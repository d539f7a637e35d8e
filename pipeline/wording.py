"""The words in which terminal, pages and pictures speak of each objective.

Apart from the objectives themselves, so that another sentence trains nothing again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.artifacts import ModelFiles
from pipeline.files import read_json, unusable
from pipeline.params.objective import ClassificationObjective, ObjectiveParams


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
    """What stands between a word and its answer: "is taken for"."""
    answer: str
    """What a word is followed to: "its class"."""
    listed: str
    """What a list of the answers is: "The sentence, with what the model takes each word for"."""
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
    is_hidden: bool = False
    """Whether the word asked about is hidden from the model."""


TAGGING = Wording(
    model="Tagging",
    unit="word",
    class_name="tag",
    verb="is taken for",
    answer="its class",
    listed="The sentence, with what the model takes each word for",
    each="for each word",
    at="for",
    question=("What does the model take ", " for?"),
    baselines={
        "most_frequent_tag": BaselineTitle("most frequent tag of each word", "accuracy"),
        "majority": BaselineTitle("majority tag", "accuracy"),
    },
)

MASKED_LM = Wording(
    model="Masked-word",
    unit="hidden token",
    class_name="token",
    verb="is taken for",
    answer="the model's guess",
    listed="The sentence, with what the model takes each word for",
    each="for each word",
    at="for",
    question=("Which token does the model expect where ", " is hidden?"),
    no_parts="the layer that answers bends the vector (GELU)",
    is_hidden=True,
    baselines={"majority": BaselineTitle("most frequent token", "accuracy")},
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
        "bigram_perplexity": BaselineTitle("pairs of neighbours, interpolated", "perplexity"),
        "unigram_perplexity": BaselineTitle("tokens by their frequency", "perplexity"),
    },
)

CLASSIFICATION = Wording(
    model="Classification",
    unit="sentence",
    class_name="class",
    verb="is taken for",
    answer="the class of the sentence",
    listed="What the model says of the sentence",
    each="for the sentence",
    at="for",
    question=("What does the model take the sentence for?", None),
    subject="the sentence",
    no_parts="all tokens' vectors together are read",
    baselines={
        "tfidf_logistic": BaselineTitle("logistic regression on TF-IDF", "accuracy"),
        "majority": BaselineTitle("majority class", "accuracy"),
    },
)

SEVERAL_LABELS = replace(
    CLASSIFICATION,
    unit="answer",
    class_name="label",
    verb="is answered with",
    answer="the answer about the label",
    listed="What the model says of each label",
    each="for each label",
    question=("Does the label ", " hold for the sentence, in the model's answer?"),
    subject="the label",
    no_parts="of several labels they are not worked out",
)


def _of_classification(params: ObjectiveParams) -> Wording:
    assert isinstance(params, ClassificationObjective)
    return CLASSIFICATION if params.classification.labels == "one" else SEVERAL_LABELS


WORDINGS: dict[str, Callable[[ObjectiveParams], Wording]] = {
    "tagging": lambda _: TAGGING,
    "classification": _of_classification,
    "masked_lm": lambda _: MASKED_LM,
    "causal_lm": lambda _: CAUSAL_LM,
}
"""By the kind of the objective."""


BASELINES = {
    name: title.figure
    for one in (TAGGING, CLASSIFICATION, MASKED_LM, CAUSAL_LM)
    for name, title in one.baselines.items()
}
"""All baselines by name, with the figure that each is held against."""


def read_objective(model: Path) -> ObjectiveParams:
    """What the model in a folder was trained for; nothing else of it is read.

    Raises:
        ValueError: its shape is missing or damaged.
    """
    file = ModelFiles(model).shape
    try:
        found: ObjectiveParams = TypeAdapter(ObjectiveParams).validate_python(
            read_json(file)["objective"]
        )
    except (KeyError, ValidationError) as error:
        raise unusable(file, str(error).splitlines()[0]) from None
    return found


def wording_of(params: ObjectiveParams) -> Wording:
    """How the objective that the section `objective`, or a model's shape, names is spoken of."""
    return WORDINGS[params.kind](params)
