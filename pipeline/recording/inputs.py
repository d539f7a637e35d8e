"""What a training learns from -> its run: the corpus, tokens and vectors in figures."""

from pipeline.artifacts import Artifacts, CorpusFiles, StartFiles, TokensFiles, VectorsFiles
from pipeline.files import read_json
from pipeline.tracking.run import TrackedRun

START_TAG = "headway.start"
"""The sha256 of the weights that a training started from."""
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
    _log_start(run, artifacts)
    for path in (artifacts.params, artifacts.lock):
        run.log_file(path, "inputs")


def _log_start(run: TrackedRun, artifacts: Artifacts) -> None:
    """The model that training starts from, where it does: its place and hash, and whose it is."""
    about = StartFiles(TokensFiles(artifacts.tokens).start).about
    if not about.is_file():
        return
    told = read_json(about)
    run.set_tags({START_TAG: told["weights_sha256"]})
    run.log_file(about, "inputs")
    origin = StartFiles(artifacts.root / told["start_from"]).origin
    if origin.is_file():
        run.log_file(origin, "inputs")
