"""What developing clusters takes, as `locus plan` tells it: of the published edition, or of a list.

The figures of an edition are those of its table cluster_plan; a list given by hand is computed by
the same function, without an edition.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
from rich.table import Table

from locus_pipeline.errors import LocusError
from locus_pipeline.methods.selection.plan import AMOUNTS, COSTS, Tariff, costs
from locus_pipeline.publish.edition import published_tables
from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.load import read_table
from locus_pipeline.user_tables.selection import PLAN, PLAN_COSTS
from locus_pipeline.user_tables.sheet import UserTableError

CLUSTER = [
    "cluster_id", "cluster_name", "state_code", "state_name", "rule", "size", "infrastructure",
    "basis", "is_synthetic",
]  # fmt: skip
NUMBERS = {
    "plan_lines": [f"year_{year}" for year in range(1, 6)],
    "plan_sizes": ["units_from", "low_at", "average_at", "high_at"],
    "resource_requirements": ["low", "high"],
    "contribution_rules": ["stakeholders", "implementing_agency", "support_institutions"],
}
BASES = {
    "list": "the clusters of a list",
    "selected": "the clusters that are selected",
    "every_named_cluster": "every named cluster, since synthetic data selects nobody",
}


class PlanError(LocusError):
    """There is nothing to plan for."""


@dataclass(frozen=True)
class Plan:
    """`clusters` (CLUSTER) with their `costs` (methods.selection.plan.COSTS), and the tariff."""

    clusters: pd.DataFrame
    costs: pd.DataFrame
    tariff: Tariff

    @property
    def is_synthetic(self) -> bool:
        """Whether a cluster of it was invented."""
        return bool(self.clusters.is_synthetic.any())


def tariff_of_seeds() -> Tariff:
    """The reference tables that the plan rests on."""
    tables = {}
    for name, numbers in NUMBERS.items():
        rows = pd.DataFrame(reference_rows(name)).astype(dict.fromkeys(numbers, float))
        for flag in rows.columns[rows.columns.str.startswith("is_")]:
            rows[flag] = rows[flag] == "true"
        tables[name] = rows
    return Tariff(*tables.values())


def read_plan(settings: Settings, listed: Path | None, user_costs: Path | None) -> Plan:
    """Of the list in `listed` with the cost lines in `user_costs`, else of the published edition.

    Raises UserTableError where a file can't be used, PlanError where nothing is planned."""
    tariff = tariff_of_seeds()
    if listed is None:
        if user_costs is not None:
            raise PlanError(
                f"{user_costs}: costs without a list; give --list too, or put the file at "
                f"{PLAN_COSTS.path(settings)} and use `locus run`"
            )
        return Plan(*_of_edition(settings), tariff)
    clusters = _listed(listed)
    lines = _user_lines(user_costs, listed, clusters)
    return Plan(clusters, costs(clusters, lines, tariff), tariff)


def _listed(path: Path) -> pd.DataFrame:
    names = {row["state_code"]: row["state_name"] for row in reference_rows("states")}
    rows = pd.DataFrame([row.model_dump() for _, row in read_table(PLAN, path)])
    rows = rows.assign(state_name=rows.state_code.map(names), basis="list", is_synthetic=False)
    return rows[CLUSTER].sort_values("cluster_id").reset_index(drop=True)


def _user_lines(path: Path | None, listed: Path, clusters: pd.DataFrame) -> pd.DataFrame:
    if path is None:
        return pd.DataFrame(columns=PLAN_COSTS.columns)
    numbered = read_table(PLAN_COSTS, path)
    known = set(clusters.cluster_id)
    faults = [
        f"{path}, line {line}, column cluster_id: no cluster of the plan; add it to {listed}"
        for line, row in numbered
        if row.cluster_id not in known
    ]
    if faults:
        raise UserTableError(faults)
    return pd.DataFrame([row.model_dump() for _, row in numbered], columns=PLAN_COSTS.columns)


def _of_edition(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clusters and costs of the published edition."""
    try:
        with published_tables(settings) as published:
            rows = published.execute("from cluster_plan").df()
    except (FileNotFoundError, duckdb.CatalogException) as error:
        raise PlanError(
            f"{settings.home}: no edition with a plan is published; use `locus run`, or give a "
            "list with --list"
        ) from error
    if rows.empty:
        raise PlanError(
            f"{settings.home}: no cluster is selected, and no list is there; put one at "
            f"{PLAN.path(settings)} and use `locus run`, or give it with --list"
        )
    clusters = rows[CLUSTER].drop_duplicates().sort_values("cluster_id").reset_index(drop=True)
    amounts = rows.rename(columns={f"{amount}_lakh": amount for amount in AMOUNTS})
    return clusters, amounts[list(COSTS)].sort_values(list(COSTS)[:6]).reset_index(drop=True)


def printed_of(plan: Plan) -> pd.DataFrame:
    """What source 001, section 4.3, prints for so many clusters beside what its parts make (Rs
    lakh): low and high, by row (from_parts, as_printed)."""
    parts = plan.tariff.parts.set_index("part")
    with_it = int(plan.clusters.infrastructure.sum())
    without = len(plan.clusters) - with_it
    rows = {}
    for end in ("low", "high"):
        share, budget = parts[end]["stakeholder_share"], parts[end]["capacity_budget"]
        added = ("development_executive", "implementing_agency", "training_monitoring")
        capacity = budget * (1 - share) + sum(parts[end][part] for part in added)
        place = parts[end]["infrastructure"] - parts[end]["infrastructure_other_sources"]
        rows[end] = {
            "from_parts": with_it * (capacity + place) + without * capacity,
            "as_printed": with_it * parts[end]["printed_total"]
            + without * parts[end]["printed_capacity_total"],
        }
    return pd.DataFrame(rows)


def render(plan: Plan) -> Table:
    """The programme by state and payer."""
    table = Table(title="Development over five years, Rs lakh")
    table.add_column("what")
    table.add_column("clusters", justify="right")
    for amount in AMOUNTS:
        table.add_column(amount, justify="right")
    joined = plan.costs.merge(plan.clusters, on="cluster_id")
    sums = joined.groupby("state_name")[list(AMOUNTS)].sum()
    counts = plan.clusters.groupby("state_name").size()
    for state, row in sums.iterrows():
        table.add_row(str(state), str(counts.to_dict()[state]), *_amounts(row))
    table.add_section()
    for payer, row in plan.costs.groupby("payer")[list(AMOUNTS)].sum().iterrows():
        table.add_row(f"paid by {str(payer).replace('_', ' ')}", "", *_amounts(row))
    table.add_section()
    table.add_row("programme", str(len(plan.clusters)), *_amounts(plan.costs[list(AMOUNTS)].sum()))
    return table


def _amounts(row: pd.Series) -> list[str]:
    return [f"{row[amount]:,.1f}" for amount in AMOUNTS]


def remarks(plan: Plan) -> list[str]:
    """What the plan rests on, and where the source contradicts itself."""
    figures = printed_of(plan)
    (low, high), (printed_low, printed_high) = (
        (float(figures.low[row]), float(figures.high[row])) for row in figures.index
    )
    bases = " and ".join(BASES[basis] for basis in sorted(plan.clusters.basis.unique()))
    differs = ", whose lower end does not follow from the parts" if printed_low < low else ""
    said = [
        f"Planned for {bases}. Ranges are those of source 001, section 4.3, payers by its section "
        "3.8; sizes and years are a proposal of Locus.",
        f"The source's own parts allot {low:,.0f} to {high:,.0f} lakh to these clusters; "
        f"its printed figures make {printed_low:,.0f} to {printed_high:,.0f}{differs}.",
    ]
    if plan.is_synthetic:
        said.append("Synthetic: invented clusters, not a plan for anybody.")
    return said
