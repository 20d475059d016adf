"""Whether an edition may rank its objects: the one place that decides, and that takes ranks away.

Scores say why nobody is ranked in their `rank_reason` (synthetic data; fewer objects than the rule
asks). No other table of the edition, or of a later one that compares with it, then has a rank.
"""

import pandas as pd

SYNTHETIC = "SYNTHETIC - NOT A RANKING"
RANKS_OF_PEERS = ["rank", "rank_low", "rank_high"]
RANKS_OF_BRIDGE = ["rank_before", "rank_after", "rank_change"]
PLACES_OF_SELECTION = [
    "rank", "rank_low", "rank_high", "probability_first", "probability_selected", "is_tied",
    "is_selected", "place_after_list", "share_short",
]  # fmt: skip
# columns of a change that a change of rank fills
FIGURES_OF_CHANGE = [
    "before", "after", "change", "data_effect", "coverage_effect", "method_effect", "change_low",
    "change_high", "is_significant",
]  # fmt: skip


def scores_to_publish(scores: pd.DataFrame, is_synthetic: bool) -> pd.DataFrame:
    """Scores as the index made them; of synthetic data without rank and tier."""
    if not is_synthetic:
        return scores
    return scores.assign(rank=None, tier="", rank_reason=SYNTHETIC).astype({"rank": "Int64"})


def why_unranked(*scores: pd.DataFrame) -> str:
    """The reason why one of these tables of scores ranks nobody; empty where all rank."""
    for table in scores:
        if len(table) and table["rank"].isna().all():
            return str(table.rank_reason.iloc[0])
    return ""


def peers_without_ranks(statistics: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Rows of peers.STATISTICS: no rank and its band where there is a reason against it."""
    return _emptied(statistics, RANKS_OF_PEERS, reason).assign(rank_reason=reason)


def changes_without_ranks(changes: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Rows of comparison.CHANGES: those of ranks have the reason and no figure."""
    if not reason:
        return changes
    of_rank = changes.measure == "rank"
    rows = changes.assign(null_reason=changes.null_reason.mask(of_rank, reason))
    for column in FIGURES_OF_CHANGE:
        rows[column] = rows[column].mask(of_rank)
    return rows


def bridge_without_ranks(bridge: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Rows of comparison.BRIDGE: no ranks where there is a reason against them."""
    return _emptied(bridge, RANKS_OF_BRIDGE, reason).assign(rank_reason=reason)


def selection_without_ranks(rows: pd.DataFrame, is_synthetic: bool) -> pd.DataFrame:
    """Rows of selection.scoring.SCORES of one lens and period: of synthetic data nobody has a rank,
    a place on the list, or a chance of one."""
    if not is_synthetic:
        return rows
    emptied = _emptied(rows, PLACES_OF_SELECTION, SYNTHETIC)
    return emptied.assign(list_reason="", quotas_unmet="", rank_reason=SYNTHETIC)


def _emptied(table: pd.DataFrame, columns: list[str], reason: str) -> pd.DataFrame:
    """Missing values, each of its column's own kind, where there is a reason for them."""
    rows = table.copy()
    for column in columns if reason else ():
        rows[column] = rows[column].mask(pd.Series(True, index=rows.index))
    return rows
