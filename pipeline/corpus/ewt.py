"""Source `ewt`: the English Web Treebank 1.2 as the package decomp carries it -> sentences."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import Split
from pipeline.corpus.attribution import EWT_ATTRIBUTION
from pipeline.corpus.progress import watched
from pipeline.corpus.sentence import Sentence
from pipeline.corpus.source import Source
from pipeline.corpus.wheel import NAME, SHA256, fetch_wheel

DATA = "decomp/data"
SPLIT_FILE = f"{DATA}/2.0/normalized/sentence/uds-ewt-sentences-{{}}-normalized.json"
SPLIT_NAMES: dict[Split, str] = {"train": "train", "validation": "dev", "test": "test"}
CHUNK = 1 << 20
ENTRY_KEY = re.compile(r'[\s,]*"([^"]+)":\s*')


def ewt_source(downloads: Path) -> Source:
    """The English Web Treebank: 16,622 sentences from the web, tagged and parsed by hand.

    Silveira et al. 2014, in the conversion and splits of Universal Dependencies 1.2 (so the label
    is CONJ, not CCONJ).

    Raises:
        ValueError: as `fetch_wheel` says.
    """
    wheel = fetch_wheel(downloads, SHA256)
    with zipfile.ZipFile(wheel) as archive:
        licence = archive.read(f"{DATA}/LICENSE").decode()
    return Source(
        kind="ewt",
        name="Universal Dependencies English Web Treebank 1.2",
        origin=f"{NAME}, sha256 {SHA256}",
        licence="CC BY-SA 4.0",
        notices={"LICENSE.txt": licence, "ATTRIBUTION.md": EWT_ATTRIBUTION},
        splits={split: read_split(wheel, split) for split in SPLIT_NAMES},
    )


def read_split(wheel: Path, split: Split) -> Iterator[Sentence]:
    """The sentences of one split, in the treebank's order."""
    with zipfile.ZipFile(wheel) as archive:
        names = json.loads(archive.read(f"{DATA}/ud_ids.json"))
        member = archive.getinfo(SPLIT_FILE.format(SPLIT_NAMES[split]))
        with (
            archive.open(member) as raw,
            watched(raw, member.file_size, f"reading {split}") as file,
        ):
            text = io.TextIOWrapper(file, encoding="utf-8")
            for key, graph in stream_entries(text, "data"):
                yield _sentence(graph, names[key])


def stream_entries(file: io.TextIOWrapper, key: str) -> Iterator[tuple[str, Any]]:
    """The entries of the object at `key` of a JSON file, one at a time.

    The training split is 221 MB of JSON, most of it annotation that Headway has no use for: taken
    whole it needs 1.2 GB and more than twice the time. The object must begin in the first
    megabyte, its keys be without escapes, and its entries be objects, so that a part of one never
    passes for the whole.

    Raises:
        ValueError: the file ends before the object does.
    """
    decoder = json.JSONDecoder()
    opening = f'"{key}": {{'
    text = file.read(CHUNK)
    at = text.index(opening) + len(opening)
    while not text.startswith("}", at):
        try:
            name = ENTRY_KEY.match(text, at)
            if name is None:
                raise json.JSONDecodeError("an entry must follow", text, at)
            entry, at = decoder.raw_decode(text, name.end())
        except json.JSONDecodeError:
            more = file.read(CHUNK)
            if not more:
                raise
            text, at = text[at:] + more, 0
            continue
        yield name[1], entry


def _sentence(graph: Mapping[str, Any], names: Mapping[str, str]) -> Sentence:
    """The words of a graph and the edges between them; its layers of meaning stay behind."""
    nodes, edges = graph["nodes"], graph["adjacency"]
    words = sorted(
        (node for node in nodes if (node["domain"], node["type"]) == ("syntax", "token")),
        key=lambda node: node["position"],
    )
    governor = {
        edge["id"]: (node["position"], edge["deprel"])
        for node, leaving in zip(nodes, edges, strict=True)
        for edge in leaving
        if (edge["domain"], edge["type"]) == ("syntax", "dependency")
    }
    return Sentence(
        sentence_id=names["sentence_id"],
        genre=names["document_id"].split("-", 1)[0],
        form=tuple(word["form"] for word in words),
        lemma=tuple(word["lemma"] for word in words),
        upos=tuple(word["upos"] for word in words),
        xpos=tuple(word["xpos"] for word in words),
        head=tuple(governor[word["id"]][0] for word in words),
        deprel=tuple(governor[word["id"]][1] for word in words),
        document=names["document_id"],
    )
