"""data/model and the held-out splits -> data/evidence: figures, tables, predictions, pictures."""

from pathlib import Path

from pipeline import progress
from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.corpus.card import read_card
from pipeline.evaluation.report import metrics, write_metrics
from pipeline.evidence.heads import build_heads
from pipeline.evidence.scores import compared_scores
from pipeline.evidence.setting import Setting
from pipeline.evidence.splits import HELD_OUT, build_split, read_training
from pipeline.evidence.words import draw_words
from pipeline.model.checkpoint import load_network
from pipeline.model.history import columns_of, read_history
from pipeline.pages.corpus_page import corpus_page
from pipeline.pages.page import write_page
from pipeline.params.evaluate import EvaluateParams
from pipeline.params.train import WatchedParams
from pipeline.pictures.history import draw_history
from pipeline.tokens.encoding import load_encoding
from pipeline.wording import wording_of

PICTURES, HEADS = "drawing the history and the map of words", "studying the heads"
STEPS = (*HELD_OUT, PICTURES, HEADS)


def build_evidence(
    artifacts: Artifacts, params: EvaluateParams, watched: WatchedParams, seed: int, folder: Path
) -> None:
    """Measure the model in data/model and write everything.

    Raises:
        ValueError: the model, the tokens or the corpus are damaged or do not fit each other.
    """
    progress.plan(*STEPS)
    network, encoding = load_network(artifacts.model), load_encoding(artifacts.model)
    setting = Setting(artifacts, network, encoding, params, seed, folder)
    wording = wording_of(network.shape.objective)
    train = read_training(setting)
    found = {}
    for split in HELD_OUT:
        progress.step(split)
        found[split] = build_split(setting, split, train)
    files = EvidenceFiles(folder)
    figures = metrics(
        {split: one.evidence for split, one in found.items()},
        {split: one.baselines for split, one in found.items()},
    )
    write_metrics(files.metrics, figures)
    for split in found:
        write_metrics(files.scores(split), compared_scores(figures, wording.baselines, split))
    progress.step(PICTURES)
    history = columns_of(read_history(artifacts.model))
    draw_history(files.history_picture, history, wording.unit, "Training")
    draw_words(setting, files.map_picture)
    write_page(corpus_page(read_card(artifacts.corpus)), files.corpus_page)
    progress.step(HEADS)
    build_heads(setting, found["validation"], watched)
