"""The scores of one period: normalise, aggregate, and take each score apart again."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from locus_pipeline.methods.index import weights
from locus_pipeline.methods.index.aggregation import (
    ALL_ARITHMETIC,
    Tree,
    effective_weights,
    overall,
    score_shares,
)
from locus_pipeline.methods.index.framework import Framework, Means, Rules
from locus_pipeline.methods.index.gate import completeness
from locus_pipeline.methods.index.goalposts import Scale
from locus_pipeline.methods.index.periods import Period


@dataclass(frozen=True)
class Aggregates:
    """Means up the tree: `sub_pillars` (objects, sub-pillars), `pillars` (objects, pillars),
    `drivers`, `score` and the arithmetic score `arithmetic` (objects,); NaN where too much is
    missing."""

    sub_pillars: np.ndarray
    pillars: np.ndarray
    drivers: np.ndarray
    score: np.ndarray
    arithmetic: np.ndarray


def aggregate(normalised: np.ndarray, tree: Tree, rules: Rules) -> Aggregates:
    """The aggregation of `normalised` (objects, indicators) by the rules: equal weights, and the
    mean that they name for each level."""
    sub_pillars, pillars, drivers, score = _means(normalised, tree, rules, rules.means)
    *_, arithmetic = _means(normalised, tree, rules, ALL_ARITHMETIC)
    return Aggregates(sub_pillars, pillars, drivers, score, arithmetic)


def _means(normalised: np.ndarray, tree: Tree, rules: Rules, means: Means) -> list[np.ndarray]:
    """Sub-pillars, pillars, drivers and score."""
    sub_pillars = tree.sub_pillar_scores(normalised, np.ones(1), rules.sub_pillar_coverage, means)
    pillars = tree.pillar_scores(sub_pillars, rules.pillar_coverage, means)
    equal = weights.equal(len(tree.drivers))
    return [sub_pillars, pillars, *overall(pillars, equal, rules.performance_share, means)]


@dataclass(frozen=True)
class Scored(Aggregates):
    """The objects of a period that have a score, with each step on the way to it. Arrays are
    (objects, indicators) in the order of `objects` and of `tree`."""

    objects: pd.Index
    sectors: np.ndarray
    completeness: np.ndarray
    tree: Tree
    scale: Scale
    raw: np.ndarray
    errors: np.ndarray
    adjusted: np.ndarray
    treated: np.ndarray
    normalised: np.ndarray

    @property
    def pillar_weights(self) -> np.ndarray:
        """The method's weights of the pillars of drivers."""
        return weights.equal(len(self.tree.drivers))


def score(
    period: Period, goalposts: pd.DataFrame, framework: Framework, rules: Rules
) -> tuple[Scored | None, pd.Series]:
    """The scored objects, and why others are not (text by object_id).

    None where the period has no indicator left in one of the framework's pillars: an index without
    a pillar would be another index.
    """
    codes = period.codes
    indicators = framework.indicators.loc[codes]
    empty = [
        name for name in framework.indicators.pillar.unique() if name not in set(indicators.pillar)
    ]
    if empty:
        reason = f"no indicator of {', '.join(empty)} has enough values in this period"
        return None, pd.Series(reason, index=period.raw.index)
    tree = Tree.of(indicators)
    limits = goalposts[goalposts.period == period.name]
    scale = Scale.of(limits, codes, period.sectors, framework, rules)
    raw, errors = period.raw[codes].to_numpy(), period.errors[codes].to_numpy()
    adjusted = scale.adjust(raw)
    treated = scale.treatment.apply(adjusted)
    normalised = scale.normalise(treated, rules)
    shares = completeness(period.raw, framework, codes).completeness
    reasons = _reasons(shares, aggregate(normalised, tree, rules).pillars, tree, rules)
    stays = reasons.isna().to_numpy()
    if not stays.any():
        return None, reasons
    scored = Scored(
        objects=period.raw.index[stays],
        sectors=period.sectors[stays].to_numpy(),
        completeness=shares[stays].to_numpy(),
        tree=tree,
        scale=replace(scale, reference=scale.reference[stays]),
        raw=raw[stays],
        errors=errors[stays],
        adjusted=adjusted[stays],
        treated=treated[stays],
        normalised=normalised[stays],
        **vars(aggregate(normalised[stays], tree, rules)),
    )
    return scored, reasons.dropna()


def _reasons(shares: pd.Series, pillars: np.ndarray, tree: Tree, rules: Rules) -> pd.Series:
    reasons: list[str | None] = []
    for share, row in zip(shares, np.isnan(pillars), strict=True):
        lacking = [name for name, lacks in zip(tree.pillars, row, strict=True) if lacks]
        if lacking:
            reasons.append(f"too few values in {', '.join(lacking)}")
        elif share < rules.gate_completeness:
            reasons.append(f"values for {share:.0%} of the indicators only")
        else:
            reasons.append(None)
    return pd.Series(reasons, index=shares.index, dtype=object)


def stages(scored: Scored) -> pd.DataFrame:
    """Every value on its way to the score: object_id, level, item, stage, value."""
    codes = list(scored.tree.indicators)
    sub_pillars = [f"{pillar}/{name}" for pillar, name in scored.tree.sub_pillars]
    whole = np.column_stack([scored.drivers, scored.score])
    steps = [
        ("indicator", "raw", codes, scored.raw),
        ("indicator", "adjusted", codes, scored.adjusted),
        ("indicator", "treated", codes, scored.treated),
        ("indicator", "normalised", codes, scored.normalised),
        ("sub_pillar", "aggregated", sub_pillars, scored.sub_pillars),
        ("pillar", "aggregated", list(scored.tree.pillars), scored.pillars),
        ("index", "aggregated", ["drivers", "score"], whole),
    ]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "object_id": np.repeat(scored.objects, len(items)),
                    "level": level,
                    "item": np.tile(items, len(scored.objects)),
                    "stage": stage,
                    "value": array.ravel(),
                }
            )
            for level, stage, items, array in steps
        ]
    )


def contributions(scored: Scored, rules: Rules) -> pd.DataFrame:
    """What each indicator adds to the score; an object's contributions sum to its score exactly.

    The arithmetic score is split by weight times value; the published score level by level, by what
    each item adds to the sum behind its mean: its value, its logarithm where the mean is geometric.
    """
    tree, share = scored.tree, rules.performance_share
    weight = effective_weights(
        scored.normalised, scored.sub_pillars, tree, scored.pillar_weights, share
    )
    of_score = score_shares(
        scored.normalised,
        scored.sub_pillars,
        scored.pillars,
        scored.drivers,
        tree,
        scored.pillar_weights,
        share,
        rules.means,
    )
    codes, count = list(tree.indicators), len(scored.objects)
    return pd.DataFrame(
        {
            "object_id": np.repeat(scored.objects, len(codes)),
            "parameter_code": np.tile(codes, count),
            "pillar": np.tile([tree.pillars[at] for at in tree.indicator_pillar], count),
            "weight": weight.ravel(),
            "normalised_value": scored.normalised.ravel(),
            "contribution": (of_score * scored.score[:, None]).ravel(),
            "contribution_arithmetic": (weight * np.nan_to_num(scored.normalised)).ravel(),
        }
    )
