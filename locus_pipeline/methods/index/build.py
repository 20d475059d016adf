"""The index of one basis, from values to ranks with their bands: the one entry for both bases.

Source of the steps: OECD/JRC, Handbook on Constructing Composite Indicators (2008). The choices at
each step are a proposal; `uncertainty` says how much hangs on them."""

import zlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from locus_pipeline.methods.index.framework import PERFORMANCE, Framework, Rules
from locus_pipeline.methods.index.models.multivariate import correlations, reliability
from locus_pipeline.methods.index.periods import split, with_goalposts
from locus_pipeline.methods.index.robustness.influence import influence
from locus_pipeline.methods.index.robustness.sensitivity import sobol_indices
from locus_pipeline.methods.index.robustness.uncertainty import (
    TRIGGERS,
    Choices,
    mean_rank_shift,
    pairwise,
    prepare,
    rank_bands,
    ranks,
)
from locus_pipeline.methods.index.robustness.weight_sets import (
    best_light,
    weight_sets,
    weight_table,
)
from locus_pipeline.methods.index.scoring import Scored, contributions, score, stages
from locus_pipeline.methods.index.tables import OBJECTS, TABLES, VALUES, joined, table

MEAN_RANK_SHIFT = "mean_rank_shift"
TOO_FEW_OBJECTS = "too_few_objects"


@dataclass(frozen=True)
class Index:
    """Tables of an index (columns in `tables.TABLES`), and the scores of its runs.

    `draws` has for each ranked period a frame of runs by object_id. A run makes the same choices in
    each period, so that a change between two periods has an interval of its own.
    """

    eligibility: pd.DataFrame
    scores: pd.DataFrame
    stages: pd.DataFrame
    contributions: pd.DataFrame
    goalposts: pd.DataFrame
    screening: pd.DataFrame
    weights: pd.DataFrame
    sensitivity: pd.DataFrame
    influence: pd.DataFrame
    correlations: pd.DataFrame
    reliability: pd.DataFrame
    pairs: pd.DataFrame
    draws: dict[str, pd.DataFrame]


def build_index(
    values: pd.DataFrame,
    objects: pd.DataFrame,
    framework: Framework,
    rules: Rules,
    goalposts: pd.DataFrame | None = None,
    ballots: pd.DataFrame | None = None,
    model_weights: pd.Series | None = None,
    runs: int | None = None,
    seed: int | None = None,
    sampling_correlations: pd.DataFrame | None = None,
) -> Index:
    """The index of all periods in `objects`, ranked inside each period.

    `values` (columns `tables.VALUES`) may have other parameters too and lack values; `objects`
    (`tables.OBJECTS`) has one row for each object and period that is considered. An object that is
    not eligible, or whose values leave a pillar empty, gets a row in `eligibility` with the reason
    and nothing else. With fewer scored objects than the rule asks there are scores but no ranks.

    `goalposts`: that table of an earlier index, which freezes the goalposts and the list of
    indicators; for a period that it has, the sectors' medians too, so that no other object moves a
    score. `ballots` (expert, item, points; items are pillars of drivers) and `model_weights` (by
    pillar of drivers) join the weight sets of the runs; the method's weights are equal.
    `sampling_correlations` (`tables.CORRELATIONS`): of the errors of an object's values, which are
    drawn as independent where it has none.

    ValueError for a missing column, an object or value that occurs twice, an infinite value, and
    weights of items that are no pillars of drivers.
    """
    _check(values, objects, framework, ballots, model_weights)
    rules = replace(
        rules,
        runs=rules.runs if runs is None else runs,
        seed=rules.seed if seed is None else seed,
    )
    frozen = table("goalposts") if goalposts is None else goalposts
    periods, posts = with_goalposts(
        split(values, objects, framework, rules, frozen), framework, rules, frozen
    )
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    draws, lost = {}, []
    for period in periods:
        parts["screening"].append(period.screening.assign(period=period.name))
        scored, reasons = score(period, posts, framework, rules)
        lost.append(reasons.rename("lost").reset_index().assign(period=period.name))
        if scored is None:
            continue
        frames = {
            "scores": _scores(scored),
            "stages": stages(scored),
            "contributions": contributions(scored, rules),
        }
        if len(scored.objects) >= rules.ranked_objects:
            ranked, drawn = _ranked(
                period.name,
                scored,
                framework,
                rules,
                ballots,
                model_weights,
                _of_period(sampling_correlations, period.name),
            )
            frames |= ranked
            draws[period.name] = drawn
        for name, part in frames.items():
            parts[name].append(part.assign(period=period.name))
    parts["goalposts"] = [posts]
    parts["eligibility"] = [_eligibility(objects, joined(lost))]
    tables = {name: table(name, joined(frames)) for name, frames in parts.items()}
    return Index(**tables, draws=draws)


def _check(
    values: pd.DataFrame,
    objects: pd.DataFrame,
    framework: Framework,
    ballots: pd.DataFrame | None,
    model_weights: pd.Series | None,
) -> None:
    for name, frame, columns, keys in (
        ("values", values, VALUES, ["object_id", "period", "parameter_code"]),
        ("objects", objects, OBJECTS, ["object_id", "period"]),
    ):
        lacking = [column for column in columns if column not in frame]
        if lacking:
            raise ValueError(f"{name} of the index lacks the columns {', '.join(lacking)}.")
        twice = frame.loc[frame.duplicated(keys), keys]
        if len(twice):
            raise ValueError(f"{name} of the index has {', '.join(twice.iloc[0])} twice.")
    endless = values[np.isinf(values.value.to_numpy(float))]
    if len(endless):
        where = ", ".join(endless[["object_id", "period", "parameter_code"]].iloc[0])
        raise ValueError(f"values of the index has an infinite value at {where}.")
    drivers = set(framework.indicators.pillar) - {PERFORMANCE}
    for name, items in (
        ("ballots", set() if ballots is None else set(ballots["item"])),
        ("model_weights", set() if model_weights is None else set(model_weights.index)),
    ):
        if items - drivers:
            raise ValueError(
                f"{name} has items that are no pillars of drivers: "
                f"{', '.join(sorted(items - drivers))}."
            )


def _eligibility(objects: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """The objects' own rows, and what the index itself found missing."""
    eligibility = objects[list(TABLES["eligibility"])].fillna({"failed_gates": "", "missing": ""})
    if len(lost):
        eligibility = eligibility.merge(lost, on=["object_id", "period"], how="left")
        rows = eligibility.lost.notna()
        eligibility["eligible"] = eligibility.eligible & ~rows
        eligibility["failed_gates"] = eligibility.failed_gates.mask(rows, "G6")
        eligibility["missing"] = eligibility.missing.mask(rows, eligibility.lost)
    return eligibility.sort_values(["period", "object_id"])


def _scores(scored: Scored) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "object_id": scored.objects,
            "score": scored.score,
            "score_arithmetic": scored.arithmetic,
            "performance": scored.pillars[:, 0],
            "drivers": scored.drivers,
            "tier": "",
            "completeness": scored.completeness,
            "is_tier_only": False,
            "rank_reason": TOO_FEW_OBJECTS,
        }
    )


def _of_period(rows: pd.DataFrame | None, period: str) -> pd.DataFrame | None:
    return None if rows is None else rows[rows.period == period]


def _ranked(
    name: str,
    scored: Scored,
    framework: Framework,
    rules: Rules,
    ballots: pd.DataFrame | None,
    model_weights: pd.Series | None,
    sampling_correlations: pd.DataFrame | None,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Tables of a period that has enough objects for ranks, and the scores of its runs."""
    light, light_weights = best_light(scored, rules)
    sets = weight_sets(scored, light_weights, ballots, model_weights, rules)
    choices = prepare(
        scored,
        framework,
        rules,
        {set_name: each.options for set_name, each in sets.items()},
        # draws of errors are another period's own ...
        np.random.default_rng([rules.seed, zlib.crc32(name.encode())]),
        sampling_correlations,
    )
    # ... but each run makes the same choices in every period
    uniform = np.random.default_rng(rules.seed).random((rules.runs, len(TRIGGERS)))
    drawn = choices.scores(uniform)
    bands = rank_bands(ranks(drawn), rules)
    width = np.median(bands.rank_p95 - bands.rank_p05)
    pillars = framework.indicators.pillar
    normalised = pd.DataFrame(scored.normalised, columns=list(scored.tree.indicators))
    tables = {
        "scores": _scores(scored).assign(
            score_best_light=rules.scale_high * light,
            rank=ranks(scored.score),
            is_tier_only=width > rules.band_width * len(scored.objects),
            rank_reason="",
            **bands,
        ),
        "weights": weight_table(scored, sets, rules),
        "sensitivity": _sensitivity(scored, choices, rules),
        "influence": influence(scored, framework, rules),
        "correlations": correlations(normalised, pillars, rules.duplicate_correlation),
        "reliability": reliability(normalised, pillars, rules.factor_objects),
        "pairs": _pairs(scored.objects, drawn, rules),
    }
    return tables, pd.DataFrame(drawn, columns=scored.objects)


def _sensitivity(scored: Scored, choices: Choices, rules: Rules) -> pd.DataFrame:
    reference = ranks(scored.score)
    of_each = len(scored.objects) <= rules.sobol_objects

    def outcomes(uniform: np.ndarray) -> np.ndarray:
        drawn = choices.scores(uniform)
        shift = mean_rank_shift(ranks(drawn), reference)[:, None]
        return np.hstack([shift, drawn]) if of_each else shift

    targets = [MEAN_RANK_SHIFT, *(scored.objects if of_each else [])]
    return sobol_indices(outcomes, TRIGGERS, targets, rules.sobol_runs, rules.seed)


def _pairs(objects: pd.Index, drawn: np.ndarray, rules: Rules) -> pd.DataFrame:
    if len(objects) > rules.pair_objects:
        return table("pairs")
    one, other = np.nonzero(~np.eye(len(objects), dtype=bool))
    return pd.DataFrame(
        {
            "object_id": objects[one],
            "other_object_id": objects[other],
            "probability_better": pairwise(drawn)[one, other],
        }
    )
