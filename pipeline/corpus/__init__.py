"""Corpus: examples, words with what is known of them, in three splits, whatever they came from."""
