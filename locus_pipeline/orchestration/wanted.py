"""Which survey years and rounds a command is to read: those that are wanted, or all there are."""

from collections.abc import Callable

from locus_pipeline.asi.layout import Layouts
from locus_pipeline.asi.release import passed_over, survey_years_in
from locus_pipeline.errors import LocusError
from locus_pipeline.rounds.round import misnamed_rounds, round_keys
from locus_pipeline.settings import Settings


class NothingToReadError(LocusError):
    """There is no release or round, or none of the wanted name."""


def years_to_run(
    settings: Settings,
    survey_years: Layouts,
    wanted: list[str] | None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """The survey years with a release, or those of them that are wanted.

    `tell` is given what else lies there, a line each. Raises NothingToReadError where there are
    none, or where a wanted year has no release.
    """
    strange = passed_over(settings.releases, survey_years)
    there = list(survey_years_in(settings.releases, survey_years))
    absent = [year for year in wanted or [] if year not in there]
    if absent:
        raise NothingToReadError(
            f"No release of {', '.join(absent)} in {settings.releases}; put the files into a "
            "folder with the survey year's name"
        )
    if not there and strange:
        raise NothingToReadError("\n".join(strange))
    if not there:
        raise NothingToReadError(
            f"No releases in {settings.releases}. Put a release into a folder with its survey "
            f"year's name ({settings.releases / '2022-23'}), or write a synthetic one with "
            "`locus sample`."
        )
    for sentence in strange:
        tell(sentence)
    return wanted or there


def rounds_to_run(settings: Settings, wanted: list[str] | None) -> list[str]:
    """The rounds of the home, or those of them that are wanted.

    Raises NothingToReadError where there are none, or where a wanted round has no folder.
    """
    there = round_keys(settings)
    absent = [key for key in wanted or [] if key not in there]
    if absent:
        raise NothingToReadError(
            f"No round {', '.join(absent)} with a round.yaml in {settings.facts}"
        )
    if not there and misnamed_rounds(settings):
        raise NothingToReadError("\n".join(misnamed_rounds(settings)))
    if not there:
        raise NothingToReadError(
            f"No rounds in {settings.facts}. Put the filled schedules and a round.yaml into a "
            "folder with the round's name, or write a synthetic round with `locus facts sample`."
        )
    return wanted or there
