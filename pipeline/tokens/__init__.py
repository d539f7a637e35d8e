"""Sentences of words -> arrays of token ids, and batches of them."""
