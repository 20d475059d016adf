"""The job, the yearly schedule and the release sensor.

Schedule and sensor ask for the same thing: exactly the survey years whose files differ, by content,
from what was read. One run takes a whole range of years.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from locus_pipeline.asi.ingest import changed_blocks, content_version
from locus_pipeline.asi.layout import SurveyYear
from locus_pipeline.asi.release import ReleaseError, find_release, survey_years_in
from locus_pipeline.partitions import contiguous_ranges
from locus_pipeline.settings import Settings

JOB_NAME = "survey_years"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def survey_years_job():
    """Everything from the blocks of the asked survey years to the published edition."""
    return dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        description="Read the asked survey years, rebuild what depends on them, publish.",
    )


def changed_years(settings: Settings, survey_years: dict[str, SurveyYear]) -> dict[str, str]:
    """Survey years whose release differs from what was read -> content version of the release.

    Raises ReleaseError, naming the files, where a folder is no release.
    """
    changed = {}
    for year, folder in survey_years_in(settings.releases, survey_years).items():
        release = find_release(folder, survey_years[year])
        if changed_blocks(settings, release, survey_years[year]):
            changed[year] = content_version(release)
    return changed


def requests_for(changed: dict[str, str], keys: list[str]) -> Iterator[dg.RunRequest]:
    """One run for each unbroken range of survey years; its run key says the content it is for."""
    for first, last in contiguous_ranges(list(changed), keys):
        years = [key for key in keys if first <= key <= last]
        run_key = ",".join(f"{year}:{changed[year]}" for year in years)
        if first == last:
            yield dg.RunRequest(run_key=run_key, partition_key=first)
        else:
            yield dg.RunRequest(run_key=run_key, tags={RANGE_START: first, RANGE_END: last})


def yearly_schedule(survey_years: dict[str, SurveyYear]) -> dg.ScheduleDefinition:
    """Once a year, whether or not the sensor is on."""

    @dg.schedule(
        job_name=JOB_NAME,
        cron_schedule="0 6 1 4 *",
        execution_timezone="Asia/Kolkata",
        description="Each 1 April: asks for the survey years whose files changed, if any.",
    )
    def yearly(context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]):
        changed = changed_years(settings, survey_years)
        if not changed:
            return dg.SkipReason("Every release was read as it is")
        return list(requests_for(changed, list(survey_years)))

    return yearly


def release_sensor(survey_years: dict[str, SurveyYear]) -> dg.SensorDefinition:
    """Looks at the release folders three times a minute; hashes only what came to rest."""

    @dg.sensor(
        job_name=JOB_NAME,
        minimum_interval_seconds=20,
        description=(
            "Asks for the survey years whose files changed, within a minute of their landing; a "
            "folder that is still being written is left until it rests."
        ),
    )
    def releases(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
        before = json.loads(context.cursor) if context.cursor else {}
        after, changed, problems = {}, {}, []
        for year, folder in survey_years_in(settings.releases, survey_years).items():
            files = _files_as_they_stand(folder)
            known = before.get(year, {})
            at_rest = known.get("files") == files
            if at_rest and not known["examined"]:
                # Hashing is left to the moment when a folder came to rest.
                try:
                    release = find_release(folder, survey_years[year])
                    if changed_blocks(settings, release, survey_years[year]):
                        changed[year] = content_version(release)
                except ReleaseError as error:
                    problems.append(f"{year}: {error}")
            after[year] = {"files": files, "examined": at_rest}
        context.update_cursor(json.dumps(after))
        if problems:
            context.log.error("\n".join(problems))
        if not changed:
            return dg.SkipReason("\n".join(problems) or "No release changed")
        return list(requests_for(changed, list(survey_years)))

    return releases


def _files_as_they_stand(folder: Path) -> str:
    """Changes when a file of the folder is added, removed, renamed or written to."""
    stats = [(str(path.relative_to(folder)), path.stat()) for path in sorted(folder.rglob("*"))]
    listing = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()
