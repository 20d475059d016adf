"""Sampling correlations of the indicators of the index; see
locus_pipeline.methods.indicators.round_correlations."""

from locus_pipeline.methods.indicators.round_correlations import round_correlations


def model(dbt, session):  # noqa: D103
    framework = dbt.ref("cci_framework").df()
    codes = sorted(framework.parameter_code[framework.basis == "facts"].unique())
    rules = dbt.ref("indicator_rules").df()
    linearised = dbt.ref("int_round_linearised").df()
    growth = dbt.ref("int_round_growth").df()
    return round_correlations(
        linearised,
        growth,
        codes,
        float(rules.set_index("parameter").value["correlation_prior"]),
    )
