"""A model below data/source that training starts from -> its encoding, and its weights in tokens.

They travel with the tokens, since the ids are those of its vocabulary.
"""

import json
import shutil
from pathlib import Path

from pipeline.artifacts import Artifacts, EncodingFiles, ModelFiles, StartFiles, TokensFiles
from pipeline.corpus.source import local_path
from pipeline.files import hash_file, read_json
from pipeline.tokens.encoding import Encoding, load_encoding


def open_start(artifacts: Artifacts, name: str) -> Path:
    """The folder of the model that `train.start_from` names.

    Raises:
        ValueError: it lies outside data/source, holds no model, or holds other weights than those
            that were fetched.
        FileNotFoundError: there is nothing.
    """
    try:
        folder = local_path(artifacts, name)
    except (ValueError, FileNotFoundError) as error:
        raise type(error)(
            f"train.start_from {name}: {error}; `headway fetch RUN` puts a run's model there"
        ) from None
    model, encoding = ModelFiles(folder), EncodingFiles(folder)
    needed = (model.weights, model.shape, encoding.tokenizer, encoding.rest)
    if lacking := [path.name for path in needed if not path.is_file()]:
        raise ValueError(
            f"train.start_from {name} is no model's folder: expected {', '.join(lacking)} in it, "
            f"found none; `headway fetch RUN` puts a run's model below data/source"
        )
    told, found = _told_hash(folder), hash_file(model.weights)
    if told not in (None, found):
        raise ValueError(
            f"the weights in {name} are not those that were fetched: expected sha256 "
            f"{told[:12] if told else ''}..., found {found[:12]}...: `dvc checkout` them, or fetch "
            f"them again"
        )
    return folder


def keep_start(start: Path, name: str, folder: Path) -> Encoding:
    """Copy the weights and the shape into the folder of tokens; gives how the model reads text.

    Raises:
        ValueError: its encoding is damaged.
    """
    kept = StartFiles(TokensFiles(folder).start)
    kept.folder.mkdir()
    model = ModelFiles(start)
    for own, other in ((kept.weights, model.weights), (kept.shape, model.shape)):
        shutil.copyfile(other, own)
    about = {"start_from": name, "weights_sha256": hash_file(kept.weights)}
    kept.about.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return load_encoding(start)


def _told_hash(folder: Path) -> str | None:
    origin = StartFiles(folder).origin
    return read_json(origin).get("weights_sha256") if origin.is_file() else None
