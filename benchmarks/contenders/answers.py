"""The trained model in use: `headway predict`, `headway serve`, or the bare forward pass.

`python -m benchmarks.contenders.answers HOW PROJECT OUTCOME`, where HOW is predict, serve or
forward. Each takes the sentences of the project's validation split, once; the server takes them
again and again for a minute, and loses none. What only comes once (imports, the model) is not
counted.
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
from itertools import chain
from pathlib import Path

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

Sentences = Sequence[Sequence[str]]
CLIENTS = 50
SECONDS = 60.0
"""For which the clients ask."""


def main() -> None:
    """Answer all sentences; what is written has the seconds, and how many words there were."""
    how, place, outcome = sys.argv[1:]
    artifacts = Artifacts(Path(place))
    rows = read_rows(artifacts.corpus_split("validation"), ["form"])
    sentences = [words for batch in rows for words in batch["form"].to_pylist()]
    seconds, answered = HOW[how](artifacts, sentences)
    told = {
        "seconds": seconds,
        "tokens": sum(map(len, answered)),
        "settings": f"{len(answered):,} sentences, {len(answered) / seconds:,.0f} a second",
    }
    Path(outcome).write_text(json.dumps(told))


@torch.inference_mode()
def forward(artifacts: Artifacts, sentences: Sentences) -> tuple[float, Sentences]:
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
    return once(), sentences


def predict(artifacts: Artifacts, sentences: Sentences) -> tuple[float, Sentences]:
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
        return once(Path(folder)), sentences


def serve(
    artifacts: Artifacts, sentences: Sentences, at_least: float = SECONDS
) -> tuple[float, Sentences]:
    """Requests of a sentence each by 50 clients, each of which waits for its answer.

    Raises:
        AssertionError: one was not answered.
    """
    with served(artifacts.root) as port, ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: ask(port, sentences[:4], until=0.0), range(CLIENTS)))
        start = time.perf_counter()
        parts = [sentences[client::CLIENTS] for client in range(CLIENTS)]
        until = start + at_least
        answered = clients.map(lambda part: ask(port, part, until), filter(None, parts))
        done = [*chain.from_iterable(answered)]
        return time.perf_counter() - start, done


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


def ask(port: int, sentences: Sentences, until: float) -> Sentences:
    """Ask one after the other over one connection, all of them at least once, and until then.

    What was asked; each was answered without a fault.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    asked: list[Sequence[str]] = []
    while len(asked) < len(sentences) or time.perf_counter() < until:
        words = sentences[len(asked) % len(sentences)]
        body = json.dumps({"rows": [{"words": words}]})
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        (row,) = json.load(response)["rows"]
        assert response.status == 200, row
        assert "error" not in row, row
        assert row["words"] == list(words)
        asked.append(words)
    connection.close()
    return asked


HOW = {"forward": forward, "predict": predict, "serve": serve}


if __name__ == "__main__":
    main()
