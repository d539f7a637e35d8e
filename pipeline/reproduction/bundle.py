"""A run <-> one zip for a reviewer: code, parameters, data, model, evidence, how to verify."""

import json
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from pipeline.files import find_files, hash_file, whole_file
from pipeline.foreign import visible_name
from pipeline.recording.hashes import Part, hash_content
from pipeline.recording.record import WHOLE
from pipeline.reproduction.page import bundle_page
from pipeline.reproduction.workplace import SOURCE, bring_data, files_of, make_workplace
from pipeline.runs.fetching import Kept

SUMS, ABOUT, PAGE = "SHA256SUMS", "bundle.json", "README.html"
LARGEST_DATA = 50 << 20
"""Bytes of a file of a person's own data: a larger one does not travel with the code."""
LARGEST_BUNDLE = 8 << 30
"""Bytes that an unpacked bundle may have: more is no bundle of ours."""
UNREADABLE = (
    zipfile.BadZipFile, OSError, EOFError, ValidationError, UnicodeDecodeError, RuntimeError,
    zlib.error, lzma.LZMAError, struct.error, OverflowError,
)  # fmt: skip
"""What zipfile raises for a file that is none, damaged, encrypted, or packed by another method."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The only time in the file: the same run is the same bytes."""


class About(Part):
    """What a bundle says of itself."""

    version: int = 2
    run_id: str
    name: str
    record_sha256: dict[str, str] | str | None
    """By stage; in version 1 one for all."""
    metrics: dict[str, float]
    left_out: dict[str, str]
    """Data that is not inside, and why."""


def is_bundle(query: str) -> bool:
    """Whether a person means a file and no run."""
    return query.endswith(".zip") or (Path(query).is_file() and zipfile.is_zipfile(query))


def write_bundle(kept: Kept, root: Path, place: Path, target: Path) -> About:
    """Write the run and all that it takes to make it again into a zip file.

    Args:
        kept: the run.
        root: the project whose commit it was made from.
        place: an empty folder to work in.
        target: the file to be written.

    Raises:
        ValueError: the run has no record, its commit is not there, or its patch does not apply.
    """
    tree = place / "tree"
    make_workplace(kept, root, tree)
    files = {f"code/{path.relative_to(tree).as_posix()}": path for path in files_of(tree)}
    bring_data(kept, root, tree)
    left_out = dict(_left_out(kept, tree))
    for path in kept.record.inputs:
        if path.startswith(SOURCE) and path not in left_out:
            files[f"code/{path}"] = tree / path
    for file in find_files(kept.folder, ["**/*"]):
        files[f"run/{file.relative_to(kept.folder).as_posix()}"] = file
    about = About(
        run_id=kept.run_id,
        name=kept.name,
        record_sha256=kept.record_sha256,
        metrics=kept.metrics,
        left_out=left_out,
    )
    told = place / "told"
    told.mkdir()
    content = json.dumps(about.model_dump(), indent=1, sort_keys=True) + "\n"
    (told / ABOUT).write_text(content, encoding="utf-8")
    (told / PAGE).write_text(bundle_page(kept, left_out, target.name), encoding="utf-8")
    files |= {name: told / name for name in (ABOUT, PAGE)}
    sums = [f"{hash_content(files[name]).sha256}  {name}\n" for name in sorted(files)]
    (told / SUMS).write_text("".join(sums), encoding="utf-8")
    files[SUMS] = told / SUMS
    with whole_file(target) as beside:
        pack(beside, files)
    return about


def open_bundle(path: Path, folder: Path, tree: Path) -> Kept:
    """Unpack a bundle: the run into `folder`, the code and its data into `tree`.

    Raises:
        ValueError: it is no bundle, or a file in it is not what its list of hashes says.
        FileNotFoundError: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: expected a bundle that `headway bundle` wrote")
    unpacked = folder.parent / "unpacked"
    try:
        with zipfile.ZipFile(path) as archive:
            _unpack(archive, unpacked)
        about = About.model_validate_json((unpacked / ABOUT).read_bytes())
        _require_sums(path, unpacked)
        shutil.move(unpacked / "run", folder)
        shutil.move(unpacked / "code", tree)
    except UNREADABLE as error:
        said = " ".join(str(error).split()).replace(f"{unpacked}/", "")
        raise ValueError(
            f"{path} is no whole bundle that `headway bundle` wrote ({said}): fetch or write it "
            f"again"
        ) from None
    told = about.record_sha256 or {}
    record_sha256 = {WHOLE: told} if isinstance(told, str) else told
    return Kept(about.run_id, visible_name(about.name), folder, about.metrics, record_sha256)


def _left_out(kept: Kept, tree: Path) -> Iterator[tuple[str, str]]:
    """Files of a person's data that are too large, or not here any more."""
    for path, content in kept.record.inputs.items():
        if not path.startswith(SOURCE):
            continue
        file = tree / path
        if not file.is_file() or hash_content(file) != content:
            yield path, f"it was not found; sha256 {content.sha256}"
        elif content.bytes > LARGEST_DATA:
            yield path, f"{content.bytes >> 20} MiB; sha256 {content.sha256}"


def pack(path: Path, files: dict[str, Path]) -> None:
    """Write files under the archive's names, block by block; the same files are the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = files[name].stat().st_size  # more than 2 GiB is written otherwise
            with files[name].open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Plain files below the folder only: no link, no way out, no more than there may be."""
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > LARGEST_BUNDLE:
        raise zipfile.BadZipFile(f"it would unpack to more than {LARGEST_BUNDLE >> 30} GiB")
    for entry in entries:
        name = PurePosixPath(entry.filename)
        kind = entry.external_attr >> 16 & 0o170000
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or entry.is_dir():
            raise zipfile.BadZipFile(f"it has a file {entry.filename!r}")
        if kind not in (0, 0o100000):
            raise zipfile.BadZipFile(f"{entry.filename!r} is no plain file")
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, place.open("xb") as target:
            shutil.copyfileobj(source, target)


def _require_sums(path: Path, folder: Path) -> None:
    """Every file is there and as it was written, and none is too many."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    expected = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    found = {
        it.relative_to(folder).as_posix(): hash_file(it)
        for it in sorted(folder.rglob("*"))
        if it.is_file() and it != folder / SUMS
    }
    unlike = sorted(n for n in expected.keys() | found.keys() if expected.get(n) != found.get(n))
    if unlike:
        raise ValueError(
            f"{path} was changed after it was written: {unlike[0]} is not what {SUMS} says"
        )
