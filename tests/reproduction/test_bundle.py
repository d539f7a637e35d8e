"""Bundles as they arrive: damaged, encrypted, packed by who knows what, or simply large."""

import hashlib
import itertools
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from pipeline.reproduction import bundle
from pipeline.training.state import read_state

ABOUT = '{"run_id": "0", "name": "a run", "record_sha256": null, "metrics": {}, "left_out": {}}'
FILES = {"bundle.json": ABOUT, "code/x.py": "x = 1\n", "run/record.json": "{}"}


def write(
    path: Path, files: dict[str, str] | None = None, method: int = zipfile.ZIP_STORED
) -> Path:
    files = FILES if files is None else files
    sums = [f"{hashlib.sha256(text.encode()).hexdigest()}  {n}\n" for n, text in files.items()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, "SHA256SUMS": "".join(sums)}.items():
            archive.writestr(zipfile.ZipInfo(name), text, method)
    return path


def opened(path: Path, place: Path) -> bundle.Kept:
    place.mkdir()
    return bundle.open_bundle(path, place / "kept", place / "tree")


def assert_refused(path: Path, place: Path, *said: str) -> None:
    with pytest.raises(ValueError, match="\\.zip ") as refusal:
        opened(path, place)
    message = str(refusal.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 600
    for text in said:
        assert text in message


def test_a_whole_bundle_is_opened(tmp_path):
    assert opened(write(tmp_path / "a.zip"), tmp_path / "place").name == "a run"
    assert (tmp_path / "place/tree/x.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_bundle_with_a_flipped_bit_is_refused_in_one_line_or_is_the_same(tmp_path, method):
    whole = write(tmp_path / "whole.zip", method=method).read_bytes()
    damaged, numbers = tmp_path / "damaged.zip", itertools.count()
    refused = []
    for position in range(0, len(whole), 3):
        content = bytearray(whole)
        content[position] ^= 1 << position % 8
        damaged.write_bytes(content)
        place = tmp_path / f"place-{next(numbers)}"
        try:
            kept = opened(damaged, place)
        except ValueError as error:
            refused.append(str(error))
        else:  # a time, a version, a comment: nothing that is unpacked
            assert kept.name == "a run"
            assert (place / "tree/x.py").read_text() == "x = 1\n"
            assert (kept.folder / "record.json").read_text() == "{}"
    assert not [message for message in refused if "\n" in message]
    assert len(refused) > len(whole) / 9


def patched(path: Path, local: int, central: int, value: int) -> Path:
    """The first file's header changed, in its place and in the list at the end."""
    content = bytearray(path.read_bytes())
    content[local] = value
    content[content.index(b"PK\x01\x02") + central] = value
    path.write_bytes(content)
    return path


def test_an_encrypted_bundle_and_one_of_an_unknown_method_are_refused(tmp_path):
    encrypted = patched(write(tmp_path / "a.zip"), 6, 8, 1)
    assert_refused(encrypted, tmp_path / "encrypted", "is encrypted", "no whole bundle")
    unknown = patched(write(tmp_path / "b.zip"), 8, 10, 99)
    assert_refused(unknown, tmp_path / "unknown", "compression method", "no whole bundle")


def test_what_is_no_bundle_is_refused(tmp_path):
    deep = FILES | {"bundle.json": '{"run_id": ' + "[" * 10_000 + "]" * 10_000 + "}"}
    assert_refused(write(tmp_path / "a.zip", deep), tmp_path / "deep", "no whole bundle")
    assert_refused(write(tmp_path / "b.zip", {}), tmp_path / "empty", "bundle.json")
    without = {name: text for name, text in FILES.items() if not name.startswith("code")}
    assert_refused(write(tmp_path / "c.zip", without), tmp_path / "without", "code")
    (tmp_path / "d.zip").write_bytes(b"PK\x03\x04 and no more")
    assert_refused(tmp_path / "d.zip", tmp_path / "cut", "not a zip file")


def test_a_large_file_is_packed_unpacked_and_hashed_in_little_memory(tmp_path):
    large, block = tmp_path / "large", b"\0" * (1 << 20)
    digest = hashlib.sha256()
    with large.open("wb") as stream:
        for _ in range(96):
            stream.write(block)
            digest.update(block)
    (tmp_path / "about").write_text(ABOUT)
    (tmp_path / "sums").write_text(
        f"{digest.hexdigest()}  code/large\n{digest.hexdigest()}  run/large\n"
        f"{hashlib.sha256(ABOUT.encode()).hexdigest()}  bundle.json\n"
    )
    files = {
        "bundle.json": "about",
        "SHA256SUMS": "sums",
        "code/large": "large",
        "run/large": "large",
    }
    tracemalloc.start()
    try:
        bundle.pack(tmp_path / "a.zip", {name: tmp_path / it for name, it in files.items()})
        opened(tmp_path / "a.zip", tmp_path / "place")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20
    assert (tmp_path / "place/tree/large").stat().st_size == 96 << 20


@pytest.mark.parametrize("state", ["[" * 10_000, '{"progress": ' * 10_000])
def test_a_checkpoint_whose_header_is_nested_without_end_is_no_state(state, tmp_path):
    for header in (state, '{"__metadata__": {"state": "' + state.replace('"', '\\"') + '"}}'):
        path = tmp_path / "checkpoint"
        path.write_bytes(len(header).to_bytes(8, "little") + header.encode())
        with pytest.raises(ValueError, match="not the state of a training"):
            read_state(path)
