"""Finds the block files of one survey year's release: loose files, folders or zips.

File names are those of the survey year's layout, in any case. A release may be partial, but what is
there must be one release, once: everything else is an error that names the files.
"""

import hashlib
import os
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from locus_pipeline.asi.layout import (
    BLOCK_LETTERS,
    SURVEY_YEAR,
    BlockLayout,
    Release,
    SurveyYear,
    load_layouts,
    normalise_header,
)
from locus_pipeline.errors import LocusError

SYNTHETIC_MARKER = "SYNTHETIC.json"
DOCUMENTATION = (
    "readme*", "*structure*", "*layout*", "*.pdf", "*.doc", "*.docx", "*.xls", "*.xlsx", "*.md",
    "*.html", "*.htm", "*.json", "thumbs.db", "desktop.ini", ".*",
)  # fmt: skip
OTHER_ARCHIVES = (".rar", ".7z", ".gz", ".tar", ".bz2", ".xz")
# Columns of a CSV file that nothing depends on: a file without them is read all the same.
NOT_NEEDED = ("record_year", "block")
STRANGERS_NAMED = 5
CHUNK = 1 << 22
MEMBER_BYTES = 8 << 30  # the largest release, all blocks in one file, is below 1 GiB
MEMBER_RATIO = 200  # zero-padded text packs 10 to 40 times
MEMBER_HARMLESS = 1 << 20  # small enough to unpack whatever its ratio


class ReleaseError(LocusError):
    """A release that can't be read as it is; the message names the files and what to do."""


@dataclass(frozen=True)
class BlockFile:
    """A file (or the member of a zip) of a release and the layouts it is read with.

    `layouts` are those of one block: usually one, two where the file also holds a part of the block
    that has records of its own.
    """

    path: Path
    member: str | None
    layouts: tuple[BlockLayout, ...]

    @property
    def name(self) -> str:
        """File name alone, without the archive or folder it lies in."""
        return _base_name(self.member) if self.member else self.path.name

    @property
    def display_name(self) -> str:
        """What messages and tables call the file: a member is `archive.zip:folder/member`."""
        return f"{self.path.name}:{self.member}" if self.member else self.path.name

    @property
    def bytes(self) -> int:
        """Uncompressed size."""
        if not self.member:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.member).file_size

    def sha256(self) -> str:
        """Of the uncompressed content; computed once for a file that stays as it is."""
        status = self.path.stat()
        return _sha256(self.path, self.member, status.st_size, status.st_mtime_ns, status.st_ino)

    @contextmanager
    def opened(self, temporary: Path) -> Iterator[Path]:
        """A plain file with the content: the file itself, or the member unpacked below `temporary`.

        The unpacked file has a name of our own and is removed afterwards.
        """
        if not self.member:
            yield self.path
            return
        temporary.mkdir(parents=True, exist_ok=True)
        unpacked = temporary / f"member-{uuid.uuid4().hex}"
        try:
            with unpacked.open("wb") as target:
                for chunk in _chunks(self.path, self.member):
                    target.write(chunk)
            yield unpacked
        finally:
            unpacked.unlink(missing_ok=True)


@dataclass(frozen=True)
class FoundRelease:
    """A survey year's release as found in its folder.

    `files` has the blocks that are there; `ignored` names the documentation and superseded files.
    """

    survey_year: str
    folder: Path
    release: Release
    files: dict[str, BlockFile]
    ignored: tuple[str, ...]
    is_synthetic: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """Letters of the blocks that the release, as found, does not have."""
        return tuple(letter for letter in BLOCK_LETTERS if letter not in self.files)


def survey_years_in(releases: Path, layouts: dict[str, SurveyYear]) -> dict[str, Path]:
    """The survey years' folders below `releases`, in order; empty when there are none yet.

    Raises ReleaseError for anything that is not a folder named like a known survey year.
    """
    found = {}
    for path in sorted(releases.iterdir()) if releases.is_dir() else []:
        if path.name in layouts and path.is_dir():
            found[path.name] = path
        elif path.is_dir() and not path.name.startswith("."):
            raise ReleaseError(_unknown_year(path, layouts))
        elif not path.is_dir() and not _is_documentation(path.name):
            raise ReleaseError(
                f"{path}: a file outside the survey years' folders; put it into the folder of its "
                f"survey year, for example {releases / '2022-23'}"
            )
    return found


def find_release(folder: Path, year: SurveyYear) -> FoundRelease:
    """The one release of `year` in `folder`.

    Raises ReleaseError where the folder is empty, holds a file that is no block of the year, two
    releases, two candidates for one block, or an archive that can't be unpacked safely.
    """
    if not folder.is_dir():
        raise ReleaseError(f"{folder}: no such folder")
    candidates = list(_candidates(folder))
    if not candidates:
        raise ReleaseError(f"{folder}: holds no files; put the release of {year.survey_year} there")

    placed: dict[str, dict[str, list[BlockFile]]] = {}
    superseded: list[tuple[str, BlockLayout, BlockFile]] = []
    ignored, strangers = [], []
    for file in candidates:
        release, old, layouts = _place(file.name, year)
        if old:
            superseded.append((release.name, old, file))
        elif layouts:
            for layout in layouts:
                placed.setdefault(release.name, {}).setdefault(layout.code, []).append(
                    replace(file, layouts=(layout,))
                )
        elif _is_documentation(file.name):
            ignored.append(file.display_name)
        else:
            strangers.append(file)

    if strangers:
        raise ReleaseError(_strange(strangers, year))
    _require_one_release(folder, year, placed)
    for release, layout, file in superseded:
        right = placed.get(release, {}).get(layout.code)
        if not right:
            raise ReleaseError(
                f"{file.display_name}: the faulty first release of block {layout.code.upper()} of "
                f"{year.survey_year}; get the corrected file {' or '.join(layout.files)} instead"
            )
        ignored.append(f"{file.display_name} (superseded by {right[0].display_name})")
    if not placed:
        raise ReleaseError(
            f"{folder}: holds no block file of {year.survey_year}, only {', '.join(ignored)}"
        )
    [(name, codes)] = placed.items()
    return FoundRelease(
        survey_year=year.survey_year,
        folder=folder,
        release=year.release(name),
        files=_by_block(folder, codes),
        ignored=tuple(sorted(ignored)),
        is_synthetic=(folder / SYNTHETIC_MARKER).is_file(),
    )


def looks_like(line: str, releases: Iterable[Release]) -> tuple[str, ...]:
    """Blocks whose record (or CSV header) the line could be, like 'block F of 2009-10/panel'."""
    names = {normalise_header(name) for name in line.strip().split(",")}
    fitting = []
    for layout in (layout for release in releases for layout in release.blocks):
        if layout.format == "csv":
            headers = {
                normalise_header(c.source) for c in layout.columns if c.name not in NOT_NEEDED
            }
            fits = len(headers) > 1 and headers <= names
        else:
            letter = next((column for column in layout.columns if column.name == "block"), None)
            fits = letter is not None and len(line) == layout.record_length
            fits = fits and line[letter.start - 1 : letter.end].strip().lower() == layout.code
        if fits:
            fitting.append((len(layout.columns), f"block {layout.code.upper()} of {layout.name}"))
    most = max((columns for columns, _ in fitting), default=0)
    return tuple(name for columns, name in fitting if columns == most)


@cache
def known_releases() -> tuple[Release, ...]:
    """All releases of the survey years that Locus comes with."""
    return tuple(release for year in load_layouts().values() for release in year.releases)


def several(names: Iterable[str]) -> str:
    """The first three names and how many more there are."""
    names = list(names)
    return ", ".join(names[:3]) + (f" or {len(names) - 3} more" if len(names) > 3 else "")


def _candidates(folder: Path) -> Iterator[BlockFile]:
    """Files below the folder and members of its zips, in order, without those of the system."""
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name != "__MACOSX" and name[0] != ".")
        for name in sorted(names):
            path = Path(parent, name)
            if name.lower().endswith(".zip"):
                yield from _members(path)
            elif name.lower().endswith(OTHER_ARCHIVES):
                raise ReleaseError(
                    f"{path}: unpack this archive; only zip files are read as they are"
                )
            else:
                yield BlockFile(path, None, ())


def _members(path: Path) -> Iterator[BlockFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ReleaseError(
            f"{path}: not a readable zip file ({error}); download it again"
        ) from error
    for member in sorted(members, key=lambda member: member.filename):
        name = _base_name(member.filename)
        if member.is_dir() or not name or "__MACOSX/" in member.filename:
            continue
        if not _is_documentation(name):
            _require_safe(path, member)
        yield BlockFile(path, member.filename, ())


def _require_safe(path: Path, member: zipfile.ZipInfo) -> None:
    where = f"{path}: {member.filename}"
    if member.flag_bits & 0x1:
        raise ReleaseError(f"{where}: is encrypted; unpack the archive with its password")
    if member.filename.lower().endswith((".zip", *OTHER_ARCHIVES)):
        raise ReleaseError(f"{where}: an archive inside the archive; unpack the outer one")
    if member.file_size > MEMBER_BYTES:
        raise ReleaseError(f"{where}: would unpack to {member.file_size:,} bytes; too large")
    if member.file_size > max(MEMBER_RATIO * member.compress_size, MEMBER_HARMLESS):
        raise ReleaseError(
            f"{where}: {member.compress_size:,} bytes would unpack to {member.file_size:,}; "
            "no release packs that well. Unpack it yourself if you trust it"
        )


def _chunks(path: Path, member: str | None) -> Iterator[bytes]:
    """The content in pieces; what a member really holds is bounded, whatever its header says."""
    if member is None:
        with path.open("rb") as file:
            yield from _pieces(file)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(member)
            _require_safe(path, info)
            packed = max(MEMBER_RATIO * info.compress_size, MEMBER_HARMLESS)
            limit = min(MEMBER_BYTES, packed)
            unpacked = 0
            with archive.open(info) as file:
                for piece in _pieces(file):
                    unpacked += len(piece)
                    if unpacked > limit:
                        raise ReleaseError(
                            f"{path}: {member}: unpacks to more than {limit:,} bytes"
                        )
                    yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ReleaseError(f"{path}: {member}: can't be unpacked ({error})") from error


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


@cache
def _sha256(path: Path, member: str | None, *_status: int) -> str:
    """`_status` is the file's size, time and inode: a changed file is hashed again."""
    digest = hashlib.sha256()
    for chunk in _chunks(path, member):
        digest.update(chunk)
    return digest.hexdigest()


def _base_name(member: str) -> str:
    return PurePosixPath(member.replace("\\", "/")).name


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def _is_documentation(name: str) -> bool:
    return _matches(name, DOCUMENTATION)


def _place(
    name: str, year: SurveyYear
) -> tuple[Release | None, BlockLayout | None, tuple[BlockLayout, ...]]:
    """The release that has a file of this name, the block it is superseded for, its layouts."""
    for release in year.releases:
        for layout in release.blocks:
            if _matches(name, layout.superseded):
                return release, layout, ()
        layouts = tuple(layout for layout in release.blocks if _matches(name, layout.files))
        if layouts:
            return release, None, layouts
    return None, None, ()


def _require_one_release(
    folder: Path, year: SurveyYear, placed: dict[str, dict[str, list[BlockFile]]]
) -> None:
    if len(placed) > 1:
        held = "; ".join(
            f"{year.release(name).title} ({name}): {_named(codes.values())}"
            for name, codes in placed.items()
        )
        raise ReleaseError(
            f"{folder}: holds files of {len(placed)} releases of {year.survey_year}, whose keys "
            f"can't be joined. Keep one: {held}"
        )
    for codes in placed.values():
        for code, files in codes.items():
            if len(files) > 1:
                raise ReleaseError(
                    f"{folder}: block {code.upper()} is there {len(files)} times: "
                    f"{_named([files])}. Keep one"
                )


def _named(groups: Iterable[list[BlockFile]]) -> str:
    return ", ".join(dict.fromkeys(file.display_name for files in groups for file in files))


def _by_block(folder: Path, codes: dict[str, list[BlockFile]]) -> dict[str, BlockFile]:
    """The file of each block, with the layouts of all its parts."""
    blocks: dict[str, BlockFile] = {}
    for [file] in codes.values():
        letter = file.layouts[0].block
        before = blocks.setdefault(letter, replace(file, layouts=()))
        if (before.path, before.member) != (file.path, file.member):
            raise ReleaseError(
                f"{folder}: block {letter.upper()} is in two files, {before.display_name} and "
                f"{file.display_name}; a layout must keep all parts of a block in one file"
            )
        blocks[letter] = replace(file, layouts=before.layouts + file.layouts)
    return dict(sorted(blocks.items()))


def _strange(files: list[BlockFile], year: SurveyYear) -> str:
    """Names the files that are no block of the year, and says what they seem to be."""
    lines = [_stranger(file, year) for file in files[:STRANGERS_NAMED]]
    if len(files) > STRANGERS_NAMED:
        lines.append(f"... and {len(files) - STRANGERS_NAMED} more files")
    return "\n".join([*lines, f"File names of {year.survey_year}: {'; '.join(_known_names(year))}"])


def _stranger(file: BlockFile, year: SurveyYear) -> str:
    releases = known_releases()
    others = [
        f"block {layout.code.upper()} of {layout.name}"
        for release in releases
        if release.survey_year != year.survey_year
        for layout in release.blocks
        if _matches(file.name, layout.files)
    ]
    first = _first_line(file)
    if others:
        guess = f"its name is that of {several(others)}: move it to that survey year's folder"
    elif same := looks_like(first, year.releases):
        guess = f"its first line fits {several(same)}: rename it as that release does"
    elif other := looks_like(first, releases):
        guess = f"its first line fits {several(other)}: move it to that survey year's folder"
    else:
        guess = "its first line fits no block either: remove it"
    where = file.path.parent / file.display_name
    return f"{where}: no block of {year.survey_year} has this file name; {guess}"


def _known_names(year: SurveyYear) -> Iterator[str]:
    for release in year.releases:
        block = next((layout for layout in release.blocks if layout.code == "a"), release.blocks[0])
        yield f"{' or '.join(block.files)} for block {block.code.upper()} ({release.name})"


def _first_line(file: BlockFile) -> str:
    head = next(_chunks(file.path, file.member), b"")
    return head.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8-sig", errors="replace")


def _unknown_year(path: Path, layouts: dict[str, SurveyYear]) -> str:
    known = f"known survey years are {min(layouts)} to {max(layouts)}"
    digits = "".join(character for character in path.name if character.isdigit())
    guess = f"{digits[:4]}-{digits[-2:]}"
    if SURVEY_YEAR.match(path.name):
        advice = f"put its layout into LOCUS_HOME/layouts/{path.name}.yaml (docs/layouts.md), or"
    elif guess in layouts and len(digits) in (6, 8):
        advice = f"rename it to {guess}, or"
    else:
        advice = "name it like 2022-23, or"
    return f"{path}: not a survey year; {advice} move it away ({known})"
