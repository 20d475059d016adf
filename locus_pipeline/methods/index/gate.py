"""The gate: which named clusters take part in the index, and which indicators an edition keeps.

That only organised clusters with reliable member data take part is the report's rule (Planning
Commission, Productivity of industrial clusters, 2012, section 5.3); the numbers are a proposal,
some after the profile validation of the European Cluster Collaboration Platform (15 members, 0.5
full-time equivalents) and the Joint Research Centre (65 % of the indicators)."""

import numpy as np
import pandas as pd

from locus_pipeline.methods.index.framework import Framework, Rules
from locus_pipeline.methods.index.tables import KEYS, TABLES, table

# What is asked of a named cluster in a round; NaN or None where it isn't known.
CLUSTERS = {
    **KEYS,
    "association_registered": "boolean",
    "association_years": "float64",
    "agm_held": "boolean",
    "members": "float64",
    "staff": "float64",
    "manager_named": "boolean",
    "units": "float64",
    "reliability_grade": "str",
    "consent": "boolean",
    "units_answered": "float64",
    "completeness": "float64",
    "lowest_pillar": "str",
    "lowest_pillar_completeness": "float64",
    "round_months": "float64",
    "collection_mode": "str",
    "index_agency_controls": "boolean",
}
RELIABLE_GRADES = ("A", "B")


def eligibility(clusters: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """One row for each named cluster considered: eligible, failed_gates ("G1;G3"), missing (what is
    missing, in plain words).

    `clusters` has the columns CLUSTERS. What isn't known fails its gate, which asks for evidence.
    """
    frame = clusters.reset_index(drop=True)
    unknown = frame[list(CLUSTERS)].isna()
    share = frame.members / frame.units
    lowest = frame.lowest_pillar.fillna("")
    # gate, whether passed, columns that must be known, what is missing
    conditions = [
        ("G1", _yes(frame.association_registered), ["association_registered"],
         "a registered association"),
        ("G1", frame.association_years >= rules.gate_association_years, ["association_years"],
         f"an association registered for {rules.gate_association_years:g} year(s) or more"),
        ("G1", _yes(frame.agm_held), ["agm_held"], "a general meeting held in the year"),
        ("G1", frame.members >= rules.gate_association_members, ["members"],
         f"{rules.gate_association_members:g} members or more"),
        ("G1", (frame.staff >= rules.gate_association_staff) | _yes(frame.manager_named),
         ["staff", "manager_named"],
         f"a named manager or staff of {rules.gate_association_staff:g} full-time equivalents"),
        ("G2", share >= rules.gate_member_share, ["members", "units"],
         f"members that are {rules.gate_member_share:.0%} of the units or more"),
        ("G3", frame.reliability_grade.isin(RELIABLE_GRADES), ["reliability_grade"],
         "data of reliability grade A or B"),
        ("G4", _yes(frame.consent), ["consent"], "a signed data-sharing agreement"),
        ("G5", (frame.units_answered >= rules.gate_sampled_units)
         | (frame.units_answered >= frame.units), ["units_answered"],
         f"answers of {rules.gate_sampled_units:g} units, or of all"),
        ("G6", frame.completeness >= rules.gate_completeness, ["completeness"],
         f"values for {rules.gate_completeness:.0%} of the indicators"),
        ("G6", frame.lowest_pillar_completeness >= rules.gate_pillar_completeness,
         ["lowest_pillar_completeness"],
         "values for " + f"{rules.gate_pillar_completeness:.0%} of the indicators of "
         + lowest.where(lowest != "", "each pillar")),
        ("G7", frame.round_months <= rules.gate_round_months, ["round_months"],
         f"a round at most {rules.gate_round_months:g} months old"),
        ("G7", (frame.collection_mode == "fresh_facts") & _yes(frame.index_agency_controls),
         ["collection_mode", "index_agency_controls"],
         "a fresh FACTS round under the control of the index agency"),
    ]  # fmt: skip
    gates: list[list[str]] = [[] for _ in range(len(frame))]
    lacking: list[list[str]] = [[] for _ in range(len(frame))]
    for gate, passed, columns, words in conditions:
        words = np.broadcast_to(np.asarray(words, dtype=object), len(frame))
        not_known = unknown[columns].all(axis=1)
        for at in np.flatnonzero(~passed.fillna(False).to_numpy(bool)):
            if gate not in gates[at]:
                gates[at].append(gate)
            lacking[at].append(words[at] + (" (not known)" if not_known[at] else ""))
    return table(
        "eligibility",
        frame[list(KEYS)].assign(
            eligible=[not failed for failed in gates],
            failed_gates=[";".join(failed) for failed in gates],
            missing=["; ".join(items) for items in lacking],
        ),
    )


def _yes(answers: pd.Series) -> pd.Series:
    return answers.astype("boolean").fillna(False)


def completeness(values: pd.DataFrame, framework: Framework, codes: list[str]) -> pd.DataFrame:
    """Share of the indicators `codes` with a value, for each object (index object_id).

    `values`: objects by indicators of one period. Gives completeness, lowest_pillar and
    lowest_pillar_completeness; a pillar of the framework without any of `codes` counts 0.
    """
    known = values.reindex(columns=codes).notna()
    pillars = framework.indicators.pillar
    shares = pd.DataFrame(
        {
            pillar: known[[code for code in codes if pillars[code] == pillar]].mean(axis=1)
            for pillar in pillars.unique()
        },
        index=known.index,
    ).fillna(0.0)
    return pd.DataFrame(
        {
            "completeness": known.mean(axis=1).fillna(0.0),
            "lowest_pillar": shares.idxmin(axis=1),
            "lowest_pillar_completeness": shares.min(axis=1),
        }
    )


def screen(values: pd.DataFrame, framework: Framework, rules: Rules) -> pd.DataFrame:
    """Which indicators one period keeps: parameter_code, pillar, kept, missing_share,
    largest_share (of the most frequent value among those known), reason.

    `values`: eligible objects by indicators. Reasons: `missing`, `one_value`, `no_variance`. What
    their errors say comes with `noise.measure`.
    """
    frame = values.reindex(columns=framework.indicators.index)
    missing = frame.isna().mean().fillna(1.0)
    largest = frame.apply(lambda column: column.value_counts(normalize=True).max())
    reason = np.select(
        [missing > rules.screen_missing, frame.nunique() < 2, largest > rules.screen_largest],
        ["missing", "no_variance", "one_value"],
        "",
    )
    return pd.DataFrame(
        {
            "parameter_code": frame.columns,
            "pillar": framework.indicators.pillar.to_numpy(),
            "kept": reason == "",
            "missing_share": missing.to_numpy(),
            "largest_share": largest.to_numpy(float),
            "relative_range": np.nan,
            "reliability": np.nan,
            "reason": reason,
        },
        columns=[name for name in TABLES["screening"] if name != "period"],
    )
