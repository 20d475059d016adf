"""What of a home differs, by content, from what was read of it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.ingest import changed_blocks
from locus_pipeline.asi.layout import LayoutError, Layouts
from locus_pipeline.asi.release import find_release, passed_over
from locus_pipeline.errors import LocusError
from locus_pipeline.rounds.round import open_round
from locus_pipeline.rounds.store import is_current
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.catalogue import catalogued_years


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
    candidates = list(survey_years if among is None else among)
    for year in candidates:
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
    return Changes(years, problems, left, [year for year in gone if year in candidates])


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
