"""The page of a trace as a tree, and the prediction asked again by other means."""

import re
from html.parser import HTMLParser

import numpy as np
import torch
from scipy.special import log_softmax

from pipeline.model.batch import Batch
from pipeline.model.shape import classes_of
from pipeline.pages.trace_page import render_trace
from pipeline.study.table import HeadRow
from pipeline.tokens.batches import batch_of_sentences

HISTORY = {
    "epoch": [1.0, 2.0, 3.0],
    "train_loss": [0.9, 0.5, 0.2],
    "train_accuracy": [0.5, 0.75, 0.9],
    "validation_loss": [0.7, 0.4, 0.6],
    "validation_accuracy": [0.55, 0.8, 0.85],
    "learning_rate": [0.1, 0.05, 0.0],
}
VOID = {"meta", "link", "line", "circle", "polyline", "rect", "input", "br"}


class Element:
    def __init__(self, tag, attributes):
        self.tag, self.attributes, self.children = tag, attributes, []

    @property
    def raw(self):
        return "".join(one if isinstance(one, str) else one.raw for one in self.children)

    @property
    def text(self):
        return re.sub(r"\s+", " ", self.raw).strip()

    def all(self, tag=None, **attributes):
        """Every element below of this tag, class (`kind`) or id (`name`)."""
        wanted = {"kind": "class", "name": "id", "label": "aria-label"}
        for one in self.children:
            if isinstance(one, str):
                continue
            if (tag in (None, one.tag)) and all(
                value in (one.attributes.get(wanted[key]) or "").split()
                or value == one.attributes.get(wanted[key])
                for key, value in attributes.items()
            ):
                yield one
            yield from one.all(tag, **attributes)

    def the(self, tag=None, **attributes):
        (found,) = self.all(tag, **attributes)
        return found

    def rows(self):
        """The cells of a table's body, row by row, headings too."""
        for body in self.all("tbody"):
            for row in body.all("tr"):
                yield [one.text for one in row.children if not isinstance(one, str)]


class Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.open = [Element("", {})]
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        one = Element(tag, dict(attrs))
        self.open[-1].children.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(page):
    """The page as a tree; every element is closed."""
    (root,) = Reader(page).open
    return root


def value(text):
    return float(text.replace("\N{MINUS SIGN}", "-").replace("∞", "inf"))


def page_of(trace, history=HISTORY, epochs=None, rows=None, kept=2):
    return render_trace(trace, history, epochs, rows, kept)


def of_heads(**measures):
    return [
        HeadRow(measure=measure, layer=1, head=head, value=one)
        for measure, values in measures.items()
        for head, one in enumerate(values, start=1)
    ]


def with_ends(measure, *values):
    """Heads of one layer, with intervals that leave 0 out but where the value is 0."""
    return [
        HeadRow(measure=measure, layer=1, head=head, value=value, low=low, high=high)
        for head, value in enumerate(values, start=1)
        for low, high in [sorted((0.8 * value, 1.2 * value))]
    ]


def asked_again(model, trace, covered=(), silent=(), even=False):
    """ln p of every answer, by an act that makes the weights anew from queries and keys."""
    gone = torch.from_numpy(np.isin(trace.word_ids, list(covered)))
    n, causal = len(gone), trace.shape.is_causal
    unseen = gone | (torch.ones(n, n).triu(1).bool() if causal else torch.zeros(n, n).bool())

    def act(work):
        scores = torch.einsum("bhqd,bhkd->bhqk", work.query, work.key)
        scores = 0 * scores if even else scores / work.query.shape[-1] ** 0.5
        weights = torch.exp(scores).masked_fill(unseen, 0)
        mixed = weights / weights.sum(-1, keepdim=True).clamp(min=1e-30) @ work.value
        for layer, head in silent:
            if layer == work.layer:
                mixed[:, head] = 0
        return mixed

    network = model.network
    batch = Batch.of_tokens(batch_of_sentences(model.encoding, [list(trace.words)]))
    with torch.no_grad():
        embedded = torch.from_numpy(trace.embedding)[None]
        vectors = network.contextualise(embedded, batch, act)
        logits = network.logits(vectors, torch.tensor([trace.asked.place]), ~gone[None])[0]
    return dict(zip(classes_of(trace.shape, model.encoding), log_softmax(logits), strict=True))
