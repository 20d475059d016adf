"""Sampling correlations of the indicators of the index; see
locus_pipeline.methods.indicators.round_correlations."""

from locus_pipeline.methods.indicators.round_correlations import round_correlations


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    framework = dbt.ref("cci_framework").df()
    codes = sorted(framework.parameter_code[framework.basis == "facts"].unique())
    rules = dbt.ref("indicator_rules").df().set_index("parameter").value
    return round_correlations(
        dbt.ref("int_round_linearised").df(),
        dbt.ref("int_round_growth").df(),
        codes,
        float(rules["correlation_prior"]),
    )
