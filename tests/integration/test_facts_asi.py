"""FACTS parameters from the survey: every recipe by hand, from rows of the blocks to the metric."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from locus_pipeline.reference import SEEDS_DIR
from tests.support.dictionary import indicator_rules, macro, seed
from tests.support.warehouse import (
    Warehouse,
    build_totals,
    give_places_and_designs,
    uncommented,
)

YEAR, BASE = "2022-23", "2009-10"
CELL = "09-1"
RECIPES = {
    row["parameter_code"]: row
    for row in seed("facts_asi_recipes", "facts")
    if row["component"] == "total"
}

# Three factories of the cell. `one` stands for itself; `two` and `three` are drawn from four: the
# weights of the cell are 1, 2, 2.
WEIGHTS = (1, 2, 2)
FACTORIES = {
    "one": {
        "a": {"nic_return": "10101", "multiplier": 1, "scheme": "1", "working_days": 300,
              "export_share": 20, "provident_fund": 40, "welfare": 10},
        "b": {"organisation_type": "4", "first_production_year": 2000, "iso_certification": "1",
              "research_unit": "2", "formal_training": "1"},
        "c": {"plant_machinery": {"gross_closing": 1e8, "depreciation_closing": 4e7},
              "computer_equipment": {"gross_closing": 50},
              "total": {"net_closing": 9e5, "addition": 300}},
        "d": {"raw_materials": {"opening": 100, "closing": 140},
              "total_inventory": {"closing": 500}, "total_assets": {"closing": 900},
              "working_capital": {"closing": 300},
              "total_liabilities": {"closing": 600},
              "outstanding_loans": {"opening": 800, "closing": 1200}},
        "e": {"male_direct": {"persons": 60, "wages": 600},
              "female_direct": {"persons": 20, "wages": 200},
              "contract": {"persons": 20, "wages": 100},
              "supervisory": {"persons": 10, "wages": 300},
              "other_employees": {"persons": 5, "wages": 50}},
        "f": {"work_done_by_others": 50, "rent_building": 30, "rent_land": 20,
              "interest_paid": 120, "research_development": 40, "inward_transport": 25,
              "outward_transport": 35},
        "g": {"manufacturing_services": 100, "non_manufacturing_services": 20,
              "production_subsidies": 15},
        "h": {"total_basic": {"purchase_value": 1000}, "packing": {"purchase_value": 60},
              "electricity_purchased": {"purchase_value": 80, "quantity": 10},
              "electricity_own": {"quantity": 5}, "coal": {"purchase_value": 40}},
        "i": {"total": {"purchase_value": 500}},
        "j": {"total": {"gross_sale_value": 4000, "ex_factory_value": 3800, "subsidy": 5}},
        "products": [("P", 3000, 10), ("Q", 500, 7), ("R", 300, 9), ("S", 150, 3)],
        "purchases": [("M", 800, 200), ("N", 200, 10)],
    },
    "two": {
        "a": {"nic_return": "10102", "multiplier": 2, "working_days": 200, "export_share": 0,
              "provident_fund": 4, "welfare": 1},
        "b": {"organisation_type": "1", "first_production_year": 2010, "iso_certification": "2",
              "research_unit": "3", "formal_training": "2"},
        "c": {"plant_machinery": {"gross_closing": 1000, "depreciation_closing": 500},
              "total": {"net_closing": 800, "addition": 20}},
        "d": {"raw_materials": {"opening": 10, "closing": 10}, "total_inventory": {"closing": 50},
              "total_assets": {"closing": 80}, "total_liabilities": {"closing": 100},
              "working_capital": {"closing": -20}},
        "e": {"male_direct": {"persons": 5, "wages": 40},
              "female_direct": {"persons": 3, "wages": 20},
              "unpaid_family": {"persons": 2, "wages": 0}},
        "f": {"work_done_by_others": 10, "interest_paid": 9},
        "g": {},
        "h": {"total_basic": {"purchase_value": 300},
              "electricity_purchased": {"purchase_value": 30, "quantity": 4}},
        "i": {},
        "j": {"total": {"gross_sale_value": 600, "ex_factory_value": 600}},
        "products": [("P", 600, 20)],
        "purchases": [("M", 300, 60)],
    },
    "three": {
        "a": {"nic_return": "10102", "multiplier": 2, "working_days": 250, "export_share": 50,
              "provident_fund": 0, "welfare": 0},
        "b": {"organisation_type": "05", "first_production_year": 2021, "research_unit": "1"},
        "c": {"plant_machinery": {"gross_closing": 3000, "depreciation_closing": 300},
              "computer_equipment": {"gross_closing": 10},
              "total": {"net_closing": 2000, "addition": 500}},
        "d": {"raw_materials": {"opening": 0, "closing": 30}, "total_inventory": {"closing": 70},
              "total_assets": {"closing": 200}, "total_liabilities": {"closing": 50},
              "working_capital": {"closing": 150},
              "outstanding_loans": {"opening": 0, "closing": 100}},
        "e": {"male_direct": {"persons": 8, "wages": 80}, "contract": {"persons": 2, "wages": 10},
              "other_employees": {"persons": 2, "wages": 30}},
        "f": {"interest_paid": 60},
        "g": {"manufacturing_services": 200, "production_subsidies": 6},
        "h": {"total_basic": {"purchase_value": 100},
              "electricity_purchased": {"purchase_value": 20, "quantity": 2},
              "electricity_own": {"quantity": 2}},
        "i": {"total": {"purchase_value": 20}},
        "j": {"total": {"gross_sale_value": 200, "ex_factory_value": 220}},
        "products": [("P", 200, 40)],
        "purchases": [("M", 100, 10)],
    },
    # another cluster of the state, and the same cluster of another state
    "four": {
        "a": {"nic_return": "20201", "multiplier": 1, "scheme": "1"},
        "b": {}, "c": {}, "d": {}, "f": {}, "g": {}, "i": {},
        "e": {"male_direct": {"persons": 40}},
        "h": {"total_basic": {"purchase_value": 200}},
        "j": {"total": {"gross_sale_value": 1000, "ex_factory_value": 1000}},
        "products": [("P", 1000, 20)],
        "purchases": [("M", 200, 40)],
    },
    "five": {
        "a": {"nic_return": "10101", "multiplier": 1, "scheme": "1", "state_code": "33"},
        "b": {}, "d": {}, "f": {}, "g": {}, "i": {},
        "c": {"total": {"net_closing": 5000}},
        "e": {"male_direct": {"persons": 45}},
        "h": {"total_basic": {"purchase_value": 100}},
        "j": {"total": {"gross_sale_value": 500, "ex_factory_value": 500}},
        "products": [("P", 500, 20)],
        "purchases": [("M", 100, 20)],
    },
}  # fmt: skip

# By hand, for `one`, `two`, `three`:
# output 3800 + 100 + 20, 600, 220 + 200; input 1000 + 60 + 80 + 40 + 500 + 50, 300 + 30 + 10,
# 100 + 20 + 20
OUTPUT = (3920, 600, 420)
VALUE_ADDED = (2190, 260, 280)
PERSONS = (115, 10, 12)
WAGES = (1250, 60, 120)
SALES = (4000, 600, 200)
FIXED = (9e5, 800, 2000)
ONES = (1, 1, 1)
# Prices of P are 10, 20, 40, 20, 20 for weights 1, 2, 2, 1, 1: the median is 20; no other product
# has five makers. Prices of M are 4, 5, 10, 5, 5: the median is 5.
LOG = np.log
RATIOS = {
    "CP04": ((0, 1, 1), ONES),
    "CP10": (WAGES, PERSONS),
    "CP17": ((20, 3, 0), (80, 8, 8)),
    "CP19": (PERSONS, FIXED),
    # one's machinery of Rs 10 crore is just within the limit
    "CP22": (PERSONS, PERSONS),
    "CV04": (VALUE_ADDED, PERSONS),
    "CV06": ((800, 0, 100), SALES),
    "CV09": ((0, 0, 1), ONES),
    # value added - wages - rents - interest, over fixed capital and inventory
    "CV10": ((2190 - 1250 - 50 - 120, 260 - 60 - 9, 280 - 120 - 60), (900500, 850, 2070)),
    "HB03": ((80, 30, 20), (10, 4, 2)),
    "HB04": ((5, 0, 2), (15, 4, 4)),
    "HB08": ((60, 0, 0), SALES),
    "HR02": ((500, 0, 20), (1500, 300, 120)),
    # mean stock a day's use: factor 365 / 2 on the sum of both ends
    "HR05": ((240, 20, 30), (1560, 300, 120)),
    "HF02": ((1, 0, 1), ONES),
    # three pays 60 on a mean of 50: held to 60 %
    "HF03": ((120, 0, 30), (1000, 0, 50)),
    "HF06": ((900, 80, 200), (600, 100, 50)),
    "ST01": ((40, 0, 0), SALES),
    "ST02": ((1, 0, 1), ONES),
    "ST03": ((4e7, 500, 300), (1e8, 1000, 3000)),
    "ST04": ((300, 20, 500), VALUE_ADDED),
    "ST06": ((1, 0, 1), ONES),
    "ST07": ((120, 30, 20), OUTPUT),
    "SH01": ((15, 0, 2), PERSONS),
    # three answers neither of the two questions
    "SH04": ((1, 0, 0), (1, 1, 0)),
    "SQ02": ((1, 0, 0), (1, 1, 0)),
    "SH06": ((20, 0, 2), (100, 8, 10)),
    "SH07": ((50, 5, 0), WAGES),
    "CU02": ((1, 0, 1), ONES),
    "CU04": ((3800, 600, 200), SALES),
    "CU05": (VALUE_ADDED, ONES),
    "CU06": (FIXED, ONES),
    "CU07": (PERSONS, ONES),
    "CU08": (WAGES, ONES),
    "CU09": ((300, 200, 250), ONES),
    "CU11": ((50, 10, 0), OUTPUT),
    "RP10": ((20, 0, 6), OUTPUT),
}
GEOMETRIC = {
    "CV11": ((3000 * LOG(10 / 20), 0, 200 * LOG(40 / 20)), (3000, 600, 200)),
    "HR03": ((800 * LOG(4 / 5), 0, 100 * LOG(10 / 5)), (800, 300, 100)),
}
TOTALS = {
    "CP06": ONES,
    "CP08": VALUE_ADDED,
    "CP09": PERSONS,
    "CP11": (4120, 600, 400),
    "CP12": (800, 0, 100),
}
FACTORS = {
    "CP08": 1e-5, "CP11": 1e-5, "CP12": 1e-5, "CP19": 1e5, "HR05": 365 / 2,
    **dict.fromkeys(["CV10", "HB08", "HF03", "ST01", "ST07", "SH07", "RP10"], 100),
}  # fmt: skip


def error(z) -> float:
    """Of the total of z: `one` is certain; of the other stratum two of four are drawn."""
    (a, b), share_drawn = np.array(z)[1:] * 2, 2 / 4
    return float(np.sqrt((1 - share_drawn) * 2 / (2 - 1) * (a**2 + b**2 - (a + b) ** 2 / 2)))


def ratio(y, x) -> tuple[float, float]:
    y, x = np.array(y, dtype=float), np.array(x, dtype=float)
    total = np.dot(WEIGHTS, x)
    value = np.dot(WEIGHTS, y) / total
    return value, error((y - value * x) / total)


def block_rows(name: str, year: str, factory: dict) -> dict[str, list[dict]]:
    """Rows of the staging models that the factory's blocks make."""
    key = {"survey_year": year, "factory_id": name}
    rows = {
        "a": [{**key, "line_number": 1, "is_open": True, "units": 1, **factory["a"]}],
        "b": [{**key, **factory["b"]}],
        "f": [{**key, **factory["f"]}],
        "g": [{**key, **factory["g"]}],
    }
    for letter in "cdehij":
        rows[letter] = [{**key, "role": role, **row} for role, row in factory[letter].items()]
    rows["j"] += [
        {**key, "role": "named", "item_code": item, "unit_code": "9", "gross_sale_value": value,
         "net_sale_rate": rate}
        for item, value, rate in factory["products"]
    ]  # fmt: skip
    rows["h"] += [
        {**key, "role": "named", "item_code": item, "unit_code": "9", "purchase_value": value,
         "quantity": quantity}
        for item, value, quantity in factory["purchases"]
    ]  # fmt: skip
    return rows


# What the staging models say of a row that the tests leave out; numbers are zero.
TEXTS = {
    "a": {
        "nic_version": "NIC-2008", "nic_frame": "9999", "state_code": "09", "district_code": "99",
        "sector": "1", "scheme": "2", "factory_key": "",
    },
    "b": dict.fromkeys(macro("factory_codes")),
    "h": {"item_code": None, "unit_code": None},
    "j": {"item_code": None, "unit_code": None},
}  # fmt: skip
NUMBERS = {
    "a": ["export_share", "working_days"],
    "b": ["first_production_year"],
    "j": ["net_sale_rate"],
}
FLAGS = ["in_published_factories", "in_published_totals", "is_synthetic"]


def give_blocks(warehouse: Warehouse, rows: dict[str, list[dict]]) -> None:
    """Staging tables with every field that a rule may name."""
    blocks = macro("measure_blocks")
    for letter in "abcdefghij":
        frame = pd.DataFrame(rows[letter])
        numbers = [*blocks.get(letter, {"fields": []})["fields"], *NUMBERS.get(letter, [])]
        texts = TEXTS.get(letter, {})
        frame = frame.reindex(columns=[*dict.fromkeys([*frame.columns, *numbers, *texts])])
        frame[numbers] = frame[numbers].astype(float).fillna(0.0)
        for name, default in texts.items():
            frame[name] = frame[name].astype(object).where(frame[name].notna(), default)
        if letter == "a":
            frame = frame.assign(unit_status=1, **dict.fromkeys(FLAGS, True))
        warehouse.give(f"staging.stg_asi__block_{letter}", frame)


def give_facts_seeds(warehouse: Warehouse, **rules: float) -> None:
    """The reference tables that FACTS metrics rest on; `rules` replace those of the seed."""
    thresholds = indicator_rules()
    for parameter, value in rules.items():
        thresholds.loc[thresholds.parameter == parameter, "value"] = value
    warehouse.give("reference.indicator_rules", thresholds)
    warehouse.give_seed("indicators", "definition_breaks")
    for folder, name in [
        ("variables", "variable_fields"), ("facts", "facts_asi_recipes"),
    ]:  # fmt: skip
        warehouse.give(f"reference.{name}", pd.read_csv(SEEDS_DIR / folder / f"{name}.csv"))


def build_facts(warehouse: Warehouse) -> None:
    """From factories to the metrics."""
    warehouse.build("int_facts_prices", "int_facts_productivity")
    warehouse.build_again("int_facts_prices", "int_facts_productivity")
    warehouse.build("facts_asi_metrics", "facts_asi_objects")


# Factories of 2009-10: district, persons, output.
BASE_YEAR = [("07", 20, 100), ("07", 30, 150), ("07", 10, 50), ("99", 40, 0)]


def plain(district: str, persons: float, output: float, nic: str = "10101") -> dict:
    return {
        "a": {"nic_return": nic, "multiplier": 1, "scheme": "1", "district_code": district},
        "b": {"computerised_accounts": "1"}, "c": {}, "d": {}, "f": {}, "g": {}, "h": {}, "i": {},
        "e": {"male_direct": {"persons": persons}},
        "j": {"total": {"gross_sale_value": output, "ex_factory_value": output}},
        "products": [], "purchases": [],
    }  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(compiled) -> Warehouse:
    """Metrics of 2022-23; of 2009-10 with districts; of 2021-22, a release of blocks A and I."""
    warehouse = Warehouse(compiled)
    give_places_and_designs(warehouse)
    give_facts_seeds(warehouse, productivity_factories=4, quantile_factories=3)
    years = pd.DataFrame(
        [(BASE, "abcdefghij"), ("2021-22", "ai"), (YEAR, "abcdefghij")],
        columns=["survey_year", "blocks"],
    )
    years = years.assign(release="public", raw_version="1", is_synthetic=True)
    warehouse.give("raw.survey_years", years)
    rows: dict[str, list[dict]] = {letter: [] for letter in "abcdefghij"}
    factories = [(name, YEAR, factory) for name, factory in FACTORIES.items()]
    factories += [
        (f"base {at}", BASE, plain(district, persons, output))
        for at, (district, persons, output) in enumerate(BASE_YEAR)
    ]
    factories += [
        ("base other", BASE, plain("07", 60, 500, "20201")),
        ("partial", "2021-22", plain("99", 0, 0)),
    ]
    for name, year, factory in factories:
        for letter, cell in block_rows(name, year, factory).items():
            rows[letter] += cell
    give_blocks(warehouse, rows)
    warehouse.build("int_variable_availability", "int_factory_amounts")
    # the compiled model names no survey year: it is built for those that changed
    every_year = "(select survey_year from raw.survey_years)"
    sql = uncommented(warehouse.models["factory"]).replace("('')", every_year)
    warehouse.connection.execute(f"create table intermediate.factory as ({sql})")
    warehouse.give_clusters({"10101": "1", "10102": "1", "20201": "2"})
    build_facts(warehouse)
    return warehouse


def metrics(
    warehouse: Warehouse, object_id: str = CELL, period: str = YEAR, component: str = "total"
) -> pd.DataFrame:
    return warehouse.query(
        f"from facts.facts_asi_metrics where object_id = '{object_id}' and period = '{period}' "
        f"and component = '{component}'"
    ).set_index("parameter_code")


def test_every_recipe_is_checked_here():
    other = {"CV01", "CV02", "CV05", "CV07", "CV08", "CP16", "CU03"}
    assert {*RATIOS, *GEOMETRIC, *TOTALS, *other} == set(RECIPES)


@pytest.mark.parametrize("code", RATIOS)
def test_ratios_and_their_errors(warehouse, code):
    metric, factor = metrics(warehouse).loc[code], FACTORS.get(code, 1)
    value, standard_error = ratio(*RATIOS[code])
    assert metric.value == approx(value * factor, rel=1e-6, abs=1e-6)
    assert metric.standard_error == approx(standard_error * factor, rel=1e-4, abs=1e-6)


# By hand for `one`, `two`, `three`, as RATIOS: what each component divides.
COMPONENTS = {
    # one's machinery of Rs 10 crore is within the limit of small enterprises, not of micro ones
    ("CP22", "micro"): ((0, 10, 12), PERSONS),
    ("CP22", "small"): ((115, 0, 0), PERSONS),
    ("CP22", "medium"): ((0, 0, 0), PERSONS),
    ("CP22", "large"): ((0, 0, 0), PERSONS),
    ("HB08", "inward"): ((25, 0, 0), SALES),
    ("HB08", "outward"): ((35, 0, 0), SALES),
    ("SH07", "provident_fund"): ((40, 4, 0), WAGES),
    ("SH07", "welfare"): ((10, 1, 0), WAGES),
    # a public limited company, a proprietor, a private limited company
    ("CU02", "proprietary"): ((0, 1, 0), ONES),
    ("CU02", "company"): ((1, 0, 1), ONES),
    **{("CU02", form): ((0, 0, 0), ONES)
       for form in ("partnership", "public_enterprise", "cooperative", "other")},
    ("CU05", "output"): (OUTPUT, ONES),
    ("CU05", "input"): ((1730, 340, 140), ONES),
    ("CU05", "value_added"): (VALUE_ADDED, ONES),
    ("CU06", "fixed_capital"): (FIXED, ONES),
    ("CU06", "working_capital"): ((300, -20, 150), ONES),
    ("CU06", "loans"): ((1200, 0, 100), ONES),
    ("CU07", "direct_workers"): ((80, 8, 8), ONES),
    ("CU07", "direct_workers_women"): ((20, 3, 0), ONES),
    ("CU07", "contract_workers"): ((20, 0, 2), ONES),
    ("CU07", "salaried_staff"): ((15, 0, 2), ONES),
    ("CU07", "family_workers"): ((0, 2, 0), ONES),
    ("CU08", "direct_workers"): ((800, 60, 80), ONES),
    ("CU08", "contract_workers"): ((100, 0, 10), ONES),
    ("CU08", "salaried_staff"): ((350, 0, 30), ONES),
    ("CU09", "days"): ((300, 200, 250), ONES),
    ("CU11", "given_out"): ((50, 10, 0), OUTPUT),
    # manufacturing services alone
    ("CU11", "taken_in"): ((100, 0, 200), OUTPUT),
}  # fmt: skip


def test_every_component_is_checked_here():
    rows = seed("facts_asi_recipes", "facts")
    parts = {(row["parameter_code"], row["component"]) for row in rows}
    assert {(code, part) for code, part in parts if part != "total"} == set(COMPONENTS)


@pytest.mark.parametrize(("code", "component"), COMPONENTS)
def test_components_and_their_errors(warehouse, code, component):
    metric = metrics(warehouse, component=component).loc[code]
    value, standard_error = ratio(*COMPONENTS[code, component])
    factor = FACTORS.get(code, 1)
    assert metric.value == approx(value * factor, rel=1e-6, abs=1e-6)
    assert metric.standard_error == approx(standard_error * factor, rel=1e-4, abs=1e-6)


def test_limits_are_those_of_the_published_totals_and_ratios(warehouse):
    """Where another table has the figure; the others have theirs from their own error."""
    values = metrics(warehouse)
    (errors,) = warehouse.query(
        "from intermediate.int_estimate_errors where domain = 'state_cluster' "
        f"and state_basis = 'official' and survey_year = '{YEAR}' and state_code = '09' "
        "and cluster_code = '1'"
    ).to_dict("records")
    for code, name, factor in (
        ("CP08", "gross_value_added", 1e-5), ("CP09", "total_employees", 1),
        ("CV04", "labour_productivity", 1), ("SH01", "skill_share", 1),
        ("CU07", "average_size", 1),
    ):  # fmt: skip
        assert values.value_lower[code] == approx(errors[f"{name}_lower"] * factor, rel=1e-5)
        assert values.value_upper[code] == approx(errors[f"{name}_upper"] * factor, rel=1e-5)
        assert values.degrees_of_freedom[code] == approx(errors[f"{name}_degrees"], abs=0.05)
    # two sampled factories of one stratum: one degree of freedom; on the logarithm
    sales = values.loc["CP11"]
    assert sales.degrees_of_freedom == 1
    assert sales.value / sales.value_lower == approx(sales.value_upper / sales.value, rel=1e-3)
    share = values.loc["CP17"]
    assert 0 < share.value_lower < share.value < share.value_upper < 1
    assert values.value_basis["CV11"] == "national_median"
    assert values.value_basis["CV02"] == "earlier_year_current_prices"


def test_a_figure_that_a_sample_says_nothing_of_has_no_limits(warehouse):
    """No factory of the cell is large: another sample might have one."""
    row = metrics(warehouse, component="large").loc["CP22"]
    assert (row.value, row.standard_error, row.error_reason) == (0, 0, "not_estimable")
    assert pd.isna(row.value_lower) and pd.isna(row.degrees_of_freedom)
    # in 2009-10 every factory stands for itself
    certain = metrics(warehouse, "09-1", BASE).loc["CP09"]
    assert certain.error_reason is None
    assert certain.value == certain.value_lower == certain.value_upper


@pytest.mark.parametrize("code", GEOMETRIC)
def test_relative_prices_are_geometric_means(warehouse, code):
    metric = metrics(warehouse).loc[code]
    value, standard_error = ratio(*GEOMETRIC[code])
    assert metric.value == approx(np.exp(value), abs=1e-6)
    assert metric.standard_error == approx(np.exp(value) * standard_error, abs=1e-6)


@pytest.mark.parametrize("code", TOTALS)
def test_totals_and_their_errors(warehouse, code):
    metric, factor = metrics(warehouse).loc[code], FACTORS.get(code, 1)
    assert metric.value == approx(np.dot(WEIGHTS, TOTALS[code]) * factor, abs=1e-6)
    assert metric.standard_error == approx(error(TOTALS[code]) * factor, abs=1e-6)


def test_share_of_the_states_value_added(warehouse):
    metric = metrics(warehouse).loc["CV01"]
    # the other cluster of the state adds 1000 - 200
    cell, state = 2190 + 2 * 260 + 2 * 280, 2190 + 2 * 260 + 2 * 280 + 800
    assert metric.value == approx(cell / state, abs=1e-6)
    z = np.array(VALUE_ADDED) * (1 - cell / state) / state
    assert metric.standard_error == approx(error(z), abs=1e-6)


def test_location_quotient_of_employment(warehouse):
    metric = metrics(warehouse).loc["CV08"]
    cell = 115 + 2 * 10 + 2 * 12
    state, cluster, country = cell + 40, cell + 45, cell + 40 + 45
    quotient = (cell / state) / (cluster / country)
    assert metric.value == approx(quotient, abs=1e-6)
    z = quotient * np.array(PERSONS) * (1 / cell - 1 / state - 1 / cluster + 1 / country)
    assert metric.standard_error == approx(error(z), abs=1e-6)


def test_growth_since_2009_10(warehouse):
    values = metrics(warehouse)
    for code, now, base in (("CV07", PERSONS, 100), ("CV02", OUTPUT, 300)):
        total = np.dot(WEIGHTS, now)
        growth = (total / base) ** (1 / 13)
        assert values.value[code] == approx(100 * (growth - 1), abs=1e-6)
        # the factories of 2009-10 stand for themselves: only the later total has an error
        expected = 100 * growth * error(now) / total / 13
        assert values.standard_error[code] == approx(expected, abs=1e-6)


def test_medians_of_the_year_of_initial_production(warehouse):
    values = metrics(warehouse)
    # weights 1, 2, 2 of 2000, 2010, 2021: half of them are reached in 2010
    assert values.value["CU03"] == 2010
    assert values.value["CP16"] == 2023 - 2010
    # three fifths lie at or below it; the interval of the share reaches over all years
    below = error((np.array([1, 1, 0]) - 3 / 5) / 5)
    assert 1.96 * below > 0.5
    assert values.standard_error["CP16"] == approx((2021 - 2000) / 3.92, abs=1e-6)
    assert values.standard_error["CU03"] == 5.36, "two decimals beside a year"


def test_productivity_is_what_labour_and_capital_leave(warehouse):
    # `five` is in the cluster too: normal equations of the four factories
    weight = np.diag([1.0, 2.0, 2.0, 1.0])
    y = np.log([*VALUE_ADDED, 400])
    x = np.column_stack([np.ones(4), np.log([*PERSONS, 45]), np.log([*FIXED, 5000])])
    residual = y - x @ np.linalg.solve(x.T @ weight @ x, x.T @ weight @ y)
    value, standard_error = ratio(residual[:3], ONES)
    metric = metrics(warehouse).loc["CV05"]
    assert metric.value == approx(value, abs=1e-6)
    assert metric.standard_error == approx(standard_error, abs=1e-6)


def test_a_metric_says_its_unit_basis_and_sample(warehouse):
    values = metrics(warehouse)
    assert len(values) == len(RECIPES)
    assert values.unit.to_dict() == {code: row["unit"] for code, row in RECIPES.items()}
    assert set(values.data_basis) == {"asi_derived"}
    assert set(values.object_type) == {"state_cluster"}
    assert set(values.sample_size) == {3}
    assert values.is_synthetic.all()


def test_districts_where_the_release_names_them(warehouse):
    values = metrics(warehouse, "09-07-1", BASE)
    assert set(values.object_type) == {"district_cluster"}
    assert values.value["CP09"] == 60 and values.value["CP06"] == 3
    # value added is output here; the district has 300 and another cluster 500
    assert values.value["CV01"] == approx(300 / 800, abs=1e-6)
    # the fourth factory of the cluster is in no district, but in the country
    assert values.value["CV08"] == approx((60 / 120) / (100 / 160), abs=1e-6)
    assert values.null_reason["CV07"] == "districts_not_linked"
    districts = warehouse.query(
        "select distinct object_id from facts.facts_asi_metrics "
        "where object_type = 'district_cluster'"
    )
    assert districts.object_id.tolist() == ["09-07-1"], "one factory makes no object"


@pytest.mark.parametrize(
    "period, code, reason",
    [
        (YEAR, "HF03", None),
        (BASE, "HB08", "not_collected_this_year"),
        (BASE, "ST01", "not_collected_this_year"),
        (BASE, "ST02", "not_collected_this_year"),
        (BASE, "SH04", "not_collected_this_year"),
        (BASE, "ST06", None),
        (BASE, "CV07", "no_earlier_year"),
        (BASE, "HR05", "zero_denominator"),
        (BASE, "CV11", "zero_denominator"),
        (BASE, "CV05", "zero_denominator"),
        (BASE, "CP16", "too_few_factories"),
        ("2021-22", "CP09", "block_not_in_release"),
        ("2021-22", "CV02", "block_not_in_release"),
        ("2021-22", "CP06", None),
        ("2021-22", "CU09", None),
    ],
)
def test_what_is_missing_says_why(warehouse, period, code, reason):
    metric = metrics(warehouse, period=period).loc[code]
    assert (metric.null_reason if pd.notna(metric.null_reason) else None) == reason
    assert pd.isna(metric.value) == (reason is not None)
    assert pd.isna(metric.standard_error) == (reason is not None)


def test_objects_name_their_place_and_cluster(warehouse):
    row = warehouse.query(
        f"from facts.facts_asi_objects where object_id = '{CELL}' and period = '{YEAR}'"
    ).iloc[0]
    assert row.object_name == "Cluster 1, Uttar Pradesh"
    assert (row.units, row.total_employees, row.age) == (5, 159, 13)
    assert row.fixed_capital == 9e5 + 2 * 800 + 2 * 2000


def test_correlations_of_the_screening_edition_by_hand(warehouse):
    """Value added and wages, both for each person, from the linearised values of the cell."""
    warehouse.give_seed("cci", "cci_framework")
    rules = pd.read_csv(SEEDS_DIR / "cci" / "cci_rules.csv")
    rules.loc[rules.parameter == "screening_factories", "value"] = 3
    warehouse.give("reference.cci_rules", rules)
    warehouse.connection.execute(
        "update reference.indicator_rules set value = 1e-9 where parameter = 'correlation_prior'"
    )
    warehouse.build("facts_asi_correlations")
    rows = warehouse.query(f"from facts.facts_asi_correlations where object_id = '{CELL}'")
    assert set(rows.period) == {YEAR}, "no factory of another year is left to chance"
    by_pair = rows.set_index(["parameter_code", "other_parameter_code"]).correlation
    units = warehouse.query(
        "select *, multiplier * total_employees as x, multiplier * gross_value_added as y, "
        "multiplier * total_employee_wages as w from intermediate.int_factory_variables "
        f"where survey_year = '{YEAR}' and state_code = '09' and cluster_code = '1'"
    )
    z = pd.DataFrame(
        {one: units[one] - units[one].sum() / units.x.sum() * units.x for one in ("y", "w")}
    )
    covariance = np.zeros((2, 2))
    for _, at in units.groupby("stratum").groups.items():
        sums, design = z.loc[at].sum().to_numpy(), units.loc[at[0]]
        covariance += design.variance_scale * (
            z.loc[at].T.to_numpy() @ z.loc[at].to_numpy()
            - design.inverse_units * np.outer(sums, sums)
        )
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert by_pair.get(("CP10", "CV04"), 0.0) == approx(expected, abs=0.0051)


def test_loss_makes_a_share_of_value_added_null(compiled):
    frame = pd.DataFrame(
        [("01", "00001", 10, -5.0, 100.0), ("01", "00002", 5, 100.0, 10.0)],
        columns=[
            "state_code",
            "nic_return",
            "total_employees",
            "gross_value_added",
            "total_output",
        ],
    )
    warehouse = built(compiled, frame.assign(is_synthetic=True))
    values = metrics(warehouse, "01-1", BASE)
    assert values.null_reason["CV01"] == "negative_base"
    assert values.null_reason["ST04"] == "negative_base"
    assert values.value["CV04"] == -0.5, "value added keeps its sign"
    # the other has 100 of 95 in all
    assert metrics(warehouse, "01-2", BASE).null_reason["CV01"] == "negative_base"


def built(compiled, frame: pd.DataFrame) -> Warehouse:
    """Metrics of factories of 2009-10, without rows of blocks."""
    warehouse = Warehouse(compiled)
    give_facts_seeds(warehouse)
    frame = frame.assign(
        survey_year=BASE, multiplier=1.0, factory_id=[f"f{i}" for i in frame.index]
    )
    build_totals(warehouse, frame, {code: code.lstrip("0") for code in frame.nic_return})
    warehouse.connection.execute(
        "create or replace table raw.survey_years as "
        "select *, 'public' as release from raw.survey_years"
    )
    rows = {letter: [{"survey_year": "", "factory_id": "", "role": ""}] for letter in "abcdefghij"}
    give_blocks(warehouse, rows)
    warehouse.build("int_variable_availability")
    build_facts(warehouse)
    return warehouse


@pytest.fixture(scope="module")
def controlled(compiled) -> Warehouse:
    """Real factories of one state: two clusters in three districts, cells of 2 to 6 factories."""
    sizes = {("07", "1"): 2, ("08", "1"): 5, ("09", "1"): 6, ("07", "2"): 4, ("08", "2"): 3,
             ("09", "2"): 5}  # fmt: skip
    frame = pd.DataFrame(
        [
            (district, cluster.zfill(5))
            for (district, cluster), size in sizes.items()
            for _ in range(size)
        ],
        columns=["district_code", "nic_return"],
    )
    values = {"total_employees": 10.0, "total_output": 100.0, "gross_value_added": 40.0}
    return built(compiled, frame.assign(state_code="09", is_synthetic=False, **values))


def test_a_hidden_district_is_hidden_with_others_that_would_give_it_away(controlled):
    rows = controlled.query(
        "select object_id, null_reason from facts.facts_asi_metrics where parameter_code = 'CP09' "
        "and object_type = 'district_cluster' order by object_id"
    ).set_index("object_id")
    # two factories make no object; another district of the same cluster is hidden with them. The
    # totals of districts are not shown, so that their other clusters tell nothing
    assert "09-07-1" not in rows.index
    hidden = rows.null_reason.dropna()
    assert set(hidden) == {"suppressed_secondary"}
    assert sorted(hidden.index) == ["09-08-1"]
    states = metrics(controlled, "09-1", BASE)
    assert states.value["CP09"] == 130, "the state's cell is shown"


def test_no_district_is_set_against_its_total(controlled):
    rows = controlled.query(
        "select distinct value, null_reason from facts.facts_asi_metrics "
        "where parameter_code in ('CV01', 'CV08') and object_type = 'district_cluster'"
    )
    assert rows.value.isna().all()
    assert set(rows.null_reason) == {"suppressed_secondary"}
    assert metrics(controlled, "09-1", BASE).value["CV01"] > 0


def test_a_number_of_units_is_never_hidden(controlled):
    assert metrics(controlled, "09-08-1", BASE).value["CP06"] == 5


def test_a_ratio_does_not_tell_what_one_factory_has(compiled):
    """Total output is printed, so that a share of it is an amount: of subsidies of 100 one factory
    has 85 and all of the work given out, in the other cluster 60 and a third."""
    frame = pd.DataFrame(
        [
            (code, subsidies, work)
            for code, of_factories in {
                "00001": [(85, 4), (5, 0), (5, 0), (5, 0)],
                "00002": [(60, 2), (30, 2), (10, 2)],
            }.items()
            for subsidies, work in of_factories
        ],
        columns=["nic_return", "subsidies", "work_given_out"],
    )
    values = {"total_output": 1000.0, "total_employees": 10.0}
    warehouse = built(compiled, frame.assign(state_code="09", is_synthetic=False, **values))
    one, several = metrics(warehouse, "09-1", BASE), metrics(warehouse, "09-2", BASE)
    for code in ("RP10", "CU11"):
        assert one.null_reason[code] == "suppressed_primary"
        assert pd.isna(one.value[code]) and pd.isna(one.standard_error[code])
    assert one.value["CP09"] == 40, "its other figures are shown"
    assert several.value["RP10"] == pytest.approx(100 * 100 / 3000, abs=1e-6)
    assert several.value["CU11"] == 6 / 3000
    made_up = built(compiled, frame.assign(state_code="09", is_synthetic=True, **values))
    assert metrics(made_up, "09-1", BASE).value["RP10"] == 100 * 100 / 4000
