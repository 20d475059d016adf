"""Running again, running in ranges, running on what is partial, damaged or wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from locus_pipeline.asi.ingest import all_manifests
from locus_pipeline.asi.sample import write_sample
from locus_pipeline.automation import JOB_NAME, RANGE_END, RANGE_START
from locus_pipeline.cli import locus
from locus_pipeline.run import QUIET, RunError, run_years, years_to_run
from locus_pipeline.settings import CHECKOUT
from locus_pipeline.warehouse.catalogue import survey_year_rows
from tests.conftest import SCALE, SEED, Home

BLOCKS = [dg.AssetKey(f"asi_block_{letter}") for letter in "abcdefghij"]


YEARS = ["2009-10", "2022-23"]


@pytest.fixture(scope="module", autouse=True)
def models_alone():
    """dbt's own tests are for the built home: here it is the runs that are looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "test unit_test")
        yield


@pytest.fixture(scope="module")
def home(models_alone, make_home, layouts) -> Home:
    """A home that tests may change; each puts back what it broke."""
    home = make_home("runs")
    for year in YEARS:
        write_sample(home.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    run_years(home.definitions, home.settings, YEARS)
    return home


def raw_files(home: Home) -> dict[str, int]:
    return {
        str(path.relative_to(home.settings.raw)): path.stat().st_mtime_ns
        for path in home.settings.raw.glob("block_*/survey_year=*/rows.parquet")
    }


def factory_versions(home: Home) -> dict[str, str]:
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as warehouse:
        return dict(
            warehouse.execute(
                "select distinct survey_year, raw_version from intermediate.factory"
            ).fetchall()
        )


def test_the_same_input_twice_does_nothing_twice(home):
    before, edition = raw_files(home), home.query("select edition_id, created_at from edition")
    published = (home.settings.published / "locus.duckdb").stat().st_mtime_ns
    run_years(home.definitions, home.settings, YEARS)
    assert raw_files(home) == before
    assert home.query("select edition_id, created_at from edition") == edition
    assert (home.settings.published / "locus.duckdb").stat().st_mtime_ns == published


def test_a_changed_release_rebuilds_its_survey_year_alone(home, layouts):
    before, versions = raw_files(home), factory_versions(home)
    write_sample(home.settings.releases, layouts["2009-10"], scale=SCALE, seed=SEED + 1)
    run_years(home.definitions, home.settings, ["2009-10"])
    changed = {path for path, written in raw_files(home).items() if written != before[path]}
    assert {path.split("=")[1][:7] for path in changed} == {"2009-10"}
    rebuilt = {
        year for year, version in factory_versions(home).items() if version != versions[year]
    }
    assert rebuilt == {"2009-10"}
    write_sample(home.settings.releases, layouts["2009-10"], scale=SCALE, seed=SEED)
    run_years(home.definitions, home.settings, ["2009-10"])
    assert factory_versions(home) == versions


def test_a_backfill_takes_a_range_of_years_in_one_run(make_home, layouts):
    home = make_home("range")
    years = ["2008-09", "2009-10", "2010-11"]
    for year in years:
        write_sample(home.settings.releases, layouts[year], scale=0.002, seed=SEED)
    with dg.DagsterInstance.ephemeral() as instance:
        result = home.definitions.resolve_job_def(JOB_NAME).execute_in_process(
            run_config=QUIET,
            instance=instance,
            asset_selection=BLOCKS,
            tags={RANGE_START: years[0], RANGE_END: years[-1]},
        )
        assert result.success
        records = instance.fetch_materializations(BLOCKS[4], limit=10).records
        rows = {
            record.partition_key: record.asset_materialization.metadata[
                "dagster/partition_row_count"
            ].value
            for record in records
        }
    assert set(rows) == set(years)
    assert len(set(rows.values())) == 3, "each partition has its own row count"


def test_years_that_can_be_read_are_recorded_when_another_fails(make_home, layouts):
    home = make_home("one bad year")
    write_sample(home.settings.releases, layouts["2008-09"], scale=0.002, seed=SEED)
    (home.settings.releases / "2009-10").mkdir()
    with dg.DagsterInstance.ephemeral() as instance:
        result = home.definitions.resolve_job_def(JOB_NAME).execute_in_process(
            run_config=QUIET,
            instance=instance,
            asset_selection=BLOCKS[:1],
            tags={RANGE_START: "2008-09", RANGE_END: "2009-10"},
            raise_on_error=False,
        )
        assert not result.success
        assert instance.get_materialized_partitions(BLOCKS[0]) == {"2008-09"}


def materialised(home, first, last):
    """Block A of a range of years: the result, the metadata by year, and what failed."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = home.definitions.resolve_job_def(JOB_NAME).execute_in_process(
            run_config=QUIET,
            instance=instance,
            asset_selection=BLOCKS[:1],
            tags={RANGE_START: first, RANGE_END: last},
            raise_on_error=False,
        )
        records = instance.fetch_materializations(BLOCKS[0], limit=30).records
    failures = [e.step_failure_data.user_failure_data for e in result.get_step_failure_events()]
    return (
        result.success,
        {r.partition_key: r.asset_materialization.metadata for r in records},
        [failure.description for failure in failures],
    )


def test_years_without_a_release_are_skipped_with_a_sentence(make_home, layouts):
    """Whoever asks for all 26 means those that are there."""
    home = make_home("all years")
    write_sample(home.settings.releases, layouts["2008-09"], scale=0.002, seed=SEED)
    success, metadata, _ = materialised(home, "1998-99", "2023-24")
    assert success
    assert len(metadata) == 26
    read = metadata.pop("2008-09")
    assert read["in_release"].value and "skipped" not in read
    for skipped in metadata.values():
        assert skipped["skipped"].value == "There is no release of this survey year"
    assert [m.survey_year for m in all_manifests(home.settings)] == ["2008-09"]


def test_a_run_of_years_without_any_release_fails_with_a_sentence(make_home):
    home = make_home("no years")
    success, metadata, failures = materialised(home, "2008-09", "2009-10")
    assert not success and not metadata
    assert failures == [
        f"There is no release of 2008-09, 2009-10 in {home.settings.releases}; put the files into "
        "a folder with the survey year's name"
    ]


@pytest.mark.slow
def test_a_year_that_cannot_be_read_is_left_out_and_the_others_go_on(make_home, layouts):
    home = make_home("left out")
    for year in ("2009-10", "2015-16"):
        write_sample(home.settings.releases, layouts[year], scale=0.002, seed=SEED)
    good = next((home.settings.releases / "2015-16").glob("*J16*"))
    content = good.read_bytes()
    good.write_bytes(b"not a block\n" * 50)
    with pytest.raises(RunError, match=good.name) as failure:
        run_years(home.definitions, home.settings, ["2009-10", "2015-16"])
    assert failure.value.published
    assert home.query("select survey_years from edition") == [("2009-10",)]
    # a later run of the other year alone does not take it for a partial release either
    run_years(home.definitions, home.settings, ["2009-10"])
    assert home.query("select survey_years from edition") == [("2009-10",)]
    good.write_bytes(content)
    run_years(home.definitions, home.settings, ["2009-10", "2015-16"])
    assert home.query("select survey_years from edition") == [("2009-10, 2015-16",)]
    assert home.query("select count(*) from measure_availability where not is_available") == [(0,)]


def test_facts_of_a_layout_change_what_was_computed(home, layouts):
    """Serial numbers, status codes and the like are not in the files, and count all the same."""
    year = "2009-10"
    other = replace(layouts[year], status_codes="schedule-2010")
    blocks = [m for m in all_manifests(home.settings) if m.survey_year == year]
    version = {
        facts.status_codes: survey_year_rows(blocks, {year: facts}, "method")[0]["raw_version"]
        for facts in (layouts[year], other)
    }
    assert version["schedule-1998"] != version["schedule-2010"]


def test_clean_keeps_what_is_the_users(make_home, layouts):
    home = make_home("clean")
    write_sample(home.settings.releases, layouts["2022-23"], scale=0.002, seed=SEED)
    own = home.settings.releases / "2021-22" / "blkA202122.csv"
    own.parent.mkdir()
    own.write_text("yr\n")
    layout = home.settings.own_layouts / "2024-25.yaml"
    layout.parent.mkdir()
    layout.write_text("survey_year: '2024-25'\n")
    home.settings.raw.mkdir()
    result = CliRunner().invoke(locus, ["clean", "--home", str(home.settings.home)])
    assert result.exit_code == 0, result.output
    assert own.exists() and layout.exists()
    assert not home.settings.raw.exists()
    assert not (home.settings.releases / "2022-23").exists()


def test_a_partial_release_makes_nulls_with_a_reason(make_home, layouts):
    home = make_home("partial")
    write_sample(home.settings.releases, layouts["2022-23"], scale=SCALE, seed=SEED)
    folder = home.settings.releases / "2022-23"
    for path in folder.glob("blk[BCDEFGHJ]*"):
        path.unlink()
    run_years(home.definitions, home.settings, ["2022-23"])
    rows = home.query(
        "select sum(units_estimated), count(total_employees_estimated), "
        "count(gross_value_added_estimated), any_value(null_reason), any_value(missing_blocks) "
        "from cluster_state_year"
    )
    assert rows[0][0] > 100_000
    assert rows[0][1:] == (0, 0, "block_not_in_release", "BCDEFGHJ")
    reasons = dict(home.query("select measure, null_reason from measure_availability"))
    assert reasons["units"] is None
    assert reasons["total_employees"] == reasons["total_input"] == "block_not_in_release"
    # the missing blocks arrive: the measures do too
    write_sample(home.settings.releases, layouts["2022-23"], scale=SCALE, seed=SEED)
    run_years(home.definitions, home.settings, ["2022-23"])
    assert home.query("select count(*) from cluster_year where null_reason is not null") == [(0,)]


@pytest.mark.slow
def test_a_damaged_copy_loses_exactly_the_damaged_lines(make_home, layouts):
    home = make_home("damaged")
    write_sample(home.settings.releases, layouts["2022-23"], scale=SCALE, seed=SEED)
    (path,) = (home.settings.releases / "2022-23").glob("blkE*")
    lines = path.read_text().splitlines(keepends=True)
    cells = lines[50].split(",")
    cells[5] += "X"
    lines[50] = ",".join(cells)
    lines[100] = lines[100][:12] + "\n"
    lines.insert(200, lines[0])
    path.write_text("".join(lines))
    run_years(home.definitions, home.settings, ["2022-23"])
    rejected = home.query(
        "select block, source_file, line_number, column_name, reason from rejected_rows "
        "order by line_number"
    )
    assert [(block, file, line) for block, file, line, *_ in rejected] == [
        ("e", path.name, 51),
        ("e", path.name, 101),
        ("e", path.name, 201),
    ]
    assert rejected[0][3] == "persons"
    assert all(reason for *_, reason in rejected)
    ((read, kept, lost),) = home.query(
        "select rows_read, rows_kept, rows_rejected from ingestion where block = 'e'"
    )
    assert (read, kept, lost) == (len(lines) - 1, len(lines) - 4, 3)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "notes.dat").write_text("hello\n"), "notes.dat"),
        (
            lambda folder: shutil.copy(next(folder.glob("OASA*")), folder / "OASA2010.TXT"),
            "OASA2010.TXT",
        ),
        (
            lambda folder: next(folder.glob("OASE*")).write_bytes(
                next(folder.glob("OASF*")).read_bytes()
            ),
            "OASE10.TXT",
        ),
    ],
    ids=["no block", "two candidates", "another block's content"],
)
def test_a_wrong_release_fails_with_one_clear_error(make_home, layouts, spoil, says):
    home = make_home("wrong")
    write_sample(home.settings.releases, layouts["2009-10"], scale=0.002, seed=SEED)
    spoil(home.settings.releases / "2009-10")
    with pytest.raises(RunError, match=says):
        run_years(home.definitions, home.settings, ["2009-10"])
    assert not home.settings.published.exists()


def test_asks_for_releases_when_there_are_none(make_home, layouts):
    home = make_home("empty")
    with pytest.raises(RunError, match="locus sample"):
        years_to_run(home.settings, layouts, None)
    with pytest.raises(RunError, match="No release of 2009-10"):
        years_to_run(home.settings, layouts, ["2009-10"])


def test_killed_midway_and_run_again(home):
    """kill -9 while dbt writes: the lock is free, the old edition stands, the next run is whole."""
    edition = home.query("select edition_id from edition")
    command = [sys.executable, "-m", "locus_pipeline.cli", "run", "--home", str(home.settings.home)]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    log = home.settings.warehouse.parent / "dbt" / "dbt.log"
    written = log.stat().st_mtime_ns
    deadline = time.monotonic() + 240
    while log.stat().st_mtime_ns == written and time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert home.query("select edition_id from edition") == edition
    run_years(home.definitions, home.settings, YEARS)
    assert home.query("select edition_id from edition") == edition


@pytest.mark.slow
def test_two_runs_at_once_wait_for_each_other(home):
    command = [sys.executable, "-m", "locus_pipeline.cli", "run", "--home", str(home.settings.home)]
    runs = [
        subprocess.Popen(
            command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=400)[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0], said


def test_any_asset_can_be_materialised_alone(home):
    """As somebody clicks in the pages: one table of the catalogue, one model, the edition."""
    for selection in ("asi_survey_years", "cluster_year", "published_edition"):
        result = home.definitions.resolve_job_def(JOB_NAME).execute_in_process(
            run_config=QUIET,
            instance=dg.DagsterInstance.ephemeral(),
            asset_selection=[dg.AssetKey(selection)],
        )
        assert result.success, selection
