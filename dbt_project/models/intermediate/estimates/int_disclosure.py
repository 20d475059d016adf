"""Hidden cells of the published tables; see locus_pipeline.methods.indicators.disclosure."""

import pandas as pd

from locus_pipeline.methods.indicators.disclosure import suppressed
from locus_pipeline.methods.indicators.sensitivity import Rules


def model(dbt, session):  # noqa: D103
    dbt.config(materialized="incremental")
    given = dbt.config.get("meta")
    rules = Rules(
        factories=int(given["disclosure_factories"]),
        dominance=float(given["disclosure_dominance"]),
        protection=float(given["disclosure_protection"]),
    )
    measures = dbt.ref("int_measures").df()
    factories = dbt.ref("int_disclosure_factories")
    years = [year for (year,) in factories.project("survey_year").distinct().fetchall()]
    # one year at a time: all of them would be large in memory
    rows = [
        suppressed(factories.filter(f"survey_year = '{year}'").df(), measures, rules)
        for year in sorted(years)
    ]
    return pd.concat([suppressed(factories.limit(0).df(), measures, rules), *rows])
