"""Clusters that are at home in the same states (methods.indicators)."""

from locus_pipeline.methods.indicators.relatedness import relatedness


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    rules = dbt.ref("indicator_rules").df().set_index("parameter").value
    return relatedness(
        dbt.ref("int_home_clusters").df(),
        draws=int(rules["proximity_draws"]),
        states=rules["proximity_states"],
        width=rules["proximity_width"],
    )
