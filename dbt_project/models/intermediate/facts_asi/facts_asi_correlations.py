"""Sampling correlations of the indicators of the screening edition; see
locus_pipeline.methods.indicators.survey_correlations."""

import pandas as pd

from locus_pipeline.methods.indicators.correlations import COLUMNS, correlations, pairs, smoothed
from locus_pipeline.methods.indicators.survey_correlations import (
    GROWTH,
    STATISTICS,
    UNIT,
    survey_covariances,
)

# State and cluster that are no object: unknown, unmapped.
NO_STATE, UNMAPPED = "", "0"


def model(dbt, session):  # noqa: D103
    framework = dbt.ref("cci_framework").df()
    scored = framework.parameter_code[framework.basis == "asi_screening"].unique()
    recipes = dbt.ref("facts_asi_recipes").df()
    recipes = recipes[recipes.component == "total"].sort_values("parameter_code")
    recipes = recipes[recipes.parameter_code.isin(scored) & recipes.statistic.isin(STATISTICS)]
    variables = sorted({*recipes.numerator, *recipes.denominator.dropna()})
    factories = dbt.ref("int_factory_variables")
    growth = dbt.ref("int_facts_growth").df()
    base_of = growth.drop_duplicates("survey_year").set_index("survey_year").base_year.to_dict()
    rules = dbt.ref("indicator_rules").df()
    prior = rules.set_index("parameter").value["correlation_prior"]
    of_edition = dbt.ref("cci_rules").df()
    least = of_edition.set_index("parameter").value["screening_factories"]
    sampled = dbt.ref("facts_asi_objects").df()
    of_index = sampled.object_id[sampled.factories_sampled >= least].unique()

    of_year = {}
    # one year at a time: all of them would be large in memory
    for (year,) in sorted(factories.project("survey_year").distinct().fetchall()):
        rows = factories.filter(f"survey_year = '{year}' and state_code <> '{NO_STATE}'")
        units = rows.project(", ".join(["factory_id", *UNIT, *variables])).df()
        of_year[year] = survey_covariances(units, recipes)
    grows = (recipes.statistic == GROWTH).to_numpy()
    parts = [pd.DataFrame(columns=list(COLUMNS))]
    for year, now in of_year.items():
        estimates = correlations(now.with_base(of_year.get(base_of.get(year)), grows).matrices)
        objects = now.cells.state_code + "-" + now.cells.cluster_code
        kept = ((now.cells.cluster_code != UNMAPPED) & objects.isin(of_index)).to_numpy()
        degrees = now.degrees[kept]
        drawn = smoothed(estimates[kept], degrees, float(prior))
        parts.append(pairs(drawn, objects[kept], year, list(recipes.parameter_code), degrees))
    return pd.concat(parts, ignore_index=True).astype(COLUMNS)
