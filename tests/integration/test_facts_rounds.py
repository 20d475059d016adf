"""FACTS rounds through Dagster: partitions, the sensor, what is stored, who is left out."""

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from locus_pipeline.cli import locus
from locus_pipeline.orchestration.assets.rounds import ROUND_KEY, ROUND_PARTITIONS
from locus_pipeline.orchestration.jobs import ROUNDS_JOB
from locus_pipeline.orchestration.run import QUIET, RunError, run_rounds
from locus_pipeline.orchestration.wanted import NothingToReadError, rounds_to_run
from locus_pipeline.rounds.intake import ROUND_TABLES
from locus_pipeline.rounds.store import row_counts, stored_rounds, table_path
from tests.support.rounds import SALT, unit_row, write_round

CATALOGUE = [dg.AssetKey(f"facts_{table}") for table in ROUND_TABLES]


@pytest.fixture(autouse=True)
def salt(monkeypatch):
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())


@pytest.fixture(scope="module")
def definitions_home(make_home):
    """Definitions are the same whatever stands in the home: built once."""
    return make_home("facts")


@pytest.fixture
def home(definitions_home):
    """Two rounds of two units; one unit is in both."""
    for key, number in (("2024-25-pilot", 1), ("2025-26-pilot", 2)):
        write_round(definitions_home.settings.facts / key, [unit_row(number), unit_row(3)])
    yield definitions_home
    for folder in (definitions_home.settings.facts, definitions_home.settings.rounds):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()


def execute(home, instance, selection, partition=None):
    job = home.definitions.resolve_job_def(ROUNDS_JOB)
    return job.execute_in_process(
        run_config=QUIET,
        instance=instance,
        partition_key=partition,
        asset_selection=selection,
        raise_on_error=False,
    )


def sensor_tick(home, instance, cursor):
    sensor = home.definitions.resolve_sensor_def("facts_round_files")
    context = dg.build_sensor_context(
        instance=instance,
        instance_ref=instance.get_ref(),  # what the daemon gives, to look partitions up
        cursor=cursor,
        resources={"settings": home.settings},
        repository_def=home.definitions.get_repository_def(),
    )
    result = sensor.evaluate_tick(context)
    for request in result.dynamic_partitions_requests:
        instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return result, result.cursor


def requests(result):
    return [
        request.partition_key
        or (
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in result.run_requests
    ]


def test_rounds_have_no_survey_above_them_and_a_job_of_their_own(definitions_home):
    definitions = definitions_home.definitions
    graph = definitions.resolve_asset_graph()
    for key in [ROUND_KEY, *CATALOGUE]:
        above = {parent.to_user_string() for parent in graph.get_ancestor_asset_keys(key)}
        assert above <= {"facts_schedules", "facts_round"}
    survey = definitions.resolve_job_def("survey_years").asset_layer.executable_asset_keys
    rounds = definitions.resolve_job_def(ROUNDS_JOB).asset_layer.executable_asset_keys
    assert ROUND_KEY not in survey and set(CATALOGUE) <= set(survey)
    assert {ROUND_KEY, *CATALOGUE} <= set(rounds)
    # of the survey's assets one alone: what the edition is made of names its rounds
    survey_run = {key.to_user_string() for key in rounds if key.path[0].startswith("asi_")}
    assert survey_run == {"asi_edition"}


def test_a_round_is_a_partition_with_its_counts_and_report(home):
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(ROUND_PARTITIONS.name, ["2025-26-pilot"])
        result = execute(home, instance, [ROUND_KEY], "2025-26-pilot")
        assert result.success
        (event,) = result.asset_materializations_for_node("facts_round")
        metadata = {name: value.value for name, value in event.metadata.items()}
        assert event.partition == "2025-26-pilot"
        assert {name: metadata[name] for name in ("rows_read", "rows_accepted", "clusters")} == {
            "rows_read": 4, "rows_accepted": 4, "clusters": 1,
        }  # fmt: skip
        assert metadata["units_grade_A"] == 2 and metadata["is_synthetic"]
        assert metadata["report"].endswith("2025-26-pilot/report.html")
        (check,) = result.get_asset_check_evaluations()
        assert check.passed
        below = execute(home, instance, CATALOGUE)
        assert below.success
        assert row_counts(home.settings)["round_units"] == 2


def test_several_rounds_are_one_run_and_a_bad_one_holds_up_no_other(home):
    (home.settings.facts / "2024-25-pilot" / "round.yaml").write_text("title: only a title")
    with dg.DagsterInstance.ephemeral() as instance:
        keys = ["2024-25-pilot", "2025-26-pilot"]
        instance.add_dynamic_partitions(ROUND_PARTITIONS.name, keys)
        job = home.definitions.resolve_job_def(ROUNDS_JOB)
        result = job.execute_in_process(
            run_config=QUIET,
            instance=instance,
            tags={
                "dagster/asset_partition_range_start": keys[0],
                "dagster/asset_partition_range_end": keys[1],
            },
            asset_selection=[ROUND_KEY],
            raise_on_error=False,
        )
        assert not result.success
        (failure,) = [event for event in result.all_events if event.is_step_failure]
        assert "period" in failure.step_failure_data.user_failure_data.description
    assert stored_rounds(home.settings) == ["2025-26-pilot"]


def test_sensor_makes_partitions_waits_until_files_rest_and_asks_once(home):
    with dg.instance_for_test() as instance:
        landed, cursor = sensor_tick(home, instance, None)
        assert requests(landed) == [], "files may still be arriving"
        at_rest, cursor = sensor_tick(home, instance, cursor)
        assert requests(at_rest) == [("2024-25-pilot", "2025-26-pilot")]
        known = ["2024-25-pilot", "2025-26-pilot"]
        assert instance.get_dynamic_partitions(ROUND_PARTITIONS.name) == known
        later, cursor = sensor_tick(home, instance, cursor)
        assert requests(later) == []

        for key in known:
            assert execute(home, instance, [ROUND_KEY], key).success
        for _ in range(2):
            read, cursor = sensor_tick(home, instance, cursor)
            assert requests(read) == []
        assert "read as it is" in read.skip_message
        # a unit withdraws in one round: it leaves both
        withdrawn = home.settings.facts / "2025-26-pilot" / "withdrawn.csv"
        withdrawn.write_text("unit_id\nUDYAM-TN-33-0000003\n")
        for _ in range(2):
            asks, cursor = sensor_tick(home, instance, cursor)
        assert requests(asks) == [("2024-25-pilot", "2025-26-pilot")]


def test_sensor_names_a_bad_round_and_goes_on(home):
    (home.settings.facts / "Round 3").mkdir()
    (home.settings.facts / "2024-25-pilot" / "round.yaml").write_text("[")
    with dg.instance_for_test() as instance:
        _, cursor = sensor_tick(home, instance, None)
        result, _ = sensor_tick(home, instance, cursor)
    assert requests(result) == ["2025-26-pilot"]


def test_who_withdraws_is_in_no_later_table(home):
    """Also where only the rest is run: what is stale is left out, not shown as it was."""
    with dg.DagsterInstance.ephemeral() as instance:
        keys = ["2024-25-pilot", "2025-26-pilot"]
        instance.add_dynamic_partitions(ROUND_PARTITIONS.name, keys)
        for key in keys:
            assert execute(home, instance, [ROUND_KEY], key).success
        assert execute(home, instance, CATALOGUE).success
        assert row_counts(home.settings)["round_units"] == 4
        withdrawn = home.settings.facts / keys[0] / "withdrawn.csv"
        withdrawn.write_text("unit_id\nUDYAM-TN-33-0000003\n")
        below = execute(home, instance, CATALOGUE)
        assert row_counts(home.settings)["round_units"] == 0
        left_out = below.asset_materializations_for_node("facts_rounds_catalogue")[0].metadata
        assert left_out["rounds_left_out"].value == ", ".join(keys)
        for key in keys:
            assert execute(home, instance, [ROUND_KEY], key).success
        assert execute(home, instance, CATALOGUE).success
        counts = row_counts(home.settings)
        assert (counts["round_units"], counts["round_rejected"]) == (2, 2)


def test_run_says_what_is_missing(home):
    with pytest.raises(NothingToReadError, match="No round 2030-31"):
        rounds_to_run(home.settings, ["2030-31"])
    keys = rounds_to_run(home.settings, None)
    assert keys == ["2024-25-pilot", "2025-26-pilot"]
    with pytest.raises(RunError, match="needs a survey year too"):
        run_rounds(home.definitions, home.settings, keys)
    assert stored_rounds(home.settings) == keys


def test_check_reports_and_stores_nothing(home):
    folder = home.settings.facts / "2025-26-pilot"
    arguments = ["facts", "check", str(folder), "--home", str(home.settings.home)]
    result = CliRunner().invoke(locus, arguments)
    assert result.exit_code == 0, result.output
    assert (home.settings.rounds / "reports" / "2025-26-pilot" / "report.xlsx").is_file()
    assert stored_rounds(home.settings) == []


def test_the_warehouse_shows_the_rounds_as_they_are_stored(built_home):
    with duckdb.connect(str(built_home.settings.warehouse), read_only=True) as warehouse:
        for table, types in ROUND_TABLES.items():
            columns = warehouse.execute(f"describe raw.{table}").fetchall()
            assert {name: kind for name, kind, *_ in columns} == types
            (rows,) = warehouse.execute(f"select count(*) from raw.{table}").fetchone()
            assert rows == row_counts(built_home.settings)[table] > 0
            assert table_path(built_home.settings, table, "none").is_file()
