import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.index.build import build_index
from locus_pipeline.methods.index.noise import measure
from tests.support.cci_inputs import RULES, framework, invented_objects, invented_values

nan = np.nan
FACTS = framework()
OBJECTS = invented_objects(24, "2026")
VALUES = invented_values(OBJECTS, FACTS)


def one(values, errors, base, natural=False):
    columns = (np.asarray(part, dtype=float)[:, None] for part in (values, errors))
    spread = measure(*columns, np.array([base]), np.array([natural]), RULES)
    return float(spread.relative_range[0]), float(spread.reliability[0]), bool(spread.is_real[0])


def test_reliability_is_what_the_errors_leave_of_the_variance():
    # variance between 10/3 x 1, mean sampling variance 1
    assert one([1, 2, 3, 5], [1, 1, 1, 1], 2.5)[1:] == (approx(1 - 1 / (35 / 12)), True)
    assert one([1, 2, 3, 5], [1.3] * 4, 2.5)[2] is False
    # as large as the variance or larger: nothing is left, never less than nothing
    assert one([1, 2, 3, 5], [9] * 4, 2.5)[1:] == (0, False)


def test_what_has_no_known_error_is_judged_by_its_range_alone():
    assert np.isnan(one([1, 2, 3], [nan] * 3, 2)[1]) and one([1, 2, 3], [nan] * 3, 2)[2]
    assert one([1, 2, 3], [9, 9, nan], 2)[2], "two errors are too few to judge by"
    assert not one([11.282, 11.28201, 11.28199], [nan] * 3, 11.282)[2]


def test_natural_bounds_stretch_nothing():
    relative_range, _, real = one([0.5, 0.501, 0.502], [0] * 3, 0.5, natural=True)
    assert np.isnan(relative_range) and real


def test_a_median_of_zero_has_no_relative_range():
    assert one([-1, 0, 1], [0] * 3, 0)[0] == np.inf


@given(st.floats(0.001, 1000), st.floats(-1e3, 1e3))
def test_units_do_not_matter(factor, shift):
    values, errors = np.array([1.0, 2, 3, 5]), np.array([0.5, 1, 0.5, 0.5])
    plain, scaled = one(values, errors, 2.5), one(values * factor, errors * factor, 2.5 * factor)
    assert scaled[:2] == (approx(plain[0]), approx(plain[1])) and scaled[2] == plain[2]
    assert one(values + shift, errors, 2.5)[1] == approx(plain[1], abs=1e-6)


def nearly_the_same(code: str, centre: float, reach: float, error: float) -> pd.DataFrame:
    random = np.random.default_rng(3)
    rows = VALUES.parameter_code == code
    values = VALUES.copy()
    values.loc[rows, "value"] = centre + reach * random.uniform(-1, 1, rows.sum())
    values.loc[rows, "standard_error"] = error
    return values


@pytest.mark.parametrize(
    ("reach", "error"),
    [(1e-5, 0.0), (1e-5, nan), (1e-5, 1e-7), (0.01, 0.0), (2.0, 5.0)],
)
def test_an_indicator_that_is_the_same_everywhere_is_in_no_score(reach, error):
    """Cost of credit, 11.282 in all clusters, was stretched over the scale."""
    index = build_index(
        nearly_the_same("HF03", 11.282, reach, error), OBJECTS, FACTS, RULES, runs=20
    )
    row = index.screening.set_index("parameter_code").loc["HF03"]
    assert (row.kept, row.reason) == (False, "no_real_variance")
    for table in (index.contributions, index.goalposts, index.influence):
        assert "HF03" not in set(table.parameter_code)
    assert "HF03" not in set(index.stages["item"])
    assert len(index.scores) == 24


def test_a_real_difference_stays():
    index = build_index(nearly_the_same("HF03", 11.282, 2.0, 0.1), OBJECTS, FACTS, RULES, runs=20)
    row = index.screening.set_index("parameter_code").loc["HF03"]
    assert row.kept and row.reliability > 0.9 and row.relative_range > 0.2


def test_a_sector_adjusted_indicator_is_judged_by_what_differs_inside_sectors():
    rows = VALUES.parameter_code == "CV04"
    levels = OBJECTS.set_index("object_id").sector.map(
        {f"sector {at}": 10.0 ** (at + 1) for at in range(4)}
    )
    values = VALUES.copy()
    jitter = np.random.default_rng(4).uniform(0.999, 1.001, rows.sum())
    values.loc[rows, "value"] = values.object_id[rows].map(levels).to_numpy() * jitter
    values.loc[rows, "standard_error"] = nan
    index = build_index(values, OBJECTS, FACTS, RULES, runs=20)
    row = index.screening.set_index("parameter_code").loc["CV04"]
    assert (row.kept, row.reason) == (False, "no_real_variance")


def test_frozen_goalposts_keep_what_they_know():
    base = build_index(VALUES, OBJECTS, FACTS, RULES, runs=20)
    noisy = VALUES.assign(standard_error=VALUES.value * 9)
    again = build_index(noisy, OBJECTS, FACTS, RULES, goalposts=base.goalposts, runs=20)
    assert (again.screening.kept == base.screening.kept).all()
