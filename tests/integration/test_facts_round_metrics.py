"""FACTS metrics of survey rounds: each statistic and its error by hand, and against svy."""

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import polars
import pytest
import svy
from pytest import approx

from tests.support.rounds_warehouse import Round, RoundsWarehouse

MEMBERS, OTHERS = ("micro", True), ("small", False)
# Half of four, half of six: each unit stands for two.
STRATA = {MEMBERS: 4, OTHERS: 6}
PERSONS = {"a": 2, "b": 4, "p": 10, "q": 20, "s": 30}
WAGES = {"a": 100, "b": 300, "p": 1500, "q": 1500, "s": 4500}


def stratum_of(unit: str) -> tuple[str, bool]:
    return MEMBERS if unit in "ab" else OTHERS


def five_units(
    name: str = "r1", period: str = "2026", is_synthetic: bool = True, **answers
) -> Round:
    """A cluster `c` of two strata; `answers` are item -> (unit -> answer)."""
    one = Round(name, period, is_synthetic).cluster("c", STRATA)
    for unit in PERSONS:
        one.unit("c", unit, stratum_of(unit), **{item: of[unit] for item, of in answers.items()})
    return one


@pytest.fixture
def built(compiled):
    return lambda *rounds: RoundsWarehouse(compiled, *rounds).build_rounds()


def figures(row: pd.Series) -> tuple[float, float]:
    assert row.null_reason is None
    return row.value, row.standard_error


def reason(row: pd.Series) -> str:
    assert np.isnan(row.value) and np.isnan(row.standard_error)
    return row.null_reason


def test_total_mean_and_ratio_by_hand(built):
    warehouse = built(five_units(persons=PERSONS, wages=WAGES))
    # members: (1 - 1/2) * 2/1 * (4^2 + 8^2 - 12^2/2) = 8
    # others: (1 - 1/2) * 3/2 * (20^2 + 40^2 + 60^2 - 120^2/3) = 600
    assert figures(warehouse.metric("CP09")) == approx((132, sqrt(608)))
    assert figures(warehouse.metric("CU07")) == approx((13.2, sqrt(608) / 10))
    # wages over persons: 15800 / 132; residuals y - R x of each unit, times 2 / 132
    ratio = 15800 / 132
    residuals = [2 / 132 * (WAGES[unit] - ratio * PERSONS[unit]) for unit in PERSONS]
    members, others = residuals[:2], residuals[2:]
    variance = sum(z * z for z in members) - sum(members) ** 2 / 2
    variance += 0.75 * (sum(z * z for z in others) - sum(others) ** 2 / 3)
    assert figures(warehouse.metric("CP10")) == approx((ratio, sqrt(variance)))
    row = warehouse.metric("CP10")
    assert (row.object_type, row.unit, row.data_basis, row.sample_size) == (
        "named_cluster", "Rs per person-year", "facts_fresh", 5,
    )  # fmt: skip
    assert row.is_synthetic


def test_median_and_its_woodruff_error_by_hand(built):
    days = {"a": 1, "b": 2, "p": 3, "q": 4, "s": 5}
    warehouse = built(five_units(lead_time_days=days))
    # equal weights: half of the weight is reached at the third answer, where F = 0.6
    members = [2 / 10 * 0.4] * 2
    others = [2 / 10 * 0.4, 2 / 10 * -0.6, 2 / 10 * -0.6]
    variance = sum(z * z for z in members) - sum(members) ** 2 / 2
    variance += 0.75 * (sum(z * z for z in others) - sum(others) ** 2 / 3)
    share_error = sqrt(variance)
    assert 0.5 - 1.96 * share_error == approx(0.223, abs=0.001)  # reached at the second answer
    assert 0.5 + 1.96 * share_error == approx(0.777, abs=0.001)  # reached at the fourth
    assert figures(warehouse.metric("HR04")) == approx((3, (4 - 2) / (2 * 1.959964)))


def test_median_takes_each_units_own_quotient_and_weights(built):
    one = Round().cluster("c", {MEMBERS: 20, OTHERS: 4})
    prices = {"a": 10, "b": 10, "p": 30, "q": 30, "s": 60, "t": 60}
    for unit, price in prices.items():
        stratum = MEMBERS if unit in "ab" else OTHERS
        one.unit("c", unit, stratum, product_price=price, product_reference_price=20)
    # weights 10 10 1 1 1 1
    assert built(one).metric("CV11").value == approx(0.5)


def test_missing_codes_are_honoured(built):
    answers = {"a": 1, "b": 0, "p": 1, "q": -6, "s": -8}
    warehouse = built(five_units(water_enough=answers, iso_9001=answers, exports=PERSONS))
    row = warehouse.metric("SQ01")
    # answering a, b, p at equal weights; q does not apply, s refused
    assert row.value == approx(2 / 3)
    assert row.sample_size == 3


@pytest.mark.parametrize(
    "answers, expected",
    [
        (dict.fromkeys(PERSONS, -9), "not_asked"),
        ({"a": -8, "b": -9, "p": -9, "q": -9, "s": -6}, "not_answered"),
        ({"a": -7, "b": -7, "p": -7, "q": -7, "s": -7}, "not_answered"),
        (dict.fromkeys(PERSONS, -6), "not_applicable"),
    ],
)
def test_without_any_answer_the_reason_says_why(built, answers, expected):
    row = built(five_units(broadband=answers)).metric("HB09")
    assert reason(row) == expected
    assert row.sample_size == 0


def test_a_question_that_no_file_asked_is_not_asked(built):
    assert reason(built(five_units(persons=PERSONS)).metric("HB09")) == "not_asked"


def test_a_total_stands_for_units_that_did_not_answer_but_not_for_those_without(built):
    sales = {"a": 2, "b": 4, "p": 10, "q": -7, "s": -6}
    one = five_units(exports=dict.fromkeys(PERSONS, -6), persons=sales)
    warehouse = built(one)
    # answering: 2 * (2 + 4 + 10) over a weight of 6; applicable: a weight of 8
    row = warehouse.metric("CP09")
    assert row.value == approx(32 / 6 * 8)
    mean, up = 32 / 6, 8 / 6
    members = [2 * ((2 - mean) * up + mean), 2 * ((4 - mean) * up + mean)]
    others = [2 * ((10 - mean) * up + mean), 2 * mean, 0]
    variance = sum(z * z for z in members) - sum(members) ** 2 / 2
    variance += 0.75 * (sum(z * z for z in others) - sum(others) ** 2 / 3)
    assert row.standard_error == approx(sqrt(variance))
    assert reason(warehouse.metric("CP12")) == "not_applicable"


def test_an_amount_that_does_not_apply_adds_nothing_to_a_sum(built):
    """Return on capital of units some of which pay no rent."""
    rent = {"a": -6, "b": -6, "p": 10, "q": 10, "s": 10}
    same = {item: dict.fromkeys(PERSONS, value) for item, value in (
        ("gross_value_added", 100), ("wages", 40), ("interest", 10), ("fixed_capital", 200),
        ("working_capital", 0),
    )}  # fmt: skip
    row = built(five_units(rent=rent, **same)).metric("CV10")
    assert row.sample_size == 5
    # (2 * 50 * 2 + 3 * 40 * 2) / (5 * 200 * 2) per cent
    assert row.value == approx(100 * 440 / 2000)


def test_a_score_of_which_a_part_does_not_apply_is_no_score(built):
    full = dict.fromkeys(PERSONS, 4)
    row = built(
        five_units(trust_1=full, trust_2=full, trust_3=full, trust_4=full | {"a": -6})
    ).metric("CX08")
    assert (row.value, row.sample_size) == (4, 4)


def test_a_stratum_taken_whole_has_no_error(built):
    one = Round().cluster("c", {MEMBERS: 5})
    for unit, persons in PERSONS.items():
        one.unit("c", unit, MEMBERS, persons=persons)
    assert figures(built(one).metric("CP09")) == (66, 0)


def test_units_alone_in_their_strata_are_pooled_within_the_cluster(built):
    one = Round().cluster("c", {("micro", True): 2, ("micro", False): 2, OTHERS: 3})
    one.unit("c", "a", ("micro", True), persons=3).unit("c", "b", ("micro", False), persons=5)
    for unit in "pqs":
        one.unit("c", unit, OTHERS, persons=1)
    # pooled: two of four, weights 2: (1 - 1/2) * 2 * (6^2 + 10^2 - 16^2/2) = 8
    assert figures(built(one).metric("CP09")) == approx((19, sqrt(8)))


def test_one_unit_alone_joins_the_largest_sampled_stratum(built):
    one = Round().cluster("c", {MEMBERS: 2, OTHERS: 8})
    one.unit("c", "a", MEMBERS, persons=3)
    for unit, persons in zip("pqst", (1, 2, 3, 4), strict=True):
        one.unit("c", unit, OTHERS, persons=persons)
    # one stratum of five of ten: (1 - 1/2) * 5/4 * (36 + 4 + 16 + 36 + 64 - 26^2/5)
    assert figures(built(one).metric("CP09")) == approx((26, sqrt(0.625 * (156 - 26**2 / 5))))


def test_strata_of_the_frame_without_units_are_represented_by_the_others(built):
    one = Round().cluster("c", {MEMBERS: 5, OTHERS: 5})
    for unit, persons in PERSONS.items():
        one.unit("c", unit, MEMBERS, persons=persons)
    value, error = figures(built(one).metric("CP09"))
    assert value == approx(132)
    # five of ten: no longer taken whole
    y = np.array(list(PERSONS.values()))
    assert error == approx(sqrt(10**2 * (1 - 0.5) * y.var(ddof=1) / 5))


def test_answers_of_cluster_and_association_schedules(built):
    one = five_units(persons=PERSONS)
    one.answers(
        "cluster", "c",
        units_functioning=200, units_registered=50, organisations_academic=1,
        organisations_technology=2, organisations_export=0, organisations_ngo=3,
        organisations_bds=-6, plots=0, plots_vacant=0, power_hours=-8, highway_minutes=12,
    )  # fmt: skip
    one.answers(
        "association", "c",
        members=40, units_in_cluster=200, reference_year=2026, year_registered=2001,
        board_elected=1, agm_held=1, accounts_audited=0, minutes_open=-7,
    )  # fmt: skip
    warehouse = built(one)
    metrics = {code: warehouse.metric(code) for code in
             ("CP06", "CP07", "CP14", "HB01", "HB06", "HB10", "CA02", "CA03", "CA06")}  # fmt: skip
    assert metrics["CP06"].value == 200
    assert metrics["CP07"].value == approx(0.25)
    assert metrics["CP14"].value == 6
    assert metrics["HB06"].value == 12
    assert metrics["CA02"].value == approx(0.2)
    assert metrics["CA03"].value == 25
    assert reason(metrics["HB10"]) == "zero_denominator"
    assert reason(metrics["HB01"]) == "not_answered"
    assert reason(metrics["CA06"]) == "not_answered"
    assert metrics["CP06"].standard_error == 0


def test_every_parameter_of_a_schedule_has_one_row_in_every_cluster_round(built):
    one = five_units(persons=PERSONS).cluster("empty", {MEMBERS: 9})
    warehouse = built(one)
    rows = warehouse.query(
        "select object_id, count(*) filter (component = 'total') as rows_found, "
        "count(distinct parameter_code) as codes, count(*) as components, "
        "count(value) + count(null_reason) as explained "
        "from facts.facts_round_metrics group by object_id order by object_id"
    )
    assert rows.rows_found.tolist() == [133, 133]
    assert rows.codes.tolist() == [133, 133]
    assert rows.explained.tolist() == rows.components.tolist()
    assert reason(warehouse.metric("CP09", "empty")) == "no_units_accepted"
    for code in ("CP01", "CP02", "CP04", "CP05", "CP15", "CU01", "CU13"):
        assert reason(warehouse.metric(code)) == "no_single_figure"


def test_only_fresh_rounds_count(built):
    stale = Round(collection_mode="legacy").cluster("c", STRATA)
    stale.unit("c", "a", MEMBERS, persons=3)
    warehouse = built(stale)
    assert warehouse.query("from facts.facts_round_metrics").empty
    assert warehouse.query("from facts.facts_round_objects").empty
    assert warehouse.query("from facts.facts_gate_inputs").collection_mode.tolist() == ["legacy"]


def test_one_round_speaks_for_a_cluster_and_period(built):
    """A fresh round before an administrative one, then the one collected last."""
    rounds = [
        Round("early", collected_to="2026-02-28"),
        Round("late", collected_to="2026-05-31"),
        Round("office", collected_to="2026-12-31", collection_mode="administrative"),
    ]
    for one in rounds:
        one.cluster("c", {MEMBERS: 5})
        for unit in PERSONS:
            one.unit("c", unit, MEMBERS, persons={"early": 1, "late": 2, "office": 3}[one.name])
    assert built(*rounds).metric("CP09").value == 10


def test_growth_between_two_rounds(built):
    before = five_units("r1", "2023", persons=PERSONS, output=WAGES)
    after = five_units(
        "r2", "2026", persons={unit: 2 * n for unit, n in PERSONS.items()}, output=WAGES
    )
    warehouse = built(before, after)
    growth = 2 ** (1 / 3)
    relative = sqrt(608) / 132
    assert figures(warehouse.metric("CV07")) == approx(
        (100 * (growth - 1), 100 * growth / 3 * sqrt(2) * relative)
    )
    assert warehouse.metric("CV02").value == approx(0)
    assert reason(warehouse.metric("CV07", period="2023")) == "no_earlier_round"


def test_linearised_values_have_the_variances_of_the_estimates(built):
    warehouse = built(five_units(persons=PERSONS, wages=WAGES))
    variances = warehouse.query(
        """
        select parameter_code,
            sum(variance_scale * (squares - sums * sums * inverse_units)) as variance
        from (
            select parameter_code, stratum, max(variance_scale) as variance_scale,
                max(inverse_units) as inverse_units, sum(z) as sums, sum(z * z) as squares
            from facts.int_round_linearised group by all
        ) group by all
        """
    ).set_index("parameter_code").variance  # fmt: skip
    for code in ("CP09", "CU07", "CU08", "CP10"):
        row = warehouse.estimate(code, "c")
        factor = row.value / row.estimate
        assert sqrt(variances[code]) * factor == approx(row.standard_error), code


def test_growth_is_correlated_where_there_is_a_round_that_it_is_since(built):
    """Wages for each person, and the growth of persons, are of the same units."""
    alone = built(five_units(persons=PERSONS, wages=WAGES))
    assert alone.query("from facts.facts_round_correlations").empty
    later = {unit: 2 * persons for unit, persons in PERSONS.items()}
    both = built(
        five_units("r1", "2023", persons=PERSONS, wages=WAGES),
        five_units("r2", "2026", persons=later, wages=WAGES),
    )
    [row] = both.query("from facts.facts_round_correlations").itertuples()
    assert (row.object_id, row.period) == ("c", "2026")
    assert (row.parameter_code, row.other_parameter_code) == ("CP10", "CV07")
    # 0.33 in the round itself; the earlier round is as uncertain
    assert row.correlation == approx(0.33 / sqrt(2), abs=0.011)
    assert row.degrees == 3


def test_growth_looks_back_to_the_round_nearest_to_three_years(built):
    rounds = [
        five_units(f"r{year}", str(year), persons=dict.fromkeys(PERSONS, persons))
        for year, persons in ((2021, 1), (2023, 10), (2025, 50), (2026, 80))
    ]
    assert built(*rounds).metric("CV07").value == approx(100)


def test_growth_needs_something_to_grow_from(built):
    before = five_units("r1", "2023", output=dict.fromkeys(PERSONS, 0))
    assert (
        reason(built(before, five_units("r2", output=WAGES)).metric("CV02")) == "no_positive_base"
    )


def test_a_ratio_needs_something_below(built):
    nothing = dict.fromkeys(PERSONS, 0)
    assert (
        reason(built(five_units(wages=WAGES, persons=nothing)).metric("CP10"))
        == "denominator_not_positive"
    )


def test_productivity_is_the_residual_within_the_sector(built):
    """Two clusters of one sector; value added is 2 * L^0.6 * K^0.4, in `c` twice as much."""
    one = Round().cluster("c", {MEMBERS: 8}).cluster("d", {MEMBERS: 8})
    one.cluster("alone", {MEMBERS: 8}, benchmark_cluster_code="2")
    for cluster in ("c", "d", "alone"):
        for unit in range(8):
            # the same units in each, so that slopes are exact
            labour, capital = (exp(x) for x in np.random.default_rng(unit).normal(3, 1, 2))
            value = (4 if cluster == "c" else 2) * labour**0.6 * capital**0.4
            one.unit(
                cluster, f"{cluster}{unit}", MEMBERS, persons=labour, fixed_capital=capital,
                gross_value_added=value,
            )  # fmt: skip
    warehouse = built(one)
    # shown to six decimals
    assert warehouse.metric("CV05", "c").value == round(log(2) / 2, 6)
    assert warehouse.metric("CV05", "d").value == -round(log(2) / 2, 6)
    assert warehouse.metric("CV05", "c").standard_error == approx(0, abs=1e-9)
    assert reason(warehouse.metric("CV05", "alone")) == "one_cluster_in_sector"


def test_figures_of_few_units_are_hidden_in_real_rounds(built):
    def few(is_synthetic: bool) -> Round:
        one = Round(is_synthetic=is_synthetic).cluster("c", {MEMBERS: 4})
        for unit in "abpq":
            one.unit("c", unit, MEMBERS, persons=PERSONS[unit])
        return one.answers("cluster", "c", highway_minutes=5)

    hidden = built(few(is_synthetic=False))
    assert reason(hidden.metric("CP09")) == "suppressed_primary"
    assert hidden.metric("CP09").sample_size == 4
    assert not hidden.metric("CP09").is_synthetic
    # what the cluster schedule says is of no unit
    assert hidden.metric("HB06").value == 5
    assert built(few(is_synthetic=True)).metric("CP09").value == 36


def test_money_that_two_units_dominate_is_hidden(built):
    sales = {"a": 400, "b": 450, "p": 50, "q": 50, "s": 50}
    warehouse = built(five_units(is_synthetic=False, sales=sales, persons=sales))
    assert reason(warehouse.metric("CP11")) == "suppressed_primary"
    # persons are no money
    assert warehouse.metric("CP09").value == 2000
    spread = five_units(is_synthetic=False, sales=sales | {"s": 60})
    assert built(spread).metric("CP11").value == approx(0.0202)


def test_no_ratio_tells_an_amount_that_two_units_dominate(built):
    """Exports and exports / sales would give sales; persons and persons / capital the capital."""
    large = {"a": 400, "b": 450, "p": 50, "q": 50, "s": 50}
    even = dict.fromkeys(PERSONS, 10)
    items = {"exports": even, "persons": even, "rd_expense": even, "compliance_cost": even}
    units = five_units(is_synthetic=False, sales=large, fixed_capital=large, **items)
    warehouse = built(units)
    assert warehouse.metric("CP12").value == approx(0.001)
    assert warehouse.metric("CP09").value == 100
    for parameter in ("CP11", "CV06", "ST01", "RP05", "CP19", "CU06"):
        assert reason(warehouse.metric(parameter)) == "suppressed_primary", parameter
    even_sales = five_units(is_synthetic=False, sales=even, fixed_capital=even, **items)
    assert built(even_sales).metric("CV06").value == 1


def test_growth_does_not_tell_the_hidden_total_of_the_earlier_round(built):
    before = Round("r1", "2023", is_synthetic=False).cluster("c", {MEMBERS: 4})
    for unit in "abpq":
        before.unit("c", unit, MEMBERS, persons=PERSONS[unit])
    after = five_units("r2", "2026", is_synthetic=False, persons=PERSONS)
    hidden = built(before, after)
    assert hidden.metric("CP09", period="2026").value
    assert reason(hidden.metric("CV07", period="2026")) == "suppressed_primary"


def test_random_samples_have_the_errors_of_svy(built):
    """Means, ratios and totals of three clusters with refusals, as domains of one sample."""
    random = np.random.default_rng(8)
    one, units = Round(), []
    for cluster in ("c", "d", "e"):
        strata = {(size, member): int(random.integers(8, 40)) for size in ("micro", "small")
                  for member in (True, False)}  # fmt: skip
        one.cluster(cluster, strata)
        for (size, member), frame in strata.items():
            taken = int(random.integers(3, 8))
            for at in range(taken):
                persons = int(random.integers(1, 40))
                answers = {
                    "persons": persons,
                    "wages": persons * float(random.uniform(50, 150)),
                    "iso_9001": int(random.random() < 0.4) if random.random() < 0.8 else -8,
                }
                name = f"{size}{member}{at}"
                one.unit(cluster, name, (size, member), **answers)
                units.append(
                    {"cluster": cluster, "stratum": f"{cluster}{size}{member}", "N": frame,
                     "weight": frame / taken, **answers}
                )  # fmt: skip
    warehouse = built(one)
    frame = pd.DataFrame(units).astype({"persons": float})
    frame["answering"] = (frame.iso_9001 >= 0).astype(float)
    frame["certified"] = (frame.iso_9001 == 1).astype(float)
    sample = svy.Sample(
        polars.from_pandas(frame), svy.Design(stratum="stratum", wgt="weight", pop_size="N")
    )
    estimation = sample.estimation
    expected = {
        "CP09": estimation.total("persons", by="cluster"),
        "CU07": estimation.mean("persons", by="cluster"),
        "CP10": estimation.ratio("wages", "persons", by="cluster"),
        # a mean over those who answered is a ratio over all
        "SQ01": estimation.ratio("certified", "answering", by="cluster"),
    }
    for code, result in expected.items():
        for one_estimate in result.estimates:
            # what is published is this, shown to six decimals
            row = warehouse.estimate(code, one_estimate.by_level[0])
            assert row.value == approx(one_estimate.est, rel=1e-9), code
            assert row.standard_error == approx(one_estimate.se, rel=1e-6), code


def test_median_intervals_cover_the_truth(built):
    """200 clusters are 200 samples of one population of 300 units."""
    random = np.random.default_rng(4)
    population = np.exp(random.normal(3, 0.7, 300))
    one = Round()
    for at in range(200):
        one.cluster(f"c{at}", {MEMBERS: 300})
        for place, value in enumerate(random.choice(population, 40, replace=False)):
            one.unit(f"c{at}", f"u{place}", MEMBERS, lead_time_days=value)
    rows = built(one).query(
        "select value, standard_error from facts.facts_round_metrics where parameter_code = 'HR04'"
    )
    truth = np.median(population)
    covered = ((rows.value - truth).abs() <= 1.96 * rows.standard_error).mean()
    assert 0.88 <= covered <= 0.99
    assert rows.standard_error.mean() == approx(rows.value.std(), rel=0.2)
