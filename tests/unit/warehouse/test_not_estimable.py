"""Errors of cells whose sample tells none: null and `not_estimable`, never 0. A census factory in
each of five clusters of a state; what else was selected for them differs."""

import pandas as pd
import pytest

from tests.support.dictionary import indicator_rules
from tests.support.warehouse import Warehouse, build_totals

KNOWN, MASKED = "2009-10", "2022-23"
STATE = "09"
CLUSTER_OF = {
    "10101": "closed", "10201": "changed", "10301": "census", "10401": "lone", "10501": "zeros",
    "20202": "others",
}  # fmt: skip
# code of the return, class of the frame, multiplier, whether it is open, persons, exports
RETURNS = [
    *((code, code[:4], 1.0, True, 100.0, 50.0) for code in list(CLUSTER_OF)[:5]),
    ("10101", "1010", 4.0, False, 0.0, 0.0),
    ("10101", "1010", 4.0, False, 0.0, 0.0),
    ("20202", "1020", 4.0, True, 30.0, 10.0),
    ("20202", "2020", 4.0, True, 20.0, 20.0),
    ("20202", "2020", 4.0, True, 40.0, 10.0),
    ("10401", "1040", 5.0, True, 25.0, 10.0),
    ("10501", "1050", 6.0, True, 20.0, 0.0),
    ("10501", "1050", 6.0, True, 35.0, 0.0),
]


def returns(year: str) -> pd.DataFrame:
    """Of a year; where the frame is masked, its industries are missing."""
    columns = ["nic_return", "nic_frame", "multiplier", "is_open", "total_employees", "exports"]
    rows = pd.DataFrame(RETURNS, columns=columns)
    return rows.assign(
        survey_year=year,
        factory_id=[f"f{at}" for at in rows.index],
        nic_frame="9999" if year == MASKED else rows.nic_frame,
        state_code=STATE,
        # the census sector lies elsewhere in the state
        district_code=["01" if one == 1 else "02" for one in rows.multiplier],
        sector="1",
        total_employee_wages=rows.total_employees * 9,
        # disclosure control skips invented years
        is_synthetic=True,
    )


@pytest.fixture(scope="module")
def warehouse(compiled) -> Warehouse:
    warehouse = Warehouse(compiled)
    build_totals(warehouse, pd.concat([returns(KNOWN), returns(MASKED)]), CLUSTER_OF)
    warehouse.give("reference.indicator_rules", indicator_rules())
    warehouse.give_seed("indicators", "definition_breaks")
    warehouse.connection.execute(
        "create table intermediate.int_survey_year_gaps as "
        "select survey_year, null::varchar as null_reason, '' as missing_blocks "
        "from raw.survey_years; "
        "create table intermediate.int_measure_availability "
        "(survey_year varchar, measure varchar, null_reason varchar)"
    )
    warehouse.build(
        "int_indicator_errors", "cluster_state_year", "nic_state_year", "estimate_quality"
    )
    return warehouse


def cells(warehouse: Warehouse, year: str, domain: str = "state_cluster") -> pd.DataFrame:
    """Errors by district, empty where the domain has none, and cluster."""
    rows = warehouse.query(
        "from intermediate.int_estimate_errors where state_basis = 'official' "
        f"and domain = '{domain}' and survey_year = '{year}'"
    )
    return rows.set_index(["district_code", "cluster_code"])


def measures(row: pd.Series) -> set[str]:
    """What the row says it has no error of."""
    return set() if pd.isna(row.not_estimable) else set(row.not_estimable.split())


@pytest.mark.parametrize("year", [KNOWN, MASKED])
def test_all_members_are_census_units_by_luck_while_the_stratum_is_not(warehouse, year):
    errors = cells(warehouse, year).loc[""]
    assert errors.factories_drawn[["closed", "census"]].tolist() == [0, 0]
    for measure in ("units", "total_employees", "exports", "average_size"):
        columns = [f"{measure}_{part}" for part in ("smoothed_variance", "lower", "upper")]
        assert errors.loc["closed", columns].isna().all()
        # nothing of the sample selects for it
        assert errors.loc["census", f"{measure}_smoothed_variance"] == 0
        assert errors.loc["census", columns[1:]].nunique() == 1


def test_a_changed_industry_is_known_where_the_release_tells_that_of_the_frame(warehouse):
    known, masked = (cells(warehouse, year).loc["", "changed"] for year in (KNOWN, MASKED))
    assert pd.isna(known.units_smoothed_variance)
    assert not known.is_certain
    assert masked.units_smoothed_variance == 0
    assert masked.is_certain


def test_a_district_that_nothing_was_selected_in_is_certain(warehouse):
    errors = cells(warehouse, KNOWN, "district_cluster")
    assert errors.is_certain["01", "closed"]
    assert errors.units_smoothed_variance["01", "closed"] == 0


def test_a_lone_unit_has_errors_of_totals_and_none_of_ratios(warehouse):
    lone = cells(warehouse, KNOWN).loc["", "lone"]
    # (1 - 1 / 5) (5 * 25)^2
    assert lone.total_employees_smoothed_variance >= 12_500
    assert lone.total_employees_lower < 225 < lone.total_employees_upper
    # wages are nine times the persons of every factory
    assert pd.isna(lone.wage_per_employee_smoothed_variance)
    assert pd.isna(lone.wage_per_employee_lower)


def test_zero_variance_with_a_sampled_part_is_not_estimable(warehouse):
    zeros = cells(warehouse, KNOWN).loc["", "zeros"]
    assert zeros.factories_drawn == 2
    assert zeros.total_employees_smoothed_variance > 0
    assert zeros[["exports_smoothed_variance", "exports_lower", "exports_upper"]].isna().all()


def test_published_rows_name_what_is_not_estimable(warehouse):
    rows = warehouse.query(f"from marts.cluster_state_year where survey_year = '{KNOWN}'")
    rows = rows.set_index("cluster_code")
    closed, census, zeros = (rows.loc[name] for name in ("closed", "census", "zeros"))
    given = {"units", "total_employees", "exports", "total_employee_wages"}
    assert given <= measures(closed)
    assert pd.isna(closed.units_rse)
    assert pd.isna(closed.total_employees_lower)
    assert measures(census) == set()
    assert (census.units_rse, census.units_lower, census.units_upper) == (0, 1, 1)
    # all that were selected are there, as in every home stratum: nothing tells how many could miss
    assert measures(zeros) == {"units", "exports"}
    codes = warehouse.query(f"from marts.nic_state_year where survey_year = '{KNOWN}'")
    codes = codes.set_index("nic_code")
    assert given <= measures(codes.loc["10101"]) & measures(codes.loc["10201"])
    assert measures(codes.loc["10301"]) == set()


def test_shares_and_quotients_follow(warehouse):
    rows = warehouse.query(
        "from intermediate.int_indicator_errors where state_basis = 'official' "
        f"and survey_year = '{KNOWN}' and state_code = '{STATE}'"
    ).set_index("cluster_code")
    for figure in ("lq_units", "lq_employment", "share_of_state_units"):
        parts = [f"{figure}_{part}" for part in ("se", "lower", "upper")]
        assert rows.loc["closed", parts].isna().all()
        assert rows.loc["census", parts].notna().all()


def test_what_is_gone_is_not_taken_whole(warehouse):
    reasons = (
        warehouse.query(
            f"from marts.estimate_quality where survey_year = '{KNOWN}' "
            "and scope = 'cluster' and measure = 'total_employees'"
        )
        .set_index("cluster_code")
        .null_reason
    )
    assert reasons[["closed", "changed"]].tolist() == ["not_estimable"] * 2
    assert reasons["census"] == "taken_whole"
