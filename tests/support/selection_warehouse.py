"""Models of selection and plan on rounds and cells of the survey that a test makes up."""

from pathlib import Path

import pandas as pd

from locus_pipeline.reference import SEEDS_DIR
from tests.support.rounds_warehouse import Round, RoundsWarehouse

SELECTION = (
    "cluster_growth_selection", "cluster_pro_poor_selection", "state_cluster_selection",
    "cluster_selection_measures", "cluster_plan", "cluster_plan_totals",
)  # fmt: skip
SEEDS = {
    "selection_measures": ["none_at", "full_at", "weight"],
    "selection_weights": ["weight"],
    "selection_settings": ["value"],
    "selection_quotas": ["at_least", "at_most"],
    "poverty_lines": ["printed_line", "persons"],
    "priority_region_districts": [],
    "plan_lines": [f"year_{year}" for year in range(1, 6)],
    "plan_sizes": ["units_from", "low_at", "average_at", "high_at"],
}
FLAGS = [
    ("priority_region_districts", "is_priority"), ("plan_lines", "is_split"),
    ("plan_lines", "is_infrastructure"),
]  # fmt: skip
CELL = {
    "object_type": "state_cluster", "cluster_type": "traded", "factories_sampled": 9, "units": 20.0,
    "total_employees": 1000.0, "fixed_capital": 1.0, "age": 10.0, "is_synthetic": False,
}  # fmt: skip
METRIC = ("object_type", "object_id", "period", "parameter_code", "component", "value",
          "standard_error", "null_reason", "sample_size", "is_synthetic")  # fmt: skip


class SelectionWarehouse(RoundsWarehouse):
    """Rounds, and clusters in states of one survey year with their metrics and product lines."""

    def __init__(self, compiled: Path, *rounds: Round, survey_year: str = "2022-23"):
        super().__init__(compiled, *rounds)
        self.survey_year = survey_year
        for seed, numbers in SEEDS.items():
            self.give_numbers("registry", seed, numbers)
        for seed, flag in FLAGS:
            self.connection.execute(f"alter table locus.reference.{seed} alter {flag} type boolean")
        self.connection.execute(
            f"create table locus.raw.survey_years as select '{survey_year}' as survey_year, "
            "false as is_synthetic"
        )
        self.survey({}, {})

    def survey(
        self, cells: dict[str, dict[str, float]], state_persons: dict[str, float]
    ) -> "SelectionWarehouse":
        """Metrics of each cell (23-1: state and cluster) by parameter, and persons of states. No
        cell has products."""
        objects = [
            CELL
            | {
                "object_id": cell, "period": self.survey_year, "object_name": f"Cell {cell}",
                "state_code": cell.split("-")[0], "state_name": "State",
                "cluster_code": cell.split("-")[1], "cluster_name": "Cluster",
            }
            for cell in cells
        ]  # fmt: skip
        columns = [*CELL, "object_id", "period", "object_name", "state_code", "state_name",
                   "cluster_code", "cluster_name"]  # fmt: skip
        metrics = [
            (
                "state_cluster",
                cell,
                self.survey_year,
                code,
                "total",
                value,
                0.1 * abs(value),
                None,
                9,
                False,
            )
            for cell, values in cells.items()
            for code, value in values.items()
        ]
        self._typed("facts.facts_asi_objects", objects, columns)
        self._typed("facts.facts_asi_metrics", metrics, METRIC)
        self._typed(
            "facts.int_facts_cells",
            [("state_cluster", cell, self.survey_year, False, None) for cell in cells],
            ("domain", "object_id", "survey_year", "production_hidden", "hidden_status"),
        )
        self._typed(
            "intermediate.int_survey_specialisation", [],
            ("object_id", "period", "measure", "value", "standard_error", "sample_size",
             "null_reason"),
        )  # fmt: skip
        self._typed(
            "marts.state_year",
            [(self.survey_year, state, value, False) for state, value in state_persons.items()],
            ("survey_year", "state_code", "total_employees_estimated", "is_synthetic"),
        )
        return self

    def _typed(self, table: str, rows: list, columns) -> None:
        """A table whose columns have their types without a row as well."""
        numbers = {"value", "standard_error", "units", "total_employees", "fixed_capital", "age",
                   "total_employees_estimated"}  # fmt: skip
        flags = {"is_synthetic", "production_hidden"}
        whole = {"sample_size", "factories_sampled"}
        kind = {
            **dict.fromkeys(numbers, "double"), **dict.fromkeys(flags, "boolean"),
            **dict.fromkeys(whole, "bigint"),
        }  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(columns))
        self.connection.register("given", frame)
        casts = ", ".join(f"cast({c} as {kind.get(c, 'varchar')}) as {c}" for c in columns)
        self.connection.execute(
            f"create or replace table locus.{table} as select {casts} from given"
        )
        self.connection.unregister("given")

    def build_selection(self) -> "SelectionWarehouse":
        """Everything up to the marts of selection and plan, from rounds that are built."""
        self.build_registry()
        self.build(*SELECTION)
        return self


def seed(name: str) -> pd.DataFrame:
    """A seed of the registry as it is in the checkout."""
    return pd.read_csv(SEEDS_DIR / "registry" / f"{name}.csv", dtype={"state_code": str})
