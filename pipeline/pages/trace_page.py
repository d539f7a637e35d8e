"""A trace, its training and the study's rows -> the page that explains the model by this run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.artifacts import Artifacts, EvidenceFiles, ModelFiles
from pipeline.attention import Visibility
from pipeline.evaluation.report import read_draws
from pipeline.model.history import columns_of, read_history, read_kept_epoch
from pipeline.pages.page import render_page, write_page
from pipeline.pages.said import Token, head_name
from pipeline.pages.trace_answer import prediction_trace
from pipeline.pages.trace_curve import curves, epoch_rows
from pipeline.pages.trace_insight import insight
from pipeline.pages.trace_quiz import quiz
from pipeline.pages.trace_steps import data_flow, predictions, unknown
from pipeline.pages.trace_whole import whole
from pipeline.pages.trace_words import heads_in_epochs, measure_epochs, silent_heads
from pipeline.study.table import HeadRow, read_rows
from pipeline.study.trace import Trace
from pipeline.study.verdicts import head_verdicts, overall_line
from pipeline.study.watched import SentenceWeights, read_watched


def render_trace(
    trace: Trace,
    history: Mapping[str, Sequence[float]] | None,
    epochs: Sequence[Sequence[SentenceWeights]] | None,
    rows: Sequence[HeadRow] | None,
    kept: int | None = None,
    draws: int | None = None,
) -> str:
    """The whole page; what is None is said to be missing.

    `history` has the columns of history.csv; `epochs`, for each epoch and sentence, the heads'
    weights as `read_watched` gives them; `rows` are those of heads.json; `kept` is the epoch, from
    1, whose weights the model has; `draws` are those of the rows' intervals.
    """
    looked = [seen for seen in epochs or () if seen]
    silent = silent_heads(rows or ())
    measured = measure_epochs(looked, Visibility(None, trace.shape.is_causal))
    told = heads_in_epochs(measured, silent, trace.shape.is_causal) if trace.layers else []
    questions = quiz(trace)
    encoder = trace.shape.encoder
    return render_page(
        "trace",
        "One sentence through the model",
        {"answers": [question.right for question in questions]},
        is_token=lambda value: isinstance(value, Token),
        trace=trace,
        encoder=encoder,
        d_head=encoder.d_model // encoder.n_heads,
        wording=trace.wording,
        flow=data_flow(trace),
        predicted=predictions(trace),
        answer=prediction_trace(trace),
        questions=questions,
        curves=[] if history is None else curves(history, kept),
        epochs=[] if history is None else epoch_rows(history, told, kept),
        kept=kept,
        watched=len(looked[0]) if told else 0,
        silent=[head_name(*place, len(trace.layers)) for place in sorted(silent)],
        unknown=unknown(trace),
        insight=insight(trace, rows),
        whole=whole(trace),
        overall=overall_line(rows or (), draws),
        verdicts=head_verdicts(rows or (), draws),
    )


def trace_page(trace: Trace, model: Path, evidence: Path) -> str:
    """The page with what lies in data/model and data/evidence of the run; each may lack files.

    Raises:
        ValueError: a file is damaged.
    """
    files, rows = ModelFiles(model), EvidenceFiles(evidence).heads
    return render_trace(
        trace,
        columns_of(read_history(model)) if files.history.is_file() else None,
        read_watched(files.watched) if files.watched.is_file() else None,
        read_rows(rows) if rows.is_file() else None,
        read_kept_epoch(model) if files.kept_epoch.is_file() else None,
        read_draws(EvidenceFiles(evidence).metrics),
    )


def write_trace(trace: Trace, outputs: Artifacts, file: Path) -> None:
    """Write the page of a run's outputs, whole or not at all.

    Raises:
        ValueError: a file of the outputs is damaged.
        OSError: the page cannot be written there.
    """
    page = trace_page(trace, outputs.model, outputs.evidence)
    try:
        write_page(page, file)
    except OSError as error:
        raise OSError(
            f"{file} cannot be written ({error.strerror}): choose a file in a folder that you may "
            "write to"
        ) from None
