"""Made frameworks, objects and values for the tests of the index."""

import numpy as np
import pandas as pd

from locus_pipeline.methods.index.framework import Framework, Rules
from locus_pipeline.reference import SEEDS_DIR

METHOD_VERSION = "2026.1"
FRAMEWORK_SEED = pd.read_csv(
    SEEDS_DIR / "cci" / "cci_framework.csv", dtype={"method_version": "str"}
)
PARAMETERS_SEED = pd.read_csv(SEEDS_DIR / "facts" / "facts_parameters.csv")
RULES_SEED = pd.read_csv(SEEDS_DIR / "cci" / "cci_rules.csv")
RULES = Rules.from_table(RULES_SEED)


def framework(basis: str = "facts") -> Framework:
    return Framework.from_tables(FRAMEWORK_SEED, PARAMETERS_SEED, basis, METHOD_VERSION)


def invented_objects(count: int, *periods: str) -> pd.DataFrame:
    """Objects in four sectors, all eligible."""
    return pd.DataFrame(
        [
            (f"c{at:03d}", period, f"sector {at % 4}", f"{at % 9 + 1:02d}", True, "", "")
            for period in periods
            for at in range(count)
        ],
        columns=[
            "object_id",
            "period",
            "sector",
            "state_code",
            "eligible",
            "failed_gates",
            "missing",
        ],
    )


def invented_values(
    objects: pd.DataFrame, of: Framework, seed: int = 1, noise: float = 0.8
) -> pd.DataFrame:
    """A value of each indicator for each object: a common quality and `noise`, lognormal; bounded
    indicators inside their bounds. Standard errors are 5 % of the values."""
    random = np.random.default_rng(seed)
    quality = random.normal(size=len(objects))
    parts = []
    for code, row in of.indicators.iterrows():
        value = np.exp(0.5 * row.sign * quality + noise * random.normal(size=len(objects)))
        if not np.isnan(row.natural_maximum):
            extent = row.natural_maximum - row.natural_minimum
            value = row.natural_minimum + extent * value / (1 + value)
        parts.append(objects[["object_id", "period"]].assign(parameter_code=code, value=value))
    return pd.concat(parts, ignore_index=True).assign(standard_error=lambda rows: rows.value / 20)
