"""data/model and the held-out splits -> data/evidence: figures, tables, predictions, pictures."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from pipeline.artifacts import Artifacts, Split
from pipeline.evaluation.baselines import majority_label, most_frequent_label
from pipeline.evaluation.held_out import Sentences, is_among, read_split
from pipeline.evaluation.measured import (
    MaskedEvidence,
    TaggingEvidence,
    measure_masked_lm,
    measure_tagging,
)
from pipeline.evaluation.prediction import predict_split
from pipeline.evaluation.predictions import Predictions, write_predictions
from pipeline.evaluation.report import metrics, write_metrics, write_tables
from pipeline.evaluation.training_record import read_history
from pipeline.model.checkpoint import load_network
from pipeline.model.network import Network
from pipeline.model.objectives import evaluation_targets
from pipeline.model.shape import classes_of
from pipeline.pages.heads_page import heads_page
from pipeline.pages.page import write_page
from pipeline.pages.trace_page import trace_page
from pipeline.params import EvaluateParams, ObjectiveParams, TrainParams
from pipeline.pictures.classes import draw_classes
from pipeline.pictures.confusion import draw_confusion
from pipeline.pictures.embedding import draw_embedding_map
from pipeline.pictures.groups import draw_groups
from pipeline.pictures.heads import draw_epochs, draw_heads
from pipeline.pictures.history import draw_history
from pipeline.pictures.pruning import draw_pruning
from pipeline.pictures.reliability import draw_reliability
from pipeline.resampling import Resampling
from pipeline.study.head_rows import study_rows
from pipeline.study.interventions.effects import study_effects
from pipeline.study.probes import choose_probes
from pipeline.study.relations.nearest_tag import Tags
from pipeline.study.relations.trees import read_trees
from pipeline.study.study import study_weights
from pipeline.study.table import write_rows
from pipeline.study.trace import trace_sentence
from pipeline.study.word_texts import read_texts
from pipeline.tokens.encoding import Encoding, load_encoding
from pipeline.tokens.keyed import keyed_seed
from pipeline.tokens.store import open_tokens
from pipeline.tokens.tokenizer import SPECIAL
from pipeline.vectors.word_map import read_map

HELD_OUT: tuple[Split, ...] = ("validation", "test")


def build_evidence(
    artifacts: Artifacts,
    params: EvaluateParams,
    objective: ObjectiveParams,
    train_params: TrainParams,
    seed: int,
    folder: Path,
) -> dict[str, Any]:
    """Measure the model in data/model and write everything; gives what metrics.json holds.

    Raises:
        ValueError: the model or the tokens are damaged or do not fit each other.
    """
    network, encoding = load_network(artifacts.model), load_encoding(artifacts.model)
    train = read_split(artifacts.corpus_split("train"))
    evidence: dict[Split, TaggingEvidence | MaskedEvidence] = {}
    answers: dict[Split, Predictions] = {}
    baselines: dict[Split, dict[str, float]] = {}
    for split in HELD_OUT:
        sentences = read_split(artifacts.corpus_split(split))
        predictions = predict_split(
            network,
            open_tokens(artifacts.tokens_split(split)),
            evaluation_targets(objective, network.shape.vocab_size, seed),
            params.batch_tokens,
            classes_of(network.shape, encoding),
        )
        predictions = sentences.with_unseen_labels(predictions)
        answers[split] = predictions
        resampling = _resampling(params, seed, sentences)
        (folder / split).mkdir()
        forms = sentences.forms_at(predictions)
        write_predictions(folder / split / "predictions.parquet", predictions, sentences.ids, forms)
        if network.shape.objective == "tagging":
            measured = _measure_tagger(predictions, forms, sentences, train, params, resampling)
            _draw_tagger(measured, split, params.confidence, folder / split)
            write_tables(folder / split, measured)
            evidence[split] = measured
            baselines[split] = _tagging_baselines(predictions, forms, train)
        else:
            evidence[split] = measure_masked_lm(predictions, resampling)
            baselines[split] = _token_baseline(predictions, artifacts)
    names = {name: None for split in HELD_OUT for name in baselines[split]}
    known = {n: {s: baselines[s][n] for s in HELD_OUT if n in baselines[s]} for n in names}
    figures = metrics(evidence, known)
    write_metrics(folder / "metrics.json", figures)
    _draw_training(artifacts.model / "history.csv", network, folder / "history.png")
    _draw_map(artifacts.vectors / "map.json", folder / "map.png")
    _study_heads(
        artifacts,
        network,
        encoding,
        params,
        objective,
        train_params,
        seed,
        folder,
        answers["validation"],
    )
    return figures


def _study_heads(
    artifacts: Artifacts,
    network: Network,
    encoding: Encoding,
    params: EvaluateParams,
    objective: ObjectiveParams,
    train_params: TrainParams,
    seed: int,
    folder: Path,
    answers: Predictions,
) -> None:
    """Every number, picture and page of the heads; the numbers are of the validation split."""
    validation = open_tokens(artifacts.tokens_split("validation"))
    trees = read_trees(artifacts.corpus_split("validation"))
    texts = read_texts(artifacts.corpus_split("validation"), encoding, validation)
    tags = None
    if network.shape.objective == "tagging":
        place = answers.sentence, answers.word
        tags = Tags.of(trees.offsets, *place, answers.predicted, answers.classes)
    studied = study_weights(network, validation, texts, trees, params.batch_tokens, tags)
    effects = study_effects(
        network,
        validation,
        evaluation_targets(objective, network.shape.vocab_size, seed),
        params.batch_tokens,
        params.faithfulness_sentences,
        seed,
        _frequency(artifacts, network.shape.vocab_size),
    )
    resampling = _resampling(params, seed, read_split(artifacts.corpus_split("validation")))
    rows = list(study_rows(studied, effects, resampling))
    write_rows(rows, folder)
    if effects:
        draw_pruning(folder / "pruning.png", effects.pruning)
    draw_heads(network, encoding, train_params.probes.sentences, folder / "heads")
    probes = choose_probes(encoding, validation, train_params.probes)
    seen = artifacts.model / "probes.safetensors"
    draw_epochs(seen, probes, folder / "epochs")
    sampled = len(effects.sampled) if effects else 0
    write_page(heads_page(network, probes, seen, rows, resampling, sampled), folder / "heads.html")
    for text in train_params.probes.sentences[:1]:
        trace = trace_sentence(network, encoding, text)
        write_page(trace_page(trace, artifacts.model, folder), folder / "trace.html")


def _frequency(artifacts: Artifacts, vocab_size: int) -> Int[np.ndarray, " vocab"]:
    """How often each token stands in training; special ones, such as unknown words, never."""
    train = open_tokens(artifacts.tokens_split("train"))
    found = np.bincount(train.input_ids, minlength=vocab_size)
    found[: len(SPECIAL)] = 0
    return found


def _resampling(params: EvaluateParams, seed: int, sentences: Sentences) -> Resampling:
    key = keyed_seed(seed, "bootstrap")
    return Resampling(params.bootstrap_samples, params.confidence, key, sentences.unit)


def _measure_tagger(
    predictions: Predictions,
    forms: list[str],
    sentences: Sentences,
    train: Sentences,
    params: EvaluateParams,
    resampling: Resampling,
) -> TaggingEvidence:
    return measure_tagging(
        predictions,
        sentences.lengths,
        sentences.genres,
        is_among(forms, set(train.forms)),
        params.length_edges,
        params.calibration_bins,
        resampling,
    )


def _tagging_baselines(
    predictions: Predictions, forms: list[str], train: Sentences
) -> dict[str, float]:
    """Accuracy in [0, 1] of answers that need no model."""
    number = {label: i for i, label in enumerate(predictions.classes)}
    gold = np.array([number[label] for label in train.labels])
    by_word = most_frequent_label(train.forms, gold)
    return {
        "majority": float((predictions.gold == majority_label(gold)).mean()),
        "most_frequent_tag": float((predictions.gold == by_word.predict(forms)).mean()),
    }


def _token_baseline(predictions: Predictions, artifacts: Artifacts) -> dict[str, float]:
    """Accuracy of always answering the training split's most frequent token that can be asked.

    Nothing where no token is asked.
    """
    train = open_tokens(artifacts.tokens_split("train")).input_ids
    known = train[np.isin(train, np.unique(predictions.gold))]
    if not len(known):
        return {}
    return {"majority": float((predictions.gold == majority_label(known)).mean())}


def _draw_tagger(found: TaggingEvidence, split: Split, confidence: float, folder: Path) -> None:
    """The pictures of one split."""
    draw_confusion(
        folder / "confusion.png", found.confusion, found.classes, f"What is taken for what: {split}"
    )
    draw_classes(
        folder / "classes.png", found.class_scores, found.classes, f"F1 of each tag: {split}"
    )
    draw_reliability(
        folder / "reliability.png", found.reliability, f"Is it as right as it is sure? {split}"
    )
    groups = {
        "length": (found.lengths, "sentence length, words"),
        "seen": (found.seen, "word seen in training"),
        "genre": (found.genres, "genre"),
    }
    for name, (group, axis) in groups.items():
        if group:
            draw_groups(folder / f"{name}.png", group, confidence, f"Accuracy: {split}", axis)


def _draw_map(vectors: Path, path: Path) -> None:
    found = read_map(vectors)
    title = f"First vectors of the most frequent tokens: {found.method}"
    draw_embedding_map(path, found.xy, found.tokens, title)


def _draw_training(history: Path, network: Network, path: Path) -> None:
    unit = "word" if network.shape.objective == "tagging" else "hidden token"
    draw_history(path, read_history(history), unit, "Training")
