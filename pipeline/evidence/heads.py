"""Every number, picture and page of the heads; the numbers are of the validation split."""

from pipeline.artifacts import EvidenceFiles, ModelFiles
from pipeline.evidence.setting import Setting
from pipeline.evidence.splits import MeasuredSplit
from pipeline.pages.heads_page import heads_page
from pipeline.pages.page import write_page
from pipeline.pages.trace_page import trace_page
from pipeline.params.train import WatchedParams
from pipeline.pictures.heads import draw_epochs, draw_heads
from pipeline.pictures.pruning import draw_pruning
from pipeline.progress import begin
from pipeline.study.interventions.effects import Effects, effect_rows, study_effects
from pipeline.study.measuring import Material
from pipeline.study.registry import most_needed
from pipeline.study.relations.nearest_tag import Tags
from pipeline.study.relations.trees import read_trees
from pipeline.study.study import study_weights
from pipeline.study.table import write_rows
from pipeline.study.trace import trace_sentence
from pipeline.study.watched import choose_watched
from pipeline.study.word_texts import read_texts


def build_heads(setting: Setting, validation: MeasuredSplit, watched: WatchedParams) -> None:
    """Study the heads, and write the tables, pictures and pages of them."""
    network, folder = setting.network, setting.folder
    files = EvidenceFiles(folder)
    effects = _effects(setting, validation)
    resampling = setting.resampling(validation.sentences)
    studied = study_weights(_material(setting, validation), setting.params.batch_tokens)
    rows = [*studied, *effect_rows(effects, resampling)]
    write_rows(rows, [about.name for about in most_needed()], folder)
    begin("drawing the heads and writing their pages")
    if effects:
        draw_pruning(files.pruning_picture, effects.pruning)
    draw_heads(network, setting.encoding, watched.sentences, files.sentences)
    chosen = choose_watched(setting.encoding, validation.asked.tokens, watched)
    model = setting.artifacts.model
    draw_epochs(ModelFiles(model).watched, chosen, files.epochs)
    sampled = len(effects.sampled) if effects else 0
    page = heads_page(network, chosen, model, rows, resampling, sampled)
    write_page(page, files.heads_page)
    for text in watched.sentences[:1]:
        trace = trace_sentence(network, setting.encoding, text)
        write_page(trace_page(trace, model, folder), files.trace_page)


def _material(setting: Setting, validation: MeasuredSplit) -> Material:
    network, answers = setting.network, validation.predictions
    path, tokens = setting.artifacts.corpus_split("validation"), validation.asked.tokens
    trees, texts = read_trees(path), read_texts(path, setting.encoding, tokens)
    tags = None
    if network.objective.labels_words:
        place = answers.sentence, answers.word
        tags = Tags.of(trees.offsets, *place, answers.predicted, answers.classes)
    return Material(network, tokens, texts, trees, tags, setting.seed)


def _effects(setting: Setting, validation: MeasuredSplit) -> Effects | None:
    return study_effects(
        setting.network,
        validation.asked.tokens,
        setting.prepare(validation.asked),
        setting.params.batch_tokens,
        setting.params.faithfulness_sentences,
        setting.seed,
        setting.occurrences(),
    )
