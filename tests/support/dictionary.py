"""What seeds and the generated macros of the dbt project say, for tests that compare with it."""

import csv

import jinja2
import pandas as pd

from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.warehouse.dbt import PROJECT_DIR


def seed(name: str, folder: str = "asi") -> list[dict[str, str]]:
    """The rows of a seed, as text."""
    with (SEEDS_DIR / folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def indicator_rules() -> pd.DataFrame:
    """The seed of thresholds, with values as numbers."""
    rules = pd.read_csv(SEEDS_DIR / "indicators" / "indicator_rules.csv")
    return rules.astype({"value": float})


def macro(name: str):
    """What a generated macro of the dbt project returns."""
    returned = []
    environment = jinja2.Environment()
    environment.globals["return"] = returned.append
    macros = PROJECT_DIR / "macros" / "generated" / "variables.sql"
    getattr(environment.from_string(macros.read_text()).module, name)()
    return returned[0]


VARIABLES = {row["variable"]: row for row in seed("variables", "variables")}
RULES = seed("variable_fields", "variables")
