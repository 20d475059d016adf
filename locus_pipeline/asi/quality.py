"""Records that can be read and can't be right: counted by kind, whatever is done with them.

The reader rejects what is certainly no record of its own; all else stays as the release has it, and
is counted here, for `locus check`, the terminal of `locus run`, the table record_quality and its
checks. docs/decisions/0012-doubtful-records.md says why each kind is rejected or kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from locus_pipeline.asi.layout import BLOCK_LETTERS, block_columns
from locus_pipeline.connection import connect
from locus_pipeline.reference import reference_rows
from locus_pipeline.settings import Settings
from locus_pipeline.sql import literal

ITEMS = BLOCK_LETTERS[1:]


@dataclass(frozen=True)
class Kind:
    """A way in which records can be wrong, and what becomes of them: 'rejected' or 'kept'.

    `meaning` follows the number of records in a sentence. Kinds that do not warn are only counted.
    """

    name: str
    blocks: str
    treatment: str
    meaning: str
    remedy: str
    warns: bool = True


KINDS = (
    Kind(
        "repeated_line",
        BLOCK_LETTERS,
        "rejected",
        "repeat an earlier line of the file, key and serial number included, and were rejected",
        "get the file again if it should have other records there",
    ),
    Kind(
        "repeated_key",
        ITEMS,
        "kept",
        "have the factory and serial number of another record and differ from it: both are counted",
        "compare them in the file and leave the right one",
    ),
    Kind(
        "repeated_key",
        "a",
        "kept",
        "have the key of another return and differ from it: one of them reaches no total",
        "compare them in the file and leave the right one",
    ),
    Kind(
        "negative_multiplier",
        BLOCK_LETTERS,
        "rejected",
        "have a negative multiplier, which would subtract them from totals, and were rejected",
        "get the file again, or look whether its layout is that of the year",
    ),
    Kind(
        "blank_multiplier",
        "a",
        "kept",
        "are open factories without a multiplier: in sampled figures, in no estimate",
        "get the file again, or look whether its layout is that of the year",
    ),
    Kind(
        "zero_multiplier",
        "a",
        "kept",
        "are open factories with multiplier 0: in sampled figures, in no estimate",
        "get the file again, or look whether its layout is that of the year",
    ),
    Kind(
        "zero_multiplier_not_open",
        "a",
        "kept",
        "are returns of factories that are not open, with multiplier 0: they contribute nothing",
        "nothing to do: releases print it where nobody answered",
        warns=False,
    ),
    Kind(
        "multiplier_below_one",
        "a",
        "kept",
        "are open factories that stand for less than themselves: multiplier between 0 and 1",
        "look whether the layout is that of the year: a multiplier is at least 1",
    ),
    Kind(
        "blank_state",
        "a",
        "kept",
        "have no state: in totals of India, published under 'Not stated'",
        "get the file again if it should have one",
    ),
    Kind(
        "unknown_state",
        "a",
        "kept",
        "have a state code that is not in the list: in totals of India, published as 'Not stated'",
        "look whether the layout is that of the year; seeds/geography/states.csv has the list",
    ),
    Kind(
        "no_return",
        ITEMS,
        "kept",
        "belong to factories that are not in block A: they reach no total",
        "get the whole of block A, or look whether the files are of one release",
    ),
)


@dataclass(frozen=True)
class Finding:
    """How many records of a block are of a kind; None, and the reason, where that can't be asked.

    Reasons: key_repeats_in_release (decision 0003), no_block_a, no_rows.
    """

    survey_year: str
    block: str
    kind: Kind
    records: int | None
    null_reason: str | None = None

    @property
    def is_warning(self) -> bool:
        """Whether there are records of a kind that nobody should overlook."""
        return bool(self.records) and self.kind.warns

    @property
    def sentence(self) -> str:
        """For the terminal."""
        kind = self.kind
        assert self.records is not None  # asked of what was counted
        return sentence(self.survey_year, self.block, self.records, kind.meaning, kind.remedy)


def sentence(survey_year: str, block: str, records: int, meaning: str, remedy: str) -> str:
    """Year, block, number, what becomes of the records, remedy; from columns of record_quality."""
    return f"{survey_year}, block {block.upper()}: {records:,} records {meaning}; {remedy}."


@dataclass(frozen=True)
class Year:
    """The Parquet files of a year's blocks, (kept, rejected) by letter, and how to take them.

    `status_codes`, `state_numbering` and `unique_key` are those of the year and its release.
    """

    survey_year: str
    files: dict[str, tuple[Path, Path]]
    status_codes: str
    state_numbering: str
    unique_key: bool


def findings(year: Year, settings: Settings) -> Iterator[Finding]:
    """One for each kind that its blocks can have, in the order of blocks and kinds."""
    with connect(settings) as connection:
        for block, (kept, rejected) in sorted(year.files.items()):
            for name, path in (("rows", kept), ("rejected", rejected)):
                connection.execute(f"create or replace temp view {name} as {_from(path)}")
            if block == "a":
                connection.execute(f"create temp view returns as {_from(kept)}")
            for kind in (kind for kind in KINDS if block in kind.blocks):
                reason = _null_reason(kind, year)
                if reason:
                    yield Finding(year.survey_year, block, kind, None, reason)
                else:
                    [(records,)] = connection.execute(_count(kind, block, year)).fetchall()
                    yield Finding(year.survey_year, block, kind, int(records))


def _from(path: Path) -> str:
    return f"from read_parquet({literal(path)})"


def _null_reason(kind: Kind, year: Year) -> str | None:
    if kind.name in ("repeated_line", "repeated_key") and not year.unique_key:
        return "key_repeats_in_release"
    if kind.name == "no_return" and "a" not in year.files:
        return "no_block_a"
    return None


def _count(kind: Kind, block: str, year: Year) -> str:
    """The query for the number of records of the kind."""
    if kind.name == "repeated_line":
        return "select count(*) from rejected where reason like 'repeats line %'"
    if kind.name == "negative_multiplier":
        return (
            "select count(*) from rejected where column_name = 'multiplier' "
            "and reason = 'is negative'"
        )
    if kind.name == "repeated_key":
        # a part of a block with records of its own (H1 of 2000-01) has serial numbers of its own
        has_serial = "serial_number" in block_columns(block)
        key = "factory_key, block, serial_number" if has_serial else "factory_key"
        return (
            "select coalesce(sum(found - 1), 0) from (select count(*) as found from rows "
            f"where {'serial_number is not null' if has_serial else 'true'} "
            f"group by {key} having count(*) > 1)"
        )
    if kind.name == "no_return":
        # as the models tell factories apart (macro factory_id)
        same = "" if year.unique_key else " and rows.multiplier is not distinct from a.multiplier"
        return (
            "select count(*) from rows where not exists (select 1 from returns as a "
            f"where rows.factory_key = a.factory_key{same})"
        )
    is_open = f"unit_status in ({', '.join(_open_statuses(year.status_codes))})"
    state = "lpad(regexp_replace(state_code, '[.]0$', ''), 2, '0')"
    known = ", ".join(f"'{code}'" for code in _state_codes(year.state_numbering))
    condition = {
        "blank_multiplier": f"{is_open} and multiplier is null",
        "zero_multiplier": f"{is_open} and multiplier = 0",
        "zero_multiplier_not_open": f"({is_open}) is not true and multiplier = 0",
        "multiplier_below_one": f"{is_open} and multiplier > 0 and multiplier < 1",
        "blank_state": "state_code is null",
        "unknown_state": f"{state} not in ({known})",
    }[kind.name]
    return f"select count(*) from rows where {condition}"


@cache
def _open_statuses(status_codes: str) -> tuple[str, ...]:
    return tuple(
        row["unit_status"]
        for row in reference_rows("asi_unit_status")
        if row["status_codes"] == status_codes and row["is_open"] == "true"
    )


@cache
def _state_codes(numbering: str) -> tuple[str, ...]:
    column = "public_1994_code" if numbering == "public-1994" else "state_code"
    return tuple(row[column] for row in reference_rows("states") if row[column])
