"""Small-area estimates of states by clusters; see locus_pipeline.methods.indicators.modelled."""

import pandas as pd

from locus_pipeline.methods.indicators.generalised_variance import Smoothing
from locus_pipeline.methods.indicators.modelled import (
    MEASURES,
    ModelRules,
    in_harmonised_states,
    modelled_totals,
)


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    totals = dbt.ref("int_estimates").filter("domain = 'state_cluster'").df()
    strata = dbt.ref("int_cell_strata").df()
    hidden = dbt.ref("int_disclosure").filter("domain = 'state_cluster' and family = 'production'")
    hidden_of = {"official": hidden.df()}
    hidden_of["harmonised"] = in_harmonised_states(
        hidden_of["official"], dbt.ref("states_harmonised").df()
    )
    masked = dbt.ref("int_sampling_strata").filter("strata_method = 'pseudo'")
    masked_years = [year for (year,) in masked.project("survey_year").distinct().fetchall()]
    rules = ModelRules.from_table(dbt.ref("indicator_rules").df())
    smoothing = Smoothing.from_tables(
        MEASURES,
        dbt.ref("smoothing_rules").df().to_dict("records"),
        dbt.ref("interval_rules").df().to_dict("records"),
    )
    parts = []
    for basis, hidden_cells in hidden_of.items():
        modelled = modelled_totals(
            strata[strata.state_basis == basis],
            totals[totals.state_basis == basis],
            hidden_cells,
            masked_years,
            rules,
            smoothing,
        )
        parts.append(modelled.assign(state_basis=basis))
    return pd.concat(parts, ignore_index=True)
