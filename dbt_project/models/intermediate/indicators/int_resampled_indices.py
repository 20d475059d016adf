"""Concentration and specialisation over replicates of the sample; see
locus_pipeline.methods.indicators.resampled_indices."""

import pandas as pd

from locus_pipeline.methods.indicators.resampled_indices import resampled_indices
from locus_pipeline.methods.indicators.stars import KEYS, StarRules


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    given = dbt.ref("indicator_rules").df()
    rules = StarRules.from_table(given)
    replicates = int(given.set_index("parameter").value["index_replicates"])
    factories = dbt.ref("int_selected_factories")
    eligible = dbt.ref("int_stars").df()[[*KEYS, "is_eligible"]]
    cells = dbt.ref("int_shown_employment").df().merge(eligible, on=KEYS)
    # one year at a time: all of them would be large in memory
    parts = [
        resampled_indices(
            factories.filter(f"survey_year = '{year}'").df(), of_year, rules, replicates
        )
        for year, of_year in cells.groupby("survey_year", sort=True)
    ]
    nothing = resampled_indices(factories.limit(0).df(), cells, rules, replicates)
    return pd.concat([nothing, *parts])
