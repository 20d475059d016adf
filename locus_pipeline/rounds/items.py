"""The questions of the FACTS schedules, from the seed facts_items, and the columns of the sheets
of the registry, from the seed registry_items.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from locus_pipeline.reference import reference_path, reference_rows

ITEMS_FILES = tuple(
    reference_path(name) for name in ("facts_items", "registry_items", "office_words")
)
# In this order a round is read: units and associations belong to clusters.
SCHEDULES = ("cluster", "association", "unit")
# What the observatory shows of a cluster beside its figures: a row for each thing, none or many.
REGISTRY_SHEETS = ("contact", "organisation", "document", "stage", "milestone", "activity")
ALL_SHEETS = (*SCHEDULES, *REGISTRY_SHEETS)
# Workbook that is given out -> its sheets.
WORKBOOKS = {
    "cluster": ("cluster", "organisation", "document", "stage", "milestone"),
    "association": ("association", "contact", "activity"),
    "unit": ("unit",),
}
# Columns that tell the rows of a sheet of the registry apart.
KEYS = {
    "contact": ("cluster_id",),
    "organisation": ("cluster_id", "organisation_kind", "organisation_name"),
    "document": ("cluster_id", "document_kind", "document_title", "document_year"),
    "stage": ("cluster_id", "stage_name"),
    "milestone": ("cluster_id", "milestone_step"),
    "activity": ("cluster_id",),
}
# As what an empty schedule is given out.
FORMATS = ("xlsx", "csv")
SIZE_CLASSES = ("micro", "small", "medium", "large")
MISSING_CODES = {
    -9: "not asked",
    -8: "refused",
    -7: "does not know",
    -6: "does not apply",
}
NOT_ASKED, NOT_APPLICABLE = -9, -6
KEY_SECTIONS = ("Identification", "Sample list")
NUMERIC_KINDS = ("number", "integer", "share", "flag", "year", "tick")
# How a tick box is shown, and what people make of one.
TICKED, UNTICKED = "\u2611", "\u2610"
NONE_OF_LIST = "_none"


@dataclass(frozen=True)
class Item:
    """A question; `minimum`, `maximum` and `codes` (code -> label) limit its answers.

    `older_item`: the question of older forms that asked this and others in one; empty for most.
    `counted`: whether it counts in a unit's response.
    """

    schedule: str
    name: str
    section: str
    label: str
    help: str
    kind: str
    unit: str
    minimum: float | None
    maximum: float | None
    codes: dict[str, str]
    required: bool
    older_item: str = ""
    counted: bool = True
    label_hi: str = ""

    @property
    def is_key(self) -> bool:
        """Whether a row is useless without an answer: no missing code is taken."""
        return self.required and self.section in KEY_SECTIONS

    @property
    def is_needed(self) -> bool:
        """Whether a sheet without this column can't be used: who deletes a tick box says nothing
        of it."""
        return self.required or self.kind == "tick"

    @property
    def is_numeric(self) -> bool:
        """Whether the answer is a number; otherwise it is text."""
        return self.kind in NUMERIC_KINDS


@cache
def load_items(schedule: str) -> tuple[Item, ...]:
    """The questions of a schedule or the columns of a sheet of the registry, in their order."""
    seed = "registry_items" if schedule in REGISTRY_SHEETS else "facts_items"
    rows = [row for row in reference_rows(seed) if row["schedule"] == schedule]
    return tuple(_item(row) for row in sorted(rows, key=lambda row: int(row["position"])))


def asked_in(schedule: str) -> tuple[Item, ...]:
    """The questions that a form has today: all but those of older forms."""
    older = asked_before(schedule)
    return tuple(item for item in load_items(schedule) if item.name not in older)


def asked_before(schedule: str) -> dict[str, list[str]]:
    """Questions of older forms, each with the questions that took its place."""
    apart: dict[str, list[str]] = {}
    for item in load_items(schedule):
        if item.older_item:
            apart.setdefault(item.older_item, []).append(item.name)
    return apart


def absent(schedule: str, names: Collection[str]) -> list[str]:
    """Required questions that are not among the names, and no question of older forms for them."""
    return [
        item.name
        for item in load_items(schedule)
        if item.is_needed and item.name not in names and item.older_item not in names
    ]


def document_kinds() -> tuple[str, ...]:
    """Kinds of documents that the sheet of documents takes."""
    return tuple(
        code
        for item in load_items("document")
        if item.name == "document_kind"
        for code in item.codes
    )


def _item(row: dict[str, str]) -> Item:
    pairs = [pair.split("=", 1) for pair in row["codes"].split(";") if pair]
    return Item(
        schedule=row["schedule"],
        name=row["item"],
        section=row["section"],
        label=row["label"],
        help=row["help"],
        kind=row["value_kind"],
        unit=row["unit"],
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        codes=dict(pairs),
        required=row["required"] == "true",
        older_item=row.get("older_item", ""),
        counted=row.get("counted", "true") == "true",
        label_hi=row.get("label_hi", ""),
    )
