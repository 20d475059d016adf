"""The pages of the clusters of one period: their values on the scale of the index, beside those of
their peers, and what would be gained."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from locus_pipeline.index.inputs import SCREENING, Inputs, Method
from locus_pipeline.index.store import Edition
from locus_pipeline.methods.index.aggregation import Tree
from locus_pipeline.methods.index.build import Index
from locus_pipeline.methods.index.goalposts import Scale
from locus_pipeline.methods.index.profiles import Evidence, profiles
from locus_pipeline.methods.index.scoring import aggregate


@dataclass(frozen=True)
class IndexScale:
    """Takes raw values of the scored objects to normalised ones, and those to scores."""

    codes: list[str]
    scale: Scale
    tree: Tree
    method: Method

    def normalise(self, raw: np.ndarray) -> np.ndarray:
        """Raw values (objects, indicators) on the scale of the index."""
        scale = self.scale
        return scale.normalise(scale.treatment.apply(scale.adjust(raw)), self.method.rules)

    def score(self, normalised: np.ndarray) -> np.ndarray:
        """Scores (objects,) of normalised values."""
        return aggregate(normalised, self.tree, self.method.rules).score


def scale_of(index: Index, period_inputs: Inputs, period: str, method: Method) -> IndexScale | None:
    """None where nothing was scored."""
    if index.scores.empty:
        return None
    codes = list(index.screening.parameter_code[index.screening.kept])
    sectors = period_inputs.objects.set_index("object_id").sector.loc[index.scores.object_id]
    framework = method.framework
    scale = Scale.of(
        index.goalposts[index.goalposts.period == period], codes, sectors, framework, method.rules
    )
    return IndexScale(codes, scale, Tree.of(framework.indicators.loc[codes]), method)


def normalised_values(
    index: Index, period_inputs: Inputs, scale: IndexScale | None
) -> pd.DataFrame:
    """object_id, period, item, value and standard_error on the scale of the index."""
    columns = ["object_id", "period", "item", "value", "standard_error"]
    if scale is None:
        return pd.DataFrame(columns=columns)
    wide = {
        name: period_inputs.values.pivot(index="object_id", columns="parameter_code", values=name)
        .reindex(index=index.scores.object_id, columns=scale.codes)
        .astype(float)
        for name in ("value", "standard_error")
    }
    raw, errors = wide["value"].to_numpy(), wide["standard_error"].to_numpy()
    return pd.DataFrame(
        {
            "object_id": np.repeat(index.scores.object_id.to_numpy(), len(scale.codes)),
            "period": np.repeat(index.scores.period.to_numpy(), len(scale.codes)),
            "item": np.tile(scale.codes, len(raw)),
            "value": scale.normalise(raw).ravel(),
            "standard_error": scale.scale.error(scale.normalise, raw, errors).ravel(),
        }
    )


def pages(
    edition: Edition,
    index: Index,
    scores: pd.DataFrame,
    period_inputs: Inputs,
    scale: IndexScale | None,
    normalised: pd.DataFrame,
    statistics: pd.DataFrame,
    peers: pd.DataFrame,
    method: Method,
) -> pd.DataFrame:
    """Rows of `profiles.PAGES` from the published `scores` and the peers' `statistics`."""
    return profiles(
        _evidence(index, scores, period_inputs, normalised, statistics, peers, method),
        scale.score if scale else _no_score,
        notices=tuple(_notices(edition)),
    )


def _evidence(
    index: Index,
    scores: pd.DataFrame,
    period_inputs: Inputs,
    normalised: pd.DataFrame,
    statistics: pd.DataFrame,
    peers: pd.DataFrame,
    method: Method,
) -> Evidence:
    """What the pages are made of; indicators in the order of the framework."""
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
        objects=period_inputs.objects[["object_id", "object_name"]].rename(
            columns={"object_name": "name"}
        ),
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
