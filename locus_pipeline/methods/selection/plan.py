"""What developing clusters takes over five years: lines, payers and years.

Source 001 (Foundation for MSME Clusters), section 4.3, gives the lines of one cluster as ranges,
and section 3.8 who bears development expenditure, as ratios by kind of cluster. How it narrows by
the size of a cluster, and how a line spreads over the years, are a proposal (seeds plan_sizes,
plan_lines). Amounts are in Rs lakh.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

PAYERS = ("stakeholders", "implementing_agency", "support_institutions", "other_sources")
YEARS = (1, 2, 3, 4, 5)
AMOUNTS = ("low", "average", "high")
COSTS = {
    "cluster_id": "str", "line": "str", "line_name": "str", "is_own": "bool", "payer": "str",
    "year": "int64", "low": "float64", "average": "float64", "high": "float64",
}  # fmt: skip
OTHER_SOURCES = "infrastructure_other_sources"


@dataclass(frozen=True)
class Tariff:
    """Seeds plan_lines, plan_sizes, resource_requirements and contribution_rules."""

    lines: pd.DataFrame
    sizes: pd.DataFrame
    parts: pd.DataFrame
    rules: pd.DataFrame

    def range_of(self, part: str, size: str) -> tuple[float, float, float]:
        """Low, average and high of a part of section 4.3 in a cluster of that size."""
        parts = self.parts.set_index("part")
        low, high = float(parts.low[part]), float(parts.high[part])
        at = self.sizes.set_index("size").loc[size]
        places = (at.low_at, at.average_at, at.high_at)
        ends = [low + float(place) * (high - low) for place in places]
        return ends[0], ends[1], ends[2]

    def shares(self, rule: str) -> dict[str, float]:
        """Payer -> share under a rule of section 3.8 or 4.2.4."""
        row = self.rules.set_index("rule").loc[rule]
        ratio = {payer: float(row[payer]) for payer in PAYERS[:3]}
        return {payer: part / sum(ratio.values()) for payer, part in ratio.items()}


def costs(clusters: pd.DataFrame, own: pd.DataFrame, tariff: Tariff) -> pd.DataFrame:
    """Rows of COSTS for clusters (cluster_id, rule, size, infrastructure) and the user's own lines
    (cluster_id, cost, payer, low_lakh, high_lakh, first_year, last_year). Amounts of nothing are no
    row."""
    rows = [
        (cluster.cluster_id, *row)
        for cluster in clusters.sort_values("cluster_id").itertuples()
        for row in [*_of_tariff(cluster, tariff), *_of_own(cluster, own, tariff)]
    ]
    table = pd.DataFrame(rows, columns=list(COSTS)).astype(COSTS)
    return table[table.high > 0].reset_index(drop=True)


def _of_tariff(cluster: Any, tariff: Tariff) -> Iterator[tuple]:
    for line in tariff.lines.itertuples():
        if line.is_infrastructure and not cluster.infrastructure:
            continue
        amounts = tariff.range_of(line.part, cluster.size)
        if line.is_split:
            payers = {
                payer: tuple(share * amount for amount in amounts)
                for payer, share in tariff.shares(cluster.rule).items()
            }
        elif line.is_infrastructure:
            others = tariff.range_of(OTHER_SOURCES, cluster.size)
            rest = tuple(all_of - other for all_of, other in zip(amounts, others, strict=True))
            payers = {"implementing_agency": rest, "other_sources": others}
        else:
            payers = {"implementing_agency": amounts}
        phases = [float(getattr(line, f"year_{year}")) for year in YEARS]
        yield from _rows(line.line, line.line_name, False, payers, phases)


def _of_own(cluster: Any, own: pd.DataFrame, tariff: Tariff) -> Iterator[tuple]:
    for cost in own[own.cluster_id == cluster.cluster_id].sort_values("cost").itertuples():
        low, high = float(cost.low_lakh), float(cost.high_lakh)
        amounts = (low, (low + high) / 2, high)
        shares = tariff.shares(cluster.rule) if cost.payer == "by_rule" else {cost.payer: 1.0}
        payers = {
            payer: tuple(share * amount for amount in amounts) for payer, share in shares.items()
        }
        first = 1 if pd.isna(cost.first_year) else int(cost.first_year)
        last = YEARS[-1] if pd.isna(cost.last_year) else int(cost.last_year)
        years = range(first, last + 1)
        phases = [1 / len(years) if year in years else 0.0 for year in YEARS]
        yield from _rows("own", cost.cost, True, payers, phases)


def _rows(
    line: str, name: str, is_own: bool, payers: dict[str, tuple], phases: list[float]
) -> Iterator[tuple]:
    for payer, amounts in payers.items():
        for year, phase in zip(YEARS, phases, strict=True):
            yield (line, name, is_own, payer, year, *(phase * amount for amount in amounts))
