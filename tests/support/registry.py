"""Rows of the sheets of the registry in which nothing is wrong, for tests to break."""

from pathlib import Path

import yaml

from locus_pipeline.rounds.items import TICKED
from locus_pipeline.rounds.round import ROUND_FILE
from locus_pipeline.rounds.templates import write_schedule, write_workbook
from tests.support.rounds import CLUSTER_ID, FACTS, association_row, cluster_row

SOUND: dict[str, dict[str, object]] = {
    "contact": {
        "cluster_id": CLUSTER_ID, "office_address": "12 Mill Road, Tiruppur", "office_pin": 641601,
        "office_phone": "0421-2232650", "office_email": "secretary@knitwear.example.org",
        "office_website": "https://knitwear.example.org", "members_micro": 40, "members_small": 10,
        "members_medium": 0, "members_large": 0,
    },
    "organisation": {
        "cluster_id": CLUSTER_ID, "organisation_kind": "academic",
        "organisation_name": "National Institute of Fashion Technology",
        "organisation_role": "training", "organisation_office": "Training department",
    },
    "document": {
        "cluster_id": CLUSTER_ID, "document_kind": "diagnostic_report",
        "document_title": "Diagnostic study of Tiruppur knitwear", "document_year": 2019,
        "document_agency": "Foundation for MSME Clusters",
        "document_link": "https://example.org/tiruppur.pdf", "document_language": "en",
        "document_themes": "technology; Finance",
    },
    "stage": {
        "cluster_id": CLUSTER_ID, "stage_name": "dyeing", "stage_kind": "production",
        "stage_present": 1, "stage_location": "inside",
    },
    "milestone": {
        "cluster_id": CLUSTER_ID, "milestone_step": "diagnostic_study",
        "milestone_agency": "District Industries Centre", "milestone_agent": "Deputy Director",
        "milestone_started": "2024-04", "milestone_completed": "2024-11-30",
    },
    "activity": {
        "cluster_id": CLUSTER_ID, "service_fairs": TICKED, "service_training": TICKED,
        "cell_mr": "x",
    },
}  # fmt: skip


def sheet_row(sheet: str, **changes: object) -> dict[str, object]:
    """A row that is taken, but for the changes."""
    return SOUND[sheet] | changes


def write_registry_round(
    folder: Path, sheets: dict[str, list[dict[str, object]]], suffix: str = "xlsx", **facts: object
) -> Path:
    """A round of one cluster with its association and these sheets, in one workbook or as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ROUND_FILE).write_text(yaml.safe_dump(FACTS | facts))
    write_schedule(folder / "cluster.csv", "cluster", [cluster_row()])
    write_schedule(folder / "association.csv", "association", [association_row(
        services_offered=2, cfc_services=0, activity_cells=1,
    )])  # fmt: skip
    if suffix == "xlsx" and sheets:
        write_workbook(folder / "registry.xlsx", sheets)
    else:
        for sheet, rows in sheets.items():
            write_schedule(folder / f"{sheet}.csv", sheet, rows)
    return folder
