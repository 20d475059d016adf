"""Runs the Dagster job over FACTS rounds: what `locus facts run` does."""

from collections.abc import Callable

import dagster as dg

from locus_pipeline.asi.ingest import all_manifests
from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.asi.release import passed_over, survey_years_in
from locus_pipeline.orchestration.assets.rounds import ROUND_KEY, ROUND_PARTITIONS
from locus_pipeline.orchestration.automation import JOB_NAME as SURVEY_JOB
from locus_pipeline.orchestration.round_automation import JOB_NAME as ROUNDS_JOB
from locus_pipeline.orchestration.run import BLOCKS, Progress, RunError, command_run
from locus_pipeline.rounds.round import misnamed_rounds, round_keys
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
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Materialise the rounds, then everything below them and the survey years that were read.

    Where none was, those that have a release are read first: there is no edition without. A round
    that can't be read is left out and the others go on; dbt's talk goes to run.log, warnings to
    `tell`. Waits while another command runs on the home. Raises RunError at the end, with the
    steps' own words, and where there is no survey year; Interrupted where a signal came.
    """
    with command_run(definitions, settings, tell) as command:
        layouts = load_layouts(settings.own_layouts)
        for sentence in passed_over(settings.releases, layouts):
            tell(sentence)
        years = []
        if not all_manifests(settings):
            years = list(survey_years_in(settings.releases, layouts))
        steps = len(years) + len(rounds) + 2
        for done, year in enumerate(years):
            progress(Progress(f"Reading {year}", done, steps))
            command.execute(SURVEY_JOB, BLOCKS, year)
        command.instance.add_dynamic_partitions(ROUND_PARTITIONS.name, rounds)
        for done, key in enumerate(rounds, start=len(years)):
            progress(Progress(f"Validating {key}", done, steps))
            command.execute(ROUNDS_JOB, [ROUND_KEY], key)
        manifests = all_manifests(settings)
        if not manifests:
            command.problems.append(
                "The rounds are validated and stored. An edition needs a survey year too: put a "
                f"release into {settings.releases} and use `locus run`, which takes the rounds in."
            )
            raise RunError("\n".join(command.problems))
        command.build_and_publish(manifests[-1].survey_year, rounds, progress, steps)
