"""The pages of `make ui` over a home that was run, asked over GraphQL and seen in a browser."""

import time

import pytest

from tests.conftest import SAMPLE_YEARS
from tests.support.browser import CHROMIUM, browser
from tests.support.server import ask, runs, server


@pytest.fixture(scope="module")
def webserver(built_home):
    with server(built_home.settings.home) as address:
        yield address


def test_locations_load_without_error(webserver):
    data = ask(
        webserver,
        "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus "
        "locationOrLoadError { __typename } } } } }",
    )
    (entry,) = data["workspaceOrError"]["locationEntries"]
    assert entry["name"] == "locus"
    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation"


def test_shows_partitions_checks_and_metadata_of_the_runs(webserver):
    data = ask(
        webserver,
        """
        { assetNodes(pipeline: null) {
            assetKey { path } groupName isPartitioned
            assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions } }
            assetChecksOrError { ... on AssetChecks { checks { name
                executionForLatestMaterialization { status } } } }
            assetMaterializations(limit: 20) { partition metadataEntries { label
                ... on IntMetadataEntry { intValue } } }
        } }
        """,
    )
    nodes = {"/".join(node["assetKey"]["path"]): node for node in data["assetNodes"]}
    for letter in "abcdefghij":
        node = nodes[f"asi_block_{letter}"]
        assert node["isPartitioned"]
        assert node["assetPartitionStatuses"]["materializedPartitions"] == SAMPLE_YEARS
        for event in node["assetMaterializations"]:
            values = {e["label"]: e.get("intValue") for e in event["metadataEntries"]}
            assert values["rows_read"] == values["dagster/partition_row_count"] > 0
        statuses = {
            check["name"]: check["executionForLatestMaterialization"]["status"]
            for check in node["assetChecksOrError"]["checks"]
        }
        assert statuses["rows_read_are_kept_or_rejected"] == "SUCCEEDED"
    mart = nodes["cluster_state_year"]
    assert mart["groupName"] == "estimates"
    statuses = [
        check["executionForLatestMaterialization"]["status"]
        for check in mart["assetChecksOrError"]["checks"]
    ]
    assert statuses and set(statuses) == {"SUCCEEDED"}


def test_schedule_and_sensor_are_there(webserver):
    data = ask(
        webserver,
        '{ repositoryOrError(repositorySelector: {repositoryName: "__repository__", '
        'repositoryLocationName: "locus"}) { ... on Repository { schedules { name cronSchedule } '
        "sensors { name minIntervalSeconds } } } }",
    )
    repository = data["repositoryOrError"]
    assert [schedule["name"] for schedule in repository["schedules"]] == ["yearly"]
    sensors = {sensor["name"]: sensor["minIntervalSeconds"] for sensor in repository["sensors"]}
    assert sensors["releases"] < 60


def test_runs_of_the_command_line_are_the_jobs_runs(webserver):
    """They are listed under their job in their code location, and can be launched again."""
    runs_listed = runs(webserver)
    assert {run["repositoryOrigin"]["repositoryLocationName"] for run in runs_listed} == {"locus"}
    data = ask(
        webserver,
        "query($job: String!, $location: String!) { pipelineOrError(params: {pipelineName: $job, "
        'repositoryName: "__repository__", repositoryLocationName: $location}) '
        "{ ... on Pipeline { pipelineSnapshotId runs { runId parentPipelineSnapshotId } } } }",
        job="survey_years",
        location="locus",
    )["pipelineOrError"]
    of_years = [run for run in runs_listed if run["jobName"] == "survey_years"]
    assert [run["runId"] for run in data["runs"]] == [run["runId"] for run in of_years]
    assert {run["parentPipelineSnapshotId"] for run in data["runs"]} == {data["pipelineSnapshotId"]}

    blocks = next(run for run in of_years if len(run["assetSelection"]) == 10)
    launched = ask(
        webserver,
        "mutation($run: String!) { launchRunReexecution(reexecutionParams: "
        "{parentRunId: $run, strategy: ALL_STEPS}) "
        "{ __typename ... on LaunchRunSuccess { run { runId } } } }",
        run=blocks["runId"],
    )["launchRunReexecution"]
    assert launched["__typename"] == "LaunchRunSuccess"
    deadline = time.monotonic() + 180
    while (again := runs(webserver)[0])["status"] not in ("SUCCESS", "FAILURE"):
        assert time.monotonic() < deadline, again["status"]
        time.sleep(1)
    assert (again["runId"], again["status"]) == (launched["run"]["runId"], "SUCCESS")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    ("page", "shows"),
    [
        # of the graph the page draws what the window shows of it
        ("/locations/locus/asset-groups/survey", "Materialize all"),
        ("/locations/locus/asset-groups/survey/list", "asi_block_"),
        ("/assets/asi_block_e?view=partitions", "2009-10"),
        ("/assets/cluster_state_year?view=checks", "cluster_state_year_rules"),
        ("/overview/activity/timeline", "survey_years"),
        ("/locations/locus/jobs/survey_years/runs", "partition: 2022-23"),
    ],
    ids=["graph", "list", "partitions", "checks", "timeline", "job"],
)
def test_pages_in_a_browser(webserver, page, shows, tmp_path):
    """The pages render in a real browser and hold what they should."""
    with browser(tmp_path) as tab:
        tab.open(webserver + page)
        tab.wait_for(f"document.body.innerText.includes({shows!r})")
