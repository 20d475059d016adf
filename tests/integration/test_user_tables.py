"""A benchmark table of the user's own on the whole road, in Dagster and by dbt alone."""

import csv
import io
import os
import subprocess
import sys

import duckdb
import pytest

from locus_pipeline.orchestration.run import run_years
from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import write_user_tables
from locus_pipeline.user_tables.sheet import UserTableError
from locus_pipeline.user_tables.tables import BENCHMARK, DEFLATORS
from locus_pipeline.warehouse.dbt import PROJECT_DIR
from tests.conftest import SCALE, SEED, Home
from tests.support.disk import of_another_duckdb

YEAR = "2022-23"


def our_benchmark() -> list[dict[str, str]]:
    path = SEEDS_DIR / "classifications" / "benchmark_clusters.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def give_benchmark(settings: Settings, rows: list[dict[str, str]]) -> None:
    """As a spreadsheet of a European machine saves it."""
    sheet = io.StringIO()
    table = csv.DictWriter(sheet, list(rows[0]), delimiter=";")
    table.writeheader()
    table.writerows(rows)
    path = BENCHMARK.path(settings)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sheet.getvalue().encode("utf-16"))


def renumbered(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row | {"cluster_code": str(1000 + int(row["cluster_code"]))} for row in rows]


def warehouse_rows(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def dbt(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As somebody calls it inside dbt_project, with nothing set but which home."""
    target = settings.home / "by_hand"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOCUS_", "DBT_"))
    }
    environment |= {
        "LOCUS_HOME": str(settings.home),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
    }
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def user_table_home(make_home, layouts) -> Home:
    """Our benchmark with other numbers, so that every figure is ours under another number."""
    home = make_home("own")
    write_sample(home.settings.releases, layouts[YEAR], scale=SCALE, seed=SEED)
    give_benchmark(home.settings, renumbered(our_benchmark()))
    run_years(home.definitions, home.settings, [YEAR])
    return home


CLUSTERS = """
    select cast(cluster_code as integer), cluster_name, cluster_type, units_estimated,
        total_employees_estimated, gross_value_added_estimated
    from {table} where survey_year = '2022-23' order by 1
"""


def test_every_figure_is_found_under_the_number_of_the_user(user_table_home, built_home):
    ours = built_home.query(CLUSTERS.format(table="cluster_year"))
    theirs = warehouse_rows(user_table_home.settings, CLUSTERS.format(table="marts.cluster_year"))
    assert len(ours) > 30
    assert [(number and number - 1000, *names) for number, *names, _, _, _ in theirs] == [
        row[:3] for row in ours
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert other[3:] == pytest.approx(one[3:], rel=1e-9)


def test_definitions_on_an_own_table_bear_no_released_version(user_table_home):
    [(version,)] = warehouse_rows(
        user_table_home.settings, "select distinct definitions_version from marts.definitions"
    )
    content = write_user_tables(user_table_home.settings)[BENCHMARK.name].content
    assert version == f"own-{content[:8]}"
    [(method,)] = warehouse_rows(user_table_home.settings, "select method_version from raw.edition")
    assert method.endswith(f".benchmark-{content[:8]}")


def test_a_build_by_hand_is_the_same_and_takes_a_name(user_table_home):
    answers = "select nic_version, nic_code, cluster_code from marts.definitions order by all"
    before = warehouse_rows(user_table_home.settings, answers)
    build = ("build", "--select", "+definitions")
    done = dbt(user_table_home.settings, *build, "--vars", "{definitions_version: mine}")
    assert done.returncode == 0, done.stdout
    assert warehouse_rows(user_table_home.settings, answers) == before
    assert warehouse_rows(
        user_table_home.settings, "select distinct definitions_version from marts.definitions"
    ) == [("mine",)]


def test_a_variable_that_nothing_reads_is_refused(user_table_home):
    done = dbt(
        user_table_home.settings, "build", "--select", "clusters",
        "--vars", "{benchmark_clusters_csv: definitions/my_clusters.csv}",
    )  # fmt: skip
    assert done.returncode != 0
    assert "benchmark_clusters_csv is no variable of this project: put your table at" in done.stdout


def test_a_build_by_hand_refuses_what_locus_has_not_read(user_table_home):
    path = DEFLATORS.path(user_table_home.settings)
    path.write_text("survey_year,deflator,base_year,source\n2022-23,150,2011-12,made up\n")
    try:
        done = dbt(user_table_home.settings, "build", "--select", "clusters")
        assert done.returncode != 0
        assert f"{path}: not as it was read last; use `locus run`" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        shown = dbt(user_table_home.settings, "show", "--inline", "select 42 as answer")
        assert "42" in shown.stdout
    finally:
        path.unlink()


def test_a_home_that_is_not_there_is_told(tmp_path):
    done = dbt(Settings(tmp_path), "debug")
    assert done.returncode != 0
    assert "doesn't exist yet; `locus run` makes it" in done.stdout


def test_a_warehouse_of_another_duckdb_is_told(tmp_path):
    settings = Settings(tmp_path)
    settings.warehouse.parent.mkdir()
    duckdb.connect(str(settings.warehouse)).close()
    of_another_duckdb(settings.warehouse)
    done = dbt(settings, "debug")
    assert done.returncode != 0
    said = f"{settings.warehouse} was written by another version of DuckDB; `locus run` builds it"
    assert said in done.stdout and "Traceback" not in done.stdout + done.stderr


@pytest.mark.slow
def test_codes_may_stay_unmapped_and_clusters_be_others(make_home, layouts):
    """Fewer clusters, one of another name: no test of our seeds stops it."""
    home = make_home("fewer")
    write_sample(home.settings.releases, layouts[YEAR], scale=SCALE, seed=SEED)
    rows = [row for row in our_benchmark() if row["cluster_type"] == "traded"]
    for row in rows:
        if row["cluster_name"] == "Apparel":
            row["cluster_name"] = "Garments of India"
    give_benchmark(home.settings, renumbered(rows))
    DEFLATORS.path(home.settings).write_text(
        "Survey Year;Deflator;base_year;source\n2022-2023;160,5;2011-12;made up\n"
    )
    run_years(home.definitions, home.settings, [YEAR])
    [(version, method)] = home.query("select definitions_version, method_version from edition")
    assert version.startswith("own-")
    assert ".benchmark-" in method
    assert ".deflators-" in method
    assert home.query("select distinct price_basis from cluster_indicators") == [
        ("constant_2011-12",)
    ]
    assert (home.settings.published / "india_cluster_definitions.xlsx").is_file()
    counts = dict(
        warehouse_rows(
            home.settings, "select cluster_name, count(*) from marts.definitions group by 1"
        )
    )
    assert counts["Garments of India"] > 10
    assert "Apparel" not in counts
    [(unmapped, manufacturing)] = warehouse_rows(
        home.settings,
        "select count(*) filter (cluster_code = '0'), count(*) "
        "from definitions.int_nic_decisions where is_manufacturing",
    )
    assert 0 < unmapped < manufacturing / 2


def test_a_table_that_cannot_be_used_ends_the_run_at_once(make_home, layouts):
    home = make_home("faulty")
    write_sample(home.settings.releases, layouts[YEAR], scale=SCALE, seed=SEED)
    give_benchmark(home.settings, [our_benchmark()[0] | {"cluster_type": "other"}])
    with pytest.raises(UserTableError, match=r"line 2, column cluster_type: .* traded or local"):
        run_years(home.definitions, home.settings, [YEAR])
    assert not home.settings.raw.exists()
