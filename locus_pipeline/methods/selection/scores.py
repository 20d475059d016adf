"""The scores of all lenses, bases and periods, from the tables of the warehouse."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from locus_pipeline.methods.index.ranking import selection_without_ranks
from locus_pipeline.methods.selection.listing import Quotas
from locus_pipeline.methods.selection.measures import CONDITION, POINTS, Lens, points
from locus_pipeline.methods.selection.scoring import SCORES, Rules, score

OBJECT = ["basis", "object_id", "period"]
NUMBERS = ["none_at", "full_at", "weight"]
POINTS_OF_MEASURES = {
    "basis": "str", "lens": "str", "object_id": "str", "period": "str", "criterion": "str",
    "measure": "str", "points": "float64", "holds": "boolean",
}  # fmt: skip


def scores(
    values: pd.DataFrame,
    objects: pd.DataFrame,
    places: pd.DataFrame,
    measures: pd.DataFrame,
    weights: pd.DataFrame,
    quotas: pd.DataFrame,
    settings: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of SCORES, with their basis first. Data of which a part is synthetic makes no rank."""
    # somebody in a state of which a part is a priority region: nobody can say
    objects = objects.merge(places, on=OBJECT, how="left")
    objects["is_backward"] = (objects.region_share > 0).astype("boolean")
    objects.loc[objects.region_share.isna(), "is_backward"] = pd.NA
    measures = _numbered(measures)
    parts = [pd.DataFrame(columns=["basis", *SCORES]).astype({"basis": "str", **SCORES})]
    for basis, lens, period, candidates in _lenses(objects, measures):
        of_lens = (measures.basis == basis) & (measures.lens == lens)
        given = weights[weights.lens == lens].set_index("criterion").weight.astype(float)
        is_synthetic = bool(candidates.is_synthetic.any())
        rules = Rules.from_table(settings, basis)
        if is_synthetic:  # whose chances nobody will be told
            rules = replace(rules, list_draws=0)
        rows = score(
            values[(values.basis == basis) & (values.lens == lens) & (values.period == period)],
            candidates.assign(lens=lens),
            Lens(measures[of_lens], given),
            Quotas.from_table(quotas[quotas.lens == lens]),
            rules,
        )
        parts.append(selection_without_ranks(rows, is_synthetic).assign(basis=basis))
    return pd.concat(parts, ignore_index=True)[["basis", *SCORES]]


def _lenses(
    objects: pd.DataFrame, measures: pd.DataFrame
) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    for keys, candidates in objects.groupby(["basis", "period"], sort=True):
        basis, period = keys
        for lens in sorted(measures.lens[measures.basis == basis].unique()):
            yield str(basis), str(lens), str(period), candidates


def measure_points(values: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Rows of POINTS_OF_MEASURES: points of what earns some, and whether a condition holds."""
    rules = _numbered(measures).set_index(["basis", "lens", "measure"])
    keys = pd.MultiIndex.from_frame(values[["basis", "lens", "measure"]])
    of_row = rules.reindex(keys).reset_index(drop=True)
    figures = values.value.to_numpy(float)
    earned = pd.Series(points(figures, of_row), index=values.index)
    holds = pd.Series(figures >= of_row.full_at.to_numpy(float), index=values.index)
    is_known = values.value.notna()
    use = pd.Series(of_row.use.to_numpy(), index=values.index)
    rows = values.assign(
        points=earned.where(use == POINTS),
        holds=holds.astype("boolean").where((use == CONDITION) & is_known),
    )
    return rows[list(POINTS_OF_MEASURES)].astype(POINTS_OF_MEASURES)


def _numbered(measures: pd.DataFrame) -> pd.DataFrame:
    return measures.astype(dict.fromkeys(NUMBERS, float))
