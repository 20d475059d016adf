"""The two sensors: of the releases and of the FACTS rounds.

Both look often and read no content until the files of a folder came to rest; then they ask, once,
for exactly what differs by content from what was read.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from locus_pipeline.asi.layout import Layouts
from locus_pipeline.orchestration.assets.rounds import ROUND_PARTITIONS, ROUNDS
from locus_pipeline.orchestration.changes import changed_rounds, changed_years
from locus_pipeline.orchestration.jobs import (
    ROUNDS_JOB,
    SURVEY_JOB,
    requests_for,
    requests_for_changes,
)
from locus_pipeline.rounds.round import RoundError
from locus_pipeline.rounds.withdrawal import withdrawal_lists
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.catalogue import catalogued_years

UNCHANGED = "Nothing changed: every round was read as it is"
SECONDS_BETWEEN_LOOKS = 20


def release_sensor(survey_years: Layouts) -> dg.SensorDefinition:
    """Looks at the release folders three times a minute; hashes only what came to rest."""

    @dg.sensor(
        job_name=SURVEY_JOB,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        description=(
            "Asks for the survey years whose files changed, within a minute of their landing; a "
            "folder that is still being written is left until it rests."
        ),
    )
    def releases(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
        standing = catalogued_years(settings)
        now = {
            year: _release_state(settings, year)
            for year in survey_years
            if year in standing or os.path.lexists(settings.releases / year)
        }
        fresh, cursor = came_to_rest(context.cursor, now)
        changes = changed_years(settings, survey_years, fresh)
        left = waiting(context.cursor, now)
        context.update_cursor(cursor)
        return requests_for_changes(changes, context, survey_years, left)

    return releases


def round_sensor() -> dg.SensorDefinition:
    """Looks at the rounds' folders three times a minute; hashes only what came to rest."""

    @dg.sensor(
        name="facts_round_files",
        job_name=ROUNDS_JOB,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        description=(
            "Makes a partition of each round's folder and asks for the rounds whose files, or "
            "whose units' withdrawals, changed; a folder still being written is left until it "
            "rests."
        ),
    )
    def facts_round_files(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult:
        now = {key: _round_state(settings, key) for key in _round_folders(settings)}
        fresh, cursor = came_to_rest(context.cursor, now)
        changed, problems = changed_rounds(settings, fresh)
        for problem in problems:
            context.log.error(problem)
        left = waiting(context.cursor, now)
        said = "\n".join([*problems, *([left] if left else [])])
        known = context.instance.get_dynamic_partitions(ROUNDS)
        new = [key for key in changed if key not in known]
        return dg.SensorResult(
            run_requests=list(requests_for(changed, [*known, *new], time.time())),
            skip_reason=None if changed else said or UNCHANGED,
            cursor=cursor,
            dynamic_partitions_requests=[ROUND_PARTITIONS.build_add_request(new)] if new else [],
        )

    return facts_round_files


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


def waiting(cursor: str | None, now: dict[str, str]) -> str:
    """What a sensor has not looked into, since it changed after the last look; or nothing."""
    before = _seen_before(cursor)
    moving = [key for key, state in now.items() if before.get(key, {}).get("is") != state]
    if not moving:
        return ""
    return f"New or changed, looked into when they have come to rest: {', '.join(moving)}"


def _seen_before(cursor: str | None) -> dict[str, dict[str, object]]:
    """What the cursor says; nothing where it can't be read (anybody may edit it in the page)."""
    try:
        seen = json.loads(cursor or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(seen, dict):
        return {}
    return {key: entry for key, entry in seen.items() if isinstance(entry, dict)}


def _state_of(paths: Iterable[Path]) -> str:
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


def _release_state(settings: Settings, year: str) -> str:
    """Changes when a file of the year's release, its raw data or its own layout does."""
    return _state_of(
        [
            *(
                Path(parent, name)
                for parent, folders, names in os.walk(settings.releases / year)
                for name in (*folders, *names)
            ),
            *settings.raw.glob(f"block_*/survey_year={year}/manifest.json"),
            *settings.user_layouts.glob(f"{year}.yaml"),
        ]
    )


def _round_folders(settings: Settings) -> list[str]:
    """Everything that may be a round, also without its round.yaml."""
    return sorted(path.name for path in settings.facts.glob("[!.]*") if path.is_dir())


def _round_state(settings: Settings, key: str) -> str:
    """Changes when a file of the round, a withdrawal in any round or the stored round does."""
    return _state_of(
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
