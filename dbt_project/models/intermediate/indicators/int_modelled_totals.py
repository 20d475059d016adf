"""Small-area estimates of states by clusters; see locus_pipeline.methods.indicators.modelled."""

from locus_pipeline.methods.indicators.generalised_variance import Smoothing
from locus_pipeline.methods.indicators.modelled import MEASURES, ModelRules, modelled_totals


def model(dbt, session):  # noqa: D103
    totals = dbt.ref("int_estimates").filter(
        "domain = 'state_cluster' and state_basis = 'official'"
    )
    hidden = dbt.ref("int_disclosure").filter("domain = 'state_cluster' and family = 'production'")
    masked = dbt.ref("int_sampling_strata").filter("strata_method = 'pseudo'")
    return modelled_totals(
        dbt.ref("int_cell_strata").df(),
        totals.df(),
        hidden.df(),
        [year for (year,) in masked.project("survey_year").distinct().fetchall()],
        ModelRules.from_table(dbt.ref("indicator_rules").df()),
        Smoothing.from_tables(
            MEASURES,
            dbt.ref("smoothing_rules").df().to_dict("records"),
            dbt.ref("interval_rules").df().to_dict("records"),
        ),
    )
