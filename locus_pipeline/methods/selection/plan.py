"""What developing clusters takes over five years: lines, payers and years.

Source 001 (Foundation for MSME Clusters), section 4.3, gives the lines of one cluster as ranges,
and section 3.8 who bears development expenditure, as ratios by kind of cluster. How it narrows by
the size of a cluster, and how a line spreads over the years, are a proposal (seeds plan_sizes,
plan_lines). Amounts are in Rs lakh.
"""

from collections.abc import Hashable, Iterator
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
Row = dict[Hashable, Any]
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
        low, high = (float(parts[end][part]) for end in ("low", "high"))
        sizes = self.sizes.set_index("size")
        low_at, average_at, high_at = (float(sizes[f"{amount}_at"][size]) for amount in AMOUNTS)
        span = high - low
        return low + low_at * span, low + average_at * span, low + high_at * span

    def shares(self, rule: str) -> dict[str, float]:
        """Payer -> share under a rule of section 3.8 or 4.2.4."""
        rules = self.rules.set_index("rule")
        ratio = {payer: float(rules[payer][rule]) for payer in PAYERS[:3]}
        return {payer: part / sum(ratio.values()) for payer, part in ratio.items()}


def costs(clusters: pd.DataFrame, user_lines: pd.DataFrame, tariff: Tariff) -> pd.DataFrame:
    """Rows of COSTS for clusters (cluster_id, rule, size, infrastructure) and the user's own lines
    (cluster_id, cost, payer, low_lakh, high_lakh, first_year, last_year). Amounts of nothing are no
    row."""
    rows = [
        (cluster["cluster_id"], *row)
        for cluster in clusters.sort_values("cluster_id").to_dict("records")
        for row in [*_of_tariff(cluster, tariff), *_of_user(cluster, user_lines, tariff)]
    ]
    table = pd.DataFrame(rows, columns=list(COSTS)).astype(COSTS)
    return table[table.high > 0].reset_index(drop=True)


def _of_tariff(cluster: Row, tariff: Tariff) -> Iterator[tuple[Any, ...]]:
    for line in tariff.lines.to_dict("records"):
        if line["is_infrastructure"] and not cluster["infrastructure"]:
            continue
        amounts = tariff.range_of(line["part"], cluster["size"])
        if line["is_split"]:
            payers = {
                payer: tuple(share * amount for amount in amounts)
                for payer, share in tariff.shares(cluster["rule"]).items()
            }
        elif line["is_infrastructure"]:
            others = tariff.range_of(OTHER_SOURCES, cluster["size"])
            rest = tuple(all_of - other for all_of, other in zip(amounts, others, strict=True))
            payers = {"implementing_agency": rest, "other_sources": others}
        else:
            payers = {"implementing_agency": amounts}
        phases = [float(line[f"year_{year}"]) for year in YEARS]
        yield from _rows(line["line"], line["line_name"], False, payers, phases)


def _of_user(cluster: Row, user_lines: pd.DataFrame, tariff: Tariff) -> Iterator[tuple[Any, ...]]:
    of_cluster = user_lines[user_lines.cluster_id == cluster["cluster_id"]]
    for cost in of_cluster.sort_values("cost").to_dict("records"):
        low, high = float(cost["low_lakh"]), float(cost["high_lakh"])
        amounts = (low, (low + high) / 2, high)
        shares = (
            tariff.shares(cluster["rule"]) if cost["payer"] == "by_rule" else {cost["payer"]: 1.0}
        )
        payers = {
            payer: tuple(share * amount for amount in amounts) for payer, share in shares.items()
        }
        first = 1 if pd.isna(cost["first_year"]) else int(cost["first_year"])
        last = YEARS[-1] if pd.isna(cost["last_year"]) else int(cost["last_year"])
        years = range(first, last + 1)
        phases = [1 / len(years) if year in years else 0.0 for year in YEARS]
        yield from _rows("own", cost["cost"], True, payers, phases)


def _rows(
    line: str, name: str, is_own: bool, payers: dict[str, tuple[float, ...]], phases: list[float]
) -> Iterator[tuple[Any, ...]]:
    for payer, amounts in payers.items():
        for year, phase in zip(YEARS, phases, strict=True):
            yield (line, name, is_own, payer, year, *(phase * amount for amount in amounts))
