"""Part of the real 2022-23 release: what the reader keeps, and what a damaged copy loses.

The records stay where they are: the test needs the folder beside the checkout and is skipped
without it. It compares counts and sums only, so that no record is ever printed.
"""

import duckdb
import pytest

from locus_pipeline.asi.check import check_release
from locus_pipeline.asi.ingest import ingest_block, rejected_path, rows_path
from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.asi.release import find_release
from locus_pipeline.settings import CHECKOUT, Settings

RELEASE = CHECKOUT.parent / "shared" / "real" / "asi-2022-23"
YEAR = load_layouts()["2022-23"]
RECORDS = {"a": 68_462, "i": 32_919}

pytestmark = pytest.mark.skipif(
    not RELEASE.is_dir(), reason="the real 2022-23 release is not beside the checkout"
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = Settings(tmp_path_factory.mktemp("home"), threads=2)
    contents = find_release(RELEASE, YEAR)
    for block in RECORDS:
        ingest_block(settings, contents, block, YEAR)
    return settings


def ask(sql, *paths):
    with duckdb.connect() as connection:
        return connection.execute(sql, [str(path) for path in paths]).fetchone()


def test_every_record_is_kept(settings):
    contents = find_release(RELEASE, YEAR)
    assert list(contents.files) == list(RECORDS)
    for block, records in RECORDS.items():
        manifest = ingest_block(settings, contents, block, YEAR).manifest
        assert (manifest.rows_read, manifest.rows_kept, manifest.rows_rejected) == (
            records,
            records,
            0,
        )
        counted, first, last = ask(
            "select count(*), min(line_number), max(line_number) from read_parquet(?)",
            rows_path(settings, block, "2022-23"),
        )
        assert (counted, first, last) == (records, 2, records + 1)
        assert manifest.ignored_columns == []
        assert not manifest.is_synthetic


def test_multipliers_are_as_printed(settings):
    factories, open_factories, returns = ask(
        """
        select
            sum(cast(multiplier as decimal(28, 8)) * units) filter (unit_status between 1 and 4),
            sum(cast(multiplier as decimal(28, 8)) * units) filter (unit_status = 1),
            count(distinct factory_key)
        from read_parquet(?)
        """,
        rows_path(settings, "a", "2022-23"),
    )
    assert float(factories) == pytest.approx(253_334.000, abs=0.0005)
    assert float(open_factories) == pytest.approx(192_585.300, abs=0.0005)
    assert returns == RECORDS["a"]


def test_the_total_row_of_block_i_is_the_sum_of_the_others(settings):
    factories, equal = ask(
        """
        select count(*), count(*) filter (total = others)
        from (
            select
                sum(purchase_value) filter (serial_number = 7) as total,
                sum(purchase_value) filter (serial_number <> 7) as others
            from read_parquet(?)
            group by factory_key
        )
        """,
        rows_path(settings, "i", "2022-23"),
    )
    assert (factories, equal) == (9_378, 9_378)


def test_every_factory_of_block_i_is_in_block_a(settings):
    [strangers] = ask(
        "select count(*) from read_parquet(?) as i anti join read_parquet(?) as a "
        "on i.factory_key = a.factory_key",
        rows_path(settings, "i", "2022-23"),
        rows_path(settings, "a", "2022-23"),
    )
    assert strangers == 0


def test_a_damaged_copy_loses_exactly_the_damaged_lines(tmp_path, settings):
    lines = (RELEASE / "blkI202223.CSV").read_bytes().split(b"\n")
    lines[999] = lines[999][:20]  # truncated: line 1000
    cells = lines[19_999].split(b",")
    cells[7] = b"4X" + cells[7]  # a letter in the purchase value: line 20000
    lines[19_999] = b",".join(cells)
    lines.insert(30_000, lines[0])  # the header again: line 30001
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "blkI202223.CSV").write_bytes(b"\n".join(lines))

    damaged = Settings(tmp_path / "home", threads=2)
    manifest = ingest_block(damaged, find_release(folder, YEAR), "i", YEAR).manifest
    assert (manifest.rows_read, manifest.rows_kept, manifest.rows_rejected) == (
        32_920,
        32_917,
        3,
    )
    with duckdb.connect() as connection:
        rejected = connection.execute(
            "select line_number, column_name, source_file, "
            "regexp_replace(reason, '[0-9]+', 'N', 'g') from read_parquet(?) order by line_number",
            [str(rejected_path(damaged, "i", "2022-23"))],
        ).fetchall()
    assert [row[:3] for row in rejected] == [
        (1000, None, "blkI202223.CSV"),
        (20000, "purchase_value", "blkI202223.CSV"),
        (30001, None, "blkI202223.CSV"),
    ]
    assert rejected[0][3] == "has N cells, the header has N"
    assert rejected[1][3].endswith("is not a number")
    assert rejected[2][3] == "is the header line again"
    [lost] = ask(
        "select count(*) from read_parquet(?) as whole anti join read_parquet(?) as damaged "
        "on whole.factory_key = damaged.factory_key "
        "and whole.serial_number = damaged.serial_number",
        rows_path(settings, "i", "2022-23"),
        rows_path(damaged, "i", "2022-23"),
    )
    assert lost == 2


def test_the_check_says_what_is_there_and_what_is_missing(tmp_path):
    report = check_release(RELEASE, YEAR, Settings(tmp_path, threads=2))
    assert report.ok
    assert {block.block: block.counts.rows_kept for block in report.blocks} == RECORDS
    assert set(report.missing) == set("bcdefghj")
