"""One period of one basis: every table of the index, from inputs to pages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from locus_pipeline.fingerprint import INDEX, code_fingerprint
from locus_pipeline.index.changes import changes_and_bridge
from locus_pipeline.index.inputs import Inputs, Method
from locus_pipeline.index.models import MODELS, fitted_models
from locus_pipeline.index.pages import normalised_values, pages, scale_of
from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index import comparison, tables
from locus_pipeline.methods.index.build import build_index
from locus_pipeline.methods.index.models import econometrics
from locus_pipeline.methods.index.peers import PEERS, STATISTICS, peer_groups, peer_statistics
from locus_pipeline.methods.index.periods import split, with_goalposts
from locus_pipeline.methods.index.profiles import PAGES
from locus_pipeline.methods.index.ranking import (
    SYNTHETIC,
    peers_without_ranks,
    scores_to_publish,
    why_unranked,
)

OF_EACH_PERIOD = {
    **tables.TABLES,
    "peers": PEERS,
    "peer_statistics": {**STATISTICS, "rank_reason": "str"},
    "profiles": PAGES,
    "changes": comparison.CHANGES,
    "bridge": {**comparison.BRIDGE, "rank_reason": "str"},
    **MODELS,
    "score_reliability": econometrics.RELIABILITY,
}


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
    period_inputs = inputs.of(period)
    is_synthetic = bool(period_inputs.objects.is_synthetic.any())
    label = inputs.labels[period]
    hashes = {
        "method_hash": method_hash(method),
        "values_hash": _hash(
            period_inputs.values, period_inputs.objects, period_inputs.correlations
        ),
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
        objects_considered=len(period_inputs.objects),
        objects_eligible=int(period_inputs.objects.eligible.sum()),
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
    period_inputs = inputs.of(period)
    index = build_index(
        period_inputs.values,
        period_inputs.objects,
        method.framework,
        method.rules,
        frozen,
        sampling_correlations=period_inputs.correlations,
    )
    scores = scores_to_publish(index.scores, edition.is_synthetic)
    draws = index.draws.get(period, pd.DataFrame())
    scale = scale_of(index, period_inputs, period, method)
    peers = peer_groups(
        period_inputs.objects[period_inputs.objects.object_id.isin(scores.object_id)]
    )
    normalised = normalised_values(index, period_inputs, scale)
    statistics = peers_without_ranks(peer_statistics(normalised, peers), why_unranked(scores))
    frames = {
        **{name: getattr(index, name) for name in tables.TABLES},
        "scores": scores,
        "peers": peers,
        "peer_statistics": statistics,
        "profiles": pages(
            edition, index, scores, period_inputs, scale, normalised, statistics, peers, method
        ),
        **changes_and_bridge(edition, scores, draws, store),
        **fitted_models(edition, index, inputs, store),
        "score_reliability": econometrics.reliability(normalised),
    }
    edition_tables = {
        name: frames[name].reindex(columns=list(columns)).astype(columns)
        for name, columns in OF_EACH_PERIOD.items()
    }
    ranked = int(index.scores["rank"].notna().sum())
    return Computed(replace(edition, objects_ranked=ranked), edition_tables, draws)


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
        told = frame.assign(
            **{
                str(name): _nine_digits(column)
                for name, column in frame.select_dtypes("number").items()
            }
        )
        digest.update(repr(list(frame.columns)).encode())
        digest.update(np.sort(pd.util.hash_pandas_object(told, index=False).to_numpy()).tobytes())
    return digest.hexdigest()[:16]


def _nine_digits(column: pd.Series) -> np.ndarray:
    values = column.to_numpy(float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (8 - np.floor(np.log10(np.abs(values))))
        rounded = np.round(values * scale) / scale
    # minus zero is zero, what has no logarithm stays
    return np.where(np.isfinite(rounded), rounded, values) + 0.0
