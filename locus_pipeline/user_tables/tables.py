"""The tables that a user may keep: place, columns, keys, and what rows must have in common.

A column's description is what a message tells the user to give.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings
from locus_pipeline.user_tables.cells import (
    BaseYear,
    CapitalCode,
    Code,
    CodeList,
    Digits,
    Flag,
    Number,
    OptionalFlag,
    OptionalNumber,
    OptionalText,
    OptionalYear,
    SmallCode,
    SurveyYear,
    Text,
)

# Of a price index with 100 in its base year; beyond lies a misplaced point, or another base.
LOWEST_DEFLATOR, HIGHEST_DEFLATOR = 1, 10_000
TYPES = {str: "VARCHAR", float: "DOUBLE", int: "BIGINT", bool: "BOOLEAN"}


class Row(BaseModel):
    """A row of a table: its columns, and nothing beside them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# line in the file -> row; line, column and what is wrong there
Rows = Sequence[tuple[int, Any]]
Fault = tuple[int, str, str]


@dataclass(frozen=True)
class UserTable:
    """A CSV file of the user: `name` in the warehouse, place below the home, rows and their key.

    `together` yields what is wrong between rows.
    """

    name: str
    folder: str
    file: str
    row: type[Row]
    key: tuple[str, ...]
    description: str
    together: Callable[[Rows], Iterator[Fault]] = lambda rows: iter(())

    def path(self, settings: Settings) -> Path:
        """Where the user puts it."""
        return settings.home / self.folder / self.file

    @property
    def columns(self) -> list[str]:
        """In the order of the header that a message gives."""
        return list(self.row.model_fields)

    @property
    def types(self) -> dict[str, str]:
        """Column -> DuckDB type."""
        return {
            name: next(
                kind for python, kind in TYPES.items() if python in _types_of(field.annotation)
            )
            for name, field in self.row.model_fields.items()
        }

    def what_to_give(self, column: str) -> str:
        """The remedy for a cell of this column."""
        return self.row.model_fields[column].description or ""


def _types_of(annotation: object) -> set[type]:
    options = getattr(annotation, "__args__", (annotation,))
    return {option if isinstance(option, type) else type(option) for option in options}


def reference_column(name: str, column: str) -> tuple[str, ...]:
    """A column of a reference table."""
    return tuple(row[column] for row in reference_rows(name))


def _one_of(allowed: Sequence[str], cell: str) -> str:
    if cell not in allowed:
        raise ValueError
    return cell


def _all_of(allowed: Sequence[str], cells: str) -> str:
    if cells:
        for cell in cells.split(";"):
            _one_of(allowed, cell)
    return cells


def _agree(rows: Rows, shared: str, column: str) -> Iterator[Fault]:
    """Rows with one value of `shared` have one value of `column`."""
    first: dict[object, tuple[int, object]] = {}
    for line, row in rows:
        value = getattr(row, column)
        earlier, there = first.setdefault(getattr(row, shared), (line, value))
        if value != there:
            yield (
                line, column,
                f"differs from line {earlier}, which has the same {shared}; give both the same",
            )  # fmt: skip


class BenchmarkCluster(Row):
    """The cluster of a NAICS industry; an industry without a row belongs to none."""

    naics_version: Annotated[Literal["NAICS-2007", "NAICS-2002"], CapitalCode] = Field(
        description="NAICS-2007 or NAICS-2002"
    )
    naics_code: Annotated[str, Digits] = Field(
        pattern=r"^\d{6}$", description="the 6 digits of an industry"
    )
    cluster_code: Annotated[str, Digits] = Field(
        pattern=r"^[1-9]\d{0,3}$",
        description="the number of the cluster, 1 to 9999, without zeros before it",
    )
    cluster_name: Annotated[str, Text] = Field(min_length=1, description="the cluster's name")
    cluster_type: Annotated[Literal["traded", "local"], SmallCode] = Field(
        description="traded or local"
    )


@cache
def _industries() -> frozenset[tuple[str, str]]:
    """(version, code) of the NAICS industries that the correspondences or our benchmark name."""
    ours = zip(
        reference_column("benchmark_clusters", "naics_version"),
        reference_column("benchmark_clusters", "naics_code"),
        strict=True,
    )
    listed = {"NAICS-2007": "naics_2007_isic_4", "NAICS-2002": "naics_2002_isic_31"}
    return frozenset(ours).union(
        (version, code)
        for version, seed in listed.items()
        for code in reference_column(seed, "naics_code")
    )


def _clusters_are_whole(rows: Rows) -> Iterator[Fault]:
    yield from _agree(rows, "cluster_code", "cluster_name")
    yield from _agree(rows, "cluster_code", "cluster_type")
    # the reviewed decisions find a cluster by its name, and so do readers
    yield from _agree(rows, "cluster_name", "cluster_code")
    for line, row in rows:
        if (row.naics_version, row.naics_code) not in _industries():
            yield line, "naics_code", "no industry of that NAICS version; give one of its list"


class Deflator(Row):
    """The price level of a survey year."""

    survey_year: Annotated[str, SurveyYear] = Field(description="a survey year like 2022-23")
    deflator: Annotated[float, Number] = Field(
        ge=LOWEST_DEFLATOR,
        le=HIGHEST_DEFLATOR,
        description="a price index like 121.3 (base year = 100), with a point and without signs",
    )
    base_year: Annotated[str, BaseYear] = Field(
        description="the base year of the index, like 2011-12 or 2011"
    )
    source: Annotated[str, Text] = Field(min_length=1, description="where it was read")


def _one_base(rows: Rows) -> Iterator[Fault]:
    for line, row in rows:
        if row.base_year != rows[0][1].base_year:
            yield (
                line, "base_year",
                f"differs from line {rows[0][0]}; give all years on one base, or prices of "
                "different years can't be compared",
            )  # fmt: skip


STATUSES = ("recommended", "sanctioned", "running", "completed", "dropped")
GROUPS = (
    "central_government", "state_government", "national_support_institution", "other_institute",
)  # fmt: skip
AREAS = reference_column("support_areas", "area_code")
AGENCY_CODE = r"^[A-Z0-9][A-Z0-9_]{0,39}$"


class ClusterIntervention(Row):
    """What an agency does or did in a named cluster."""

    cluster_id: Annotated[str, Code] = Field(
        min_length=1, description="the id of a named cluster, like IN-23-chanderi-handloom-01"
    )
    agency_code: Annotated[str, Text] = Field(
        pattern=AGENCY_CODE, description="the code of an agency: capitals, digits and _"
    )
    scheme: Annotated[str, Text] = Field(min_length=1, description="the name of the scheme")
    intervention_type: Annotated[
        str,
        CapitalCode,
        AfterValidator(
            partial(_one_of, reference_column("intervention_types", "intervention_type"))
        ),
    ] = Field(description="one of the 15 types, like MB or SL")
    status: Annotated[str, SmallCode, AfterValidator(partial(_one_of, STATUSES))] = Field(
        description=f"one of {', '.join(STATUSES)}"
    )
    first_year: Annotated[int | None, OptionalYear] = Field(
        ge=1900, le=2100, description="a year like 2024, or nothing"
    )
    last_year: Annotated[int | None, OptionalYear] = Field(
        ge=1900, le=2100, description="a year like 2026, or nothing"
    )
    amount_lakh: Annotated[float | None, OptionalNumber] = Field(
        description="an amount in Rs lakh like 12.5, or nothing"
    )
    report_on_file: Annotated[bool | None, OptionalFlag] = Field(
        description="true, false or nothing"
    )
    source: Annotated[str, Text] = Field(min_length=1, description="where it was read")
    is_synthetic: Annotated[bool, Flag] = Field(description="true or false")


def _years_in_order(rows: Rows) -> Iterator[Fault]:
    for line, row in rows:
        if row.first_year and row.last_year and row.last_year < row.first_year:
            yield line, "last_year", "before first_year; give the years in their order"


class SupportAgency(Row):
    """An agency that supports clusters, and its areas of work."""

    agency_code: Annotated[str, Text] = Field(
        pattern=AGENCY_CODE, description="a code of its own: capitals, digits and _"
    )
    agency_name: Annotated[str, Text] = Field(min_length=1, description="the agency's name")
    agency_group: Annotated[str, SmallCode, AfterValidator(partial(_one_of, GROUPS))] = Field(
        description=f"one of {', '.join(GROUPS)}"
    )
    work: Annotated[str | None, OptionalText] = Field(description="its work in short, or nothing")
    area_codes: Annotated[str, CodeList, AfterValidator(partial(_all_of, AREAS))] = Field(
        description=f"areas of {', '.join(AREAS)} joined by semicolons, or nothing"
    )
    source: Annotated[str, Text] = Field(min_length=1, description="where it was read")
    is_synthetic: Annotated[bool, Flag] = Field(description="true or false")


BENCHMARK = UserTable(
    "user_benchmark_clusters", "definitions", "benchmark_clusters.csv", BenchmarkCluster,
    ("naics_version", "naics_code"),
    "The user's own benchmark clusters, read instead of ours where there is a row.",
    _clusters_are_whole,
)  # fmt: skip
DEFLATORS = UserTable(
    "user_deflators", "definitions", "deflators.csv", Deflator, ("survey_year",),
    "The user's price index by survey year, for constant prices.", _one_base,
)  # fmt: skip
INTERVENTIONS = UserTable(
    "user_interventions", "registry", "cluster_interventions.csv", ClusterIntervention,
    tuple(ClusterIntervention.model_fields),
    "The user's list of interventions in named clusters.", _years_in_order,
)  # fmt: skip
AGENCIES = UserTable(
    "user_agencies", "registry", "support_agencies.csv", SupportAgency, ("agency_code",),
    "The user's list of agencies that support clusters.",
)  # fmt: skip
USER_TABLES = (BENCHMARK, DEFLATORS, INTERVENTIONS, AGENCIES)
