"""The shape of the code: which way imports run, who may know which library, what DVC must know."""

import ast
import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from ruamel.yaml import YAML

from pipeline import programs
from pipeline.evaluation.by_objective import MEASURING
from pipeline.objectives.registry import OBJECTIVES
from pipeline.params import objective
from pipeline.params.whole import Params
from pipeline.wording import WORDINGS

ROOT = Path(__file__).parents[1]
FENCES = {
    "datasets": {"pipeline.corpus"},
    "conllu": {"pipeline.corpus"},
    "tokenizers": {"pipeline.tokens"},
    "icu4py": {"pipeline.corpus"},
    "pytorch_lightning": {"pipeline.training"},
    "mlflow": {"pipeline.tracking", "pipeline.runs", "pipeline.serving"},
    "matplotlib": {"pipeline.pictures"},
    "jinja2": {"pipeline.pages"},
    "ruamel": {"pipeline.params"},
    "optuna": {"pipeline.sweeps"},
    "fastapi": {"pipeline.serving"},
    "uvicorn": {"pipeline.serving"},
    "yaml": set(),
    "dvc": set(),  # run as a program, never imported
}
VERBS = ("corpus", "tokenize", "embed", "train", "evaluate")
PLAIN_TORCH = ("pipeline.vectors", "pipeline.attention", "pipeline.model")


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("pipeline", "stages", include_external_packages=True, cache_dir=None)


def part_of(module: str) -> str:
    """pipeline.corpus.ewt -> pipeline.corpus"""
    return ".".join(module.split(".")[:2])


def test_imports_run_back_along_the_sentence():
    linter = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert linter.returncode == 0, linter.stdout


@pytest.mark.parametrize("library", FENCES)
def test_a_fenced_library_is_known_only_behind_its_fence(graph, library):
    # The graph holds only the libraries that something imports.
    is_imported = library in graph.modules
    modules = graph.find_modules_that_directly_import(library) if is_imported else set()
    assert {part_of(module) for module in modules} == FENCES[library]


def test_the_mathematics_knows_torch_numpy_and_nothing_heavier(graph):
    allowed = {"torch", "numpy", "scipy", "sklearn", "jaxtyping", "pydantic", "safetensors"}
    for module in graph.modules:
        if part_of(module) in PLAIN_TORCH:
            imported = graph.find_modules_directly_imported_by(module)
            foreign = {name for name in imported if not name.startswith("pipeline")}
            assert foreign - sys.stdlib_module_names <= allowed, module


KINDS = sorted(path.stem for path in (ROOT / "pipeline/corpus/sources").glob("[!_]*.py"))
CASES = [("corpus", kind) for kind in KINDS] + [(verb, KINDS[0]) for verb in VERBS[1:]]
"""Each stage; the first one with each kind of source."""


def stage_of(verb: str) -> dict:
    return YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"][verb]


NAMED = re.compile(r"(?<!corpus\.table\.)\b\w+")
"""Words; corpus.table.spans is a column, whoever learns it."""


def asks_which_objective(source: str) -> list[str]:
    """The objectives' kinds among a module's texts that are no docstrings, as words."""
    tree = ast.parse(source)
    docstrings = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    texts = [
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and id(node) not in docstrings
    ]  # fmt: skip
    return [kind for kind in OBJECTIVES for text in texts if kind in NAMED.findall(text)]


def test_an_objective_is_known_by_name_in_its_own_files_alone():
    own = [
        ROOT / "pipeline/objectives",
        ROOT / "pipeline/evaluation/by_objective",
        ROOT / "pipeline/params/objective.py",
        ROOT / "pipeline/wording.py",
    ]
    for path in [*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "stages").glob("*.py")]:
        if not {path, *path.parents} & set(own):
            assert not asks_which_objective(path.read_text()), path
    assert asks_which_objective('"""Of tagging."""\nif kind == "causal_lm": pass') == ["causal_lm"]


def test_every_list_of_objectives_has_the_same_ones():
    assert set(OBJECTIVES) == set(MEASURING) == set(WORDINGS) == set(objective.KINDS.classes)
    assert all(one.kind == kind for kind, one in OBJECTIVES.items())


def listed_by(verb: str, kind: str = "ewt") -> list[Path]:
    """The dependencies of a stage in dvc.yaml, with this kind of source."""
    return [ROOT / dep.replace("${corpus.kind}", kind) for dep in stage_of(verb)["deps"]]


def given_to(verb: str) -> set[str]:
    """The sections that hold a stage's parameters."""
    return {name.split(".")[0] for name in stage_of(verb)["params"]}


def imported_by(graph, verb: str, kind: str = "ewt") -> set[Path]:
    """The project's files that a stage imports, and what those import; a source by its name.

    Reading params.yaml checks every section of it; a stage rests on those that it is given.
    """
    seen = copy.deepcopy(graph)
    for section in {*Params.model_fields} - {"seed"} - given_to(verb):
        seen.remove_import(importer="pipeline.params.whole", imported=f"pipeline.params.{section}")
    begun = [f"stages.{verb}"]
    if verb == "corpus":
        begun += [f"pipeline.{part}.sources.{kind}" for part in ("corpus", "params")]
    names = {*begun}.union(*map(seen.find_upstream_modules, begun))
    own = [name for name in names if name.startswith(("pipeline", "stages"))]
    paths = [ROOT / name.replace(".", "/") for name in own]
    return {path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for path in paths}


@pytest.mark.parametrize(("verb", "kind"), CASES)
def test_a_stage_lists_every_file_that_it_imports(graph, verb, kind):
    listed = listed_by(verb, kind)
    for file in imported_by(graph, verb, kind):
        # A package's own __init__ file may hold a docstring and nothing else.
        if file.name != "__init__.py" or file.read_text().count("\n") > 1:
            assert {file, *file.parents} & set(listed), file


@pytest.mark.parametrize(("verb", "kind"), CASES)
def test_a_stage_lists_no_code_that_it_does_not_import(graph, verb, kind):
    imported = imported_by(graph, verb, kind)
    if verb == "evaluate":
        imported |= imported_by(graph, "train", kind)
    for path in listed_by(verb, kind):
        if path.is_relative_to(ROOT / "pipeline") or path.is_relative_to(ROOT / "stages"):
            beside = [file for file in imported if file.parent == path.parent]
            is_run_by_name = any(f'"{path.name}"' in file.read_text() for file in beside)
            below = {path} if path.suffix else {f for f in imported if path in f.parents}
            assert below & imported or path.name == "__init__.py" or is_run_by_name, path


def test_whatever_makes_a_training_run_has_its_model_measured_too():
    """Else a training that comes to the same bits as the last would be a run without scores."""
    listed, data = listed_by("evaluate"), ROOT / "data"
    for path in listed_by("train"):
        assert {path, *path.parents} & {*listed, data}, path
    assert {*stage_of("train")["params"]} <= {*stage_of("evaluate")["params"]}


@pytest.mark.parametrize("verb", ["corpus", "tokenize", "embed", "train"])
def test_what_people_see_is_no_dependency_of_a_training(verb):
    for path in listed_by(verb):
        for name in ("pictures", "pages", "terminal", "runs", "cli"):
            seen = ROOT / "pipeline" / name
            assert seen not in (path, *path.parents), path
            assert path not in (*seen.parents, seen.with_suffix(".py")), path


def test_a_training_depends_on_no_more_of_the_vectors_than_the_table():
    vectors = ROOT / "data/vectors"
    found = [path for path in listed_by("train") if vectors in (path, *path.parents)]
    assert found == [vectors / "table.safetensors"]


@pytest.mark.parametrize("verb", VERBS)
def test_a_stage_reads_no_section_that_is_not_among_its_parameters(verb):
    read = {
        node.attr
        for node in ast.walk(ast.parse((ROOT / "stages" / f"{verb}.py").read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "params"
    }
    assert read
    assert read <= given_to(verb)


def test_every_kind_of_source_has_its_parameters_and_nothing_names_it_but_its_own_files():
    assert (
        sorted(path.stem for path in (ROOT / "pipeline/params/sources").glob("[!_]*.py")) == KINDS
    )
    for path in [ROOT / "dvc.yaml", *(ROOT / "pipeline").rglob("*.py")]:
        if path.parent.name != "sources":
            assert not kinds_asked_for(path.read_text()), path
    assert kinds_asked_for('if params.kind == "ewt":') == kinds_asked_for('"ewt"') == {"ewt"}
    assert kinds_asked_for('if params.kind in ("text", "table"):') == {"text", "table"}


def kinds_asked_for(source: str) -> set[str]:
    """The kinds that code names; `text` and `table` are words of many meanings."""
    return {
        kind for kind in KINDS
        if re.search(rf'kind\b.*"{kind}"' if kind in ("text", "table") else f'"{kind}"', source)
    }  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_a_stage_is_thin(verb):
    lines = (ROOT / "stages" / f"{verb}.py").read_text().splitlines()
    assert len(lines) <= 40


def test_no_module_is_long_and_no_drawer_exists():
    drawers = {"utils", "util", "common", "helpers", "core", "base", "misc"}
    for path in [*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "stages").glob("*.py")]:
        assert len(path.read_text().splitlines()) <= 300, path
        assert not drawers & {path.stem, path.parent.name}, path


def test_every_program_is_started_without_a_git_repository_in_its_environment():
    started = 0
    for path in [
        p
        for part in ("pipeline", "stages", "benchmarks")
        for p in (ROOT / part).rglob("*.py")
        if "site-packages" not in p.parts  # of the peers that are measured
    ]:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                name = ast.unparse(call.func)
                assert not name.startswith(("os.system", "os.popen", "os.exec", "os.spawn")), path
                if name.startswith("subprocess."):
                    started += 1
                    given = {key.arg: ast.unparse(key.value) for key in call.keywords}
                    assert given.get("env"), (path, call.lineno)
                    assert "programs.environment(" in path.read_text(), path
    assert started > 5


PRINTING = {
    "pipeline/progress.py",  # a stage's lines: visible
    "pipeline/commands.py",  # a command's: visible
    "pipeline/terminal/table.py",  # cells: visible
    "pipeline/params/manual.py",  # our own text, for `make`
}


def test_nothing_is_printed_but_where_the_texts_of_others_are_made_visible():
    printing = ("print", "click.echo", "sys.stdout.write", "sys.stderr.write")
    found = {
        path.relative_to(ROOT).as_posix()
        for part in ("pipeline", "stages")
        for path in (ROOT / part).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in printing
    }
    assert found == PRINTING


def test_nothing_that_git_keeps_of_one_repository_is_handed_on():
    told = subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True
    ).stdout.split()
    settings = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
    assert set(told) - settings <= set(programs.REPOSITORY)
    assert os.environ.keys() & set(told) <= settings  # of the tests' own


@pytest.mark.parametrize("module", ["pipeline.cli", "stages.tokenize"])
def test_torch_and_mlflow_are_not_imported_where_they_are_not_needed(module):
    heavy = ["torch", "mlflow", "datasets", "sklearn", "matplotlib"]
    script = f"import sys, {module}\nprint([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
