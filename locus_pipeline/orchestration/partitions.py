"""The survey years as Dagster partitions: one static list, from the layouts that exist."""

from collections.abc import Sequence

import dagster as dg

from locus_pipeline.asi.layout import Layouts


def survey_year_partitions(survey_years: Layouts) -> dg.StaticPartitionsDefinition:
    """Partition keys as everybody writes them, `1998-99` on, in order.

    Static rather than time windows: a year exists when its layout does, not when the calendar says
    so, and a re-released old year is asked for again like any other.
    """
    return dg.StaticPartitionsDefinition(list(survey_years))


def partitions_of_run(context: dg.AssetExecutionContext) -> Sequence[str]:
    """The partitions that the run is for; one without any fails the step in a sentence.

    The pages ask for them, `job execute` on the command line does not.
    """
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            description="The run is for no partition: name a survey year or round, with `asset "
            'materialize --partition` or `job execute --tags \'{"dagster/partition": '
            '"2022-23"}\'`; `locus run` takes everything that is there',
            allow_retries=False,
        )
    return context.partition_keys


def contiguous_ranges(years: list[str], keys: list[str]) -> list[tuple[str, str]]:
    """The fewest (first, last) ranges of `keys` that hold exactly `years`; a run takes each."""
    wanted, ranges = set(years), list[tuple[str, str]]()
    for previous, key in zip([None, *keys], keys, strict=False):
        if key not in wanted:
            continue
        if previous in wanted:
            ranges[-1] = (ranges[-1][0], key)
        else:
            ranges.append((key, key))
    return ranges
