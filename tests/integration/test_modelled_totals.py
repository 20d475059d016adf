"""The way of small-area estimates through the warehouse: strata by hand, and what is published."""

import pandas as pd
import pytest
from pytest import approx

from locus_pipeline.reference import reference_rows
from tests.integration.test_disclosure import economy
from tests.support.dictionary import indicator_rules
from tests.support.warehouse import Warehouse, build_totals

AMOUNTS = ("total_employees", "total_employee_wages", "gross_value_added")


def test_strata_by_hand(compiled):
    warehouse = Warehouse(compiled)
    # of a stratum four were drawn: two of the cell, one of another cluster, one closed; one factory
    # is alone in its stratum, one is certain
    factories = pd.DataFrame(
        [
            ("a", "10101", "1010", 5.0, True, 10.0),
            ("b", "10101", "1010", 5.0, True, 30.0),
            ("c", "20202", "1010", 5.0, True, 40.0),
            ("d", "10101", "1010", 5.0, False, 0.0),
            ("e", "10101", "3030", 4.0, True, 7.0),
            ("f", "10101", "1010", 1.0, True, 900.0),
        ],
        columns=[
            "factory_id", "nic_return", "nic_frame", "multiplier", "is_open", "total_employees",
        ],
    ).assign(survey_year="2009-10", district_code="01")  # fmt: skip
    build_totals(warehouse, factories, {"10101": "1", "20202": "2"})
    warehouse.build("int_cell_strata")
    rows = warehouse.query(
        "from intermediate.int_cell_strata where state_basis = 'official' "
        "order by cluster_code, inside desc"
    )
    assert rows.cluster_code.to_list() == ["1", "1", "2"]
    assert rows.inside.to_list() == [2, 1, 1]
    assert rows.selected.to_list() == [4, 1, 4]
    # (1 - 4/20) 4 / 3; 1 - 1/4 of the lone one
    assert rows.scale.to_list() == approx([0.8 * 4 / 3, 0.75, 0.8 * 4 / 3])
    assert rows.multiplier.to_list() == [5, 4, 5]
    assert rows.total_employees_sum.to_list() == [200, 28, 200]
    assert rows.total_employees_by_total_employees.to_list() == [50**2 + 150**2, 28**2, 200**2]
    assert rows.units_by_total_employees.to_list() == [5 * 50 + 5 * 150, 4 * 28, 5 * 200]


@pytest.fixture(scope="module")
def published(compiled) -> Warehouse:
    """Two years of an invented economy under disclosure control, with their modelled totals."""
    warehouse = Warehouse(compiled)
    later = economy(states=9, clusters=12, factories=1500, seed=3)
    earlier = economy(states=9, clusters=12, factories=1500, seed=4).assign(survey_year="2021-22")
    factories = pd.concat([earlier, later], ignore_index=True)
    # the frame's industry is known, and is that of the return
    factories = factories.assign(nic_frame=factories.nic_return.str[:4])
    codes = {code: str(int(code[:3])) for code in factories.nic_return.unique()}
    build_totals(warehouse, factories, codes)
    warehouse.connection.execute(
        """
        create table intermediate.int_survey_year_gaps as
        select survey_year, null::varchar as null_reason, null::varchar as missing_blocks
        from raw.survey_years;
        create table intermediate.int_measure_availability (
            survey_year varchar, measure varchar, null_reason varchar
        );
        insert into intermediate.int_measure_availability
        values ('2021-22', 'total_employee_wages', 'block_not_in_release');
        """
    )
    warehouse.build("cluster_state_year", "int_cell_strata")
    warehouse.give("reference.indicator_rules", indicator_rules())
    warehouse.give("reference.smoothing_rules", pd.DataFrame(reference_rows("smoothing_rules")))
    warehouse.build("cluster_state_year_modelled", "cluster_state_year_modelled_harmonised")
    return warehouse


def test_a_hidden_cell_has_no_modelled_amounts(published):
    rows = published.query("from marts.cluster_state_year_modelled")
    is_hidden = rows.total_employees_estimated.isna()
    assert is_hidden.sum() > 10
    for name in AMOUNTS:
        columns = [f"{name}_modelled{end}" for end in ("", "_rmse", "_lower", "_upper")]
        assert rows.loc[is_hidden, columns].isna().all(axis=None)
        assert rows[f"{name}_modelled"].notna().sum() > 10
    for name in ("total_employees", "gross_value_added"):
        assert rows.null_reason[is_hidden].str.contains(f"{name}: suppressed_").all()


def test_a_modelled_total_stands_beside_the_direct_one(published):
    rows = published.query("from marts.cluster_state_year_modelled")
    direct = published.query("from marts.cluster_state_year")
    assert len(rows) == len(direct)
    keys = ["survey_year", "state_code", "cluster_code"]
    both = rows.merge(direct, on=keys, suffixes=("", "_published"))
    for name in ("units", *AMOUNTS):
        one, other = both[f"{name}_estimated"], both[f"{name}_estimated_published"]
        pd.testing.assert_series_equal(one, other, check_names=False)
    modelled = rows[rows.total_employees_modelled.notna()]
    assert (modelled.factories_drawn >= 3).all()
    assert (modelled.total_employees_modelled_lower < modelled.total_employees_modelled).all()
    assert modelled.null_reason.fillna("").str.contains("total_employees:").sum() == 0


def test_what_a_year_lacks_is_said_before_anything_else(published):
    reasons = published.query(
        "select null_reason from marts.cluster_state_year_modelled where survey_year = '2021-22'"
    ).null_reason
    assert reasons.str.contains("total_employee_wages: block_not_in_release;").all()


def test_harmonised_states_are_modelled_too(published):
    rows = published.query("from marts.cluster_state_year_modelled_harmonised")
    official = published.query("from marts.cluster_state_year_modelled")
    merged = published.query("from reference.states_harmonised").set_index("state_code")
    state = official.state_code.map(merged.harmonised_state_code).fillna(official.state_code)
    keys = ["survey_year", "state_code", "cluster_code"]
    parts = official.assign(state_code=state).groupby(keys)
    both = rows.set_index(keys).join(
        parts.agg(
            parts=("units_estimated", "size"),
            units=("units_estimated", "sum"),
            factories=("factories_drawn", "sum"),
            hidden=("total_employees_estimated", lambda figures: figures.isna().any()),
        )
    )
    assert len(rows) == len(parts)
    assert (both.parts > 1).any(), "states that were one are in the sample"
    assert both.units_estimated.to_numpy() == approx(both.units.to_numpy())
    assert (both.factories_drawn == both.factories).all()
    # what holds a hidden cell is hidden, direct and modelled
    assert (both.total_employees_estimated.isna() == both.hidden).all()
    assert both.total_employees_modelled[both.hidden].isna().all()
    modelled = both[both.total_employees_modelled.notna()]
    assert both.units_modelled.notna().sum() > 10
    assert (modelled.factories_drawn >= 3).all()
    assert (modelled.total_employees_modelled_lower < modelled.total_employees_modelled).all()
