"""The two jobs, and the runs of them that are asked for."""

import time
from collections.abc import Iterator

import dagster as dg

from locus_pipeline.asi.layout import Layouts
from locus_pipeline.orchestration.assets.rounds import ROUND_KEY
from locus_pipeline.orchestration.changes import Changes
from locus_pipeline.orchestration.partitions import contiguous_ranges

SURVEY_JOB = "survey_years"
ROUNDS_JOB = "facts_rounds"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def survey_years_job():
    """Everything from the blocks of the asked survey years to the published edition."""
    return dg.define_asset_job(
        SURVEY_JOB,
        # partitions differ: FACTS rounds have a job of their own
        selection=dg.AssetSelection.all() - dg.AssetSelection.assets("facts_round", "cci_round"),
        description="Read the asked survey years, rebuild what depends on them, publish.",
    )


def facts_rounds_job():
    """From the asked rounds to the published edition; no block of the ASI is read."""
    return dg.define_asset_job(
        ROUNDS_JOB,
        selection=dg.AssetSelection.assets(ROUND_KEY).downstream(),
        description="Validate the asked FACTS rounds, rebuild what depends on them, publish.",
    )


def requests_for(years: list[str], keys: list[str], moment: float) -> Iterator[dg.RunRequest]:
    """One run for each unbroken range of survey years.

    The run key holds the moment: the same content may be asked for again, when its raw data was
    removed or a file was put back.
    """
    for first, last in contiguous_ranges(years, keys):
        run_key = f"{first} to {last}, asked for at {moment}"
        if first == last:
            yield dg.RunRequest(run_key=run_key, partition_key=first)
        else:
            yield dg.RunRequest(run_key=run_key, tags={RANGE_START: first, RANGE_END: last})


def requests_for_changes(
    changes: Changes,
    context: dg.ScheduleEvaluationContext | dg.SensorEvaluationContext,
    survey_years: Layouts,
    left: str = "",
) -> list[dg.RunRequest] | dg.SkipReason:
    """Runs of the survey years that changed, or why there are none; problems go to the log.

    `left`: what was not looked into yet, and why (see `sensors.waiting`).
    """
    for problem in changes.problems:
        context.log.error(problem)
    years = changes.years
    if not years and changes.gone:
        # the edition is built anew without them; of a year that is read already, which costs little
        years = changes.left[-1:]
    if not years:
        said = [*changes.problems, *([left] if left else [])]
        return dg.SkipReason("\n".join(said) or "Nothing changed: every release was read as it is")
    return list(requests_for(years, list(survey_years), time.time()))
