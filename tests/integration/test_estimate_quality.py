"""Design effects of totals, computed by hand and as the package survey of R defines them."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from tests.support.dictionary import indicator_rules
from tests.support.warehouse import Warehouse, build_totals

YEAR = "2022-23"


def quality(
    compiled, is_synthetic: bool, giant: float = 0.0, hides: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame, Warehouse]:
    """Of two states and two clusters: one stratum of 24 of 72 factories in state 09, in state 27 as
    many that are taken whole. Beside the rows the factories and all tables. `giant`: wages of one
    of cluster 1 in state 27. `hides`: whether anything is hidden in other tables."""
    random = np.random.default_rng(8)
    count = 48
    factories = pd.DataFrame(
        {
            "survey_year": YEAR,
            "factory_id": [f"{at:02d}" for at in range(count)],
            "state_code": np.repeat(["09", "27"], count // 2),
            "nic_return": np.where(np.arange(count) % 3 == 0, "10101", "10102"),
            "multiplier": np.repeat([3.0, 1.0], count // 2),
            "total_employees": np.ceil(np.exp(random.normal(3, 1, count))),
            "is_synthetic": is_synthetic,
        }
    )
    factories["total_employee_wages"] = factories.total_employees
    if giant:
        factories.loc[count // 2, "total_employee_wages"] = giant
    warehouse = Warehouse(compiled)
    build_totals(warehouse, factories, {"10101": "1", "10102": "2"})
    warehouse.give("reference.indicator_rules", indicator_rules())
    warehouse.build("int_disclosure")
    if not hides:
        warehouse.connection.execute("truncate intermediate.int_disclosure")
    warehouse.connection.execute(
        "create table intermediate.int_measure_availability "
        "(survey_year varchar, measure varchar, null_reason varchar)"
    )
    warehouse.build("estimate_quality")
    rows = warehouse.query("from marts.estimate_quality")
    return rows.set_index(["measure", "scope", "state_code", "cluster_code"]), factories, warehouse


@pytest.fixture(scope="module")
def invented(compiled):
    return quality(compiled, is_synthetic=True)


def test_one_stratum_is_a_simple_random_sample(invented):
    rows, _, _ = invented
    state = rows.loc[("total_employees", "state", "09", "")]
    assert (state.design_effect, state.effective_sample_size) == (1, 24)
    assert (state.factories_drawn, state.factories_certain) == (24, 0)
    # one stratum: its own 23, and the 6 of the common spread (seed smoothing_rules)
    assert state.degrees_of_freedom == 29


def test_the_design_effect_of_the_country_by_hand(invented):
    """svytotal(~y, deff = TRUE): the design's variance over N^2 (1 - n / N) s2 / n."""
    rows, factories, _ = invented
    y, w = factories.total_employees, factories.multiplier
    drawn = y[w > 1]
    variance = 72**2 * (1 - 24 / 72) * drawn.var(ddof=1) / 24
    n, population = len(y), w.sum()
    mean = np.average(y, weights=w)
    s2 = np.average((y - mean) ** 2, weights=w) * n / (n - 1)
    simple = population**2 * (1 - n / population) * s2 / n
    row = rows.loc[("total_employees", "country", "", "")]
    assert row.design_effect == approx(variance / simple, abs=6e-4)
    assert row.effective_sample_size == approx(n * simple / variance, abs=0.06)


def test_what_has_no_design_effect_says_why(invented):
    rows, _, _ = invented
    assert rows.null_reason["total_employees", "state", "27", ""] == "taken_whole"
    assert rows.null_reason["units", "state", "09", ""] == "zero_denominator"
    assert rows.null_reason["total_output", "state", "09", ""] == "zero_denominator"
    assert (rows.design_effect.isna() == rows.null_reason.notna()).all()
    assert set(rows.disclosure) == {"skipped_synthetic"}


def most_by_squares(warehouse: Warehouse, line: pd.Series, factories: pd.DataFrame) -> float:
    """The most wages that one factory of a line can have, by its design effect and error."""
    variance, total = warehouse.connection.execute(
        "select total_employee_wages_variance, total_employee_wages_estimated "
        "from intermediate.int_estimates where domain = 'cluster' and cluster_code = '1'"
    ).fetchone()
    n, population = len(factories), factories.multiplier.sum()
    simple = variance / line.design_effect
    return (simple * (n - 1) / (population - n) + total**2 / population) ** 0.5


def test_the_factory_that_makes_most_of_the_squares_is_not_told(compiled):
    """Of a cluster whose total is shown, since its largest factory makes no more than 80 % of it:
    with the design effect it would be known to 10 %."""
    giant, line = 2000.0, ("total_employee_wages", "cluster", "", "1")
    rows, factories, warehouse = quality(compiled, is_synthetic=True, giant=giant)
    industry = factories[factories.nic_return == "10101"]
    assert giant < 0.8 * (industry.multiplier * industry.total_employee_wages).sum()
    assert most_by_squares(warehouse, rows.loc[line], industry) < 1.1 * giant
    rows, _, _ = quality(compiled, is_synthetic=False, giant=giant, hides=False)
    assert rows.null_reason[line] == "suppressed_secondary" and pd.isna(rows.design_effect[line])
    # its squares are those of the states less those of the other cluster, which alone is told
    wages = rows.loc["total_employee_wages"]
    assert wages.index[wages.design_effect.notna()].to_list() == [("cluster", "", "2")]


def test_squares_of_few_or_hidden_factories_are_not_told(compiled):
    rows, _, _ = quality(compiled, is_synthetic=False)
    persons = rows.loc["total_employees"]
    hidden = persons.null_reason.str.startswith("suppressed", na=False)
    assert persons[~hidden].eval("factories_drawn + factories_certain").min() >= 10
    # a hidden state or cluster would follow from the country's
    parts = hidden.drop("country", level="scope")
    assert hidden["country", "", ""] == parts.any()
