"""Peer groups: whom a cluster is compared with, and where it stands among them.

Three comparisons of each object with others of its period: the same sector, the same geography, and
look-alikes, the nearest by Gower's distance. Where a group is too small the next, wider one is
taken, and the rung is kept. Source: cluster competitiveness note, section 3; the minimum of 8
members, the ladder and the fields of the distance are a proposal.
"""

import zlib
from typing import Any

import numpy as np
import pandas as pd

from locus_pipeline.methods.indicators.stars import quantile

PEERS = {
    "object_id": "str",
    "period": "str",
    "peer_group": "str",
    "rung": "str",
    "peer_id": "str",
    "position": "int64",
    "distance": "float64",
}
STATISTICS = {
    "object_id": "str",
    "period": "str",
    "item": "str",
    "peer_group": "str",
    "rung": "str",
    "members": "int64",
    "value": "float64",
    "rank": "Int64",
    "rank_low": "float64",
    "rank_high": "float64",
    "percentile": "float64",
    "peer_median": "float64",
    "peer_p75": "float64",
    "peer_p90": "float64",
    "gap_median": "float64",
    "gap_median_low": "float64",
    "gap_median_high": "float64",
    "gap_p90": "float64",
    "gap_p90_low": "float64",
    "gap_p90_high": "float64",
    "null_reason": "str",
}

# What peer_groups needs to know of each object besides object_id and period; may be missing (NaN).
CODES = ("sector", "sector_group", "state_code", "zone", "cluster_type", "size_class")
NUMBERS = ("persons", "age", "capital_per_person", "labour_intensity")
# 1 urban, 0 rural, or the urban share of a group's units
URBAN = "urban"

LADDERS: dict[str, dict[str, tuple[str, ...]]] = {
    "sector": {
        "sector_and_zone": ("sector", "zone"),
        "sector": ("sector",),
        "sector_group": ("sector_group",),
        "type_and_size": ("cluster_type", "size_class"),
    },
    "geography": {"state": ("state_code",), "zone": ("zone",)},
}
ALL = "all"
# Members of a group, the object itself among them.
LEAST_MEMBERS = 8
LOOK_ALIKES = 10
# Fields that two objects must both have for a distance between them.
LEAST_FIELDS = 3


def gower(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Distances between n objects, 0 to 1: the mean over fields that both have.

    `numbers` (n x p, NaN where missing) differ by their share of the field's range, `codes` (n x q,
    empty where missing) by 0 or 1. NaN where two objects share fewer than 3 fields. Gower (1971),
    A general coefficient of similarity and some of its properties.
    """
    total = np.zeros((len(numbers), len(numbers)))
    shared = np.zeros_like(total)
    for column in numbers.T:
        known = ~np.isnan(column)
        width = np.ptp(column[known]) if known.any() else 0.0
        apart = np.abs(column[:, None] - column) / (width or 1.0)
        both = known[:, None] & known
        total += np.where(both, apart, 0.0)
        shared += both
    for column in codes.T:
        known = column != ""
        both = known[:, None] & known
        total += both & (column[:, None] != column)
        shared += both
    distances: np.ndarray = np.divide(
        total, shared, out=np.full(total.shape, np.nan), where=shared >= LEAST_FIELDS
    )
    return distances


def peer_groups(objects: pd.DataFrame) -> pd.DataFrame:
    """The peers of each object in each of the three groups: rows of PEERS, without the object.

    `objects`: object_id, period, CODES, NUMBERS and urban (0 to 1). Look-alikes are in order of
    `distance`; `position` counts from 1. An object that is alone in its period has no peers.
    KeyError names a column that is missing.
    """
    objects = objects[["object_id", "period", *CODES, *NUMBERS, URBAN]]
    parts = [
        _of_period(str(period), group.sort_values("object_id"))
        for period, group in objects.groupby("period", sort=True)
    ]
    if not parts:
        return pd.DataFrame(columns=list(PEERS)).astype(PEERS)
    return pd.concat(parts, ignore_index=True)[list(PEERS)].astype(PEERS)


def _of_period(period: str, group: pd.DataFrame) -> pd.DataFrame:
    names = group.object_id.to_numpy(str)
    codes = group[list(CODES)].astype(object).where(group[list(CODES)].notna(), "").astype(str)
    everyone = np.arange(len(names))
    places = range(len(names))
    # peer group, rung, object, its peers and their distances
    peer_lists: list[tuple[str, str, int, np.ndarray, np.ndarray | float]] = []
    for peer_group, ladder in LADDERS.items():
        rungs = {rung: _groups(codes[list(fields)]) for rung, fields in ladder.items()}
        for at in places:
            rung, members = next(
                (
                    (rung, sharing)
                    for rung, groups in rungs.items()
                    if (sharing := groups[at]) is not None
                ),
                (ALL, everyone),
            )
            peer_lists.append((peer_group, rung, at, members[members != at], np.nan))
    distance = _distances(group, codes.cluster_type.to_numpy(str))
    for at in places:
        order = np.argsort(distance[at], kind="stable")
        near = order[~np.isnan(distance[at][order]) & (order != at)][:LOOK_ALIKES]
        if len(near) + 1 >= LEAST_MEMBERS:
            peer_lists.append(("look_alikes", "look_alikes", at, near, distance[at][near]))
        else:
            peer_lists.append(("look_alikes", ALL, at, np.delete(everyone, at), np.nan))
    peer_group, rung, objects, members, apart = zip(*peer_lists, strict=True)
    lengths = [len(one) for one in members]
    return pd.DataFrame(
        {
            "object_id": np.repeat(names[list(objects)], lengths),
            "period": period,
            "peer_group": np.repeat(peer_group, lengths),
            "rung": np.repeat(rung, lengths),
            "peer_id": names[np.concatenate(members)],
            "position": np.concatenate([np.arange(1, length + 1) for length in lengths]),
            "distance": np.concatenate(
                [np.broadcast_to(one, length) for one, length in zip(apart, lengths, strict=True)]
            ),
        }
    )


def _groups(codes: pd.DataFrame) -> list[np.ndarray | None]:
    """For each object the places of all that share its codes; None where one is missing or too few
    do."""
    values = codes.to_numpy(str)
    _, group, sizes = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    group = group.ravel()
    order = np.split(np.argsort(group, kind="stable"), np.cumsum(sizes)[:-1])
    is_group = (sizes[group] >= LEAST_MEMBERS) & (values != "").all(axis=1)
    return [order[one] if known else None for one, known in zip(group, is_group, strict=True)]


def _distances(group: pd.DataFrame, cluster_type: np.ndarray) -> np.ndarray:
    numbers = group[[*NUMBERS, URBAN]].to_numpy(float, na_value=np.nan).copy()
    persons = numbers[:, 0]
    numbers[:, 0] = np.log(persons, out=np.full(len(persons), np.nan), where=persons > 0)
    return gower(numbers, cluster_type[:, None])


def peer_statistics(
    values: pd.DataFrame, peers: pd.DataFrame, draws: int = 200, seed: int = 2012
) -> pd.DataFrame:
    """Where each object stands in each peer group, for each item: rows of STATISTICS.

    `values`: object_id, period, item, value (the more the better), standard_error (0 where nothing
    was sampled, NaN where it is not known). The object counts in its rank (1 is best) and its
    percentile (share of members below it, ties half), not in the median and quantiles it is
    compared with. Bands are the middle 90 % of `draws` from the standard errors of the object and
    its peers; NaN where a standard error among them is not known.
    """
    parts = [
        part
        for period, group in values.groupby("period", sort=True)
        for part in _statistics(str(period), group, peers[peers.period == period], draws, seed)
    ]
    if not parts:
        return pd.DataFrame(columns=list(STATISTICS)).astype(STATISTICS)
    return pd.concat(parts, ignore_index=True)[list(STATISTICS)].astype(STATISTICS)


def _statistics(
    period: str, values: pd.DataFrame, peers: pd.DataFrame, draws: int, seed: int
) -> list[pd.DataFrame]:
    # items x objects, so that peers are along the last axis
    wide = {
        column: values.pivot(index="item", columns="object_id", values=column).astype(float)
        for column in ("value", "standard_error")
    }
    value, error = wide["value"].to_numpy(), wide["standard_error"].to_numpy()
    items = list(wide["value"].index)
    place: dict[Any, int] = {name: at for at, name in enumerate(wide["value"].columns)}
    normal = [
        np.random.default_rng([seed, zlib.crc32(f"{period} {item}".encode())]).standard_normal(
            (draws, len(place))
        )
        for item in items
    ]
    drawn = value + error * np.stack(normal, axis=1)
    unknown = np.isnan(error) & ~np.isnan(value)
    keys, parts = [], []
    for (name, peer_group, rung), members in peers.groupby(
        ["object_id", "peer_group", "rung"], sort=True
    ):
        others = [place[peer] for peer in members.peer_id if peer in place]
        if name in place and others:
            at = [place[name], *others]
            parts.append(_standing(value[:, at], drawn[:, :, at], unknown[:, at].any(axis=1)))
            keys += [(name, period, item, peer_group, rung) for item in items]
    if not parts:
        return []
    table = pd.DataFrame(keys, columns=["object_id", "period", "item", "peer_group", "rung"])
    for name in parts[0]:
        table[name] = np.concatenate([part[name] for part in parts])
    return [table.astype({"rank": "Int64"})]


def _standing(value: np.ndarray, drawn: np.ndarray, unknown: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of STATISTICS over items; the last axis of the arrays is the object and its
    peers."""
    measured, members = ~np.isnan(value[:, 0]), (~np.isnan(value)).sum(axis=1)
    alone = members - measured == 0
    rank, percentile, (median, p75, p90) = _place(value)
    drawn_rank, _, (drawn_median, _, drawn_p90) = _place(drawn)
    object_value, object_draws = value[:, 0], drawn[:, :, 0]
    bands = np.quantile(
        [drawn_rank, object_draws - drawn_median, object_draws - drawn_p90], [0.05, 0.95], axis=1
    )
    bands[:, :, unknown] = np.nan
    (rank_low, gap_low, gap_p90_low), (rank_high, gap_high, gap_p90_high) = bands
    compared = {
        "rank": rank.astype(float),
        "rank_low": rank_low,
        "rank_high": rank_high,
        "percentile": percentile,
        "gap_median": object_value - median,
        "gap_median_low": gap_low,
        "gap_median_high": gap_high,
        "gap_p90": object_value - p90,
        "gap_p90_low": gap_p90_low,
        "gap_p90_high": gap_p90_high,
    }
    reason = np.where(~measured, "not measured", np.where(alone, "no peer has a value", ""))
    return {
        "members": members,
        "value": object_value,
        "peer_median": median,
        "peer_p75": p75,
        "peer_p90": p90,
        **{name: np.where(reason == "", one, np.nan) for name, one in compared.items()},
        "null_reason": reason,
    }


def _place(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank and percentile of the first of the last axis, and the others' median, P75 and P90."""
    first, rest = values[..., :1], values[..., 1:]
    above, tied = (rest > first).sum(axis=-1), (rest == first).sum(axis=-1)
    members = 1 + (~np.isnan(rest)).sum(axis=-1)
    percentile = 100 * (members - above - tied / 2 - 0.5) / members
    quantiles = np.moveaxis(quantile(rest, np.array([0.5, 0.75, 0.9])), -1, 0)
    return above + 1, percentile, quantiles
