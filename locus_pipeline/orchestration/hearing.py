"""What a Dagster run says, in sentences for the terminal: failures, failed checks, warnings.

The pages show a check with its description and metadata; whoever runs Locus by the command line
reads the same here.
"""

import logging
import re
import signal
from collections.abc import Callable, Mapping

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.log_manager import LOG_RECORD_METADATA_ATTR
from dagster._utils.error import SerializableErrorInfo

from locus_pipeline.errors import LocusError
from locus_pipeline.interruption import received
from locus_pipeline.orchestration.assets.rules import BROKEN_RULES

# What Dagster logs of its own doings: of each dbt test that belongs to several models, passed or
# not, and of the steps below one that failed.
NOT_HEARD = ("Logging an `AssetObservation`", "Dependencies for step")
# What stands before dbt's own words, after its whole command.
DBT_ERRORS = "Errors parsed from dbt logs:"
FAILED_ROWS = "dagster_dbt/failed_row_count"
# Metadata that a page shows and a sentence doesn't.
NOT_SAID = re.compile(r"unique_id|invocation_id|status|worst|.*/.*")


class Hearing:
    """Listens to the events of one run.

    `failures`: what failed steps and failed blocking checks said, each once. Warnings go to `warn`
    as they come: what steps log, and checks that fail without stopping anything.
    """

    def __init__(self, partition: str, warn: Callable[[str], None]):
        self.failures: list[str] = []
        self._partition = partition
        self._warn = warn

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Take one event of the run."""
        event = entry.dagster_event
        if event is None:
            if int(entry.level) >= logging.WARNING and not entry.user_message.startswith(NOT_HEARD):
                self._warn(entry.user_message)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._hear_check(event.asset_check_evaluation_data)
        elif event.event_type == dg.DagsterEventType.ASSET_OBSERVATION:
            self._hear_test(event.asset_observation_data.asset_observation.metadata)
        elif event.is_step_failure:
            self._hear_failure(event)

    def _hear_check(self, check: dg.AssetCheckEvaluation) -> None:
        if check.passed:
            return
        if check.blocking and check.severity == dg.AssetCheckSeverity.ERROR:
            self._fail(check_sentence(check))
        else:
            self._warn(check_sentence(check))

    def _hear_test(self, metadata: Mapping[str, dg.MetadataValue]) -> None:
        """A dbt test that is no check of one asset; one that stops something fails its step."""
        if FAILED_ROWS in metadata and metadata["status"].value != "pass":
            name = str(metadata["unique_id"].value).split(".")[2]
            self._warn(f"{name}: {metadata[FAILED_ROWS].value} rows")

    def _hear_failure(self, event: dg.DagsterEvent) -> None:
        if number := received():
            # DuckDB makes an error of a signal in its query: let Dagster have the signal, or it
            # goes on with the other steps
            signal.raise_signal(number)
            return
        data = event.step_failure_data
        if data.error and data.error.cls_name == DagsterAssetCheckFailedError.__name__:
            return  # the check has spoken for itself
        error = _cause(data)
        said = error.message.strip() if error else data.error_display_string
        # a fault that no one foresaw: of which year or round, in which step
        unforeseen = f"{self._partition}, {event.step_key}: {said}"
        self._fail(failure_sentence(data) or unforeseen)

    def _fail(self, sentence: str) -> None:
        if sentence not in self.failures:
            self.failures.append(sentence)


@dg.logger(
    dg.colored_console_logger.config_schema,
    description="Dagster's own, with what failed in a sentence.",
)
def terminal(context: dg.InitLoggerContext) -> logging.Logger:
    """What `locus dagster` prints of a run: stack traces only of faults that nobody foresaw.

    Dagster takes it where the run config names the logger (`loggers: console`).
    """
    logger = dg.colored_console_logger.logger_fn(context)
    logger.addFilter(_put_in_a_sentence)
    return logger


def _put_in_a_sentence(record: logging.LogRecord) -> bool:
    metadata = getattr(record, LOG_RECORD_METADATA_ATTR, {})
    event = metadata.get("dagster_event")
    if event and event.event_type == dg.DagsterEventType.RUN_FAILURE:
        failed_step = event.job_failure_data.first_step_failure_event
    else:
        failed_step = event if event and event.is_step_failure else None
    if event and failed_step and (said := failure_sentence(failed_step.step_failure_data)):
        # the run says which steps failed, each step why
        record.msg = f"{event.step_key}: {said}" if event.step_key else metadata["orig_message"]
    return True


def failure_sentence(failure: StepFailureData) -> str | None:
    """What a failed step says to who can mend it; None where nobody foresaw the fault."""
    error = _cause(failure)
    if failure.user_failure_data and failure.user_failure_data.description:
        description = failure.user_failure_data.description
        from_dbt = description.partition(DBT_ERRORS)[2].strip()
        return f"dbt: {from_dbt}" if from_dbt else description
    if error and error.cls_name in _classes_below(LocusError):
        return error.message.split(": ", 1)[-1].strip()
    if failure.error and failure.error.cls_name == DagsterAssetCheckFailedError.__name__:
        return failure.error.message.split(": ", 1)[-1].strip()
    return None


def _cause(failure: StepFailureData) -> SerializableErrorInfo | None:
    """What was raised first."""
    return failure.error and (failure.error.cause or failure.error)


def check_sentence(check: dg.AssetCheckEvaluation) -> str:
    """A failed check in one sentence: of what, which, and what it found."""
    if BROKEN_RULES in check.metadata:
        said = str(check.metadata[BROKEN_RULES].value)
    elif FAILED_ROWS in check.metadata:
        said = f"{check.metadata[FAILED_ROWS].value} rows"
    else:
        said = check.description or ", ".join(
            f"{name.replace('_', ' ')}: {value.value}"
            for name, value in check.metadata.items()
            if not NOT_SAID.fullmatch(name)
        )
    name = f"{check.asset_key.to_user_string()}, {check.check_name}"
    return f"{name}: {said}" if said else f"{name} failed"


def _classes_below(kind: type) -> set[str]:
    return {
        name for below in kind.__subclasses__() for name in (below.__name__, *_classes_below(below))
    }
