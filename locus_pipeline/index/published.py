"""The published tables of the index: both bases in one table each, described, in whole.

Every row has its `basis`, `method_version`, `label` and `is_synthetic`. What each table and column
is, stands in tables.yaml.
"""

from pathlib import Path

import duckdb
import pandas as pd

from locus_pipeline.files import read_parquet, replacing, write_parquet
from locus_pipeline.index.compute import OF_EACH_PERIOD
from locus_pipeline.index.inputs import FACTS
from locus_pipeline.index.seal import check_sealed, descriptions, seal_path, table_path
from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index.validation import VALIDATION
from locus_pipeline.settings import Settings
from locus_pipeline.sql import literal

OF_EDITION = {"basis": "str", "method_version": "str", "label": "str", "is_synthetic": "bool"}
# What stands in cci_eligibility where no round was collected: an empty edition with its reason.
NO_ROUND = {
    "basis": FACTS,
    "object_id": "",
    "period": "",
    "eligible": False,
    "failed_gates": "G7",
    "missing": "a FACTS round: none has been collected, or the collected ones are not computed yet",
    "method_version": "",
    "label": "CCI: no edition",
    "is_synthetic": False,
}
TYPES = {
    "str": "varchar", "float64": "double", "int64": "bigint", "Int64": "bigint", "bool": "boolean",
    "boolean": "boolean",
}  # fmt: skip
KINDS = {str: "str", int: "int64", bool: "bool"}
EDITIONS = {name: KINDS[kind] for name, kind in Edition.__annotations__.items()}
EDITIONS["is_current"] = "bool"


def columns_of(table: str) -> dict[str, str]:
    """Published name of a table -> its columns and their pandas types."""
    if table == "cci_editions":
        return EDITIONS
    if table == "cci_external_validation":
        return {**VALIDATION, "is_synthetic": "bool"}
    return {"basis": "str", **OF_EACH_PERIOD[table.removeprefix("cci_")], **OF_EDITION}


def published_files(settings: Settings, inputs_id: str) -> list[tuple[Path, dict[str | None, str]]]:
    """The published tables, with what each (None) and its columns are.

    `inputs_id` names what the warehouse is made of. Raises IncompleteIndexError where a table is
    missing or damaged, rests on other inputs, or lacks a survey year of the edition: figures of the
    index are in every edition or the edition is none.
    """
    check_sealed(settings, inputs_id)
    known = descriptions()
    return [
        (
            table_path(settings, table),
            {None: text} | {name: known["columns"][name] for name in columns_of(table)},
        )
        for table, text in known["tables"].items()
    ]


def write_published(settings: Settings, current: dict[str, list[Edition]]) -> dict[str, int]:
    """Writes every published table from the `current` editions by basis; returns rows by table.

    DuckDB puts the periods' files together as they are: many periods take no memory.
    """
    counts = {}
    seal_path(settings).unlink(missing_ok=True)
    for table in descriptions()["tables"]:
        path, columns = table_path(settings, table), columns_of(table)
        if table in NOT_OF_PERIODS:
            rows = NOT_OF_PERIODS[table](settings, current).reindex(columns=list(columns))
            write_parquet(rows.astype(columns), path)
            counts[table] = len(rows)
        else:
            counts[table] = _write_periods(settings, table, current)
    return counts


def _write_periods(settings: Settings, table: str, current: dict[str, list[Edition]]) -> int:
    """The rows of all current editions, each with what its edition is."""
    columns = {name: TYPES[kind] for name, kind in columns_of(table).items()}
    parts = [
        "select " + ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
        + " where false"
    ]  # fmt: skip
    for basis, editions in current.items():
        store = Store(settings, basis)
        for edition in editions:
            told = (f"{literal(getattr(edition, name))} as {name}" for name in OF_EDITION)
            file = literal(store.path(table.removeprefix("cci_"), edition.period))
            parts.append(f"select *, {', '.join(told)} from read_parquet({file})")
    if table == "cci_eligibility" and not current[FACTS]:
        told = (f"{literal(value)} as {name}" for name, value in NO_ROUND.items())
        parts.append(f"select {', '.join(told)}")
    kept = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    path = table_path(settings, table)
    with (
        duckdb.connect(config={"memory_limit": settings.memory_limit}) as connection,
        replacing(path) as aside,
    ):
        rows = connection.execute(
            f"copy (select {kept} from ({' union all by name '.join(parts)})) "
            f"to {literal(aside)} (format parquet)"
        ).fetchall()
    return int(rows[0][0])


def _editions(settings: Settings, current: dict[str, list[Edition]]) -> pd.DataFrame:
    ids = {edition.edition_id for editions in current.values() for edition in editions}
    return pd.DataFrame(
        [
            vars(edition) | {"is_current": edition.edition_id in ids}
            for basis in current
            for edition in Store(settings, basis).editions()
        ]
    )


def _validation(settings: Settings, current: dict[str, list[Edition]]) -> pd.DataFrame:
    synthetic = any(edition.is_synthetic for editions in current.values() for edition in editions)
    return read_parquet([validation_path(settings)]).assign(is_synthetic=synthetic)


# Tables that are more than the periods' own, one after the other.
NOT_OF_PERIODS = {"cci_editions": _editions, "cci_external_validation": _validation}


def validation_path(settings: Settings) -> Path:
    """Where the correlations with what the index is not made of are kept."""
    return settings.index / "validation.parquet"
