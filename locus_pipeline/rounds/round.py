"""A FACTS round as the collector drops it: LOCUS_HOME/facts/<round>/.

round.yaml       what the round is
*.xlsx, *.csv    filled schedules, in any number of files and folders
withdrawn.csv    units that withdrew consent (withdrawal.py)
"""

import difflib
import hashlib
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pydantic
import yaml

from locus_pipeline.errors import LocusError
from locus_pipeline.rounds.items import SCHEDULES
from locus_pipeline.rounds.reader import schedule_named
from locus_pipeline.rounds.records import FileError, decoded
from locus_pipeline.settings import Settings
from locus_pipeline.text import quoted

ROUND_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
ROUND_FILE = "round.yaml"
ROUND_FILES = (ROUND_FILE, "round.yml")
# Files in which forms are filled: what can't be read of them is said.
FORM_SUFFIXES = (
    ".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods", ".fods", ".numbers", ".csv", ".tsv", ".tab",
)  # fmt: skip
LONGEST_ROUND_FILE = 65_536
# A name is one of a list of withdrawals also where it is misspelt a little.
WITHDRAWALS = ("withdrawn", "withdrawal", "withdrawals", "withdraw", "withdrew", "revoked")
IN_WITHDRAWALS = ("withdr", "optout", "optedout")
ALIKE = 0.85
# What spreadsheets put beside a file that is open, and macOS beside any file.
OF_PROGRAMS = ("~$", ".~lock", "._")


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
    """A round's folder: its facts, what should be filled schedules, and files that are none."""

    key: str
    folder: Path
    facts: RoundFacts
    round_file: Path
    files: tuple[Path, ...]
    ignored: tuple[str, ...]

    def name_of(self, path: Path) -> str:
        """A file of the round as reports name it."""
        return _shown(path.relative_to(self.folder))

    def files_hash(self) -> str:
        """SHA-256 over the names and content of round.yaml and the schedules.

        Raises RoundError where a file can't be read.
        """
        digest = hashlib.sha256()
        for path in (self.round_file, *self.files):
            try:
                is_file = stat.S_ISREG(path.lstat().st_mode)
                content = hashlib.sha256(path.read_bytes() if is_file else b"").hexdigest()
            except OSError as error:
                raise RoundError(
                    f"{path} can't be opened ({error.strerror}); make it readable"
                ) from error
            name = os.fsencode(path.relative_to(self.folder).as_posix())
            digest.update(name + f" {content}\n".encode())
        return digest.hexdigest()


def round_keys(settings: Settings) -> list[str]:
    """Folders of LOCUS_HOME/facts that have a round.yaml, or forms and none, by name."""
    return [folder.name for folder in _folders(settings) if ROUND_KEY.fullmatch(folder.name)]


def misnamed_rounds(settings: Settings) -> list[str]:
    """What is wrong with the names of folders that would be rounds."""
    return [
        _misnamed(folder) for folder in _folders(settings) if not ROUND_KEY.fullmatch(folder.name)
    ]


def open_round(folder: Path) -> Round:
    """The round in a folder. Raises RoundError where its name or its round.yaml can't be used."""
    if not ROUND_KEY.fullmatch(folder.name):
        raise RoundError(_misnamed(folder))
    path, *others = round_files(folder) or [folder / ROUND_FILE]
    if others:
        raise RoundError(f"{folder} has both {path.name} and {others[0].name}; keep one of them")
    facts = _round_facts(path)
    files: list[Path] = []
    ignored: list[Path] = []
    for file in files_below(folder):
        relative = file.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in relative.parts)
        if file == path or is_hidden or names_withdrawals(relative.as_posix()):
            continue
        (files if is_form(file) else ignored).append(file)
    return Round(
        key=folder.name,
        folder=folder,
        facts=facts,
        round_file=path,
        files=tuple(files),
        ignored=tuple(_shown(path.relative_to(folder)) for path in ignored),
    )


def files_below(folder: Path) -> list[Path]:
    """What is in a folder and its folders, by name: files, links and whatever else, and folders
    with a form's name. Links are not followed. Raises RoundError where a folder can't be opened.
    """

    def stop(error: OSError) -> None:
        raise RoundError(f"{error.filename} can't be opened ({error.strerror}); make it readable")

    paths = []
    for place, folders, files in os.walk(folder, onerror=stop):
        named = [name for name in folders if _is_link_or_form(Path(place, name))]
        paths += [
            Path(place, name) for name in (*files, *named) if not name.startswith(OF_PROGRAMS)
        ]
    return sorted(paths)


def names_withdrawals(name: str) -> bool:
    """Whether a file, folder or sheet is named like a list of units that withdrew."""
    words = re.findall(r"[a-z]+", unicodedata.normalize("NFKC", name).lower())
    letters = "".join(words)
    return any(part in letters for part in IN_WITHDRAWALS) or any(
        difflib.get_close_matches(word, WITHDRAWALS, n=1, cutoff=ALIKE) for word in words
    )


def round_files(folder: Path) -> list[Path]:
    """What in a folder is called round.yaml or round.yml."""
    return sorted(path for path in folder.glob("*") if path.name.lower() in ROUND_FILES)


def _folders(settings: Settings) -> list[Path]:
    return sorted(
        folder
        for folder in settings.facts.glob("[!.]*")
        if folder.is_dir()
        # what can't be looked into is said when it is opened
        and (not os.access(folder, os.R_OK) or round_files(folder) or _has_forms(folder))
    )


def _misnamed(folder: Path) -> str:
    return (
        f"{quoted(folder.name)}: a round's folder has small letters, digits and hyphens, at most "
        "41; rename it, for example 2025-26-pilot"
    )


def _has_forms(folder: Path) -> bool:
    return any(path.suffix.lower() in FORM_SUFFIXES for path in folder.glob("[!.~]*"))


def _is_link_or_form(folder: Path) -> bool:
    return folder.is_symlink() or folder.suffix.lower() in FORM_SUFFIXES


def is_form(path: Path) -> bool:
    """Whether this should be a filled schedule: a spreadsheet, a file that is named after one, or
    something that is no file and so hides what it is.
    """
    is_file = stat.S_ISREG(path.lstat().st_mode)
    # a "document" or "contact" without a suffix of forms may be anything that lies beside them
    is_named = schedule_named(path.stem) in SCHEDULES
    return not is_file or path.suffix.lower() in FORM_SUFFIXES or is_named


def _shown(relative: Path) -> str:
    """A name for reports: on one line, and text also where the file system's bytes are none."""
    text = os.fsencode(relative.as_posix()).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _round_facts(path: Path) -> RoundFacts:
    try:
        return RoundFacts.model_validate(_fields(path))
    except pydantic.ValidationError as error:
        wrong = "; ".join(
            f"{quoted(str(e['loc'][0])) if e['loc'] else 'the file'}: {e['msg']}"
            for e in error.errors()
        )
        raise RoundError(f"{path}: {wrong}") from None


def _fields(path: Path) -> dict[str, object]:
    """The lines `name: value` of a round file. Raises RoundError where it has others."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RoundError(f"{path} is no file; write a text file of this name")
        if path.stat().st_size > LONGEST_ROUND_FILE:
            raise RoundError(f"{path} is too large; it holds a few lines `name: value`")
        content = path.read_bytes()
    except FileNotFoundError:
        raise RoundError(f"{path} is missing; say in it what the round is") from None
    except OSError as error:
        raise RoundError(f"{path} can't be opened ({error.strerror}); make it readable") from None
    try:
        text = decoded(content)
    except FileError:
        raise RoundError(f"{path} is no UTF-8 text; save it as UTF-8") from None
    # between a name and its value a tab is as good as a space
    text = text.replace("\t", " ")
    try:
        _demand_flat(path, text)
        fields = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise RoundError(f"{path}{line}: this is no YAML; write lines `name: value`") from None
    except (ValueError, OverflowError):
        raise RoundError(f"{path}: a date or number is none; write dates like 2026-04-15") from None
    if not isinstance(fields, dict):
        raise RoundError(f"{path} has no lines `name: value`; say in it what the round is")
    return fields


def _demand_flat(path: Path, text: str) -> None:
    """Names and values alone, each name once; nothing in another, which could swell."""
    depth, scalars = 0, list[str]()
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if depth > 1 or isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
            raise RoundError(f"{path}, line {line}: write one value after each name")
        if isinstance(event, yaml.ScalarEvent):
            if event.value in scalars[::2] and len(scalars) % 2 == 0:
                raise RoundError(f"{path}, line {line}: this name stands twice; keep one of them")
            scalars.append(event.value)
