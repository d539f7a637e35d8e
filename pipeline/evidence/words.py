"""The trained embedding -> a map of the words that occur most."""

from pathlib import Path

from pipeline.evidence.setting import Setting
from pipeline.objectives.tagging import Tagging
from pipeline.pictures.embedding import draw_embedding_map
from pipeline.study.word_map import WordMap, map_words, read_token_tags
from pipeline.tokens.store import open_tokens

TITLE = "What the model learned about words: their vectors after training"


def draw_words(setting: Setting, file: Path) -> None:
    """In the colours of what the model learned to say of each word, or of the corpus's tags."""
    objective, artifacts = setting.network.objective, setting.artifacts
    column = objective.target if objective.labels_words else Tagging.usual_target
    assert column
    tags = read_token_tags(
        artifacts.corpus_split("train"),
        column,
        open_tokens(artifacts.tokens_split("train")),
        setting.network.shape.vocab_size,
    )
    found = map_words(setting.network, setting.encoding, setting.occurrences(), tags)
    detail = told(found, column, was_learned=objective.labels_words)
    draw_embedding_map(file, found.xy, found.tokens, found.tags, TITLE, detail)


def told(found: WordMap, column: str, was_learned: bool) -> str:
    """What one should know to read the map."""
    count = f"the {len(found.tokens):,} most frequent tokens of training"
    if found.tags is None or len(found.tokens) < 2:
        return f"{count}; close together: similar vectors"
    source = "" if was_learned else " (the model was never told)"
    return (
        f"{count}, coloured by the {column} that each has most often{source}\n"
        f"the nearest token, in all dimensions, has the same {column} for "
        f"{100 * found.neighbours_agree:.0f} % of them; a token drawn at random: "
        f"{100 * found.any_two_agree:.0f} %"
    )
