"""A real webserver over a home that was run, asked over GraphQL and looked at in a browser."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from locus_pipeline.instance import prepare_instance
from locus_pipeline.settings import CHECKOUT
from tests.conftest import SAMPLE_YEARS

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def webserver(built_home):
    """dagster-webserver with the project's workspace.yaml, on loopback."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "LOCUS_HOME": str(built_home.settings.home),
        "DAGSTER_HOME": str(prepare_instance(built_home.settings)),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster_webserver", "-w", "workspace.yaml", "-h", "127.0.0.1",
         "-p", str(port)],
        cwd=CHECKOUT, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                requests.get(f"{address}/server_info", timeout=5).raise_for_status()
                break
            except requests.RequestException:
                assert process.poll() is None, "the webserver ended"
                assert time.monotonic() < deadline, "the webserver does not answer"
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def ask(address: str, query: str, **variables) -> dict:
    answer = requests.post(
        f"{address}/graphql", json={"query": query, "variables": variables}, timeout=60
    ).json()
    assert "errors" not in answer, json.dumps(answer["errors"])[:2000]
    return answer["data"]


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
    assert mart["groupName"] == "marts"
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


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    ("page", "shows"),
    [
        ("/locations/locus/asset-groups/asi", "asi_block_"),
        ("/assets/asi_block_e?view=partitions", "2009-10"),
        ("/assets/cluster_state_year?view=checks", "unique_combination"),
    ],
    ids=["graph", "partitions", "checks"],
)
def test_pages_in_a_browser(webserver, page, shows, tmp_path):
    """The pages render in a real browser and hold what they should."""
    result = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync",
         f"--user-data-dir={tmp_path}", "--window-size=1600,1000", "--virtual-time-budget=20000",
         "--dump-dom", webserver + page],
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert shows in result.stdout
