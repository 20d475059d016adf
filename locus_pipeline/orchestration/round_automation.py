"""The job over FACTS rounds and the sensor that asks for the rounds whose content changed."""

import time
from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from locus_pipeline.errors import LocusError
from locus_pipeline.orchestration.assets.rounds import ROUND_KEY, ROUND_PARTITIONS
from locus_pipeline.orchestration.automation import came_to_rest, requests_for, state_of
from locus_pipeline.rounds.round import RoundError, open_round
from locus_pipeline.rounds.store import is_current
from locus_pipeline.rounds.withdrawal import withdrawal_lists
from locus_pipeline.settings import Settings

JOB_NAME = "facts_rounds"


def facts_rounds_job():
    """From the asked rounds to the published edition; no block of the ASI is read."""
    return dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.assets(ROUND_KEY).downstream(),
        description="Validate the asked FACTS rounds, rebuild what depends on them, publish.",
    )


def round_sensor() -> dg.SensorDefinition:
    """Looks at the rounds' folders three times a minute; hashes only what came to rest."""

    @dg.sensor(
        name="facts_round_files",
        job_name=JOB_NAME,
        minimum_interval_seconds=20,
        description=(
            "Makes a partition of each round's folder and asks for the rounds whose files, or "
            "whose units' withdrawals, changed; a folder still being written is left until it "
            "rests."
        ),
    )
    def facts_round_files(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult:
        now = {key: _state(settings, key) for key in _folders(settings)}
        fresh, cursor = came_to_rest(context.cursor, now)
        changed, problems = changed_rounds(settings, fresh)
        for problem in problems:
            context.log.error(problem)
        known = context.instance.get_dynamic_partitions(ROUND_PARTITIONS.name)
        new = [key for key in changed if key not in known]
        return dg.SensorResult(
            run_requests=list(requests_for(changed, [*known, *new], time.time())),
            skip_reason=None if changed else "\n".join(problems) or "Every round was read as it is",
            cursor=cursor,
            dynamic_partitions_requests=[ROUND_PARTITIONS.build_add_request(new)] if new else [],
        )

    return facts_round_files


def changed_rounds(settings: Settings, among: Iterable[str]) -> tuple[list[str], list[str]]:
    """Rounds that are not stored as their files and withdrawals are now, and what is wrong with
    others: one that can't be read doesn't hold up the rest.
    """
    changed, problems = [], []
    for key in among:
        try:
            if not is_current(settings, open_round(settings.facts / key)):
                changed.append(key)
        except LocusError as error:
            problems.append(str(error))
    return changed, problems


def _folders(settings: Settings) -> list[str]:
    """Everything that may be a round, also without its round.yaml."""
    return sorted(path.name for path in settings.facts.glob("[!.]*") if path.is_dir())


def _state(settings: Settings, key: str) -> str:
    """Changes when a file of the round, a withdrawal in any round or the stored round does."""
    return state_of(
        [
            path
            for path in (
                *(settings.facts / key).rglob("*"),
                *_withdrawal_lists(settings),
                settings.rounds / "manifests" / f"{key}.json",
            )
            # a link that leads nowhere has no state
            if path.exists()
        ]
    )


def _withdrawal_lists(settings: Settings) -> list[Path]:
    try:
        return withdrawal_lists(settings.facts)
    except RoundError:
        # said for each round when it is examined
        return []
