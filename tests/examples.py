"""Examples in few words: every column of a treebank, by a word that stands for all."""

from pipeline.corpus.example import Example


def example(sentence_id, form, genre="", document="", **annotations):
    """An example with a treebank's columns; what is not given is unknown."""
    unknown = dict.fromkeys(("lemma", "upos", "xpos", "feats"), ("_",) * len(form))
    syntax = {"head": (0,) * len(form), "deprel": ("_",) * len(form)}
    columns = {**unknown, **syntax, **annotations}
    return Example(sentence_id, tuple(form), columns, {"genre": genre}, document)
