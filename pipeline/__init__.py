"""A corpus becomes tokens, vectors, attention, a model, evidence: one package for each."""
