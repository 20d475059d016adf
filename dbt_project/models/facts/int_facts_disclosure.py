"""Hidden cells of districts by clusters; see locus_pipeline.indicators.disclosure."""

from locus_pipeline.indicators.disclosure import suppressed


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    return suppressed(dbt.ref("int_facts_disclosure_cells").df())
