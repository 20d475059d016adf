"""The report on quality, on returns that are made by hand."""

import pandas as pd
import pytest
from pytest import approx

from tests.support.dictionary import indicator_rules
from tests.support.warehouse import Warehouse, give_places_and_designs

YEAR = "2022-23"
# State, industry, status, multiplier, persons. Status: 1 open, 2 and 3 closed, 4 deleted, 5 and 8
# no response.
RETURNS = [
    *[("09", "10101", 1, 1.0, 100.0)] * 12,
    *[("09", "10101", 1, 2.0, 20.0)] * 10,
    ("09", "10101", 3, 2.0, 0.0),
    ("09", "10101", 4, 4.0, 0.0),
    ("09", "10101", 5, 6.0, 0.0),
    ("09", "20202", 1, 2.0, 30.0),
    ("09", "20202", 8, 2.0, 0.0),
    *[("27", "20202", 1, 5.0, 10.0)] * 3,
    ("27", "20202", 2, 5.0, 0.0),
]
HIDDEN = [("09", "2", "suppressed_primary"), ("09", "1", "suppressed_secondary")]
COUNTRY = ("country", "", "")
# Scope, state, cluster: by hand.
EXPECTED = {
    COUNTRY: {
        "returns_selected": 31,
        "returns_open": 26,
        "returns_closed": 2,
        "returns_deleted": 1,
        "returns_non_response": 2,
        "returns_previous_year": 0,
        "returns_unknown": 0,
        "over_coverage_rate": 4 / 68,
        "closure_rate": 7 / 64,
        "non_response_rate": 8 / 64,
        "substitution_rate": 0,
        "coverage": 0.8,
        "census_share_units": 12 / 49,
        "census_share_employment": 0.66,
        "rejected_share": 0.05,
        "hidden_cells_share": 2 / 3,
    },
    ("state", "09", ""): {
        "returns_selected": 27,
        "over_coverage_rate": 4 / 48,
        "closure_rate": 2 / 44,
        "non_response_rate": 8 / 44,
        "coverage": None,
        "census_share_units": 12 / 34,
        # of its cells one is hidden
        "census_share_employment": None,
        "rejected_share": None,
        "hidden_cells_share": 1,
    },
    ("state", "27", ""): {
        "closure_rate": 0.25,
        "coverage": 1,
        "census_share_units": 0,
        # three drawn factories are too few to tell them from the census sector
        "census_share_employment": None,
        "hidden_cells_share": 0,
    },
    ("cluster", "", "2"): {
        "returns_selected": 6,
        "closure_rate": 5 / 24,
        "non_response_rate": 2 / 24,
        "hidden_cells_share": 0.5,
    },
    ("state_cluster", "09", "1"): {
        "returns_selected": 25,
        "non_response_rate": 6 / 40,
        "census_share_units": 12 / 32,
        "census_share_employment": None,
        "hidden_cells_share": 1,
    },
    # two returns
    ("state_cluster", "09", "2"): {
        "returns_selected": 2,
        "returns_open": None,
        "returns_non_response": None,
        "non_response_rate": None,
        "census_share_units": None,
    },
}


def report(compiled, is_synthetic: bool) -> pd.DataFrame:
    warehouse = Warehouse(compiled)
    give_places_and_designs(warehouse)
    names = ["state_code", "nic_return", "unit_status", "multiplier", "total_employees"]
    rows = pd.DataFrame(RETURNS, columns=names)
    warehouse.give_factories(
        rows.assign(
            survey_year=YEAR,
            factory_id=[f"{YEAR}/{at}" for at in range(len(rows))],
            is_open=rows.unit_status == 1,
            is_synthetic=is_synthetic,
        )
    )
    warehouse.give_clusters({"10101": "1", "20202": "2"})
    years = {"survey_year": YEAR, "status_codes": "schedule-2010", "is_synthetic": is_synthetic}
    warehouse.give("raw.survey_years", pd.DataFrame([years]))
    warehouse.give("reference.indicator_rules", indicator_rules())
    warehouse.give_seed("asi", "asi_unit_status")
    warehouse.connection.execute(
        "alter table reference.asi_unit_status alter unit_status type integer"
    )
    hidden = pd.DataFrame(HIDDEN, columns=["state_code", "cluster_code", "status"])
    warehouse.give(
        "intermediate.int_disclosure",
        hidden.assign(domain="state_cluster", survey_year=YEAR, family="production"),
    )
    if is_synthetic:
        warehouse.connection.execute("truncate intermediate.int_disclosure")
    figures = [
        ("all-india", "", "number_of_factories", 100.0, 80.0),
        ("all-india", "10", "number_of_factories", 100.0, 7.0),
        ("all-india", "", "total_output", 100.0, 7.0),
        ("27", "", "number_of_factories", 20.0, 20.0),
    ]
    columns = ["geography", "nic_division", "variable", "published_value", "computed_value"]
    official = pd.DataFrame(figures, columns=columns).assign(survey_year=YEAR)
    warehouse.give("marts.reconciliation", official)
    read = pd.DataFrame({"rows_read": [30, 70], "rows_rejected": [1, 4]})
    warehouse.give("marts.ingestion", read.assign(survey_year=YEAR))
    warehouse.build("int_industry_changes", "int_sampling_strata", "quality_report")
    return warehouse.query("from marts.quality_report").set_index(
        ["scope", "state_code", "cluster_code"]
    )


@pytest.fixture(scope="module")
def real(compiled) -> pd.DataFrame:
    return report(compiled, is_synthetic=False)


@pytest.mark.parametrize("line", EXPECTED, ids=" ".join)
def test_the_quality_report_says_what_became_of_the_returns(real, line):
    row = real.loc[line]
    for name, value in EXPECTED[line].items():
        assert row[name] == approx(value, abs=1e-6) if value is not None else pd.isna(row[name]), (
            name
        )


def test_what_is_missing_says_why(real):
    reasons = real.null_reason
    assert pd.isna(reasons[COUNTRY])
    assert reasons["state", "27", ""] == (
        "census_share_employment: suppressed_secondary; rejected_share: told_of_the_country;"
    )
    assert reasons["state", "09", ""] == (
        "coverage: no_official_figure; census_share_employment: suppressed_secondary; "
        "rejected_share: told_of_the_country;"
    )
    cell = reasons["state_cluster", "09", "2"]
    assert cell.startswith("rates: suppressed_primary;")
    assert "census_share_employment: not_told_of_cells;" in cell
    assert real.disclosure.to_dict()["state_cluster", "09", "2"] == "suppressed_primary"


def test_nothing_is_hidden_of_invented_factories(compiled):
    rows = report(compiled, is_synthetic=True)
    assert rows.census_share_employment["state", "09", ""] == 0.72
    row = rows.loc[("state", "27", "")]
    assert (row.census_share_employment, row.disclosure) == (0, "skipped_synthetic")
    assert "hidden_cells_share: skipped_synthetic;" in row.null_reason
