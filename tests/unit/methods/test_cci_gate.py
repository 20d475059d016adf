"""The gate: each reason to be refused, said in plain words."""

import numpy as np
import pandas as pd
import pytest

from locus_pipeline.methods.index.gate import CLUSTERS, completeness, eligibility, screen
from locus_pipeline.methods.index.tables import TABLES
from tests.support.cci_inputs import RULES, framework

SOUND = {
    "object_id": "IN-09-brass-01",
    "period": "2026",
    "association_registered": True,
    "association_years": 1.0,
    "agm_held": True,
    "members": 15.0,
    "staff": 0.5,
    "manager_named": False,
    "units": 75.0,
    "reliability_grade": "B",
    "consent": True,
    "units_answered": 30.0,
    "completeness": 0.65,
    "lowest_pillar": "soft_inputs",
    "lowest_pillar_completeness": 0.5,
    "round_months": 18.0,
    "collection_mode": "fresh_facts",
    "index_agency_controls": True,
}


def clusters(**changes) -> pd.DataFrame:
    return pd.DataFrame([SOUND | changes]).astype(CLUSTERS)


def test_a_cluster_at_every_limit_passes():
    gate = eligibility(clusters(), RULES)
    assert gate.astype(object).to_dict("records") == [
        {"object_id": "IN-09-brass-01", "period": "2026", "eligible": True,
         "failed_gates": "", "missing": ""}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "gates", "words"),
    [
        ({"association_registered": False}, "G1", "a registered association"),
        ({"association_years": 0.5}, "G1", "registered for 1 year(s) or more"),
        ({"agm_held": False}, "G1", "a general meeting held"),
        ({"members": 14, "units": 60}, "G1", "15 members or more"),
        ({"staff": 0.4}, "G1", "a named manager or staff of 0.5 full-time equivalents"),
        ({"units": 76}, "G2", "members that are 20% of the units"),
        ({"reliability_grade": "C"}, "G3", "reliability grade A or B"),
        ({"consent": False}, "G4", "data-sharing agreement"),
        ({"units_answered": 29}, "G5", "answers of 30 units, or of all"),
        ({"completeness": 0.64}, "G6", "values for 65% of the indicators"),
        ({"lowest_pillar_completeness": 0.4}, "G6", "50% of the indicators of soft_inputs"),
        ({"round_months": 19}, "G7", "at most 18 months old"),
        ({"collection_mode": "legacy"}, "G7", "a fresh FACTS round"),
        ({"index_agency_controls": False}, "G7", "under the control of the index agency"),
        ({"consent": None}, "G4", "(not known)"),
        ({"members": np.nan}, "G1;G2", "15 members or more (not known)"),
        ({"reliability_grade": "C", "round_months": 40}, "G3;G7", "; a round at most"),
    ],
)
def test_each_gate(changes, gates, words):
    gate = eligibility(clusters(**changes), RULES).iloc[0]
    assert not gate.eligible
    assert gate.failed_gates == gates
    assert words in gate.missing


def test_a_named_manager_or_all_units_are_enough():
    assert eligibility(clusters(staff=0, manager_named=True), RULES).eligible.all()
    small = {"units": 20, "members": 20, "units_answered": 20}
    assert eligibility(clusters(**small), RULES).eligible.all()


def test_no_clusters_make_an_empty_table():
    gate = eligibility(clusters().head(0), RULES)
    assert gate.empty
    assert {name: str(kind) for name, kind in gate.dtypes.items()} == TABLES["eligibility"]


def test_indicators_are_screened_at_their_limits():
    codes = list(framework().indicators.index)
    values = pd.DataFrame(
        np.random.default_rng(1).normal(size=(100, len(codes))), columns=codes
    ).drop(columns=codes[0])
    values.loc[:34, codes[1]] = np.nan
    values.loc[:35, codes[2]] = np.nan
    values.loc[:94, codes[3]] = 0.0
    values.loc[:95, codes[4]] = 0.0
    values[codes[5]] = 7.0
    screening = screen(values, framework(), RULES).set_index("parameter_code")
    assert screening.reason[codes[:7]].tolist() == [
        "missing", "", "missing", "", "one_value", "no_variance", ""
    ]  # fmt: skip
    assert (screening.kept == (screening.reason == "")).all()
    assert screening.missing_share[codes[0]] == 1


def test_completeness_names_the_weakest_pillar():
    of = framework("asi_screening")
    codes = list(of.indicators.index)
    values = pd.DataFrame(1.0, index=["a", "b"], columns=codes)
    hard = of.indicators.index[of.indicators.pillar == "hard_inputs"]
    values.loc["b", hard[: len(hard) // 2]] = np.nan
    table = completeness(values, of, codes)
    assert table.loc["a", ["completeness", "lowest_pillar_completeness"]].tolist() == [1, 1]
    assert table.lowest_pillar["b"] == "hard_inputs"
    assert table.lowest_pillar_completeness["b"] == pytest.approx(0.5)
    without = completeness(values, of, [code for code in codes if code not in hard])
    assert without.lowest_pillar_completeness.tolist() == [0, 0]
