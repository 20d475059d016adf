"""The published tables of the index: both bases in one table each, described, in whole.

Every row has its `basis`, `method_version`, `label` and `is_synthetic`. What each table and column
is, stands in tables.yaml.
"""

from pathlib import Path

import pandas as pd

from locus_pipeline.files import read_parquet, write_parquet
from locus_pipeline.index.compute import OF_EACH_PERIOD
from locus_pipeline.index.inputs import FACTS
from locus_pipeline.index.seal import check_sealed, descriptions, seal_path, table_path
from locus_pipeline.index.store import Edition, Store
from locus_pipeline.methods.index.validation import VALIDATION
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
    """Writes every published table from the `current` editions by basis; returns rows by table."""
    counts = {}
    seal_path(settings).unlink(missing_ok=True)
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
