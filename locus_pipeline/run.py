"""Runs the Dagster job over the releases of a home: what `locus run` does.

The blocks of each survey year are one run, so that every year has its own content version in the
web page, and so is each FACTS round; the warehouse and the screening edition are one more, so that
dbt runs once, whatever the years; then comes the index of the rounds, and what is published.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from locus_pipeline.asi.ingest import all_manifests
from locus_pipeline.asi.layout import BLOCK_LETTERS, SurveyYear
from locus_pipeline.asi.release import survey_years_in
from locus_pipeline.automation import JOB_NAME
from locus_pipeline.cci.assets import INDEX, TABLES, VALIDATES
from locus_pipeline.cci.inputs import FACTS
from locus_pipeline.code_location import job_origin
from locus_pipeline.errors import LocusError
from locus_pipeline.facts.assets import ROUND_KEY, ROUND_PARTITIONS
from locus_pipeline.facts.automation import JOB_NAME as ROUNDS_JOB
from locus_pipeline.instance import open_instance
from locus_pipeline.settings import Settings

# What reads both the index of rounds and that of survey years, which have partitions of their own.
LAST = [VALIDATES, TABLES, dg.AssetKey("published_edition")]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunError(LocusError):
    """A run failed; the message holds what its steps said.

    `published` says that an edition of the other survey years was made all the same.
    """

    def __init__(self, message: str, published: bool = False):
        super().__init__(message)
        self.published = published


@dataclass(frozen=True)
class Progress:
    """What happens now, and how many of the steps are done."""

    step: str
    done: int
    steps: int


def years_to_run(
    settings: Settings, survey_years: dict[str, SurveyYear], wanted: list[str] | None
) -> list[str]:
    """The survey years with a release, or those of them that are wanted.

    Raises RunError where there are none, or where a wanted year has no release.
    """
    found = list(survey_years_in(settings.releases, survey_years))
    absent = [year for year in wanted or [] if year not in found]
    if absent:
        raise RunError(
            f"No release of {', '.join(absent)} in {settings.releases}; put the files into a "
            "folder with the survey year's name"
        )
    if not found:
        raise RunError(
            f"No releases in {settings.releases}. Put a release into a folder with its survey "
            f"year's name ({settings.releases / '2022-23'}), or write a synthetic one with "
            "`locus sample`."
        )
    return wanted or found


def run_years(
    definitions: dg.Definitions,
    settings: Settings,
    years: list[str],
    rounds: Sequence[str] = (),
    progress: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Materialise the years' blocks and the FACTS rounds, then everything below them.

    A survey year or round that can't be read is left out and the others go on. Raises RunError at
    the end, with the steps' own words.
    """
    job = definitions.resolve_job_def(JOB_NAME)
    blocks = [dg.AssetKey(f"asi_block_{letter}") for letter in BLOCK_LETTERS]
    below = set(job.asset_layer.executable_asset_keys) - {*blocks, *LAST}
    steps = len(years) + len(rounds) + 2
    problems = []
    with open_instance(settings) as instance:

        def run(job: dg.JobDefinition, keys: Collection[dg.AssetKey], partition: str) -> bool:
            success, failures = execute(job, instance, keys, partition)
            problems.extend(failures)
            return success

        for done, year in enumerate(years):
            progress(Progress(f"Reading {year}", done, steps))
            run(job, blocks, year)
        if problems and not all_manifests(settings):
            raise RunError("\n".join(problems))
        of_rounds = definitions.resolve_job_def(ROUNDS_JOB)
        instance.add_dynamic_partitions(ROUND_PARTITIONS.name, rounds)
        for done, key in enumerate(rounds, start=len(years)):
            progress(Progress(f"Validating {key}", done, steps))
            run(of_rounds, [ROUND_KEY], key)
        progress(Progress("Building the warehouse and the index", steps - 2, steps))
        published = run(job, below, years[-1])
        if published and rounds:
            published = run(of_rounds, [INDEX[FACTS]], rounds[-1])
        if published:
            progress(Progress("Publishing the edition", steps - 1, steps))
            published = run(job, LAST, years[-1])
        if problems:
            raise RunError("\n".join(problems), published=published)
        progress(Progress("Done", steps, steps))


def execute(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    keys: Collection[dg.AssetKey],
    partition: str,
) -> tuple[bool, list[str]]:
    """Materialise these assets of the job; returns whether all went well, and what failed steps and
    blocking checks said, each once."""
    run = instance.create_run_for_job(
        job_def=job,
        run_config=QUIET,
        tags=job.get_tags_for_partition_key(partition, selected_asset_keys=keys),
        asset_selection=frozenset(keys),
        remote_job_origin=job_origin(job.name),
    )
    result = execute_run(InMemoryJob(job), run, instance)
    said = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            description = data.user_failure_data and data.user_failure_data.description
            error = data.error.cause or data.error
            said.append(description or error.message.strip())
    return result.success, list(dict.fromkeys(said))
