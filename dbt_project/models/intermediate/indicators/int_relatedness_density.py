"""How near a cluster is to those at home in a state (methods.indicators)."""

from locus_pipeline.methods.indicators.relatedness import density


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    return density(dbt.ref("int_home_clusters").df())
