"""Concentration and distinctness of products of clusters in states, in the newest survey year; see
locus_pipeline.methods.selection.products."""

from locus_pipeline.methods.selection.products import specialisation


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    given = dbt.config.get("meta")
    settings = dbt.ref("selection_settings").df().set_index("setting").value.astype(float)
    return specialisation(
        dbt.ref("int_survey_products").df().drop(columns="period"),
        dbt.ref("int_survey_product_units").df(),
        int(settings["product_replicates"]),
        int(settings["seed"]),
        int(given["least_units"]),
        float(given["dominance"]),
    )
