"""Components of FACTS metrics of survey rounds, their errors and limits, each by hand."""

from math import exp, log, sqrt

import pandas as pd
import pytest
from pytest import approx
from scipy.stats import t

from tests.integration.test_facts_round_metrics import (
    MEMBERS,
    OTHERS,
    PERSONS,
    WAGES,
    five_units,
    reason,
)
from tests.support.rounds import cluster_row, taken_in, unit_row, write_round
from tests.support.rounds_warehouse import COLUMNS, Round, RoundsWarehouse

HALF = {unit: value / 2 for unit, value in PERSONS.items()}


@pytest.fixture
def built(compiled):
    return lambda *rounds: RoundsWarehouse(compiled, *rounds).build_rounds()


def values(warehouse: RoundsWarehouse, parameter: str, **where) -> dict[str, float]:
    """Values by component, those without one left out."""
    rows = warehouse.rows(
        f"select component, value from facts.facts_round_metrics "
        f"where parameter_code = '{parameter}' and value is not null "
        + "".join(f"and {name} = '{given}' " for name, given in where.items())
    )
    return dict(rows)


# Means over two strata of which each unit stands for two; totals are the single figures of before.
MEANS = [
    ("CU05", {"output": "output", "input": "input", "value_added": "gross_value_added"}),
    ("CU06", {"fixed_capital": "fixed_capital", "working_capital": "working_capital",
              "loans": "loans_closing"}),
    ("CU07", {kind: kind for kind in (
        "direct_workers", "contract_workers", "salaried_staff", "family_workers", "women",
        "direct_workers_women", "family_workers_women")}),
    ("CU08", {kind: f"wages_{kind}" for kind in (
        "direct_workers", "contract_workers", "salaried_staff")}),
    ("CU09", {"days": "days_worked", "months": "months_worked"}),
    ("CV13", {"states": "states_sold_to", "countries": "countries_sold_to"}),
    ("CU12", {"sales": "cluster_sales_share", "purchases": "cluster_purchases_share"}),
]  # fmt: skip


RATIOS = [
    ("CU11", "output", {"given_out": "work_given_out", "taken_in": "work_taken_in"}, 1),
    ("SH07", "wages", {"provident_fund": "provident_fund", "welfare": "welfare"}, 100),
    ("HB08", "sales", {"inward": "transport_inward", "outward": "transport_outward"}, 100),
    ("CP18", "persons",
     {"sc": "persons_sc", "st": "persons_st", "minority": "persons_minority"}, 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def amounts(compiled) -> RoundsWarehouse:
    """Every item of the means is once, twice, ... the persons of the unit, every whole of the
    ratios the persons, and its parts 1, 2, 3."""
    answers = {
        item: {unit: persons * (at + 1) for unit, persons in PERSONS.items()}
        for _, items in MEANS
        for at, item in enumerate(items.values())
    }
    for _, whole, items, _ in RATIOS:
        answers[whole] = PERSONS
        for at, item in enumerate(items.values()):
            answers[item] = dict.fromkeys(PERSONS, at + 1)
    return RoundsWarehouse(compiled, five_units(**answers)).build_rounds()


@pytest.mark.parametrize(("parameter", "items"), MEANS, ids=[code for code, _ in MEANS])
def test_amounts_are_means_of_units(amounts, parameter, items):
    # 2 * (2 + 4 + 10 + 20 + 30) / 10
    expected = {component: 13.2 * (at + 1) for at, component in enumerate(items)}
    computed = values(amounts, parameter)
    assert {component: computed[component] for component in items} == approx(expected)
    row = amounts.metric(parameter, component=next(iter(items)))
    assert row.standard_error == approx(sqrt(608) / 10, abs=1e-6)


@pytest.mark.parametrize(("parameter", "whole", "items", "factor"), RATIOS)
def test_parts_are_ratios_of_sums(amounts, parameter, whole, items, factor):
    computed = values(amounts, parameter)
    expected = {component: factor * 5 * (at + 1) / 66 for at, component in enumerate(items)}
    assert {component: computed[component] for component in items} == approx(expected, abs=1e-6)


def test_persons_by_size_class(built):
    computed = values(built(five_units(persons=PERSONS)), "CP22")
    # micro are a and b, small the others
    expected = {"micro": 6 / 66, "small": 60 / 66, "medium": 0, "large": 0, "total": 1}
    assert computed == approx(expected, abs=1e-6)


def test_legal_forms_and_owners_are_shares_of_who_says_it(built):
    forms = dict(zip(PERSONS, ["company", "company", "shg", "proprietary", -8], strict=True))
    sex = dict(zip(PERSONS, ["woman", "man", "man", "several", -8], strict=True))
    group = dict(zip(PERSONS, ["sc", "st", "minority", "minority", "other"], strict=True))
    warehouse = built(five_units(legal_form=forms, entrepreneur_sex=sex, entrepreneur_group=group))
    of_forms = values(warehouse, "CU02")
    # weights are equal; one refused
    assert of_forms == approx(
        {"total": 0.5, "company": 0.5, "shg": 0.25, "proprietary": 0.25, "partnership": 0,
         "cooperative": 0, "trust": 0, "other": 0}
    )  # fmt: skip
    assert values(warehouse, "CU13") == approx(
        {"women": 0.25, "men": 0.5, "several_owners": 0.25, "other_sex": 0, "sc": 0.2, "st": 0.2,
         "minority": 0.4, "obc": 0, "other_group": 0.2}
    )  # fmt: skip
    assert warehouse.metric("CU13", component="women").sample_size == 4
    assert warehouse.metric("CU13", component="women").unit == "share"
    assert reason(warehouse.metric("CU13")) == "no_single_figure"


def test_a_second_product_that_is_left_blank_is_none(built):
    first = dict(zip(PERSONS, [1, 0.6, 0.5, 0.5, 0.4], strict=True))
    second = dict(zip(PERSONS, [-9, 0.2, 0.5, 0.25, 0.1], strict=True))
    computed = values(built(five_units(product_share_1=first, product_share_2=second)), "CU04")
    assert computed == approx(
        {"total": 0.81, "main_product": 0.6, "second_product": 0.21, "third_product": 0}
    )


def test_answers_of_the_schedules_by_kind(built):
    one = five_units(persons=PERSONS)
    one.answers(
        "cluster", "c", organisations_academic=1, organisations_technology=2,
        organisations_export=0, organisations_ngo=3, organisations_bds=-6, patents_filed=3,
        designs_filed=1, persons_estimate=2000, warehouse=1, exhibition_space=0,
    )  # fmt: skip
    one.answers(
        "association", "c", services_offered=2, service_fairs=1, service_design=0,
        board_elected=1, agm_held=0, cfc_testing=1,
    )  # fmt: skip
    warehouse = built(one)
    assert values(warehouse, "CP14") == {
        "total": 6, "academic": 1, "technology": 2, "export": 0, "ngo": 3,
    }  # fmt: skip
    assert reason(warehouse.metric("CP14", component="bds")) == "not_applicable"
    assert values(warehouse, "CV03") == {"total": 2, "patents": 1.5, "designs": 0.5}
    assert values(warehouse, "CA09") == {"total": 2, "fairs": 1, "design": 0}
    assert values(warehouse, "HS01") == {"testing": 1}
    assert values(warehouse, "CA06") == {"board_elected": 1, "agm_held": 0}
    assert values(warehouse, "HS06") == {"warehouse": 1, "exhibition_space": 0}
    row = warehouse.metric("CP14", component="ngo")
    assert (row.standard_error, row.value_lower, row.value_upper) == (0, 3, 3)
    assert pd.isna(row.degrees_of_freedom) and row.error_reason is None


def degrees(parts: list[tuple[float, int]]) -> float:
    """Satterthwaite's, of variances of strata with their units."""
    return sum(v for v, _ in parts) ** 2 / sum(v * v / (n - 1) for v, n in parts)


def test_limits_of_a_total_and_a_share(built):
    warehouse = built(five_units(persons=PERSONS, women=HALF, wages=WAGES))
    # members 8 with two units, others 600 with three (test_total_mean_and_ratio_by_hand)
    freedom = degrees([(8, 2), (600, 3)])
    total = warehouse.metric("CP09")
    assert total.degrees_of_freedom == approx(freedom, abs=0.05)
    half = t.ppf(0.975, freedom) * sqrt(608) / 132
    # the quantile in SQL is right to a thousandth from three degrees on
    assert total.value_lower == approx(132 * exp(-half), rel=0.03)
    assert total.value_upper == approx(132 * exp(half), rel=0.03)
    # no share of nothing has an error: women are half in each unit
    share = warehouse.metric("CP17")
    assert (share.value, share.standard_error) == (0.5, 0)
    assert share.error_reason == "not_estimable"
    assert pd.isna(share.value_lower) and pd.isna(share.degrees_of_freedom)


def test_limits_of_a_share_lie_within_0_and_1_and_of_value_added_about_it(built):
    some = dict(zip(PERSONS, [1, 0, 1, 1, 0], strict=True))
    added = dict(zip(PERSONS, [-100, 300, 500, -20, 100], strict=True))
    warehouse = built(five_units(iso_9001=some, gross_value_added=added))
    share = warehouse.metric("SQ01")
    assert 0 < share.value_lower < share.value < share.value_upper < 1
    odds = [log(x / (1 - x)) for x in (share.value_lower, share.value, share.value_upper)]
    assert odds[1] - odds[0] == approx(odds[2] - odds[1], abs=1e-4), "even on the logit"
    mean = warehouse.metric("CU05")
    assert mean.value - mean.value_lower == approx(mean.value_upper - mean.value, abs=0.02)


def test_a_cluster_taken_whole_is_certain(built):
    one = Round().cluster("c", {MEMBERS: 5})
    for unit, persons in PERSONS.items():
        one.unit("c", unit, MEMBERS, persons=persons, lead_time_days=persons)
    warehouse = built(one)
    for parameter, value in (("CP09", 66), ("HR04", 10)):
        row = warehouse.metric(parameter)
        assert (row.value, row.value_lower, row.value_upper) == (value, value, value)
        assert row.error_reason is None


def test_limits_of_a_median_are_answers(built):
    days = {"a": 1, "b": 2, "p": 3, "q": 4, "s": 5}
    row = built(five_units(lead_time_days=days)).metric("HR04")
    # few degrees of freedom: the interval of the share reaches over all answers
    assert (row.value_lower, row.value_upper) == (1, 5)


def test_growth_of_a_first_round_is_over_the_year_before(built):
    before = {unit: 0.8 * value for unit, value in WAGES.items()}
    warehouse = built(five_units(output=WAGES, output_previous_year=before))
    row = warehouse.metric("CV02")
    assert row.value == approx(25)
    assert row.value_basis == "year_before_current_prices"
    assert warehouse.metric("CV02", component="year_before").value == approx(25)


def test_growth_is_at_constant_prices_where_deflators_are_given(compiled):
    before = {unit: 0.8 * value for unit, value in WAGES.items()}
    first = five_units("r1", "2023", output=WAGES, output_previous_year=before)
    second = five_units("r2", "2026", output={unit: 2 * value for unit, value in WAGES.items()},
                        output_previous_year=before)  # fmt: skip
    warehouse = RoundsWarehouse(compiled, first, second)
    warehouse.connection.execute(
        "insert into raw.user_deflators (survey_year, deflator) "
        "values ('2021-22', 100), ('2022-23', 110), ('2025-26', 160)"
    )
    warehouse.build_rounds()
    row = warehouse.metric("CV02", period="2023")
    assert row.value == approx(100 * (1.25 / 1.1 - 1), abs=1e-6)
    assert row.value_basis == "year_before_constant_prices"
    row = warehouse.metric("CV02", period="2026")
    assert row.value == approx(100 * ((2 / (160 / 110)) ** (1 / 3) - 1), abs=1e-6)
    assert row.value_basis == "earlier_round_constant_prices"


def priced(one: Round, cluster: str, prices: dict[str, float], **answers) -> Round:
    for unit, price in prices.items():
        one.unit(
            cluster, f"{cluster}{unit}", MEMBERS, product_price=price,
            product_reference_price=1000, **answers,
        )  # fmt: skip
    return one


def test_prices_are_set_against_the_national_median_of_the_product(built):
    one = Round().cluster("c", {MEMBERS: 3}).cluster("d", {MEMBERS: 3}).cluster("e", {MEMBERS: 2})
    same = {"product_code_1": "2612301", "product_unit": "metre"}
    priced(one, "c", {"1": 10, "2": 20, "3": 30}, **same)
    priced(one, "d", {"1": 40, "2": 50, "3": 60}, **same | {"product_unit": "Metre "})
    # another unit of quantity has no median: there the respondent's reference price counts
    priced(one, "e", {"1": 500, "2": 500}, **same | {"product_unit": "kg"})
    warehouse = built(one)
    # half of the weight of 10 ... 60 is reached at 30
    assert warehouse.metric("CV11", "c").value == approx(20 / 30, abs=1e-6)
    assert warehouse.metric("CV11", "c").value_basis == "national_median"
    assert warehouse.metric("CV11", "e").value == approx(0.5)
    assert warehouse.metric("CV11", "e").value_basis == "reference_price"


def test_a_price_that_one_cluster_alone_names_has_no_national_median(built):
    one = Round().cluster("c", {MEMBERS: 6})
    priced(one, "c", {str(at): 500 for at in range(6)}, product_code_1="1", product_unit="kg")
    row = built(one).metric("CV11")
    assert (row.value, row.value_basis) == (0.5, "reference_price")


def real(count: int = 20) -> Round:
    return Round(is_synthetic=False).cluster("c", {MEMBERS: count, OTHERS: count})


def test_few_owners_of_a_kind_are_hidden_with_the_kinds_that_would_tell_them(built):
    one = real()
    for at in range(20):
        one.unit(
            "c", f"u{at}", MEMBERS, entrepreneur_sex="woman" if at < 2 else "man",
            entrepreneur_group="sc" if at < 8 else "obc",
        )  # fmt: skip
    warehouse = built(one)
    assert reason(warehouse.metric("CU13", component="women")) == "suppressed_primary"
    assert reason(warehouse.metric("CU13", component="men")) == "suppressed_primary"
    # eight and twelve tell of nobody
    assert warehouse.metric("CU13", component="sc").value == approx(0.4)


def test_a_part_of_wages_that_two_units_pay_is_hidden_with_the_others_and_the_sum_is_not(built):
    one = real()
    for at in range(20):
        contract = 1e6 if at < 2 else 1
        one.unit(
            "c", f"u{at}", MEMBERS, wages=3e6 + contract, wages_direct_workers=2e6,
            wages_contract_workers=contract, wages_salaried_staff=1e6, persons=10,
        )  # fmt: skip
    warehouse = built(one)
    for component in ("direct_workers", "contract_workers", "salaried_staff"):
        assert reason(warehouse.metric("CU08", component=component)) == "suppressed_primary"
    assert warehouse.metric("CU08").value == approx((20 * 3e6 + 2e6 + 18) / 20)


def test_who_answers_a_part_and_not_the_whole_is_not_told(built):
    """One unit refuses its wages and gives their parts, which would leave them."""
    one = real()
    for at in range(20):
        one.unit(
            "c", f"u{at}", MEMBERS, wages=-8 if at == 3 else 4e6, wages_direct_workers=2e6,
            wages_contract_workers=1e6, wages_salaried_staff=1e6, persons=10,
        )  # fmt: skip
    warehouse = built(one)
    for component in ("direct_workers", "contract_workers", "salaried_staff"):
        assert reason(warehouse.metric("CU08", component=component)) == "suppressed_primary"
    assert warehouse.metric("CU08").value == 4e6


def test_persons_of_few_units_of_a_size_are_hidden(built):
    one = real()
    for at in range(16):
        one.unit("c", f"u{at}", MEMBERS if at < 14 else OTHERS, persons=10)
    warehouse = built(one)
    for component in ("micro", "small", "medium", "large", "total"):
        assert reason(warehouse.metric("CP22", component=component)) == "suppressed_primary"
    assert warehouse.metric("CP09").value == 200 * 2


def test_the_grade_of_a_cluster_is_published_with_its_parts(built):
    one = Round().cluster("c", {MEMBERS: 40, OTHERS: 10})
    for at in range(10):
        one.unit("c", f"u{at}", MEMBERS, "A" if at < 5 else "B", items=20, answered=18)
    warehouse = built(one.cluster("empty", {MEMBERS: 9}))
    warehouse.build("cluster_reliability")
    row, empty = warehouse.query("from marts.cluster_reliability order by cluster_id").itertuples()
    assert (row.grade, row.grade_limited_by) == ("B", "too_few_books_seen")
    assert (row.units_in_frame, row.units_accepted, row.coverage) == (50, 10, 0.2)
    assert (row.strata_in_frame, row.strata_sampled, row.strata_coverage) == (2, 1, 0.8)
    assert (row.item_response, row.weight_share_a, row.weight_share_b) == (0.9, 0.5, 0.5)
    assert (empty.grade, empty.grade_limited_by) == ("C", "no_units_accepted")
    assert empty.null_reason == "no_units_accepted"


class TakenIn:
    """What the intake stores of a round, as a round of a warehouse."""

    def __init__(self, intake):
        self.rows = {table: intake.tables[table].to_dict("records") for table in COLUMNS}


def test_from_the_form_to_the_published_table(built, tmp_path):
    units = [
        unit_row(
            at, size_class="micro" if at < 4 else "small",
            legal_form="company" if at % 2 else "cooperative", entrepreneur_sex="woman",
            association_member=1, work_given_out=1_000_000,
        )
        for at in range(1, 9)
    ]  # fmt: skip
    intake = taken_in(write_round(tmp_path / "r", units, [cluster_row()]))
    assert intake.count("rows_rejected") == 0
    warehouse = built(TakenIn(intake))
    cluster, period = units[0]["cluster_id"], "2025-26"

    def value(parameter: str, component: str) -> float:
        return warehouse.metric(parameter, cluster, period, component).value

    assert value("CU05", "output") == 10_000_000
    assert value("CU05", "input") == 6_000_000
    assert value("CU07", "contract_workers_women") == 2
    assert value("CU11", "given_out") == approx(0.1)
    assert (value("CP18", "sc"), value("CP18", "total")) == (3 / 20, 6 / 20)
    assert value("CU13", "women") == 1
    assert value("CU02", "company") + value("CU02", "cooperative") == approx(1)
    assert value("CP22", "micro") + value("CP22", "small") == approx(1)


def test_an_older_form_gives_the_single_figure_and_no_parts(built, tmp_path):
    folder = write_round(tmp_path / "r", [unit_row(at) for at in range(1, 7)])
    apart = ["persons_sc", "persons_st", "persons_minority"]
    form = pd.read_csv(folder / "unit.csv", dtype=str)
    older = form.rename(columns={apart[0]: "persons_sc_st_minority"}).drop(columns=apart[1:])
    older.to_csv(folder / "unit.csv", index=False)
    intake = taken_in(folder)
    assert intake.count("rows_rejected") == 0
    said = intake.tables["round_warnings"]
    said = said[said.column_name == "persons_sc_st_minority"]
    assert said.reason.str.startswith("an older form").tolist() == [True]
    assert set(intake.tables["round_units"].grade) == {"A"}, "it costs no grade"
    warehouse = built(TakenIn(intake))
    cluster = intake.tables["round_clusters"].cluster_id[0]
    assert warehouse.metric("CP18", cluster, "2025-26").value == approx(3 / 20)
    for component in ("sc", "st", "minority"):
        row = warehouse.metric("CP18", cluster, "2025-26", component)
        assert reason(row) == "not_asked"
