"""A run's model -> a folder below data/source, from which another training can start."""

import json
import shutil
from pathlib import Path

from pipeline.artifacts import Artifacts, EncodingFiles, ModelFiles, StartFiles
from pipeline.files import hash_file, whole_folder
from pipeline.foreign import file_name
from pipeline.runs.fetching import Kept
from pipeline.wording import read_objective


def copy_model(kept: Kept, artifacts: Artifacts, name: str | None) -> Path:
    """Copy what the model is, and what it reads, beside a file that says where it is from.

    Raises:
        FileNotFoundError: the run kept no model.
        ValueError: there is such a folder already, or the name is none for a folder there.
    """
    called = name or file_name(kept.name)
    if file_name(called) != called:
        raise ValueError(f"expected a name for a folder below data/source, got {called!r}")
    folder, model = artifacts.source / called, kept.outputs.model
    if folder.exists():
        raise ValueError(
            f"{folder.relative_to(artifacts.root)} is there already: give another --name, or take "
            f"it away"
        )
    needed = ModelFiles(model), EncodingFiles(model)
    origin = {
        "run": kept.name,
        "run_id": kept.run_id,
        "commit": kept.record.commit,
        "objective": read_objective(model)["kind"],
        "weights_sha256": hash_file(needed[0].weights),
    }
    with whole_folder(folder) as beside:
        for path in (needed[0].weights, needed[0].shape, needed[1].tokenizer, needed[1].rest):
            shutil.copyfile(path, beside / path.name)
        text = json.dumps(origin, indent=1) + "\n"
        StartFiles(beside).origin.write_text(text, encoding="utf-8")
    return folder
