"""The whole road on the real, partial release of 2022-23 against the published tables.

Microdata under the statistics office's terms: the files are no part of the project, and the test is
skipped where they are not beside it.
"""

import csv
import shutil

import pytest
from pytest import approx

from locus_pipeline.orchestration.run import run_years
from locus_pipeline.settings import CHECKOUT

REAL = CHECKOUT.parent / "shared" / "real" / "asi-2022-23"
BY_INDUSTRY = CHECKOUT.parent / "shared" / "reference" / "asi" / "published_nic2_allindia.csv"

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real blocks of 2022-23 are not beside the checkout"
)


@pytest.fixture(scope="module")
def real_home(make_home):
    home = make_home("real")
    shutil.copytree(REAL, home.settings.releases / "2022-23")
    run_years(home.definitions, home.settings, ["2022-23"])
    return home


def test_keeps_every_record(real_home):
    rows = real_home.query(
        "select block, rows_read, rows_kept, rows_rejected, is_synthetic from ingestion"
    )
    assert sorted(rows) == [("a", 68462, 68462, 0, False), ("i", 32919, 32919, 0, False)]


def test_number_of_factories_and_open_factories(real_home):
    ((official, operating, opened),) = real_home.query(
        """
        select
            sum(units_estimated) filter (in_published_factories),
            sum(units_estimated) filter (in_published_totals),
            sum(units_estimated) filter (is_kept)
        from factories
        """
    )
    assert official == approx(253334.000, abs=5e-4)
    assert operating == approx(206522.975, abs=5e-4)
    assert opened == approx(192585.300, abs=5e-4)
    ((clusters,),) = real_home.query("select sum(units_estimated) from cluster_state_year")
    assert clusters == approx(192585.300, abs=5e-4), "unmapped factories stay in a row of their own"


def test_factories_in_each_industry_reconcile(real_home):
    computed = dict(
        real_home.query(
            "select nic_division, computed_value from reconciliation "
            "where variable = 'number_of_factories' and nic_division <> ''"
        )
    )
    with BY_INDUSTRY.open(newline="") as file:
        published = {
            row["nic2"]: float(row["value"])
            for row in csv.DictReader(file)
            if row["year"] == "2022-23" and row["variable"] == "factories" and row["nic2"].isdigit()
        }
    assert len(published) >= 27
    for division, value in published.items():
        assert computed[division] == approx(value, abs=0.5), division


def test_provident_fund_and_welfare_reconcile_to_the_lakh(real_home):
    rows = real_home.query(
        "select variable, published_value, computed_value, status from reconciliation "
        "where nic_division = '' and variable in ('provident_and_other_funds', 'welfare_expenses')"
    )
    figures = {variable: (published, computed) for variable, published, computed, _ in rows}
    assert figures["provident_and_other_funds"] == (4066134, approx(4066134.19, abs=0.005))
    assert figures["welfare_expenses"] == (3532789, approx(3532788.82, abs=0.005))
    assert {status for *_, status in rows} == {"exact"}


def test_measures_of_missing_blocks_are_null_with_their_reason(real_home):
    ((employees, output, reasons),) = real_home.query(
        "select count(total_employees_estimated), count(total_output_estimated), "
        "count(*) filter (null_reason = 'block_not_in_release') = count(*) from cluster_state_year"
    )
    assert (employees, output, reasons) == (0, 0, True)
    missing = real_home.query("select distinct missing_blocks from state_year")
    assert missing == [("BCDEFGHJ",)]


def test_nothing_says_synthetic(real_home):
    assert real_home.query("select is_synthetic from edition") == [(False,)]
    assert "Synthetic" not in (real_home.settings.published / "README.md").read_text()


def test_others_hold_every_industry_without_a_row_of_its_own(real_home):
    """Repair, water supply, construction, trade, services and the rest of 01 and 08."""
    ((published, computed, status),) = real_home.query(
        "select published_value, computed_value, status from reconciliation "
        "where variable = 'number_of_factories' and nic_division = 'Ot'"
    )
    assert (published, status) == (14752, "exact")
    assert computed == approx(14751.5, abs=0.05)


def test_no_figure_is_off_but_where_a_block_is_missing(real_home):
    off = real_home.query(
        "select geography, nic_division, variable, difference_pct from reconciliation "
        "where status <> 'block_not_in_release' and abs(difference_pct) > 0.5"
    )
    assert off == []
