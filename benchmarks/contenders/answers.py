"""The trained model in use: `headway predict`, `headway serve`, or the bare forward pass.

`python -m benchmarks.contenders.answers HOW PROJECT OUTCOME`, where HOW is predict, serve or
forward. Each takes the sentences of the project's validation split; what only comes once (imports,
the model) is not counted.
"""

import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from pipeline import programs
from pipeline.artifacts import Artifacts
from pipeline.corpus.store import read_rows
from pipeline.model.batch import Batch
from pipeline.serving.predictor import BATCH_TOKENS, Predictor
from pipeline.serving.reading import opened
from pipeline.serving.rows import RowAnswerer
from pipeline.serving.streaming import answer_rows
from pipeline.serving.writing import json_lines
from pipeline.tokens.batches import gather, plan_batches
from pipeline.tokens.store import open_tokens

CLIENTS = 50


def main() -> None:
    """Answer all sentences; what is written has the seconds, and how many words there were."""
    how, place, outcome = sys.argv[1:]
    artifacts = Artifacts(Path(place))
    rows = read_rows(artifacts.corpus_split("validation"), ["form"])
    sentences = [words for batch in rows for words in batch["form"].to_pylist()]
    seconds = HOW[how](artifacts, sentences)
    told = {
        "seconds": seconds,
        "tokens": sum(map(len, sentences)),
        "settings": f"{len(sentences) / seconds:,.0f} sentences a second",
    }
    Path(outcome).write_text(json.dumps(told))


@torch.inference_mode()
def forward(artifacts: Artifacts, sentences: Sequence[Sequence[str]]) -> float:
    """The network alone, on tokens that lie ready, in batches of like length."""
    network = Predictor.load(artifacts.model).network
    tokens = open_tokens(artifacts.tokens_split("validation"))
    assert len(tokens) == len(sentences)

    def once() -> float:
        start = time.perf_counter()
        for group in plan_batches(tokens.lengths, BATCH_TOKENS):
            batch = Batch.of_tokens(gather(tokens, group))
            at = torch.from_numpy(batch.is_token.numpy().ravel().nonzero()[0])
            network.logits(network(batch), at, batch.is_token).softmax(dim=-1).numpy()
        return time.perf_counter() - start

    once()
    return once()


def predict(artifacts: Artifacts, sentences: Sequence[Sequence[str]]) -> float:
    """JSONL in, JSONL out, as `headway predict` does it."""
    answerer = RowAnswerer(Predictor.load(artifacts.model))

    def once(folder: Path) -> float:
        start = time.perf_counter()
        with (
            opened(folder / "in.jsonl", "jsonl", None) as given,
            (folder / "out.jsonl").open("wb", buffering=0) as out,
        ):
            count = answer_rows(answerer, given, json_lines(out))
        assert (count.rows, count.without_answer) == (len(sentences), 0)
        return time.perf_counter() - start

    with tempfile.TemporaryDirectory() as folder:
        lines = (json.dumps({"words": words}) + "\n" for words in sentences)
        (Path(folder) / "in.jsonl").write_text("".join(lines))
        once(Path(folder))
        return once(Path(folder))


def serve(artifacts: Artifacts, sentences: Sequence[Sequence[str]]) -> float:
    """Requests of a sentence each by 50 clients, each of which waits for its answer."""
    bodies = [json.dumps({"rows": [{"words": words}]}) for words in sentences]
    with served(artifacts.root) as port, ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: ask(port, bodies[:4]), range(CLIENTS)))
        start = time.perf_counter()
        parts = [bodies[client::CLIENTS] for client in range(CLIENTS)]
        answered = sum(clients.map(lambda part: ask(port, part), parts))
        seconds = time.perf_counter() - start
    assert answered == len(sentences)
    return seconds


@contextmanager
def served(root: Path) -> Iterator[int]:
    """The server's port, as long as the block lasts."""
    command = (sys.executable, "-m", "pipeline.cli", "serve", "--port", "0")
    with subprocess.Popen(
        command, cwd=root, env=programs.environment(), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            found = next(filter(None, map(re.compile(r":(\d+)/").search, server.stdout)))
            yield int(found[1])
        finally:
            server.terminate()


def ask(port: int, bodies: Sequence[str]) -> int:
    """Ask one after the other over one connection; how many were answered without a fault."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    count = 0
    for body in bodies:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        rows: list[dict[str, Any]] = json.load(response)["rows"]
        count += response.status == 200 and "error" not in rows[0]
    connection.close()
    return count


HOW = {"forward": forward, "predict": predict, "serve": serve}


if __name__ == "__main__":
    main()
