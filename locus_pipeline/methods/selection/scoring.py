"""Shares, ranks and a list of the clusters of one lens and period, with how sure they are.

Each draw moves every value by its standard error and the criteria's weights around those given
(Dirichlet), so that a rank says how often it would be another one. Draws of an object are its own,
whichever others are there, and the same each time. A value without a known error is not moved; the
object says how many it has.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from locus_pipeline.methods.selection.listing import Listing, Quotas, make_list, probabilities
from locus_pipeline.methods.selection.measures import (
    Lens,
    attained,
    coverage,
    criteria_points,
    points,
    signs,
)

NOT_MEASURED = "not_measured"
NOT_COVERED = "too_little_measured"
NO_SIGN = "marketability_not_measured"
NOT_MARKETABLE = "not_marketable"
SCORES = {
    "lens": "str", "object_id": "str", "period": "str",
    "criteria_measured": "int64", "criteria_asked": "int64", "coverage": "float64",
    "is_covered": "bool", "points": "float64", "attainable": "float64", "share": "float64",
    "share_se": "float64", "share_low": "float64", "share_high": "float64",
    "errors_unknown": "int64", "signs_measured": "int64", "signs_held": "int64",
    "is_marketable": "boolean", "is_candidate": "bool", "rank": "Int64", "rank_low": "Int64",
    "rank_high": "Int64", "probability_first": "float64", "probability_selected": "float64",
    "is_tied": "boolean", "is_selected": "boolean", "place_after_list": "Int64",
    "share_short": "float64", "list_reason": "str", "rank_reason": "str", "null_reason": "str",
    "quotas_unmet": "str",
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """`draws` of values and weights; `list_draws` of the list; `concentration`: of the Dirichlet,
    the larger the nearer to the given weights; `least_coverage` and `least_signs` (0-1): what a
    candidate must have measured, and show of the signs measured; `reserves`: places after the
    list; `band` (0-1): of intervals."""

    seed: int
    draws: int
    list_draws: int
    concentration: float
    least_coverage: float
    least_signs: float
    reserves: int
    band: float

    @classmethod
    def from_table(cls, settings: pd.DataFrame, basis: str) -> "Rules":
        """From the seed selection_settings; the survey measures fewer criteria than rounds do."""
        given = settings.set_index("setting").value.astype(float)
        whole = {name: int(given[name]) for name in ("seed", "draws", "list_draws", "reserves")}
        least = "least_coverage_survey" if basis == "survey" else "least_coverage"
        return cls(
            **whole,
            concentration=float(given["concentration"]),
            least_coverage=float(given[least]),
            least_signs=float(given["least_signs"]),
            band=float(given["band"]),
        )


def random_of(seed: int, *words: str) -> np.random.Generator:
    """A stream that is known by its words alone."""
    return np.random.default_rng([seed, zlib.crc32("|".join(words).encode())])


def score(
    values: pd.DataFrame, objects: pd.DataFrame, lens: Lens, quotas: Quotas, rules: Rules
) -> pd.DataFrame:
    """Rows of SCORES for the `objects` (KEYS, sector, is_backward, persons) of one lens and period,
    in the order of their ids. `values`: object_id, measure, value, standard_error."""
    objects = objects.sort_values("object_id").reset_index(drop=True)
    scored, conditions = lens.scored, lens.conditions
    figures = _wide(values, objects, scored.measure, "value")
    errors = _wide(values, objects, scored.measure, "standard_error")
    earned = points(figures, scored)
    criteria = criteria_points(earned, lens)
    gained, attainable = attained(criteria, lens.criteria.to_numpy(float))
    share = np.divide(gained, attainable, out=np.full(len(objects), np.nan), where=attainable > 0)
    covered = coverage(earned, lens)
    measured, held = signs(_wide(values, objects, conditions.measure, "value"), conditions)
    is_marketable = pd.Series(held >= rules.least_signs * measured, dtype="boolean")
    is_marketable[(measured == 0) | conditions.empty] = pd.NA
    is_covered = (covered >= rules.least_coverage) & np.isfinite(share)
    is_candidate = is_covered & (
        np.ones(len(objects), bool)
        if conditions.empty
        else is_marketable.fillna(False).to_numpy(bool)
    )
    shares = _drawn(figures, errors, objects, lens, rules)
    half = (1 - rules.band) / 2
    listing = make_list(objects, share, covered, is_candidate, quotas, rules.reserves)
    known = np.isfinite(figures)
    rows = objects[["lens", "object_id", "period"]].assign(
        criteria_measured=np.isfinite(criteria).sum(axis=1),
        criteria_asked=int((lens.criteria > 0).sum()),
        coverage=covered,
        is_covered=is_covered,
        points=np.where(np.isfinite(share), gained, np.nan),
        attainable=attainable,
        share=share,
        share_se=_of_draws(shares, lambda drawn: drawn.std(axis=0, ddof=1)),
        share_low=_of_draws(shares, lambda drawn: np.quantile(drawn, half, axis=0)),
        share_high=_of_draws(shares, lambda drawn: np.quantile(drawn, 1 - half, axis=0)),
        errors_unknown=(known & ~np.isfinite(errors)).sum(axis=1),
        signs_measured=measured,
        signs_held=held,
        is_marketable=is_marketable,
        is_candidate=is_candidate,
        rank_reason=_why_not(share, is_covered, is_marketable, len(conditions) > 0),
        null_reason=np.where(np.isfinite(share), "", NOT_MEASURED),
        quotas_unmet=listing.unmet,
    )
    rows = rows.join(listing.rows).join(_chances(shares, listing, is_candidate, quotas, rules))
    return rows.reindex(columns=list(SCORES)).astype(SCORES)


def _wide(
    values: pd.DataFrame, objects: pd.DataFrame, measures: pd.Series, column: str
) -> np.ndarray:
    """(objects, measures), NaN where there is nothing."""
    table = values[values.measure.isin(measures)].pivot(
        index="object_id", columns="measure", values=column
    )
    wide: np.ndarray = table.reindex(index=objects.object_id, columns=measures).to_numpy(float)
    return wide


def _drawn(
    figures: np.ndarray, errors: np.ndarray, objects: pd.DataFrame, lens: Lens, rules: Rules
) -> np.ndarray:
    """Shares (draws, objects), NaN where nothing is measured."""
    name = str(objects.lens.iloc[0]) if len(objects) else ""
    weights = _drawn_weights(lens, rules, name)
    shares = np.full((rules.draws, len(objects)), np.nan)
    moves = np.where(np.isfinite(errors), errors, 0.0)
    scored = lens.scored
    for place, (object_id, period) in enumerate(
        zip(objects.object_id, objects.period, strict=True)
    ):
        random = random_of(rules.seed, name, str(period), str(object_id))
        noise = random.standard_normal((rules.draws, len(scored)))
        criteria = criteria_points(points(figures[place] + noise * moves[place], scored), lens)
        gained, attainable = attained(criteria, weights)
        np.divide(gained, attainable, out=shares[:, place], where=attainable > 0)
    return shares


def _drawn_weights(lens: Lens, rules: Rules, name: str) -> np.ndarray:
    """Weights of the criteria (draws, criteria); one of 0 stays 0."""
    given = lens.criteria.to_numpy(float)
    weights = np.zeros((rules.draws, len(given)))
    used = given > 0
    shape = rules.concentration * given[used] / given.sum()
    weights[:, used] = random_of(rules.seed, "weights", name).dirichlet(shape, rules.draws)
    return weights


def _of_draws(shares: np.ndarray, summary: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A summary of the draws by object; NaN where nothing is measured."""
    result = np.full(shares.shape[1], np.nan)
    there = np.isfinite(shares).all(axis=0)
    if there.any():
        result[there] = summary(shares[:, there])
    return result


def _chances(
    shares: np.ndarray, listing: Listing, is_candidate: np.ndarray, quotas: Quotas, rules: Rules
) -> pd.DataFrame:
    """Bands of ranks, and how often an object is among the first or on the list."""
    half = (1 - rules.band) / 2
    names = ["rank_low", "rank_high", "probability_first", "probability_selected"]
    chances = np.full((shares.shape[1], len(names)), np.nan)
    if is_candidate.any():
        drawn = shares[:, is_candidate]
        # equal shares keep the order of the rule
        order = np.broadcast_to(listing.order[is_candidate], drawn.shape)
        places = np.lexsort((order, -drawn), axis=1)
        ranks = np.empty(drawn.shape, int)
        np.put_along_axis(ranks, places, np.arange(1, drawn.shape[1] + 1)[None, :], axis=1)
        low, high = np.quantile(ranks, [half, 1 - half], axis=0, method="nearest")
        on_list = probabilities(drawn[: rules.list_draws], listing.of(is_candidate), quotas)
        first = (ranks <= quotas.clusters).mean(axis=0)
        chances[is_candidate] = np.column_stack([low, high, first, on_list])
    return pd.DataFrame(chances, columns=names)


def _why_not(
    share: np.ndarray,
    is_covered: np.ndarray,
    is_marketable: "pd.Series[bool]",
    has_conditions: bool,
) -> np.ndarray:
    """Why an object has no rank; empty where it has one."""
    unknown = is_marketable.isna().to_numpy() & has_conditions
    fails = ~is_marketable.fillna(True).to_numpy(bool) & has_conditions
    conditions = [~np.isfinite(share), ~is_covered, unknown, fails]
    reasons = [NOT_MEASURED, NOT_COVERED, NO_SIGN, NOT_MARKETABLE]
    return np.select(conditions, reasons, default="")
