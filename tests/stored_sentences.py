"""A few sentences as a stored split, with the encoding that reads them."""

import numpy as np

from examples import example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.params.tokenize import KINDS
from pipeline.tokens.encoding import Encoding, encode_words, ends_of_words, word_of_token
from pipeline.tokens.features import SubwordFeatures
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import LEARNED, learn_tokenizer

SENTENCES = (("The", "old", "owl", "and", "the", "young", "owl"), ("Owl", "and", "elk"))


def settings(unit, is_lowercase):
    word = {
        "is_lowercase": is_lowercase, "min_count": 1, "prefix_lengths": [], "suffix_lengths": [],
        "has_shape": False, "feature_buckets": 16,
    }  # fmt: skip
    told = {"unit": unit, "max_length": 64, "overlong": "error"}
    return KINDS.read(told | {"word": word, "bpe": {"vocab_size": 260}})


def stored(folder, unit, is_lowercase):
    """The sentences as every split of the folder; the vocabulary has "the" and "and" alone."""
    sentences = [example(str(number), form, upos=form) for number, form in enumerate(SENTENCES)]
    splits = dict.fromkeys(("train", "validation", "test"), sentences)
    write_corpus(folder, Source("conllu", "tiny", "tiny", None, {}, splits))
    tokenizer = learn_tokenizer({"the": 1, "and": 1}, settings(unit, is_lowercase))
    encoding = Encoding(tokenizer, LEARNED, SubwordFeatures((), (), False, 0), 64, 1)
    parts = [encode_words(encoding, form, np.array([len(form)])) for form in SENTENCES]
    ids = np.concatenate([part.input_ids for part in parts])
    split = TokenStore(
        offsets=np.cumsum([0, *(len(part.input_ids) for part in parts)]),
        input_ids=ids,
        feature_ids=np.zeros((len(ids), 0), np.int32),
        word_ids=np.concatenate([word_of_token(part.length) for part in parts]),
        ends_word=np.concatenate([ends_of_words(part.length) for part in parts]),
    )
    return encoding, split
