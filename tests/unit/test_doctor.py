"""`locus doctor` says what is wrong with a home and mends what is safe; unasked, it looks only."""

import io
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner
from rich.console import Console

from locus_pipeline.asi.ingest import rows_path
from locus_pipeline.asi.layout import LayoutError
from locus_pipeline.cli import locus
from locus_pipeline.errors import LocusError
from locus_pipeline.files import loose
from locus_pipeline.index.inputs import SCREENING
from locus_pipeline.index.store import Store
from locus_pipeline.publish.edition import publish
from locus_pipeline.rounds.store import table_path
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.lock import nobody_else
from tests.support.disk import empty, flip, of_another_duckdb
from tests.support.small_home import make_small_home
from tests.unit.index.test_cci_store import DRAWS, FIRST, STORED

DEAD = 4_000_000  # above the largest process id


@pytest.fixture(scope="module")
def prepared_home(tmp_path_factory) -> Settings:
    """A home with a release, a round, an index and an edition, made by hand."""
    settings = Settings(tmp_path_factory.mktemp("doctor") / "home", threads=1)
    make_small_home(settings)
    Store(settings, SCREENING).write(FIRST, STORED, DRAWS)
    settings.warehouse.parent.mkdir(mode=0o700)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute(
            "create table marts.edition as select 'e1' as edition_id, true as is_synthetic, "
            "timestamp '2026-01-01' as created_at, '2009-10' as survey_years, '' as facts_rounds"
        )
    settings.warehouse.chmod(0o600)
    publish(settings)
    return settings


@pytest.fixture
def home(prepared_home, tmp_path) -> Settings:
    shutil.copytree(prepared_home.home, tmp_path / "home", symlinks=True)
    return Settings(tmp_path / "home", threads=1)


@pytest.fixture
def command(monkeypatch):
    """Runs a command of `locus` over a home; returns its exit code and what it says."""

    def run(settings, *arguments):
        said = io.StringIO()
        monkeypatch.setattr("locus_pipeline.cli.console", Console(file=said, width=200))
        done = CliRunner().invoke(locus, [*arguments, "--home", str(settings.home)])
        assert done.exception is None or isinstance(done.exception, (SystemExit, LocusError)), (
            done.exception
        )
        return done.exit_code, said.getvalue()

    return run


@pytest.fixture
def doctor(command):
    return lambda settings, *options: command(settings, "doctor", *options)


def test_a_sound_home(doctor, home):
    code, said = doctor(home)
    assert code == 0, said
    assert "Nothing else is wrong" in said
    # the user's own files are his to close
    assert f"chmod -R go= '{home.releases / '2009-10'}'" in said


def test_no_home(tmp_path):
    done = CliRunner().invoke(locus, ["doctor", "--home", str(tmp_path / "none")])
    assert done.exit_code == 1
    assert not (tmp_path / "none").exists()


def harms(home) -> dict[str, tuple]:
    """What is harmed -> how, and what the doctor has to name."""
    raw = rows_path(home, "a", "2009-10")
    scores = home.index / SCREENING / "scores" / "2022-23.parquet"
    edition = home.editions / "e1" / "edition.csv"
    leftover = home.temporary / f"reader-{DEAD}-x"
    return {
        "raw": (lambda: flip(raw), str(raw)),
        "manifest": (lambda: empty(raw.with_name("manifest.json")), "manifest.json is damaged"),
        "round": (lambda: flip(table_path(home, "round_units", "pilot")), "round_units"),
        "warehouse": (lambda: empty(home.warehouse), f"{home.warehouse} is damaged"),
        "another DuckDB": (
            lambda: of_another_duckdb(home.warehouse),
            f"{home.warehouse} was written by another version of DuckDB",
        ),
        "index": (lambda: flip(scores), str(scores)),
        "edition": (lambda: flip(edition), str(edition)),
        "link": (lambda: shutil.rmtree(home.editions / "e1"), "points to editions/e1"),
        "leftover": (lambda: leftover.mkdir(parents=True), str(leftover)),
        "modes": (lambda: home.raw.chmod(0o755), f"{home.raw}: 1 file or folder"),
    }


@pytest.mark.parametrize("what", harms(Settings(Path("home"))))
def test_what_is_wrong_is_said_and_mended_when_asked(doctor, home, what):
    harm, names = harms(home)[what]
    harm()
    code, said = doctor(home)
    assert code == 1 and names in said
    assert doctor(home) == (code, said), "looking changes nothing"
    code, said = doctor(home, "--mend")
    assert "Mended: " in said and names in said.split("Mended: ", 1)[1]
    assert names not in doctor(home)[1]


def test_what_is_not_read_as_it_is(doctor, home):
    [path] = (home.releases / "2009-10").iterdir()
    path.write_text(path.read_text() * 2)
    (home.facts / "pilot" / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\n")
    code, said = doctor(home, "--mend")
    assert code == 1
    assert "2009-10: blocks A are not read as they are" in said
    assert "Round pilot changed" in said


def test_what_belongs_to_no_year_and_a_broken_layout_are_said(doctor, command, home):
    (home.releases / "2022-2023").mkdir()
    home.user_layouts.mkdir()
    (home.user_layouts / "2009-10.yaml").write_text("a: [1\nb: 2\n")
    (home.user_layouts / "2031-32.yaml").write_text("- x\n")
    code, said = doctor(home)
    assert code == 1
    assert f"{home.releases}/2022-2023: not a survey year; rename it to 2022-23" in said
    assert said.count("2009-10.yaml, line 2, column 2: not a layout") == 1
    assert said.count("2031-32.yaml: not a layout") == 1
    for year in ("2009-10", "2031-32"):
        with pytest.raises(LayoutError, match="not a layout"):
            CliRunner().invoke(
                locus,
                ["check", str(home.releases / "2009-10"), "--year", year, "--home", str(home.home)],
                catch_exceptions=False,
            )


def test_a_release_that_is_gone_is_said(doctor, home):
    shutil.rmtree(home.releases / "2009-10")
    assert "2009-10 was read, and its release is no longer" in doctor(home)[1]


def test_nothing_is_looked_at_while_another_works_on_the_home(home):
    flip(rows_path(home, "a", "2009-10"))
    before = rows_path(home, "a", "2009-10").read_bytes()
    with nobody_else(home):
        done = CliRunner().invoke(locus, ["doctor", "--mend", "--home", str(home.home)])
    assert done.exit_code == 1
    assert rows_path(home, "a", "2009-10").read_bytes() == before


def test_a_kept_edition_that_is_damaged_is_not_removed(doctor, home):
    (home.editions / "e1.kept").write_text("")
    flip(home.editions / "e1" / "edition.csv")
    code, said = doctor(home, "--mend")
    assert code == 1 and "put it back from a copy" in said
    assert (home.editions / "e1").is_dir()


def test_editions_are_listed_and_kept(home, command):
    said = command(home, "keep")[1]
    assert "e1" in said and "published" in said and "kept" not in said
    assert command(home, "keep", "e1")[0] == 0
    assert "kept" in command(home, "keep")[1]
    assert command(home, "clean")[0] == 0
    assert (home.editions / "e1" / "locus.duckdb").exists()
    assert command(home, "keep", "e1", "--release")[0] == 0
    assert command(home, "clean")[0] == 0
    assert not home.editions.exists()


def test_a_home_that_moved_is_as_sound(doctor, home, tmp_path):
    home.home.rename(tmp_path / "elsewhere")
    moved = Settings(tmp_path / "elsewhere", threads=1)
    code, said = doctor(moved)
    assert code == 0, said
    assert pd.read_parquet(moved.published / "edition.parquet").edition_id.tolist() == ["e1"]


def test_what_is_private_is_closed_by_any_command(home, command):
    (home.home / "run.log").write_text("x")
    for path in home.private:
        if path.exists():
            path.chmod(0o755)
    code, _ = command(home, "facts", "run", "--rounds", "of nobody")
    assert code == 1
    assert [path for place in home.private for path in loose(place)] == []
