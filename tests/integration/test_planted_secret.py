"""What a record or an answer holds stays in raw data: wherever else a run writes is searched.

Also what one sees who works on such a home by hand: how many lines a run says, and dbt's commands
without anything set.
"""

import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from locus_pipeline.sample.asi import write_sample
from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.sql import identifier
from locus_pipeline.warehouse.dbt import PROJECT_DIR
from tests.conftest import SEED
from tests.support.rounds import unit_row, write_round

YEAR = "2022-23"
FEW_LINES = 60
# Where a text stands in the files that are dropped.
SECRETS = {
    "the text of a good record": "QXGOODTEXT",
    "the cell of a rejected record": "QXREJECTED7",
    "a record that is broken": "QXBROKEN",
    "a line of a block that can't be told": "QXLONGLINE",
    "the comment of a good unit": "QXCOMMENT",
    "the number of a good unit": "7654321",
    "the answer of a rejected unit": "QXANSWER",
    "a row of a form that is broken": "QXROW",
}
# An amount of a good record. Tables add it up: it is searched for in what is said.
AMOUNT = "61728.39"
# What holds microdata by design, and the editions, whose tables are searched.
RAW = ("releases", "facts", "raw", "rounds", "warehouse/locus.duckdb", "editions", "published")


@dataclass(frozen=True)
class Planted:
    settings: Settings
    terminal: str


@pytest.fixture(scope="module")
def planted(tmp_path_factory, layouts) -> Planted:
    """One survey year and one round with secrets in them, after `locus run`."""
    settings = Settings(tmp_path_factory.mktemp("planted") / "home")
    write_sample(settings.releases, layouts[YEAR], scale=0.002, seed=SEED)
    plant_in_release(settings.releases / YEAR)
    plant_in_round(settings.facts / "pilot")
    done = locus(settings, "run")
    assert done.returncode in (0, 1), done.stdout
    assert settings.published.exists(), done.stdout
    return Planted(settings, done.stdout)


def plant_in_release(folder: Path) -> None:
    path = folder / "blkA202223.csv"
    with path.open(newline="") as file:
        names, *rows = csv.reader(file)
    places = {name.lower(): place for place, name in enumerate(names)}
    rows[1][places["a10"]] = f"SYN {SECRETS['the text of a good record']}"
    rows[2][places["bonus"]] = AMOUNT
    rows[3][places["bonus"]] = SECRETS["the cell of a rejected record"]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])
        file.write(f'"{SECRETS["a record that is broken"]},1,2,3\n')
        file.write(SECRETS["a line of a block that can't be told"] * 8000 + "\n")


def plant_in_round(folder: Path) -> None:
    number = SECRETS["the number of a good unit"]
    units = [unit_row(count + 1) for count in range(4)]
    units[0] |= {
        "unit_id": f"UDYAM-TN-33-{number}",
        "comment": SECRETS["the comment of a good unit"],
    }
    units[1] |= {"sales": SECRETS["the answer of a rejected unit"]}
    path = write_round(folder, units) / "unit.csv"
    lines = path.read_text().splitlines()
    path.write_text(
        "\n".join([*lines, f"{lines[-1]},{SECRETS['a row of a form that is broken']}", ""])
    )


def locus(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("locus"), *arguments],
        cwd=settings.home.parent,
        # so few records are no official total
        env=by_hand() | {"LOCUS_HOME": str(settings.home), "LOCUS_UNRECONCILED": "warn"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def by_hand() -> dict[str, str]:
    """The environment of a person who has set nothing of ours."""
    ours = ("LOCUS_", "DBT_", "DAGSTER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def written(settings: Settings) -> list[Path]:
    """All files of the home but RAW; collectors' reports stand beside the rounds."""
    raw = [settings.home / place for place in RAW]
    return [
        path
        for path in settings.home.rglob("*")
        if path.is_file()
        and (not any(path.is_relative_to(place) for place in raw) or "reports" in path.parts)
    ]


def test_the_secrets_are_where_they_were_planted(planted):
    """Else the search below proves nothing."""
    dropped = "".join(
        path.read_text() for path in (planted.settings.releases / YEAR).glob("blkA*")
    ) + "".join(path.read_text() for path in (planted.settings.facts / "pilot").glob("*.csv"))
    assert all(secret in dropped for secret in [*SECRETS.values(), AMOUNT])
    with duckdb.connect() as raw:
        path = planted.settings.raw / "block_a" / f"survey_year={YEAR}" / "rows.parquet"
        [(kept,)] = raw.execute(
            "select count(*) from read_parquet(?) where bonus = cast(? as decimal(18, 2))",
            [str(path), AMOUNT],
        ).fetchall()
    assert kept == 1


@pytest.mark.parametrize("place", [*SECRETS, "an amount of a good record"])
def test_nothing_that_is_said_or_logged_repeats_it(planted, place):
    secret = SECRETS.get(place, AMOUNT).encode()
    files = written(planted.settings)
    kinds = {path.suffix for path in files} | {path.name for path in files}
    # Dagster's events, what dbt said, reports
    assert {".db", "run.log", "dbt.log", ".html"} <= kinds
    assert secret.decode() not in planted.terminal
    repeats = [path for path in files if secret in path.read_bytes()]
    assert repeats == []


@pytest.mark.parametrize("place", SECRETS)
def test_no_published_table_has_it_but_rejected_rows_of_a_sample(planted, place):
    holders = set()
    with duckdb.connect(
        str(planted.settings.published / "locus.duckdb"), read_only=True
    ) as edition:
        tables = [
            name for (name,) in edition.execute("select table_name from duckdb_tables()").fetchall()
        ]
        for table in tables:
            texts = edition.execute(
                "select column_name from duckdb_columns() where table_name = ? "
                "and data_type = 'VARCHAR'",
                [table],
            ).fetchall()
            holds = " or ".join(f"contains({identifier(name)}, $secret)" for (name,) in texts)
            [(count,)] = edition.execute(
                f"select count(*) from {identifier(table)} where {holds or 'false'}",
                {"secret": SECRETS[place]} if holds else {},
            ).fetchall()
            holders |= {table} if count else set()
    assert len(tables) > 40
    assert holders <= {"rejected_rows"}


def test_a_run_says_tens_of_lines(planted):
    assert len(planted.terminal.splitlines()) < FEW_LINES
    said = (planted.settings.home / "run.log").read_text().splitlines()
    assert len(said) > 500, "dbt's two lines for each node are in run.log"
    for log in (planted.settings.home / "dagster").rglob("*.out"):
        assert len(log.read_text().splitlines()) < FEW_LINES, log
    for log in (planted.settings.home / "dagster").rglob("*.err"):
        assert len(log.read_text().splitlines()) < FEW_LINES, log


def test_a_materialisation_by_hand_says_tens_of_lines(planted):
    done = locus(planted.settings, "dagster", "asset", "materialize", "--select", "cluster_year")
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) < FEW_LINES


@pytest.fixture
def default_home(planted):
    """`data` in the checkout, where nobody has one: for a moment it is the planted home."""
    data = CHECKOUT / "data"
    if data.exists():
        pytest.skip("the checkout has a home of its own")
    data.symlink_to(planted.settings.home)
    yield data
    data.unlink()


def dbt(target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a person calls it inside dbt_project; what it compiles is kept out of the checkout."""
    environment = by_hand() | {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)}
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments],
        cwd=PROJECT_DIR, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def test_dbt_by_hand_takes_the_default_home(default_home, tmp_path):
    debug = dbt(tmp_path, "debug")
    assert debug.returncode == 0 and "All checks passed!" in debug.stdout, debug.stdout
    listed = dbt(tmp_path, "ls", "--resource-type", "model", "--output", "name")
    assert listed.returncode == 0, listed.stdout
    assert {"cluster_year", "factory", "stg_asi__block_a"} <= set(listed.stdout.split())
    docs = dbt(tmp_path, "docs", "generate")
    assert docs.returncode == 0, docs.stdout
    assert '"cluster_year"' in (tmp_path / "catalog.json").read_text()


def test_docs_are_one_page(planted):
    done = locus(planted.settings, "docs")
    assert done.returncode == 0, done.stdout
    assert "cluster_year" in (planted.settings.home / "docs" / "index.html").read_text()
