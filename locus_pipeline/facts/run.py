"""Runs the Dagster job over FACTS rounds: what `locus facts run` does."""

from collections.abc import Callable
from contextlib import redirect_stdout

import dagster as dg

from locus_pipeline.asi.ingest import all_manifests
from locus_pipeline.facts.assets import ROUND_KEY, ROUND_PARTITIONS
from locus_pipeline.facts.automation import JOB_NAME
from locus_pipeline.facts.round import misnamed_rounds, round_keys
from locus_pipeline.instance import open_instance
from locus_pipeline.run import Progress, RunError, execute
from locus_pipeline.settings import Settings


def rounds_to_run(settings: Settings, wanted: list[str] | None) -> list[str]:
    """The rounds of the home, or those of them that are wanted.

    Raises RunError where there are none, or where a wanted round has no folder.
    """
    found = round_keys(settings)
    absent = [key for key in wanted or [] if key not in found]
    if absent:
        raise RunError(f"No round {', '.join(absent)} with a round.yaml in {settings.facts}")
    if not found and misnamed_rounds(settings):
        raise RunError("\n".join(misnamed_rounds(settings)))
    if not found:
        raise RunError(
            f"No rounds in {settings.facts}. Put the filled schedules and a round.yaml into a "
            "folder with the round's name, or write a synthetic round with `locus facts sample`."
        )
    return wanted or found


def run_rounds(
    definitions: dg.Definitions,
    settings: Settings,
    rounds: list[str],
    progress: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Materialise the rounds, then everything below them; dbt's talk goes to run.log.

    A round that can't be read is left out and the others go on. Raises RunError at the end, with
    the steps' own words, and where there is no survey year, without which there is no edition.
    """
    job = definitions.resolve_job_def(JOB_NAME)
    below = [key for key in job.asset_layer.executable_asset_keys if key != ROUND_KEY]
    steps = len(rounds) + 1
    problems = []
    log = settings.home / "run.log"
    with open_instance(settings) as instance, log.open("w") as said, redirect_stdout(said):
        instance.add_dynamic_partitions(ROUND_PARTITIONS.name, rounds)
        for done, key in enumerate(rounds):
            progress(Progress(f"Validating {key}", done, steps))
            problems += execute(job, instance, [ROUND_KEY], key)[1]
        if not all_manifests(settings):
            problems.append(
                "The rounds are validated and stored. An edition needs a survey year too: put a "
                f"release into {settings.releases} and use `locus run`, which takes the rounds in."
            )
            raise RunError("\n".join(problems))
        progress(Progress("Building the warehouse and the edition", len(rounds), steps))
        published, failures = execute(job, instance, below, rounds[-1])
        problems += failures
        if problems:
            raise RunError("\n".join(problems), published=published)
        progress(Progress("Done", steps, steps))
