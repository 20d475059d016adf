"""The rooms of the package: who may import whom (pyproject.toml, [tool.importlinter])."""

import shutil
import subprocess
import sys
import tomllib
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
