"""The published tables of the index: both bases in one table each, described, in whole.

Every row has its `basis`, `method_version`, `label` and `is_synthetic`. What each table and column
is, stands in tables.yaml.
"""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from locus_pipeline.cci.compute import OF_EACH_PERIOD
from locus_pipeline.cci.inputs import FACTS, SCREENING
from locus_pipeline.cci.store import Edition, Store
from locus_pipeline.cci.validation import VALIDATION
from locus_pipeline.parquet import read_parquet, write_parquet
from locus_pipeline.settings import Settings

BASES = (FACTS, SCREENING)
OF_EDITION = {"basis": "str", "method_version": "str", "label": "str", "is_synthetic": "bool"}
KINDS = {str: "str", int: "int64", bool: "bool"}
EDITIONS = {name: KINDS[kind] for name, kind in Edition.__annotations__.items()}
EDITIONS["is_current"] = "bool"


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


def published_names() -> list[str]:
    """Names of the published tables."""
    return list(descriptions()["tables"])


def table_path(settings: Settings, table: str) -> Path:
    """Where the rows of a published table lie before an edition takes them in."""
    return settings.index / "published" / f"{table}.parquet"


def published_files(settings: Settings) -> list[tuple[Path, dict[str | None, str]]]:
    """The published tables that are there, with what each (None) and its columns are."""
    known = descriptions()
    return [
        (path, {None: text} | {name: known["columns"][name] for name in columns_of(table)})
        for table, text in known["tables"].items()
        if (path := table_path(settings, table)).exists()
    ]


def write_published(settings: Settings) -> dict[str, int]:
    """Writes every published table; returns rows by table."""
    counts = {}
    for table in published_names():
        rows = _rows(settings, table).reindex(columns=list(columns_of(table)))
        rows = rows.astype(columns_of(table))
        write_parquet(rows, table_path(settings, table))
        counts[table] = len(rows)
    return counts


def _rows(settings: Settings, table: str) -> pd.DataFrame:
    stores = [Store(settings, basis) for basis in BASES]
    if table == "cci_editions":
        return pd.DataFrame(
            [
                vars(edition) | {"is_current": edition.same_inputs(store.current(edition.period))}
                for store in stores
                for edition in store.editions()
            ]
        )
    if table == "cci_external_validation":
        path = settings.index / "validation.parquet"
        synthetic = any(
            store.current(period).is_synthetic for store in stores for period in store.periods()
        )
        return (read_parquet([path]) if path.exists() else pd.DataFrame()).assign(
            is_synthetic=synthetic
        )
    parts = []
    for store in stores:
        for period in store.periods():
            edition = store.current(period)
            rows = store.read(table.removeprefix("cci_"), period)
            parts.append(rows.assign(**{name: getattr(edition, name) for name in OF_EDITION}))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
