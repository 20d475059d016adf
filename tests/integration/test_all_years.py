"""Every survey year whose layout is fully known goes the whole road and equals its truth file."""

import json

import pytest
from pytest import approx

from locus_pipeline.asi.layout import LayoutError
from locus_pipeline.orchestration.run import run_years
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.sample.asi.official import figure

INCOMPLETE = ["2016-17"]


@pytest.mark.slow
def test_all_survey_years_equal_their_truth_files(make_home, layouts):
    home = make_home("all years")
    # a sample is drawn to the published totals, which a year to come has not got
    years = [
        year
        for year in layouts
        if year not in INCOMPLETE and figure(year, "number_of_factories") is not None
    ]
    for year in years:
        write_sample(home.settings.releases, layouts[year], scale=0.005, seed=11)
    run_years(home.definitions, home.settings, years)
    for year in years:
        truth = json.loads((home.settings.releases / year / "truth.json").read_text())
        for kind in ("actual", "estimated"):
            sums = ", ".join(f"sum({measure}_{kind})" for measure in truth["measures"][1:])
            (computed,) = home.query(
                f"select {sums} from cluster_state_year where survey_year = ?", [year]
            )
            assert list(computed) == approx(truth["national"][kind][1:], rel=1e-9), year


@pytest.mark.parametrize("year", INCOMPLETE)
def test_a_year_whose_layout_is_not_known_says_what_is_missing(make_home, layouts, year):
    home = make_home("incomplete")
    with pytest.raises(LayoutError, match="does not know where the release keeps"):
        write_sample(home.settings.releases, layouts[year], scale=0.005, seed=11)
