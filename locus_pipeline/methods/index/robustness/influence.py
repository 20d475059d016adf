"""Influence: what each indicator does to the ranks and to the differences between objects.

Influence of an object on the others isn't measured: with frozen goalposts there is none."""

import numpy as np
import pandas as pd

from locus_pipeline.methods.index.aggregation import Tree, effective_weights
from locus_pipeline.methods.index.framework import Framework, Rules
from locus_pipeline.methods.index.robustness.uncertainty import mean_rank_shift, ranks
from locus_pipeline.methods.index.scoring import Scored, aggregate


def influence(scored: Scored, framework: Framework, rules: Rules) -> pd.DataFrame:
    """parameter_code, mean_rank_shift, variance_share of each indicator.

    `mean_rank_shift` is the mean distance between the ranks with and without the indicator, of the
    objects that still have a score (jackknife); NaN where its pillar would be empty.
    `variance_share` is the share of the variance of the arithmetic score that the indicator's
    contributions make: their covariance with the score over its variance. The shares sum to 1.
    """
    weight = effective_weights(
        scored.normalised,
        scored.sub_pillars,
        scored.tree,
        scored.pillar_weights,
        rules.performance_share,
    )
    parts = weight * np.nan_to_num(scored.normalised)
    distance = scored.arithmetic - scored.arithmetic.mean()
    variance = (distance**2).sum()
    share = distance @ parts / variance if variance > 0 else np.full(parts.shape[1], np.nan)
    codes = list(scored.tree.indicators)
    return pd.DataFrame(
        {
            "parameter_code": codes,
            "mean_rank_shift": [_shift(scored, at, framework, rules) for at in range(len(codes))],
            "variance_share": share,
        }
    )


def _shift(scored: Scored, at: int, framework: Framework, rules: Rules) -> float:
    codes = list(scored.tree.indicators)
    others = Tree.of(framework.indicators.loc[codes[:at] + codes[at + 1 :]])
    if others.pillars != scored.tree.pillars:
        return np.nan
    score = aggregate(np.delete(scored.normalised, at, axis=1), others, rules).score
    stays = ~np.isnan(score)
    return float(mean_rank_shift(ranks(score[stays]), ranks(scored.score[stays])))
