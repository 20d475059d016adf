"""Pages: what is listed and what not, gains that are never negative, both languages."""

import csv
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pytest import approx

from locus_pipeline.methods.index import peers, profiles
from locus_pipeline.methods.index.profiles import PAGES, TEXT, Evidence, leverage

SEEDS = Path(__file__).parents[3] / "seeds" / "cci"
NUMBER = 12
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])
ITEMS = ["CV04", "HB01", "ST01", "SQ04"]


def score(values: np.ndarray) -> np.ndarray:
    """Weighted mean of what is known."""
    known = ~np.isnan(values)
    return (np.nan_to_num(values) @ WEIGHTS) / (known @ WEIGHTS)


def evidence(change=lambda values: values, error: float | None = 1.0) -> Evidence:
    """Twelve objects; o00 is the best in the first two indicators and the worst in the last two."""
    names = [f"o{at:02d}" for at in range(NUMBER)]
    table = np.tile(np.linspace(30.0, 60.0, NUMBER), (4, 1)).T
    table[0] = [90.0, 62.0, 10.0, 28.0]
    table = change(table)
    values = (
        pd.DataFrame(table, index=names, columns=ITEMS)
        .rename_axis("object_id")
        .reset_index()
        .melt(id_vars="object_id", var_name="item", value_name="value")
        .assign(period="2026", standard_error=error)
    )
    objects = pd.DataFrame({"object_id": names, "period": "2026"}).assign(
        **dict.fromkeys(peers.CODES, "one"), **dict.fromkeys(peers.NUMBERS, 1.0), urban=1.0
    )
    groups = peers.peer_groups(objects)
    scores = pd.DataFrame({"object_id": names, "period": "2026", "score": score(table)})
    rank = scores.score.rank(ascending=False).astype("Int64")
    return Evidence(
        scores=scores.assign(
            rank=rank,
            rank_p05=(rank - 1.0).clip(lower=1),
            rank_p95=rank + 2.0,
            rank_reason="",
            tier="B",
            is_tier_only=False,
            completeness=0.9,
        ),
        values=values,
        statistics=peers.peer_statistics(values, groups),
        peers=groups,
        eligibility=pd.DataFrame(
            {
                "object_id": names,
                "period": "2026",
                "eligible": True,
                "failed_gates": "",
                "missing": "",
            }
        ),
        indicators=pd.DataFrame(
            {
                "item": ITEMS,
                "sub_pillar": ["outcomes", "basic_infrastructure", "technology", "quality"],
                "weight": WEIGHTS,
                "name_en": [
                    "Labour productivity",
                    "Power hours",
                    "R&D intensity",
                    "Rejection rate",
                ],
                "name_hi": ["श्रम उत्पादकता", "बिजली के घंटे", None, "अस्वीकृत माल की दर"],
            }
        ),
        objects=pd.DataFrame({"object_id": names, "name": [f"Cluster {name}" for name in names]}),
        interventions=pd.DataFrame(
            [
                ("technology", 1, "PB"),
                ("technology", 2, "PL"),
                ("quality", 1, "PB"),
                ("outcomes", 1, "PS"),
            ],
            columns=["sub_pillar", "position", "intervention_type"],
        ),
    )


def page(table: pd.DataFrame, name: str, section: str) -> pd.DataFrame:
    return table[(table.object_id == name) & (table.section == section)].set_index("position")


def test_strengths_and_weaknesses_are_ordered_by_gap_times_weight():
    pages = profiles.profiles(evidence(), score)
    strong, weak = page(pages, "o00", "strengths"), page(pages, "o00", "weaknesses")
    # the peers' median is 46.4: gaps 43.6 x 0.4 and 15.6 x 0.3, -36.4 x 0.2 and -18.4 x 0.1
    assert strong["item"].tolist() == ["CV04", "HB01"]
    assert weak["item"].tolist() == ["ST01", "SQ04"]
    assert strong.value[1] == approx(90 - np.median(np.linspace(30, 60, NUMBER)[1:]))
    assert (strong.low > 0).all() and (weak.high < 0).all()
    assert pages.dtypes.astype(str).to_dict() == PAGES


def test_a_gap_within_sampling_error_is_not_listed():
    pages = profiles.profiles(evidence(error=60.0), score)
    assert page(pages, "o00", "strengths").text_en[1].startswith("No indicator is above")
    assert page(pages, "o00", "weaknesses")["item"].tolist() == [""]
    assert page(pages, "o00", "interventions").empty


def test_a_gap_without_a_known_error_is_not_listed_and_counted():
    pages = profiles.profiles(evidence(error=np.nan), score)
    assert page(pages, "o00", "strengths")["item"].tolist() == [""]
    assert page(pages, "o00", "not_measured").value.tolist() == [4]


def test_weaknesses_have_intervention_types_as_a_proposal():
    rows = page(profiles.profiles(evidence(), score), "o00", "interventions")
    # benchmarking answers both weaknesses
    assert rows["item"].tolist() == ["PB", "PL"]
    assert "R&D intensity, Rejection rate" in rows.text_en[1]
    assert rows.text_en.str.endswith("A proposal.").all()
    assert rows.text_hi.str.contains("प्रस्ताव").all()
    # without a Hindi name the English one stands
    assert "R&D intensity, अस्वीकृत माल की दर" in rows.text_hi[1]


def test_leverage_by_hand():
    rows = page(profiles.profiles(evidence(), score), "o00", "leverage")
    p75 = np.quantile(np.linspace(30, 60, NUMBER)[1:], 0.75)
    assert rows["item"].tolist() == ["ST01", "SQ04"]
    assert rows.value.tolist() == approx([0.2 * (p75 - 10), 0.1 * (p75 - 28)])


def test_leverage_needs_a_value_and_a_target():
    gains = leverage(
        np.array([[10.0, np.nan, 10.0, 50.0]]), np.array([[np.nan, 60, 60, 40]]), score
    )
    # of the weights 0.4, 0.2 and 0.1 that have a value
    assert gains[0] == approx([np.nan, np.nan, 0.2 * 50 / 0.7, 0], nan_ok=True)


table = arrays(float, (5, 4), elements=st.floats(1, 100))


@settings(max_examples=50, deadline=None)
@given(table, table, st.integers(0, 4), st.integers(0, 3), st.floats(0, 50))
def test_leverage_is_never_negative_and_grows_with_the_target(values, targets, row, column, more):
    gains = leverage(values, targets, score)
    assert (gains >= -1e-9).all()
    assert gains[values >= targets] == approx(0, abs=1e-9)
    higher = targets.copy()
    higher[row, column] += more
    assert (leverage(values, higher, score) >= gains - 1e-9).all()
    # a better value leaves less to gain
    better = values.copy()
    better[row, column] += more
    assert leverage(better, targets, score)[row, column] <= gains[row, column] + 1e-9


def test_what_is_not_measured_has_no_leverage_and_is_named():
    def without(values):
        values[0, 2] = np.nan
        return values

    pages = profiles.profiles(evidence(without), score)
    assert "ST01" not in set(page(pages, "o00", "leverage")["item"])
    missing = page(pages, "o00", "not_measured")
    assert missing["item"].tolist() == ["ST01"]
    assert missing.text_en[1] == "R&D intensity: not measured."


def test_better_look_alikes_score_higher_and_are_near():
    inputs = evidence()
    pages = profiles.profiles(inputs, score)
    scores = inputs.scores.set_index("object_id").score
    near = page(pages, "o05", "look_alikes")
    assert len(near) == 2 and (near.value > scores["o05"]).all()
    assert near.text_en[1] == f"Cluster {near['item'][1]}: a similar cluster with a score of " + (
        f"{near.value[1]:.1f}."
    )
    # all are equally far, so the order is that of their names
    assert near["item"].tolist() == sorted(scores.index[scores > scores["o05"]])[:2]
    assert page(pages, scores.idxmax(), "look_alikes").empty


def test_an_object_that_is_not_eligible_has_gates_and_no_score():
    inputs = evidence()
    inputs.eligibility.loc[3, ["eligible", "failed_gates", "missing"]] = [
        False,
        "G1;G4",
        "a signed data-sharing agreement",
    ]
    pages = profiles.profiles(inputs, score)
    rows = pages[pages.object_id == "o03"]
    assert rows.section.tolist() == ["gate"] * 3
    assert rows.text_en.tolist()[0] == "Condition G1 (organised association) is not met."
    assert rows.text_hi.tolist()[1] == "शर्त G4 (आँकड़े साझा करने की सहमति) पूरी नहीं हुई।"
    assert "data-sharing" in rows.text_en.tolist()[2]
    assert rows.value.isna().all()


def test_a_rank_stands_with_its_band_or_with_the_reason():
    inputs = evidence()
    rows = page(profiles.profiles(inputs, score), "o11", "score").set_index("item")
    assert rows.text_en["rank"] == "Rank: 1 (1-3) of 12."
    hidden = inputs.scores.assign(rank=pd.NA, rank_reason="fewer than 10 eligible clusters")
    hidden["rank"] = hidden["rank"].astype("Int64")
    inputs = Evidence(**{**vars(inputs), "scores": hidden})
    rows = page(profiles.profiles(inputs, score), "o11", "score").set_index("item")
    assert rows.text_en["rank"] == "No rank: fewer than 10 eligible clusters"
    assert np.isnan(rows.value["rank"])
    wide = Evidence(**{**vars(inputs), "scores": evidence().scores.assign(is_tier_only=True)})
    rows = page(profiles.profiles(wide, score), "o11", "score").set_index("item")
    assert np.isnan(rows.value["rank"]) and rows.text_en["tier"] == "Tier: B."


def test_notices_open_every_page():
    pages = profiles.profiles(evidence(), score, notices=("synthetic",))
    first = pages.groupby("object_id", sort=False).first()
    assert (first.text_en == "SYNTHETIC - NOT A RANKING").all() and len(first) == NUMBER


def test_no_objects_make_an_empty_table():
    inputs = evidence()
    empty = Evidence(**{name: table.head(0) for name, table in vars(inputs).items()})
    pages = profiles.profiles(empty, score)
    assert pages.empty and pages.dtypes.astype(str).to_dict() == PAGES


@pytest.mark.parametrize("key", sorted(TEXT))
def test_both_languages_say_the_same_numbers(key):
    english, hindi = (
        sorted((name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name)
        for text in TEXT[key]
    )
    assert english == hindi
    # Devanagari
    assert any("\u0900" <= letter <= "\u097f" for letter in TEXT[key][1])


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_intervention_type_of_the_seed_can_be_named():
    for row in rows("cci_intervention_map.csv"):
        objective, approach = row["intervention_type"]
        assert objective in profiles.OBJECTIVES and approach in profiles.APPROACHES


def test_every_rung_can_be_named():
    ladders = {rung for ladder in peers.LADDERS.values() for rung in ladder}
    assert ladders | {"look_alikes", peers.ALL} == set(profiles.RUNGS)


def test_an_object_without_peers_has_a_page_all_the_same():
    inputs = evidence()
    alone = Evidence(
        **{**vars(inputs), "statistics": inputs.statistics.head(0), "peers": inputs.peers.head(0)}
    )
    pages = profiles.profiles(alone, score)
    assert page(pages, "o00", "score")["item"].tolist() == ["score", "rank", "tier", "completeness"]
    assert page(pages, "o00", "leverage").empty
