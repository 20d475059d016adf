"""The daemon's queue beside commands that were killed and commands that live."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import dagster as dg
import pytest

from locus_pipeline.orchestration.instance import PROCESS_TAG, open_instance, prepare_instance
from locus_pipeline.process import Process
from locus_pipeline.settings import CHECKOUT, Settings

ASSETS = """
import dagster as dg

@dg.asset
def small(): ...

defs = dg.Definitions(assets=[small], jobs=[dg.define_asset_job("job", ["small"])])
"""
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)


@pytest.mark.slow
def test_the_queue_goes_on_whatever_became_of_commands(tmp_path):
    """Four runs of dead commands while the daemon is up, one of a live command: the limit is three,
    and a run that is asked for in the pages begins within a minute."""
    settings = Settings(tmp_path / "home")
    settings.home.mkdir()
    (tmp_path / "small.py").write_text(ASSETS)
    environment = os.environ | {"DAGSTER_HOME": str(prepare_instance(settings))}
    with open_instance(settings) as instance:
        job = dg.job(name="dead")(lambda: None)
        gone = str(replace(Process.this(), started=5_000_000))
        for mark in (gone, gone, gone, gone, str(Process.this())):
            run = instance.create_run_for_job(job, tags={PROCESS_TAG: mark})
            start = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "dead", message="")
            instance.report_dagster_event(start, run.run_id)
        command = [sys.executable, "-m", "dagster", "job", "launch", "-f", "small.py", "-j", "job"]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
        daemon = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", "-f", "small.py"],
            cwd=tmp_path, env=environment | {"PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 300
            while time.monotonic() < deadline:
                (run,) = instance.get_runs(dg.RunsFilter(job_name="job"))
                if run.status in FINISHED:
                    break
                assert daemon.poll() is None, "the daemon ended"
                time.sleep(1)
        finally:
            daemon.terminate()
            daemon.wait(60)
        assert run.status == dg.DagsterRunStatus.SUCCESS
        statuses = [run.status for run in instance.get_runs(dg.RunsFilter(job_name="dead"))]
    assert statuses.count(dg.DagsterRunStatus.FAILURE) == 4
    assert statuses.count(dg.DagsterRunStatus.STARTED) == 1
