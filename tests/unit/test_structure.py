"""The rooms of the package: who may import whom (pyproject.toml, [tool.importlinter])."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from locus_pipeline.fingerprint import PACKAGE, SAYS
from locus_pipeline.settings import CHECKOUT

CONFIGURATION = CHECKOUT / "pyproject.toml"


def lint_imports(folder: Path) -> subprocess.CompletedProcess:
    """What the linter says of the package in a folder."""
    command = [
        Path(sys.executable).parent / "lint-imports",
        "--config",
        CONFIGURATION,
        "--no-cache",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_no_package_imports_one_above_it():
    done = lint_imports(CHECKOUT)
    assert done.returncode == 0, done.stdout
    assert "BROKEN" not in done.stdout and "KEPT" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("asi/lines.py", "import locus_pipeline.warehouse.lock", "No package imports one above"),
        ("methods/index/gate.py", "import duckdb", "Methods know no engine"),
        ("warehouse/inputs.py", "def f():\n    import dagster", "Dagster is known to"),
        ("another.py", "", "No package imports one above"),
    ],
    ids=["up", "engine", "inside a function", "no place"],
)
def test_a_broken_rule_is_found(tmp_path, module, line, broken):
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / PACKAGE.name / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert broken in " ".join(done.stdout.split())


def names(path: Path) -> set[str]:
    """What a Python file calls things, in f-strings too."""
    return {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        for field in ("id", "arg", "attr", "name", "asname")
        if isinstance(name := getattr(node, field, None), str)
    }


def test_names_are_nouns_of_the_thing():
    """As in SQL, whose own linter blocks the same words."""
    rules = tomllib.loads(CONFIGURATION.read_text())["tool"]["sqlfluff"]["rules"]
    blocked = set(rules["convention"]["blocked_words"]["blocked_words"].split(","))
    assert len(blocked) == 4
    folders = (PACKAGE.name, "bench", "dbt_project/models", "tests", "tools")
    files = [path for folder in folders for path in (CHECKOUT / folder).rglob("*.py")]
    named = {str(path.relative_to(CHECKOUT)): names(path) & blocked for path in files}
    assert {path: words for path, words in named.items() if words} == {}


def imported(folders: list[str]) -> set[str]:
    """Packages that the Python files in these folders of the checkout import."""
    names = set()
    for path in (path for folder in folders for path in (CHECKOUT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_what_is_imported_is_declared():
    """Not only there because another package brought it."""
    project = tomllib.loads(CONFIGURATION.read_text())["project"]
    ours = {PACKAGE.name, "bench", "tests", "tools"}
    needed = project["dependencies"]
    for folders, requirements in (
        ([PACKAGE.name, "dbt_project/models"], needed),
        (["bench", "tests", "tools"], needed + project["optional-dependencies"]["dev"]),
    ):
        declared = {re.match(r"[\w-]+", one)[0].lower() for one in requirements}
        undeclared = {
            name
            for name in imported(folders) - ours
            if declared.isdisjoint(one.lower() for one in packages_distributions()[name])
        }
        assert undeclared == set()


def test_every_room_has_its_place():
    contracts = tomllib.loads(CONFIGURATION.read_text())["tool"]["importlinter"]["contracts"]
    [road] = [contract for contract in contracts if contract["id"] == "road"]
    placed = {name.strip() for layer in road["layers"] for name in layer.split("|")}
    there = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    assert placed == there


def test_what_only_says_something_is_there():
    assert [name for name in SAYS if not (PACKAGE / name).is_file()] == []
