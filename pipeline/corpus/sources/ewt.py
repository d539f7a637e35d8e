"""Source `ewt`: the English Web Treebank 1.2 as the package decomp carries it -> examples."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts, Split
from pipeline.corpus.example import Example
from pipeline.corpus.formats.progress import watched
from pipeline.corpus.formats.wheel import NAME, SHA256, fetch_wheel
from pipeline.corpus.source import Source
from pipeline.params.sources.ewt import EwtCorpus

DATA = "decomp/data"
SPLIT_FILE = f"{DATA}/2.0/normalized/sentence/uds-ewt-sentences-{{}}-normalized.json"
SPLIT_NAMES: dict[Split, str] = {"train": "train", "validation": "dev", "test": "test"}
"""What the package calls each split."""
CHUNK = 1 << 20
"""Characters that are read at a time."""
ENTRY_KEY = re.compile(r'[\s,]*"([^"]+)":\s*')


def open_source(params: EwtCorpus, artifacts: Artifacts) -> Source:
    """The treebank, from what this project has downloaded.

    Raises:
        ValueError: as `fetch_wheel` says.
    """
    del params  # there is nothing to set
    return ewt_source(artifacts.private / "downloads")


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


def read_split(wheel: Path, split: Split) -> Iterator[Example]:
    """The sentences of one split, in the treebank's order."""
    with zipfile.ZipFile(wheel) as archive:
        names = json.loads(archive.read(f"{DATA}/ud_ids.json"))
        member = archive.getinfo(SPLIT_FILE.format(SPLIT_NAMES[split]))
        with (
            archive.open(member) as raw,
            watched(raw, member.file_size, f"reading {split}"),
        ):
            text = io.TextIOWrapper(raw, encoding="utf-8")
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


def _sentence(graph: Mapping[str, Any], names: Mapping[str, str]) -> Example:
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
    return Example(
        sentence_id=names["sentence_id"],
        form=tuple(word["form"] for word in words),
        annotations={
            **{name: tuple(word[name] for word in words) for name in ("lemma", "upos", "xpos")},
            "head": tuple(governor[word["id"]][0] for word in words),
            "deprel": tuple(governor[word["id"]][1] for word in words),
        },
        labels={"genre": names["document_id"].split("-", 1)[0]},
        document=names["document_id"],
    )


EWT_ATTRIBUTION = """\
# Attribution

The sentences in this folder are the **Universal Dependencies English Web Treebank**, release 1.2,
licensed under Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0); the text
of the licence is in `LICENSE.txt`. Whoever passes them on, changed or not, does so under the same
licence and keeps this notice.

- **The treebank**: Natalia Silveira, Timothy Dozat, Marie-Catherine de Marneffe, Samuel Bowman,
  Miriam Connor, John Bauer and Christopher D. Manning. 2014. *A Gold Standard Dependency Corpus
  for English*. LREC 2014. The text beneath it is that of the English Web Treebank of the
  Linguistic Data Consortium (LDC2012T13).
- **The release**: Universal Dependencies 1.2, November 2015, whose labels and splits are kept.
- **The carrier**: Universal Decompositional Semantics in the Python package decomp 0.3.2. Aaron
  Steven White et al. 2020. *The Universal Decompositional Semantics Dataset and Decomp Toolkit*.
  LREC 2020.

What was changed: of each sentence its identifier, document and genre were kept, and of each word
the form, lemma, universal and language-specific part of speech (UPOS, XPOS), head and dependency
relation.
All other annotation was left out, and the format is Parquet. Nothing that was kept was altered.
"""
