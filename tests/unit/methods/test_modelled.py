"""Modelled totals: what they are of, what they tell, and why others have none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from bench.population import CELLS, CLUSTER, STATE, Survey, populations
from bench.small_area import SMOOTHING
from locus_pipeline.methods.indicators.area_models import (
    EMPLOYEES,
    MODELLED_MEASURES,
    AreaModels,
    TooFewAreasError,
)
from locus_pipeline.methods.indicators.modelled import (
    KEYS,
    MEASURES,
    ModelRules,
    modelled_totals,
)
from locus_pipeline.methods.indicators.stratum_moments import Moments

YEARS = ("2021-22", "2022-23")
RULES = ModelRules(3, 9, 19)
AMOUNTS = MEASURES[1:]
NO_CELLS = pd.DataFrame({name: pd.Series(dtype=str) for name in [*KEYS, "status"]})


def frames(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Strata and totals of two years of a made-up survey, as the warehouse has them."""
    random = np.random.default_rng(seed)
    strata, totals = [], []
    for year, population in zip(YEARS, populations(seed), strict=True):
        survey = Survey(population)
        estimate = survey.estimate(*survey.drawn(random))
        rows, at = estimate.rows, estimate.rows.cell
        columns = {f"{name}_sum": rows.sums[:, m] for m, name in enumerate(MEASURES)} | {
            f"{one}_by_{other}": rows.products[:, first, second]
            for first, one in enumerate(MEASURES)
            for second, other in enumerate(MEASURES[first:], first)
        }
        strata.append(
            pd.DataFrame(
                {
                    "survey_year": year,
                    "state_code": named(STATE[at]),
                    "cluster_code": named(CLUSTER[at]),
                    "stratum": named(rows.stratum),
                    "inside": rows.inside,
                    "selected": rows.selected,
                    "scale": rows.scale,
                    "share_changed": 0.0,
                    "multiplier": rows.multiplier,
                    **columns,
                }
            )
        )
        exists = estimate.totals[:, 0] > 0
        cells = pd.DataFrame({"state_code": named(STATE), "cluster_code": named(CLUSTER)})
        for m, name in enumerate(MEASURES):
            cells[f"{name}_estimated"] = estimate.totals[:, m]
        totals.append(cells[exists].assign(survey_year=year))
    return pd.concat(strata), pd.concat(totals)


def named(numbers: np.ndarray) -> list[str]:
    return [f"{number:04d}" for number in numbers]


@pytest.fixture(scope="module")
def survey() -> tuple[pd.DataFrame, pd.DataFrame]:
    return frames(1)


@pytest.fixture(scope="module")
def plain(survey) -> pd.DataFrame:
    return modelled_totals(*survey, NO_CELLS, [], RULES, SMOOTHING)


def test_every_cell_has_modelled_totals_or_a_reason(survey, plain):
    assert len(plain) == len(survey[1])
    for name in MEASURES:
        is_given = plain[f"{name}_modelled"].notna()
        assert (is_given == (plain[f"{name}_reason"] == "")).all()
        assert is_given.sum() > 100
        for column in ("rmse", "lower", "upper"):
            assert (plain[f"{name}_modelled_{column}"].notna() == is_given).all()


def test_the_reason_is_the_number_of_sampled_factories(plain):
    few = plain.factories_drawn
    employees, units = plain.total_employees_reason, plain.units_reason
    assert set(employees[few == 0]) == {"census_sector_alone"}
    assert set(employees[(few > 0) & (few < 3)]) == {"too_few_factories"}
    assert set(units[few > 9]) == {"direct_serves"}
    assert set(plain.gross_value_added_reason[few > 19]) == {"direct_serves"}
    assert "direct_serves" not in set(employees)


def test_numbers_of_factories_are_not_modelled_where_the_frame_is_masked(survey):
    modelled = modelled_totals(*survey, NO_CELLS, YEARS[1:], RULES, SMOOTHING)
    is_later = modelled.survey_year == YEARS[1]
    assert modelled.units_modelled[is_later].isna().all()
    assert "masked_frame" in set(modelled.units_reason[is_later])
    assert modelled.units_modelled[~is_later].notna().any()
    assert modelled.total_employees_modelled[is_later].notna().any()


def test_what_a_year_does_not_ask_is_not_modelled(survey):
    strata, totals = (table.copy() for table in survey)
    lacking = [name for name in strata if "gross_value_added" in name]
    strata[lacking] = np.nan
    modelled = modelled_totals(
        strata, totals.assign(gross_value_added_estimated=np.nan), NO_CELLS, [], RULES, SMOOTHING
    )
    assert modelled.gross_value_added_modelled.isna().all()
    assert (modelled.gross_value_added_reason != "").all()
    assert modelled.total_employees_modelled.notna().any()


def test_the_only_year_is_modelled_without_a_neighbour(survey):
    alone = [table[table.survey_year == YEARS[0]] for table in survey]
    modelled = modelled_totals(*alone, NO_CELLS, [], RULES, SMOOTHING)
    assert modelled.total_employees_modelled.notna().sum() > 100


def test_a_handful_of_cells_is_not_modelled(survey):
    few = [table[table.state_code == "0005"] for table in survey]
    modelled = modelled_totals(*few, NO_CELLS, [], RULES, SMOOTHING)
    assert modelled.total_employees_modelled.isna().all()
    assert "too_few_cells" in set(modelled.total_employees_reason)


def test_a_year_of_census_factories_alone_has_no_model(survey):
    strata, totals = survey
    modelled = modelled_totals(strata[:0], totals, NO_CELLS, [], RULES, SMOOTHING)
    assert set(modelled.total_employees_reason) == {"census_sector_alone"}


@settings(max_examples=5)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_nothing_follows_of_hidden_cells(survey, seed, factor):
    """Whatever the persons and money of hidden cells are, all that is published is the same: raking
    to printed totals, the fit and its covariates know nothing of them."""
    strata, totals = survey
    random = np.random.default_rng(seed)
    cells = totals[KEYS]
    hidden = cells[random.random(len(cells)) < 0.4].assign(status="suppressed_primary")
    at = pd.MultiIndex.from_frame(hidden[KEYS])

    def other(table: pd.DataFrame) -> pd.DataFrame:
        is_hidden = pd.MultiIndex.from_frame(table[KEYS]).isin(at)
        columns = [name for name in table if name.startswith(AMOUNTS)]
        products = [name for name in columns if "_by_" in name]
        changed = table.astype(dict.fromkeys(columns, float))
        changed.loc[is_hidden, columns] *= factor
        changed.loc[is_hidden, products] *= factor
        crossed = [name for name in table if name.startswith("units_by_") and "_total" in name]
        changed.loc[is_hidden, crossed] *= factor
        return changed

    one = modelled_totals(strata, totals, hidden, [], RULES, SMOOTHING)
    two = modelled_totals(other(strata), other(totals), hidden, [], RULES, SMOOTHING)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    is_hidden = pd.MultiIndex.from_frame(one[KEYS]).isin(at)
    for name in AMOUNTS:
        assert one[f"{name}_modelled"][is_hidden].isna().all()
        assert set(one[f"{name}_reason"][is_hidden]) == {"suppressed_primary"}
        assert one[f"{name}_modelled"][~is_hidden].notna().any()
    assert one.units_modelled[is_hidden].notna().any()


def test_what_forgets_the_hidden_cells_is_found_out(survey):
    """The test above could not fail otherwise: without `hidden` other values of them do show."""
    strata, totals = survey
    cell = totals[KEYS].iloc[[5]]
    at = pd.MultiIndex.from_frame(cell)
    is_it = pd.MultiIndex.from_frame(strata[KEYS]).isin(at)
    changed = strata.copy()
    changed.loc[is_it, "total_employees_sum"] *= 5
    one = modelled_totals(strata, totals, NO_CELLS, [], RULES, SMOOTHING)
    two = modelled_totals(changed, totals, NO_CELLS, [], RULES, SMOOTHING)
    others = ~pd.MultiIndex.from_frame(one[KEYS]).isin(at)
    assert (one.total_employees_modelled != two.total_employees_modelled)[others].any()


def test_limits_tell_nothing_of_the_census_sector(plain):
    """They follow from the total, its error and the number of factories alone."""
    given_ = plain[plain.total_employees_modelled.notna()]
    up = given_.total_employees_modelled_upper / given_.total_employees_modelled
    down = given_.total_employees_modelled / given_.total_employees_modelled_lower
    assert up.to_numpy() == approx(down.to_numpy(), rel=1e-4)


def test_cells_without_a_model_keep_their_part_of_the_totals():
    """Estimates are raked to the direct totals of states and clusters: where all cells have a model
    they add up to them."""
    random = np.random.default_rng(3)
    survey = Survey(populations(3)[1])
    rows = survey.estimate(*survey.drawn(random)).rows
    count = len(MODELLED_MEASURES)
    rows = Moments(
        rows.cell, rows.stratum, rows.inside, rows.selected, rows.scale, rows.multiplier,
        rows.sums[:, :count], rows.products[:, :count, :count], CELLS,
    )  # fmt: skip
    models = AreaModels(rows, None, STATE, CLUSTER, SMOOTHING, 0.0, 1)
    modelled = models.total(EMPLOYEES, np.zeros(CELLS)).estimate
    direct = models.sampled[:, EMPLOYEES]
    whole = np.bincount(STATE, np.isnan(modelled) & (direct > 0)) == 0
    assert whole.sum() > 3
    sums = np.bincount(STATE, np.nan_to_num(modelled))
    assert sums[whole] == approx(np.bincount(STATE, direct)[whole], rel=1e-6)
    assert not np.allclose(modelled, direct, rtol=0.05, equal_nan=True)


def test_too_few_cells_are_said():
    nothing = np.zeros((0, 4))
    rows = Moments(
        np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), np.zeros(0),
        np.zeros(0), nothing, np.zeros((0, 4, 4)), 4,
    )  # fmt: skip
    models = AreaModels(rows, None, np.arange(4) // 2, np.arange(4) % 2, SMOOTHING, 0.0, 3)
    with pytest.raises(TooFewAreasError, match="0 cells"):
        models.total(EMPLOYEES, np.zeros(4))
