"""A picture at a step -> the slider of MLflow's charts, once, however often it is sent."""

import hashlib
import re
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mlflow
    import PIL.Image

FOLDER = "images"
"""Of a run's artifacts, where the charts look."""

KEY = re.compile(r"[a-zA-Z0-9_\-./ ]+")
"""What MLflow takes as a slider's name."""


def log_on_slider(
    client: "mlflow.MlflowClient", run_id: str, path: Path, key: str, step: int, timestamp: int
) -> None:
    """Log it as `client.log_image` does, but named by what it holds instead of by chance.

    So what is there with the same content is not logged again, nor after a kill half way.

    Raises:
        ValueError: the key has a sign that MLflow does not take, or the file is no picture.
    """
    from mlflow.tracking.multimedia import compress_image_size
    from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_IMAGES

    if not KEY.fullmatch(key):
        raise ValueError(f"a picture's key has letters, digits and _ - . / alone, got {key!r}")
    start, content = f"{key.replace('/', '~')}+step+{step}+timestamp+", _content_id(path)
    if _is_there(client, run_id, start, content):
        return
    picture = _pixels(path)
    name = f"{start}{timestamp}+{content}"
    client.set_tag(run_id, MLFLOW_LOGGED_IMAGES, "True")
    with tempfile.TemporaryDirectory() as folder:
        small, whole = Path(folder, f"{name}+compressed.webp"), Path(folder, f"{name}.png")
        compress_image_size(picture).save(small)
        picture.save(whole)
        client.log_artifact(run_id, str(small), FOLDER)
        client.log_artifact(run_id, str(whole), FOLDER)  # last: it says that all is there


def _is_there(client: "mlflow.MlflowClient", run_id: str, start: str, content: str) -> bool:
    """Whether the slider has this content at this step, whenever it was logged."""
    paths = [item.path for item in client.list_artifacts(run_id, FOLDER)]
    return any(
        path.startswith(f"{FOLDER}/{start}") and path.endswith(f"+{content}.png") for path in paths
    )


def _content_id(path: Path) -> str:
    """In the form in which MLflow names a picture by chance."""
    return str(uuid.UUID(hashlib.sha256(path.read_bytes()).hexdigest()[:32]))


def _pixels(path: Path) -> "PIL.Image.Image":
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.copy()
    # One is an OSError, one is of no common kind; it is not the store that fails.
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None
