"""Rows of the tables of selection and plan that are as they should be, as texts of cells."""

from locus_pipeline.reference import reference_rows
from locus_pipeline.user_tables.selection import PLAN, PLAN_COSTS, POVERTY_LINES, QUOTAS, WEIGHTS

WEIGHT_ROWS = [
    {
        "lens": row["lens"], "criterion": row["criterion"], "weight": "1.5",
        "source": "Steering committee",
    }
    for row in reference_rows("selection_weights")
    if row["lens"] == "growth"
]  # fmt: skip
LIST = {
    "lens": "growth", "kind": "list", "code": "", "at_least": "", "at_most": "12",
    "source": "Steering committee",
}  # fmt: skip
QUOTA = LIST | {"kind": "sector", "at_most": "2"}
LINE = {
    "survey_year": "2011-12", "state_code": "IN", "setting": "rural", "line": "816",
    "source": "Planning Commission, 2013",
}  # fmt: skip
PLANNED = {
    "cluster_id": "IN-23-chanderi-handloom-01", "cluster_name": "Handloom of Chanderi",
    "state_code": "23", "rule": "unorganised_supported", "size": "large",
    "infrastructure": "true", "source": "Steering committee",
}  # fmt: skip
COST = {
    "cluster_id": "IN-23-chanderi-handloom-01", "cost": "Dye house", "payer": "by_rule",
    "low_lakh": "12.5", "high_lakh": "20", "first_year": "2", "last_year": "",
    "source": "Project report",
}  # fmt: skip
ROWS_OF_SELECTION = {
    WEIGHTS.name: WEIGHT_ROWS,
    QUOTAS.name: [LIST, QUOTA, QUOTA | {"kind": "backward_area", "at_least": "3", "at_most": ""}],
    POVERTY_LINES.name: [LINE, LINE | {"state_code": "23", "setting": "urban", "line": "897.5"}],
    PLAN.name: [
        PLANNED,
        PLANNED | {"cluster_id": "X-2", "rule": "industrial", "infrastructure": "false"},
    ],
    PLAN_COSTS.name: [
        COST, COST | {"cost": "Fair", "payer": "other_sources", "first_year": ""},
    ],
}  # fmt: skip
