"""Change between two editions, in parts, and the bridge between two versions of the method.

Source: cluster competitiveness note, section 4. Goalposts, indicators and weights are frozen inside
a method version, so the objects that come and go change ranks and never a score; what changes the
measure is a new version, and the earlier edition is computed with both.
"""

import numpy as np
import pandas as pd
import scipy

CHANGES = {
    "object_id": "str",
    "period_before": "str",
    "period_after": "str",
    "measure": "str",
    "before": "float64",
    "after": "float64",
    "change": "float64",
    "data_effect": "float64",
    "coverage_effect": "float64",
    "method_effect": "float64",
    "change_low": "float64",
    "change_high": "float64",
    "is_significant": "boolean",
    "panel_objects": "int64",
    "null_reason": "str",
}
BRIDGE = {
    "object_id": "str",
    "period": "str",
    "method_before": "str",
    "method_after": "str",
    "score_before": "float64",
    "score_after": "float64",
    "score_change": "float64",
    "rank_before": "Int64",
    "rank_after": "Int64",
    "rank_change": "Int64",
}

# Scores are rounded to multiples of this power of two, far below what is printed: sums and
# differences of such numbers have no rounding error, so the parts add up exactly.
STEP = 2.0**-30


def changes(
    before: pd.DataFrame,
    after: pd.DataFrame,
    bridge: pd.DataFrame | None = None,
    draws_before: pd.DataFrame | None = None,
    draws_after: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Change of each object's score and rank between two periods: rows of CHANGES.

    `before`, `after`: object_id, period (one period each), score. `bridge`: the earlier period
    computed with the later method version; without it both have the same version. `draws_before`,
    `draws_after`: scores by run (rows) and object_id (columns), the same choices of the method in
    the same row. change = data_effect + coverage_effect + method_effect, exactly:

    * method: the earlier period with the later version less with the earlier one;
    * data: the later period less the earlier one, both with the later version;
    * coverage: what objects that came or went do to the rank. Method and data effects of a rank are
      taken among the objects of all three tables, where nobody comes or goes.

    `is_significant` where the 90 % interval of the difference between runs excludes 0; missing
    without draws. An object of one period only has a reason and no change. ValueError where a table
    has several periods or one object twice.
    """
    periods = [_period(before, "before"), _period(after, "after")]
    if bridge is not None and len({periods[0], _period(bridge, "bridge")} - {""}) > 1:
        raise ValueError(f"The bridge is of another period than the scores before: {periods[0]}.")
    first, last = _scores(before, "before"), _scores(after, "after")
    middle = first if bridge is None else _scores(bridge, "bridge")
    names = first.index.union(last.index)
    # the constant panel
    panel = first.index.intersection(middle.index).intersection(last.index)
    whole = {"score": (first, last), "rank": (_ranked(first), _ranked(last))}
    inside = {
        "score": [one[panel] for one in (first, middle, last)],
        "rank": [_ranked(one[panel]) for one in (first, middle, last)],
    }
    reason = np.select(
        [names.isin(panel), ~names.isin(last.index), ~names.isin(first.index)],
        ["", "no score in the later period", "no score in the earlier period"],
        "no score in the earlier period by the later method version",
    )
    bands = _bands(draws_before, draws_after, names)
    parts = []
    for measure in ("score", "rank"):
        old, new = (one.reindex(names).to_numpy() for one in whole[measure])
        start, middle_panel, end = (one.reindex(names).to_numpy() for one in inside[measure])
        low, high = np.where(reason == "", bands[measure], np.nan)
        part = pd.DataFrame({"object_id": names, "measure": measure, "null_reason": reason})
        part["before"], part["after"] = old, new
        part["change"] = np.where(reason == "", new - old, np.nan)
        part["data_effect"] = end - middle_panel
        # nobody's coming or going changes a score: 0
        part["coverage_effect"] = (start - old) + (new - end)
        part["method_effect"] = middle_panel - start
        part["change_low"], part["change_high"] = low, high
        part["is_significant"] = pd.array((low > 0) | (high < 0), dtype="boolean")
        part.loc[np.isnan(low), "is_significant"] = pd.NA
        parts.append(part)
    both = pd.concat(parts, ignore_index=True).assign(
        period_before=periods[0], period_after=periods[1], panel_objects=len(panel)
    )
    return both[list(CHANGES)].astype(CHANGES)


def method_bridge(
    before: pd.DataFrame, after: pd.DataFrame, method_before: str, method_after: str
) -> pd.DataFrame:
    """The same period by two method versions: rows of BRIDGE; both tables as in `changes`."""
    old, new = _scores(before, "before"), _scores(after, "after")
    period, other = _period(before, "before"), _period(after, "after")
    if period and other and period != other:
        raise ValueError(f"A bridge compares one period: before {period}, after {other}.")
    names = old.index.union(new.index)
    rank_old, rank_new = _ranked(old).reindex(names), _ranked(new).reindex(names)
    bridge = pd.DataFrame(
        {
            "object_id": names,
            "period": period or other,
            "method_before": method_before,
            "method_after": method_after,
            "score_before": old.reindex(names).to_numpy(),
            "score_after": new.reindex(names).to_numpy(),
            "score_change": (new.reindex(names) - old.reindex(names)).to_numpy(),
            "rank_before": rank_old.to_numpy(),
            "rank_after": rank_new.to_numpy(),
            "rank_change": (rank_new - rank_old).to_numpy(),
        }
    )
    return bridge[list(BRIDGE)].astype(BRIDGE)


def _scores(table: pd.DataFrame, name: str) -> pd.Series:
    twice = table.object_id[table.object_id.duplicated()]
    if len(twice):
        raise ValueError(f"Scores {name}: {twice.iloc[0]} stands there twice.")
    scores = table.set_index("object_id").score.dropna().astype(float)
    return (scores / STEP).round() * STEP


def _period(table: pd.DataFrame, name: str) -> str:
    periods = sorted(table.period.unique())
    if len(periods) > 1:
        raise ValueError(f"Scores {name} are of several periods: {', '.join(periods)}.")
    return str(periods[0]) if periods else ""


def _ranked(scores: pd.Series) -> pd.Series:
    """1 for the highest; equal scores share the better rank."""
    return pd.Series(
        scipy.stats.rankdata(-scores.to_numpy(), method="min"), index=scores.index, dtype=float
    )


def _bands(
    before: pd.DataFrame | None, after: pd.DataFrame | None, names: pd.Index
) -> dict[str, np.ndarray]:
    """5 % and 95 % points of the difference between runs, for score and rank: 2 x objects."""
    if before is None or after is None or names.empty:
        unknown = np.full((2, len(names)), np.nan)
        return {"score": unknown, "rank": unknown}
    if len(before) != len(after):
        raise ValueError(
            f"Runs of both periods must pair up: {len(before)} before, {len(after)} after."
        )
    bands = {}
    for measure in ("score", "rank"):
        old, new = (
            (table if measure == "score" else table.rank(axis=1, method="min", ascending=False))
            .reindex(columns=names)
            .to_numpy(float)
            for table in (before, after)
        )
        bands[measure] = np.quantile(new - old, [0.05, 0.95], axis=0)
    return bands
