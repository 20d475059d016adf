"""One period of one basis: every table of the index, from inputs to pages."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from locus_pipeline.fingerprint import INDEX, code_fingerprint
from locus_pipeline.index.inputs import SCREENING, Inputs, Method
from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index import comparison, tables
from locus_pipeline.methods.index.aggregation import Tree
from locus_pipeline.methods.index.build import Index, build_index
from locus_pipeline.methods.index.goalposts import Scale
from locus_pipeline.methods.index.models import econometrics
from locus_pipeline.methods.index.peers import PEERS, STATISTICS, peer_groups, peer_statistics
from locus_pipeline.methods.index.periods import split, with_goalposts
from locus_pipeline.methods.index.profiles import PAGES, Evidence, profiles
from locus_pipeline.methods.index.ranking import (
    SYNTHETIC,
    bridge_without_ranks,
    changes_without_ranks,
    peers_without_ranks,
    scores_to_publish,
    why_unranked,
)
from locus_pipeline.methods.index.scoring import aggregate

OF_EACH_PERIOD = {
    **tables.TABLES,
    "peers": PEERS,
    "peer_statistics": {**STATISTICS, "rank_reason": "str"},
    "profiles": PAGES,
    "changes": comparison.CHANGES,
    "bridge": {**comparison.BRIDGE, "rank_reason": "str"},
    "model": {**econometrics.COEFFICIENTS, "period": "str", "reason": "str"},
    "model_weights": {**econometrics.WEIGHTS, "period": "str", "reason": "str"},
    "model_admission": {**econometrics.ADMISSION, "period": "str"},
    "score_reliability": econometrics.RELIABILITY,
}
# Parameters of the models' outcomes and controls.
PRODUCTIVITY, VALUE_ADDED = "CV04", "CP08"


@dataclass(frozen=True)
class Computed:
    """Tables of one period (columns in OF_EACH_PERIOD), their edition, and the scores by run."""

    edition: Edition
    tables: dict[str, pd.DataFrame]
    draws: pd.DataFrame


def goalposts(inputs: Inputs, method: Method) -> pd.DataFrame:
    """What the first periods freeze for the later ones: rows of `tables.TABLES['goalposts']`."""
    framework, rules = method.framework, method.rules
    periods = split(inputs.values, inputs.objects, framework, rules, tables.table("goalposts"))
    return with_goalposts(periods, framework, rules, tables.table("goalposts"))[1]


def edition_of(
    inputs: Inputs, period: str, method: Method, frozen: pd.DataFrame, earlier: Sequence[str]
) -> Edition:
    """The edition that these inputs make after the `earlier` ones (edition ids of the periods
    before it); the number of ranked objects is not known before it is made."""
    own = inputs.of(period)
    is_synthetic = bool(own.objects.is_synthetic.any())
    label = inputs.labels[period]
    hashes = {
        "method_hash": method_hash(method),
        "values_hash": _hash(own.values, own.objects),
        "goalposts_hash": _hash(frozen),
        "earlier_hash": hashlib.sha256("|".join(earlier).encode()).hexdigest()[:16],
    }
    basis = method.framework.basis
    whole = hashlib.sha256("|".join([basis, period, label, *hashes.values()]).encode())
    return Edition(
        basis=basis,
        period=period,
        edition_id=whole.hexdigest()[:12],
        label=f"{SYNTHETIC}. {label}" if is_synthetic else label,
        method_version=method.framework.method_version,
        seed=method.rules.seed,
        runs=method.rules.runs,
        objects_considered=len(own.objects),
        objects_eligible=int(own.objects.eligible.sum()),
        objects_ranked=0,
        is_synthetic=is_synthetic,
        **hashes,
    )


def compute(
    edition: Edition, inputs: Inputs, method: Method, frozen: pd.DataFrame, store: Store
) -> Computed:
    """The tables of the edition that `edition_of` names; those of earlier periods are taken from
    the store for changes and models. Synthetic input makes scores and bands, never a rank or a
    tier."""
    period = edition.period
    own = inputs.of(period)
    index = build_index(own.values, own.objects, method.framework, method.rules, frozen)
    scores = scores_to_publish(index.scores, edition.is_synthetic)
    draws = index.draws.get(period, pd.DataFrame())
    scale = _scale(index, own, period, method)
    peers = peer_groups(own.objects[own.objects.object_id.isin(scores.object_id)])
    normalised = _normalised(index, own, scale, method)
    statistics = peers_without_ranks(peer_statistics(normalised, peers), why_unranked(scores))
    found = {
        **{name: getattr(index, name) for name in tables.TABLES},
        "scores": scores,
        "peers": peers,
        "peer_statistics": statistics,
        "profiles": profiles(
            _evidence(index, scores, own, normalised, statistics, peers, method),
            scale.score if scale else _no_score,
            notices=tuple(_notices(edition)),
        ),
        **_changes(edition, scores, draws, store),
        **_models(edition, index, inputs, store),
        "score_reliability": econometrics.reliability(normalised),
    }
    made = {
        name: found[name].reindex(columns=list(columns)).astype(columns)
        for name, columns in OF_EACH_PERIOD.items()
    }
    ranked = int(index.scores["rank"].notna().sum())
    return Computed(replace(edition, objects_ranked=ranked), made, draws)


def method_hash(method: Method) -> str:
    """Hash over framework, rules, and the code that computes."""
    code = code_fingerprint(INDEX)
    return (
        _hash(method.framework.indicators.reset_index(), method.names, method.interventions)[:8]
        + hashlib.sha256((code + repr(method.rules)).encode()).hexdigest()[:8]
    )


def _hash(*frames: pd.DataFrame) -> str:
    """Over the rows, whatever their order; floats to nine digits, since last ones may differ."""
    digest = hashlib.sha256()
    for frame in frames:
        rows = frame.to_csv(index=False, float_format="%.9g").splitlines()
        digest.update("\n".join([*rows[:1], *sorted(rows[1:])]).encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class _Scale:
    """Takes raw values of the scored objects to normalised ones, and those to scores."""

    codes: list[str]
    scale: Scale
    tree: Tree
    method: Method

    def normalise(self, raw: np.ndarray) -> np.ndarray:
        scale = self.scale
        return scale.normalise(scale.treatment.apply(scale.adjust(raw)), self.method.rules)

    def score(self, normalised: np.ndarray) -> np.ndarray:
        return aggregate(normalised, self.tree, self.method.rules).score


def _scale(index: Index, own: Inputs, period: str, method: Method) -> _Scale | None:
    """None where nothing was scored."""
    if index.scores.empty:
        return None
    codes = list(index.screening.parameter_code[index.screening.kept])
    sectors = own.objects.set_index("object_id").sector.loc[index.scores.object_id]
    framework = method.framework
    scale = Scale.of(
        index.goalposts[index.goalposts.period == period], codes, sectors, framework, method.rules
    )
    return _Scale(codes, scale, Tree.of(framework.indicators.loc[codes]), method)


def _normalised(index: Index, own: Inputs, scale: _Scale | None, method: Method) -> pd.DataFrame:
    """object_id, period, item, value and standard_error on the scale of the index: half the way
    between what one standard error more and one less become."""
    columns = ["object_id", "period", "item", "value", "standard_error"]
    if scale is None:
        return pd.DataFrame(columns=columns)
    wide = {
        name: own.values.pivot(index="object_id", columns="parameter_code", values=name)
        .reindex(index=index.scores.object_id, columns=scale.codes)
        .astype(float)
        for name in ("value", "standard_error")
    }
    raw, errors = wide["value"].to_numpy(), wide["standard_error"].to_numpy()
    error = np.abs(scale.normalise(raw + errors) - scale.normalise(raw - errors)) / 2
    return pd.DataFrame(
        {
            "object_id": np.repeat(index.scores.object_id.to_numpy(), len(scale.codes)),
            "period": np.repeat(index.scores.period.to_numpy(), len(scale.codes)),
            "item": np.tile(scale.codes, len(raw)),
            "value": scale.normalise(raw).ravel(),
            "standard_error": error.ravel(),
        }
    )


def _evidence(
    index: Index,
    scores: pd.DataFrame,
    own: Inputs,
    normalised: pd.DataFrame,
    statistics: pd.DataFrame,
    peers: pd.DataFrame,
    method: Method,
) -> Evidence:
    """What the pages are made of; indicators in the order of the framework, as `_Scale.codes`."""
    weights = index.contributions.groupby("parameter_code", sort=False).weight.mean()
    indicators = (
        method.framework.indicators[["sub_pillar"]]
        .rename_axis("item")
        .join(weights.rename("weight"))
        .dropna(subset=["weight"])
        .reset_index()
        .merge(method.names, on="item", how="left")
    )
    return Evidence(
        scores=scores,
        values=normalised[["object_id", "period", "item", "value"]],
        statistics=statistics,
        peers=peers,
        eligibility=index.eligibility,
        indicators=indicators,
        objects=own.objects[["object_id", "object_name"]].rename(columns={"object_name": "name"}),
        interventions=method.interventions,
    )


def _notices(edition: Edition) -> Iterator[str]:
    if edition.basis == SCREENING:
        yield SCREENING
    if edition.is_synthetic:
        yield "synthetic"


def _no_score(normalised: np.ndarray) -> np.ndarray:
    """Where nothing was scored there is nothing to gain."""
    return np.full(normalised.shape[:-1], np.nan)


def _changes(
    edition: Edition, scores: pd.DataFrame, draws: pd.DataFrame, store: Store
) -> dict[str, pd.DataFrame]:
    """Change since the period before, and what another method does to this very period."""
    earlier = [period for period in store.periods() if period < edition.period]
    changes = bridge = None
    if earlier:
        before = store.read("scores", earlier[-1])
        drawn = store.read("draws", earlier[-1])
        changes = comparison.changes(
            before, scores,
            draws_before=drawn if drawn is not None and len(drawn) == len(draws) else None,
            draws_after=draws if drawn is not None and len(drawn) == len(draws) else None,
        )  # fmt: skip
        changes = changes_without_ranks(changes, why_unranked(before, scores))
    current = store.current(edition.period)
    if current and current.method_version != edition.method_version:
        replaced = store.read("scores", edition.period)
        bridge = comparison.method_bridge(
            replaced, scores, current.method_version, edition.method_version
        )
        bridge = bridge_without_ranks(bridge, why_unranked(replaced, scores))
    empty = pd.DataFrame()
    return {
        "changes": empty if changes is None else changes,
        "bridge": empty if bridge is None else bridge,
    }


def _models(
    edition: Edition, index: Index, inputs: Inputs, store: Store
) -> dict[str, pd.DataFrame]:
    """Association, growth and weights over all periods up to this one; the screening edition has
    too few pillars of drivers for weights, and says so."""
    stages = [index.stages, *(
        store.read("stages", period) for period in store.periods() if period < edition.period
    )]  # fmt: skip
    scored = pd.concat(stages, ignore_index=True)
    scored = scored[scored.level.isin(["pillar", "index"])]
    panel = scored.pivot(index=["object_id", "period"], columns="item", values="value")
    pillars = [
        name for name in scored.item[scored.level == "pillar"].unique() if name != "performance"
    ]
    if panel.empty:
        reason = "no object has a score"
        return {
            "model": _said("model", reason, edition.period),
            "model_weights": _said("model_weights", reason, edition.period),
            "model_admission": pd.DataFrame(),
        }
    values = inputs.values[inputs.values.parameter_code.isin([PRODUCTIVITY, VALUE_ADDED])].pivot(
        index=["object_id", "period"], columns="parameter_code", values="value"
    )
    objects = inputs.objects.set_index(["object_id", "period"])
    panel = panel.join(values.reindex(columns=[PRODUCTIVITY, VALUE_ADDED])).join(
        objects[["sector", "state_code", "persons", "age", "capital_per_person"]]
    )
    logs = {
        "ln_productivity": PRODUCTIVITY,
        "ln_gva": VALUE_ADDED,
        "ln_persons": "persons",
        "ln_capital_per_person": "capital_per_person",
    }
    for name, column in logs.items():
        panel[name] = np.log(panel[column].where(panel[column] > 0))
    panel = panel.reset_index()
    association = econometrics.association(panel, pillars)
    growth = econometrics.predictive_validity(panel)
    weights = econometrics.shrunk_weights(panel, pillars)
    said = [
        estimate.table.assign(reason="", period=edition.period)
        if len(estimate.table)
        else _said("model", estimate.reason, edition.period, model=name)
        for name, estimate in (("association", association), ("growth", growth))
    ]
    return {
        "model": pd.concat(said, ignore_index=True),
        "model_weights": weights.weights.assign(reason="", period=edition.period)
        if len(weights.weights)
        else _said("model_weights", weights.reason, edition.period),
        "model_admission": weights.admission.assign(period=edition.period),
    }


def _said(table: str, reason: str, period: str, **known: str) -> pd.DataFrame:
    """One row that says why there are no others."""
    columns = OF_EACH_PERIOD[table]
    empty = {
        name: 0 if kind == "int64" else np.nan if kind == "float64" else ""
        for name, kind in columns.items()
    }
    return pd.DataFrame([empty | {"reason": reason, "period": period} | known])
