"""Uncertainty: the index again and again, with each choice drawn from what could have been chosen.

Source: Saisana, Saltelli, Tarantola (2005), Uncertainty and sensitivity analysis techniques, JRSS A
168; OECD/JRC Handbook (2008), step 7. A run is a row of uniform numbers, one for each trigger, so
that the same function serves Monte Carlo and Sobol indices, and the same row means the same choices
in two periods."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from locus_pipeline.methods.index import normalisation, sampling
from locus_pipeline.methods.index.aggregation import ARITHMETIC, HARMONIC, Tree, overall
from locus_pipeline.methods.index.framework import Framework, Means, Rules
from locus_pipeline.methods.index.goalposts import fit_arrays
from locus_pipeline.methods.index.scoring import Scored
from locus_pipeline.methods.index.treatment import Treatment
from locus_pipeline.methods.indicators.ranks import percentile_rank

TRIGGERS = (
    "imputation",  # none, or one of the imputed data sets
    "winsor_limit",  # 0 to the rule's number of values
    "normalisation",  # goalposts, z-score, percentile rank, minimum and maximum
    "weights",  # one of the weight sets
    "aggregation",  # of drivers, and of drivers with performance: see `means_to_choose`
    "dropped_indicator",  # none, or one
    "sampling_error",  # one of the draws from the standard errors
    "goalposts",  # frozen, or estimated again from the period
)
# z-scores are put on the scale of the index with this many standard deviations on either side.
Z_REACH = 3.0
TIERS = ("A", "B", "C", "D")
# Values held at once: bounds the memory of a run of any size.
CHUNK = 1_000_000


@dataclass(frozen=True)
class Choices:
    """All that the runs of one period choose from, computed once.

    `adjusted` (draws, objects, indicators) with sampling errors; `imputed` (imputations, objects,
    indicators), with values where `adjusted` misses them; `unused` (objects, indicators): values
    that count only where the others of their sub-pillar are imputed; `treatments`, `minimum`,
    `maximum` (winsor limits x {frozen, estimated}, 1, indicators); `pillar_weights`: for each
    weight set (options, 1 or objects, pillars of drivers); `indicator_weights` (options,
    indicators) of the set of disturbed weights; `droppable`: positions of indicators that each
    object can do without.
    """

    tree: Tree
    rules: Rules
    adjusted: np.ndarray
    imputed: np.ndarray
    unused: np.ndarray
    treatments: Treatment
    minimum: np.ndarray
    maximum: np.ndarray
    pillar_weights: dict[str, np.ndarray]
    indicator_weights: np.ndarray
    droppable: np.ndarray

    def scores(self, uniform: np.ndarray) -> np.ndarray:
        """Scores (runs, objects) of the choices `uniform` (runs, triggers), each of 0-1."""
        _, objects, indicators = self.adjusted.shape
        size = max(1, CHUNK // (objects * indicators))
        parts = [
            self._scores(uniform[start : start + size]) for start in range(0, len(uniform), size)
        ]
        return np.concatenate(parts) if parts else np.empty((0, objects))

    def _scores(self, uniform: np.ndarray) -> np.ndarray:
        drawn = dict(zip(TRIGGERS, np.minimum(uniform, 1 - 1e-12).T, strict=True))
        values = self.adjusted[_pick(drawn["sampling_error"], len(self.adjusted))]
        # the upper half imputes, with one of the data sets
        imputes = drawn["imputation"] >= 0.5
        chosen = self.imputed[_pick(2 * drawn["imputation"][imputes] - 1, len(self.imputed))]
        values[imputes] = np.where(np.isnan(values[imputes]), chosen, values[imputes])
        values[~imputes] = np.where(self.unused, np.nan, values[~imputes])

        weights, pillar_weights = self._weights(drawn["weights"], drawn["dropped_indicator"])
        normalised = self._normalised(values, drawn)
        by_the_rules = self.rules.means
        sub_pillars = self.tree.sub_pillar_scores(normalised, weights[:, None, :], 0, by_the_rules)
        pillars = self.tree.pillar_scores(sub_pillars, 0, by_the_rules)

        scores = np.empty(pillars.shape[:-1])
        options = means_to_choose(by_the_rules)
        mean = _pick(drawn["aggregation"], len(options))
        for at, means in enumerate(options):
            rows = mean == at
            scores[rows] = overall(
                pillars[rows], pillar_weights[rows], self.rules.performance_share, means
            )[1]
        return scores

    def _normalised(self, values: np.ndarray, drawn: dict[str, np.ndarray]) -> np.ndarray:
        method = _pick(drawn["normalisation"], 4)
        frozen = (drawn["goalposts"] < 0.5) & (method == 0)
        recipe = 2 * _pick(drawn["winsor_limit"], len(self.minimum) // 2) + ~frozen
        treated = Treatment(
            *(getattr(self.treatments, name)[recipe] for name in Treatment.__dataclass_fields__)
        ).apply(values)
        share = np.empty_like(treated)
        rows = method == 0
        share[rows] = normalisation.goalposts(
            treated[rows], self.minimum[recipe[rows]], self.maximum[recipe[rows]]
        )
        rows = method == 1
        standard = normalisation.z_score(treated[rows])
        share[rows] = normalisation.goalposts(standard, np.array(-Z_REACH), np.array(Z_REACH))
        rows = method == 2
        share[rows] = percentile_rank(treated[rows], axis=-2)
        rows = method == 3
        share[rows] = normalisation.min_max(treated[rows])
        # what doesn't vary has no z-score: the same for all, not missing
        share[np.isnan(share) & ~np.isnan(treated)] = 0.5
        return normalisation.rescale(share, self.rules.scale_low, self.rules.scale_high)

    def _weights(self, drawn: np.ndarray, dropped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        names = list(self.pillar_weights)
        of_set, within = _pick(drawn, len(names)), drawn * len(names) % 1
        objects, indicators = self.adjusted.shape[1:]
        pillar_weights = np.empty((len(drawn), objects, len(self.tree.drivers)))
        weights = np.ones((len(drawn), indicators))
        for at, name in enumerate(names):
            rows = of_set == at
            option = _pick(within[rows], len(self.pillar_weights[name]))
            pillar_weights[rows] = self.pillar_weights[name][option]
            if name == "disturbed":
                weights[rows] = self.indicator_weights[option]
        # the first choice drops none
        chosen = _pick(dropped, len(self.droppable) + 1)
        drops = chosen > 0
        weights[np.flatnonzero(drops), self.droppable[chosen[drops] - 1]] = 0
        return weights, pillar_weights


def means_to_choose(means: Means) -> tuple[Means, ...]:
    """The means of the method, an arithmetic mean of performance and drivers, and a harmonic one of
    the pillars of drivers, which lets no pillar stand in for another."""
    return (
        means,
        replace(means, score=ARITHMETIC),
        replace(means, drivers=HARMONIC),
    )


def prepare(
    scored: Scored,
    framework: Framework,
    rules: Rules,
    pillar_weights: dict[str, np.ndarray],
    random: np.random.Generator,
    correlations: pd.DataFrame | None = None,
) -> Choices:
    """What the runs of one period choose from.

    `pillar_weights` as in `Choices`. Sampling errors are those of `sampling.noise` with the
    `correlations` of the period; a value without a standard error has none. `random` draws them,
    and the imputed values. Treatment and re-estimated goalposts are those of the values without
    error.
    """
    scale, tree, without_errors = scored.scale, scored.tree, scored.adjusted
    noise = sampling.noise(
        correlations, scored.objects, list(tree.indicators), rules.run_draws, random
    )
    adjusted = scale.adjust(scored.raw + np.nan_to_num(scored.errors) * noise)
    unused = np.isnan(scored.sub_pillars)[:, tree.sub_pillar_of]
    treatments, ends = [], []
    for points in range(rules.winsor_points + 1):
        fitted, low, high = fit_arrays(
            without_errors, list(tree.indicators), framework, rules, points
        )
        # a logarithm changes the unit of the goalposts: there the frozen treatment stays
        logged = ~np.isnan(fitted.log_offset) | ~np.isnan(scale.treatment.log_offset)
        frozen = [
            np.where(logged, getattr(scale.treatment, name), getattr(fitted, name))
            for name in Treatment.__dataclass_fields__
        ]
        spread = low < high
        treatments += [Treatment(*frozen), fitted]
        ends += [
            (scale.minimum, scale.maximum),
            (np.where(spread, low, scale.minimum), np.where(spread, high, scale.maximum)),
        ]
    indicators, drivers = len(tree.indicators), len(tree.drivers)
    # weights are a choice, which is the same in every period
    shared = np.random.default_rng(rules.seed)
    return Choices(
        tree,
        rules,
        adjusted,
        impute(without_errors, scored.sectors, rules, random),
        unused,
        Treatment(
            *(
                np.stack([getattr(each, name) for each in treatments])[:, None, :]
                for name in Treatment.__dataclass_fields__
            )
        ),
        np.stack([low for low, _ in ends])[:, None, :],
        np.stack([high for _, high in ends])[:, None, :],
        {
            **pillar_weights,
            "disturbed": disturbed(drivers, rules, shared)[:, None, :],
        },
        disturbed(indicators, rules, shared),
        _droppable(~np.isnan(without_errors) & ~unused, tree),
    )


def impute(
    values: np.ndarray, sectors: np.ndarray, rules: Rules, random: np.random.Generator
) -> np.ndarray:
    """Imputed data sets (imputations, objects, indicators): a value where `values` has none, NaN
    elsewhere. Each is drawn from the known values of the object's sector, or of all where the
    sector has too few (hot deck; Andridge and Little 2010)."""
    filled = np.full((rules.imputations, *values.shape), np.nan)
    missing = np.isnan(values)
    for at in np.flatnonzero(missing.any(axis=0)):
        known = ~missing[:, at]
        for sector in np.unique(sectors[missing[:, at]]):
            donors = values[known & (sectors == sector), at]
            if len(donors) < rules.sector_objects:
                donors = values[known, at]
            objects = np.flatnonzero(missing[:, at] & (sectors == sector))
            filled[:, objects, at] = random.choice(donors, (rules.imputations, len(objects)))
    return filled


def disturbed(count: int, rules: Rules, random: np.random.Generator) -> np.ndarray:
    """Equal weights with noise (draws, items): Dirichlet, with the rule's coefficient of
    variation."""
    if count == 1:
        return np.ones((rules.run_draws, 1))
    concentration = ((count - 1) / rules.weight_noise**2 - 1) / count
    return random.dirichlet(np.full(count, concentration), size=rules.run_draws)


def _droppable(known: np.ndarray, tree: Tree) -> np.ndarray:
    """Indicators whose pillar has another value for every object."""
    pillar = tree.indicator_pillar
    return np.array(
        [
            at
            for at in range(len(pillar))
            if (known[:, (pillar == pillar[at]) & (np.arange(len(pillar)) != at)]).any(axis=1).all()
        ],
        dtype=int,
    )


def _pick(uniform: np.ndarray, count: int) -> np.ndarray:
    """Which of `count` equally likely choices each uniform number stands for."""
    choices: np.ndarray = np.clip((uniform * count).astype(int), 0, count - 1)
    return choices


def ranks(scores: np.ndarray) -> np.ndarray:
    """Rank 1 for the largest score of each run; equal scores share the better rank."""
    ranks: np.ndarray = scipy.stats.rankdata(-scores, method="min", axis=-1).astype(int)
    return ranks


def rank_bands(drawn: np.ndarray, rules: Rules) -> pd.DataFrame:
    """For each object of `drawn` ranks (runs, objects): rank_median, rank_p05, rank_p95,
    probability_top_quartile, tier.

    Tier A: in the upper quarter in the rule's share of the runs; B: in the upper half; C: in the
    upper three quarters; D: none of these.
    """
    objects = drawn.shape[1]
    low, median, high = np.quantile(drawn, [rules.band_low, 0.5, rules.band_high], axis=0)
    upper = np.array([(drawn <= np.ceil(objects * part / 4)).mean(axis=0) for part in (1, 2, 3, 4)])
    tier = (upper >= rules.tier_probability).argmax(axis=0)
    return pd.DataFrame(
        {
            "rank_median": median,
            "rank_p05": low,
            "rank_p95": high,
            "probability_top_quartile": upper[0],
            "tier": np.array(TIERS)[tier],
        }
    )


def pairwise(scores: np.ndarray) -> np.ndarray:
    """Share of runs in which the object of the row scores above that of the column; (objects,
    objects)."""
    return np.stack([(scores[:, [at]] > scores).mean(axis=0) for at in range(scores.shape[1])])


def mean_rank_shift(drawn: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean distance of the ranks of each run (runs, objects) from the `reference` ranks."""
    mean_rank_shift: np.ndarray = np.abs(drawn - reference).mean(axis=-1)
    return mean_rank_shift
