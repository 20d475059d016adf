"""Amounts that FACTS ratios must not tell; see locus_pipeline.indicators.disclosure."""

import pandas as pd

from locus_pipeline.indicators.disclosure import dominated
from locus_pipeline.indicators.sensitivity import Rules


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="table")
    given = dbt.config.get("meta")
    rules = Rules(
        factories=int(given["disclosure_factories"]),
        dominance=float(given["disclosure_dominance"]),
        protection=float(given["disclosure_protection"]),
    )
    variables = dbt.ref("facts_asi_recipes").df().dominance_variables.dropna()
    amounts = sorted({name for names in variables for name in names.split()})
    hidden = dbt.ref("int_disclosure").df()
    controlled = dbt.ref("int_disclosure_factories").project("survey_year").distinct()
    columns = ["survey_year", "state_code", "cluster_code",
               "coalesce(district_code, '') as district_code", "multiplier", *amounts]  # fmt: skip
    returns = dbt.ref("int_facts_returns").project(", ".join(columns))
    # one year at a time: all of them would be large in memory
    found = [
        dominated(returns.filter(f"survey_year = '{year}'").df(), amounts, hidden, rules)
        for (year,) in sorted(controlled.fetchall())
    ]
    return pd.concat([dominated(returns.limit(0).df(), amounts, hidden, rules), *found])
