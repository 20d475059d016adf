"""Hidden cells of the published tables; see locus_pipeline.indicators.disclosure."""

from locus_pipeline.indicators.disclosure import suppressed


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    return suppressed(dbt.ref("int_disclosure_cells").df())
