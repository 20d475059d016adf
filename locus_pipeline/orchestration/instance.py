"""The Dagster instance of a Locus home, so that the web page shows the runs of the command line.

A run says which process it is; where that is gone (kill -9, out of memory, power cut), the run is
ended by whoever opens the home next, and by the daemon's run monitoring: a dead run that counts as
being in progress would block the queue for ever.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance import InstanceRef
from dagster._core.launcher import (
    CheckRunHealthResult,
    DefaultRunLauncher,
    LaunchRunContext,
    WorkerStatus,
)
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

from locus_pipeline.files import replacing
from locus_pipeline.orchestration.event_log import EventLog
from locus_pipeline.process import Process, is_gone_since
from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.unfinished import leftovers_of_home, remove
from locus_pipeline.warehouse.lock import HomeInUseError, instance_maker

TEMPLATE = CHECKOUT / "dagster.yaml"
# SHA-256 of the templates of former versions: a copy that nobody edited is brought up to date.
FORMER_TEMPLATES = {
    "55d03adc67421c829454c7b7392760b2d77972e82f08495efa9547a6af9cf665",
    "2539f2b34f1bd09b38b806f9e4677ef1b3ed65905d6022dc8ec7543998ecd427",
    "76d57172f2b5b91a72ca56ed63d10c57c23033f7c58275d052a7e9064b9e737f",
    "0e64dba159a9160dd63ab4ddb9878ff8128a718dd5cfd867042a27fa62628918",
}
# Where the launcher was: a copy that somebody edited names it, and stays as it is but for this.
FORMER_LAUNCHER, LAUNCHER = "module: locus_pipeline.instance", f"module: {__name__}"
PROCESS_TAG, HOST_TAG = "locus/process", "locus/host"
IN_PROGRESS = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
GONE = (
    "The process of this run is gone: it was killed, ran out of memory, or the power went. What "
    "was published before it stands; run it again."
)


class WatchfulRunLauncher(DefaultRunLauncher):
    """Dagster's own launcher, which tells run monitoring whether the process of a run still runs.

    Without it the daemon takes a killed run for one in progress.
    """

    def launch_run(self, context: LaunchRunContext) -> None:
        """As Dagster does; the run says on which computer it is."""
        self._instance.add_run_tags(context.dagster_run.run_id, {HOST_TAG: Process.this().host})
        super().launch_run(context)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: by its process."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """RUNNING unless the run's process is surely gone."""
        if is_dead(self._instance, run):
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, GONE)
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def open_instance(settings: Settings, keeps_output: bool = True) -> dg.DagsterInstance:
    """The instance of this home; close it after use (it is a context manager).

    Made when missing, by one process at a time. It sends no telemetry, whatever its dagster.yaml
    says. Runs whose process is gone are ended, and what killed runs left unfinished in the home is
    removed. `keeps_output`: whether what a run prints is kept for the pages.
    """
    with instance_maker(settings):
        instance = _instance(_folder(settings), keeps_output)
        for run in runs_in_progress(instance):
            if is_dead(instance, run):
                instance.report_run_failed(run, GONE)
        for path in leftovers_of_home(settings):
            remove(path)
    return instance


def prepare_instance(settings: Settings) -> Path:
    """Make the instance ready for the web page and the daemon; returns its folder."""
    with open_instance(settings):
        return _folder(settings)


def runs_in_progress(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs that have or await a process."""
    return list(instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS)))


def refuse_while_runs_live(settings: Settings) -> None:
    """Raise HomeInUseError where a run of this home is in progress and its process not gone."""
    folder = settings.home / "dagster"
    if not (folder / "dagster.yaml").exists():
        return
    with _instance(folder) as instance:
        live = [run for run in runs_in_progress(instance) if not is_dead(instance, run)]
    if live:
        raise HomeInUseError(
            f"Run {live[0].run_id} of {live[0].job_name} is in progress in {settings.home}; try "
            "again when it has ended, or end it in the pages of `make ui`"
        )


def is_dead(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the process of a run in progress is surely gone.

    Runs of the command line carry their process as a tag from their first moment; those of the
    pages have their computer as a tag, and their process in the event with which they start.
    """
    if process := Process.parse(run.tags.get(PROCESS_TAG, "")):
        return process.is_gone()
    host = Process.this().host
    if run.tags.get(HOST_TAG, host) != host:
        return False
    starts = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_START)
    return any(
        is_gone_since(start.dagster_event.pid, start.timestamp)
        for start in starts
        if start.dagster_event and start.dagster_event.pid
    )


def _folder(settings: Settings) -> Path:
    """LOCUS_HOME/dagster with its dagster.yaml; one that was edited stays."""
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dagster.yaml"
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() in FORMER_TEMPLATES:
        with replacing(path) as aside:
            shutil.copyfile(TEMPLATE, aside)
    elif FORMER_LAUNCHER in (edited := path.read_text()):
        with replacing(path) as aside:
            aside.write_text(edited.replace(FORMER_LAUNCHER, LAUNCHER))
    return folder


def _instance(folder: Path, keeps_output: bool = True) -> dg.DagsterInstance:
    overrides: dict[str, Any] = {
        "telemetry": {"enabled": False},
        "event_log_storage": {
            "module": EventLog.__module__,
            "class": EventLog.__name__,
            # where Dagster has it by default: the pages read the same files
            "config": {"base_dir": str(folder / "history" / "runs")},
        },
    }
    if not keeps_output:
        # a run of the command line prints to who called it; Dagster's own keeps that too, by four
        # processes for each run
        none = NoOpComputeLogManager
        overrides["compute_logs"] = {"module": none.__module__, "class": none.__name__}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=overrides))
