"""Running again, running in ranges, running on what is partial, damaged or wrong."""

import io
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import psutil
import pytest
from click.testing import CliRunner
from rich.console import Console

from locus_pipeline import cli
from locus_pipeline.asi.ingest import all_manifests, ingest_block, rows_path
from locus_pipeline.asi.layout import BLOCK_LETTERS
from locus_pipeline.asi.release import find_release
from locus_pipeline.cli import _show_edition, locus
from locus_pipeline.index.inputs import SCREENING
from locus_pipeline.orchestration.instance import IN_PROGRESS, open_instance
from locus_pipeline.orchestration.jobs import RANGE_END, RANGE_START, SURVEY_JOB
from locus_pipeline.orchestration.run import (
    QUIET,
    CommandRun,
    RunError,
    command_run,
    run_rounds,
    run_years,
)
from locus_pipeline.orchestration.wanted import NothingToReadError, years_to_run
from locus_pipeline.publish.edition import PROVENANCE, stored_editions
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.sample.rounds import write_sample_rounds
from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.warehouse.catalogue import survey_year_rows, write_catalogue
from tests.conftest import SCALE, SEED, Home
from tests.support.disk import cut, empty, flip

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
    # as a person may have it open meanwhile, to write even
    code = "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home.settings.published / "locus.duckdb")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        other.stdout.readline()
        run_years(home.definitions, home.settings, YEARS)
        _show_edition(home.settings)
        other.communicate(b"\n")
    assert raw_files(home) == before
    assert home.query("select edition_id, created_at from edition") == edition
    assert (home.settings.published / "locus.duckdb").stat().st_mtime_ns == published


def test_a_changed_release_rebuilds_its_survey_year_alone(home, copy_of, layouts):
    home = copy_of(home, "changed")
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
    # the release as it was has the version that it had: no run is needed to see it
    contents = find_release(home.settings.releases / "2009-10", layouts["2009-10"])
    for letter in BLOCK_LETTERS:
        ingest_block(home.settings, contents, letter, layouts["2009-10"])
    write_catalogue(home.settings, layouts)
    catalogue = str(home.settings.raw / "catalogue" / "survey_years.parquet")
    again = duckdb.sql(f"select survey_year, raw_version from '{catalogue}'").fetchall()
    assert dict(again) == versions


def test_a_backfill_takes_a_range_of_years_in_one_run(make_home, layouts):
    home = make_home("range")
    years = ["2008-09", "2009-10", "2010-11"]
    for year in years:
        write_sample(home.settings.releases, layouts[year], scale=0.002, seed=SEED)
    with dg.DagsterInstance.ephemeral() as instance:
        result = home.definitions.resolve_job_def(SURVEY_JOB).execute_in_process(
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
        result = home.definitions.resolve_job_def(SURVEY_JOB).execute_in_process(
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
        result = home.definitions.resolve_job_def(SURVEY_JOB).execute_in_process(
            run_config=QUIET,
            instance=instance,
            asset_selection=BLOCKS[:1],
            tags={RANGE_START: first, RANGE_END: last},
            raise_on_error=False,
        )
        records = instance.fetch_materializations(BLOCKS[0], limit=100).records
    failures = [e.step_failure_data.user_failure_data for e in result.get_step_failure_events()]
    return (
        result.success,
        {r.partition_key: r.asset_materialization.metadata for r in records},
        [failure.description for failure in failures],
    )


def test_years_without_a_release_are_skipped_with_a_sentence(make_home, layouts):
    """Whoever asks for all means those that are there."""
    home = make_home("all years")
    write_sample(home.settings.releases, layouts["2008-09"], scale=0.002, seed=SEED)
    success, metadata, _ = materialised(home, min(layouts), max(layouts))
    assert success
    assert sorted(metadata) == sorted(layouts)
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
        facts.status_codes: survey_year_rows(blocks, {year: facts})[0]["raw_version"]
        for facts in (layouts[year], other)
    }
    assert version["schedule-1998"] != version["schedule-2010"]


def test_clean_keeps_what_is_the_users(make_home, layouts):
    home = make_home("clean")
    write_sample(home.settings.releases, layouts["2022-23"], scale=0.002, seed=SEED)
    file = home.settings.releases / "2021-22" / "blkA202122.csv"
    file.parent.mkdir()
    file.write_text("yr\n")
    layout = home.settings.user_layouts / "2024-25.yaml"
    layout.parent.mkdir()
    layout.write_text("survey_year: '2024-25'\n")
    home.settings.raw.mkdir()
    result = CliRunner().invoke(locus, ["clean", "--home", str(home.settings.home)])
    assert result.exit_code == 0, result.output
    assert file.exists() and layout.exists()
    assert not home.settings.raw.exists()
    assert not (home.settings.releases / "2022-23").exists()


def spoil_records(folder: Path) -> None:
    """Doubtful records in blocks A and I of 2022-23, one of each kind but five repeated lines."""
    block_a, block_i = folder / "blkA202223.csv", folder / "blkI202223.csv"
    lines = block_a.read_text().splitlines()
    names = lines[0].lower().split(",")
    status, state, multiplier = (names.index(name) for name in ("a12", "a7", "mult"))
    is_open = [at for at, line in enumerate(lines) if at and line.split(",")[status] == "1"]
    changes = [(multiplier, "-2"), (multiplier, "0.5"), (multiplier, ""), (multiplier, "0")]
    changes += [(state, "38"), (state, "")]
    for at, (column, value) in zip(is_open[10:], changes, strict=False):
        cells = lines[at].split(",")
        cells[column] = value
        lines[at] = ",".join(cells)
    again = lines[is_open[0]].split(",")
    again[multiplier] = "7"
    block_a.write_text("\n".join([*lines, *lines[1:6], ",".join(again), ""]))
    lines = block_i.read_text().splitlines()
    key = lines[0].lower().split(",").index("ai01")
    cells = lines[1].split(",")
    cells[key] = "999999999"
    block_i.write_text("\n".join([*lines, ",".join(cells), ""]))


def said_of(settings) -> str:
    text = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "console", Console(file=text, width=300))
        cli._show_edition(settings)
    return text.getvalue()


def test_a_partial_release_makes_nulls_with_a_reason(make_home, layouts):
    home = make_home("partial")
    write_sample(home.settings.releases, layouts["2022-23"], scale=SCALE, seed=SEED)
    folder = home.settings.releases / "2022-23"
    for path in folder.glob("blk[BCDEFGHJ]*"):
        path.unlink()
    spoil_records(folder)
    run_years(home.definitions, home.settings, ["2022-23"])
    doubtful = home.query(
        "select block, kind, records, treatment from record_quality where is_warning "
        "order by block, kind"
    )
    # the factory whose return was rejected may have records in block I, which lack it then
    orphans = {row[2] for row in doubtful if row[1] == "no_return"}
    assert [row for row in doubtful if row[1] != "no_return"] == [
        ("a", "blank_multiplier", 1, "kept"),
        ("a", "blank_state", 1, "kept"),
        ("a", "multiplier_below_one", 1, "kept"),
        ("a", "negative_multiplier", 1, "rejected"),
        ("a", "repeated_key", 1, "kept"),
        ("a", "repeated_line", 5, "rejected"),
        ("a", "unknown_state", 1, "kept"),
        ("a", "zero_multiplier", 1, "kept"),
    ]
    assert len(orphans) == 1 and orphans.pop() >= 1
    assert home.query("select rows_rejected from ingestion where block = 'a'") == [(6,)]
    said = said_of(home.settings)
    assert "2022-23, block A: 5 records repeat an earlier line of the file" in said
    assert "2022-23, block A: 1 records have a state code that is not in the list" in said
    assert "belong to factories that are not in block A" in said
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
    assert home.query("select count(*) from record_quality where is_warning") == [(0,)]


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


def test_many_rejected_lines_are_told_with_their_number_and_column(make_home, layouts):
    home = make_home("rejected")
    write_sample(home.settings.releases, layouts["2022-23"], scale=0.002, seed=SEED)
    (path,) = (home.settings.releases / "2022-23").glob("blkE*")
    header, *lines = path.read_text().splitlines(keepends=True)
    cells = [line.split(",") for line in lines]
    for row in cells[:50]:
        row[5] += "X"
    path.write_text("".join([header, *(",".join(row) for row in cells)]))
    told = []
    with command_run(home.definitions, home.settings, told.append) as command:
        assert command.execute(SURVEY_JOB, [BLOCKS[4]], "2022-23")
    (said,) = told
    assert said.startswith("asi_block_e, few_rows_are_rejected: 50 of ")
    assert "of 2022-23 are rejected, most of them for persons; `locus check`" in said


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "notes.dat").write_text("hello\n"), "notes.dat"),
        (
            lambda folder: (folder / "OASA2010.TXT").write_bytes(
                next(folder.glob("OASA*")).read_bytes() + b"\r\n"
            ),
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
    with pytest.raises(RunError, match=says) as failure:
        run_years(home.definitions, home.settings, ["2009-10"])
    assert str(failure.value).count(says) == 1, "said once, not by every block"
    assert not home.settings.published.exists()


def test_asks_for_releases_when_there_are_none(make_home, layouts):
    home = make_home("empty")
    with pytest.raises(NothingToReadError, match="locus sample"):
        years_to_run(home.settings, layouts, None)
    with pytest.raises(NothingToReadError, match="No release of 2009-10"):
        years_to_run(home.settings, layouts, ["2009-10"])


def start(settings: Settings, *words: str) -> subprocess.Popen:
    """A locus command on the home, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "locus_pipeline.cli", *words, "--home", str(settings.home)],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGKILL, -9),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow),
    ],
)
def test_ended_while_dbt_writes_and_run_again(home, number, code):
    """The lock is free, the old edition stands, dbt is ended too, the next run is whole."""
    edition = home.query("select edition_id from edition")
    log = home.settings.warehouse.parent / "dbt" / "dbt.log"
    written = log.stat().st_mtime_ns
    # without what it says, a run of an unchanged home has something to do
    home.settings.publication.unlink(missing_ok=True)
    process = start(home.settings, "run")
    deadline = time.monotonic() + 240
    while log.stat().st_mtime_ns == written and time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be ended"
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    assert process.wait(60) == code
    if number != signal.SIGKILL:  # what outlives a killed run has its output open too
        assert "stands" in process.stdout.read().splitlines()[-1]
        assert psutil.wait_procs(children, timeout=15)[1] == []
    assert home.query("select edition_id from edition") == edition
    # dbt outlives the killed run: the next one waits until it has closed the warehouse
    run_years(home.definitions, home.settings, YEARS)
    assert home.query("select edition_id from edition") == edition
    with open_instance(home.settings) as instance:
        assert not instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS))
    # the power cut that may come with it: whatever is damaged is made again
    settings = home.settings
    flip(rows_path(settings, "e", "2022-23"))
    empty(rows_path(settings, "a", "2009-10").with_name("manifest.json"))
    empty(settings.raw / "block_c" / "schema.parquet")
    flip(settings.index / SCREENING / "scores" / "2022-23.parquet")
    empty(settings.index / SCREENING / "current" / "2009-10.json")
    empty(settings.index / "published" / "cci_scores.parquet")
    cut(settings.warehouse)
    flip(settings.published / "locus.duckdb")
    figures = (settings.published / "cluster_year.csv").read_bytes()
    run_years(home.definitions, settings, YEARS)
    assert home.query("select edition_id from edition") == edition
    assert (settings.published / "cluster_year.csv").read_bytes() == figures
    assert [stored.damage for stored in stored_editions(settings) if stored.is_published] == [""]


@pytest.mark.slow
def test_two_homes_make_the_same_bytes_with_one_thread_or_many(home, make_home, layouts):
    other = make_home("the same inputs elsewhere", threads=1)
    for year in YEARS:
        write_sample(other.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    run_years(other.definitions, other.settings, YEARS)
    sql = "select edition_id, input_manifest_hash from edition"
    assert home.query(sql) == other.query(sql)
    for path in other.settings.published.iterdir():
        assert str(other.settings.home).encode() not in path.read_bytes(), path
        if path.suffix in (".csv", ".parquet") and path.stem not in PROVENANCE:
            assert path.read_bytes() == (home.settings.published / path.name).read_bytes(), path
    for table, told in PROVENANCE.items():
        sql = f"select * exclude ({', '.join(told)}) from {table} order by all"
        assert home.query(sql) == other.query(sql), table


@pytest.fixture(scope="module")
def quick_home(models_alone, make_home, layouts) -> tuple[Home, float]:
    """The smallest home, and how many seconds its run takes."""
    home = make_home("quick")
    write_sample(home.settings.releases, layouts["2022-23"], scale=0.002, seed=SEED)
    begun = time.monotonic()
    process = start(home.settings, "run")
    said = process.communicate()[0]
    assert process.returncode == 0, said
    return home, time.monotonic() - begun


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_ended_at_random_moments(quick_home, seed):
    """Three runs on end, each ended in another way in whatever phase, then one that is whole: no
    edition is made of a part, and nothing of the ended runs stays."""
    home, seconds = quick_home
    moment = random.Random(seed)
    edition = home.query("select edition_id from edition")
    figures = (home.settings.published / "cluster_year.csv").read_bytes()
    for number in moment.sample([signal.SIGKILL, signal.SIGINT, signal.SIGTERM], 3):
        block = home.settings.raw / f"block_{moment.choice('abcdefghij')}"
        shutil.rmtree(block, ignore_errors=True)  # or the run before did not come to it
        process = start(home.settings, "run")
        waited = moment.uniform(1, seconds)
        time.sleep(waited)
        print(f"seed {seed}: {number.name} after {waited:.0f} of {seconds:.0f} seconds")
        if process.poll() is None:
            if number == signal.SIGKILL:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        said = process.communicate(timeout=120)[0]
        # before the command has begun, a signal ends Python itself
        assert process.returncode in (0, -number, 128 + number), said
        assert home.query("select edition_id from edition") == edition
        assert (home.settings.published / "cluster_year.csv").read_bytes() == figures
    process = start(home.settings, "run")
    said = process.communicate()[0]
    assert process.returncode == 0, said
    assert home.query("select edition_id from edition") == edition
    assert (home.settings.published / "cluster_year.csv").read_bytes() == figures
    assert not list(home.settings.home.rglob("*.unfinished"))
    with open_instance(home.settings) as instance:
        assert not instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS))


@pytest.mark.slow
def test_three_commands_at_once_on_a_new_home(make_home, layouts):
    """Each waits for the one before it and says so; each ends with the whole edition."""
    home = make_home("new")
    for year in YEARS:
        write_sample(home.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    (key,) = write_sample_rounds(home.settings.facts, 1, SEED)
    commands = [
        start(home.settings, "run"),
        start(home.settings, "run"),
        start(home.settings, "facts", "run"),
    ]
    ended = []
    while len(ended) < len(commands):
        for process in commands:
            if process not in ended and process.poll() is not None:
                ended.append(process)
                assert home.query("select facts_rounds, survey_years from edition") == [
                    (key, ", ".join(YEARS))
                ]
                assert home.query("select count(*) > 0 from cci_scores") == [(True,)]
        time.sleep(0.5)
    said = [process.communicate()[0] for process in commands]
    assert [process.returncode for process in commands] == [0, 0, 0], said
    assert sum("waiting for it to end" in words for words in said) == 2


def test_rounds_on_a_new_home_read_its_releases_and_build_all(make_home, layouts, monkeypatch):
    """What is executed and in which order; without the work."""
    home, executed = make_home("rounds first"), []
    write_sample(home.settings.releases, layouts["2022-23"], scale=0.002, seed=SEED)
    keys = write_sample_rounds(home.settings.facts, 1, SEED)

    def execute(command: CommandRun, job: str, wanted: list[dg.AssetKey], partition: str) -> bool:
        executed.append((job, {key.to_user_string() for key in wanted}, partition))
        if wanted == BLOCKS:
            release = find_release(home.settings.releases / partition, layouts[partition])
            ingest_block(home.settings, release, "a", layouts[partition])
        return True

    monkeypatch.setattr(CommandRun, "execute", execute)
    run_rounds(home.definitions, home.settings, keys)
    jobs = [(job, partition) for job, _, partition in executed]
    assert jobs == [
        (SURVEY_JOB, "2022-23"),
        ("facts_rounds", keys[0]),
        (SURVEY_JOB, "2022-23"),
        ("facts_rounds", keys[0]),
        (SURVEY_JOB, "2022-23"),
    ]
    assert {"asi_survey_years", "factory", "cluster_year", "cci_screening"} <= executed[2][1]
    assert "published_edition" in executed[-1][1]
    executed.clear()
    run_rounds(home.definitions, home.settings, keys)
    assert [partition for _, _, partition in executed[:2]] == [keys[0], "2022-23"], "read already"


@pytest.mark.slow
def test_rounds_run_on_raw_data_without_a_warehouse(home):
    (key,) = write_sample_rounds(home.settings.facts, 1, SEED)
    shutil.rmtree(home.settings.warehouse.parent)
    run_rounds(home.definitions, home.settings, [key])
    assert home.query("select facts_rounds, survey_years from edition") == [(key, ", ".join(YEARS))]
    shutil.rmtree(home.settings.facts)


def alone(home: Home, *names: str, partition: str | None = None) -> dg.ExecuteInProcessResult:
    """These assets and nothing else, as somebody selects them in the pages."""
    return home.definitions.resolve_job_def(SURVEY_JOB).execute_in_process(
        run_config=QUIET,
        instance=dg.DagsterInstance.ephemeral(),
        asset_selection=[dg.AssetKey(name) for name in names],
        partition_key=partition,
        raise_on_error=False,
    )


def said_by_steps(result: dg.ExecuteInProcessResult) -> list[str]:
    return [
        event.step_failure_data.user_failure_data.description
        for event in result.get_step_failure_events()
    ]


def test_any_asset_can_be_materialised_alone(home):
    """As somebody clicks in the pages: one table of the catalogue, one model, the edition."""
    for selection in ("asi_survey_years", "cluster_year", "published_edition"):
        assert alone(home, selection).success, selection


def test_a_part_of_the_graph_on_a_new_home_works_or_says_what_to_materialise(
    make_home, layouts, monkeypatch
):
    """With the tests of models: none reaches for a table that isn't there."""
    monkeypatch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test")
    home = make_home("parts")
    write_sample(home.settings.releases, layouts["2022-23"], scale=0.002, seed=SEED)
    assert "materialise the blocks" in said_by_steps(alone(home, "asi_ingestion"))[0]
    blocks = [key.to_user_string() for key in BLOCKS]
    assert alone(home, *blocks, partition="2022-23").success
    assert alone(home, "asi_ingestion").success
    upstream = "materialise the upstream assets too"
    for selection in ("cluster_year", "published_edition", "cci_screening_goalposts"):
        (said,) = said_by_steps(alone(home, selection))
        assert upstream in said and "\n" not in said, selection
    result = alone(home, "states", "state_zones")
    assert result.success, said_by_steps(result)
    checks = {check.check_name for check in result.get_asset_check_evaluations()}
    # what is between the two is tested; nine more tables that name states are not there
    assert "relationships_state_zones_state_code__state_code__ref_states_" in checks
    assert not [name for name in checks if "priority_regions" in name]
    (said,) = said_by_steps(alone(home, "stg_asi__block_a"))
    assert said.startswith("stg_asi__block_a: asi_unit_status must be in the warehouse first")
    assert "(+stg_asi__block_a)" in said
