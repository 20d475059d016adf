"""Models of the index: published panels, the simulation of the design, and too few data."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pytest import approx
from scipy import stats
from scipy.optimize import nnls

from locus_pipeline.methods.index.models import econometrics
from locus_pipeline.methods.index.models.econometrics import (
    ADMISSION,
    COEFFICIENTS,
    PENALTY_PATH,
    RELIABILITY,
    WEIGHTS,
    association,
    fixed_effects,
    pooled,
    predictive_validity,
    random_effects,
    reliability,
    shrunk_weights,
    wild_cluster_bootstrap,
)

PILLARS = ["hard", "soft", "collective", "regulation", "other"]
TRUE = np.array([0.35, 0.25, 0.20, 0.15, 0.05])


def types(table: pd.DataFrame) -> dict[str, str]:
    return table.dtypes.astype(str).to_dict()


def grunfeld() -> pd.DataFrame:
    """The ten firms of Grunfeld's panel: American Steel is the eleventh of the data set."""
    data = sm.datasets.grunfeld.load_pandas().data
    data = data[data.firm != "American Steel"].rename(columns={"firm": "object_id"})
    return data.assign(period=data.year.astype(int).astype(str), constant=1.0)


def simulated(
    objects: int, periods: int = 1, seed: int = 1, states: int = 15, r2: float = 0.35
) -> pd.DataFrame:
    """Five pillars that correlate at 0.4, an outcome with the weights TRUE, nothing else in it."""
    random = np.random.default_rng(seed)
    shape = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    factor = np.linalg.cholesky(shape).T
    rows = objects * periods
    pillar_scores = np.repeat(random.standard_normal((objects, 5)) @ factor, periods, axis=0)
    scores = np.sqrt(0.7) * pillar_scores + np.sqrt(0.3) * (
        random.standard_normal((rows, 5)) @ factor
    )
    noise = np.sqrt(TRUE @ shape @ TRUE * (1 - r2) / r2)
    frame = pd.DataFrame(50 + 15 * scores, columns=PILLARS)
    frame["object_id"] = np.repeat([f"o{at:03d}" for at in range(objects)], periods)
    frame["period"] = np.tile([str(2026 + at) for at in range(periods)], objects)
    frame["sector"] = np.repeat(random.integers(0, 4, objects).astype(str), periods)
    frame["state_code"] = np.repeat([f"{at % states:02d}" for at in range(objects)], periods)
    frame["ln_productivity"] = scores @ TRUE + noise * random.standard_normal(rows)
    for name in econometrics.CONTROLS:
        frame[name] = random.normal(5, 2, rows)
    return frame


def test_grunfelds_fixed_effects():
    fit = fixed_effects(grunfeld(), "invest", ["value", "capital"])
    assert fit.params.to_numpy() == approx([0.110124, 0.310065], abs=1e-4)


def test_grunfelds_random_effects():
    fit = random_effects(grunfeld(), "invest", ["constant", "value", "capital"])
    assert fit.params.to_numpy() == approx([-57.8344, 0.109781, 0.308113], abs=1e-4)


def test_one_period_is_least_squares_clustered_by_object():
    panel = simulated(60)
    model = association(panel, PILLARS)
    sectors = pd.get_dummies(panel.sector, drop_first=True, dtype=float)
    x = pd.concat([panel[[*PILLARS, *econometrics.CONTROLS]], sectors], axis=1)
    plain = sm.OLS(panel.ln_productivity, sm.add_constant(x)).fit()
    table = model.table.set_index("term")
    assert model.reason == "" and types(model.table) == COEFFICIENTS
    assert set(table.model) == {"pooled"} and set(table.method) == {"clustered by object"}
    assert table.estimate[PILLARS].to_numpy() == approx(plain.params[PILLARS].to_numpy())
    # corrected by G/(G-1) (N-1)/(N-k), as statsmodels does; t of G - 1
    clustered = sm.OLS(panel.ln_productivity, sm.add_constant(x)).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(panel.object_id)[0]}, use_t=True
    )
    errors = clustered.bse[PILLARS]
    assert table.standard_error[PILLARS].to_numpy() == approx(errors.to_numpy(), rel=1e-6)
    reach = stats.t(59).ppf(0.975) * errors
    assert table.ci_high[PILLARS].to_numpy() == approx((plain.params[PILLARS] + reach).to_numpy())
    assert table.p[PILLARS].to_numpy() == approx(
        2 * stats.t(59).sf((plain.params[PILLARS] / errors).abs().to_numpy()), rel=1e-5
    )


def test_several_periods_give_the_within_estimate_by_mundlaks_means():
    panel = simulated(50, 3)
    # the means of every regressor but the controls are in, so without these both agree exactly
    coefficients = association(panel, PILLARS, controls=()).table
    random = (
        coefficients[coefficients.model == "correlated_random_effects"].set_index("term").estimate
    )
    fixed = coefficients[coefficients.model == "fixed_effects"].set_index("term").estimate
    assert random[PILLARS].to_numpy() == approx(fixed[PILLARS].to_numpy())
    assert "mean_of_hard" in random


def test_a_score_that_never_changes_has_no_mean_of_its_own():
    panel = simulated(50, 3)
    panel["hard"] = panel.groupby("object_id").hard.transform("first")
    coefficients = association(panel, PILLARS).table
    random = coefficients[coefficients.model == "correlated_random_effects"]
    assert "hard" in set(random.term) and "mean_of_hard" not in set(random.term)
    assert "hard" not in set(coefficients[coefficients.model == "fixed_effects"].term)


def test_a_few_objects_that_come_again_do_not_make_a_panel():
    panel = simulated(60, 2)
    panel = panel[(panel.period == "2026") | (panel.object_id == "o001")]
    assert set(association(panel, PILLARS).table.model) == {"pooled"}


def test_few_objects_are_tested_by_a_bootstrap_of_states():
    panel = simulated(30, 3)
    coefficients = association(panel, PILLARS, draws=199).table
    assert set(coefficients.method) == {"wild cluster bootstrap by state"}
    assert (coefficients.ci_low < coefficients.estimate).all() and (
        coefficients.estimate < coefficients.ci_high
    ).all()
    # the interval holds 0 just where the test doesn't reject it
    inside = (coefficients.ci_low < 0) & (coefficients.ci_high > 0)
    assert (inside == (coefficients.p >= 0.05)).all()
    again = association(panel.sample(frac=1, random_state=4), PILLARS, draws=199).table
    pd.testing.assert_frame_equal(coefficients, again)


@pytest.mark.parametrize(
    "panel, reason",
    [
        (simulated(0), "0 complete observations"),
        (simulated(20), "20 complete observations for 12 coefficients"),
        (simulated(60).assign(hard=np.nan), "0 complete observations"),
        (simulated(35, states=3), "Objects in 3 states"),
        (simulated(60).assign(ln_productivity=1.0), "ln_productivity does not vary"),
        (simulated(60).assign(hard=7.0), "hard can't be told apart"),
        (simulated(60).assign(soft=lambda panel: panel.hard), "soft can't be told apart"),
    ],
)
def test_too_little_gives_a_reason(panel, reason):
    model = association(panel, PILLARS)
    assert reason in model.reason
    assert model.table.empty and types(model.table) == COEFFICIENTS


def test_the_wild_bootstrap_keeps_its_size():
    """Ten states with a shock of their own and no effect: 5 % of tests reject, where t with the
    usual errors rejects far more."""
    random = np.random.default_rng(8)
    clusters = np.repeat(np.arange(10), 8)
    runs, wild, usual = 200, 0, 0
    for run in range(runs):
        x = np.column_stack([np.ones(80), random.normal(size=10)[clusters]])
        y = random.normal(size=10)[clusters] + random.normal(size=80)
        p_values = wild_cluster_bootstrap(y, x, clusters, [1], 199, run)
        wild += p_values.p[0] < 0.05
        usual += sm.OLS(y, x).fit().pvalues[1] < 0.05
    # two standard errors of a share of 5 % in 200 runs are 3 points
    assert 0.01 <= wild / runs <= 0.10
    assert usual / runs > 0.25


def test_the_wild_bootstrap_knows_least_squares_and_clustered_errors():
    panel = simulated(60).assign(constant=1.0)
    x = panel[["constant", *PILLARS]].to_numpy()
    groups = pd.factorize(panel.state_code)[0]
    p_values = wild_cluster_bootstrap(panel.ln_productivity.to_numpy(), x, groups, [1, 2], 999, 3)
    fit = sm.OLS(panel.ln_productivity.to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    assert p_values.estimate == approx(fit.params[[1, 2]])
    assert p_values.standard_error == approx(fit.bse[[1, 2]])


def test_an_effect_without_doubt_is_found():
    panel = simulated(30, r2=0.99).assign(constant=1.0)
    x = panel[["constant", *PILLARS]].to_numpy()
    p_values = wild_cluster_bootstrap(
        panel.ln_productivity.to_numpy(), x, panel.state_code.to_numpy(), [1], 499, 3
    )
    assert p_values.p[0] < 0.02 and p_values.low[0] > 0
    assert p_values.low[0] < TRUE[0] / 15 < p_values.high[0]


def weight_errors(objects: int, periods: int, runs: int) -> tuple[float, float]:
    """Root mean squared error of the weights of positive least squares and of shrunk ones."""
    free, shrunk = [], []
    for seed in range(runs):
        panel, dummies = econometrics._dummies(simulated(objects, periods, seed), ["period"])
        columns = [*dummies, *PILLARS, "ln_productivity"]
        moments = econometrics._moments(panel, columns, "object_id").sum(axis=0)
        rest = econometrics._partialled_out(moments, len(dummies))
        root = np.linalg.cholesky(rest.gram)
        slopes = nnls(root.T, np.linalg.solve(root, rest.cross))[0]
        free.append(slopes / slopes.sum() - TRUE)
        shrunk.append(econometrics._constrained(rest, 1.0) - TRUE)
    return float(np.sqrt(np.mean(np.square(free)))), float(np.sqrt(np.mean(np.square(shrunk))))


def test_shrunk_weights_beat_free_ones_with_few_clusters():
    """The simulation of the design at 30 clusters and one round: 0.149 free, 0.093 shrunk, 0.100
    equal."""
    free, shrunk = weight_errors(30, 1, 60)
    assert shrunk == approx(0.093, abs=0.01)
    assert shrunk < 0.1 < 0.13 < free
    assert np.sqrt(np.mean((0.2 - TRUE) ** 2)) == approx(0.1)


def test_free_weights_become_better_with_many_clusters():
    free, shrunk = weight_errors(200, 3, 10)
    assert free < shrunk < 0.1


def test_shrunk_weights_keep_their_bounds_and_publish_the_rule():
    shrunk = shrunk_weights(simulated(80, r2=0.6), PILLARS, draws=100)
    weights = shrunk.weights
    assert shrunk.reason == "" and types(weights) == WEIGHTS
    assert weights.weight.sum() == approx(1) and weights.weight.between(0.05, 0.40).all()
    assert weights.weight[0] > 0.2 > weights.weight[4]
    assert (weights.ci_low <= weights.weight).all() and (weights.weight <= weights.ci_high).all()
    path = shrunk.penalties
    assert types(path) == PENALTY_PATH and path.is_chosen.sum() == 1
    assert path.r2_out_of_sample[path.is_chosen].item() == path.r2_out_of_sample.max()
    rule = shrunk.admission.set_index("condition")
    assert types(shrunk.admission) == ADMISSION
    assert rule.value["cluster_rounds"] == 80 and rule.value["states"] == 15
    assert rule.threshold["out_of_sample_r2"] == path.r2_out_of_sample.iloc[-1]


def test_weights_enter_only_when_every_condition_is_met():
    panel = simulated(200, 3, r2=0.9)
    shrunk = shrunk_weights(panel, PILLARS, draws=100)
    assert shrunk.admission.passed.tolist() == [True, True, True, True, False]
    assert not shrunk.admission.passed.all()
    assert shrunk_weights(panel, PILLARS, draws=100, decided=True).admission.passed.all()


def test_noise_is_given_equal_weights_and_not_admitted():
    panel = simulated(60)
    panel["ln_productivity"] = np.random.default_rng(0).normal(size=len(panel))
    shrunk = shrunk_weights(panel, PILLARS, draws=50, decided=True)
    assert not shrunk.admission.passed.all()
    assert shrunk.weights.weight.to_numpy() == approx(0.2, abs=0.05)


def test_units_of_the_outcome_and_of_the_scores_do_not_matter():
    panel = simulated(60)
    scaled = panel.assign(
        ln_productivity=7 + 100 * panel.ln_productivity,
        **{name: panel[name] / 10 for name in PILLARS},
    )
    one, other = (shrunk_weights(each, PILLARS, draws=20) for each in (panel, scaled))
    assert one.weights.weight.to_numpy() == approx(other.weights.weight.to_numpy(), abs=1e-4)


@pytest.mark.parametrize(
    "panel, pillars, reason",
    [
        (simulated(15), PILLARS, "15 complete observations"),
        (simulated(60, states=4), PILLARS, "Objects in 4 states"),
        (simulated(60), PILLARS[:2], "can't add up to 1"),
        (simulated(60).assign(ln_productivity=1.0), PILLARS, "do not vary"),
        (simulated(60).assign(**dict.fromkeys(PILLARS, 5.0)), PILLARS, "do not vary"),
        (simulated(0), PILLARS, "0 complete observations"),
    ],
)
def test_no_weights_has_a_reason_and_an_admission_table(panel, pillars, reason):
    shrunk = shrunk_weights(panel, pillars)
    assert reason in shrunk.reason and not shrunk.admission.passed.all()
    assert shrunk.weights.empty and types(shrunk.weights) == WEIGHTS
    assert shrunk.admission.value[0] == len(panel) and np.isnan(shrunk.admission.value[2])


def growing(periods: int, effect: float) -> pd.DataFrame:
    random = np.random.default_rng(11)
    panel = simulated(60, periods).assign(score=lambda rows: rows[PILLARS].mean(axis=1))
    level = pd.Series(random.normal(10, 1, 60), index=panel.object_id.unique())
    parts = []
    for _, rows in panel.groupby("period", sort=True):
        rows = rows.assign(ln_gva=rows.object_id.map(level))
        parts.append(rows)
        growth = 0.01 * effect * rows.score - 0.1 * rows.ln_gva + random.normal(0, 0.05, len(rows))
        level += pd.Series(growth.to_numpy(), index=rows.object_id)
    return pd.concat(parts)


def test_later_growth_is_explained_by_the_score_and_convergence():
    model = predictive_validity(growing(4, effect=1.0))
    table = model.table.set_index("term")
    assert table.ci_low["score"] < 0.01 < table.ci_high["score"] and table.ci_low["score"] > 0
    assert table.estimate["ln_gva"] == approx(-0.1, abs=0.02) and table.ci_high["ln_gva"] < 0
    # 60 objects over three intervals
    assert table.observations["score"] == 180


def test_growth_needs_three_periods():
    model = predictive_validity(growing(2, effect=1.0))
    assert model.table.empty and "2 periods" in model.reason


def test_reliability_by_hand():
    values = pd.DataFrame(
        {
            "object_id": list("abcd") * 2,
            "period": "2026",
            "item": ["hard"] * 4 + ["soft"] * 4,
            "value": [1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, np.nan],
            "standard_error": [0.5] * 8,
        }
    )
    table = reliability(values).set_index("item")
    assert types(reliability(values)) == RELIABILITY
    # variance 5/3, squared errors 1/4
    assert table.reliability["hard"] == approx(1 - 0.25 / (5 / 3))
    assert np.isnan(table.reliability["soft"]) and "same value" in table.null_reason["soft"]


def test_reliability_is_the_attenuation_of_a_coefficient():
    random = np.random.default_rng(2)
    true = random.normal(50, 10, 5000)
    panel = simulated(5000).assign(hard=true + random.normal(0, 5, 5000), constant=1.0)
    panel["ln_productivity"] = 0.02 * true + random.normal(0, 0.1, 5000)
    ratio = reliability(
        pd.DataFrame(
            {
                "object_id": panel.object_id,
                "period": "2026",
                "item": "hard",
                "value": panel.hard,
                "standard_error": 5.0,
            }
        )
    ).reliability[0]
    slope = pooled(panel, "ln_productivity", ["constant", "hard"]).params["hard"]
    assert ratio == approx(0.8, abs=0.02)
    assert slope == approx(0.02 * ratio, rel=0.05)
