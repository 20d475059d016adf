"""Every gate of `make check` fails where its rule is broken, and says where: its own command, on a
copy of what it reads with one fault in it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from locus_pipeline.settings import CHECKOUT

BIN = Path(sys.executable).parent
PACKAGE = Path("locus_pipeline")
MODEL = Path("dbt_project/models/marts/planted.sql")
METHOD = PACKAGE / "methods/planted.py"
GENERATED = Path("dbt_project/macros/generated/variables.sql")


@dataclass(frozen=True)
class Gate:
    """A command of `make check`, and the parts of a checkout that it reads for one file."""

    command: str
    reads: tuple[str, ...]


RUFF = Gate("ruff check", ("pyproject.toml",))
FORMAT = Gate("ruff format", ("pyproject.toml",))
MYPY = Gate("mypy", ("pyproject.toml", "locus_pipeline/__init__.py"))
SQLFLUFF = Gate(
    "sqlfluff",
    (
        "pyproject.toml",
        "tools/sqlfluff_macros",
        "dbt_project/dbt_project.yml",
        "dbt_project/macros",
        "dbt_project/tests/registry",
    ),
)
IMPORTS = Gate("lint-imports", ("pyproject.toml", "locus_pipeline"))
GENERATE = Gate("python -m tools.generate", ("tools", "seeds", "dbt_project", "locus_pipeline"))
ASSUMPTIONS = Gate("python -m tools.assumptions", (*GENERATE.reads, "docs"))


def commands() -> list[str]:
    """What `make check` runs, one after the other."""
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (CHECKOUT / "Makefile").read_text(), re.M)
    return [
        command.strip().removeprefix("$(BIN)/")
        for line in recipe[1].splitlines()
        for command in line.split("&&")
    ]


def checked(gate: Gate, folder: Path) -> subprocess.CompletedProcess[str]:
    [command] = [one for one in commands() if one.startswith(gate.command)]
    program, *arguments = shlex.split(command)
    return subprocess.run(
        [BIN / program, *arguments], cwd=folder, capture_output=True, text=True,
        env=os.environ | {"MYPY_CACHE_DIR": str(folder / "cache"), "NO_COLOR": "1"},
    )  # fmt: skip


def copied(gate: Gate, folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
    for name in gate.reads:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, folder / name, ignore=ignored)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / name, folder / name)


@pytest.mark.parametrize(
    ("gate", "place", "sound", "fault", "says"),
    [
        (RUFF, METHOD, '"""A method."""\n', "\nimport os\n", "F401"),
        (FORMAT, METHOD, '"""A method."""\n', "\nX = {'a':1}\n", "would be reformatted"),
        (MYPY, METHOD, "X: int = 1\n", 'Y: int = "1"\n', "Incompatible types"),
        (MYPY, METHOD, "X: int = 1\n", "def f(x):\n    return x\n", "missing a type annotation"),
        (SQLFLUFF, MODEL, "select 1 as one\n", "UNION ALL select 2 as one\n", "CP01"),
        (SQLFLUFF, MODEL, "select 1 as one\n", "union all select 2 one\n", "AL02"),
        (SQLFLUFF, MODEL, "select 1 as one\n", "union all select 2 as made\n", "CV09"),
        (IMPORTS, PACKAGE / "asi/lines.py", "", "\nimport locus_pipeline.warehouse\n", "BROKEN"),
        (GENERATE, GENERATED, "", "{# another line #}\n", "variables.sql"),
        (ASSUMPTIONS, Path("docs/assumptions.md"), "", "Another line.\n", "assumptions.md"),
    ],
    ids=["unused import", "layout", "a wrong type", "no type", "capitals", "a word left out",
         "no noun", "an import upward", "generated", "assumptions"],
)  # fmt: skip
def test_a_broken_rule_fails_its_gate(tmp_path, gate, place, sound, fault, says):
    copied(gate, tmp_path)
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(sound)
    before = checked(gate, tmp_path)
    assert before.returncode == 0, before.stdout + before.stderr
    with path.open("a") as file:
        file.write(fault)
    after = checked(gate, tmp_path)
    said = after.stdout + after.stderr
    assert after.returncode != 0, said
    assert says in said
    assert path.stem in said
