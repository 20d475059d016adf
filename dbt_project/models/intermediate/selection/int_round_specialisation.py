"""Concentration and distinctness of products of named clusters; see
locus_pipeline.methods.selection.products."""

import pandas as pd

from locus_pipeline.methods.selection.products import specialisation


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    settings = dbt.ref("selection_settings").df().set_index("setting").value.astype(float)
    lines = dbt.ref("int_round_products").df()
    units = dbt.ref("int_round_product_units").df()
    of_sample = (int(settings["product_replicates"]), int(settings["seed"]))
    given = dbt.config.get("meta")
    shown = (int(given["least_units"]), float(given["dominance"]))
    parts = [
        specialisation(
            lines[lines.period == period].drop(columns="period"), one, *of_sample, *shown
        )
        for period, one in units.groupby("period", sort=True)
    ]
    nothing = specialisation(lines[:0].drop(columns="period"), units[:0], *of_sample, *shown)
    return pd.concat([nothing, *parts])
