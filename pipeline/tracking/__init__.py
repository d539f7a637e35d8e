"""The record of every run in MLflow: where it is kept, what it holds, how it is found again."""

from pipeline.tracking.addresses import (
    address_lines,
    base_address,
    charts_address,
    run_address,
)
from pipeline.tracking.changes import NONE, git_commit
from pipeline.tracking.client import without_password
from pipeline.tracking.contents import evaluation_figures, log_evaluation, log_inputs
from pipeline.tracking.environment import Environment, environment_here
from pipeline.tracking.finding import (
    WEIGHTS_TAG,
    find_by_tag,
    find_by_weights,
    find_run,
    newest_runs,
    run_to_open,
)
from pipeline.tracking.hashes import INPUTS, FileHash, file_hashes, hash_content
from pipeline.tracking.listing import Measured, RunRow, list_runs
from pipeline.tracking.liveness import close_abandoned
from pipeline.tracking.model_run import claim_weights, run_of_model, runs_of_model
from pipeline.tracking.names import run_name
from pipeline.tracking.provenance import Origin, origin_of
from pipeline.tracking.record import (
    Record,
    log_record,
    output_hashes,
    read_record,
    record_hashes,
    record_tag,
)
from pipeline.tracking.run import TrackedRun, continue_run, track
from pipeline.tracking.sending import SentRun, send_unsent
from pipeline.tracking.server import require_free, ui_server
from pipeline.tracking.store import (
    Store,
    is_empty_store,
    open_store,
    project_of,
    sqlite_uri,
    store_uri,
)

__all__ = [
    "INPUTS",
    "NONE",
    "WEIGHTS_TAG",
    "Environment",
    "FileHash",
    "Measured",
    "Origin",
    "Record",
    "RunRow",
    "SentRun",
    "Store",
    "TrackedRun",
    "address_lines",
    "base_address",
    "charts_address",
    "claim_weights",
    "close_abandoned",
    "continue_run",
    "environment_here",
    "evaluation_figures",
    "file_hashes",
    "find_by_tag",
    "find_by_weights",
    "find_run",
    "git_commit",
    "hash_content",
    "is_empty_store",
    "list_runs",
    "log_evaluation",
    "log_inputs",
    "log_record",
    "newest_runs",
    "open_store",
    "origin_of",
    "output_hashes",
    "project_of",
    "read_record",
    "record_hashes",
    "record_tag",
    "require_free",
    "run_address",
    "run_name",
    "run_of_model",
    "run_to_open",
    "runs_of_model",
    "send_unsent",
    "sqlite_uri",
    "store_uri",
    "track",
    "ui_server",
    "without_password",
]
