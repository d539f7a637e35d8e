"""A model that answers, or one sentence's weights -> the page that shows tags and heads."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.pages.page import render_page
from pipeline.params.objective import ObjectiveParams
from pipeline.wording import wording_of

EXAMPLE, SECOND = "The cat sat on the mat", "A cat is sitting"
METHODS = ("get", "post")


def live_page(name: str, objective: ObjectiveParams, most_tokens: int, takes_pairs: bool) -> str:
    """A page to type a sentence, or a pair of texts, into, which asks the server that sent it.

    `most_tokens` is how many a sentence may have whose heads are shown.
    """
    wording = wording_of(objective)
    return render_page(
        "sentence",
        f"{wording.model} model {name}",
        {"most_tokens": most_tokens},
        asks=True,
        example=EXAMPLE,
        second=SECOND if takes_pairs else None,
    )


def attention_page(
    words: Sequence[str], tokens: Sequence[str], weights: Float[np.ndarray, "layer head query key"]
) -> str:
    """Where every head looks in one sentence."""
    looked = {"tokens": list(tokens), "weights": weights.round(4).tolist()}
    return render_page("sentence", " ".join(words), {"looked": looked}, example=None)


def interface_page(described: Mapping[str, Any]) -> str:
    """What a server may be asked, from its OpenAPI description; nothing is loaded for it."""
    forms = described.get("components", {}).get("schemas", {})
    calls = [
        {
            "method": method.upper(),
            "path": path,
            "about": call.get("description", call.get("summary", "")),
            "takes": _form_of(call.get("requestBody", {})),
            "gives": _form_of(call.get("responses", {}).get("200", {})),
        }
        for path, methods in described["paths"].items()
        for method, call in methods.items()
        if method in METHODS
    ]
    shown = [
        {"name": name, "about": form.get("description", ""), "fields": list(_fields(form))}
        for name, form in forms.items()
        if "properties" in form
    ]
    return render_page(
        "interface", "What the server may be asked", {}, calls=calls, forms=shown, example=EXAMPLE
    )


def _form_of(content: Mapping[str, Any]) -> str:
    """The name of the form of a JSON body; "" where there is none."""
    schema = content.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _fields(form: Mapping[str, Any]) -> Any:
    for name, field in form["properties"].items():
        needed = "needed" if name in form.get("required", ()) else ""
        yield {"name": name, "kind": _kind(field), "needed": needed, "about": _about(field)}


def _about(field: Mapping[str, Any]) -> str:
    """Its description and its limits."""
    limits = {
        "minItems": "at least {}",
        "maxItems": "at most {} entries",
        "maxLength": "at most {} letters",
    }
    parts = [field, *field.get("anyOf", ())]
    told = [
        text.format(f"{part[name]:,}") for part in parts for name, text in limits.items()
        if name in part
    ]  # fmt: skip
    return "; ".join([*([field["description"]] if "description" in field else []), *told])


def _kind(field: Mapping[str, Any]) -> str:
    """Such as `list of Sentence`, `text or null`."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    told = str(field.get("type", "anything"))
    return "text" if told == "string" else told
