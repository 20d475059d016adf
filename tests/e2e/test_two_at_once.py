"""A run of the pages and one of the command line at the same time on a home that is new."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from locus_pipeline.orchestration.jobs import SURVEY_JOB
from locus_pipeline.publish.edition import stored_editions
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.settings import CHECKOUT
from tests.conftest import SEED
from tests.support.server import ask, runs, server

YEAR = "2022-23"
PATIENCE = 1500  # seconds, for two runs on a busy machine
LAUNCH = """
mutation($job: String!, $year: String!) {
  launchRun(executionParams: {
    mode: "default", runConfigData: "{}",
    selector: {repositoryLocationName: "locus", repositoryName: "__repository__", jobName: $job},
    executionMetadata: {tags: [{key: "dagster/partition", value: $year}]}
  }) { __typename ... on LaunchRunSuccess { run { runId } } }
}
"""
ENDED = ("SUCCESS", "FAILURE", "CANCELED")


@pytest.mark.slow
def test_both_end_and_no_edition_has_two_contents(make_home, layouts, monkeypatch):
    """Each waits for the other at the warehouse; both make the same edition of the same inputs."""
    # dbt's own tests are for other homes: here it is the runs that are looked at
    monkeypatch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "test unit_test")
    settings = make_home("two at once").settings
    write_sample(settings.releases, layouts[YEAR], scale=0.002, seed=SEED)
    with server(settings.home) as address:
        launched = ask(address, LAUNCH, job=SURVEY_JOB, year=YEAR)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess"
        run_id = launched["run"]["runId"]
        command = subprocess.Popen(
            [Path(sys.executable).with_name("locus"), "run", "--home", settings.home],
            cwd=CHECKOUT, env=os.environ | {"LOCUS_HOME": ""},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            said = command.communicate(timeout=PATIENCE)[0]
            deadline = time.monotonic() + PATIENCE
            while (status := status_of(address, run_id)) not in ENDED:
                assert time.monotonic() < deadline, status
                time.sleep(2)
        finally:
            command.kill()
        assert command.returncode == 0, said
        assert {run["status"] for run in runs(address)} == {"SUCCESS"}
    editions = stored_editions(settings)
    assert [edition.damage for edition in editions] == [""] * len(editions)
    # the folder of another content would be another id, that of a damaged one a further number
    assert [edition.folder.name for edition in editions] == [editions[0].edition_id]
    assert editions[0].is_published and (editions[0].folder / "cci_scores.parquet").exists()


def status_of(address: str, run_id: str) -> str:
    return next(run["status"] for run in runs(address) if run["runId"] == run_id)
