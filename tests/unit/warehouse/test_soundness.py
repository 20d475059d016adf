"""A warehouse that is damaged is found, whatever of it is; one that is open elsewhere is not."""

import os
import random
import subprocess
import sys

import duckdb
import pytest

from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.soundness import remove_warehouse, unreadable, warehouse_damage
from tests.support.disk import HARMS, flip, of_another_duckdb


@pytest.fixture
def warehouse(tmp_path) -> Settings:
    settings = Settings(home=tmp_path)
    settings.warehouse.parent.mkdir()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.factory as "
            "select i as id, random() as output, 'x' || i as name from range(200000) t(i)"
        )
        connection.execute("create view one as select 1")
    return settings


def test_a_sound_warehouse_and_none_are_no_damage(warehouse, tmp_path):
    assert warehouse_damage(warehouse) == ""
    assert warehouse_damage(Settings(home=tmp_path / "new")) == ""


@pytest.mark.parametrize("harm", [*HARMS, lambda path: path.write_text("hello " * 1000)])
def test_damage_is_found_and_removed(warehouse, harm):
    harm(warehouse.warehouse)
    damage = warehouse_damage(warehouse)
    assert str(warehouse.warehouse) in damage and "\n" not in damage
    remove_warehouse(warehouse)
    assert warehouse_damage(warehouse) == ""
    assert list(warehouse.warehouse.parent.iterdir()) == []


@pytest.mark.parametrize("version", [38, 51, 63, 70, 9999])
def test_a_file_of_another_duckdb_is_told_from_a_damaged_one(warehouse, version):
    of_another_duckdb(warehouse.warehouse, version)
    said = f"{warehouse.warehouse} was written by another version of DuckDB"
    assert warehouse_damage(warehouse) == unreadable(warehouse) == said
    remove_warehouse(warehouse)
    assert warehouse_damage(warehouse) == unreadable(warehouse) == ""


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(8192), b"PAR1" * 3000, bytes(9)])
def test_a_file_of_another_program_is_no_warehouse(warehouse, content):
    warehouse.warehouse.write_bytes(content)
    said = f"{warehouse.warehouse} is damaged or no DuckDB file"
    assert warehouse_damage(warehouse) == unreadable(warehouse) == said


def test_a_flipped_bit_of_a_table_never_gives_another_number(warehouse):
    """DuckDB's checksums are of blocks: a bit of no block changes nothing that is read."""
    whole = warehouse.warehouse.read_bytes()
    with duckdb.connect(str(warehouse.warehouse), read_only=True) as connection:
        before = connection.execute("select sum(output) from intermediate.factory").fetchone()
    bits = random.Random(7)
    damaged = 0
    for _ in range(20):
        flip(warehouse.warehouse, bits.randrange(len(whole) * 8))
        if warehouse_damage(warehouse):
            damaged += 1
        else:
            with duckdb.connect(str(warehouse.warehouse), read_only=True) as connection:
                after = connection.execute("select sum(output) from intermediate.factory")
                assert after.fetchone() == before
        warehouse.warehouse.write_bytes(whole)
    assert damaged > 10


def test_a_log_of_changes_goes_with_its_file(warehouse):
    """That of a killed process, beside a file that it is not of."""
    wal = warehouse.warehouse.with_name("locus.duckdb.wal")
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); "
        "c.execute('pragma disable_checkpoint_on_shutdown'); "
        "c.execute('create table t as select 1'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(warehouse.warehouse)], check=False)
    assert wal.stat().st_size and warehouse_damage(warehouse) == ""
    with duckdb.connect(str(warehouse.warehouse.with_name("other"))) as other:
        other.execute("create table t as select 2")
    stale = wal.read_bytes()
    warehouse.warehouse.with_name("other").replace(warehouse.warehouse)
    wal.write_bytes(stale)
    assert warehouse_damage(warehouse)
    remove_warehouse(warehouse)
    wal.write_bytes(stale)
    assert str(wal) in warehouse_damage(warehouse)
    remove_warehouse(warehouse)
    assert not wal.exists()


def test_a_warehouse_that_is_open_elsewhere_is_not_damaged(warehouse):
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(warehouse.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    ) as other:
        other.stdout.readline()
        with pytest.raises(duckdb.IOException):
            warehouse_damage(warehouse)
        assert unreadable(warehouse) == ""
        other.stdin.close()
