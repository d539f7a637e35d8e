"""A store that takes its time, or takes things twice: nobody waits for it, and nothing is lost."""

import http.server
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from preloaded import given_environment, programs

from pipeline.tracking.client import make_client
from pipeline.tracking.delivery import send_in_order
from pipeline.tracking.journal import Journal, unsent_folder
from pipeline.tracking.liveness import close_abandoned
from pipeline.tracking.messages import Ending, Metrics, Params, Upload
from pipeline.tracking.outbox import Outbox
from pipeline.tracking.sending import send_waiting
from pipeline.tracking.store import Store

RUN = "0" * 32


class SlowServer(http.server.ThreadingHTTPServer):
    """Says yes to everything, but only once the test lets it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self.batches: list[dict] = []


class Answering(http.server.BaseHTTPRequestHandler):
    server: SlowServer

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.is_asked.set()
        self.server.may_answer.wait()
        if self.path.endswith("/runs/log-batch"):
            self.server.batches.append(content)
        self.do_GET()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[SlowServer]:
    made = SlowServer()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.may_answer.set()
    made.shutdown()
    thread.join()
    made.server_close()


def store_at(server: SlowServer, project: Path) -> Store:
    uri = f"http://127.0.0.1:{server.server_port}"
    return Store(make_client(uri), "1", uri, project)


def points(batch: dict) -> list[tuple[str, int, float]]:
    return [(it["key"], int(it.get("step", 0)), it["value"]) for it in batch["metrics"]]


def test_logging_does_not_wait_for_a_slow_server_and_then_goes_in_one_call(
    server: SlowServer, project: Path
) -> None:
    outbox = Outbox(store_at(server, project), RUN, retry_seconds=3600.0)
    said = [Params({"seed": "20"}), *(Metrics({"loss": 1 / n}, n, n) for n in range(1, 301))]
    outbox.put(said[0])
    server.is_asked.wait()
    for message in said[1:]:
        outbox.put(message)
    # Nothing was answered yet; a process that ended now would lose nothing.
    assert Journal(unsent_folder(project), RUN, "").read() == said
    assert server.batches == []
    server.may_answer.set()
    outbox.close()
    first, second = server.batches
    assert first["params"] == [{"key": "seed", "value": "20"}]
    assert points(second) == [("loss", n, 1 / n) for n in range(1, 301)]
    assert not any(unsent_folder(project).iterdir())


def test_the_end_of_a_run_waits_so_long_and_no_longer_and_the_rest_is_kept(
    server: SlowServer,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("pipeline.tracking.outbox.CLOSE_SECONDS", 0.0)
    said = [Metrics({"loss": 0.5}, 1, 7), Ending("FINISHED", 8)]
    outbox = Outbox(store_at(server, project), RUN, retry_seconds=3600.0)
    for message in said:
        outbox.put(message)
    outbox.close()
    assert Journal(unsent_folder(project), RUN, "").read() == said
    assert "2 records of this run could not be sent" in capsys.readouterr().err


def test_what_an_earlier_process_left_goes_before_what_is_said_now(
    server: SlowServer, project: Path
) -> None:
    store = store_at(server, project)
    kept = Journal(unsent_folder(project), RUN, store.uri)
    kept.append(Metrics({"loss": 0.5}, 1, 7))
    server.may_answer.set()
    outbox = Outbox(store, RUN, retry_seconds=3600.0)
    outbox.put(Metrics({"loss": 0.25}, 2, 8))
    outbox.close()
    sent = [point for batch in server.batches for point in points(batch)]
    assert sent == [("loss", 1, 0.5), ("loss", 2, 0.25)]
    assert not kept.path.exists()


@pytest.mark.parametrize("begin", [send_waiting, close_abandoned])
def test_what_earlier_runs_left_is_not_waited_for_beyond_the_time_and_stays(
    server: SlowServer,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    begin: Callable[[Store], list],
) -> None:
    monkeypatch.setattr("pipeline.tracking.sending.WAIT_SECONDS", 0.0)
    store = store_at(server, project)
    said = [Metrics({"loss": 0.5}, 1, 7), Ending("FINISHED", 8)]
    kept = Journal(unsent_folder(project), RUN, store.uri)
    for message in said:
        kept.append(message)
    (project / ".headway/running").mkdir()
    (project / ".headway/running" / RUN).touch()
    begin(store)
    assert (server.batches, server.is_asked.is_set()) == ([], False)
    assert kept.read() == said
    (line,) = capsys.readouterr().err.splitlines()
    assert "is slow: 2 records of earlier runs were not sent within 0 s" in line


def test_sending_ends_with_its_time_and_gives_back_what_is_left(
    server: SlowServer, project: Path
) -> None:
    client, said = store_at(server, project).client, [Params({"a": "1"}), Params({"b": "2"})]
    server.may_answer.set()
    late = send_in_order(client, RUN, said, until=time.monotonic())
    assert (late.left, late.refused, late.is_late, server.batches) == (said, [], True, [])
    sent = send_in_order(client, RUN, said)
    assert (sent.left, sent.is_late, len(server.batches)) == ([], False, 2)


def test_what_cannot_be_written_down_is_sent_all_the_same(
    server: SlowServer, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.may_answer.set()
    outbox = Outbox(store_at(server, project), RUN, retry_seconds=3600.0)
    (unsent_folder(project) / f"{RUN}.jsonl").mkdir()  # nothing can be written to it
    outbox.put(Metrics({"loss": 0.5}, 1, 7))
    outbox.close()
    assert [points(batch) for batch in server.batches] == [[("loss", 1, 0.5)]]
    (said,) = capsys.readouterr().err.splitlines()
    assert "cannot be written (IsADirectoryError" in said


def test_the_copy_of_a_file_goes_when_its_message_was_taken(project: Path) -> None:
    journal = Journal(unsent_folder(project), RUN, "sqlite:////nowhere.db")
    first, second = (journal.append(Upload(str(project / "params.yaml"), "")) for _ in range(2))
    assert isinstance(first, Upload)
    assert isinstance(second, Upload)
    journal.rewrite([second])
    assert (Path(first.path).exists(), Path(second.path).exists()) == (False, True)
    journal.rewrite([])
    assert not any(unsent_folder(project).iterdir())


def test_a_kill_while_what_was_sent_is_forgotten_leaves_every_file_that_is_named(
    project: Path,
) -> None:
    journal = Journal(unsent_folder(project), RUN, "sqlite:////nowhere.db")
    for _ in range(2):
        journal.append(Upload(str(project / "params.yaml"), ""))
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from pipeline.tracking.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]), sys.argv[2], 'sqlite:////nowhere.db')\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "journal.rewrite(journal.read()[1:])"
    )
    command = [programs() / "python", "-c", script, journal.folder, RUN]
    killed = subprocess.run(command, env=given_environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [Path(message.path).exists() for message in journal.read()] == [True, True]
