"""A template and data -> one self-contained HTML page, the same bytes for the same data."""

import base64
import functools
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.files import whole_file

TEMPLATES = Path(__file__).with_name("templates")
DIGITS = 6
"""Significant digits of a number in a page's data: more than any figure of a study can bear."""

_HARMLESS = {ord("<"): r"\u003c", ord(">"): r"\u003e", ord("&"): r"\u0026"}


def render_page(
    template: str, title: str, data: Mapping[str, Any], asks: bool = False, **context: object
) -> str:
    """The page `template`.html, with `template`.css and `template`.js where they exist.

    The styles follow those of `style.css`, the script that of `page.js`, so that it finds the data
    by `readData()`. Where it `asks`, it may ask the server that sent it. Context is for the
    template, which escapes all of it; a name that the template uses and nobody gave is an error.

    Raises:
        ValueError: the data hold NaN or an infinity.
        jinja2.UndefinedError: the template needs a name that is not in the context.
    """
    style = _joined("style.css", f"{template}.css")
    script = _joined("page.js", f"{template}.js")
    return _environment().get_template(f"{template}.html").render(
        title=title,
        style=style,
        script=script,
        data=embedded_json(data),
        policy=content_policy(style, script, asks),
        **context,
    )  # fmt: skip


def write_page(page: str, path: Path) -> None:
    """Write a rendered page, whole or not at all."""
    with whole_file(path) as beside:
        beside.write_bytes(page.encode())


def embedded_json(data: Mapping[str, Any]) -> str:
    """JSON that may stand inside `<script>`, whatever its texts hold, such as `</script>`.

    ASCII alone, so that U+2028 and lone surrogates are escaped too; keys sorted; floats to DIGITS
    significant digits.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    text = json.dumps(_rounded(data), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.translate(_HARMLESS)


def content_policy(style: str, script: str, asks: bool = False) -> str:
    """A Content-Security-Policy under which these two inline texts work and nothing else.

    No request of any kind, but to the page's own server where it `asks`; no other script, no inline
    handler, no form.
    """
    connects = "connect-src 'self'; " * asks
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        f"{connects}img-src data:; base-uri 'none'; form-action 'none'"
    )


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _joined(*names: str) -> str:
    """The templates' files of these names, those that exist, one after the other."""
    files = [TEMPLATES / name for name in names]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _rounded(value: Any) -> Any:
    """The same data, floats to DIGITS significant digits."""
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return value
