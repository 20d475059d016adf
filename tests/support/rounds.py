"""A small FACTS round in which nothing is wrong, for tests to break."""

from pathlib import Path

import yaml

from locus_pipeline.rounds.intake import Intake, read_forms, take_in
from locus_pipeline.rounds.items import load_items
from locus_pipeline.rounds.round import ROUND_FILE, open_round
from locus_pipeline.rounds.templates import write_schedule

SALT = b"a salt for tests only"
CLUSTER_ID = "IN-33-tiruppur-knitwear-01"
FACTS = {
    "title": "Pilot",
    "period": "2025-26",
    "agency": "An agency",
    "controller": "A controller",
    "collection_mode": "fresh_facts",
    "collected_from": "2026-04-15",
    "collected_to": "2026-07-31",
    "is_synthetic": True,
}
UNIT = {
    "cluster_id": CLUSTER_ID, "consent": 1, "reference_year": 2026, "size_class": "micro",
    "association_member": 1, "reliability": "A", "legal_form": "company", "year_started": 2001,
    "months_worked": 12, "days_worked": 300, "product_code_1": "2612301", "product_share_1": 0.8,
    "sales": 9_700_000, "exports": 1_000_000, "output": 10_000_000,
    "output_previous_year": 9_000_000, "input": 6_000_000, "gross_value_added": 4_000_000,
    "materials": 4_000_000, "materials_imported": 100_000, "fixed_capital": 2_000_000,
    "plant_gross": 1_500_000, "plant_depreciation": 500_000, "loans_opening": 800_000,
    "loans_closing": 700_000, "loans_guaranteed": 100_000, "interest": 80_000,
    "persons": 20, "women": 8, "direct_workers": 10, "direct_workers_women": 4,
    "contract_workers": 4, "contract_workers_women": 2, "salaried_staff": 4,
    "salaried_staff_women": 2, "family_workers": 2, "family_workers_women": 0,
    "persons_sc": 3, "persons_st": 1, "persons_minority": 2, "persons_bpl": 3,
    "persons_certified": 4,
    "wages": 2_400_000, "wages_direct_workers": 1_200_000, "wages_contract_workers": 400_000,
    "wages_salaried_staff": 800_000, "water_enough": -6,
}  # fmt: skip
CLUSTER = {
    "cluster_id": CLUSTER_ID, "cluster_name": "Tiruppur knitwear", "product": "Knitwear",
    "place": "Tiruppur", "state_code": "33", "districts": "Tiruppur", "reference_year": 2026,
    "respondent": "several", "cluster_type": "industrial", "nic_codes": "14101=0.7;13911=0.3",
    "units_functioning": 100, "units_registered": 80, "units_started": 10,
    "frame_micro_members": 40, "frame_micro_others": 30, "frame_small_members": 10,
    "frame_small_others": 10, "stages_present": 5, "stages_standard": 8, "plots": 100,
    "plots_vacant": 20, "effluent_generated": 50, "effluent_treated": 30, "persons_estimate": 1500,
    "cluster_gva": 5000, "district_gva": 90000,
}  # fmt: skip
ASSOCIATION = {
    "cluster_id": CLUSTER_ID, "reference_year": 2026, "association_exists": 1,
    "association_name": "Knitwear association", "year_registered": 1990, "units_in_cluster": 100,
    "members": 50, "board_seats": 11, "board_seats_inclusive": 3, "income": 40, "income_own": 15,
    "cfc_hours_available": 2000, "cfc_hours_used": 900, "development_spend": 60,
    "development_spend_stakeholders": 20, "scheme_sanctioned": 100, "scheme_spent": 80,
}  # fmt: skip


def unit_row(number: int = 1, **changes: object) -> dict[str, object]:
    """A unit's answers without an error or a contradiction, but for the changes."""
    row = {"unit_id": f"UDYAM-TN-33-{number:07d}"}
    return _filled("unit", UNIT) | row | changes


def cluster_row(**changes: object) -> dict[str, object]:
    return _filled("cluster", CLUSTER) | changes


def association_row(**changes: object) -> dict[str, object]:
    return _filled("association", ASSOCIATION) | changes


def _filled(schedule: str, answers: dict[str, object]) -> dict[str, object]:
    """Questions that the test doesn't care about get the least answer that is allowed."""
    return {
        item.name: answers.get(item.name, item.minimum or 0)
        for item in load_items(schedule)
        if item.name in answers or (item.required and item.is_numeric)
    }


def write_round(
    folder: Path,
    units: list[dict],
    clusters: list[dict] | None = None,
    associations: list[dict] | None = None,
    suffix: str = "csv",
    **facts: object,
) -> Path:
    """A round's folder with one file for each schedule."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ROUND_FILE).write_text(yaml.safe_dump(FACTS | facts))
    write_schedule(folder / f"unit.{suffix}", "unit", units)
    write_schedule(
        folder / f"cluster.{suffix}", "cluster", [cluster_row()] if clusters is None else clusters
    )
    write_schedule(
        folder / f"association.{suffix}",
        "association",
        [association_row()] if associations is None else associations,
    )
    return folder


def taken_in(folder: Path, withdrawn: frozenset[str] = frozenset()) -> Intake:
    facts_round = open_round(folder)
    return take_in(facts_round, read_forms(facts_round), SALT, withdrawn)
