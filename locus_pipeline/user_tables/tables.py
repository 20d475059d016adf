"""The tables that a user may keep."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

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
from locus_pipeline.user_tables.selection import SELECTION_TABLES
from locus_pipeline.user_tables.table import (
    Fault,
    Row,
    Rows,
    UserTable,
    agree,
    all_of,
    one_of,
    reference_column,
)

# Of a price index with 100 in its base year; beyond lies a misplaced point, or another base.
LOWEST_DEFLATOR, HIGHEST_DEFLATOR = 1, 10_000


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
    yield from agree(rows, "cluster_code", "cluster_name")
    yield from agree(rows, "cluster_code", "cluster_type")
    # the reviewed decisions find a cluster by its name, and so do readers
    yield from agree(rows, "cluster_name", "cluster_code")
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
            partial(one_of, reference_column("intervention_types", "intervention_type"))
        ),
    ] = Field(description="one of the 15 types, like MB or SL")
    status: Annotated[str, SmallCode, AfterValidator(partial(one_of, STATUSES))] = Field(
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
    agency_group: Annotated[str, SmallCode, AfterValidator(partial(one_of, GROUPS))] = Field(
        description=f"one of {', '.join(GROUPS)}"
    )
    work: Annotated[str | None, OptionalText] = Field(description="its work in short, or nothing")
    area_codes: Annotated[str, CodeList, AfterValidator(partial(all_of, AREAS))] = Field(
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
USER_TABLES = (BENCHMARK, DEFLATORS, INTERVENTIONS, AGENCIES, *SELECTION_TABLES)
