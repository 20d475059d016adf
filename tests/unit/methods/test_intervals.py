"""Errors of small cells: variances against their definition, degrees of freedom, and limits."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from locus_pipeline.methods.indicators import intervals
from locus_pipeline.methods.indicators.generalised_variance import (
    Smoothing,
    at_home,
    smoothed,
    unseen,
)
from locus_pipeline.methods.indicators.intervals import Limits
from locus_pipeline.methods.indicators.shares import relatives
from locus_pipeline.methods.indicators.stratum_moments import (
    Moments,
    covariances,
    moments,
    ratio_parts,
    stratum_covariances,
)

# Two states of two clusters; strata 0 and 1 lie in state 0, stratum 2 in state 1.
STATE, CLUSTER = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
RULES = Smoothing(level=np.array([0, 1]), prior=np.array([4.0, 4.0]), country=50.0, membership=3.0)
SEEDS = st.integers(0, 10_000)


class Sample:
    """Thirty selected factories of three strata, some closed; values: 1 and persons."""

    def __init__(self, seed: int):
        random = np.random.default_rng(seed)
        self.stratum = np.sort(np.concatenate([np.repeat([0, 1, 2], 2), random.integers(0, 3, 24)]))
        self.selected = np.bincount(self.stratum)[self.stratum]
        self.multiplier = np.array([2.0, 5.0, 3.0])[self.stratum]
        self.is_open = random.random(30) < 0.8
        self.cell = np.where(self.stratum == 2, 2, 0) + random.integers(0, 2, 30)
        persons = np.rint(np.exp(random.normal(3, 1, 30))) + 1
        self.values = np.stack([np.ones(30), persons], axis=1) * self.is_open[:, None]

    @property
    def rows(self) -> Moments:
        scale = (1 - 1 / self.multiplier) * self.selected / (self.selected - 1)
        kept = self.is_open
        return moments(
            self.cell[kept],
            self.stratum[kept],
            self.selected[kept],
            scale[kept],
            self.multiplier[kept],
            self.values[kept],
            4,
        )

    def totals(self) -> np.ndarray:
        weighted = self.values * self.multiplier[:, None]
        return np.stack([np.bincount(self.cell, one, minlength=4) for one in weighted.T], axis=1)

    def variance(self, z: np.ndarray) -> float:
        """Of the total of z, by its definition: zeros of the others count in the stratum."""
        variance = 0.0
        for stratum in np.unique(self.stratum):
            at = self.stratum == stratum
            spread = np.var(z[at] * self.multiplier[at], ddof=1)
            variance += (1 - 1 / self.multiplier[at][0]) * at.sum() * spread
        return variance


@given(SEEDS)
def test_variances_of_cells_are_those_of_the_definition(seed):
    sample = Sample(seed)
    matrices = covariances(sample.rows)
    for cell in range(4):
        one, persons = (sample.values * (sample.cell == cell)[:, None]).T
        assert matrices[cell, 1, 1] == approx(sample.variance(persons), abs=1e-6)
        both = sample.variance(one + persons) - sample.variance(one) - sample.variance(persons)
        assert matrices[cell, 0, 1] == approx(both / 2, abs=1e-6)


@given(SEEDS)
def test_the_variance_of_a_ratio_is_that_of_its_linear_form(seed):
    sample = Sample(seed)
    rows, totals = sample.rows, sample.totals()
    linear = rows.by_cell(ratio_parts(rows, totals, 1, 0))
    for cell in np.flatnonzero(totals[:, 0]):
        one, persons = (sample.values * (sample.cell == cell)[:, None]).T
        ratio = totals[cell, 1] / totals[cell, 0]
        z = (persons - ratio * one) / totals[cell, 0]
        assert linear[cell] == approx(sample.variance(z), abs=1e-9)


@given(SEEDS)
def test_variances_of_shares_and_quotients_are_those_of_their_linear_form(seed):
    sample = Sample(seed)
    total, persons = sample.totals()[:, 1], sample.values[:, 1]
    shares = relatives(total, sample.rows, 1, STATE, CLUSTER)

    def part(inside: np.ndarray) -> np.ndarray:
        z = persons * inside[sample.cell]
        return z / (z * sample.multiplier).sum()

    everywhere = np.ones(4, bool)
    for cell in np.flatnonzero(total):
        here = np.arange(4) == cell
        in_state, in_cluster = STATE[cell] == STATE, CLUSTER[cell] == CLUSTER
        for name, z in (
            ("share_of_cluster", part(here) - part(in_cluster)),
            ("share_of_state", part(here) - part(in_state)),
            ("lq", part(here) - part(in_state) - part(in_cluster) + part(everywhere)),
        ):
            assert shares[name].variance[cell] == approx(sample.variance(z), abs=1e-9), name


@given(SEEDS, st.floats(0, 20), st.floats(0, 20))
def test_no_direction_of_smoothed_variances_is_negative(seed, one, other):
    sample = Sample(seed)
    random = np.random.default_rng(seed)
    persons = sample.values[:, 1]
    pay = persons * np.exp(random.normal(0, 1, len(persons)))
    margin = persons * random.normal(1, 3, len(persons))
    sample.values = np.stack([persons, pay, margin], axis=1)
    rules = replace(RULES, level=np.array([0, 1, 0]), prior=np.array([one, other, 5.0]))
    matrices = covariances(smoothed(sample.rows, CLUSTER, rules, changed=0.06))
    assert (np.linalg.eigvalsh(matrices) >= -1e-9 * np.abs(matrices).max()).all()


@given(SEEDS)
def test_without_priors_smoothed_variances_are_direct(seed):
    rows = Sample(seed).rows
    none = Smoothing(level=RULES.level, prior=np.zeros(2), country=1.0, membership=0.0)
    # with one factory and no prior there is nothing to weigh
    several = rows.inside > 1
    matrices = stratum_covariances(smoothed(rows, CLUSTER, none))
    assert matrices[several] == approx(stratum_covariances(rows)[several], abs=1e-6)


def rows_of(inside: list[int], selected: list[int], **changes) -> Moments:
    """A row for each pair: factories with one person each, in strata and cells of their own."""
    count = np.array(inside, float)
    sums = np.stack([2 * count, 2 * count], axis=1)
    rows = Moments(
        cell=np.arange(len(inside)),
        stratum=np.arange(len(inside)),
        inside=np.array(inside),
        selected=np.array(selected),
        scale=np.full(len(inside), 0.5),
        multiplier=np.full(len(inside), 2.0),
        sums=sums,
        products=4 * count[:, None, None] * np.ones((len(inside), 2, 2)),
        cells=len(inside),
    )
    return replace(rows, **changes)


def test_four_of_four_open_factories_are_not_without_error():
    rows = rows_of([4, 3, 4], [4, 4, 4])
    assert covariances(rows)[0] == approx(0)
    matrices = covariances(smoothed(rows, np.zeros(3, int), RULES))
    # P = 11 / 12; p = (4 + 3 P) / 7; scale N p (1 - p) m^2
    share = (4 + 3 * 11 / 12) / 7
    assert matrices[0, 0, 0] == approx(0.5 * 4 * share * (1 - share) * 4)


def test_what_left_a_masked_stratum_is_in_the_error():
    rows = rows_of([4, 3, 4], [4, 4, 4])
    known, masked = (
        covariances(smoothed(rows, np.zeros(3, int), RULES, changed))[:, 0, 0]
        for changed in (0.0, 0.1)
    )
    assert (masked > known).all()


def test_a_lone_factory_keeps_its_square():
    rows = rows_of([1, 3], [1, 4])
    assert covariances(smoothed(rows, np.zeros(2, int), RULES))[0, 0, 0] == approx(0.5 * 4)


def test_the_home_of_a_stratum_is_where_most_of_it_is():
    rows = rows_of([3, 1, 1], [5, 5, 1], stratum=np.array([0, 0, 1]))
    assert at_home(rows).tolist() == [True, False, False]


def test_what_was_never_seen_is_known_from_other_states():
    # cluster 0 is at home in state 0, and seen away from home in state 1, not in state 0
    rows = rows_of([3, 4, 1], [4, 6, 6], cell=np.array([0, 3, 2]), stratum=np.array([0, 1, 1]))
    rows = replace(rows, cells=4)
    parts = unseen(rows, STATE, CLUSTER)
    # of cluster 1: none seen away from home
    assert parts[[1, 3]] == approx(0)
    # cell 2 has seen its own
    assert parts[2] == approx(0)
    # cell 0: all strata of its state are home
    assert parts[0] == approx(0)
    # with one more stratum of cluster 1 in state 0: P = 1 / (6 + 4), U = 4 left out, squares 1
    more = rows_of(
        [3, 4, 1, 4], [4, 6, 6, 4], cell=np.array([0, 3, 2, 1]), stratum=np.array([0, 1, 1, 2])
    )
    assert unseen(replace(more, cells=4), STATE, CLUSTER)[0] == approx(1 / 10 * 4)


def test_degrees_of_freedom_of_equal_strata_add_up():
    degrees = intervals.degrees_of_freedom(np.ones(3), np.full(3, 4.0), np.array([0, 0, 1]), 3)
    # sampled factories less strata, as R's degf
    assert degrees.tolist() == [8, 4, np.inf]


@pytest.mark.parametrize(
    "sizes, published",
    [
        # degf() of the designs dstrat, dclus1 and dclus2 of the R package survey: schools of three
        # kinds, and districts as units of one stratum
        ([100, 50, 50], 197),
        ([15], 14),
        ([40], 39),
    ],
)
def test_degrees_of_freedom_are_those_of_r_survey(sizes, published):
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    assert intervals.degrees_of_design(stratum) == published
    # Satterthwaite's, where the variance of a stratum goes with what it knows of it
    free = np.array(sizes) - 1.0
    (degrees,) = intervals.degrees_of_freedom(free, free, np.zeros(len(sizes), int), 1)
    assert degrees == approx(published)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.floats(1, 30))
def test_degrees_of_freedom_lie_between_those_of_one_and_of_all_strata(parts, free):
    parts = np.array(parts)
    (degrees,) = intervals.degrees_of_freedom(
        parts, np.full(len(parts), free), np.zeros(len(parts), int), 1
    )
    assert free * (1 - 1e-9) <= degrees <= free * len(parts) * (1 + 1e-9)


def test_an_amount_has_limits_on_the_logarithm_of_its_sampled_part():
    limits = intervals.of_amount(*(np.array([one]) for one in (100.0, 50.0, 25.0**2, 4.0)))
    factor = np.exp(stats.t.ppf(0.975, 4) * 0.5)
    assert limits.lower == approx(100 + 50 / factor)
    assert limits.upper == approx(100 + 50 * factor)


def test_a_number_of_factories_is_not_beyond_sense():
    """One factory of five, 13 census factories."""
    limits = intervals.of_count(*(np.array([one]) for one in (13.0, 5.0, 8.5**2, 50.0)))
    deviation = np.sqrt(np.log(1 + (8.5 / 5) ** 2))
    assert limits.upper == approx(13 + 5 * np.exp(stats.t.ppf(0.975, 50) * deviation))
    assert limits.upper < 80


@given(st.floats(0, 100), st.floats(1, 1e4), st.floats(0.01, 3), st.floats(1, 60))
def test_limits_of_a_number_lie_inside_those_of_an_amount(certain, sampled, relative, degrees):
    given = [np.array([one]) for one in (certain, sampled, (relative * sampled) ** 2, degrees)]
    number = intervals.of_count(*given)
    amount = intervals.of_amount(*given)
    assert amount.lower <= number.lower <= certain + sampled <= number.upper <= amount.upper


@pytest.mark.parametrize("sampled, variance", [(0.0, 0.0), (5.0, 0.0), (0.0, 3.0)])
def test_without_a_variance_there_are_no_limits(sampled, variance):
    limits = intervals.of_amount(*(np.array([one]) for one in (10.0, sampled, variance, 4.0)))
    assert np.isnan(limits.lower) and np.isnan(limits.upper)


def test_a_ratio_below_zero_has_symmetric_limits():
    limits = intervals.of_ratio(np.array([-2.0, 2.0]), np.ones(2), np.full(2, np.inf))
    half = stats.norm.ppf(0.975)
    assert limits.lower == approx([-2 - half, 2 * np.exp(-half / 2)])
    assert limits.upper == approx([-2 + half, 2 * np.exp(half / 2)])


@given(st.floats(0.001, 0.999), st.floats(0.01, 1.0), st.floats(1.0, 20.0), st.floats(0.0, 1.0))
def test_limits_of_shares_stay_between_nothing_and_all(share, down, up, rest):
    one = np.ones(1)
    limits = intervals.of_share(
        share * one, one, Limits(down * one, up * one), 1 - share * one, rest
    )
    assert 0 <= limits.lower[0] <= share * (1 + 1e-9)
    assert share * (1 - 1e-9) <= limits.upper[0] <= 1


def test_a_share_of_all_has_no_limits():
    one = np.ones(1)
    limits = intervals.of_share(one, one, Limits(one / 2, one * 2), 0 * one, 0 * one)
    assert np.isnan(limits.lower[0]) and np.isnan(limits.upper[0])


def test_a_quotient_of_a_small_cell_has_the_limits_of_its_total():
    one = np.ones(1)
    limits = intervals.of_quotient(3 * one, 10 * one, Limits(5 * one, 30 * one), one, 0 * one)
    assert (limits.lower[0], limits.upper[0]) == (approx(1.5), approx(9))


def test_growth_without_sampling_is_certain():
    one = np.ones(1)
    sure = Limits(4 * one, 4 * one)
    limits = intervals.of_growth(4 * one, sure, 6 * one, Limits(6 * one, 6 * one))
    assert (limits.lower[0], limits.upper[0]) == (approx(1.5), approx(1.5))


@given(st.floats(1, 100), st.floats(1, 100), st.floats(1.01, 3), st.floats(1.01, 3))
def test_growth_back_has_the_limits_of_growth_forth(base, now, wide, wider):
    one = np.ones(1)
    before = Limits(base / wide * one, base * wider * one)
    after = Limits(now / wider * one, now * wide * one)
    forth = intervals.of_growth(base * one, before, now * one, after)
    back = intervals.of_growth(now * one, after, base * one, before)
    assert back.lower == approx(1 / forth.upper)
    assert back.upper == approx(1 / forth.lower)


@given(st.floats(0.001, 0.999), st.floats(0.001, 2.0))
def test_a_ratio_of_a_part_stays_between_nothing_and_all(ratio, error):
    limits = intervals.of_part(*(np.array([one]) for one in (ratio, error**2, 7.0)))
    assert 0 <= limits.lower[0] <= ratio <= limits.upper[0] <= 1
    # the part that is left has the limits of the other side
    other = intervals.of_part(*(np.array([one]) for one in (1 - ratio, error**2, 7.0)))
    assert other.lower[0] == approx(1 - limits.upper[0], abs=1e-9)


def test_a_part_of_all_or_nothing_has_no_limits():
    limits = intervals.of_part(np.array([0.0, 1.0]), np.ones(2), np.full(2, 5.0))
    assert np.isnan(limits.lower).all() and np.isnan(limits.upper).all()


def told(certain: float, factories: int, largest: float) -> tuple[float, float]:
    """Limits of a total of 100, of which this is certain, with a standard error of 20."""
    split = intervals.in_grades(
        *(np.array([one]) for one in (certain, 100 - certain, float(factories), largest))
    )
    limits = intervals.of_amount(*split, np.array([400.0]), np.array([6.0]))
    return limits.lower[0], limits.upper[0]


@given(st.floats(0, 99.9), st.floats(0, 99.9), st.integers(0, 2))
def test_limits_tell_nothing_of_one_or_two_certain_factories(one, other, factories):
    assert told(one, factories, one) == told(other, factories, other)


@given(st.floats(1, 99.9), st.floats(0.86, 1.0))
def test_limits_tell_nothing_of_a_certain_part_that_one_factory_makes(certain, share):
    assert told(certain, 9, share * certain) == told(0.0, 0, 0.0)


@given(st.floats(0.1, 99.9), st.floats(0.1, 99.9))
def test_limits_tell_the_grade_of_a_certain_part_and_no_more(one, other):
    """What is certain is known to a quarter or half of the total, never closer."""

    def grade(certain: float) -> int:
        return int(np.searchsorted(intervals.GRADE_BOUNDS, (100 - certain) / 100))

    same = told(one, 9, one / 9) == told(other, 9, other / 9)
    assert same == (grade(one) == grade(other))
