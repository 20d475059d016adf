"""The published tables of the index: both bases in one table each, described, in whole.

Every row has its `basis`, `method_version`, `label` and `is_synthetic`. What each table and column
is, stands in tables.yaml.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from locus_pipeline.errors import LocusError
from locus_pipeline.files import read_parquet, write_parquet
from locus_pipeline.index.compute import OF_EACH_PERIOD
from locus_pipeline.index.inputs import FACTS
from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index.validation import VALIDATION
from locus_pipeline.records import DamagedError, read_record, write_record
from locus_pipeline.settings import Settings

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
KINDS = {str: "str", int: "int64", bool: "bool"}
EDITIONS = {name: KINDS[kind] for name, kind in Edition.__annotations__.items()}
EDITIONS["is_current"] = "bool"


class IncompleteIndexError(LocusError):
    """The tables of the index are not those of the data to publish."""


@cache
def descriptions() -> dict[str, dict[str, str]]:
    """`tables`: what each published table is; `columns`: what a column is, in every table."""
    return yaml.safe_load((Path(__file__).parent / "tables.yaml").read_text())


def columns_of(table: str) -> dict[str, str]:
    """Published name of a table -> its columns and their pandas types."""
    if table == "cci_editions":
        return EDITIONS
    if table == "cci_external_validation":
        return {**VALIDATION, "is_synthetic": "bool"}
    return {"basis": "str", **OF_EACH_PERIOD[table.removeprefix("cci_")], **OF_EDITION}


def table_path(settings: Settings, table: str) -> Path:
    """Where the rows of a published table lie before an edition takes them in."""
    return settings.index / "published" / f"{table}.parquet"


def published_files(settings: Settings, inputs_id: str) -> list[tuple[Path, dict[str | None, str]]]:
    """The published tables, with what each (None) and its columns are.

    `inputs_id` names what the warehouse is made of. Raises IncompleteIndexError where a table is
    missing or damaged, rests on other inputs, or lacks a survey year of the edition: figures of the
    index are in every edition or the edition is none.
    """
    again = "materialise cci_tables, or use `locus run`"
    try:
        record = read_record(_record_path(settings))
    except DamagedError as error:
        raise IncompleteIndexError(f"{error}; {again}") from error
    if record is None:
        raise IncompleteIndexError(f"The tables of the index are not there yet; {again}")
    if record["inputs_id"] != inputs_id:
        raise IncompleteIndexError(
            f"The tables of the index were written for other data than the warehouse holds; {again}"
        )
    if record["not_computed"]:
        raise IncompleteIndexError(
            f"The index of {', '.join(record['not_computed'])} is not computed from the data as "
            "they are; materialise cci_screening, or use `locus run`"
        )
    known = descriptions()
    return [
        (
            table_path(settings, table),
            {None: text} | {name: known["columns"][name] for name in columns_of(table)},
        )
        for table, text in known["tables"].items()
    ]


def seal_published(settings: Settings, inputs_id: str, not_computed: Sequence[str]) -> None:
    """Record that all tables are written, for which inputs of the warehouse, and the survey years
    that have no edition of the index."""
    files = [table_path(settings, table) for table in descriptions()["tables"]]
    content = {"inputs_id": inputs_id, "not_computed": list(not_computed)}
    write_record(_record_path(settings), content, files)


def index_identity(settings: Settings) -> str:
    """Hash over the record of every edition of the index: with the inputs of the warehouse it says
    what stands in all published tables of the index, their history too."""
    rows = read_parquet([table_path(settings, "cci_editions")])
    lines = sorted(rows.to_csv(index=False, header=False).splitlines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _record_path(settings: Settings) -> Path:
    return settings.index / "published" / "record.json"


def write_published(settings: Settings, current: dict[str, list[Edition]]) -> dict[str, int]:
    """Writes every published table from the `current` editions by basis; returns rows by table."""
    counts = {}
    _record_path(settings).unlink(missing_ok=True)
    for table in descriptions()["tables"]:
        rows = _rows(settings, table, current).reindex(columns=list(columns_of(table)))
        rows = rows.astype(columns_of(table))
        write_parquet(rows, table_path(settings, table))
        counts[table] = len(rows)
    return counts


def _rows(settings: Settings, table: str, current: dict[str, list[Edition]]) -> pd.DataFrame:
    if table == "cci_editions":
        ids = {edition.edition_id for editions in current.values() for edition in editions}
        return pd.DataFrame(
            [
                vars(edition) | {"is_current": edition.edition_id in ids}
                for basis in current
                for edition in Store(settings, basis).editions()
            ]
        )
    if table == "cci_external_validation":
        synthetic = any(
            edition.is_synthetic for editions in current.values() for edition in editions
        )
        rows = read_parquet([validation_path(settings)])
        return rows.assign(is_synthetic=synthetic)
    parts = [
        Store(settings, basis)
        .read(table.removeprefix("cci_"), edition.period)
        .assign(**{name: getattr(edition, name) for name in OF_EDITION})
        for basis, editions in current.items()
        for edition in editions
    ]
    if table == "cci_eligibility" and not current[FACTS]:
        parts.append(pd.DataFrame([NO_ROUND]))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def validation_path(settings: Settings) -> Path:
    """Where the correlations with what the index is not made of are kept."""
    return settings.index / "validation.parquet"
