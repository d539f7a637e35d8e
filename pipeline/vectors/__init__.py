"""Ids become vectors: the first table, positions, and the embedding layer."""
