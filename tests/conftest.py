"""Every shape in a signature is checked while the tests run; examples are the same every time."""

from hypothesis import settings
from jaxtyping import install_import_hook

CHECKED = ["tokens", "vectors", "attention", "model", "training", "serving", "evidence"]
hook = install_import_hook([f"pipeline.{part}" for part in CHECKED], "beartype.beartype")

settings.register_profile(
    "headway", derandomize=True, deadline=None, database=None, max_examples=50
)
settings.load_profile("headway")
