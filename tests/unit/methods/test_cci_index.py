"""The index as a whole: the properties that its users are promised."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from locus_pipeline.methods.index.build import MEAN_RANK_SHIFT, TOO_FEW_OBJECTS, Index, build_index
from locus_pipeline.methods.index.robustness.uncertainty import TRIGGERS
from locus_pipeline.methods.index.tables import OBJECTS, TABLES, VALUES
from tests.support.cci_inputs import RULES, framework, invented_objects, invented_values

FACTS = framework()
# few runs: what is tested here doesn't depend on how many there are
QUICK = replace(
    RULES, runs=200, run_draws=20, winsor_points=1, imputations=5, sobol_runs=16, sobol_objects=0
)
NO_RUNS = replace(QUICK, ranked_objects=10_000)
OBJECTS_24 = invented_objects(24, "2026")
VALUES_24 = invented_values(OBJECTS_24, FACTS)
BASE = build_index(VALUES_24, OBJECTS_24, FACTS, QUICK)


def scores_of(index: Index, *object_ids: str) -> pd.DataFrame:
    table = index.scores.set_index("object_id").sort_index()
    return table.loc[list(object_ids)] if object_ids else table


def assert_same_scores(one: Index, other: Index, *object_ids: str):
    for column in ("score", "score_arithmetic", "performance", "drivers", "completeness"):
        columns, expected = (scores_of(index, *object_ids)[column] for index in (one, other))
        assert columns.to_numpy() == approx(expected.to_numpy(), rel=1e-9), column


def changed(object_id: str, code: str, value: float | None) -> pd.DataFrame:
    """VALUES_24 with one value changed, or without it."""
    rows = (VALUES_24.object_id == object_id) & (VALUES_24.parameter_code == code)
    assert rows.sum() == 1
    if value is None:
        return VALUES_24[~rows]
    return VALUES_24.assign(value=VALUES_24.value.mask(rows, value))


def value_of(object_id: str, code: str) -> float:
    rows = (VALUES_24.object_id == object_id) & (VALUES_24.parameter_code == code)
    return VALUES_24.value[rows].item()


def test_every_table_has_its_columns_and_types():
    for name, columns in TABLES.items():
        table = getattr(BASE, name)
        assert len(table), name
        assert {column: str(kind) for column, kind in table.dtypes.items()} == columns


def test_every_eligible_object_is_scored_between_the_ends_of_the_scale():
    table = scores_of(BASE)
    assert sorted(table.index) == sorted(OBJECTS_24.object_id)
    assert table.score.between(1, 100).all()
    assert (table.score <= table.score_arithmetic + 1e-9).all()
    assert table.score.to_numpy() == approx(np.sqrt(table.performance * table.drivers).to_numpy())
    assert table.score.rank(ascending=False).tolist() == table["rank"].tolist()
    assert table.score_best_light.max() == approx(100)
    assert (table.rank_p05 <= table.rank_median).all()
    assert (table.rank_median <= table.rank_p95).all()


def test_empty_input_gives_empty_valid_tables():
    values = pd.DataFrame(columns=list(VALUES)).astype(VALUES)
    objects = pd.DataFrame(columns=list(OBJECTS)).astype(OBJECTS)
    index = build_index(values, objects, FACTS, QUICK)
    for name, columns in TABLES.items():
        frame = getattr(index, name)
        assert frame.empty
        assert {column: str(kind) for column, kind in frame.dtypes.items()} == columns
    assert index.draws == {}


def test_objects_without_any_value_are_ineligible():
    index = build_index(VALUES_24.head(0), OBJECTS_24, FACTS, QUICK)
    assert not index.eligibility.eligible.any()
    assert index.scores.empty
    assert (index.screening.reason == "missing").all()


# the same cluster, whatever the others are


@settings(max_examples=8, deadline=None)
@given(
    sector=st.sampled_from(["sector 1", "a sector of its own"]),
    factor=st.sampled_from([0.001, 0.5, 1.0, 50.0]),
)
def test_adding_a_cluster_changes_no_other_score(sector, factor):
    new = OBJECTS_24.tail(1).assign(object_id="new", sector=sector)
    of_new = VALUES_24[VALUES_24.object_id == "c023"].assign(object_id="new")
    more = build_index(
        pd.concat([VALUES_24, of_new.assign(value=of_new.value * factor)]),
        pd.concat([OBJECTS_24, new]),
        FACTS,
        NO_RUNS,
        goalposts=BASE.goalposts,
    )
    assert len(more.scores) == 25
    assert_same_scores(more, BASE, *OBJECTS_24.object_id)


def test_frozen_goalposts_give_themselves_back():
    again = build_index(VALUES_24, OBJECTS_24, FACTS, NO_RUNS, goalposts=BASE.goalposts)
    pd.testing.assert_frame_equal(again.goalposts, BASE.goalposts)
    assert_same_scores(again, BASE)


def test_a_later_period_is_measured_with_the_frozen_goalposts():
    later = invented_objects(24, "2027")
    values = VALUES_24.assign(period="2027")
    index = build_index(values, later, FACTS, NO_RUNS, goalposts=BASE.goalposts)
    # the same values against the same goalposts
    assert_same_scores(index, BASE)
    unbounded = BASE.goalposts.source == "quantile"
    code = BASE.goalposts.parameter_code[unbounded].iloc[0]
    better = values.assign(value=values.value.where(values.parameter_code != code, 1e9))
    raised = build_index(better, later, FACTS, NO_RUNS, goalposts=BASE.goalposts)
    # one value for all has no variance: the indicator is not in this period
    row = raised.screening.set_index("parameter_code").loc[code]
    assert (row.kept, row.reason) == (False, "no_variance")


def test_an_indicator_that_frozen_goalposts_do_not_know_is_dropped():
    known = BASE.goalposts[BASE.goalposts.parameter_code != "CV02"]
    index = build_index(VALUES_24, OBJECTS_24, FACTS, NO_RUNS, goalposts=known)
    row = index.screening.set_index("parameter_code").loc["CV02"]
    assert (row.kept, row.reason) == (False, "not_in_frozen_goalposts")
    assert "CV02" not in set(index.contributions.parameter_code)


def test_goalposts_pool_the_first_two_periods():
    objects = invented_objects(24, "2025", "2026", "2027")
    values = invented_values(objects, FACTS)
    three = build_index(values, objects, FACTS, NO_RUNS)
    two = build_index(
        values[values.period < "2027"], objects[objects.period < "2027"], FACTS, NO_RUNS
    )
    columns = ["parameter_code", "minimum", "maximum"]
    ends = [index.goalposts[columns].drop_duplicates() for index in (three, two)]
    assert ends[0].to_numpy().tolist() == ends[1].to_numpy().tolist()
    assert set(three.scores.period) == {"2025", "2026", "2027"}


@settings(max_examples=15, deadline=None)
@given(
    code=st.sampled_from(list(FACTS.indicators.index)), by=st.sampled_from([1.01, 1.5, 4.0, 1e3])
)
def test_a_better_value_never_lowers_the_score(code, by):
    better = value_of("c005", code) * (by if FACTS.indicators.sign[code] > 0 else 1 / by)
    index = build_index(
        changed("c005", code, better), OBJECTS_24, FACTS, NO_RUNS, goalposts=BASE.goalposts
    )
    before, after = (scores_of(index, "c005").score.item() for index in (BASE, index))
    assert after >= before - 1e-9
    others = [name for name in OBJECTS_24.object_id if name != "c005"]
    assert_same_scores(index, BASE, *others)


def test_units_do_not_matter():
    """In rupees or in lakhs: no indicator without bounds of its own depends on its unit."""
    free = FACTS.indicators.index[FACTS.indicators.natural_maximum.isna()]
    factor = np.where(VALUES_24.parameter_code.isin(free), 1e5, 1.0)
    other = VALUES_24.assign(
        value=VALUES_24.value * factor, standard_error=VALUES_24.standard_error * factor
    )
    index = build_index(other, OBJECTS_24, FACTS, QUICK)
    assert_same_scores(index, BASE)
    bands = ["rank_median", "rank_p05", "rank_p95"]
    assert scores_of(index)[bands].equals(scores_of(BASE)[bands])


def test_order_of_the_input_does_not_matter():
    index = build_index(
        VALUES_24.sample(frac=1, random_state=1),
        OBJECTS_24.sample(frac=1, random_state=2),
        FACTS,
        QUICK,
    )
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(index, name), getattr(BASE, name))


# who takes part


def test_an_ineligible_object_has_its_reason_and_nothing_else():
    refused = OBJECTS_24.copy()
    refused.loc[3, ["eligible", "failed_gates", "missing"]] = [False, "G4", "an agreement"]
    index = build_index(VALUES_24, refused, FACTS, QUICK)
    row = index.eligibility.set_index("object_id").loc["c003"]
    assert (row.eligible, row.failed_gates, row.missing) == (False, "G4", "an agreement")
    for name in ("scores", "stages", "contributions", "pairs"):
        assert "c003" not in set(getattr(index, name).object_id)
    # its values move no goalpost
    without = build_index(
        VALUES_24[VALUES_24.object_id != "c003"], refused.drop(index=3), FACTS, QUICK
    )
    pd.testing.assert_frame_equal(index.goalposts, without.goalposts)
    pd.testing.assert_frame_equal(index.scores, without.scores)


def test_a_pillar_without_values_makes_ineligible_and_not_zero():
    codes = FACTS.indicators.index[FACTS.indicators.pillar == "regulation_policy"]
    gone = (VALUES_24.object_id == "c007") & VALUES_24.parameter_code.isin(codes)
    index = build_index(VALUES_24[~gone], OBJECTS_24, FACTS, QUICK)
    row = index.eligibility.set_index("object_id").loc["c007"]
    assert (row.eligible, row.failed_gates) == (False, "G6")
    assert row.missing == "too few values in regulation_policy"
    assert "c007" not in set(index.scores.object_id)
    assert len(index.scores) == 23


def test_a_missing_value_is_left_out_and_not_zero():
    index = build_index(
        changed("c005", "CV03", None), OBJECTS_24, FACTS, NO_RUNS, goalposts=BASE.goalposts
    )
    before, after = (scores_of(index, "c005") for index in (BASE, index))
    normalised = BASE.stages[
        (BASE.stages.object_id == "c005")
        & (BASE.stages.stage == "normalised")
        & (BASE.stages.item.isin(FACTS.indicators.index[FACTS.indicators.pillar == "performance"]))
    ].set_index("item")["value"]
    assert before.performance.item() == approx(normalised.mean())
    assert after.performance.item() == approx(normalised.drop("CV03").mean())
    assert after.completeness.item() == approx(39 / 40)


def test_a_period_without_a_pillar_scores_nobody_and_says_why():
    codes = FACTS.indicators.index[FACTS.indicators.pillar == "cluster_collective"]
    index = build_index(VALUES_24[~VALUES_24.parameter_code.isin(codes)], OBJECTS_24, FACTS, QUICK)
    assert index.scores.empty
    assert set(index.eligibility.missing) == {
        "no indicator of cluster_collective has enough values in this period"
    }


def test_fewer_than_ten_are_profiles_without_ranks():
    few = OBJECTS_24.head(9)
    index = build_index(VALUES_24, few, FACTS, QUICK)
    assert len(index.scores) == 9
    assert index.scores["rank"].isna().all() and index.scores.rank_p05.isna().all()
    assert set(index.scores.rank_reason) == {TOO_FEW_OBJECTS}
    assert index.pairs.empty and index.sensitivity.empty and index.draws == {}
    assert build_index(VALUES_24, OBJECTS_24.head(10), FACTS, QUICK).scores["rank"].notna().all()


# ranks and their bands


def test_the_same_seed_gives_the_same_bands():
    again = build_index(VALUES_24, OBJECTS_24, FACTS, QUICK)
    pd.testing.assert_frame_equal(again.scores, BASE.scores)
    pd.testing.assert_frame_equal(again.pairs, BASE.pairs)
    other = build_index(VALUES_24, OBJECTS_24, FACTS, QUICK, seed=1)
    assert not other.scores.rank_p95.equals(BASE.scores.rank_p95)
    assert other.scores.score.equals(BASE.scores.score)


def test_best_and_worst_in_everything_are_sure():
    values = VALUES_24.copy()
    sign = values.parameter_code.map(FACTS.indicators.sign)
    ends = values.groupby("parameter_code").value.agg(["min", "max"])
    best = np.where(sign > 0, values.parameter_code.map(ends["max"]),
                    values.parameter_code.map(ends["min"]))  # fmt: skip
    worst = np.where(sign > 0, values.parameter_code.map(ends["min"]),
                     values.parameter_code.map(ends["max"]))  # fmt: skip
    values["value"] = np.select(
        [values.object_id == "c000", values.object_id == "c001"], [best, worst], values.value
    )
    # compared with its own sector a value may be less than the best: one sector for all
    index = build_index(values, OBJECTS_24.assign(sector="one"), FACTS, QUICK)
    table = scores_of(index)
    first, last = table.loc["c000"], table.loc["c001"]
    assert (first["rank"], first.rank_p95, first.tier) == (1, 1, "A")
    assert (last["rank"], last.rank_p05, last.tier) == (24, 24, "D")
    pairs = index.pairs.set_index(["object_id", "other_object_id"]).probability_better
    assert pairs["c000", "c001"] == 1 and pairs["c001", "c000"] == 0


def test_noise_gives_tiers_only():
    random = np.random.default_rng(9)
    noise = VALUES_24.assign(value=random.uniform(0.2, 0.8, len(VALUES_24)), standard_error=0.1)
    index = build_index(noise, OBJECTS_24, FACTS, QUICK)
    assert len(index.scores) == 24
    assert index.scores.is_tier_only.all()


def test_nothing_but_noise_makes_no_score():
    random = np.random.default_rng(9)
    noise = VALUES_24.assign(value=random.uniform(0.2, 0.8, len(VALUES_24)), standard_error=0.3)
    index = build_index(noise, OBJECTS_24, FACTS, QUICK)
    assert set(index.screening.reason) == {"no_real_variance"}
    assert index.scores.empty and not index.eligibility.eligible.any()
    assert index.eligibility.missing.str.startswith("no indicator of").all()


def test_errors_of_the_sample_widen_the_bands():
    exact = build_index(VALUES_24.assign(standard_error=np.nan), OBJECTS_24, FACTS, QUICK)
    rough = VALUES_24.assign(standard_error=VALUES_24.value / 8)
    index = build_index(rough, OBJECTS_24, FACTS, QUICK)
    widths = [(index.scores.rank_p95 - index.scores.rank_p05).mean() for index in (exact, index)]
    assert widths[1] > widths[0]
    assert_same_scores(index, exact)


def test_two_periods_make_the_same_choices():
    objects = invented_objects(24, "2026", "2027")
    values = pd.concat([VALUES_24, VALUES_24.assign(period="2027")]).assign(standard_error=np.nan)
    index = build_index(values, objects, FACTS, QUICK)
    one, other = index.draws["2026"], index.draws["2027"]
    assert one.shape == (200, 24)
    # without sampling errors and missing values, the same values have the same score in each run
    assert one.to_numpy() == approx(other.to_numpy(), rel=1e-9)


# tables that explain


def test_contributions_sum_to_the_score_exactly():
    sums = BASE.contributions.groupby("object_id")[
        ["contribution", "contribution_arithmetic", "weight"]
    ].sum()
    table = scores_of(BASE)
    assert sums.contribution.to_numpy() == approx(table.score.to_numpy(), rel=1e-12)
    assert sums.contribution_arithmetic.to_numpy() == approx(
        table.score_arithmetic.to_numpy(), rel=1e-12
    )
    assert sums.weight.to_numpy() == approx(np.ones(24))


def test_stages_can_be_followed():
    rows = BASE.stages[BASE.stages.object_id == "c004"].set_index(["item", "stage"])["value"]
    cost = value_of("c004", "HF03")
    assert rows["HF03", "raw"] == cost
    # less is better, so the value turns
    assert rows["HF03", "adjusted"] == -cost
    posts = BASE.goalposts.set_index(["parameter_code", "sector"])
    wage = value_of("c004", "CP10")
    assert rows["CP10", "adjusted"] == approx(np.log(wage / posts.reference["CP10", "sector 0"]))
    ends = posts.loc[("CP10", "sector 0")]
    share = (rows["CP10", "treated"] - ends.minimum) / (ends.maximum - ends.minimum)
    assert rows["CP10", "normalised"] == approx(1 + 99 * np.clip(share, 0, 1))
    assert rows["score", "aggregated"] == scores_of(BASE, "c004").score.item()


def test_weights_of_a_level_sum_to_one():
    equal = BASE.weights[BASE.weights.weight_set == "equal"]
    assert equal.groupby("level").nominal_weight.sum().to_dict() == approx(
        dict.fromkeys(["index", "indicator", "pillar", "sub_pillar"], 1.0)
    )
    pillars = BASE.weights[BASE.weights.level == "pillar"]
    assert pillars.groupby("weight_set").nominal_weight.sum().to_numpy() == approx(np.ones(3))
    assert equal.effective_weight[equal.level != "indicator"].dropna().between(0, 1).all()


def test_ballots_and_modelled_weights_join_the_sets():
    drivers = ["hard_inputs", "soft_inputs", "cluster_collective", "regulation_policy"]
    ballots = pd.DataFrame(
        [(expert, item, points) for expert, given in {"a": [40, 30, 20, 10], "b": [20, 30, 20, 30]}
         .items() for item, points in zip(drivers, given, strict=True)],
        columns=["expert", "item", "points"],
    )  # fmt: skip
    modelled = pd.Series([0.4, 0.3, 0.2, 0.1], index=drivers)
    index = build_index(
        VALUES_24, OBJECTS_24, FACTS, QUICK, ballots=ballots, model_weights=modelled
    )
    table = index.weights.set_index(["weight_set", "item"])
    assert table.nominal_weight["budget_allocation", "hard_inputs"] == approx(0.3)
    assert table.sd["budget_allocation", "hard_inputs"] == approx(np.sqrt(0.02))
    assert table.nominal_weight["econometric", "soft_inputs"] == approx(0.3)
    # the method's weights stay equal
    assert index.scores.score.equals(BASE.scores.score)


def test_sensitivity_of_the_rank_shift_and_of_each_score():
    targets = set(BASE.sensitivity.target)
    assert targets == {MEAN_RANK_SHIFT}
    assert BASE.sensitivity.trigger.tolist() == list(TRIGGERS)
    each = build_index(VALUES_24, OBJECTS_24, FACTS, replace(QUICK, sobol_objects=24))
    assert set(each.sensitivity.target) == {MEAN_RANK_SHIFT, *OBJECTS_24.object_id}


def test_influence_of_an_indicator():
    table = BASE.influence.set_index("parameter_code")
    assert table.variance_share.sum() == approx(1)
    parts = BASE.contributions.pivot(
        index="object_id", columns="parameter_code", values="contribution_arithmetic"
    )
    whole = parts.sum(axis=1)
    assert table.variance_share["CV02"] == approx(parts["CV02"].cov(whole) / whole.var())
    slim = replace(FACTS, indicators=FACTS.indicators.drop(index="RP01"))
    without = build_index(VALUES_24, OBJECTS_24, slim, NO_RUNS, goalposts=BASE.goalposts)
    moved = scores_of(without).score.rank(ascending=False) - scores_of(BASE)["rank"]
    assert table.mean_rank_shift["RP01"] == approx(moved.abs().mean())
    assert moved.abs().mean() > 0


def test_the_screening_edition_uses_the_same_functions():
    asi = framework("asi_screening")
    objects = invented_objects(30, "2022-23")
    values = invented_values(objects, asi)
    # not collected in this survey year
    values = values[~values.parameter_code.isin(["ST01", "ST02", "SH04", "HB08"])]
    index = build_index(values, objects, asi, QUICK)
    assert len(index.scores) == 30
    assert set(index.weights["item"][index.weights.level == "pillar"]) == {
        "hard_inputs", "soft_inputs"
    }  # fmt: skip
    dropped = index.screening[~index.screening.kept]
    assert set(dropped.parameter_code) == {"ST01", "ST02", "SH04", "HB08"}


# input that can't be right


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": VALUES_24.drop(columns="standard_error")}, "lacks the columns standard_error"),
        ({"objects": OBJECTS_24.drop(columns="sector")}, "lacks the columns sector"),
        ({"values": pd.concat([VALUES_24, VALUES_24.head(1)])}, "values .* has c000, 2026, CV01"),
        ({"objects": pd.concat([OBJECTS_24, OBJECTS_24.head(1)])}, "objects .* has c000, 2026"),
        ({"values": VALUES_24.assign(value=np.inf)}, "infinite value at c000, 2026, CV01"),
        ({"model_weights": pd.Series({"luck": 1.0})}, "model_weights .* no pillars .*: luck"),
        (
            {"ballots": pd.DataFrame({"expert": ["a"], "item": ["luck"], "points": [100]})},
            "ballots .* no pillars of drivers: luck",
        ),
    ],
)
def test_wrong_input_is_named(change, said):
    given_input = {"values": VALUES_24, "objects": OBJECTS_24} | change
    with pytest.raises(ValueError, match=said):
        build_index(framework=FACTS, rules=QUICK, **given_input)


def test_the_tables_are_those_of_the_index():
    assert [field.name for field in fields(Index)] == [*TABLES, "draws"]
