"""Econometric models of cluster competitiveness: association, shrunk weights, later growth.

They say which scores go together with productivity or growth, never what causes it. Source: cluster
competitiveness note, step 6b; the specification is Locus's own proposal, since the 2012 report asks
for an econometric model and gives none. What is used to build the outcome (output, input, wages)
may be in no score that explains it; that is the caller's to see to.

`panel` is a DataFrame with one row for each object and period: object_id, period (text that sorts
in time), sector, state_code, the outcome, one column for each pillar score (1-100), and the
controls. Rows with a missing value are left out. Too little data gives an empty table and a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

if TYPE_CHECKING:
    from linearmodels.panel.results import PanelEffectsResults, PanelResults, RandomEffectsResults

# linearmodels is imported by what fits: it takes a second, and most indices have too few periods

COEFFICIENTS = {
    "model": "str",
    "term": "str",
    "estimate": "float64",
    "standard_error": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "p": "float64",
    "method": "str",
    "observations": "int64",
    "objects": "int64",
    "states": "int64",
}
WEIGHTS = {
    "item": "str",
    "weight": "float64",
    "equal_weight": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "positive_share": "float64",
    "penalty": "float64",
}
PENALTY_PATH = {"penalty": "float64", "r2_out_of_sample": "float64", "is_chosen": "bool"}
ADMISSION = {
    "condition": "str",
    "value": "float64",
    "threshold": "float64",
    "passed": "bool",
    "note": "str",
}
RELIABILITY = {
    "item": "str",
    "period": "str",
    "objects": "int64",
    "variance": "float64",
    "error_variance": "float64",
    "reliability": "float64",
    "null_reason": "str",
}

# Sandwich clustered by object with the corrections for few clusters, G/(G-1) and N/(N-k): Cameron
# and Miller (2015), A practitioner's guide to cluster-robust inference, equation 11.
CLUSTERED: dict[str, Any] = {
    "cov_type": "clustered",
    "cluster_entity": True,
    "debiased": True,
    "group_debias": True,
}

CONTROLS = ("ln_persons", "age", "ln_capital_per_person")
# With fewer objects the errors come from a wild bootstrap by state.
FEW_OBJECTS = 40
# Fewer states say nothing about how the estimate varies between them.
LEAST_STATES = 5
# Observations that must remain once every coefficient is estimated.
LEAST_FREEDOM = 10
# Rademacher weights make too few different samples of fewer states than this (Webb 2023).
RADEMACHER_STATES = 12
# A column is a combination of others when less than this share of it is left, as in linearmodels.
ABSORBED = 1e-5
LEAST_WEIGHT, LARGEST_WEIGHT = 0.05, 0.40
# The last is equal weights.
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, np.inf)


@dataclass(frozen=True)
class Estimate:
    """A table of COEFFICIENTS; empty with a `reason` in plain words where data are too few."""

    table: pd.DataFrame
    reason: str


@dataclass(frozen=True)
class ShrunkWeights:
    """Tables of WEIGHTS, PENALTY_PATH and ADMISSION; the first two are empty with a `reason`."""

    weights: pd.DataFrame
    penalties: pd.DataFrame
    admission: pd.DataFrame
    reason: str


def fixed_effects(panel: pd.DataFrame, outcome: str, terms: list[str]) -> "PanelEffectsResults":
    """Within estimator with a fixed effect for each object, errors clustered by object."""
    from linearmodels.panel import PanelOLS

    indexed = _indexed(panel)
    return PanelOLS(indexed[outcome], indexed[terms], entity_effects=True).fit(**CLUSTERED)


def random_effects(panel: pd.DataFrame, outcome: str, terms: list[str]) -> "RandomEffectsResults":
    """Random-effects GLS (Swamy and Arora), errors clustered by object. `terms` hold the
    constant."""
    from linearmodels.panel import RandomEffects

    indexed = _indexed(panel)
    return RandomEffects(indexed[outcome], indexed[terms]).fit(**CLUSTERED)


def pooled(panel: pd.DataFrame, outcome: str, terms: list[str]) -> "PanelResults":
    """Ordinary least squares over all rows, errors clustered by object."""
    from linearmodels.panel import PooledOLS

    indexed = _indexed(panel)
    return PooledOLS(indexed[outcome], indexed[terms]).fit(**CLUSTERED)


def _indexed(panel: pd.DataFrame) -> pd.DataFrame:
    order = pd.factorize(panel.period, sort=True)[0]
    return panel.assign(period=order).set_index(["object_id", "period"])


def association(
    panel: pd.DataFrame,
    pillars: list[str],
    outcome: str = "ln_productivity",
    controls: tuple[str, ...] = CONTROLS,
    draws: int = 999,
    seed: int = 2012,
) -> Estimate:
    """M1: the outcome (log GVA per person) on pillar scores, controls, sectors and periods.

    With several periods: correlated random effects, that is random effects with each object's
    means of the pillars (Mundlak 1978), and fixed effects beside it, for comparison. With one
    period, or where few objects come again: pooled least squares. Errors are clustered by object;
    with fewer than 40 objects, p and interval come from a wild cluster bootstrap by state. The
    estimate is in log points for each point of a score.
    """
    terms = [*pillars, *controls]
    rows = _complete(panel, [outcome, *terms])
    repeated = _is_repeated(rows, outcome, terms)
    means: list[str] = []
    if repeated:
        average = rows.groupby("object_id")[pillars].transform("mean").add_prefix("mean_of_")
        rows, means = rows.join(average), list(average.columns)
    rows, dummies = _dummies(rows, ["sector", "period"])
    columns = _independent(rows[[*dummies, *terms, *means]])
    reason = _too_little(rows, outcome, columns, pillars)
    objects = rows.object_id.nunique()
    if repeated and not reason and objects <= len(columns):
        reason = f"{objects} objects for {len(columns)} coefficients: more objects are needed."
    if reason:
        return _empty(reason)
    terms = [name for name in [*terms, *means] if name in columns]
    if not repeated:
        fit = pooled(rows, outcome, columns)
        none = pd.Series(0.0, index=rows.index)
        return _estimate([_rows("pooled", fit, rows, outcome, columns, terms, none, draws, seed)])
    fit = random_effects(rows, outcome, columns)
    part = rows.object_id.map(fit.theta.theta)
    tables = [
        _rows("correlated_random_effects", fit, rows, outcome, columns, terms, part, draws, seed)
    ]
    whole = pd.Series(1.0, index=rows.index)
    periods = [name for name in dummies if name.startswith("period[")]
    varying = [*periods, *pillars, *controls]
    within = _independent(_quasi_demeaned(rows, varying, whole), rows[varying])
    shown = [name for name in within if name not in periods]
    if shown:
        fit = fixed_effects(rows, outcome, within)
        tables.append(_rows("fixed_effects", fit, rows, outcome, within, shown, whole, draws, seed))
    return _estimate(tables)


def predictive_validity(
    panel: pd.DataFrame,
    outcome: str = "ln_gva",
    horizon: int = 1,
    draws: int = 999,
    seed: int = 2012,
) -> Estimate:
    """M2: do objects that score higher grow faster? Growth of `outcome` over `horizon` periods on
    the `score` and the outcome's level at its start, with sectors and states.

    The level is the convergence term of Delgado, Porter, Stern (2014), Clusters, convergence, and
    economic performance. Needs three periods.
    """
    periods = sorted(panel.period.unique())
    if len(periods) < 3:
        return _empty(f"{len(periods)} periods with scores: growth after a score needs at least 3.")
    later = dict(zip(periods[horizon:], periods, strict=False))
    ahead = panel.assign(period=panel.period.map(later))[["object_id", "period", outcome]]
    joined = panel.merge(ahead, on=["object_id", "period"], suffixes=("", "_later"))
    joined["growth"] = joined[f"{outcome}_later"] - joined[outcome]
    terms = ["score", outcome]
    rows = _complete(joined, ["growth", *terms])
    rows, dummies = _dummies(rows, ["sector", "state_code", "period"])
    columns = _independent(rows[[*dummies, *terms]])
    reason = _too_little(rows, "growth", columns, terms)
    if reason:
        return _empty(reason)
    fit = pooled(rows, "growth", columns)
    none = pd.Series(0.0, index=rows.index)
    return _estimate([_rows("growth", fit, rows, "growth", columns, terms, none, draws, seed)])


def reliability(values: pd.DataFrame) -> pd.DataFrame:
    """M3: share of the variance between objects that is not sampling error, for each item and
    period of `values` (object_id, period, item, value, standard_error).

    A coefficient of a score with ratio r is drawn towards 0 by about r (Fuller 1987, Measurement
    Error Models, section 1.1).
    """
    parts = []
    for (item, period), group in values.groupby(["item", "period"], sort=True):
        known = group.dropna(subset=["value", "standard_error"])
        variance = known.value.var(ddof=1)
        error = (known.standard_error**2).mean()
        reason = (
            "fewer than 3 objects with a standard error"
            if len(known) < 3
            else "all objects have the same value"
            if variance == 0
            else ""
        )
        ratio = np.nan if reason else max(0.0, 1 - error / variance)
        parts.append((item, period, len(known), variance, error, ratio, reason))
    return pd.DataFrame(parts, columns=list(RELIABILITY)).astype(RELIABILITY)


def shrunk_weights(
    panel: pd.DataFrame,
    pillars: list[str],
    outcome: str = "ln_productivity",
    controls: tuple[str, ...] = CONTROLS,
    penalties: tuple[float, ...] = PENALTIES,
    draws: int = 1000,
    seed: int = 2012,
    decided: bool = False,
) -> ShrunkWeights:
    """Pillar weights from the association with the outcome, drawn towards equal weights.

    min over w of mean((y - s P w)^2) + penalty |w - equal|^2, with weights of 0.05 to 0.40 that add
    up to 1; y and P are what sectors, periods and controls leave, y in standard deviations and P in
    the pillars' common one, and s >= 0 is the best scale for w. The penalty is the one that
    predicts left-out states best; intervals are 95 % of `draws` bootstraps of objects at that
    penalty; `positive_share` is the share of bootstraps with a positive unrestricted coefficient.
    The weights may enter the score only when every row of `admission` is passed, of which
    one, `decided`, is the owner's decision in the edition's method note.
    """
    rows = _complete(panel, [outcome, *pillars, *controls])
    reason = _no_weights(rows, outcome, pillars, controls)
    if reason:
        return ShrunkWeights(
            _table([], WEIGHTS),
            _table([], PENALTY_PATH),
            _admission(rows, np.nan, np.nan, np.nan, decided),
            reason,
        )
    scaled = rows.copy()
    scaled[list(controls)] = (rows[list(controls)] - rows[list(controls)].mean()) / rows[
        list(controls)
    ].std().replace(0, 1)
    scaled, dummies = _dummies(scaled, ["sector", "period"])
    moments = _moments(scaled, [*dummies, *controls, *pillars, outcome], "object_id")
    nuisance = len(dummies) + len(controls)
    by_state = _moments(scaled, [*dummies, *controls, *pillars, outcome], "state_code")
    r2 = {penalty: _r2_left_out(by_state, nuisance, penalty) for penalty in (*penalties, np.inf)}
    chosen = max(r2, key=lambda penalty: (r2[penalty], penalty))
    random = np.random.default_rng(seed)
    times = random.multinomial(len(moments), np.full(len(moments), 1 / len(moments)), size=draws)
    sample = np.tensordot(times, moments, axes=1)
    estimates, signs = [], []
    for one in sample:
        rest = _partialled_out(one, nuisance)
        estimates.append(_constrained(rest, chosen))
        signs.append(np.linalg.pinv(rest.gram, hermitian=True) @ rest.cross > 0)
    low, high = np.quantile(estimates, [0.025, 0.975], axis=0)
    positive = np.mean(signs, axis=0)
    weight = _constrained(_partialled_out(moments.sum(axis=0), nuisance), chosen)
    weights = pd.DataFrame(
        {
            "item": pillars,
            "weight": weight,
            "equal_weight": 1 / len(pillars),
            "ci_low": low,
            "ci_high": high,
            "positive_share": positive,
            "penalty": chosen,
        }
    ).astype(WEIGHTS)
    path = _table(
        [(penalty, r2[penalty], penalty == chosen) for penalty in sorted(r2)], PENALTY_PATH
    )
    admission = _admission(rows, r2[chosen], r2[np.inf], positive.min(), decided)
    return ShrunkWeights(weights, path, admission, "")


def _no_weights(
    rows: pd.DataFrame, outcome: str, pillars: list[str], controls: tuple[str, ...]
) -> str:
    if len(pillars) * LARGEST_WEIGHT < 1:
        return f"{len(pillars)} pillars: weights of at most {LARGEST_WEIGHT:g} can't add up to 1."
    design, dummies = _dummies(rows, ["sector", "period"])
    coefficients = len(dummies) + len(controls) + len(pillars)
    if len(rows) - coefficients < LEAST_FREEDOM:
        return _few(len(rows), coefficients)
    if rows.state_code.nunique() < LEAST_STATES:
        return _few_states(rows.state_code.nunique())
    nuisance = [*dummies, *controls]
    left = set(_independent(design[[*nuisance, outcome]])) & {outcome}
    if not left or not set(_independent(design[[*nuisance, *pillars]])) & set(pillars):
        return f"{outcome} or the pillars do not vary beyond sectors, periods and controls."
    return ""


def _admission(
    rows: pd.DataFrame, r2: float, r2_equal: float, positive: float, decided: bool
) -> pd.DataFrame:
    states = rows.state_code.nunique()
    conditions = [
        ("cluster_rounds", len(rows), 50, len(rows) >= 50, "At least 50 objects and periods."),
        ("states", states, 8, states >= 8, "In at least 8 states."),
        (
            "out_of_sample_r2",
            r2,
            r2_equal,
            r2 > r2_equal,
            "Predicts left-out states better than equal weights, whose value is the threshold.",
        ),
        (
            "positive_share",
            positive,
            0.8,
            positive >= 0.8,
            "Every pillar's coefficient is positive in at least 80 % of bootstraps.",
        ),
        (
            "decision",
            float(decided),
            1,
            decided,
            "The owner's decision is in the edition's method note.",
        ),
    ]
    return _table(conditions, ADMISSION)


def _moments(rows: pd.DataFrame, columns: list[str], by: str) -> np.ndarray:
    """Cross products of columns, added up over the rows of each group: groups x columns x
    columns. Samples of whole groups are sums of them."""
    values = rows[columns].to_numpy(float)
    groups, names = pd.factorize(rows[by], sort=True)
    products = np.zeros((len(names), len(columns), len(columns)))
    np.add.at(products, groups, values[:, :, None] * values[:, None, :])
    return products


@dataclass(frozen=True)
class _Rest:
    """What the nuisance columns leave of pillars and outcome, in units of their own spread."""

    gram: np.ndarray  # pillars x pillars
    cross: np.ndarray  # pillars with the outcome
    slopes: np.ndarray  # nuisance x (pillars, outcome)
    unit: np.ndarray  # spread of the pillars in common, and of the outcome


def _partialled_out(moments: np.ndarray, nuisance: int) -> _Rest:
    """Regress the first columns out of the others, given all cross products (Frisch, Waugh). A
    column of which nothing is left becomes 0."""
    left, right = moments[:nuisance, :nuisance], moments[:nuisance, nuisance:]
    slopes = np.linalg.pinv(left, rcond=1e-10, hermitian=True) @ right
    rest = moments[nuisance:, nuisance:] - right.T @ slopes
    absorbed = np.diag(rest) <= ABSORBED**2 * np.diag(moments)[nuisance:]
    rest = np.where(absorbed[:, None] | absorbed, 0.0, rest)
    pillars, outcome = np.diag(rest)[:-1].mean(), rest[-1, -1]
    unit = np.sqrt([pillars or 1.0, outcome or 1.0])
    return _Rest(rest[:-1, :-1] / unit[0] ** 2, rest[:-1, -1] / unit.prod(), slopes, unit)


def _scale(rest: _Rest, weights: np.ndarray) -> float:
    """The best s >= 0 of y on s P w."""
    spread = weights @ rest.gram @ weights
    return max(0.0, rest.cross @ weights / spread) if spread > 0 else 0.0


def _constrained(rest: _Rest, penalty: float) -> np.ndarray:
    """The weights that minimise the penalised loss, the scale profiled out."""
    equal = np.full(len(rest.cross), 1 / len(rest.cross))
    if np.isinf(penalty):
        return equal

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scale, away = _scale(rest, weights), weights - equal
        fitted = scale * (rest.gram @ weights)
        value = 1 + weights @ (scale * fitted - 2 * scale * rest.cross)
        gradient = 2 * scale * (fitted - rest.cross)
        return value + penalty * away @ away, gradient + 2 * penalty * away

    solution = scipy.optimize.minimize(
        loss,
        equal,
        jac=True,
        method="SLSQP",
        bounds=[(LEAST_WEIGHT, LARGEST_WEIGHT)] * len(equal),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-9, "maxiter": 200},
    )
    if not solution.success:
        raise RuntimeError(f"shrunk weights: {solution.message} (penalty {penalty:g})")
    weights: np.ndarray = solution.x
    return weights


def _r2_left_out(by_state: np.ndarray, nuisance: int, penalty: float) -> float:
    """Share of the outcome, beyond sectors, periods and controls, that is predicted in states
    none of whose rows were used; below 0 where the average would predict better."""
    error = total = 0.0
    for state in by_state:
        rest = _partialled_out(by_state.sum(axis=0) - state, nuisance)
        weights = _constrained(rest, penalty)
        slope = _scale(rest, weights) * weights * rest.unit[1] / rest.unit[0]
        # coefficients of every column in the residual, before and after the prediction
        pillars, outcome = rest.slopes[:, :-1], rest.slopes[:, -1]
        before = np.concatenate([-outcome, np.zeros(len(slope)), [1.0]])
        after = before + np.concatenate([pillars @ slope, -slope, [0.0]])
        error += after @ state @ after
        total += before @ state @ before
    return 1 - error / total if total > 0 else np.nan


@dataclass(frozen=True)
class WildBootstrap:
    """Arrays over the tested columns."""

    estimate: np.ndarray
    standard_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


def wild_cluster_bootstrap(
    y: np.ndarray, x: np.ndarray, clusters: np.ndarray, tested: list[int], draws: int, seed: int
) -> WildBootstrap:
    """Least squares of y (rows) on x (rows x columns) with p and 95 % intervals for the columns
    `tested`, by the restricted wild cluster bootstrap of t.

    Cameron, Gelbach, Miller (2008), Bootstrap-based improvements for inference with clustered
    errors; from sums by cluster, as in Roodman et al. (2019), Fast and wild. Rademacher weights, or
    Webb's six points with fewer than 12 clusters. The interval holds the values that the test
    doesn't reject; it is infinite where no value on that side is rejected.
    """
    groups, names = pd.factorize(clusters, sort=True)
    cross = np.zeros((len(names), x.shape[1], x.shape[1]))
    moments = np.zeros((len(names), x.shape[1]))
    np.add.at(cross, groups, x[:, :, None] * x[:, None, :])
    np.add.at(moments, groups, x * y[:, None])
    inverse = np.linalg.inv(cross.sum(axis=0))
    estimate = inverse @ moments.sum(axis=0)
    random = np.random.default_rng(seed)
    points = (
        np.array([-1.0, 1.0])
        if len(names) >= RADEMACHER_STATES
        else np.sqrt([1.5, 1.0, 0.5]) * np.array([[-1.0], [1.0]])
    )
    signs = random.choice(points.ravel(), size=(draws, len(names)))
    correction = len(names) / (len(names) - 1) * (len(y) - 1) / (len(y) - x.shape[1])
    scores = (moments - cross @ estimate) @ inverse
    error = np.sqrt(correction * (scores**2).sum(axis=0))

    def p_value(column: int, null: float) -> float:
        step = inverse[:, column] / inverse[column, column]
        restricted = estimate - step * (estimate[column] - null)
        pulled = (moments - cross @ restricted) @ inverse
        drawn = signs @ pulled
        parts = signs * pulled[:, column] - drawn @ (cross @ inverse[:, column]).T
        spread = np.sqrt(correction * (parts**2).sum(axis=1))
        t = np.abs(estimate[column] - null) / error[column]
        return float((1 + (np.abs(drawn[:, column]) >= t * spread).sum()) / (1 + draws))

    sides = {
        side: np.array([_rejected(p_value, j, estimate[j], side * error[j]) for j in tested])
        for side in (-1, 1)
    }
    return WildBootstrap(
        estimate[tested],
        error[tested],
        sides[-1],
        sides[1],
        np.array([p_value(column, 0.0) for column in tested]),
    )


def _rejected(
    p_value: Callable[[int, float], float],
    column: int,
    estimate: float,
    step: float,
    level: float = 0.05,
) -> float:
    """The value nearest to the estimate, in the direction of `step`, that is rejected."""
    far = step
    while p_value(column, estimate + far) >= level:
        far *= 2
        if abs(far) > 1000 * abs(step):
            return float(np.copysign(np.inf, step))
    near = 0.0
    while abs(far - near) > abs(step) / 1000:
        middle = (near + far) / 2
        near, far = (middle, far) if p_value(column, estimate + middle) >= level else (near, middle)
    return float(estimate + far)


def _rows(
    model: str,
    fit: "PanelResults | PanelEffectsResults | RandomEffectsResults",
    rows: pd.DataFrame,
    outcome: str,
    columns: list[str],
    terms: list[str],
    part: pd.Series,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Rows of COEFFICIENTS for `terms`. `part` is the share of its object's mean that the
    estimator takes from each row: 0 pooled, 1 fixed effects."""
    objects, states = rows.object_id.nunique(), rows.state_code.nunique()
    table = pd.DataFrame({"model": model, "term": terms, "estimate": fit.params[terms].to_numpy()})
    if objects >= FEW_OBJECTS:
        # as many degrees of freedom as clusters less one
        freedom = scipy.stats.t(objects - 1)
        table["standard_error"] = fit.std_errors[terms].to_numpy()
        reach = freedom.ppf(0.975) * table.standard_error
        table["ci_low"], table["ci_high"] = table.estimate - reach, table.estimate + reach
        table["p"] = 2 * freedom.sf((table.estimate / table.standard_error).abs())
        table["method"] = "clustered by object"
    else:
        y = _quasi_demeaned(rows, [outcome], part)[outcome].to_numpy()
        x = _quasi_demeaned(rows, columns, part).to_numpy()
        tested = [columns.index(name) for name in terms]
        wild = wild_cluster_bootstrap(y, x, rows.state_code.to_numpy(), tested, draws, seed)
        table["standard_error"] = wild.standard_error
        table["ci_low"], table["ci_high"], table["p"] = wild.low, wild.high, wild.p
        table["method"] = "wild cluster bootstrap by state"
    return table.assign(observations=len(rows), objects=objects, states=states)


def _quasi_demeaned(rows: pd.DataFrame, columns: list[str], part: pd.Series) -> pd.DataFrame:
    mean = rows.groupby("object_id")[columns].transform("mean")
    return rows[columns] - mean.mul(part, axis=0)


def _complete(panel: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    keys = ["object_id", "period", "sector", "state_code"]
    rows = panel[[*keys, *columns]].dropna().sort_values(["object_id", "period"])
    return rows.astype(dict.fromkeys(columns, "float64")).reset_index(drop=True)


def _dummies(rows: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Rows with a constant and a column for each value but the first of each name."""
    columns = pd.DataFrame({"constant": 1.0}, index=rows.index)
    for name in names:
        for value in sorted(rows[name].unique())[1:]:
            columns[f"{name}[{value}]"] = (rows[name] == value).astype(float)
    return rows.join(columns), list(columns.columns)


def _independent(x: pd.DataFrame, original: pd.DataFrame | None = None) -> list[str]:
    """Columns that are no linear combination of earlier ones (Gram-Schmidt). What is left of a
    column is measured against its `original`, so that rounding errors are not taken for values."""
    basis, kept = np.empty((len(x), 0)), list[Any]()
    for name in x:
        rest = x[name].to_numpy(float)
        # twice is enough (Kahan)
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > ABSORBED * np.linalg.norm((x if original is None else original)[name]):
            basis, kept = np.column_stack([basis, rest / length]), [*kept, name]
    return kept


def _is_repeated(rows: pd.DataFrame, outcome: str, terms: list[str]) -> bool:
    """Whether enough objects were seen again, and changed, to tell them from their errors."""
    away = rows[outcome] - rows.groupby("object_id")[outcome].transform("mean")
    free = len(rows) - rows.object_id.nunique() - len(terms) - rows.period.nunique()
    changed = np.linalg.norm(away) > ABSORBED * np.linalg.norm(rows[outcome])
    return bool(free >= LEAST_FREEDOM and changed)


def _too_little(rows: pd.DataFrame, outcome: str, columns: list[str], needed: list[str]) -> str:
    """Why the model can't be estimated; empty where it can."""
    if len(rows) - len(columns) < LEAST_FREEDOM:
        return _few(len(rows), len(columns))
    if np.ptp(rows[outcome]) == 0:
        return f"{outcome} does not vary."
    for name in needed:
        if name not in columns:
            return f"{name} can't be told apart from the sectors, periods and scores before it."
    states = rows.state_code.nunique()
    if rows.object_id.nunique() < FEW_OBJECTS and states < LEAST_STATES:
        return _few_states(states)
    return ""


def _few(observations: int, coefficients: int) -> str:
    return (
        f"{observations} complete observations for {coefficients} coefficients: at least "
        f"{LEAST_FREEDOM} more observations than coefficients are needed."
    )


def _few_states(states: int) -> str:
    return f"Objects in {states} states: errors need at least {LEAST_STATES}."


def _table(rows: list[tuple[Any, ...]], columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _estimate(tables: list[pd.DataFrame]) -> Estimate:
    return Estimate(
        pd.concat(tables, ignore_index=True)[list(COEFFICIENTS)].astype(COEFFICIENTS), ""
    )


def _empty(reason: str) -> Estimate:
    return Estimate(_table([], COEFFICIENTS), reason)
