"""Signals and dead processes, on a home with two assets that do next to nothing."""

import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace

import dagster as dg
import duckdb
import psutil
import pytest
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from locus_pipeline import cli
from locus_pipeline.orchestration.instance import (
    HOST_TAG,
    PROCESS_TAG,
    TEMPLATE,
    WatchfulRunLauncher,
    open_instance,
)
from locus_pipeline.orchestration.run import command_run
from locus_pipeline.process import Process
from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.warehouse.lock import warehouse_lock

COMMAND = """
import subprocess, sys, time
from pathlib import Path
import dagster as dg, duckdb
from locus_pipeline.interruption import Interrupted, interruptible
from locus_pipeline.orchestration.run import command_run
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.lock import warehouse_lock

settings = Settings(Path(sys.argv[1]))
years = dg.StaticPartitionsDefinition(["2009-10"])

def say(words):
    print(words, file=sys.stderr, flush=True)

@dg.asset(partitions_def=years)
def first():
    say("first")
    {work}

@dg.asset(partitions_def=years)
def second():
    say("second")

assets = [first, second]
defs = dg.Definitions(
    assets=assets,
    jobs=[dg.define_asset_job("job", dg.AssetSelection.all())],
    executor=dg.in_process_executor,
)
try:
    with interruptible(), command_run(defs, settings, say) as command:
        command.execute("job", [asset.key for asset in assets], "2009-10")
        say("went on")
except Interrupted as interruption:
    sys.exit(interruption.exit_code)
"""
LONG_QUERY = (
    "duckdb.sql('select count(*) from range(10000000) a, range(10000000) b "
    "where hash(a.range) = hash(b.range + 7)').fetchall()"
)


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(tmp_path / "home")
    settings.home.mkdir()
    return settings


@pytest.fixture
def start(settings):
    """Starts the command with what its first asset does; ended after the test."""
    started = []

    def start(work: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND.format(work=work), str(settings.home)],
            cwd=CHECKOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def await_line(process: subprocess.Popen, words: str) -> str:
    for line in process.stderr:
        if words in line:
            return line
    pytest.fail(f"the command ended without {words!r}")


def statuses(settings: Settings) -> set[dg.DagsterRunStatus]:
    with open_instance(settings) as instance:
        return {run.status for run in instance.get_runs()}


@pytest.mark.parametrize(
    ("work", "number", "code"),
    [
        ("time.sleep(60)", signal.SIGINT, 130),
        (LONG_QUERY, signal.SIGTERM, 143),
        (LONG_QUERY, signal.SIGINT, 130),
        ("subprocess.run(['sleep', '60'])", signal.SIGTERM, 143),
        # what catches too much, as a library may
        (
            "\n    try: time.sleep(60)\n    except BaseException: raise RuntimeError('caught')",
            signal.SIGTERM,
            143,
        ),
    ],
    ids=["python", "query", "query by Ctrl-C", "child", "caught"],
)
def test_a_signal_ends_the_run_and_nothing_goes_on(settings, start, work, number, code):
    process = start(work)
    await_line(process, "first")
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(timeout=30) == code, said
    assert "second" not in said and "went on" not in said
    assert statuses(settings) == {dg.DagsterRunStatus.FAILURE}


def test_an_interrupted_command_says_one_line_and_ends_with_its_code(settings, monkeypatch, capsys):
    before = signal.getsignal(signal.SIGTERM)  # Dagster leaves its own behind in this process
    monkeypatch.setattr(cli, "_use_home", lambda _: signal.raise_signal(signal.SIGTERM))
    monkeypatch.setattr(sys, "argv", ["locus", "docs", "--home", str(settings.home)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 143
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Interrupted by SIGTERM. What was published before stands")
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_fault_that_nobody_foresaw_in_one_year_does_not_stop_the_others(settings):
    years = ["2008-09", "2009-10"]

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(years))
    def block(context: dg.AssetExecutionContext):
        if context.partition_key == "2008-09":
            raise NotImplementedError("a zip of version 9.9")

    job = dg.define_asset_job("job", dg.AssetSelection.all())
    definitions = dg.Definitions(assets=[block], jobs=[job], executor=dg.in_process_executor)
    with command_run(definitions, settings, print) as command:
        went_well = [command.execute("job", [block.key], year) for year in years]
    assert went_well == [False, True]
    assert command.problems == ["2008-09, block: NotImplementedError: a zip of version 9.9"]


def test_a_command_that_waits_says_for_whom_and_can_be_ended(settings, start):
    first = start("time.sleep(60)")
    await_line(first, "first")
    second = start("pass")
    assert f"process {first.pid}, since " in await_line(second, "waiting")
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=30) == 143
    third = start("pass")
    await_line(third, "waiting")
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=30) == 130
    assert third.wait(timeout=60) == 0


def by_opening(settings: Settings) -> None:
    open_instance(settings).dispose()


def by_monitoring(settings: Settings) -> None:
    """What the daemon does with each run that counts as started."""
    folder = str(settings.home / "dagster")
    with dg.DagsterInstance.from_config(folder) as instance:
        (record,) = instance.get_run_records()
        monitor_started_run(instance, None, record, logging.getLogger("daemon"))


@pytest.mark.parametrize("end", [by_opening, by_monitoring])
def test_a_killed_command_is_ended_and_the_queue_counts_it_no_longer(settings, start, end):
    process = start("time.sleep(60)")
    await_line(process, "first")
    leftover = settings.temporary / unfinished_of(process.pid)
    leftover.mkdir(parents=True)
    end(settings)
    assert leftover.exists(), "what belongs to a live run is left alone"
    with dg.DagsterInstance.from_config(str(settings.home / "dagster")) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.STARTED
        process.kill()
        process.wait()
        end(settings)
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert any("is gone" in entry.message for entry in instance.all_logs(run.run_id))
    assert leftover.exists() is (end is by_monitoring), "files are for the next command"


def unfinished_of(pid: int) -> str:
    process = psutil.Process(pid)
    since = round(process.create_time() - (psutil.boot_time() if psutil.LINUX else 0))
    return f".reader.{replace(Process.this(), pid=pid, started=since)}-0123abcd.unfinished"


def test_runs_of_the_pages_are_known_by_their_first_event(settings):
    """A process that has the number of a dead one is another; another computer's are left alone."""
    here, dead = os.getpid(), 2**22 + 1
    gone = str(replace(Process.this(), started=5_000_000))
    runs = [
        ({}, here, False),
        ({}, dead, True),
        ({HOST_TAG: Process.this().host}, dead, True),
        ({HOST_TAG: "another0"}, dead, False),
        ({PROCESS_TAG: str(Process.this())}, here, False),
        ({PROCESS_TAG: gone}, here, True),
    ]
    with open_instance(settings) as instance:
        job = dg.job(name="job")(lambda: None)
        ids = []
        for tags, pid, _ in runs:
            run = instance.create_run_for_job(job, tags=tags)
            start = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "job", message="", pid=pid)
            instance.report_dagster_event(start, run.run_id)
            ids.append(run.run_id)
    with open_instance(settings) as instance:
        ended = [instance.get_run_by_id(run_id).is_finished for run_id in ids]
    assert ended == [is_dead for *_, is_dead in runs]


def test_processes_that_open_a_new_home_at_once_make_one_instance(settings):
    """Its SQLite tables were made by several at once, of which some failed."""
    code = (
        "import sys; from pathlib import Path; "
        "from locus_pipeline.orchestration.instance import open_instance; "
        "from locus_pipeline.settings import Settings\n"
        "with open_instance(Settings(Path(sys.argv[1]))) as instance:\n"
        "    instance.add_dynamic_partitions('facts_rounds', ['a', 'b'])"
    )
    command = [sys.executable, "-c", code, str(settings.home)]
    processes = [
        subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) for _ in range(5)
    ]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, said


def test_a_copied_template_follows_ours_and_an_edited_one_stays(settings):
    template = settings.home / "dagster" / "dagster.yaml"
    with open_instance(settings) as instance:
        assert isinstance(instance.run_launcher, WatchfulRunLauncher)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 3
    template.write_text("telemetry:\n  enabled: false\n")
    open_instance(settings).dispose()
    assert template.read_text() != TEMPLATE.read_text()


def test_clean_refuses_while_a_run_lives_and_names_it(settings, start, monkeypatch, capsys):
    process = start("time.sleep(60)")
    await_line(process, "first")
    (settings.home / "raw").mkdir()
    monkeypatch.setattr(sys, "argv", ["locus", "clean", "--home", str(settings.home)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert f"process {process.pid}" in capsys.readouterr().err.replace("\n", " ")
    assert settings.raw.exists()
    process.kill()
    process.wait()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert sorted(path.name for path in settings.home.iterdir()) == ["locks"]


def test_the_warehouse_open_elsewhere_is_waited_for(settings):
    """dbt that outlives a killed run has no lock, and a person's DuckDB has none."""
    settings.warehouse.parent.mkdir(parents=True)
    duckdb.connect(str(settings.warehouse)).close()
    code = (
        "import duckdb, sys, time; connection = duckdb.connect(sys.argv[1]); "
        "print('open', flush=True); time.sleep(3)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(settings.warehouse)], stdout=subprocess.PIPE, text=True
    )
    other.stdout.readline()
    told = []
    with warehouse_lock(settings, told.append):
        duckdb.connect(str(settings.warehouse)).close()
    assert len(told) == 1 and f"process {other.pid}" in told[0]
    other.communicate()
