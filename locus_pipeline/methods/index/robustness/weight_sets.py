"""The weight sets of one period: what the pillars of drivers weigh by each method.

Every set weighs the pillars of drivers; indicators weigh the same inside their sub-pillar. Equal
weights are the method's, the others are choices of the runs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from locus_pipeline.methods.index import weights
from locus_pipeline.methods.index.aggregation import effective_weights
from locus_pipeline.methods.index.framework import PERFORMANCE, Rules
from locus_pipeline.methods.index.scoring import Scored

EQUAL = "equal"


@dataclass(frozen=True)
class WeightSet:
    """`options` (options, 1 or objects, pillars of drivers), each summing to 1 over the pillars,
    and the standard deviation of the weights (pillars of drivers,), NaN where there is one only."""

    options: np.ndarray
    sd: np.ndarray


def weight_sets(
    scored: Scored,
    best_light: np.ndarray,
    ballots: pd.DataFrame | None,
    model_weights: pd.Series | None,
    rules: Rules,
) -> dict[str, WeightSet]:
    """The sets that this period can have. `best_light` (objects, pillars): the weights of benefit
    of the doubt. Budget allocation and econometric weights come from outside."""
    names = list(scored.tree.drivers)
    none = np.full(len(names), np.nan)
    light = best_light[:, 1:] / best_light[:, 1:].sum(axis=1, keepdims=True)
    sets = {
        EQUAL: WeightSet(scored.pillar_weights[None, None], none),
        "benefit_of_the_doubt": WeightSet(light[None], light.std(axis=0, ddof=1)),
    }
    factors = factor_weights(scored, rules)
    if factors is not None:
        sets["factor_analysis"] = WeightSet(factors[None, None], none)
    if ballots is not None:
        shares = weights.ballot_shares(ballots).reindex(columns=names).fillna(0.0).to_numpy()
        sets["budget_allocation"] = WeightSet(shares[:, None], shares.std(axis=0, ddof=1))
    if model_weights is not None:
        modelled = model_weights.reindex(names).fillna(0.0).to_numpy()
        sets["econometric"] = WeightSet((modelled / modelled.sum())[None, None], none)
    return sets


def best_light(scored: Scored, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Benefit of the doubt over all pillars: scores (objects,) of 0-1, weights (objects, pillars).
    The rule's shares give way where so few or so many pillars can't meet them."""
    fair = 1 / len(scored.tree.pillars)
    return weights.benefit_of_the_doubt(
        scored.pillars, min(rules.light_low, fair), max(rules.light_high, fair)
    )


def factor_weights(scored: Scored, rules: Rules) -> np.ndarray | None:
    """Weights of the pillars of drivers from factor analysis of their indicators, or of the pillars
    where too few objects have all indicators; None where something doesn't vary."""
    place = scored.tree.indicator_pillar
    items = scored.normalised[:, place > 0]
    items, pillar = items[~np.isnan(items).any(axis=1)], place[place > 0]
    if len(items) < rules.factor_objects * items.shape[1] or not _varies(items):
        items, pillar = scored.pillars[:, 1:], np.arange(1, len(scored.tree.pillars))
    if items.shape[1] < 2 or not _varies(items):
        return None
    return np.bincount(pillar - 1, weights.factor_analysis(items), len(scored.tree.drivers))


def _varies(items: np.ndarray) -> bool:
    return bool((np.ptp(items, axis=0) > 0).all())


def weight_table(scored: Scored, sets: dict[str, WeightSet], rules: Rules) -> pd.DataFrame:
    """weight_set, level, item, nominal_weight, effective_weight, sd.

    The method's weights at each level, as shares of the whole for sub-pillars and indicators; other
    sets at the level of pillars. The effective weight is the correlation ratio with the score.
    """
    tree, share = scored.tree, rules.performance_share
    nominal = effective_weights(
        np.ones((1, len(tree.indicators))),
        np.ones((1, len(tree.sub_pillars))),
        tree,
        scored.pillar_weights,
        share,
    )[0]
    effective = {
        name: weights.correlation_ratio(values, scored.score)
        for name, values in zip(tree.pillars, scored.pillars.T, strict=True)
    }
    of_drivers = weights.correlation_ratio(scored.drivers, scored.score)
    rows = [
        (EQUAL, "index", PERFORMANCE, share, effective[PERFORMANCE], np.nan),
        (EQUAL, "index", "drivers", 1 - share, of_drivers, np.nan),
    ]
    for name, each in sets.items():
        for pillar, weight, sd in zip(
            tree.drivers, each.options.mean(axis=(0, 1)), each.sd, strict=True
        ):
            effective_weight = effective[pillar] if name == EQUAL else np.nan
            rows.append((name, "pillar", pillar, weight, effective_weight, sd))
    for at, (pillar, name) in enumerate(tree.sub_pillars):
        weight = nominal[tree.sub_pillar_of == at].sum()
        rows.append((EQUAL, "sub_pillar", f"{pillar}/{name}", weight, np.nan, np.nan))
    for code, weight in zip(tree.indicators, nominal, strict=True):
        rows.append((EQUAL, "indicator", code, weight, np.nan, np.nan))
    columns = ["weight_set", "level", "item", "nominal_weight", "effective_weight", "sd"]
    return pd.DataFrame(rows, columns=columns)
