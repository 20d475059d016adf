"""What printed ratios (FACTS, cluster_indicators) tell of amounts that no table prints.

Each ratio with one printed side gives the other, and so on. Own code, apart from the method's.
"""

from collections.abc import Iterable, Iterator

import pandas as pd

from tests.support.attack import CELL, DISTRICT, Published
from tests.support.dictionary import macro

# The rules of disclosure control, written out.
DOMINANCE, PROTECTION = 0.85, 0.1
# What is not known otherwise is mostly near another amount: what is sold nearly all revenue, basic
# materials most of the materials, mean loans those at the end of the year.
NEAR = {
    "gross_sales": "revenue",
    "basic_materials": "materials_consumed",
    "loans_of_borrowers": "outstanding_loans",
    "interest_of_borrowers": "interest_paid",
    "interest_paid": "interest_of_borrowers",
}
# Parts that add up to a whole.
SUMS = {
    "production_worker_wages": ("wages_direct_workers", "wages_contract_workers"),
    "transport_expenses": ("transport_inward", "transport_outward"),
    "social_charges": ("provident_and_other_funds", "welfare_expenses"),
}
REGION = "harmonised "


def estimates(tables: Published) -> dict[str, dict[str, float]]:
    """By object, every total that is printed or follows."""
    known = tables.printed_totals()
    for row in tables.tables["cluster_district_year"].to_dict("records"):
        totals = known.setdefault("-".join(row[key] for key in DISTRICT), {})
        totals |= {
            name.removesuffix("_estimated"): row[name] for name in row if "_estimated" in name
        }
    metrics = tables.tables["facts_metrics"].merge(
        tables.tables["facts_recipes"], on=["parameter_code", "component"]
    )
    metrics = metrics[metrics.value.notna() & metrics.statistic.isin(["total", "ratio"])]
    states = tables.tables["states_harmonised"].set_index("state_code").harmonised_state_code
    for (state, cluster), cell in tables.tables["cluster_state_year"].groupby(CELL):
        whole = known.setdefault(f"{REGION}{states.get(state, state)}-{cluster}", {})
        for name in cell.filter(like="_estimated"):
            amount = name.removesuffix("_estimated")
            whole[amount] = whole.get(amount, 0.0) + cell[name].iloc[0]
    rows = pd.concat([metrics, *_indicators(tables)])
    return {
        name: _followed(known.get(name, {}), list(rows_of.itertuples()))
        for name, rows_of in rows.groupby("object_id")
    }


def _indicators(tables: Published) -> Iterator[pd.DataFrame]:
    """The printed ratios of cells and of harmonised states, as if they were FACTS ratios."""
    for table, prefix in [("cluster_indicators", ""), ("cluster_indicators_harmonised", REGION)]:
        printed = tables.tables[table]
        for ratio, (numerator, denominator, _) in macro("ratios").items():
            rows = printed[printed[ratio].notna()]
            yield pd.DataFrame(
                {
                    "object_id": prefix + rows.state_code + "-" + rows.cluster_code,
                    "statistic": "ratio",
                    "numerator": numerator,
                    "denominator": denominator,
                    "factor": 1.0,
                    "value": rows[ratio],
                }
            )


def _followed(printed: dict[str, float], rows: list) -> dict[str, float]:
    amounts = {name: value for name, value in printed.items() if not pd.isna(value)}
    _follow(amounts, rows)
    guesses = set()
    for amount, near in NEAR.items():
        if near in amounts and amount not in amounts:
            amounts[amount] = amounts[near]
            if near in printed:
                guesses.add(amount)
            _follow(amounts, rows)
    # what is near a printed amount is told by that one
    return {amount: value for amount, value in amounts.items() if amount not in guesses}


def _follow(amounts: dict[str, float], rows: list) -> None:
    """Adds what follows from ratios with one known side."""
    count = -1
    while count != len(amounts):
        count = len(amounts)
        for whole, (one, other) in SUMS.items():
            if one in amounts and other in amounts:
                amounts.setdefault(whole, amounts[one] + amounts[other])
            for part, rest in ((one, other), (other, one)):
                if whole in amounts and rest in amounts:
                    amounts.setdefault(part, amounts[whole] - amounts[rest])
        for row in rows:
            ratio = row.value / row.factor
            if row.statistic == "total":
                amounts.setdefault(row.numerator, ratio)
            elif row.denominator in amounts:
                amounts.setdefault(row.numerator, ratio * amounts[row.denominator])
            elif row.numerator in amounts and ratio:
                amounts.setdefault(row.denominator, amounts[row.numerator] / ratio)
            elif row.numerator == "current_assets" and "working_capital" in amounts and ratio != 1:
                amounts["current_liabilities"] = amounts["working_capital"] / (ratio - 1)


def told(tables: Published, factories: pd.DataFrame, amounts: Iterable[str]) -> Iterator[tuple]:
    """Objects, or what known districts leave of a cell and known states of a harmonised one, with
    amounts of them that follow to the protection and tell of a factory. `factories`: DISTRICT,
    multiplier and the amounts."""
    totals_of = estimates(tables)
    district = factories[DISTRICT].fillna("").agg("-".join, axis=1)
    cell = factories.state_code + "-" + factories.cluster_code
    states = tables.tables["states_harmonised"].set_index("state_code").harmonised_state_code
    state = factories.state_code.map(states).fillna(factories.state_code)
    region = REGION + state + "-" + factories.cluster_code
    for amount in amounts:
        parts = factories[amount].fillna(0.0) * factories.multiplier
        known = {
            object_id: totals[amount] for object_id, totals in totals_of.items() if amount in totals
        }
        for object_id, value in known.items():
            is_its = (district == object_id) | (cell == object_id) | (region == object_id)
            if _is_told(value, parts[is_its]):
                yield object_id, amount
        for whole, place in [(cell, district), (region, cell)]:
            for object_id in known.keys() & set(whole):
                places = known.keys() & set(place[whole == object_id])
                rest = known[object_id] - sum(known[one] for one in places)
                if places and _is_told(rest, parts[(whole == object_id) & ~place.isin(places)]):
                    yield f"{object_id} less {len(places)}", amount


def _is_told(estimate: float, parts: pd.Series) -> bool:
    sizes = sorted(parts.abs(), reverse=True)
    total = sum(sizes)
    if not total or abs(estimate - parts.sum()) > PROTECTION * total:
        return False
    return sizes[0] >= DOMINANCE * total or sum(sizes[2:]) < PROTECTION * sizes[0]
