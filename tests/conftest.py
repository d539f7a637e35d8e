"""Shapes are checked while the tests run, examples never vary; a small project for all tests.

They run in several processes at once (pytest-xdist), in any order. So a test
- takes `finished` or `copied` instead of running the pipeline: it is run once, then cloned;
- writes only below its own `tmp_path`, and never into the repository or the shared caches;
- lets the system choose a port, and ends what it starts;
- sets the environment, the working folder and torch's threads by `monkeypatch` or puts them back;
- counts on no time: the other processes slow it down;
- makes a fixture for its module only where it is cheap: each process makes its own;
- runs in this process what need not be another, and starts the rest by `Workspace.run`, which has
  the large libraries imported already; Lightning and MLflow take 5 to 10 s.
"""

import gc
import os
import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing

import preloaded
import pytest
import sqlalchemy
import torch
from filelock import FileLock
from hypothesis import settings
from jaxtyping import install_import_hook
from workspace import STAGES, Workspace, make_workspace

from pipeline import programs

CHECKED = [
    "attention", "comparison", "evaluation", "evidence", "model", "objectives", "pages", "pictures",
    "resampling", "serving", "study", "terminal", "tokens", "training", "vectors",
]  # fmt: skip
hook = install_import_hook([f"pipeline.{part}" for part in CHECKED], "beartype.beartype")

# Two processes of two threads each wait for one another on two cores: six times the processor time.
torch.set_num_threads(1)

# A test that opens its clone's database leaves no connection behind.
os.environ["MLFLOW_SQLALCHEMYSTORE_POOLCLASS"] = "NullPool"

# Run from a git hook, the tests make their own repositories, not the one that is committed to.
for name in programs.REPOSITORY:
    os.environ.pop(name, None)

CHOSEN = pytest.StashKey[set]()
LEFT_OUT = pytest.StashKey[Counter]()

settings.register_profile(
    "headway", derandomize=True, deadline=None, database=None, max_examples=50
)
settings.load_profile("headway")


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="only what belongs to changed files")


def pytest_ignore_collect(collection_path, config):
    """With --quick, only test files that a changed file concerns are read."""
    if config.getoption("quick") and collection_path.name.startswith("test_"):
        return collection_path not in config.stash[CHOSEN] or None
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs):
    """One server of programs for all processes of the tests, which are its first programs."""
    if sys.platform == "linux":
        preloaded.begun.append(str(preloaded.begin()))
        for spec in specs:
            spec.python = str(preloaded.programs() / "python")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput |= {"begun": preloaded.begun, "python": sys.executable}


def pytest_configure(config):
    given = getattr(config, "workerinput", {})
    preloaded.begun.extend(given.get("begun", []))
    sys.executable = given.get("python", sys.executable)
    if config.getoption("quick"):
        import quick

        config.stash[LEFT_OUT] = Counter()
        config.stash[CHOSEN] = quick.chosen_tests(quick.changed_files())


def pytest_collection_modifyitems(config, items):
    """Whole projects first. With --quick, they and pages in a browser are left out, and counted."""
    # At the end each process soon takes the last short tests of another; a long one it would do
    # alone. And while the first makes the project that all of them need, the others need none.
    items.sort(key=lambda item: (
        "made_once" not in item.fixturenames, item.get_closest_marker("long") is None
    ))  # fmt: skip
    if not config.getoption("quick"):
        return
    import quick

    out = [
        item for item in items
        if quick.is_left_out(item.fixturenames, bool(item.get_closest_marker("long")))
    ]  # fmt: skip
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=out)
    config.stash[LEFT_OUT] = Counter(item.nodeid.partition("::")[0] for item in out)


def pytest_collection_finish():
    """What was imported and collected stays: it is not looked through for garbage any more."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("quick"):
        files = sorted(str(test.relative_to(config.rootpath)) for test in config.stash[CHOSEN])
        terminalreporter.write_line(f"chosen by what changed: {' '.join(files) or 'no test file'}")
        left = [f"{name} ({count})" for name, count in sorted(config.stash[LEFT_OUT].items())]
        terminalreporter.write_line(f"left out, run by `make test`: {' '.join(left) or 'none'}")


@pytest.fixture(scope="session", autouse=True)
def tables_made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """MLflow's migrations make a new database's tables, in a second: once in each process.

    Every further database of a test in this process begins as a copy of what they made.
    """
    if "mlflow" not in sys.modules:
        return
    from mlflow.store.db import utils

    migrate, made = utils._initialize_tables, tmp_path_factory.mktemp("tables") / "mlflow.db"

    def copy(engine: sqlalchemy.Engine) -> None:
        if engine.dialect.name != "sqlite":
            migrate(engine)
            return
        if not made.exists():
            migrate(sqlalchemy.create_engine(f"sqlite:///{made}"))
        with closing(sqlite3.connect(made)) as source, closing(engine.raw_connection()) as target:
            source.backup(target.driver_connection)

    utils._initialize_tables = copy


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Workspace:
    """A project after its first `dvc repro`, committed: made by the worker that asks first."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    with FileLock(f"{place}.lock"):
        if not (place / "finished").exists():
            shutil.rmtree(place, ignore_errors=True)  # of a worker that failed
            workspace = make_workspace(place / "small")
            # As a person runs it: every program in an interpreter of its own.
            process = workspace.start_repro(PYTHONWARNINGS="")
            printed, _ = process.communicate()
            assert process.returncode == 0, printed
            assert workspace.ran(printed) == STAGES
            assert "arning" not in printed, printed
            workspace.run("git", "add", "-A")
            workspace.run("git", "commit", "-qm", "first results")
            (place / "finished").touch()
    return Workspace(place / "small")


@pytest.fixture(scope="session")
def finished(made_once, tmp_path_factory) -> Workspace:
    """This worker's finished project, to be read. Tests that change it take `copied`."""
    return made_once.clone(tmp_path_factory.mktemp("project") / "small")


@pytest.fixture
def copied(made_once, tmp_path_factory) -> Workspace:
    """A finished project of the test's own, to be changed at will; its store holds its one run."""
    # It is left there: ext4 looks again and again for a file's place among those that were deleted
    # in the last minute, which took a tenth of the tests' time.
    return made_once.clone(tmp_path_factory.mktemp("copied") / "small")
