"""A stored corpus -> its description in Croissant, which search engines and libraries read.

Croissant 1.0 (Akhtar et al. 2024, http://mlcommons.org/croissant/1.0): JSON-LD with the files,
their hashes, and a set of records for each split, a field for each column.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.artifacts import SPLITS, CorpusFiles
from pipeline.files import hash_file

PARQUET = "application/x-parquet"
CONFORMS = "http://mlcommons.org/croissant/1.0"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The one of the specification, appendix 1."""


def write_croissant(folder: Path, card: Mapping[str, Any]) -> None:
    """Write croissant.json beside the files that it describes."""
    files = CorpusFiles(folder)
    counts = ", ".join(f"{it['sentences']:,} for {split}" for split, it in card["splits"].items())
    described = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": card["name"],
        "description": f"Words and what is known of them: {counts}. Taken from {card['origin']}.",
        **({"license": card["licence"]} if card["licence"] else {}),
        "distribution": [_file(files.split(split)) for split in SPLITS],
        "recordSet": [_records(files.split(split)) for split in SPLITS],
    }
    text = json.dumps(described, indent=2, ensure_ascii=False)
    files.croissant.write_text(f"{text}\n", encoding="utf-8")


def _file(path: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "encodingFormat": PARQUET,
        "contentSize": f"{path.stat().st_size} B",
        "sha256": hash_file(path),
    }


def _records(path: Path) -> dict[str, Any]:
    """A field for each column."""
    return {
        "@type": "cr:RecordSet",
        "@id": path.stem,
        "name": path.stem,
        "field": [_field(path, field) for field in pq.read_schema(path)],
    }


def _field(path: Path, field: pa.Field) -> dict[str, Any]:
    is_list = pa.types.is_list(field.type)
    entry = field.type.value_type if is_list else field.type
    return {
        "@type": "cr:Field",
        "@id": f"{path.stem}/{field.name}",
        "name": field.name,
        "dataType": "sc:Text" if pa.types.is_string(entry) else "sc:Integer",
        **({"repeated": True} if is_list else {}),
        "source": {"fileObject": {"@id": path.name}, "extract": {"column": field.name}},
    }
