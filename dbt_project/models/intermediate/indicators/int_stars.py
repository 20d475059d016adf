"""Stars, their probabilities and strong clusters; see locus_pipeline.methods.indicators.stars."""

from locus_pipeline.methods.indicators.stars import StarRules, award


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    rules = StarRules.from_table(dbt.ref("indicator_rules").df())
    return award(dbt.ref("int_star_statistics").df(), rules)
