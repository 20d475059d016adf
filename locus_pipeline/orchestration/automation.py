"""The job, the yearly schedule and the release sensor.

Schedule and sensor ask for the same thing: exactly the survey years whose files differ, by content,
from what was read. One run takes a whole range of years.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from locus_pipeline.asi.ingest import changed_blocks
from locus_pipeline.asi.layout import LayoutError, Layouts
from locus_pipeline.asi.release import ReleaseError, find_release, passed_over
from locus_pipeline.orchestration.partitions import contiguous_ranges
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.catalogue import catalogued_years

JOB_NAME = "survey_years"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def survey_years_job():
    """Everything from the blocks of the asked survey years to the published edition."""
    return dg.define_asset_job(
        JOB_NAME,
        # partitions differ: FACTS rounds have a job of their own
        selection=dg.AssetSelection.all() - dg.AssetSelection.assets("facts_round", "cci_round"),
        description="Read the asked survey years, rebuild what depends on them, publish.",
    )


@dataclass(frozen=True)
class Changes:
    """Survey years whose release differs from what was read, and what is wrong with others.

    `left`: years that stay in the edition as they are; `gone`: years whose release is gone, which
    leave it with the next run.
    """

    years: list[str]
    problems: list[str]
    left: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def changed_years(
    settings: Settings, survey_years: Layouts, among: Iterable[str] | None = None
) -> Changes:
    """Compare the releases, or those of the years `among`, with what was read, by content.

    A release that can't be read as it is, is a problem of its own; the others count all the same.
    """
    years, problems = [], []
    standing = catalogued_years(settings)
    gone = [year for year in standing if not os.path.lexists(settings.releases / year)]
    asked = list(survey_years if among is None else among)
    for year in asked:
        folder = settings.releases / year
        if not os.path.lexists(folder):
            continue
        try:
            if changed_blocks(
                settings, find_release(folder, survey_years[year]), survey_years[year]
            ):
                years.append(year)
        except (ReleaseError, LayoutError) as error:
            problems.append(f"{year}: {error}")
    try:
        problems += passed_over(settings.releases, survey_years)
    except ReleaseError as error:
        problems.append(str(error))
    left = [year for year in standing if year not in gone]
    return Changes(years, problems, left, [year for year in gone if year in asked])


def requests_for(years: list[str], keys: list[str], asked_at: float) -> Iterator[dg.RunRequest]:
    """One run for each unbroken range of survey years.

    The run key holds the moment: the same content may be asked for again, when its raw data was
    removed or a file was put back.
    """
    for first, last in contiguous_ranges(years, keys):
        run_key = f"{first} to {last}, asked for at {asked_at}"
        if first == last:
            yield dg.RunRequest(run_key=run_key, partition_key=first)
        else:
            yield dg.RunRequest(run_key=run_key, tags={RANGE_START: first, RANGE_END: last})


def yearly_schedule(survey_years: Layouts) -> dg.ScheduleDefinition:
    """Once a year, whether or not the sensor is on."""

    @dg.schedule(
        job_name=JOB_NAME,
        cron_schedule="0 6 1 4 *",
        execution_timezone="Asia/Kolkata",
        description="Each 1 April: asks for the survey years whose files changed, if any.",
    )
    def yearly(context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]):
        changes = changed_years(settings, survey_years)
        return _asked_for(changes, context, survey_years)

    return yearly


def release_sensor(survey_years: Layouts) -> dg.SensorDefinition:
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
        standing = catalogued_years(settings)
        now = {
            year: _state(settings, year)
            for year in survey_years
            if year in standing or os.path.lexists(settings.releases / year)
        }
        fresh, cursor = came_to_rest(context.cursor, now)
        changes = changed_years(settings, survey_years, fresh)
        context.update_cursor(cursor)
        return _asked_for(changes, context, survey_years)

    return releases


def came_to_rest(cursor: str | None, now: dict[str, str]) -> tuple[list[str], str]:
    """What stands as it stood at the last look and was not examined since, and the new cursor.

    `now`: the state of each folder. Hashing content is left to the moment when the files came to
    rest, and done once.
    """
    before = _seen_before(cursor)
    at_rest = {key for key, state in now.items() if before.get(key, {}).get("is") == state}
    fresh = sorted(key for key in at_rest if not before[key].get("examined"))
    seen = {key: {"is": state, "examined": key in at_rest} for key, state in now.items()}
    return fresh, json.dumps(seen)


def _seen_before(cursor: str | None) -> dict[str, dict[str, object]]:
    """What the cursor says; nothing where it can't be read (anybody may edit it in the page)."""
    try:
        seen = json.loads(cursor or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(seen, dict):
        return {}
    return {key: entry for key, entry in seen.items() if isinstance(entry, dict)}


def state_of(paths: Iterable[Path]) -> str:
    """Changes when one of the files does, by name, size or time; reads no content."""
    listing = [(str(path), *_size_and_time(path)) for path in sorted(set(paths))]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def _size_and_time(path: Path) -> tuple[int, int]:
    """Of the file; zeros for what can't be looked at, a link to nothing or a file just removed."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _asked_for(
    changes: Changes,
    context: dg.ScheduleEvaluationContext | dg.SensorEvaluationContext,
    survey_years: Layouts,
) -> list[dg.RunRequest] | dg.SkipReason:
    for problem in changes.problems:
        context.log.error(problem)
    years = changes.years
    if not years and changes.gone:
        # the edition is built anew without them; of a year that is read already, which costs little
        years = changes.left[-1:]
    if not years:
        return dg.SkipReason("\n".join(changes.problems) or "Every release was read as it is")
    return list(requests_for(years, list(survey_years), time.time()))


def _state(settings: Settings, year: str) -> str:
    """Changes when a file of the year's release, its raw data or its own layout does."""
    return state_of(
        [
            *(
                Path(parent, name)
                for parent, folders, names in os.walk(settings.releases / year)
                for name in (*folders, *names)
            ),
            *settings.raw.glob(f"block_*/survey_year={year}/manifest.json"),
            *settings.own_layouts.glob(f"{year}.yaml"),
        ]
    )
