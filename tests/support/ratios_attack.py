"""What FACTS ratios from the survey tell of amounts that no table prints.

Each ratio with one printed side gives the other, and so on. Own code, apart from the method's.
"""

from collections.abc import Iterable, Iterator

import pandas as pd

from tests.support.attack import DISTRICT, Published

# The rules of disclosure control, written out.
DOMINANCE, PROTECTION = 0.85, 0.1


def estimates(tables: Published) -> dict[str, dict[str, float]]:
    """By object, every total that is printed or follows."""
    known = tables.printed_totals()
    for row in tables.tables["cluster_district_year"].to_dict("records"):
        own = known.setdefault("-".join(row[key] for key in DISTRICT), {})
        own |= {name.removesuffix("_estimated"): row[name] for name in row if "_estimated" in name}
    metrics = tables.tables["facts_metrics"].merge(
        tables.tables["facts_recipes"], on="parameter_code"
    )
    metrics = metrics[metrics.value.notna() & metrics.statistic.isin(["total", "ratio"])]
    return {
        name: _followed(known.get(name, {}), list(own.itertuples()))
        for name, own in metrics.groupby("object_id")
    }


def _followed(printed: dict[str, float], rows: list) -> dict[str, float]:
    found = {name: value for name, value in printed.items() if not pd.isna(value)}
    count = -1
    while count != len(found):
        count = len(found)
        for row in rows:
            ratio = row.value / row.factor
            if row.statistic == "total":
                found.setdefault(row.numerator, ratio)
            elif row.denominator in found:
                found.setdefault(row.numerator, ratio * found[row.denominator])
            elif row.numerator in found and ratio:
                found.setdefault(row.denominator, found[row.numerator] / ratio)
            elif row.numerator == "current_assets" and "working_capital" in found and ratio != 1:
                found["current_liabilities"] = found["working_capital"] / (ratio - 1)
        # what is sold is not more than all revenue, and mostly nearly all of it
        if "revenue" in found:
            found.setdefault("gross_sales", found["revenue"])
    return found


def told(tables: Published, factories: pd.DataFrame, amounts: Iterable[str]) -> Iterator[tuple]:
    """Objects, or what the shown districts of a cell leave of it, and amounts of them that follow
    to the protection and tell of a factory. `factories`: DISTRICT, multiplier and the amounts."""
    found = estimates(tables)
    name = factories[DISTRICT].fillna("").agg("-".join, axis=1)
    cell = factories.state_code + "-" + factories.cluster_code
    for amount in amounts:
        parts = factories[amount].fillna(0.0) * factories.multiplier
        known = {object_id: own[amount] for object_id, own in found.items() if amount in own}
        for object_id, value in known.items():
            if _is_told(value, parts[(name == object_id) | (cell == object_id)]):
                yield object_id, amount
        for object_id in known.keys() & set(cell):
            districts = {one for one in known if one in set(name[cell == object_id])}
            rest = known[object_id] - sum(known[one] for one in districts)
            if districts and _is_told(rest, parts[(cell == object_id) & ~name.isin(districts)]):
                yield f"{object_id} less {len(districts)} districts", amount


def _is_told(estimate: float, parts: pd.Series) -> bool:
    sizes = sorted(parts.abs(), reverse=True)
    total = sum(sizes)
    if not total or abs(estimate - parts.sum()) > PROTECTION * total:
        return False
    return sizes[0] >= DOMINANCE * total or sum(sizes[2:]) < PROTECTION * sizes[0]
