"""`locus compare`: cells by name, their difference, and what it does not compare."""

import io

import pandas as pd
import pytest
from click.testing import CliRunner
from pytest import approx
from rich.console import Console

from locus_pipeline.cli import locus
from locus_pipeline.publish.comparison import ComparisonError, compare, remarks
from locus_pipeline.settings import Settings

STATES = {"24": "Gujarat", "33": "Tamil Nadu", "36": "Telangana"}
CLUSTERS = {"12": "Downstream Metal Products", "42": "Textile Manufacturing",
            "47": "Upstream Metal Manufacturing"}  # fmt: skip
YEARS = ("2009-10", "2022-23")
# cluster, state, year -> employees and their relative standard error
FIGURES = {
    ("42", "33", "2022-23"): (1000.0, 0.1),
    ("42", "24", "2022-23"): (1500.0, 0.1),
    ("42", "24", "2009-10"): (1400.0, 0.1),
    ("12", "33", "2022-23"): (None, None),
    ("12", "24", "2022-23"): (800.0, None),
}
LIMITS = [f"total_employees_{name}" for name in ("rse", "lower", "upper")]


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home with an edition of three tables and a few cells."""
    settings = Settings(home=tmp_path)
    (tmp_path / "editions" / "e1").mkdir(parents=True)
    settings.published.symlink_to(tmp_path / "editions" / "e1")
    cells = [
        {
            "survey_year": year, "state_code": state, "cluster_code": cluster,
            "total_employees_estimated": employees, "total_employees_rse": error,
            "total_employees_lower": employees * (1 - 1.96 * error) if error else None,
            "total_employees_upper": employees * (1 + 1.96 * error) if error else None,
            "total_employee_wages_estimated": 1.0, "production_worker_wages_estimated": 1.0,
            "factories_sampled": 4, "is_synthetic": False, "null_reason": None,
            "disclosure": "none" if employees else "suppressed_primary",
            "hidden_measures": "" if employees else "loans production",
        }
        for (cluster, state, year), (employees, error) in FIGURES.items()
    ]  # fmt: skip
    rows = pd.DataFrame(cells).astype(dict.fromkeys(LIMITS, float))
    states = pd.DataFrame(
        [
            rows.iloc[0].to_dict() | {"state_code": code, "survey_year": year, "is_synthetic": True}
            for code in STATES
            for year in YEARS
        ]
    )
    clusters = pd.DataFrame(
        [
            rows.iloc[0].to_dict() | {"cluster_code": code, "survey_year": year}
            for code in CLUSTERS
            for year in YEARS
        ]
    )
    for name, table in (
        ("cluster_state_year", rows),
        ("state_year", states.assign(state_name=states.state_code.map(STATES))),
        ("cluster_year", clusters.assign(cluster_name=clusters.cluster_code.map(CLUSTERS))),
        ("edition", pd.DataFrame({"is_synthetic": [False]})),
    ):
        table.to_parquet(settings.published / f"{name}.parquet")
    return settings


def test_the_difference_of_two_states_by_hand(settings):
    comparison = compare(settings, "42/33/2022-23", "42/24/2022-23", "total_employees")
    # errors of 100 and 150; 1.96 times their root of squares
    assert comparison.difference.value == 500
    assert comparison.difference.error == approx(180.2776)
    assert (comparison.difference.lower, comparison.difference.upper) == approx(
        (146.656, 853.344), abs=1e-3
    )
    assert comparison.difference.verdict == "up"
    assert remarks(comparison) == [
        "Textile Manufacturing, Gujarat, 2022-23 is higher than Textile Manufacturing, Tamil Nadu, "
        "2022-23 (+50.0 %; +13.1 to +98.9 %): up."
    ]


def test_the_percentage_has_limits_of_its_own(settings):
    """On the logarithm: 1500 / 1206 and 1196 / 1000 down, 1794 / 1500 and 1000 / 804 up."""
    gap = compare(settings, "42/33/2022-23", "42/24/2022-23", "total_employees").difference
    assert (gap.percent, gap.percent_lower, gap.percent_upper) == approx(
        (50, 13.1209, 98.9022), abs=1e-3
    )
    nothing = compare(settings, "42/33/2022-23", "12/24/2022-23", "total_employees")
    assert (nothing.difference.percent, nothing.difference.percent_lower) == (approx(-20), None)
    assert "(-20.0 %)" in remarks(nothing)[0]


def test_two_industries_of_one_state_and_year_share_strata(settings):
    within = compare(settings, "12/24/2022-23", "42/24/2022-23", "total_employees")
    assert "stratum" in remarks(within)[1]
    for other in ("42/33/2022-23", "42/24/2009-10"):
        between = compare(settings, other, "42/24/2022-23", "total_employees")
        assert not any("stratum" in line for line in remarks(between))


def test_between_years_breaks_are_named(settings):
    comparison = compare(
        settings, "textile/gujarat/2009-10", "Textiles/Gujarat/2022-23", "employees"
    )
    assert comparison.difference.verdict == "no_clear_change"
    assert comparison.breaks == ("frame", "design")
    assert "frame, design" in remarks(comparison)[1]


def test_a_state_that_was_split_is_not_comparable(settings):
    comparison = compare(settings, "all/Telangana/2009-10", "all/36/2022-23", "total_employees")
    assert not comparison.is_comparable
    assert remarks(comparison)[0].startswith("not_comparable")
    assert remarks(comparison)[-1].startswith("Synthetic")


def test_what_is_hidden_says_why(settings):
    comparison = compare(settings, "42/33/2022-23", "12/33/2022-23", "total_employees")
    assert comparison.difference is None
    assert "suppressed_primary" in remarks(comparison)[0]
    # a hidden figure is no figure of another measure either; a cell that is not there has none
    nobody = compare(settings, "42/33/2022-23", "47/24/2022-23", "total_employees")
    assert "no_units" in remarks(nobody)[0]


def test_without_an_error_nothing_is_concluded(settings):
    comparison = compare(settings, "42/33/2022-23", "12/24/2022-23", "total_employees")
    assert comparison.difference.verdict == "not_estimable"
    assert comparison.difference.lower is None


@pytest.mark.parametrize(
    ("base", "now", "measure", "says"),
    [
        ("42/33", "42/24/2022-23", "total_employees", "CLUSTER/STATE/YEAR"),
        ("42/Gujrat/2022-23", "42/24/2022-23", "total_employees", "near it: Gujarat"),
        ("metal/33/2022-23", "42/24/2022-23", "total_employees", "Downstream Metal Products, Up"),
        ("42/33/2021-22", "42/24/2022-23", "total_employees", "no survey year '2021-22'"),
        ("42/33/2022-23", "42/24/2022-23", "wages", "production_worker_wages, total_employee_w"),
        ("42/33/2022-23", "42/24/2022-23", "turnover", "no measure 'turnover'"),
        ("42/India/2022-23", "42/24/2022-23", "total_employees", "factories in common"),
        ("42/24/2022-23", "42/24/2022-23", "total_employees", "factories in common"),
        ("all/24/2022-23", "42/India/2022-23", "total_employees", "factories in common"),
        ("all/India/2009-10", "42/24/2022-23", "total_employees", "whole country"),
    ],
)
def test_what_it_does_not_compare(settings, base, now, measure, says):
    with pytest.raises(ComparisonError, match=says):
        compare(settings, base, now, measure)


def test_without_an_edition_it_says_how_to_get_one(tmp_path):
    with pytest.raises(ComparisonError, match="locus run"):
        compare(Settings(home=tmp_path), "42/33/2022-23", "42/24/2022-23", "units")


def test_the_command_prints_both_cells(settings, monkeypatch):
    printed = io.StringIO()
    monkeypatch.setattr("locus_pipeline.cli.console", Console(file=printed, width=160))
    arguments = ["compare", "textile/Tamil Nadu/2022-23", "textile/Gujarat/2022-23", "--home"]
    done = CliRunner().invoke(locus, [*arguments, str(settings.home)])
    assert done.exit_code == 0, done.output
    for text in ("Tamil Nadu, 2022-23", "1,500", "804 to 1,196", "+500", "147 to 853", ": up."):
        assert text in printed.getvalue()
