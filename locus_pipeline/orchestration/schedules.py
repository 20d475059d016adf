"""The yearly schedule: asks for exactly the survey years whose files differ from what was read."""

import dagster as dg

from locus_pipeline.asi.layout import Layouts
from locus_pipeline.orchestration.changes import changed_years
from locus_pipeline.orchestration.jobs import SURVEY_JOB, requests_for_changes
from locus_pipeline.settings import Settings


def yearly_schedule(survey_years: Layouts) -> dg.ScheduleDefinition:
    """Once a year, whether or not the sensor is on."""

    @dg.schedule(
        job_name=SURVEY_JOB,
        cron_schedule="0 6 1 4 *",
        execution_timezone="Asia/Kolkata",
        description="Each 1 April: asks for the survey years whose files changed, if any.",
    )
    def yearly(context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]):
        changes = changed_years(settings, survey_years)
        return requests_for_changes(changes, context, survey_years)

    return yearly
