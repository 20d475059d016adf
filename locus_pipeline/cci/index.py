"""The index of one basis, from values to ranks with their bands: the one entry for both bases.

Source of the steps: OECD/JRC, Handbook on Constructing Composite Indicators (2008). The choices at
each step are a proposal; `uncertainty` says how much hangs on them."""

import zlib
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from locus_pipeline.cci import multivariate, weights
from locus_pipeline.cci.aggregation import ARITHMETIC, Tree, effective_weights, overall
from locus_pipeline.cci.framework import PERFORMANCE, Framework, Rules
from locus_pipeline.cci.gate import completeness, screen
from locus_pipeline.cci.goalposts import ALL_SECTORS, FITTED, Scale, fit, references
from locus_pipeline.cci.sensitivity import sobol_indices
from locus_pipeline.cci.tables import OBJECTS, TABLES, VALUES, table
from locus_pipeline.cci.uncertainty import (
    TRIGGERS,
    Choices,
    mean_rank_shift,
    pairwise,
    prepare,
    rank_bands,
    ranks,
)

MEAN_RANK_SHIFT = "mean_rank_shift"
EQUAL = "equal"
TOO_FEW = "too_few_objects"


@dataclass(frozen=True)
class Index:
    """Tables of an index (columns in `tables.TABLES`), and the scores of its runs.

    `draws` has for each period a frame of runs by object_id. A run makes the same choices in each
    period, so that a change between two periods has an interval of its own.
    """

    eligibility: pd.DataFrame
    scores: pd.DataFrame
    stages: pd.DataFrame
    contributions: pd.DataFrame
    goalposts: pd.DataFrame
    screening: pd.DataFrame
    weights: pd.DataFrame
    sensitivity: pd.DataFrame
    correlations: pd.DataFrame
    reliability: pd.DataFrame
    pairs: pd.DataFrame
    draws: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Period:
    """The eligible objects of one period: `raw` and `errors` objects by indicators of the
    framework, `sectors` by object."""

    period: str
    raw: pd.DataFrame
    errors: pd.DataFrame
    sectors: pd.Series


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
) -> Index:
    """The index of all periods in `objects`, ranked inside each period.

    `values` (columns `tables.VALUES`) may have other parameters too and lack values; `objects`
    (`tables.OBJECTS`) has one row for each object and period that is considered. An object that is
    not eligible, or whose values leave a pillar empty, gets a row in `eligibility` with the reason
    and nothing else; its values move no goalpost.

    `goalposts`: a table of an earlier index, which freezes the goalposts and the list of
    indicators; for a period that it has, the sectors' medians too, so that no other object moves a
    score. `ballots` (expert, item, points; items are pillars of drivers) and `model_weights` (by
    pillar of drivers, NaN-free) join the weight sets of the runs; official weights are equal. With
    fewer eligible objects than the rule asks there are scores but no ranks.

    ValueError for an object or value that occurs twice, and for weights of other pillars.
    """
    rules = replace(
        rules,
        runs=rules.runs if runs is None else runs,
        seed=rules.seed if seed is None else seed,
    )
    _check(values, objects, framework, ballots, model_weights)
    frozen = table("goalposts") if goalposts is None else goalposts
    periods = _periods(values, objects, framework)
    screening = {each.period: _screened(each, framework, rules, frozen) for each in periods}
    posts = _goalposts(periods, screening, framework, rules, frozen)

    parts = {field.name: [] for field in fields(Index)[:-1]}
    draws = {}
    late = []
    for each in periods:
        found = _Edition(each, screening[each.period], posts, framework, rules)
        late.append(found.lost)
        for name, part in found.tables(ballots, model_weights).items():
            parts[name].append(part.assign(period=each.period))
        if found.drawn is not None:
            draws[each.period] = found.drawn
    parts["eligibility"] = [_eligibility(objects, late)]
    parts["goalposts"] = [posts]
    parts["screening"] = list(frame.assign(period=period) for period, frame in screening.items())
    made = {name: table(name, _joined(frames)) for name, frames in parts.items()}
    return Index(**made, draws=draws)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame | list:
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else []


def _check(values, objects, framework, ballots, model_weights) -> None:
    for name, frame, columns, keys in (
        ("values", values, VALUES, ["object_id", "period", "parameter_code"]),
        ("objects", objects, OBJECTS, ["object_id", "period"]),
    ):
        lacking = [column for column in columns if column not in frame]
        if lacking:
            raise ValueError(f"{name} of the index lacks the columns {', '.join(lacking)}.")
        twice = frame.loc[frame.duplicated(keys), keys]
        if len(twice):
            raise ValueError(f"{name} of the index has {tuple(twice.iloc[0])} twice.")
    drivers = set(framework.indicators.pillar) - {PERFORMANCE}
    for name, items in (
        ("ballots", set() if ballots is None else set(ballots["item"])),
        ("model_weights", set() if model_weights is None else set(model_weights.index)),
    ):
        if items - drivers:
            raise ValueError(
                f"{name} has items that are no pillars of drivers: {', '.join(sorted(items))}."
            )


def _periods(values, objects, framework) -> list[Period]:
    codes = framework.indicators.index
    eligible = objects[objects.eligible.astype(bool)]
    found = []
    for period, group in eligible.sort_values("object_id").groupby("period", sort=True):
        rows = values[(values.period == period) & values.parameter_code.isin(codes)]
        wide = {
            name: rows.pivot(index="object_id", columns="parameter_code", values=name)
            .reindex(index=group.object_id, columns=codes)
            .astype(float)
            for name in ("value", "standard_error")
        }
        sectors = group.set_index("object_id").sector.fillna(ALL_SECTORS)
        found.append(Period(period, wide["value"], wide["standard_error"], sectors))
    return found


def _screened(each: Period, framework: Framework, rules: Rules, frozen: pd.DataFrame):
    """Which indicators the period keeps: the frozen list where there is one for it."""
    found = screen(each.raw, framework, rules)
    if frozen.empty:
        return found
    own = frozen[frozen.period == each.period]
    listed = found.parameter_code.isin(own.parameter_code if len(own) else frozen.parameter_code)
    kept = listed if len(own) else listed & found.kept
    reason = np.where(listed, found.reason, "not_in_frozen_goalposts")
    return found.assign(kept=kept, reason=np.where(kept, "", reason))


def _goalposts(periods, screening, framework, rules, frozen) -> pd.DataFrame:
    """The table of goalposts of all periods; what it can't scale is no longer kept in
    `screening`."""
    medians = {}
    for each in periods:
        kept = screening[each.period]
        own = frozen[frozen.period == each.period]
        if own.empty:
            codes = list(kept.parameter_code[kept.kept])
            own = references(each.raw[codes], each.sectors, framework, rules)
            everywhere = own[own.sector == ALL_SECTORS].set_index("parameter_code").reference
            unmeasured = framework.indicators.sector_adjusted[codes] & ~(everywhere[codes] > 0)
            _drop(kept, unmeasured.index[unmeasured], "no_reference")
        medians[each.period] = own[["parameter_code", "sector", "reference"]]

    if len(frozen):
        newest = frozen.sort_values("period", kind="stable").drop_duplicates(
            "parameter_code", keep="last"
        )
        fitted = newest.set_index("parameter_code")[FITTED]
    else:
        fitted = _fitted(periods, screening, medians, framework, rules)
    flat = fitted.index[fitted.minimum.isna()]
    parts = []
    for each in periods:
        kept = screening[each.period]
        _drop(kept, flat, "no_spread")
        rows = medians[each.period]
        rows = rows[rows.parameter_code.isin(kept.parameter_code[kept.kept])]
        own = frozen[frozen.period == each.period].drop_duplicates("parameter_code")
        scaled = own.set_index("parameter_code")[FITTED] if len(own) else fitted
        parts.append(rows.join(scaled, on="parameter_code").assign(period=each.period))
    return table("goalposts", _joined(parts))


def _drop(kept: pd.DataFrame, codes: pd.Index, reason: str) -> None:
    rows = kept.parameter_code.isin(codes) & kept.kept
    kept.loc[rows, "kept"] = False
    kept.loc[rows, "reason"] = reason


def _fitted(periods, screening, medians, framework, rules) -> pd.DataFrame:
    """Goalposts from the first periods that keep each indicator, pooled."""
    pools: dict[str, list[np.ndarray]] = {}
    for each in periods:
        kept = screening[each.period]
        codes = list(kept.parameter_code[kept.kept])
        if not codes:
            continue
        unfitted = medians[each.period].assign(**dict.fromkeys(FITTED, np.nan))
        scale = Scale.of(unfitted, codes, each.sectors, framework, rules)
        for code, column in zip(codes, scale.adjust(each.raw[codes].to_numpy()).T, strict=True):
            pools.setdefault(code, []).append(column)
    pooled = {
        code: pd.Series(np.concatenate(pools[code][: rules.goalpost_periods]))
        for code in framework.indicators.index
        if code in pools
    }
    return fit(pd.DataFrame(pooled, dtype=float), framework, rules)


def _eligibility(objects: pd.DataFrame, late: list[pd.DataFrame]) -> pd.DataFrame:
    """The objects' own rows, and what the index itself found missing."""
    found = objects[list(TABLES["eligibility"])].fillna({"failed_gates": "", "missing": ""})
    lost = _joined(late)
    if len(lost):
        found = found.merge(lost, on=["object_id", "period"], how="left")
        rows = found.lost.notna()
        found.loc[rows, "eligible"] = False
        found.loc[rows, "failed_gates"] = "G6"
        found.loc[rows, "missing"] = found.lost[rows]
    return found.sort_values(["period", "object_id"])


class _Edition:
    """One period of the index, step by step."""

    def __init__(self, each: Period, kept: pd.DataFrame, posts, framework, rules: Rules):
        self.framework, self.rules, self.period = framework, rules, each.period
        self.drawn: pd.DataFrame | None = None
        self.codes = list(kept.parameter_code[kept.kept])
        self.complete = completeness(each.raw, framework, self.codes)
        indicators = framework.indicators.loc[self.codes]
        lacking = [name for name in framework.indicators.pillar.unique()
                   if name not in set(indicators.pillar)]  # fmt: skip
        self.is_scored = not lacking
        reasons = pd.Series(
            f"no indicator of {', '.join(lacking)} has enough values in this period",
            index=each.raw.index,
        )
        if self.is_scored:
            self.tree = Tree.of(indicators)
            reasons = self._score(each, posts)
        self.lost = pd.DataFrame(
            {"object_id": reasons.index, "period": each.period, "lost": reasons.to_numpy()}
        )

    def _score(self, each: Period, posts: pd.DataFrame) -> pd.Series:
        """Steps 3, 5 and 6; gives why objects lost their place (index object_id)."""
        rules, tree = self.rules, self.tree
        own = posts[posts.period == each.period]
        all_scale = Scale.of(own, self.codes, each.sectors, self.framework, rules)
        raw = each.raw[self.codes].to_numpy()
        adjusted = all_scale.adjust(raw)
        treated = all_scale.treatment.apply(adjusted)
        normalised = all_scale.normalise(treated, rules)
        sub_pillars = tree.sub_pillar_scores(normalised, np.ones(1), rules.sub_pillar_coverage)
        pillars = tree.pillar_scores(sub_pillars, rules.pillar_coverage)
        reasons = self._reasons(pillars)
        stays = reasons.isna().to_numpy()

        self.objects = each.raw.index[stays]
        self.sectors = each.sectors[stays].to_numpy()
        self.raw, self.errors = raw[stays], each.errors[self.codes].to_numpy()[stays]
        self.scale = replace(all_scale, reference=all_scale.reference[stays])
        self.adjusted, self.treated = adjusted[stays], treated[stays]
        self.normalised, self.sub_pillars = normalised[stays], sub_pillars[stays]
        self.pillars = pillars[stays]
        self.equal = weights.equal(len(tree.drivers))
        share = rules.performance_share
        self.drivers, self.score = overall(self.pillars, self.equal, share)
        self.arithmetic = overall(self.pillars, self.equal, share, power=ARITHMETIC)[1]
        return reasons.dropna()

    def _reasons(self, pillars: np.ndarray) -> pd.Series:
        found = []
        for share, row in zip(self.complete.completeness, pillars, strict=True):
            lacking = [
                name for name, value in zip(self.tree.pillars, row, strict=True) if np.isnan(value)
            ]
            reason = None
            if lacking:
                reason = f"too few values in {', '.join(lacking)}"
            elif share < self.rules.gate_completeness:
                reason = f"values for {share:.0%} of the indicators only"
            found.append(reason)
        return pd.Series(found, index=self.complete.index, dtype=object)

    @property
    def is_ranked(self) -> bool:
        return self.is_scored and len(self.objects) >= self.rules.ranked_objects

    def tables(self, ballots, model_weights) -> dict[str, pd.DataFrame]:
        """The tables of this period, without their column period."""
        if not self.is_scored or not len(self.objects):
            return {}
        found = {
            "stages": self._stages(),
            "contributions": self._contributions(),
            "scores": self._scores(),
        }
        if not self.is_ranked:
            return found
        sets = self._weight_sets(ballots, model_weights)
        # the same numbers for each object whatever the order of the input, other ones each period
        random = np.random.default_rng([self.rules.seed, zlib.crc32(self.period.encode())])
        choices = prepare(
            self.raw, self.errors, self.sectors, self.scale, self.tree, self.framework,
            self.rules, {name: options for name, (options, _) in sets.items()}, random,
        )  # fmt: skip
        # but the same choices in each period
        uniform = np.random.default_rng(self.rules.seed).random((self.rules.runs, len(TRIGGERS)))
        drawn = choices.scores(uniform)
        self.drawn = pd.DataFrame(drawn, columns=self.objects)
        wide = pd.DataFrame(self.normalised, columns=self.codes)
        return {
            **found,
            "scores": self._ranked(found["scores"], drawn),
            "sensitivity": self._sensitivity(choices),
            "weights": self._weights(sets),
            "correlations": multivariate.correlations(
                wide, self.framework.indicators.pillar, self.rules.duplicate_correlation
            ),
            "reliability": self._reliability(),
            "pairs": self._pairs(drawn),
        }

    def _stages(self) -> pd.DataFrame:
        raised = {
            ("indicator", "raw"): (self.codes, self.raw),
            ("indicator", "adjusted"): (self.codes, self.adjusted),
            ("indicator", "treated"): (self.codes, self.treated),
            ("indicator", "normalised"): (self.codes, self.normalised),
            ("sub_pillar", "aggregated"): (
                [f"{pillar}/{name}" for pillar, name in self.tree.sub_pillars],
                self.sub_pillars,
            ),
            ("pillar", "aggregated"): (list(self.tree.pillars), self.pillars),
            ("index", "aggregated"): (
                ["drivers", "score"],
                np.column_stack([self.drivers, self.score]),
            ),
        }
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "object_id": np.repeat(self.objects, len(items)),
                        "level": level,
                        "item": np.tile(items, len(self.objects)),
                        "stage": stage,
                        "value": array.ravel(),
                    }
                )
                for (level, stage), (items, array) in raised.items()
            ]
        )

    def _contributions(self) -> pd.DataFrame:
        """Exact: the contributions of an object sum to its score. A geometric mean is split by the
        shares of its parts in its logarithm, a part by the shares of its indicators."""
        share = self.rules.performance_share
        weight = effective_weights(self.normalised, self.sub_pillars, self.tree, self.equal, share)
        arithmetic = weight * np.nan_to_num(self.normalised)
        performs = self.tree.indicator_pillar == 0
        performance = self.pillars[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            of_performance = share * np.log(performance) / np.log(self.score)
        # a score at the foot of the scale has no logarithm to split: by weight
        of_performance = np.where(np.isfinite(of_performance), of_performance, share)[:, None]
        within = np.where(
            performs,
            of_performance * arithmetic / (share * performance)[:, None],
            (1 - of_performance) * arithmetic / ((1 - share) * self.drivers)[:, None],
        )
        count = len(self.objects)
        return pd.DataFrame(
            {
                "object_id": np.repeat(self.objects, len(self.codes)),
                "parameter_code": np.tile(self.codes, count),
                "pillar": np.tile(self.framework.indicators.pillar[self.codes], count),
                "weight": weight.ravel(),
                "normalised_value": self.normalised.ravel(),
                "contribution": (within * self.score[:, None]).ravel(),
                "contribution_arithmetic": arithmetic.ravel(),
            }
        )

    def _scores(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "object_id": self.objects,
                "score": self.score,
                "score_arithmetic": self.arithmetic,
                "score_best_light": np.nan,
                "performance": self.pillars[:, 0],
                "drivers": self.drivers,
                "rank": pd.array([pd.NA] * len(self.objects), dtype="Int64"),
                "tier": "",
                "completeness": self.complete.completeness.loc[self.objects].to_numpy(),
                "is_tier_only": False,
                "rank_reason": TOO_FEW,
            }
        )

    def _ranked(self, scores: pd.DataFrame, drawn: np.ndarray) -> pd.DataFrame:
        rules, objects = self.rules, len(self.objects)
        bands = rank_bands(ranks(drawn), rules)
        wide = np.median(bands.rank_p95 - bands.rank_p05) > rules.band_width * objects
        return scores.assign(
            score_best_light=rules.scale_high * self.best_light[0],
            rank=ranks(self.score),
            is_tier_only=wide,
            rank_reason="",
            **bands,
        )

    def _weight_sets(self, ballots, model_weights) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """For each set: its options (options, 1 or objects, pillars of drivers) and the standard
        deviation of the weights."""
        rules, names = self.rules, list(self.tree.drivers)
        self.best_light = weights.benefit_of_the_doubt(
            self.pillars, *self._light_shares(len(self.tree.pillars))
        )
        light = self.best_light[1][:, 1:]
        light = light / light.sum(axis=1, keepdims=True)
        none = np.full(len(names), np.nan)
        sets = {
            EQUAL: (self.equal[None, None], none),
            "benefit_of_the_doubt": (light[None], light.std(axis=0, ddof=1)),
        }
        factors = self._factor_weights()
        if factors is not None:
            sets["factor_analysis"] = (factors[None, None], none)
        if ballots is not None and len(ballots):
            given = weights.budget_allocation(ballots).reindex(names)
            points = ballots.pivot_table(
                index="expert", columns="item", values="points", aggfunc="sum"
            )
            each = points.reindex(columns=names).fillna(0).to_numpy() / weights.BALLOT_POINTS
            sets["budget_allocation"] = (each[:, None], given.sd.fillna(0).to_numpy())
        if model_weights is not None and len(model_weights):
            modelled = model_weights.reindex(names).fillna(0).to_numpy()
            sets["econometric"] = ((modelled / modelled.sum())[None, None], none)
        return sets

    def _light_shares(self, pillars: int) -> tuple[float, float]:
        """The rule's shares, widened where so many or so few pillars can't meet them."""
        return min(self.rules.light_low, 1 / pillars), max(self.rules.light_high, 1 / pillars)

    def _factor_weights(self) -> np.ndarray | None:
        """Weights of the pillars of drivers from factor analysis of their indicators, or of the
        pillars where there are too few objects; None where these don't vary."""
        drives = self.tree.indicator_pillar > 0
        items, pillar = self.normalised[:, drives], self.tree.indicator_pillar[drives]
        items = items[~np.isnan(items).any(axis=1)]
        enough = len(items) >= self.rules.factor_objects * items.shape[1]
        if not enough or (np.ptp(items, axis=0) == 0).any():
            items, pillar = self.pillars[:, 1:], np.arange(1, len(self.tree.pillars))
        if items.shape[1] < 2 or (np.ptp(items, axis=0) == 0).any():
            return None
        found = weights.factor_analysis(items)
        return np.bincount(pillar - 1, found, len(self.tree.drivers))

    def _weights(self, sets: dict[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
        rules, tree = self.rules, self.tree
        share = np.array([rules.performance_share, 1 - rules.performance_share])
        effective = [
            weights.correlation_ratio(item, self.score) for item in (*self.pillars.T, self.drivers)
        ]
        whole = np.ones((1, len(self.codes)))
        nominal = effective_weights(
            whole, np.ones((1, len(tree.sub_pillars))), tree, self.equal, rules.performance_share
        )[0]
        rows = [
            (EQUAL, "index", PERFORMANCE, share[0], effective[0], np.nan),
            (EQUAL, "index", "drivers", share[1], effective[-1], np.nan),
            *(
                (EQUAL, "sub_pillar", f"{pillar}/{name}", nominal[tree.sub_pillar_of == at].sum(),
                 np.nan, np.nan)
                for at, (pillar, name) in enumerate(tree.sub_pillars)
            ),
            *(
                (EQUAL, "indicator", code, weight, np.nan, np.nan)
                for code, weight in zip(self.codes, nominal, strict=True)
            ),
        ]  # fmt: skip
        for name, (options, sd) in sets.items():
            means = options.mean(axis=(0, 1))
            own = effective[1:-1] if name == EQUAL else [np.nan] * len(means)
            rows += [
                (name, "pillar", *row) for row in zip(tree.drivers, means, own, sd, strict=True)
            ]
        columns = [name for name in TABLES["weights"] if name != "period"]
        return pd.DataFrame(rows, columns=columns)

    def _sensitivity(self, choices: Choices) -> pd.DataFrame:
        rules = self.rules
        reference = ranks(self.score)
        each = len(self.objects) <= rules.sobol_objects

        def outcomes(uniform: np.ndarray) -> np.ndarray:
            drawn = choices.scores(uniform)
            shift = mean_rank_shift(ranks(drawn), reference)[:, None]
            return np.hstack([shift, drawn]) if each else shift

        targets = [MEAN_RANK_SHIFT, *(self.objects if each else [])]
        return sobol_indices(outcomes, TRIGGERS, targets, rules.sobol_runs, rules.seed)

    def _reliability(self) -> pd.DataFrame:
        """Only of pillars with enough objects that have all values: with few objects these
        statistics say nothing."""
        rows = []
        for at, pillar in enumerate(self.tree.pillars):
            inside = np.flatnonzero(self.tree.indicator_pillar == at)
            items = self.normalised[:, inside]
            items = items[~np.isnan(items).any(axis=1)]
            count = len(inside)
            few = len(items) < max(self.rules.factor_objects * count, 3)
            if count < 2 or few or (np.ptp(items, axis=0) == 0).any():
                continue
            codes = [self.codes[position] for position in inside]
            eigenvalues, _ = multivariate.principal_components(items)
            chi_squared, p_value = multivariate.bartlett_sphericity(items)
            rows += [
                (pillar, "", "objects", len(items)),
                (pillar, "", "cronbach_alpha", multivariate.cronbach_alpha(items)),
                (pillar, "", "sampling_adequacy", multivariate.sampling_adequacy(items)),
                (pillar, "", "bartlett_chi_squared", chi_squared),
                (pillar, "", "bartlett_p_value", p_value),
            ]
            for statistic, values, names in (
                ("alpha_if_deleted", multivariate.alpha_if_deleted(items), codes),
                ("item_total_correlation", multivariate.item_total_correlation(items), codes),
                ("eigenvalue", eigenvalues, [str(number + 1) for number in range(count)]),
            ):
                rows += [
                    (pillar, name, statistic, value)
                    for name, value in zip(names, values, strict=True)
                ]
        return pd.DataFrame(rows, columns=["pillar", "item", "statistic", "value"])

    def _pairs(self, drawn: np.ndarray) -> pd.DataFrame:
        count = len(self.objects)
        if count > self.rules.pair_objects:
            return pd.DataFrame()
        one, other = np.nonzero(~np.eye(count, dtype=bool))
        return pd.DataFrame(
            {
                "object_id": self.objects[one],
                "other_object_id": self.objects[other],
                "probability_better": pairwise(drawn)[one, other],
            }
        )
