"""Covariances of what stars are given by; see locus_pipeline.methods.indicators.star_errors."""

import pandas as pd

from locus_pipeline.methods.indicators.star_errors import star_errors


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    factories = dbt.ref("int_selected_factories")
    years = [year for (year,) in factories.project("survey_year").distinct().fetchall()]
    # one year at a time: all of them would be large in memory
    parts = [
        star_errors(factories.filter(f"survey_year = '{year}'").df()) for year in sorted(years)
    ]
    return pd.concat([star_errors(factories.limit(0).df()), *parts])
