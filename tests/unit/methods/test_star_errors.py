"""Covariances of the totals that stars are made of, computed by hand."""

import numpy as np
import pandas as pd
from pytest import approx

from locus_pipeline.methods.indicators.star_errors import (
    MEASURES,
    PAIRS,
    SLOPES,
    of_statistics,
    star_errors,
)


def factories() -> pd.DataFrame:
    """Two drawn factories of one stratum of 6, one of which closed, and one that is certain."""
    rows = [
        ("a", "S1", 3.0, "1", 10.0, 40.0, 20.0, 1.0),
        ("b", "S1", 3.0, None, np.nan, np.nan, np.nan, np.nan),
        ("c", "", 1.0, "1", 100.0, -500.0, 90.0, 1.0),
    ]
    names = ["factory_id", "stratum", "multiplier", "cluster_code", *MEASURES]
    frame = pd.DataFrame(rows, columns=names)
    scale = np.where(frame.stratum == "", 0.0, (1 - 2 / 6) * 2)
    return frame.assign(survey_year="2022-23", state_code="09", variance_scale=scale)


def test_covariances_of_a_cell_by_hand():
    [row] = star_errors(factories()).to_dict("records")
    assert row["factories_drawn"] == 1
    # one factory has no spread of its own and the country has none to lend: what varies is that
    # one of two is the cell's, drawn to the common share of home strata, which is the same half
    share = (1 + 3 * 0.5) / (2 + 3)
    of_members = 2 * share * (1 - share)
    variance = (1 - 2 / 6) * 2 * of_members
    assert row["total_employees_by_total_employees"] == approx(variance * 30**2 / 130**2)
    assert row["total_employees_by_units"] == approx(variance * 30 * 3 / (130 * 4))
    # value added is 3 * 40 - 500
    assert np.isnan(row["gross_value_added_by_gross_value_added"])
    assert np.isnan(row["total_employees_by_gross_value_added"])


def test_certain_factories_alone_have_no_error():
    rows = star_errors(factories().query("stratum == ''"))
    assert rows["total_employees_by_total_employees"].tolist() == [0]
    assert rows.factories_drawn.tolist() == [0]


def test_the_order_of_rows_changes_nothing():
    random = np.random.default_rng(1)
    count = 60
    frame = pd.DataFrame(
        {
            "survey_year": "2022-23",
            "factory_id": [f"{at:02d}" for at in range(count)],
            "stratum": random.choice(["", "S1", "S2", "S3"], count),
            "variance_scale": 0.9,
            "multiplier": 4.0,
            "state_code": random.choice(["09", "27"], count),
            "cluster_code": random.choice(["1", "2", "3"], count),
            **{name: np.exp(random.normal(3, 1, count)) for name in MEASURES},
        }
    )
    pd.testing.assert_frame_equal(
        star_errors(frame), star_errors(frame.sample(frac=1, random_state=2)), check_exact=True
    )


def test_statistics_move_as_their_totals_do():
    """Persons and value added in step: productivity has no error; growth has that of both years."""
    now = np.zeros((1, 4, 4))
    now[0, :2, :2] = 0.04
    before = np.zeros((1, 4, 4))
    before[0, 0, 0] = 0.01
    covariance = of_statistics(now, before)[0]
    size, _, productivity, growth = range(4)
    assert covariance[size, size] == approx(0.04)
    assert covariance[productivity, productivity] == approx(0)
    assert covariance[growth, growth] == approx(0.05)
    assert covariance[size, growth] == approx(0.04)
    now[0, 1, :] = now[0, :, 1] = np.nan
    missing = np.isnan(np.diagonal(of_statistics(now, before)[0]))
    assert missing.tolist() == [bool(slopes[1] or slopes[5]) for slopes in SLOPES]
    assert len(PAIRS) == 10
