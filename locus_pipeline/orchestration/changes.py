"""What of a home differs, by content, from what was read of it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from locus_pipeline.asi.content import ReleaseError
from locus_pipeline.asi.ingest import changed_blocks
from locus_pipeline.asi.layout import LayoutError, Layouts
from locus_pipeline.asi.release import find_release, passed_over
from locus_pipeline.errors import LocusError
from locus_pipeline.publish.standing import standing_edition
from locus_pipeline.rounds.round import misnamed_rounds, open_round, round_keys
from locus_pipeline.rounds.store import is_current, stored_rounds
from locus_pipeline.settings import Settings
from locus_pipeline.site.made import has_site
from locus_pipeline.warehouse.catalogue import catalogued_years, inputs_id


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


def unchanged_edition(
    settings: Settings, survey_years: Layouts, wanted: Iterable[str] = ()
) -> str | None:
    """The published edition where a run would make the same again; None where anything is new,
    changed, gone or damaged: a release, a round, a withdrawal, a table of the user, the method, the
    versions that compute, a setting that decides, the edition itself, or where it lacks a survey
    year that is wanted.

    Raises UserTableError where a table of the user can't be used.
    """
    changes = changed_years(settings, survey_years)
    unreadable = set(changes.problems) - set(passed_over(settings.releases, survey_years))
    if changes.years or changes.gone or unreadable or not set(wanted) <= set(changes.left):
        return None
    keys = round_keys(settings)
    changed, problems = changed_rounds(settings, keys)
    if changed or problems or misnamed_rounds(settings) or set(stored_rounds(settings)) - {*keys}:
        return None
    return standing_edition(
        settings,
        inputs_id(settings, survey_years),
        lambda folder: has_site(folder) or not settings.site,
    )
