"""Commands that put a trained model to use."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from pipeline.cli.opened import outputs_of
from pipeline.commands import say
from pipeline.project_folder import find_root

if TYPE_CHECKING:
    from pipeline.corpus.formats.records import Layout
    from pipeline.serving.predictor import Predictor
    from pipeline.serving.reading import Kind, Opened
    from pipeline.serving.rows import RowAnswerer
    from pipeline.serving.writing import Write

KINDS = ("lines", "csv", "tsv", "jsonl", "parquet")
PORT = 8000
SOME_WITHOUT_ANSWER = 3
"""The exit status where rows have a reason in the place of an answer."""


class Head(click.ParamType[tuple[int, int]]):
    """A layer and a head, such as 1.3."""

    name = "layer.head"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """`1.3` -> (1, 3)."""
        layer, _, head = str(value).partition(".")
        if not (layer.isdecimal() and head.isdecimal()):
            self.fail(f"expected LAYER.HEAD, counted from 1, such as 1.3, got {value}", param, ctx)
        return int(layer), int(head)


class Encoding(click.ParamType[str]):
    """How characters are written, by a name that Python knows."""

    name = "name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """As `corpus.table.encoding` takes it."""
        from pydantic import TypeAdapter, ValidationError

        from pipeline.params.section import Encoding

        try:
            return TypeAdapter(Encoding).validate_python(value)
        except ValidationError as error:
            self.fail(str(error.errors()[0]["ctx"]["error"]), param, ctx)


class Delimiter(click.ParamType[str]):
    """What stands between cells: one sign."""

    name = "sign"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """As it is."""
        if len(str(value)) != 1:
            self.fail(f"expected one sign, such as ';', got {value!r}; a tab: --as tsv", param, ctx)
        return str(value)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--run", metavar="RUN", help="A run of the store; without it, data/model.")
@click.option(
    "--as", "kind", type=click.Choice(KINDS), help="What FILE holds, if not by its ending."
)
@click.option("--encoding", type=Encoding(), help="Of text that does not begin with a mark of it.")
@click.option("--delimiter", type=Delimiter(), help="Between cells; without it a comma or a tab.")
@click.option("--column", metavar="NAME", help="What holds the text or the words.")
@click.option("--second", metavar="NAME", help="The second texts, where pairs were learned.")
@click.option(
    "--to", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="A .jsonl, .csv or .parquet; without it, JSONL goes to the standard output.",
)  # fmt: skip
@click.option("--vectors", is_flag=True, help="Each token's context-aware vector, too.")
@click.option("--attention", "head", type=Head(), help="This head's weights, too, such as 1.3.")
def predict(
    file: Path,
    run: str | None,
    kind: str | None,
    encoding: str | None,
    delimiter: str | None,
    column: str | None,
    second: str | None,
    to: Path | None,
    vectors: bool,
    head: tuple[int, int] | None,
) -> None:
    """Answer every row of FILE: a text a line, CSV, TSV, JSONL or Parquet; - is a pipe.

    A row's sentence is in its column `words`, a list, or else in `text`; without both, a text in
    `words` is cut at white space. All its columns are kept, and `prediction` and `probability`
    added. A row that cannot be answered comes out with its reason in `error`. Exit status: 3 where
    there are such rows.
    """
    root = find_root(Path.cwd())
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as a stage does it, and for its reason
    from pipeline.serving.reading import kind_of, layout_of
    from pipeline.serving.rows import RowAnswerer, Wanted
    from pipeline.serving.streaming import ROWS, answer_rows

    is_pipe = str(file) == "-"
    found = kind_of(file, cast("Kind | None", "lines" if is_pipe and kind is None else kind))
    layout = layout_of(found, encoding, delimiter)
    if to is not None and not is_pipe and to.exists() and file.exists() and to.samefile(file):
        raise ValueError(f"{to} is the file that is read: choose another one with --to")
    answerer = RowAnswerer(_loaded(root, run), Wanted(vectors, head))
    answerer.wanted.require(answerer.predictor)
    at_once = 1 if is_pipe and sys.stdin.isatty() else ROWS
    with (
        _given(file, found, layout, column, second) as given,
        _written(to, given, answerer) as write,
    ):
        count = answer_rows(answerer, given, write, at_once)
    if to is not None or count.without_answer:
        say(f"{count}{f': {to}' if to else ''}", err=True)
    sys.exit(SOME_WITHOUT_ANSWER if count.without_answer else 0)


def _loaded(root: Path, run: str | None) -> "Predictor":
    from pipeline.serving.predictor import Predictor

    with outputs_of(root, run, "model") as outputs:
        return Predictor.load(outputs.require(outputs.model))


@contextmanager
def _given(
    file: Path, kind: "Kind", layout: "Layout", column: str | None, second: str | None
) -> "Iterator[Opened]":
    from pipeline.serving.reading import opened, piped, with_pairs

    stream = cast(BufferedIOBase, sys.stdin.buffer)
    with (
        nullcontext(piped(stream, kind, column, layout))
        if str(file) == "-"
        else opened(file, kind, column, layout) as given
    ):
        yield with_pairs(given, second) if second else given


@contextmanager
def _written(to: Path | None, given: "Opened", answerer: "RowAnswerer") -> "Iterator[Write]":
    from pipeline.progress import shown
    from pipeline.serving.rows import require_free_names
    from pipeline.serving.writing import added_columns, json_lines, written_to

    require_free_names(dict.fromkeys(given.columns or ()), answerer.added)
    # In a terminal the rows themselves show how far it is.
    is_shown = to is not None or not sys.stdout.isatty()
    with shown("predict") if is_shown else nullcontext():
        if to is None:
            stream: Any = sys.stdout.buffer
            yield json_lines(getattr(stream, "raw", stream))  # a buffer hides how much is written
            return
        with written_to(to, given, added_columns(answerer)) as write:
            yield write


@click.command()
@click.option("--run", metavar="RUN", help="A run of the store; without it, data/model.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
def serve(run: str | None, port: int) -> None:
    """Answer over HTTP on 127.0.0.1, with a page to type a sentence into; Ctrl-C ends it."""
    root = find_root(Path.cwd())
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as a stage does it, and for its reason
    from pipeline.serving.app import make_app
    from pipeline.serving.server import listen
    from pipeline.serving.server import serve as answer_requests

    with closing(listen(port)) as listening:
        predictor = _loaded(root, run)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        say(f"a page to try it: {address}/\nwhat programs may ask: {address}/docs\nCtrl-C ends it")
        with suppress(KeyboardInterrupt):
            answer_requests(make_app(predictor, run or "data/model"), listening)


@click.command()
@click.argument("run")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--onnx", "has_onnx", is_flag=True, help="model.onnx, too, for other runtimes.")
def export(run: str, folder: Path, has_onnx: bool) -> None:
    """Write RUN's model into FOLDER: weights (safetensors), shape, tokenizer."""
    root = find_root(Path.cwd())
    from pipeline.files import whole_folder

    if has_onnx:
        from pipeline.serving.onnx_file import require_packages

        require_packages()
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty: expected a new folder, or an empty one")
    with outputs_of(root, run, "model") as outputs, whole_folder(folder) as beside:
        shutil.copytree(outputs.model, beside, dirs_exist_ok=True)
        if has_onnx:
            from pipeline.serving.onnx_file import write_onnx
            from pipeline.serving.predictor import Predictor

            write_onnx(Predictor.load(beside), beside / "model.onnx")
        names = sorted(path.name for path in beside.iterdir())
    say(f"{folder}: {', '.join(names)}")
