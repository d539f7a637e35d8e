"""Runs in a store, in few words: with the answers, the record and the heads that a run keeps."""

from compared import Told, member

from pipeline.model.history import write_kept_epoch
from pipeline.study.table import HeadRow, write_rows
from pipeline.study.watched import write_watched
from pipeline.tracking.run import track

TOKENS = tuple(tuple("abcdefghijklmn"[:length]) for length in (5, 9, 14))
"""Of the sentences of `random_run`."""


def keep_run(project, folder, told: Told, tags=None, heads=None) -> str:
    """A finished run of the project, with its files gone from `folder`; gives its id.

    `heads` are its weights on the watched sentences.
    """
    made = member(folder, told)
    place = folder / told.name
    own = {"headway.weights_sha256": made.weights}
    with track(project, told.name, made.params, own | (tags or {})) as run:
        run.log_metrics({**made.metrics, "validation/accuracy": 0.5}, 0)
        if heads is not None:
            write_rows(list(_rows(heads)), [], place / "evidence")
            run.log_model(_model(place / "package", heads), "model")
        for part in ("record", "evidence"):
            run.log_file(place / part, "")
    place.rename(folder / f"gone-{run.run_id}")
    return run.run_id


def _rows(heads):
    layers, count = heads[0].shape[:2]
    for layer in range(layers):
        for head in range(count):
            yield HeadRow(measure="zero_loss", layer=layer + 1, head=head + 1, value=head / 10)


def _model(package, heads):
    files = package / "artifacts/model"
    files.mkdir(parents=True)
    (package / "MLmodel").write_text("flavors: {}\n")
    epoch = {f"1/{number}": one for number, one in enumerate(heads)}
    write_watched(epoch, files / "watched.safetensors", TOKENS)
    write_kept_epoch(1, files)
    return package
