"""Peer groups: the distance by hand, the ladder, and where an object stands."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytest import approx

from locus_pipeline.methods.index.peers import (
    PEERS,
    STATISTICS,
    gower,
    peer_groups,
    peer_statistics,
)


def objects(number: int = 12, **changes) -> pd.DataFrame:
    """Objects in one sector, state and zone; persons double from one to the next."""
    frame = pd.DataFrame(
        {
            "object_id": [f"o{at:02d}" for at in range(number)],
            "period": "2026",
            "sector": "18",
            "sector_group": "textiles",
            "state_code": "09",
            "zone": "north",
            "cluster_type": "industrial",
            "size_class": "medium",
            "persons": 2.0 ** np.arange(number),
            "age": 10.0,
            "capital_per_person": 1.0,
            "labour_intensity": 1.0,
            "urban": 1.0,
        }
    )
    return frame.assign(**changes)


def values(peers_of: pd.DataFrame, value, error=0.0) -> pd.DataFrame:
    frame = peers_of[["object_id", "period"]].assign(item="score", value=value)
    return frame.assign(standard_error=error)


def rungs(frame: pd.DataFrame, group: str) -> pd.Series:
    groups = peer_groups(frame)
    return groups[groups.peer_group == group].groupby("object_id").rung.first()


def test_gower_by_hand():
    numbers = np.array([[0.0, 10.0, 1.0], [5.0, np.nan, 1.0], [10.0, 20.0, 1.0]])
    codes = np.array([["a"], ["a"], ["b"]])
    distances = gower(numbers, codes)
    # 0 and 1 share three fields: half the range apart, the same, the same
    assert distances[0, 1] == approx(0.5 / 3)
    # 0 and 2 share four: a range, a range, a field without range, another code
    assert distances[0, 2] == approx(3 / 4)
    assert distances[1, 2] == approx((0.5 + 0 + 1) / 3)
    assert np.diag(distances) == approx(0)


def test_two_shared_fields_make_no_distance():
    distances = gower(np.array([[1.0, np.nan], [2.0, 5.0]]), np.array([["a"], ["a"]]))
    assert np.isnan(distances[0, 1])


numbers = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))


@settings(max_examples=50, deadline=None)
@given(arrays(float, (6, 4), elements=numbers), st.floats(0.001, 1000))
def test_gower_is_a_distance_whatever_the_unit(table, unit):
    codes = np.array([["a"], ["b"], [""], ["a"], ["b"], ["a"]])
    distances = gower(table, codes)
    known = ~np.isnan(distances)
    assert (distances[known] >= 0).all() and (distances[known] <= 1).all()
    assert np.array_equal(distances, distances.T, equal_nan=True)
    assert gower(table * unit, codes) == approx(distances, nan_ok=True, abs=1e-6)


def test_look_alikes_are_the_nearest_ten():
    groups = peer_groups(objects(14))
    near = groups[(groups.peer_group == "look_alikes") & (groups.object_id == "o00")]
    assert near.peer_id.tolist() == [f"o{at:02d}" for at in range(1, 11)]
    assert near.position.tolist() == list(range(1, 11))
    # only ln persons differs: one of six fields, 13 equal steps
    assert near.distance.to_numpy() == approx(np.arange(1, 11) / 13 / 6)
    assert groups.dtypes.astype(str).to_dict() == PEERS


def test_an_object_without_known_fields_is_compared_with_all():
    frame = objects(12)
    frame.loc[0, ["persons", "age", "capital_per_person", "labour_intensity"]] = np.nan
    assert rungs(frame, "look_alikes")["o00"] == "all"
    assert rungs(frame, "look_alikes")["o01"] == "look_alikes"


def test_the_most_specific_group_with_eight_members_is_taken():
    frame = objects(24)
    frame.loc[7:, "zone"] = "south"
    # seven in the north are one too few
    groups = rungs(frame, "sector")
    assert (groups[:7] == "sector").all() and (groups[7:] == "sector_and_zone").all()
    frame.loc[7, "zone"] = "north"
    assert (rungs(frame, "sector") == "sector_and_zone").all()


@pytest.mark.parametrize(
    "changes, rung",
    [
        ({}, "sector_and_zone"),
        ({"zone": "alone"}, "sector"),
        ({"sector": "alone"}, "sector_group"),
        ({"sector": None}, "sector_group"),
        ({"sector": "alone", "sector_group": None}, "type_and_size"),
        ({"sector": "alone", "sector_group": "alone", "size_class": "alone"}, "all"),
    ],
)
def test_a_single_member_falls_to_the_next_rung(changes, rung):
    frame = objects(12)
    for column, value in changes.items():
        frame.loc[0, column] = value
    assert rungs(frame, "sector")["o00"] == rung


def test_geography_falls_from_state_to_zone():
    frame = objects(12)
    frame.loc[0, "state_code"] = "10"
    assert rungs(frame, "geography")["o00"] == "zone"
    assert rungs(frame, "geography")["o01"] == "state"
    frame.loc[0, "zone"] = np.nan
    assert rungs(frame, "geography")["o00"] == "all"


def test_nobody_is_a_peer_of_itself_or_of_another_period():
    frame = pd.concat([objects(12), objects(9, period="2027")])
    groups = peer_groups(frame)
    assert (groups.object_id != groups.peer_id).all()
    number = groups[groups.peer_group == "sector"].groupby(["period", "object_id"]).size()
    assert (number["2026"] == 11).all() and (number["2027"] == 8).all()


def test_one_object_alone_has_no_peers():
    groups = peer_groups(objects(1))
    assert groups.empty and groups.dtypes.astype(str).to_dict() == PEERS
    assert peer_statistics(values(objects(1), 1.0), groups).empty


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match="zone"):
        peer_groups(objects().drop(columns="zone"))


def test_standing_by_hand():
    frame = objects(9)
    statistics = peer_statistics(values(frame, np.arange(1.0, 10.0)), peer_groups(frame))
    standing = statistics[
        (statistics.peer_group == "sector") & (statistics.object_id == "o06")
    ].iloc[0]
    # 7 among 1 to 6, 8 and 9
    assert (standing["rank"], standing.members) == (3, 9)
    assert standing.percentile == approx(100 * 6.5 / 9)
    assert standing.peer_median == approx(4.5) and standing.gap_median == approx(2.5)
    assert standing.peer_p75 == approx(6.5)
    # type 7: place 0.9 x 7 = 6.3 between 8 (7th) and 9 (8th)
    assert standing.peer_p90 == approx(8.3) and standing.gap_p90 == approx(-1.3)
    # nothing was sampled, so nothing is uncertain
    assert standing.gap_median_low == standing.gap_median_high == approx(2.5)
    assert (standing.rank_low, standing.rank_high) == (3, 3)
    assert statistics.dtypes.astype(str).to_dict() == STATISTICS


def test_bands_come_from_the_standard_errors():
    frame = objects(9)
    observed = values(frame, 50.0, error=0.0)
    observed.loc[0, "standard_error"] = 10.0
    statistics = peer_statistics(observed, peer_groups(frame), draws=4000)
    standing = statistics[
        (statistics.peer_group == "sector") & (statistics.object_id == "o00")
    ].iloc[0]
    assert standing.gap_median_low == approx(-16.45, abs=1)
    assert standing.gap_median_high == approx(16.45, abs=1)
    assert (standing.rank_low, standing.rank_high) == (1, 9)


def test_an_unknown_error_among_the_peers_leaves_the_band_open():
    frame = objects(9)
    observed = values(frame, np.arange(9.0))
    observed.loc[3, "standard_error"] = np.nan
    statistics = peer_statistics(observed, peer_groups(frame))
    assert statistics.gap_median_low.isna().all() and statistics.gap_median.notna().all()


def test_what_is_not_measured_has_a_reason_and_is_no_peer():
    frame = objects(9)
    observed = values(frame, [np.nan, *range(8)])
    statistics = peer_statistics(observed, peer_groups(frame)).set_index(
        ["peer_group", "object_id"]
    )
    assert statistics.null_reason["sector", "o00"] == "not measured"
    assert pd.isna(statistics["rank"]["sector", "o00"]) and np.isnan(
        statistics.gap_median["sector", "o00"]
    )
    assert statistics.peer_median["sector", "o00"] == approx(3.5)
    assert statistics.members["sector", "o08"] == 8 and statistics["rank"]["sector", "o08"] == 1
    only = peer_statistics(values(frame, [1.0, *[np.nan] * 8]), peer_groups(frame))
    assert only.null_reason[only.object_id == "o00"].eq("no peer has a value").all()


def test_order_of_rows_does_not_matter():
    frame = objects(20)
    observed = values(frame, np.arange(20.0), error=3.0)
    once = peer_statistics(observed, peer_groups(frame))
    mixed = frame.sample(frac=1, random_state=1)
    again = peer_statistics(observed.sample(frac=1, random_state=2), peer_groups(mixed))
    pd.testing.assert_frame_equal(once, again)
