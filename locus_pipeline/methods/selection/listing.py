"""A list of clusters under quotas: a small integer programme, who is next, and why.

The list has the largest sum of shares of attainable points among all lists that keep the quotas:
so many clusters, no more than so many of a sector, no fewer than so many of backward areas (source
003, slide 19: "balanced coverage of sectors/products and backward areas"). A least number that
can't be had is missed by as little as can be, and said. Of two lists with one sum the one whose
clusters come earlier in the order wins: by share, then by coverage, then by persons, then by id.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

# Sums of shares that are nearer than this are one.
SAME = 1e-7
# What a place is worth to who has no share at all: a list is filled.
FILLED = 1e-5
SECTOR, AREA = "sector", "backward_area"


@dataclass(frozen=True)
class Quotas:
    """`clusters`: length of the list; `bounds`: kind (sector or backward_area), code (of a sector;
    empty for each one), at_least, at_most (NaN where there is none)."""

    clusters: int
    bounds: pd.DataFrame

    @classmethod
    def from_table(cls, rows: pd.DataFrame) -> "Quotas":
        """From rows of kind (list too), code, at_least, at_most."""
        rows = rows.assign(code=rows.code.fillna(""))
        length = int(rows.at_most[rows.kind == "list"].iloc[0])
        return cls(length, rows[rows.kind != "list"].reset_index(drop=True))


@dataclass(frozen=True)
class Listing:
    """`rows` (rank, is_tied, is_selected, place_after_list, share_short, list_reason) by object;
    `unmet`: the quotas missed, in words; `order`: place in the order of the rule, from 0; `groups`:
    a column (objects) of 0 and 1 for each bound, with its limits."""

    rows: pd.DataFrame
    unmet: str
    order: np.ndarray
    groups: "Groups"

    def of(self, kept: np.ndarray) -> "Groups":
        """The bounds of these objects alone."""
        return replace(self.groups, member=self.groups.member[kept])


@dataclass(frozen=True)
class Groups:
    """Who counts for which bound: `member` (objects, bounds), `least`, `most` (bounds), and what
    each bound is called."""

    member: np.ndarray
    least: np.ndarray
    most: np.ndarray
    names: list[str]


def groups_of(objects: pd.DataFrame, quotas: Quotas) -> Groups:
    """One bound for each row; a row for every sector makes one for each that has none of its own.
    An object without a sector is in none; `is_backward` unknown is not backward."""
    columns, least, most, names = [], [], [], []
    named = set(quotas.bounds.code[quotas.bounds.kind == SECTOR])
    for bound in quotas.bounds.to_dict("records"):
        if bound["kind"] == AREA:
            wanted = [("backward areas", objects.is_backward.fillna(False).to_numpy(bool))]
        else:
            others = sorted(set(objects.sector.dropna()) - named)
            codes = [bound["code"]] if bound["code"] else others
            wanted = [(f"sector {code}", (objects.sector == code).to_numpy(bool)) for code in codes]
        for name, member in wanted:
            columns.append(member)
            least.append(0 if pd.isna(bound["at_least"]) else bound["at_least"])
            most.append(np.inf if pd.isna(bound["at_most"]) else bound["at_most"])
            names.append(name)
    member = np.array(columns, float).T if columns else np.zeros((len(objects), 0))
    return Groups(member, np.array(least, float), np.array(most, float), names)


def chosen(
    shares: np.ndarray, order: np.ndarray, groups: Groups, count: int, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each object (objects) is on the list of `count`, and by how much each bound is
    missed. `kept`: objects that must be on it."""
    objects, bounds = groups.member.shape
    # a missed place of a bound costs more than all shares together can bring
    worth = np.r_[-(shares + FILLED), np.full(bounds, count + 1.0)]
    listed = np.r_[np.ones(objects), np.zeros(bounds)]
    limits = [LinearConstraint(listed, 0, min(count, objects))]
    if bounds:
        of_members = np.hstack([groups.member.T, np.zeros((bounds, bounds))])
        with_missed = np.hstack([groups.member.T, np.eye(bounds)])
        limits += [
            LinearConstraint(of_members, 0, groups.most),
            LinearConstraint(with_missed, groups.least, np.inf),
        ]
    programme = {
        "integrality": np.ones(objects + bounds),
        "bounds": Bounds(
            np.r_[kept.astype(float), np.zeros(bounds)], np.r_[np.ones(objects), groups.least]
        ),
        "options": {"mip_rel_gap": 0.0},
    }
    best = milp(worth, constraints=limits, **programme)
    if best.x is None:  # what must be kept breaks an upper bound: nothing can be added
        return kept, np.maximum(groups.least - kept @ groups.member, 0)
    solution = best.x.round()
    same = [
        LinearConstraint(worth, -np.inf, worth @ solution + SAME),
        LinearConstraint(listed, listed @ solution, np.inf),
    ]
    earliest = milp(np.r_[order + 1.0, np.zeros(bounds)], constraints=[*limits, *same], **programme)
    solution = solution if earliest.x is None else earliest.x.round()
    picks = solution[:objects] > 0.5
    return picks, np.maximum(groups.least - picks @ groups.member, 0)


def make_list(
    objects: pd.DataFrame,
    shares: np.ndarray,
    coverage: np.ndarray,
    is_candidate: np.ndarray,
    quotas: Quotas,
    reserves: int,
) -> Listing:
    """Ranks and the list of the candidates among `objects` (object_id, sector, is_backward,
    persons), and what stands in the way of the others."""
    groups = groups_of(objects, quotas)
    order = _order(objects, shares, coverage, is_candidate)
    rows = pd.DataFrame(
        {
            "rank": pd.array([pd.NA] * len(objects), "Int64"),
            "is_tied": pd.array([pd.NA] * len(objects), "boolean"),
            "is_selected": pd.array(np.zeros(len(objects), bool), "boolean"),
            "place_after_list": pd.array([pd.NA] * len(objects), "Int64"),
            "share_short": np.nan,
            "list_reason": "no_candidate",
        }
    )
    places = np.flatnonzero(is_candidate)
    if not len(places):
        return Listing(rows, "", order, groups)
    given = replace(groups, member=groups.member[places])
    share, place_in_order = shares[places], order[places]
    picks, missed = chosen(
        share, place_in_order, given, quotas.clusters, np.zeros(len(places), bool)
    )
    rows.loc[places, "rank"] = place_in_order + 1
    same = pd.Series(share.round(9)).duplicated(keep=False).to_numpy()
    rows.loc[places, "is_tied"] = same
    rows.loc[places, "is_selected"] = picks
    rows.loc[places, "place_after_list"] = _after(
        share, place_in_order, given, quotas, picks, reserves
    )
    lowest = share[picks].min() if picks.any() else 0.0
    rows.loc[places[~picks], "share_short"] = np.maximum(lowest - share[~picks], 0.0)
    rows.loc[places, "list_reason"] = _reasons(place_in_order, given, quotas, picks)
    unmet = "; ".join(
        f"{name}: {gap:g} fewer than {least:g}"
        for name, gap, least in zip(given.names, missed, given.least, strict=True)
        if gap > 0
    )
    return Listing(rows, unmet, order, groups)


def _order(
    objects: pd.DataFrame, shares: np.ndarray, coverage: np.ndarray, is_candidate: np.ndarray
) -> np.ndarray:
    """Place of each candidate by the rule for ties, from 0; the others after them."""
    table = pd.DataFrame(
        {
            "is_other": ~is_candidate,
            "share": -np.nan_to_num(shares).round(9),
            "coverage": -np.nan_to_num(coverage).round(9),
            "persons": -objects.persons.fillna(0).to_numpy(float),
            "object_id": objects.object_id.to_numpy(),
        }
    )
    order = np.empty(len(table), int)
    order[table.sort_values([*table.columns]).index] = np.arange(len(table))
    return order


def _after(
    share: np.ndarray,
    order: np.ndarray,
    groups: Groups,
    quotas: Quotas,
    picks: np.ndarray,
    reserves: int,
) -> pd.api.extensions.ExtensionArray:
    """Who would come in, one by one, if the list were longer and its clusters stayed."""
    after = pd.array([pd.NA] * len(picks), "Int64")
    listed = picks
    for place in range(1, reserves + 1):
        longer, _ = chosen(share, order, groups, int(listed.sum()) + 1, listed)
        new = longer & ~listed
        if not new.any():
            break
        after[new] = place
        listed = longer
    return after


def _reasons(order: np.ndarray, groups: Groups, quotas: Quotas, picks: np.ndarray) -> list[str]:
    """selected_by_share; selected_for_quota (others with a larger share gave way to it);
    sector_full (a smaller share is on the list, but its sector has all its places); gave_way (a
    smaller share is on the list for another quota); list_full."""
    last = order[picks].max() if picks.any() else -1
    is_full = (picks @ groups.member >= groups.most) & np.isfinite(groups.most)
    in_full = (groups.member @ is_full) > 0
    leads = order < quotas.clusters
    reasons = []
    for place in range(len(order)):
        if picks[place]:
            reasons.append("selected_by_share" if leads[place] else "selected_for_quota")
        elif in_full[place]:
            reasons.append("sector_full")
        else:
            reasons.append("gave_way" if order[place] < last else "list_full")
    return reasons


def probabilities(drawn: np.ndarray, groups: Groups, quotas: Quotas) -> np.ndarray:
    """How often (objects) each is on the list of drawn shares (draws, objects)."""
    times = np.zeros(drawn.shape[1])
    nobody = np.zeros(drawn.shape[1], bool)
    for shares in drawn:
        order = np.argsort(np.argsort(-shares, kind="stable"), kind="stable")
        picks, _ = chosen(shares, order, groups, quotas.clusters, nobody)
        times += picks
    return times / max(len(drawn), 1)
