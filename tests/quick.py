"""Which tests `make quick` runs: those that import a file that changed, without whole pipelines."""

import ast
import subprocess
from pathlib import Path

import grimp

TESTS = Path(__file__).parent
ROOT = TESTS.parent
TAKE_LONG = {"made_once", "measured", "chromium", "server"}
"""Fixtures that run or measure whole stages, a browser, MLflow's server."""


def changed_files() -> list[str]:
    """What differs from where this branch left main: committed, not committed, not in git yet."""
    base = ""
    for main in ("origin/main", "main", "HEAD"):
        base = base or _git("merge-base", "HEAD", main).strip()
    names = _git("diff", "--name-only", base) + _git("ls-files", "--others", "--exclude-standard")
    return sorted(set(names.splitlines()))


def chosen_tests(changed: list[str]) -> set[Path]:
    """The test files that changed, that import a changed file, or lie where it is mirrored."""
    tests = sorted(TESTS.rglob("test_*.py"))
    modules = {_module(name) for name in changed if name.endswith(".py")}
    chosen = {test for test in tests if modules & _imported(test)}
    for name in changed:
        path = Path(name)
        if path.suffix != ".py" and path.parts[0] == "pipeline" and len(path.parts) > 2:
            chosen |= {test for test in tests if test.is_relative_to(TESTS / path.parts[1])}
    changed_here = {ROOT / name for name in changed}
    return chosen | {test for test in tests if test in changed_here}


def is_left_out(fixtures: list[str], is_long: bool) -> bool:
    """Whether a test takes more than the seconds that `make quick` has."""
    return is_long or bool(TAKE_LONG & set(fixtures))


def _module(name: str) -> str:
    path = Path(name).with_suffix("")
    parts = path.parts[-1:] if path.parts[0] == "tests" else path.parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(test: Path) -> set[str]:
    """The modules of this repository that a test imports, itself or by a package."""
    names = set()
    for node in ast.walk(ast.parse(test.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    packages = {name for name in names & GRAPH.modules if (ROOT / name.replace(".", "/")).is_dir()}
    return names.union(*(GRAPH.find_modules_directly_imported_by(name) for name in packages))


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout


GRAPH = grimp.build_graph("pipeline", "stages", "benchmarks", cache_dir=None)
