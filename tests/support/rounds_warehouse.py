"""Models of survey rounds on rounds that a test makes up, through every model on the way."""

from pathlib import Path

import pandas as pd

from locus_pipeline.reference import SEEDS_DIR
from tests.support.warehouse import Warehouse

# Stored tables of the intake with their types.
COLUMNS = {
    "rounds": {
        "round": str, "title": str, "period": str, "agency": str, "controller": str,
        "collection_mode": str, "collected_from": str, "collected_to": str, "files_hash": str,
        "is_synthetic": bool,
    },
    "round_clusters": {
        "round": str, "cluster_id": str, "cluster_name": str, "product": str, "place": str,
        "state_code": str, "districts": str, "cluster_type": str, "benchmark_cluster_code": str,
        "nic_codes": str, "latitude": float, "longitude": float, "is_synthetic": bool,
    },
    "round_strata": {
        "round": str, "cluster_id": str, "size_class": str, "is_member": bool,
        "units_in_frame": int, "units_accepted": int, "is_synthetic": bool,
    },
    "round_units": {
        "round": str, "cluster_id": str, "unit_hash": str, "size_class": str, "is_member": bool,
        "grade": str, "warnings": int, "items_asked": int, "items_answered": int,
        "is_synthetic": bool,
    },
    "round_answers": {
        "round": str, "schedule": str, "cluster_id": str, "unit_hash": str, "item": str,
        "value": float, "text_value": str, "missing_code": int, "is_synthetic": bool,
    },
    "round_entries": {
        "round": str, "sheet_kind": str, "entry": int, "cluster_id": str, "item": str,
        "value": float, "text_value": str, "missing_code": int, "is_synthetic": bool,
    },
}  # fmt: skip
SQL_TYPES = {str: "varchar", bool: "boolean", int: "bigint", float: "double"}
SEEDS = {
    "facts": ["facts_parameters", "facts_items"],
    "geography": ["states"],
    "classifications": ["nic_2008"],
    "registry": [
        "intervention_types", "support_areas", "support_agencies_annexure", "agency_areas",
        "priority_regions", "milestone_steps", "activity_lists", "document_themes",
    ],
}  # fmt: skip
# The last of each branch: what they are made of is built with them.
ROUNDS = (
    "facts_round_metrics", "facts_cluster_grades", "facts_gate_inputs", "facts_round_objects",
    "facts_round_correlations",
)  # fmt: skip
REGISTRY = (
    "named_cluster_bridge", "cluster_associations", "cluster_interventions", "cluster_selection",
    "state_cluster_totals", "resource_requirement", "resource_contributions",
    "cluster_organisations", "document_theme_counts", "value_chain_stages", "cluster_milestones",
    "cluster_activities", "cluster_labels",
)  # fmt: skip
COUNTED = [
    ("state_cluster_counts_printed", ["serial_number", "micro", "handicraft", "handloom"]),
    ("state_cluster_printed_totals", ["printed_total"]),
    ("contribution_rules", ["stakeholders", "implementing_agency", "support_institutions"]),
]


class Round:
    """One survey round, filled in by a test; what it leaves out is plain.

    Synthetic unless said otherwise, so that disclosure control hides nothing.
    """

    def __init__(self, name: str = "r1", period: str = "2026", is_synthetic: bool = True, **facts):
        self.name = name
        self.is_synthetic = is_synthetic
        self.rows: dict[str, list[dict]] = {table: [] for table in COLUMNS}
        defaults = {
            "title": name, "period": period, "agency": "Agency", "controller": "index agency",
            "collection_mode": "fresh_facts", "collected_from": f"{period}-01-01",
            "collected_to": f"{period}-06-30", "files_hash": "x",
        }  # fmt: skip
        self._add("rounds", **(defaults | facts))

    def _add(self, table: str, **row) -> None:
        self.rows[table].append({"round": self.name, "is_synthetic": self.is_synthetic} | row)

    def cluster(self, cluster_id: str, strata: dict[tuple[str, bool], int], **facts) -> "Round":
        """A named cluster with its frame: (size class, member or not) -> units."""
        defaults = {
            "cluster_name": f"Cluster {cluster_id}", "product": "cloth", "place": "Town",
            "state_code": "23", "districts": "District", "cluster_type": "handloom",
            "benchmark_cluster_code": "1", "nic_codes": "13121=1",
        }  # fmt: skip
        self._add("round_clusters", cluster_id=cluster_id, **(defaults | facts))
        for (size_class, is_member), units in strata.items():
            self._add(
                "round_strata", cluster_id=cluster_id, size_class=size_class, is_member=is_member,
                units_in_frame=units, units_accepted=0,
            )  # fmt: skip
        return self

    def unit(
        self, cluster_id: str, unit: str, stratum: tuple[str, bool] = ("micro", True),
        grade: str = "A", items: int = 10, answered: int = 10, **answers,
    ) -> "Round":  # fmt: skip
        """An accepted unit with its answers."""
        for row in self.rows["round_strata"]:
            if (row["cluster_id"], row["size_class"], row["is_member"]) == (cluster_id, *stratum):
                row["units_accepted"] += 1
        self._add(
            "round_units", cluster_id=cluster_id, unit_hash=unit, size_class=stratum[0],
            is_member=stratum[1], grade=grade, warnings=0, items_asked=items,
            items_answered=answered,
        )  # fmt: skip
        return self.answers("unit", cluster_id, unit, **answers)

    def answers(self, schedule: str, cluster_id: str, unit: str = "", **answers) -> "Round":
        """Answers by item: a text, a number, or one of the codes of missing answers -9 to -6."""
        for item, answer in answers.items():
            is_missing = answer in (-9, -8, -7, -6)
            self._add(
                "round_answers", schedule=schedule, cluster_id=cluster_id, unit_hash=unit,
                item=item, value=None if is_missing or isinstance(answer, str) else float(answer),
                text_value=answer if isinstance(answer, str) else None,
                missing_code=answer if is_missing else None,
            )  # fmt: skip
        return self

    def entry(self, sheet_kind: str, cluster_id: str, **cells) -> "Round":
        """A row of a sheet of the registry; cells as answers are."""
        entry = len({row["entry"] for row in self.rows["round_entries"]}) + 1
        for item, cell in cells.items():
            is_missing = cell in (-9, -8, -7, -6)
            self._add(
                "round_entries", sheet_kind=sheet_kind, entry=entry, cluster_id=cluster_id,
                item=item, value=None if is_missing or isinstance(cell, str) else float(cell),
                text_value=cell if isinstance(cell, str) else None,
                missing_code=cell if is_missing else None,
            )  # fmt: skip
        return self


class RoundsWarehouse(Warehouse):
    """A warehouse that holds these rounds."""

    def __init__(self, compiled: Path, *rounds: Round):
        super().__init__(compiled)
        for table, types in COLUMNS.items():
            rows = [row for one in rounds for row in one.rows[table]]
            self._give_typed(f"raw.{table}", pd.DataFrame(rows, columns=list(types)), types)
        for folder, seeds in SEEDS.items():
            for seed in seeds:
                self.give_seed(folder, seed)
        self.give_numbers("facts", "facts_round_recipes", ["factor"])
        self.give_numbers("indicators", "indicator_rules", ["value"])
        self.give_seed("cci", "cci_framework")
        self.connection.execute(
            """
            create table definitions.clusters as
            select '1' as cluster_code, 'Textiles' as cluster_name, 'traded' as cluster_type
            union all select '2', 'Leather', 'traded' union all select '0', 'Unmapped', 'unmapped';
            create table definitions.int_nic_decisions as
            select 'NIC-2008' as nic_version, '13121' as nic_code, '1' as cluster_code
            union all select 'NIC-2008', '15121', '2' union all select 'NIC-2004', '13121', '2';
            """
        )

    def _give_typed(self, table: str, rows: pd.DataFrame, types: dict[str, type]) -> None:
        columns = ", ".join(
            f"cast({name} as {SQL_TYPES[kind]}) as {name}" for name, kind in types.items()
        )
        self.connection.register("given", rows)
        self.connection.execute(f"create table locus.{table} as select {columns} from given")
        self.connection.unregister("given")

    def give_numbers(self, folder: str, seed: str, numbers: list[str]) -> None:
        """A seed some of whose columns are numbers."""
        rows = pd.read_csv(SEEDS_DIR / folder / f"{seed}.csv", dtype=str)
        rows = rows.astype(object).where(rows.notna(), None)
        types = {name: float if name in numbers else str for name in rows.columns}
        self._give_typed(f"reference.{seed}", rows, types)

    def build_rounds(self) -> "RoundsWarehouse":
        """Everything up to the metrics, grades, gate inputs and objects."""
        self.build(*ROUNDS)
        return self

    def build_registry(self) -> "RoundsWarehouse":
        """The tables of the registry, above what build_rounds makes."""
        for seed, numbers in COUNTED:
            self.give_numbers("registry", seed, numbers)
        self.give_numbers("registry", "resource_requirements", ["low", "high"])
        self.give_numbers(
            "registry", "label_criteria", ["one_point_at", "two_points_at", "three_points_at"]
        )
        self.give_numbers(
            "registry", "label_levels", ["level", "points_share", "measured_share", "years_valid"]
        )
        self.give_numbers("registry", "selection_rules", ["one_point_at", "two_points_at"])
        for table, column in (
            ("selection_rules", "more_is_more"),
            ("state_cluster_counts_printed", "is_high_poverty"),
        ):
            self.connection.execute(
                f"alter table locus.reference.{table} alter {column} type boolean"
            )
        self.build(*REGISTRY)
        return self

    def rows(self, sql: str) -> list[tuple]:
        """Rows with nulls as None."""
        return self.connection.execute(sql).fetchall()

    def estimate(self, parameter: str, cluster_id: str) -> pd.Series:
        """The one estimate of a parameter from units, with all digits."""
        rows = self.query(
            f"from facts.int_round_estimates where cluster_id = '{cluster_id}' "
            f"and parameter_code = '{parameter}' and component = 'total'"
        )
        assert len(rows) == 1
        return rows.iloc[0]

    def metric(
        self, parameter: str, cluster_id: str = "c", period: str = "2026", component: str = "total"
    ) -> pd.Series:
        """The row of one parameter, or of a component of it, of a named cluster."""
        rows = self.query(
            f"from facts.facts_round_metrics where object_id = '{cluster_id}' "
            f"and period = '{period}' and parameter_code = '{parameter}' "
            f"and component = '{component}'"
        )
        assert len(rows) == 1
        return rows.iloc[0]
