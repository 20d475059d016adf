"""A FACTS round as the collector drops it: LOCUS_HOME/facts/<round>/.

round.yaml       what the round is
*.xlsx, *.csv    filled schedules, in any number of files and folders
withdrawn.csv    unit_id (for list numbers cluster_id too) of units that withdrew consent
"""

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pydantic
import yaml

from locus_pipeline.errors import LocusError
from locus_pipeline.facts.identity import unit_hash
from locus_pipeline.settings import Settings

ROUND_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
ROUND_FILE, WITHDRAWN_FILE = "round.yaml", "withdrawn.csv"
SCHEDULE_SUFFIXES = (".xlsx", ".csv")


class RoundError(LocusError):
    """A round's folder that can't be read; the message says what to do."""


class RoundFacts(pydantic.BaseModel):
    """What round.yaml says. `period` is a financial year, like 2025-26.

    Only fresh_facts under the index agency's control counts for the index (source 002, section
    5.3: information "collected afresh").
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    title: str = pydantic.Field(min_length=1, max_length=200)
    period: str = pydantic.Field(pattern=r"^\d{4}-\d{2}$")
    agency: str = pydantic.Field(min_length=1, max_length=200)
    controller: str = pydantic.Field(min_length=1, max_length=200)
    collection_mode: Literal["fresh_facts", "administrative", "legacy"]
    collected_from: date
    collected_to: date
    is_synthetic: bool = pydantic.Field(default=False, strict=True)

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> "RoundFacts":
        if self.collected_to < self.collected_from:
            raise ValueError("collected_to is before collected_from")
        if int(self.period[5:]) != (int(self.period[:4]) + 1) % 100:
            raise ValueError("period is no financial year; write it like 2025-26")
        return self

    @property
    def reference_year(self) -> int:
        """The calendar year in which the financial year ends."""
        return int(self.period[:4]) + 1


@dataclass(frozen=True)
class Round:
    """A round's folder: its facts, its filled schedules, and files that are none."""

    key: str
    folder: Path
    facts: RoundFacts
    files: tuple[Path, ...]
    ignored: tuple[str, ...]

    def files_hash(self) -> str:
        """SHA-256 over the names and content of round.yaml and the schedules."""
        digest = hashlib.sha256()
        for path in (self.folder / ROUND_FILE, *self.files):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(self.folder).as_posix()} {content}\n".encode())
        return digest.hexdigest()


def round_keys(settings: Settings) -> list[str]:
    """Folders of LOCUS_HOME/facts that have a round.yaml, by name."""
    return sorted(path.parent.name for path in settings.facts.glob(f"[!.]*/{ROUND_FILE}"))


def open_round(folder: Path) -> Round:
    """The round in a folder. Raises RoundError where its name or its round.yaml can't be used."""
    if not ROUND_KEY.fullmatch(folder.name):
        raise RoundError(
            f"{folder.name!r}: a round's folder has small letters, digits and hyphens, at most 41; "
            "rename it, for example 2025-26-pilot"
        )
    path = folder / ROUND_FILE
    try:
        facts = RoundFacts.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RoundError(f"{path} can't be read: {error}") from error
    except pydantic.ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}" for e in error.errors()
        )
        raise RoundError(f"{path}: {wrong}") from error
    files, ignored = [], []
    for found in sorted(folder.rglob("*")):
        relative = found.relative_to(folder)
        if found.is_dir() or any(part.startswith((".", "~$")) for part in relative.parts):
            continue
        if relative.as_posix() in (ROUND_FILE, WITHDRAWN_FILE):
            continue
        is_schedule = found.suffix.lower() in SCHEDULE_SUFFIXES and not found.is_symlink()
        (files if is_schedule else ignored).append(found)
    return Round(
        key=folder.name,
        folder=folder,
        facts=facts,
        files=tuple(files),
        ignored=tuple(path.relative_to(folder).as_posix() for path in ignored),
    )


def withdrawn_hashes(folders: Iterable[Path], salt: bytes) -> frozenset[str]:
    """Hashes of the units that withdrew, over all rounds: whoever withdraws leaves every round.

    Raises RoundError where a file can't be read: a withdrawal is never passed over.
    """
    hashes = set()
    for folder in folders:
        path = folder / WITHDRAWN_FILE
        if not path.is_file():
            continue
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file)
                if "unit_id" not in (reader.fieldnames or []):
                    raise RoundError(f"{path}: the first line must name the column unit_id")
                for row in reader:
                    if (row["unit_id"] or "").strip():
                        cluster = (row.get("cluster_id") or "").strip()
                        hashes.add(unit_hash(salt, cluster, row["unit_id"]))
        except (UnicodeDecodeError, csv.Error) as error:
            raise RoundError(f"{path} can't be read; save it as CSV UTF-8: {error}") from error
    return frozenset(hashes)


def withdrawals(settings: Settings, salt: bytes) -> frozenset[str]:
    """What all rounds of the home have as withdrawn."""
    return withdrawn_hashes((p.parent for p in settings.facts.glob(f"*/{WITHDRAWN_FILE}")), salt)
