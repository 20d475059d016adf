import pandas as pd
import pytest

from locus_pipeline.methods.index.build import TOO_FEW_OBJECTS
from locus_pipeline.methods.index.comparison import BRIDGE, changes, method_bridge
from locus_pipeline.methods.index.peers import STATISTICS
from locus_pipeline.methods.index.ranking import (
    FIGURES_OF_CHANGE,
    SYNTHETIC,
    bridge_without_ranks,
    changes_without_ranks,
    peers_without_ranks,
    scores_to_publish,
    why_unranked,
)


def scores(period: str, reason: str = "", values=(50.0, 60.0)) -> pd.DataFrame:
    ranks = [pd.NA, pd.NA] if reason else [2, 1]
    return pd.DataFrame(
        {
            "object_id": ["a", "b"], "period": period, "score": values,
            "rank": pd.array(ranks, dtype="Int64"), "tier": "A", "rank_reason": reason,
        }
    )  # fmt: skip


def test_synthetic_scores_have_neither_rank_nor_tier():
    shown = scores_to_publish(scores("2026"), is_synthetic=True)
    assert shown["rank"].isna().all() and str(shown["rank"].dtype) == "Int64"
    assert set(shown.tier) == {""} and set(shown.rank_reason) == {SYNTHETIC}
    assert shown.score.tolist() == [50.0, 60.0]
    real = scores("2026")
    assert scores_to_publish(real, is_synthetic=False) is real


def test_one_unranked_table_is_enough():
    assert why_unranked(scores("2026"), scores("2027")) == ""
    assert why_unranked(scores("2026"), scores("2027", SYNTHETIC)) == SYNTHETIC
    assert why_unranked(scores("2026", TOO_FEW_OBJECTS), scores("2027")) == TOO_FEW_OBJECTS
    assert why_unranked(scores("2026").head(0)) == ""


@pytest.mark.parametrize("reason", [SYNTHETIC, TOO_FEW_OBJECTS])
def test_changes_of_ranks_say_why_they_are_not_given(reason):
    rows = changes(scores("2026"), scores("2027", values=(70.0, 60.0)))
    assert changes_without_ranks(rows, "") is rows
    shown = changes_without_ranks(rows, reason)
    of_rank = shown[shown.measure == "rank"]
    assert of_rank[FIGURES_OF_CHANGE].isna().all(axis=None)
    assert set(of_rank.null_reason) == {reason} and len(of_rank) == 2
    pd.testing.assert_frame_equal(shown[shown.measure == "score"], rows[rows.measure == "score"])


def test_bridge_and_peers_keep_figures_that_are_no_ranks():
    bridge = bridge_without_ranks(
        method_bridge(scores("2026"), scores("2026"), "1", "2"), SYNTHETIC
    )
    assert bridge[["rank_before", "rank_after", "rank_change"]].isna().all(axis=None)
    assert bridge.score_change.tolist() == [0.0, 0.0]
    row = {name: 1 if kind != "str" else "a" for name, kind in STATISTICS.items()}
    statistics = pd.DataFrame([row]).astype(STATISTICS)
    shown = peers_without_ranks(statistics, SYNTHETIC)
    assert shown[["rank", "rank_low", "rank_high"]].isna().all(axis=None)
    assert (shown.value[0], shown.rank_reason[0]) == (1, SYNTHETIC)
    # the types of the published table
    assert shown[list(STATISTICS)].dtypes.equals(statistics.dtypes)
    assert bridge[list(BRIDGE)].astype(BRIDGE).dtypes.equals(bridge[list(BRIDGE)].dtypes)
    assert peers_without_ranks(statistics, "")["rank"].tolist() == [1]
