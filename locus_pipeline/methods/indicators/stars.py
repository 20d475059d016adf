"""Stars of a state's cluster, the probability of each given sampling errors, and strong clusters.

A star is won against the other states that have the cluster: size, specialisation, productivity,
dynamism. Where a state stands near the limit, another sample might have decided otherwise; the
share of draws of what may be true (star_draws) in which it wins says how sure the star is."""

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.ranks import percentile_rank
from locus_pipeline.methods.indicators.star_draws import draws, posterior
from locus_pipeline.methods.indicators.star_errors import (
    MEASURES,
    PAIRS,
    PRIOR_DEGREES,
    of_statistics,
)

STARS = ("size", "specialisation", "productivity", "dynamism")
GROWTH = ("total_employees", "labour_productivity", "wage_per_employee", "units")
KEYS = ["survey_year", "state_code", "cluster_code"]
COLUMNS = {
    **dict.fromkeys(KEYS, "str"),
    "dynamism_score": "float64",
    "is_eligible": "bool",
    "star_reason": "str",
    **{
        f"{star}_star{suffix}": kind
        for star in STARS
        for suffix, kind in (("", "bool"), ("_prob", "float64"), ("_hollow", "bool"))
    },
    "stars": "int64",
    "is_strong": "bool",
}


@dataclass(frozen=True)
class StarRules:
    """Parameters of the seed indicator_rules, which describes each."""

    eligible_factories: float
    eligible_rse: float
    eligible_states: float
    star_quantile: float
    star_quotient: float
    star_productivity: float
    strong_quantile: float
    strong_quotient: float
    strong_floor_quantile: float
    star_draws: float
    hollow_from: float
    hollow_to: float
    dynamism_parts: float

    @classmethod
    def from_table(cls, rules: pd.DataFrame) -> "StarRules":
        """From the rows (parameter, value) of the seed."""
        values = dict(zip(rules.parameter, rules.value, strict=True))
        return cls(**{name: float(values[name]) for name in cls.__dataclass_fields__})


def award(cells: pd.DataFrame, rules: StarRules) -> pd.DataFrame:
    """Stars and strong clusters: one row for each row of `cells`.

    `cells`: survey_year, state_code, cluster_code, factories_sampled, factories_drawn (those that
    are not certain), employees, employees_rse, is_hidden; the statistics size (share of the
    cluster), specialisation (location quotient), productivity (relative to the cluster's average)
    and the symmetric growth of GROWTH; and for each of PAIRS the covariance of the logarithms of
    both totals, now and in the year that growth is from: `<one>_by_<other>` and `..._before`.
    Missing values are NaN.
    """
    groups = [
        _award(group.sort_values("state_code"), rules)
        for _, group in cells.groupby(["survey_year", "cluster_code"], sort=True)
    ]
    if not groups:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    return pd.concat(groups, ignore_index=True)[list(COLUMNS)].astype(COLUMNS)


def _award(group: pd.DataFrame, rules: StarRules) -> pd.DataFrame:
    out = group[KEYS].copy()
    shown = ~group.is_hidden.to_numpy(bool) & (group.factories_sampled.to_numpy() > 0)
    eligible = (
        shown
        & (group.factories_sampled.to_numpy() >= rules.eligible_factories)
        & (group.employees_rse.to_numpy(float) <= rules.eligible_rse)
        & (group.state_code.to_numpy() != "")
        & (group.cluster_code.to_numpy() != "0")
    )
    growth = np.stack([_shown(group, f"{name}_growth", shown) for name in GROWTH])
    score = dynamism(growth, rules.dynamism_parts)
    enough = eligible.sum() >= rules.eligible_states
    out["dynamism_score"] = score
    out["is_eligible"] = eligible & enough
    out["star_reason"] = np.where(
        out.is_eligible, "", np.where(eligible, "too_few_peers", "not_eligible")
    )
    values = [_shown(group, name, shown) for name in STARS[:3]]
    won = _won([*values, score], eligible, rules)
    none = [np.full(len(group), np.nan)] * len(STARS)
    chances = _chances(group, [*values, *growth], eligible, rules) if enough else none
    for name, star, chance in zip(STARS, won, chances, strict=True):
        probability = np.where(np.isnan(star), np.nan, chance)
        out[f"{name}_star"] = (star == 1) & enough
        out[f"{name}_star_prob"] = probability
        out[f"{name}_star_hollow"] = (
            out[f"{name}_star"]
            & (probability > rules.hollow_from)
            & (probability < rules.hollow_to)
        )
    out["stars"] = sum(out[f"{name}_star"].astype(int) for name in STARS)
    employees, factories = (
        group[name].to_numpy(float) for name in ("employees", "factories_sampled")
    )
    out["is_strong"] = strong(values[1], employees, factories, eligible, rules) & enough
    return out


def _shown(group: pd.DataFrame, name: str, shown: np.ndarray) -> np.ndarray:
    return np.where(shown, group[name].to_numpy(float), np.nan)


def _won(values: list[np.ndarray], eligible: np.ndarray, rules: StarRules) -> list[np.ndarray]:
    """1 where a star is won, 0 where not, NaN without a value; the last axis is the states."""
    size, specialisation, productivity, score = (
        np.where(eligible, value, np.nan) for value in values
    )
    return [
        _above(size, rules, -np.inf),
        _above(specialisation, rules, rules.star_quotient),
        _above(productivity, rules, np.nextafter(rules.star_productivity, np.inf)),
        _above(score, rules, -np.inf),
    ]


def _above(values: np.ndarray, rules: StarRules, least: float) -> np.ndarray:
    limit = np.maximum(quantile(values, rules.star_quantile), least)
    return np.where(np.isnan(values), np.nan, values >= limit)


def quantile(values: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """Quantile over the last axis without NaN, by linear interpolation (Hyndman and Fan, type
    7)."""
    ordered = np.sort(values, axis=-1)
    count = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    place = share * np.maximum(count - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    below = np.take_along_axis(ordered, low, axis=-1)
    above = np.take_along_axis(ordered, high, axis=-1)
    quantile: np.ndarray = below + (place - low) * (above - below)
    return quantile


def dynamism(growth: np.ndarray, parts: float) -> np.ndarray:
    """Mean over the first axis of percentile ranks along the last; NaN with too few parts."""
    ranks = percentile_rank(growth, axis=-1)
    known = (~np.isnan(ranks)).sum(axis=0)
    total = np.nansum(ranks, axis=0)
    return np.where(known >= parts, total / np.maximum(known, 1), np.nan)


def _chances(
    group: pd.DataFrame, values: list[np.ndarray], eligible: np.ndarray, rules: StarRules
) -> list[np.ndarray]:
    """Share of draws in which each state wins each star; `values`: the first three statistics and
    the growth of GROWTH. The random stream depends on the group alone, so results repeat."""
    first = group.iloc[0]
    seed = zlib.crc32(f"{first.survey_year} {first.cluster_code}".encode())
    drawn = np.repeat(np.stack(values)[:, None, :], int(rules.star_draws), axis=1)
    drawn[:, :, eligible] = _drawn(
        group[eligible], np.stack(values, axis=1)[eligible], rules, np.random.default_rng(seed)
    )
    score = dynamism(drawn[3:], rules.dynamism_parts)
    return [wins.mean(axis=0) for wins in _won([*drawn[:3], score], eligible, rules)]


def _drawn(
    group: pd.DataFrame, values: np.ndarray, rules: StarRules, random: np.random.Generator
) -> np.ndarray:
    """Draws (statistics, draws, states) of what may be true of `values` (states, statistics): on
    logarithms, growth on that of its factor. What has no logarithm (value added that is not
    positive) or no error stands as it is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.hstack([np.log(values[:, :3]), 2 * np.arctanh(values[:, 3:] / 2)])
    errors = of_statistics(_covariances(group, ""), _covariances(group, "_before"))
    variance = np.diagonal(errors, axis1=1, axis2=2)
    logs[~(np.isfinite(logs) & np.isfinite(variance))] = np.nan
    degrees = group.factories_drawn.to_numpy(float) - 1 + PRIOR_DEGREES
    sample = draws(posterior(logs, errors), degrees, int(rules.star_draws), random)
    amounts = np.concatenate([np.exp(sample[..., :3]), 2 * np.tanh(sample[..., 3:] / 2)], axis=-1)
    is_drawn = np.isfinite(logs) & (variance > 0)
    return np.moveaxis(np.where(is_drawn, amounts, values), -1, 0)


def _covariances(group: pd.DataFrame, year: str) -> np.ndarray:
    matrices = np.empty((len(group), len(MEASURES), len(MEASURES)))
    for pair in PAIRS:
        one, other = (MEASURES.index(name) for name in pair)
        matrices[:, one, other] = matrices[:, other, one] = group["_by_".join(pair) + year]
    return matrices


def strong(
    quotient: np.ndarray,
    employees: np.ndarray,
    factories: np.ndarray,
    eligible: np.ndarray,
    rules: StarRules,
) -> np.ndarray:
    """Which clusters are strong, over the states of the last axis: location quotient in the upper
    quarter of the eligible ones and at least 1; employment and factories not in the lowest
    quarter."""
    peers = np.where(eligible, quotient, np.nan)
    limit = np.maximum(quantile(peers, rules.strong_quantile), rules.strong_quotient)
    is_strong: np.ndarray = eligible & (peers >= limit)
    for values in (employees, factories):
        among = np.where(eligible, values, np.nan)
        is_strong &= among > quantile(among, rules.strong_floor_quantile)
    return is_strong
