"""Corpus: sentences of words with their labels, in three splits, whatever they came from.

The sources (`ewt`, `treebank`, `dataset`) are reached through `choice`, and only by the corpus
stage; later stages read what is stored.
"""

from pipeline.corpus.card import SplitCard, read_card
from pipeline.corpus.sentence import SCHEMA, Sentence
from pipeline.corpus.source import Source
from pipeline.corpus.store import read_rows, read_sentences, write_corpus

__all__ = [
    "SCHEMA",
    "Sentence",
    "Source",
    "SplitCard",
    "read_card",
    "read_rows",
    "read_sentences",
    "write_corpus",
]
