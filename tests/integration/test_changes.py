"""Changes of published totals: by hand, with breaks, and hidden where either year is."""

import math

import pandas as pd
import pytest
from pytest import approx

from tests.support.warehouse import Warehouse, disclosure_measures

# survey year -> state, cluster, factories in the sample, employees and relative error
CELLS = [
    ("2009-10", "24", "42", 1000.0, 0.05),
    ("2010-11", "24", "42", 1500.0, 0.04),
    ("2022-23", "24", "42", 1400.0, 0.10),
    ("2009-10", "28", "42", 1000.0, 0.05),
    ("2022-23", "28", "42", 3000.0, 0.05),
    ("2009-10", "24", "12", None, None),
    ("2010-11", "24", "12", 700.0, 0.05),
    ("2022-23", "24", "12", 700.0, None),
    ("2009-10", "24", "47", 300.0, 0.0),
    ("2022-23", "33", "47", 100.0, 0.0),
    ("2009-10", "24", "13", -50.0, -0.1),  # so that the lower limit is the lower one
    ("2010-11", "24", "13", 100.0, 0.1),
    ("2009-10", "24", "14", 100.0, 0.1),
    ("2010-11", "24", "14", 100.0, 0.6),
]
MEASURES = ("units", "total_employees", "total_employee_wages", "total_output",
            "gross_value_added")  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(compiled) -> Warehouse:
    warehouse = Warehouse(compiled)
    rows = []
    for year, state, cluster, employees, error in CELLS:
        row = {
            "survey_year": year, "state_code": state, "state_name": f"State {state}",
            "cluster_code": cluster, "cluster_name": f"Cluster {cluster}",
            "cluster_type": "traded",
            "disclosure": "none" if employees else "suppressed_secondary",
            "hidden_measures": "" if employees else "capital production",
            "null_reason": None if employees else "suppressed_secondary",
            "is_synthetic": False,
        }  # fmt: skip
        for measure in MEASURES:
            is_hidden = measure != "units" and employees is None
            row[f"{measure}_estimated"] = None if is_hidden else employees or 5.0
            row[f"{measure}_rse"] = None if is_hidden else error
            for name, side in (("lower", -1), ("upper", 1)):
                is_known = employees is not None and error is not None
                row[f"{measure}_{name}"] = (
                    employees * (1 + side * 1.96 * error) if is_known else None
                )
        rows.append(row)
    cells = pd.DataFrame(rows)
    numbers = [name for name in cells if name.endswith(("_estimated", "_rse", "_lower", "_upper"))]
    cells = cells.astype(dict.fromkeys(numbers, float))
    for table in ("cluster_state_year", "cluster_year", "state_year"):
        # one cell of each is enough for the other grains
        subset = cells if table == "cluster_state_year" else cells[:3]
        warehouse.give(f"marts.{table}", subset)
    years = sorted({year for year, *_ in CELLS})
    warehouse.give("raw.survey_years", pd.DataFrame({"survey_year": years}))
    warehouse.give_seed("indicators", "definition_breaks")
    warehouse.give("intermediate.int_measures", disclosure_measures())
    warehouse.build("cluster_changes")
    return warehouse


def change(warehouse, cluster, year, base, state="24", measure="total_employees"):
    [row] = warehouse.query(
        f"from marts.cluster_changes where grain = 'state_cluster' and state_code = '{state}' and "
        f"cluster_code = '{cluster}' and survey_year = '{year}' and base_year = '{base}' and "
        f"measure = '{measure}'"
    ).to_dict("records")
    return row


def test_a_change_by_hand(warehouse):
    row = change(warehouse, "42", "2010-11", "2009-10")
    # errors of 50 and 60: their root of squares is 78.10, 1.96 of them 153.08
    assert (row["difference"], row["percent_change"]) == (500, 50)
    assert row["difference_se"] == 78.1
    assert (row["difference_lower"], row["difference_upper"]) == (346.92, 653.08)
    assert (row["verdict"], row["definition_breaks"]) == ("up", "frame")
    assert (row["unit"], row["disclosure"]) == ("persons", "none")
    assert pd.isna(row["null_reason"])


def test_limits_of_the_percentage_by_hand(warehouse):
    row = change(warehouse, "42", "2010-11", "2009-10")
    # 1000 in 902 to 1098, 1500 in 1382.4 to 1617.6
    down = math.hypot(math.log(1500 / 1382.4), math.log(1098 / 1000))
    up = math.hypot(math.log(1617.6 / 1500), math.log(1000 / 902))
    assert (down, up) == approx((0.124122, 0.127808), abs=2e-6)
    limits = [row["percent_lower"], row["percent_upper"]]
    assert limits == approx([32.49, 70.45], abs=0.01)
    assert limits == approx([100 * (1.5 * math.exp(x) - 1) for x in (-down, up)], abs=1e-4)
    assert pd.isna(row["percent_null_reason"])


@pytest.mark.parametrize(
    ("cluster", "year", "reason"),
    [
        ("13", "2010-11", "negative_base"),
        ("14", "2010-11", "not_estimable"),
        ("12", "2010-11", "suppressed_secondary"),
        ("47", "2010-11", "no_units"),
    ],
    ids=["a loss before", "a lower limit below zero", "hidden", "no factory"],
)
def test_a_percentage_without_limits_says_why(warehouse, cluster, year, reason):
    row = change(warehouse, cluster, year, "2009-10", measure="gross_value_added")
    assert pd.isna(row["percent_lower"]) and pd.isna(row["percent_upper"])
    assert row["percent_null_reason"] == reason
    # where only the percentage has none, the difference has its own
    has_difference = cluster in ("13", "14")
    assert pd.notna(row["difference_lower"]) == has_difference
    assert pd.isna(row["null_reason"]) == has_difference


def test_a_percentage_has_limits_around_it_or_a_reason(warehouse):
    rows = warehouse.query("from marts.cluster_changes")
    has_limits = rows.percent_lower.notna()
    assert has_limits.any()
    assert (has_limits == rows.percent_upper.notna()).all()
    assert (has_limits == rows.percent_null_reason.isna()).all()
    within = rows.percent_change.between(rows.percent_lower - 1e-4, rows.percent_upper + 1e-4)
    assert within[has_limits].all()


def test_from_the_year_before_and_from_the_first(warehouse):
    spans = warehouse.query(
        "select distinct base_year, survey_year, span from marts.cluster_changes order by all"
    )
    assert list(spans.itertuples(index=False, name=None)) == [
        ("2009-10", "2010-11", "year_before"),
        ("2009-10", "2022-23", "first_to_last"),
        ("2010-11", "2022-23", "year_before"),
    ]
    row = change(warehouse, "42", "2022-23", "2009-10")
    # 400 +- 1.96 sqrt(50^2 + 140^2) = 291.4
    assert (row["verdict"], row["definition_breaks"]) == ("up", "design frame")
    assert change(warehouse, "42", "2022-23", "2010-11")["verdict"] == "no_clear_change"


def test_a_state_that_was_split_is_not_comparable(warehouse):
    row = change(warehouse, "42", "2022-23", "2009-10", state="28")
    assert (row["verdict"], row["null_reason"]) == ("not_comparable", "definition_break")
    assert pd.isna(row["difference"]) and pd.isna(row["difference_se"])
    assert row["definition_breaks"] == "design frame state"


def test_a_change_is_hidden_where_either_year_is(warehouse):
    for year in ("2010-11", "2022-23"):
        row = change(warehouse, "12", year, "2009-10")
        assert (row["verdict"], row["disclosure"]) == ("hidden", "suppressed_secondary")
        figures = ["base_estimated", "difference", "percent_change", "difference_se",
                   "difference_lower", "difference_upper", "percent_lower",
                   "percent_upper"]  # fmt: skip
        assert all(pd.isna(row[name]) for name in figures)
        # the figure of the other year is published where it stands
        assert row["estimated"] == 700
    assert change(warehouse, "12", "2010-11", "2009-10", measure="units")["difference"] == 695


def test_without_an_error_or_a_factory_nothing_is_told(warehouse):
    unsure = change(warehouse, "12", "2022-23", "2010-11")
    assert (unsure["verdict"], unsure["null_reason"]) == ("not_estimable", "not_estimable")
    assert unsure["difference"] == 0
    gone = change(warehouse, "47", "2010-11", "2009-10")
    assert (gone["verdict"], gone["null_reason"]) == ("not_estimable", "no_units")
    come = change(warehouse, "47", "2022-23", "2010-11", state="33")
    assert come["null_reason"] == "no_units_in_base_year"


def test_every_row_has_a_verdict_and_each_grain_its_rows(warehouse):
    rows = warehouse.query("from marts.cluster_changes")
    assert rows.verdict.notna().all()
    assert set(rows.grain) == {"state_cluster", "cluster", "state"}
    assert (rows.cluster_code[rows.grain == "state"] == "").all()
    assert (rows.state_code[rows.grain == "cluster"] == "").all()
    key = ["survey_year", "base_year", "span", "grain", "state_code", "cluster_code", "measure"]
    assert not rows.duplicated(key).any()
