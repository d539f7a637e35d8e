"""What a training learns from -> its run: the corpus, tokens and vectors in figures."""

from pipeline.artifacts import Artifacts, CorpusFiles, TokensFiles, VectorsFiles
from pipeline.files import read_json
from pipeline.tracking.run import TrackedRun

CONTEXTS = {"train": "training", "validation": "validation", "test": "testing"}


def log_inputs(run: TrackedRun, artifacts: Artifacts) -> None:
    """The splits of the corpus as datasets; as files its card and the hashes of its rows.

    Beside them its description in Croissant, what is counted of tokens and vectors, the neighbours,
    params.yaml and requirements.lock.
    """
    corpus = CorpusFiles(artifacts.corpus)
    card = read_json(corpus.card)
    for split, counts in card["splits"].items():
        sizes = {"sentences": counts["sentences"], "words": counts["words"]}
        run.log_dataset(
            f"{card['name']}: {split}", counts["sha256"], sizes, card["origin"], CONTEXTS[split]
        )
    for path in (corpus.card, corpus.rows, corpus.croissant):
        run.log_file(path, "corpus")
    vectors = VectorsFiles(artifacts.vectors)
    run.log_file(TokensFiles(artifacts.tokens).summary, artifacts.tokens.name)
    for path in (vectors.summary, vectors.neighbours):
        run.log_file(path, artifacts.vectors.name)
    for path in (artifacts.params, artifacts.lock):
        run.log_file(path, "inputs")
