import hashlib
import json
import zipfile
from itertools import chain

import pytest

from pipeline.corpus.formats import wheel
from pipeline.corpus.sources import ewt
from pipeline.corpus.sources.ewt import read_split, stream_entries

LICENCE = "Attribution-ShareAlike 4.0 International\n"


def node(key, position, form, upos):
    return {
        "domain": "syntax", "type": "token", "position": position, "form": form,
        "lemma": form.lower(), "upos": upos, "xpos": f"{upos}-x", "id": f"{key}-syntax-{position}",
    }  # fmt: skip


def edge(key, position, deprel, domain="syntax"):
    return {
        "domain": domain,
        "type": "dependency",
        "deprel": deprel,
        "id": f"{key}-syntax-{position}",
    }


def graph(key):
    """`Dogs bark loudly`, its nodes out of order and with a layer of meaning on top."""
    meaning = {"domain": "semantics", "type": "predicate", "id": f"{key}-semantics-pred-2"}
    root = {"position": 0, "domain": "root", "type": "root", "id": f"{key}-root-0"}
    bark = [edge(key, 1, "nsubj"), edge(key, 3, "advmod")]
    return {
        "directed": True,
        "nodes": [
            node(key, 2, "bark", "VERB"), meaning, node(key, 1, "Dogs", "NOUN"), root,
            node(key, 3, "loudly", "ADV"),
        ],
        "adjacency": [
            bark, [edge(key, 1, "head", domain="interface")], [], [edge(key, 2, "root")], [],
        ],
    }  # fmt: skip


@pytest.fixture
def fake_wheel(tmp_path):
    """A wheel with the real one's layout and three small splits."""
    keys = {name: [f"ewt-{name}-{n}" for n in (1, 2)] for name in ("train", "dev", "test")}
    path = tmp_path / "index" / wheel.FILE_NAME
    path.parent.mkdir()
    ids = {
        key: {"document_id": "weblog-some-one", "sentence_id": f"weblog-some-one-{key}"}
        for key in chain.from_iterable(keys.values())
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, members in keys.items():
            text = json.dumps({"metadata": {}, "data": {key: graph(key) for key in members}})
            archive.writestr(ewt.SPLIT_FILE.format(name), text)
        archive.writestr("decomp/data/ud_ids.json", json.dumps(ids))
        archive.writestr("decomp/data/LICENSE", LICENCE)
        info = "decomp-0.3.2.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: decomp\nVersion: 0.3.2\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def only_local_packages(fake_wheel, monkeypatch):
    """Pip finds packages in one folder and nowhere else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(fake_wheel.parent))
    return fake_wheel


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_words_heads_and_genre_are_read_from_the_wheel(fake_wheel, split):
    first, second = read_split(fake_wheel, split)
    name = {"validation": "dev"}.get(split, split)
    assert first.sentence_id == f"weblog-some-one-ewt-{name}-1"
    assert second.sentence_id == f"weblog-some-one-ewt-{name}-2"
    assert (first.labels, first.document) == ({"genre": "weblog"}, "weblog-some-one")
    assert first.form == ("Dogs", "bark", "loudly")
    assert first.annotations == {
        "lemma": ("dogs", "bark", "loudly"), "upos": ("NOUN", "VERB", "ADV"),
        "xpos": ("NOUN-x", "VERB-x", "ADV-x"), "head": (2, 0, 2),
        "deprel": ("nsubj", "root", "advmod"),
    }  # fmt: skip


@pytest.mark.parametrize("chunk", [30, 31, 64, 1 << 20])
def test_streaming_gives_what_reading_at_once_gives(tmp_path, monkeypatch, chunk):
    data = {f"ewt-{n}": {"n": n, "nested": {"}": ["{", '"']}, "long": "x" * n} for n in range(40)}
    path = tmp_path / "whole.json"
    path.write_text(json.dumps({"first": {}, "data": data, "after": {"z": {}}}))
    monkeypatch.setattr(ewt, "CHUNK", chunk)
    with path.open() as file:
        assert list(stream_entries(file, "data")) == list(data.items())


def test_streaming_a_file_that_ends_too_soon_is_an_error(tmp_path):
    path = tmp_path / "cut.json"
    path.write_text('{"data": {"a": {}, "b": {"c": ')
    with path.open() as file, pytest.raises(ValueError, match="line 1"):
        list(stream_entries(file, "data"))


def test_the_wheel_is_fetched_once_and_then_kept(only_local_packages, tmp_path):
    wanted = sha256(only_local_packages)
    kept = wheel.fetch_wheel(tmp_path / "downloads", wanted)
    assert sha256(kept) == wanted
    assert list(kept.parent.iterdir()) == [kept]
    only_local_packages.unlink()
    assert wheel.fetch_wheel(tmp_path / "downloads", wanted) == kept


def test_without_a_network_the_message_says_what_to_do(only_local_packages, tmp_path):
    only_local_packages.unlink()
    with pytest.raises(
        ValueError, match=r"could not fetch decomp 0.3.2.*connect to the net"
    ) as error:
        wheel.fetch_wheel(tmp_path / "downloads", wheel.SHA256)
    assert f"put the wheel at {tmp_path / 'downloads' / wheel.FILE_NAME}" in str(error.value)
    assert "No matching distribution found" in str(error.value)
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_fetched_wheel_with_another_hash_is_not_kept(only_local_packages, tmp_path):
    with pytest.raises(ValueError, match=f"expected sha256 {wheel.SHA256}, found") as error:
        wheel.fetch_wheel(tmp_path / "downloads", wheel.SHA256)
    assert sha256(only_local_packages) in str(error.value)
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_kept_wheel_with_another_hash_is_refused_and_left_alone(tmp_path):
    kept = tmp_path / wheel.FILE_NAME
    kept.write_bytes(b"half a download")
    with pytest.raises(ValueError, match=rf"delete {kept} and run again") as error:
        ewt.ewt_source(tmp_path)
    assert wheel.SHA256 in str(error.value)
    assert sha256(kept) in str(error.value)
    assert kept.read_bytes() == b"half a download"


def test_the_licence_and_the_attribution_travel_with_the_data(fake_wheel, monkeypatch):
    monkeypatch.setattr(ewt, "SHA256", sha256(fake_wheel))
    source = ewt.ewt_source(fake_wheel.parent)
    assert source.licence == "CC BY-SA 4.0"
    assert source.notices["LICENSE.txt"] == LICENCE
    assert "A Gold Standard Dependency Corpus" in source.notices["ATTRIBUTION.md"]
