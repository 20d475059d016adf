"""Tables for choosing clusters and for what developing them takes, all in LOCUS_HOME/selection."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from locus_pipeline.user_tables.cells import (
    Code,
    Flag,
    Number,
    OptionalText,
    OptionalWhole,
    SmallCode,
    SurveyYear,
    Text,
)
from locus_pipeline.user_tables.table import (
    Fault,
    Row,
    Rows,
    UserTable,
    one_of,
    reference_column,
)

LENSES = ("growth", "pro_poor")
STATES = reference_column("states", "state_code")
RULES = tuple(rule for rule in reference_column("contribution_rules", "rule"))
SIZES = reference_column("plan_sizes", "size")
PAYERS = ("stakeholders", "implementing_agency", "support_institutions", "other_sources")
OWN_PAYERS = ("by_rule", *PAYERS)
LARGEST_WEIGHT = 1000
# The line of a person in Rs a month, and a cost in Rs lakh: beyond lies a misplaced point.
LOWEST_LINE, HIGHEST_LINE, HIGHEST_COST = 10, 100_000, 1_000_000
YEARS = 5

Lens = Annotated[Literal["growth", "pro_poor"], SmallCode]


class SelectionWeight(Row):
    """The weight of a criterion; a lens that the file names has these weights alone."""

    lens: Lens = Field(description=f"one of {', '.join(LENSES)}")
    criterion: Annotated[str, SmallCode] = Field(
        min_length=1, description="a criterion of the lens, as in selection_weights"
    )
    weight: Annotated[float, Number] = Field(
        le=LARGEST_WEIGHT,
        description=f"a number from 0 to {LARGEST_WEIGHT} like 1.5; 0 leaves the criterion out",
    )
    source: Annotated[str, Text] = Field(min_length=1, description="who decided it")


def _weights_of_a_lens(rows: Rows) -> Iterator[Fault]:
    """All criteria of the lens and no others, not all of them 0."""
    criteria: dict[str, list[str]] = {}
    lenses, names = (reference_column("selection_weights", n) for n in ("lens", "criterion"))
    for lens, criterion in zip(lenses, names, strict=True):
        criteria.setdefault(lens, []).append(criterion)
    for line, row in rows:
        if row.criterion not in criteria[row.lens]:
            yield (
                line, "criterion",
                f"no criterion of lens {row.lens}; give one of {', '.join(criteria[row.lens])}",
            )  # fmt: skip
    for lens in dict.fromkeys(row.lens for _, row in rows):
        of_lens = [(line, row) for line, row in rows if row.lens == lens]
        first = of_lens[0][0]
        missing = [one for one in criteria[lens] if one not in {r.criterion for _, r in of_lens}]
        if missing:
            yield (
                first, "criterion",
                f"lens {lens} is here without {', '.join(missing)}; add a line for each, with "
                "weight 0 to leave it out",
            )  # fmt: skip
        if not any(row.weight for _, row in of_lens):
            yield first, "weight", f"all weights of lens {lens} are 0; give one that is more"


class SelectionQuota(Row):
    """A bound of the list; a lens that the file names has these bounds alone."""

    lens: Lens = Field(description=f"one of {', '.join(LENSES)}")
    kind: Annotated[Literal["list", "sector", "backward_area"], SmallCode] = Field(
        description="list (its length), sector or backward_area"
    )
    code: Annotated[str | None, OptionalText] = Field(
        description="the code of a sector, or nothing for each sector"
    )
    at_least: Annotated[int | None, OptionalWhole] = Field(
        description="a whole number of clusters, or nothing"
    )
    at_most: Annotated[int | None, OptionalWhole] = Field(
        description="a whole number of clusters, or nothing"
    )
    source: Annotated[str, Text] = Field(min_length=1, description="who decided it")


def _quotas_can_be_kept(rows: Rows) -> Iterator[Fault]:
    lengths: dict[str, int] = {}
    for line, row in rows:
        if row.kind == "list":
            if not row.at_most:
                yield line, "at_most", "a list needs its length; give 1 or more"
            if row.at_least is not None:
                yield line, "at_least", "the length stands in at_most; leave this empty"
            lengths[row.lens] = row.at_most or 0
        elif row.at_least is None and row.at_most is None:
            yield line, "at_least", "a quota without a bound; give at_least, at_most or both"
        if row.kind != "sector" and row.code:
            yield line, "code", f"{row.kind} has no code; leave it empty"
        if row.at_least is not None and row.at_most is not None and row.at_least > row.at_most:
            yield line, "at_most", "less than at_least; give the bounds in their order"
    least: dict[tuple[str, str], int] = {}
    for line, row in rows:
        if row.lens not in lengths:
            lengths[row.lens] = 0  # once for a lens
            yield line, "kind", f"lens {row.lens} has no line of kind list; add its length"
        elif row.kind != "list":
            kind = (row.lens, row.kind)
            least[kind] = least.get(kind, 0) + (row.at_least or 0)
            if least[kind] > lengths[row.lens] > 0:
                yield (
                    line, "at_least",
                    f"the {row.kind} quotas ask for {least[kind]} clusters, the list has "
                    f"{lengths[row.lens]}; lower one, or lengthen the list",
                )  # fmt: skip


class PovertyLine(Row):
    """The poverty line of a person."""

    survey_year: Annotated[str, SurveyYear] = Field(description="a year like 2022-23")
    state_code: Annotated[str, Code, AfterValidator(partial(one_of, ("IN", *STATES)))] = Field(
        description="the two digits of a state, or IN for the country"
    )
    setting: Annotated[Literal["rural", "urban"], SmallCode] = Field(description="rural or urban")
    line: Annotated[float, Number] = Field(
        ge=LOWEST_LINE,
        le=HIGHEST_LINE,
        description=f"Rs a month for one person, from {LOWEST_LINE} to {HIGHEST_LINE}, like 816",
    )
    source: Annotated[str, Text] = Field(min_length=1, description="where it was read")


class PlannedCluster(Row):
    """A cluster whose development is planned."""

    cluster_id: Annotated[str, Code] = Field(
        min_length=1, description="an id, like IN-23-chanderi-handloom-01"
    )
    cluster_name: Annotated[str, Text] = Field(min_length=1, description="the cluster's name")
    state_code: Annotated[str, Code, AfterValidator(partial(one_of, STATES))] = Field(
        description="the two digits of a state"
    )
    rule: Annotated[str, SmallCode, AfterValidator(partial(one_of, RULES))] = Field(
        description=f"who pays: one of {', '.join(RULES)}"
    )
    size: Annotated[str, SmallCode, AfterValidator(partial(one_of, SIZES))] = Field(
        description=f"one of {', '.join(SIZES)}"
    )
    infrastructure: Annotated[bool, Flag] = Field(description="true or false")
    source: Annotated[str, Text] = Field(min_length=1, description="who decided it")


class PlannedCost(Row):
    """A cost line of the user's own for a cluster."""

    cluster_id: Annotated[str, Code] = Field(
        min_length=1, description="the id of a cluster of the plan"
    )
    cost: Annotated[str, Text] = Field(min_length=1, description="what is paid for")
    payer: Annotated[str, SmallCode, AfterValidator(partial(one_of, OWN_PAYERS))] = Field(
        description=f"one of {', '.join(OWN_PAYERS)}"
    )
    low_lakh: Annotated[float, Number] = Field(
        le=HIGHEST_COST, description="an amount in Rs lakh like 12.5"
    )
    high_lakh: Annotated[float, Number] = Field(
        le=HIGHEST_COST, description="an amount in Rs lakh like 20"
    )
    first_year: Annotated[int | None, OptionalWhole] = Field(
        ge=1, le=YEARS, description=f"a year of the plan, 1 to {YEARS}, or nothing for 1"
    )
    last_year: Annotated[int | None, OptionalWhole] = Field(
        ge=1, le=YEARS, description=f"a year of the plan, 1 to {YEARS}, or nothing for {YEARS}"
    )
    source: Annotated[str, Text] = Field(min_length=1, description="where it was read")


def _amounts_in_order(rows: Rows) -> Iterator[Fault]:
    for line, row in rows:
        if row.high_lakh < row.low_lakh:
            yield line, "high_lakh", "less than low_lakh; give the amounts in their order"
        if (row.last_year or YEARS) < (row.first_year or 1):
            yield line, "last_year", "before first_year; give the years in their order"


def _table(
    name: str, row: type[Row], key: tuple[str, ...], description: str,
    together: Callable[[Rows], Iterator[Fault]] = lambda rows: iter(()),
) -> UserTable:  # fmt: skip
    return UserTable(
        f"user_{name}", "selection", f"{name.removeprefix('selection_')}.csv", row, key,
        description, together,
    )  # fmt: skip


WEIGHTS = _table(
    "selection_weights", SelectionWeight, ("lens", "criterion"),
    "The user's weights of the criteria of selection, read instead of ours lens by lens.",
    _weights_of_a_lens,
)  # fmt: skip
QUOTAS = _table(
    "selection_quotas", SelectionQuota, ("lens", "kind", "code"),
    "The user's quotas of the list of selected clusters, read instead of ours lens by lens.",
    _quotas_can_be_kept,
)  # fmt: skip
POVERTY_LINES = _table(
    "poverty_lines", PovertyLine, ("survey_year", "state_code", "setting"),
    "The user's poverty lines, read before those of the source of 1999-2000.",
)  # fmt: skip
PLAN = _table(
    "plan", PlannedCluster, ("cluster_id",),
    "The user's list of clusters to plan for, read instead of those that are selected.",
)  # fmt: skip
PLAN_COSTS = _table(
    "plan_costs", PlannedCost, ("cluster_id", "cost"),
    "The user's own cost lines of planned clusters.", _amounts_in_order,
)  # fmt: skip
SELECTION_TABLES = (WEIGHTS, QUOTAS, POVERTY_LINES, PLAN, PLAN_COSTS)
