"""The survey years as Dagster partitions: one static list, from the layouts that exist."""

import dagster as dg

from locus_pipeline.asi.layout import Layouts


def survey_year_partitions(survey_years: Layouts) -> dg.StaticPartitionsDefinition:
    """Partition keys as everybody writes them, `1998-99` on, in order.

    Static rather than time windows: a year exists when its layout does, not when the calendar says
    so, and a re-released old year is asked for again like any other.
    """
    return dg.StaticPartitionsDefinition(list(survey_years))


def contiguous_ranges(years: list[str], keys: list[str]) -> list[tuple[str, str]]:
    """The fewest (first, last) ranges of `keys` that hold exactly `years`; a run takes each."""
    wanted, ranges = set(years), []
    for previous, key in zip([None, *keys], keys, strict=False):
        if key not in wanted:
            continue
        if previous in wanted:
            ranges[-1] = (ranges[-1][0], key)
        else:
            ranges.append((key, key))
    return ranges
