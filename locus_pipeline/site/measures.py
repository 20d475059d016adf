"""Which measures the pages show, their words, and their figures in a row of a published table."""

from dataclasses import dataclass

from locus_pipeline.site.contents import Figure
from locus_pipeline.site.tables import Row


@dataclass(frozen=True)
class Measure:
    """A total or an indicator: its column, words and kind of figure (figures.py)."""

    name: str
    label: str
    kind: str
    is_total: bool
    has_flag: bool

    @property
    def columns(self) -> list[str]:
        """What a query must select for `figure_of`."""
        value = f"{self.name}_estimated" if self.is_total else self.name
        flags = [f"{self.name}_flag"] if self.has_flag else []
        return [value, f"{self.name}_lower", f"{self.name}_upper", *flags]


def _totals(*measures: tuple[str, str, str]) -> tuple[Measure, ...]:
    return tuple(Measure(*measure, is_total=True, has_flag=True) for measure in measures)


def _indicators(*measures: tuple[str, str, str], has_flag: bool) -> tuple[Measure, ...]:
    return tuple(Measure(*measure, is_total=False, has_flag=has_flag) for measure in measures)


TOTALS = _totals(
    ("units", "Factories", "count"),
    ("total_employees", "Persons engaged", "count"),
    ("total_employee_wages", "Wages", "money"),
    ("total_output", "Output", "money"),
    ("gross_value_added", "Value added", "money"),
    ("fixed_capital", "Fixed capital", "money"),
)
SPECIALISATION = _indicators(
    ("lq_employment", "Location quotient of employment", "ratio"),
    ("share_of_cluster_employment", "Share of the cluster's employment in India", "share"),
    ("share_of_state_employment", "Share of the state's factory employment", "share"),
    has_flag=False,
)
RATIOS = _indicators(
    ("labour_productivity", "Value added for each person", "money"),
    ("wage_per_employee", "Wages for each person", "money"),
    ("skill_share", "Skilled workers among all persons", "share"),
    ("capital_intensity", "Fixed capital for each person", "money"),
    ("contract_share", "Contract workers among production workers", "share"),
    ("average_size", "Persons in each factory", "ratio"),
    has_flag=True,
)
EMPLOYMENT = TOTALS[1]

# Why a value is not there, as a person says it; other reasons read as they are written.
REASONS = {
    "suppressed_primary": "hidden: too few factories",
    "suppressed_secondary": "hidden: it would tell another hidden figure",
    "block_not_in_release": "not in this year's release",
    "not_collected_this_year": "not collected this year",
    "no_units": "no factory in the sample",
    "no_units_in_base_year": "no factory in the earlier sample",
    "zero_denominator": "nothing to divide by",
    "unreliable": "too uncertain to show",
    "not_estimable": "the error can't be estimated",
    "exact": "equal",
    "within_1_pct": "within 1 %",
    "within_5_pct": "within 5 %",
    "over_5_pct": "more than 5 % apart",
    "definition_break": "not comparable over a change of definitions",
}


def figure_of(row: Row, measure: Measure) -> Figure:
    """The measure's figure in a row."""
    value, low, high, *flag = measure.columns
    return Figure(
        value=row[value],
        kind=measure.kind,
        low=row[low],
        high=row[high],
        flag=(row[flag[0]] or "") if flag and row[value] is not None else "",
        is_estimate=True,
        reason="" if row[value] is not None else reason_of(row, measure.name),
    )


def reason_of(row: Row, measure: str) -> str:
    """Why a row has no value of a measure: its own reason, or that of the whole row."""
    given = "; ".join(
        row[column] for column in ("null_reason", "indicator_null_reason") if row.get(column)
    )
    by_measure = dict(part.split(": ", 1) for part in given.split("; ") if ": " in part)
    return in_words(
        by_measure.get(measure) or by_measure.get("all") or (given if not by_measure else "")
    )


def in_words(reason: str | None) -> str:
    """A reason or verdict of a table as a person says it."""
    return REASONS.get(reason or "", (reason or "").replace("_", " "))
