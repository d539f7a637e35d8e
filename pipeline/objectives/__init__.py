"""What a model may be asked: one file an objective, and a registry that finds them by their kind.

Nothing is re-exported here: what only needs a question's form should not wait for torch.
"""
