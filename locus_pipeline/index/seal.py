"""The seal on the published tables of the index: for which data they were written, and that they
are whole. Apart from what writes them, so that asking takes no statistics library."""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from locus_pipeline.errors import LocusError
from locus_pipeline.files import read_parquet
from locus_pipeline.records import DamagedError, read_record, write_record
from locus_pipeline.settings import Settings


class IncompleteIndexError(LocusError):
    """The tables of the index are not those of the data to publish."""


@cache
def descriptions() -> dict[str, dict[str, str]]:
    """`tables`: what each published table is; `columns`: what a column is, in every table."""
    return yaml.safe_load((Path(__file__).parent / "tables.yaml").read_text())


def table_path(settings: Settings, table: str) -> Path:
    """Where the rows of a published table lie before an edition takes them in."""
    return settings.index / "published" / f"{table}.parquet"


def check_sealed(settings: Settings, inputs_id: str) -> None:
    """The published tables are whole and those of the data that `inputs_id` names.

    Raises IncompleteIndexError where one is missing or damaged, rests on other inputs, or lacks a
    survey year of the edition.
    """
    again = "materialise cci_tables, or use `locus run`"
    try:
        record = read_record(seal_path(settings))
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


def seal_published(settings: Settings, inputs_id: str, not_computed: Sequence[str]) -> None:
    """Record that all tables are written, for which inputs of the warehouse, and the survey years
    that have no edition of the index."""
    files = [table_path(settings, table) for table in descriptions()["tables"]]
    content = {"inputs_id": inputs_id, "not_computed": list(not_computed)}
    write_record(seal_path(settings), content, files)


def index_identity(settings: Settings) -> str:
    """Hash over the record of every edition of the index: with the inputs of the warehouse it says
    what stands in all published tables of the index, their history too."""
    rows = read_parquet([table_path(settings, "cci_editions")])
    lines = sorted(rows.to_csv(index=False, header=False).splitlines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def seal_path(settings: Settings) -> Path:
    """Where the seal lies, beside the tables."""
    return settings.index / "published" / "record.json"
