"""The user's tables of the registry: interventions in named clusters and more support agencies.

Both are optional CSV files in LOCUS_HOME/registry, checked before dbt reads them. Named clusters
and their associations come from survey rounds and have no file here.
"""

import csv
import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from locus_pipeline.errors import LocusError
from locus_pipeline.settings import CHECKOUT, Settings

AGENCY_GROUPS = [
    "central_government",
    "state_government",
    "national_support_institution",
    "other_institute",
]
STATUSES = ["recommended", "sanctioned", "running", "completed", "dropped"]


class RegistryError(LocusError):
    """A table of the registry that can't be used: names file, row and column, and what to do."""


@dataclass(frozen=True)
class RegistryTable:
    """A CSV file of the registry: the variable that names it to dbt, and its columns."""

    file: str
    variable: str
    schema: pa.DataFrameSchema

    def path(self, settings: Settings) -> Path:
        """Where the user puts it."""
        return settings.registry / self.file


def _text(what: str, pattern: str | None = None, values: list[str] | None = None, **options):
    checks = [pa.Check.str_matches(pattern, error=what)] if pattern else []
    checks += [pa.Check.isin(values, error=what)] if values else []
    return pa.Column(str, checks, nullable=False, title=what, **options)


def _seed_codes(seed: str, column: str) -> list[str]:
    with (CHECKOUT / "seeds" / "registry" / f"{seed}.csv").open(newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


FLAG = ["true", "false"]
AREAS = "|".join(_seed_codes("support_areas", "area_code"))
CODE = r"^[A-Z0-9][A-Z0-9_]{0,39}\Z"

INTERVENTIONS = RegistryTable(
    "cluster_interventions.csv",
    "LOCUS_REGISTRY_INTERVENTIONS",
    pa.DataFrameSchema(
        {
            "cluster_id": _text(
                "the id of a named cluster, like IN-23-chanderi-handloom-01", r"\S"
            ),
            "agency_code": _text("the code of an agency: capitals, digits and _", CODE),
            "scheme": _text("the name of the scheme", r"\S"),
            "intervention_type": _text(
                "one of the 15 types, like MB or SL",
                values=_seed_codes("intervention_types", "intervention_type"),
            ),
            "status": _text(f"one of {', '.join(STATUSES)}", values=STATUSES),
            "first_year": _text("a year like 2024, or nothing", r"^([12]\d{3})?\Z"),
            "last_year": _text("a year like 2026, or nothing", r"^([12]\d{3})?\Z"),
            "amount_lakh": _text(
                "an amount in Rs lakh like 12.5, or nothing", r"^(\d+(\.\d+)?)?\Z"
            ),
            "report_on_file": _text("true, false or nothing", values=[*FLAG, ""]),
            "source": _text("where it was read", r"\S"),
            "is_synthetic": _text("true or false", values=FLAG),
        },
        strict=True,
    ),
)
AGENCIES = RegistryTable(
    "support_agencies.csv",
    "LOCUS_REGISTRY_AGENCIES",
    pa.DataFrameSchema(
        {
            "agency_code": _text("a code of its own: capitals, digits and _", CODE, unique=True),
            "agency_name": _text("the name of the agency", r"\S"),
            "agency_group": _text(f"one of {', '.join(AGENCY_GROUPS)}", values=AGENCY_GROUPS),
            "work": _text("its work in short, or nothing"),
            "area_codes": _text(
                f"areas of {AREAS.replace('|', ', ')} joined by semicolons, or nothing",
                rf"^(({AREAS})(;({AREAS}))*)?\Z",
            ),
            "source": _text("where it was read", r"\S"),
            "is_synthetic": _text("true or false", values=FLAG),
        },
        strict=True,
    ),
)
TABLES = (INTERVENTIONS, AGENCIES)


def registry_environment(settings: Settings) -> dict[str, str]:
    """The variables that name the tables to dbt; empty where the user keeps none."""
    return {
        table.variable: str(table.path(settings)) if table.path(settings).is_file() else ""
        for table in TABLES
    }


def registry_fingerprint(settings: Settings) -> str:
    """Hash over the tables that are there: what an edition is made of, beside its other inputs."""
    paths = [table.path(settings) for table in TABLES]
    return "".join(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()
    )


def check_registry(settings: Settings) -> None:
    """Read the tables that are there; nothing is kept.

    Raises RegistryError with everything that is wrong in all of them.
    """
    problems, tables = [], {}
    for table in TABLES:
        path = table.path(settings)
        if not path.is_file():
            continue
        try:
            tables[table.file] = _read(path)
            table.schema.validate(tables[table.file], lazy=True)
        except UnicodeDecodeError:
            problems.append(f"{path}: not UTF-8 text; save it as CSV UTF-8")
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            problems.append(f"{path}: not a CSV table ({error}); save it as CSV with one header")
        except pd.errors.EmptyDataError:
            problems.append(f"{path}: empty; give it the header {','.join(table.schema.columns)}")
        except pa.errors.SchemaErrors as error:
            problems += _problems(path, table.schema, error.failure_cases)
    if not problems and INTERVENTIONS.file in tables:
        problems += _unknown_agencies(settings, tables)
    if problems:
        raise RegistryError("\n".join(problems))


def _read(path: Path) -> pd.DataFrame:
    """All cells as text, an empty one as ''; a row longer than the header is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
        )


def _problems(path: Path, schema: pa.DataFrameSchema, cases: pd.DataFrame) -> list[str]:
    """One line for each cell or column that is wrong; row 1 is the header."""
    said = []
    for case in cases.itertuples():
        if case.check == "column_in_dataframe":
            said.append(f"{path}: column {case.failure_case} is missing; add it to the header")
        elif case.check == "column_in_schema":
            said.append(f"{path}: column {case.failure_case} is unknown; remove it")
        elif case.check == "field_uniqueness":
            said.append(
                f"{path}, row {case.index + 2}, column {case.column}: {case.failure_case!r} is "
                "there twice; keep one"
            )
        else:
            said.append(
                f"{path}, row {case.index + 2}, column {case.column}: {case.failure_case!r}; give "
                f"{schema.columns[case.column].title}"
            )
    return said


def _unknown_agencies(settings: Settings, tables: dict[str, pd.DataFrame]) -> list[str]:
    known = set(_seed_codes("support_agencies_annexure", "agency_code"))
    if AGENCIES.file in tables:
        known |= set(tables[AGENCIES.file].agency_code)
    codes = tables[INTERVENTIONS.file].agency_code
    return [
        f"{INTERVENTIONS.path(settings)}, row {row + 2}, column agency_code: {code!r} is no agency "
        f"that Locus knows; add it to {AGENCIES.path(settings)}"
        for row, code in codes.items()
        if code not in known
    ]
