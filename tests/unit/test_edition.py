"""Publication: one rename, readers undisturbed, no formulas in CSV."""

import csv
import subprocess
import sys

import duckdb
import pytest

from locus_pipeline.publish.edition import PublishError, publish
from locus_pipeline.settings import Settings


def warehouse_with(settings: Settings, edition_id: str, title: str) -> None:
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.edition as select ? as edition_id, true as is_synthetic",
            [edition_id],
        )
        connection.execute(
            "create table marts.definitions as "
            "select * from (values (2, ?), (1, 'plain')) t(id, title)",
            [title],
        )
        connection.execute("comment on table marts.definitions is 'What codes mean'")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "it's a home")


def test_publishes_each_mart_in_three_forms(settings):
    warehouse_with(settings, "e1", "textiles")
    edition = publish(settings)
    assert edition.rows == {"definitions": 2, "edition": 1}
    assert settings.published.is_symlink()
    names = {path.name for path in settings.published.iterdir()}
    assert names == {
        "README.md", "locus.duckdb", "definitions.parquet", "definitions.csv", "edition.parquet",
        "edition.csv",
    }  # fmt: skip
    assert "Synthetic" in (settings.published / "README.md").read_text()
    with duckdb.connect(str(settings.published / "locus.duckdb"), read_only=True) as published:
        assert published.execute("select title from definitions order by id").fetchall() == [
            ("plain",),
            ("textiles",),
        ]
        comment = published.execute(
            "select comment from duckdb_tables() where table_name = 'definitions'"
        ).fetchone()
        assert comment == ("What codes mean",)


def test_a_reader_of_the_old_edition_is_not_disturbed(settings):
    warehouse_with(settings, "e1", "old")
    publish(settings)
    reader = duckdb.connect(str(settings.published / "locus.duckdb"), read_only=True)
    for edition_id in ("e2", "e3", "e4"):
        warehouse_with(settings, edition_id, "new")
        publish(settings)
    assert reader.execute("select title from definitions where id = 2").fetchone() == ("old",)
    reader.close()
    with duckdb.connect(str(settings.published / "locus.duckdb"), read_only=True) as published:
        assert published.execute("select edition_id from edition").fetchone() == ("e4",)
    assert len(list(settings.editions.iterdir())) == 2


def test_the_same_edition_is_not_written_twice(settings):
    warehouse_with(settings, "e1", "a")
    publish(settings)
    before = (settings.published / "locus.duckdb").stat().st_mtime_ns
    again = publish(settings)
    assert again.unchanged
    assert (settings.published / "locus.duckdb").stat().st_mtime_ns == before


def test_a_crash_leaves_the_old_edition(settings, monkeypatch):
    warehouse_with(settings, "e1", "old")
    publish(settings)
    warehouse_with(settings, "e2", "new")
    monkeypatch.setattr(
        "locus_pipeline.publish.edition._write_readme", lambda *_: (_ for _ in ()).throw(OSError)
    )
    with pytest.raises(OSError):
        publish(settings)
    with duckdb.connect(str(settings.published / "locus.duckdb"), read_only=True) as published:
        assert published.execute("select edition_id from edition").fetchone() == ("e1",)


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_in_csv_is_never_a_formula(settings, title):
    warehouse_with(settings, "e1", title)
    publish(settings)
    with (settings.published / "definitions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["title"] == "'" + title
    assert rows[0]["title"] == "plain"


def test_refuses_to_replace_a_folder_that_is_not_its_own(settings):
    warehouse_with(settings, "e1", "a")
    settings.published.mkdir(parents=True)
    with pytest.raises(PublishError, match="move it away"):
        publish(settings)


def test_the_file_is_of_the_oldest_form_that_holds_it(settings):
    warehouse_with(settings, "e1", "textiles")
    publish(settings)
    path = settings.published / "locus.duckdb"
    with duckdb.connect(str(path), read_only=True) as published:
        [(tags,)] = published.execute(
            "select tags from duckdb_databases() where path is not null"
        ).fetchall()
    assert tags["storage_version"].startswith("v1.0.0")


OLD_READER = """
import sys, duckdb
assert duckdb.__version__ == "1.2.2", duckdb.__version__
with duckdb.connect(sys.argv[1], read_only=True) as edition:
    print(edition.execute("select title from definitions order by id").fetchall())
    comments = "select comment from duckdb_tables() where comment is not null"
    print(edition.execute(comments).fetchall())
"""


@pytest.mark.slow
def test_an_older_duckdb_opens_the_file(settings, tmp_path):
    old = tmp_path / "old"
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(old),
         "duckdb==1.2.2"],
        capture_output=True,
        text=True,
    )  # fmt: skip
    if installed.returncode:
        pytest.skip("duckdb 1.2.2 can't be installed here: no package index")
    warehouse_with(settings, "e1", "textiles")
    publish(settings)
    read = subprocess.run(
        [sys.executable, "-c", OLD_READER, str(settings.published / "locus.duckdb")],
        env={"PYTHONPATH": str(old)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout.splitlines() == ["[('plain',), ('textiles',)]", "[('What codes mean',)]"]


def test_the_readme_says_what_each_table_is(settings):
    warehouse_with(settings, "e1", "textiles")
    publish(settings)
    readme = (settings.published / "README.md").read_text()
    assert "* `definitions` (2 columns): What codes mean\n" in readme
