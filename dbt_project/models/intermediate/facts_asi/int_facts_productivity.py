"""Total factor productivity of factories; see locus_pipeline.methods.indicators.productivity."""

from locus_pipeline.methods.indicators.productivity import residuals


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    rules = dbt.ref("indicator_rules").df().set_index("parameter").value
    return residuals(dbt.ref("int_facts_production").df(), int(rules["productivity_factories"]))
