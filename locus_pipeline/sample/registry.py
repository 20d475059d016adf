"""Sheets of the registry for synthetic rounds: organisations, documents, stages, steps of clusters,
all invented. Ticks and members are those of the association's own answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from locus_pipeline.reference import reference_rows
from locus_pipeline.rounds.items import REGISTRY_SHEETS, SIZE_CLASSES, TICKED, load_items
from locus_pipeline.rounds.templates import write_workbook

# Of a trade: production steps, suppliers, services and buyers.
CHAINS = {
    "handloom": ("warping", "weaving", "yarn suppliers", "design service", "cloth dealers"),
    "leather": ("tanning", "stitching", "chemical suppliers", "effluent treatment", "exporters"),
    "foundry": (
        "moulding",
        "casting",
        "scrap dealers",
        "testing service",
        "pump buyers",
    ),
    "engineering": ("machining", "assembly", "steel suppliers", "tool repair", "vehicle buyers"),
    "food": ("grading", "packing", "produce traders", "cold storage", "retail buyers"),
    "garments": ("knitting", "stitching", "yarn suppliers", "testing service", "export buyers"),
    "handicraft": ("carving", "finishing", "material suppliers", "design service", "retail buyers"),
}
KINDS = ("production", "production", "supplier", "service", "buyer")
ORGANISATIONS = (
    ("academic", "Invented Institute of Technology", "technology"),
    ("technology_house", "Invented Technology Centre", "technology"),
    ("export_council", "Invented Export Promotion Council", "export"),
    ("ngo", "Invented Foundation for Clusters", "social"),
    ("bank", "Invented Bank", "finance"),
    ("testing_laboratory", "Invented Testing Laboratory", "testing"),
    ("supplier", "Invented Materials Limited", "raw_material"),
)
DOCUMENTS = (
    ("diagnostic_report", "Diagnostic study of {}", "diagnosis;technology"),
    ("impact_assessment", "Impact of the programme in {}", "impact;markets"),
    ("action_plan", "Action plan for {}", "capability;finance"),
    ("case_study", "How {} organised itself", "cluster_management"),
)
LISTS = {"service": "services_offered", "facility": "cfc_services", "cell": "activity_cells"}
WITHOUT_SHEETS = range(7, 60, 9)  # clusters, counted from 0, of which nothing is told
FIRST_STEP_YEAR = 2019


@dataclass(frozen=True)
class Described:
    """A cluster of the sample, with its association's answers and its members by size class."""

    place: int
    cluster_id: str
    name: str
    trade: str
    association: Mapping[str, object]
    members: Mapping[str, int]


def write_sample_registry(path: Path, clusters: Sequence[Described], seed: int) -> None:
    """Write one workbook with all sheets. The same seed writes the same bytes."""
    sheets: dict[str, list[dict[str, object]]] = {sheet: [] for sheet in REGISTRY_SHEETS}
    for cluster in clusters:
        if cluster.place in WITHOUT_SHEETS:
            continue
        rng = np.random.default_rng([seed, cluster.place, 20_000])
        sheets["organisation"] += _organisations(cluster, rng)
        sheets["document"] += _documents(cluster, rng)
        sheets["stage"] += _stages(cluster, rng)
        sheets["milestone"] += _milestones(cluster, rng)
        if cluster.association["association_exists"]:
            sheets["contact"].append(_contact(cluster))
            sheets["activity"].append(_activity(cluster, rng))
    # as it happens in the field: a person where an organisation is asked for
    sheets["organisation"].append(
        {
            "cluster_id": clusters[0].cluster_id, "organisation_kind": "supplier",
            "organisation_name": "Invented Person", "organisation_role": "raw_material",
        }
    )  # fmt: skip
    write_workbook(path, sheets)


def _organisations(cluster: Described, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    for kind, name, role in ORGANISATIONS:
        if rng.random() < 0.6:
            yield {
                "cluster_id": cluster.cluster_id,
                "organisation_kind": kind,
                "organisation_name": name,
                "organisation_role": role,
                "organisation_place": cluster.name.split(" ")[0],
                "organisation_office": "Training department" if kind == "academic" else None,
                "organisation_email": f"info@{kind.replace('_', '-')}.example.org",
            }


def _documents(cluster: Described, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    for kind, title, themes in DOCUMENTS:
        if rng.random() < 0.5:
            yield {
                "cluster_id": cluster.cluster_id,
                "document_kind": kind,
                "document_title": title.format(cluster.name),
                "document_year": int(rng.integers(2010, 2024)),
                "document_agency": "Invented Foundation for Clusters",
                "document_link": f"https://example.org/{cluster.cluster_id.lower()}/{kind}",
                "document_language": "hi" if rng.random() < 0.2 else "en",
                "document_themes": themes,
            }


def _stages(cluster: Described, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    for kind, name in zip(KINDS, CHAINS[cluster.trade], strict=True):
        present = kind == "production" or rng.random() < 0.75
        yield {
            "cluster_id": cluster.cluster_id,
            "stage_name": name,
            "stage_kind": kind,
            "stage_present": int(present),
            "stage_location": str(rng.choice(["inside", "outside", "both"])) if present else -6,
        }


def _milestones(cluster: Described, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    reached = int(rng.integers(0, 10))
    for number, step in enumerate(reference_rows("milestone_steps")[:reached]):
        begun = FIRST_STEP_YEAR + number // 2
        yield {
            "cluster_id": cluster.cluster_id,
            "milestone_step": step["step"],
            "milestone_agency": "Invented Foundation for Clusters",
            "milestone_agent": "Cluster development executive",
            "milestone_started": f"{begun}-04",
            "milestone_completed": f"{begun}-11" if number < reached - 1 else None,
        }


def _contact(cluster: Described) -> dict[str, object]:
    return {
        "cluster_id": cluster.cluster_id,
        "office_address": f"Invented Road, {cluster.name.split(' ')[0]}",
        "office_email": "info@association.example.org",
        **{f"members_{size}": cluster.members[size] for size in SIZE_CLASSES},
    }


def _activity(cluster: Described, rng: np.random.Generator) -> dict[str, object]:
    row: dict[str, object] = {"cluster_id": cluster.cluster_id}
    for prefix, counted in LISTS.items():
        boxes = [i.name for i in load_items("activity") if i.name.startswith(f"{prefix}_")]
        count = int(str(cluster.association[counted]))
        chosen = rng.choice(boxes[:-1], size=count, replace=False) if count else boxes[-1:]
        row |= dict.fromkeys(map(str, chosen), TICKED)
    return row
