"""Next tokens: accuracy, loss, perplexity a token and a word; unigrams and bigrams beside."""

import numpy as np
from jaxtyping import Bool, Int

from pipeline.evaluation.bigrams import Bigrams
from pipeline.evaluation.measured import Drawn, Evidence, of_tokens, perplexity
from pipeline.evaluation.measuring import Measurable, Measuring
from pipeline.resampling import bootstrap_ratios


def measure(split: Measurable) -> Evidence:
    """Measure a causal language model; no figure where there is no token to predict.

    The perplexity of a word is exp of the mean over words of the nats of all their tokens, of those
    words each of whose tokens is predicted; so models of words and of pieces can be compared.
    """
    p, resampling = split.predictions, split.resampling
    estimates = of_tokens(p, resampling)
    whole = _is_of_whole_word(split)
    if whole.any():
        n, sentence = len(split.tokens), p.sentence[whole]
        nats = np.bincount(sentence, p.loss[whole], minlength=n)
        words = np.unique(np.stack([sentence, p.word[whole]]), axis=1)[0]
        count = np.bincount(words, minlength=n)
        (of_word,) = bootstrap_ratios(nats[:, None], count[:, None], np.arange(n), resampling)
        estimates["word_perplexity"] = perplexity(of_word)
    return Evidence(len(p), p.sentences, Drawn.of(p, resampling), estimates)


def baselines(split: Measurable) -> dict[str, float]:
    """Perplexity a token by the tokens' frequency, and by pairs of neighbours.

    Nothing where there is no token to predict.
    """
    p = split.predictions
    if not len(p):
        return {}
    found = Bigrams.of(split.train_tokens, len(p.classes))
    before = split.tokens.input_ids[split.tokens.offsets[p.sentence] + p.place]
    by_name = {
        "unigram_perplexity": found.unigram(p.gold),
        "bigram_perplexity": found.interpolated(before, p.gold),
    }
    return {name: float(np.exp(-np.log(chance).mean())) for name, chance in by_name.items()}


def _is_of_whole_word(split: Measurable) -> Bool[np.ndarray, " position"]:
    """Whether every token of the position's word is predicted."""
    p, tokens = split.predictions, split.tokens
    sentence = np.repeat(np.arange(len(tokens)), tokens.lengths)
    longest = int(tokens.word_ids.max(initial=0)) + 1

    def count(
        sentence: Int[np.ndarray, " _"], word: Int[np.ndarray, " _"]
    ) -> Int[np.ndarray, " _"]:
        return np.bincount(sentence * longest + word, minlength=len(tokens) * longest)

    is_whole = count(p.sentence, p.word) == count(sentence, tokens.word_ids)
    return np.asarray(is_whole[p.sentence * longest + p.word])


CAUSAL_LM = Measuring(measure, baselines)
