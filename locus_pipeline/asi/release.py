"""Finds the block files of one survey year's release: loose files, folders or zips.

File names are those of the survey year's layout, in any case, and what browsers and file managers
make of them for a second copy. A release may be partial, but what is there must be one release,
once: copies with the same content count once, everything else is an error that names the files.
"""

import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import translate
from functools import cache
from pathlib import Path

from locus_pipeline.asi.content import (
    OTHER_ARCHIVES,
    ReleaseError,
    base_name,
    chunks,
    contents,
    require_file,
    require_safe,
    sha256,
    size,
)
from locus_pipeline.asi.kinds import FOREIGN_SUFFIXES, foreign_name
from locus_pipeline.asi.layout import (
    BLOCK_LETTERS,
    SURVEY_YEAR,
    BlockLayout,
    Layouts,
    Release,
    SurveyYear,
    is_survey_year,
    load_layouts,
    normalise_header,
    year_meant,
)
from locus_pipeline.text import printable

SYNTHETIC_MARKER = "SYNTHETIC.json"
DOCUMENTATION = (
    "readme*", "*structure*", "*layout*", "*.pdf", "*.doc", "*.docx", "*.xls", "*.xlsx", "*.md",
    "*.html", "*.htm", "*.json", "thumbs.db", "desktop.ini", ".*",
    # study descriptions (DDI), programs that read the files
    "*.xml", "*.rdf", "*.do", "*.ado", "*.dct", "*.sps", "*.sas", "*.r", "*.py", "*.odt", "*.rtf",
    "*.pptx", "*.log", *(f"*{suffix}" for suffix in FOREIGN_SUFFIXES),
)  # fmt: skip
# Locks and copies in progress of editors and office programs.
LEFTOVERS = ("~$*", ".~lock.*", "*.tmp", "*~", "#*#", "*.swp", "*.lnk")
LEFT_ASIDE = DOCUMENTATION + LEFTOVERS
UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".opdownload")
# What browsers and file managers make of a name that is there already.
COPY_OF = re.compile(r"^copy of |( - copy)?( ?\(\d+\))?(?=\.[^.]*$)", re.IGNORECASE)
NOTE_BYTES = 1 << 20  # a text file that is no block is a note up to here
# How a block may be kept where its release is CSV; the first of several that lie there is read.
STATISTICAL = (".parquet", ".sav", ".dta")
FORMS = (".csv", ".tsv", *STATISTICAL)
FEEDS_NO_MEASURE = ("b",)
# Columns of a CSV file that nothing depends on: a file without them is read all the same.
NOT_NEEDED = ("record_year", "block")
STRANGERS_NAMED = 5
NAMES_LISTED = 20


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
        return base_name(self.member) if self.member else self.path.name

    @property
    def display_name(self) -> str:
        """What messages and tables call the file: a member is `archive.zip:folder/member`."""
        return printable(f"{self.path.name}:{self.member}" if self.member else self.path.name)

    @property
    def bytes(self) -> int:
        """Uncompressed size."""
        return size(self.path, self.member)

    def sha256(self) -> str:
        """Of the uncompressed content; computed once for a file that stays as it is."""
        return sha256(self.path, self.member)

    @contextmanager
    def opened(self, temporary: Path) -> Iterator[Path]:
        """A plain file with the content: the file itself, or the member unpacked below `temporary`.

        The unpacked file has a name of our own and is removed afterwards.
        """
        if not self.member:
            require_file(self.path)
            yield self.path
            return
        temporary.mkdir(parents=True, exist_ok=True)
        unpacked = temporary / f"member-{uuid.uuid4().hex}"
        try:
            with unpacked.open("wb") as target:
                for chunk in chunks(self.path, self.member):
                    target.write(chunk)
            yield unpacked
        finally:
            unpacked.unlink(missing_ok=True)


@dataclass(frozen=True)
class ReleaseContents:
    """A survey year's release as found in its folder.

    `files` has the blocks that are there; `ignored` names the documentation and superseded files,
    of which `documents` are those in XML, where names of columns may stand (ddi.py).
    """

    survey_year: str
    folder: Path
    release: Release
    files: dict[str, BlockFile]
    ignored: tuple[str, ...]
    is_synthetic: bool
    documents: tuple[BlockFile, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Letters of the blocks that the release, as found, does not have."""
        return tuple(letter for letter in BLOCK_LETTERS if letter not in self.files)


def survey_years_in(releases: Path, layouts: Layouts) -> dict[str, Path]:
    """The survey years' folders below `releases`, in order; empty when there are none yet.

    What has a survey year's name and is no folder is that year's problem: find_release says so.
    Raises ReleaseError where `releases` can't be read.
    """
    return {path.name: path for path in _inside(releases) if path.name in layouts}


def passed_over(releases: Path, layouts: Layouts) -> list[str]:
    """What lies below `releases` or among the layouts and belongs to no survey year there.

    A sentence for each, with its remedy: the survey years go on without it, but never in silence.
    Raises ReleaseError where `releases` can't be read.
    """
    folders = survey_years_in(releases, layouts)
    said = []
    for path in _inside(releases):
        if path.name in folders or (is_survey_year(path.name) and path.name in layouts.faults):
            continue
        if path.is_dir() and not path.name.startswith("."):
            said.append(printable(_unknown_year(path, layouts)))
        elif not path.is_dir() and not _is_left_aside(path.name):
            said.append(
                f"{printable(str(path))}: a file outside the survey years' folders; put it into "
                f"the folder of its survey year, for example {releases / '2022-23'}"
            )
    of_years = {layouts.faults[year] for year in folders if year in layouts.faults}
    return [*said, *dict.fromkeys(f for f in layouts.faults.values() if f not in of_years)]


def _inside(releases: Path) -> list[Path]:
    try:
        return sorted(releases.iterdir()) if os.path.lexists(releases) else []
    except OSError as error:
        raise ReleaseError(f"{releases}: can't be read ({error.strerror})") from error


def find_release(folder: Path, year: SurveyYear) -> ReleaseContents:
    """The one release of `year` in `folder`.

    Raises ReleaseError where the folder is empty or can't be read, holds a file that is no block of
    the year, two releases, two candidates for one block that differ, or an archive that can't be
    unpacked safely.
    """
    candidates = [BlockFile(path, member, ()) for path, member in contents(folder)]
    if not candidates:
        raise ReleaseError(f"{folder}: holds no files; put the release of {year.survey_year} there")

    sorted_out = _sorted_out(candidates, year)
    placed, ignored, strangers = sorted_out.placed, sorted_out.ignored, sorted_out.strangers
    notes = [file for file in strangers if _is_note(file, year)]
    ignored += [file.display_name for file in notes]
    strangers = [file for file in strangers if file not in notes]
    if strangers:
        raise ReleaseError(_strange(strangers, year))
    for codes in placed.values():
        for code, files in codes.items():
            codes[code], others = _in_one_form(files)
            ignored += others
    _require_one_release(folder, year, placed)
    _require_no_foreign_block(candidates, year, placed)
    for codes in placed.values():
        for code, files in codes.items():
            codes[code], copies = _without_copies(folder, code, files)
            ignored += copies
    for name, layout, file in sorted_out.superseded:
        right = placed.get(name, {}).get(layout.code)
        if not right:
            raise ReleaseError(
                f"{file.display_name}: the faulty first release of block {layout.code.upper()} of "
                f"{year.survey_year}; get the corrected file {' or '.join(layout.files)} instead"
            )
        ignored.append(f"{file.display_name} (superseded by {right[0].display_name})")
    if not placed:
        raise ReleaseError(
            f"{folder}: holds no block file of {year.survey_year}, only {several(ignored)}"
        )
    [(name, codes)] = placed.items()
    blocks, aside = _without_unknown(_by_block(folder, codes))
    ignored += aside
    return ReleaseContents(
        survey_year=year.survey_year,
        folder=folder,
        release=year.release(name),
        files=blocks,
        ignored=tuple(sorted(set(ignored))),
        is_synthetic=(folder / SYNTHETIC_MARKER).is_file(),
        documents=tuple(sorted_out.documents),
    )


@dataclass
class _SortedOut:
    """The files of a folder by what they are; `placed` by release and block, `ignored` by name."""

    placed: dict[str, dict[str, list[BlockFile]]] = field(default_factory=dict)
    superseded: list[tuple[str, BlockLayout, BlockFile]] = field(default_factory=list)
    documents: list[BlockFile] = field(default_factory=list)
    strangers: list[BlockFile] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def _sorted_out(candidates: list[BlockFile], year: SurveyYear) -> _SortedOut:
    files = _SortedOut()
    known = tuple(pattern for release in year.releases for pattern in _patterns(release))
    here = {(file.path.parent, file.name) for file in candidates}
    for file in candidates:
        if not _matches(file.name, known):
            if _is_left_aside(file.name):
                files.ignored.append(file.display_name)
                if _is_document(file.name):
                    files.documents.append(file)
                continue
            if _is_unfinished(file, here):
                files.ignored.append(f"{file.display_name} (unfinished download)")
                continue
        _require_readable(file)
        place = _place(file.name, year) or _place(_original(file.name), year)
        if not place:
            files.strangers.append(file)
            continue
        release, old, layouts = place
        if old:
            files.superseded.append((release.name, old, file))
        for layout in layouts:
            files.placed.setdefault(release.name, {}).setdefault(layout.code, []).append(
                replace(file, layouts=(layout,))
            )
    return files


def looks_like(line: str, releases: Iterable[Release]) -> tuple[str, ...]:
    """Blocks whose record (or CSV header) the line could be, like 'block F of 2009-10/panel'."""
    names = {normalise_header(name) for name in line.strip().split(",")}
    fitting = []
    for layout in (layout for release in releases for layout in release.blocks):
        if layout.format == "csv":
            headers = {
                normalise_header(c.header_name) for c in layout.columns if c.name not in NOT_NEEDED
            }
            fits = len(headers) > 1 and headers <= names
        else:
            letter = next((column for column in layout.columns if column.name == "block"), None)
            fits = False
            if letter and len(line) == layout.record_length:
                first, last = letter.place
                fits = line[first - 1 : last].strip().lower() == layout.code
        if fits:
            fitting.append((len(layout.columns), f"block {layout.code.upper()} of {layout.name}"))
    most = max((columns for columns, _ in fitting), default=0)
    return tuple(name for columns, name in fitting if columns == most)


@cache
def known_releases() -> tuple[Release, ...]:
    """All releases of the survey years that Locus comes with."""
    return tuple(release for year in load_layouts().values() for release in year.releases)


def several(names: Iterable[str], most: int = 3, link: str = "or") -> str:
    """The first names, three if not said otherwise, and how many more there are."""
    names = list(names)
    more = f" {link} {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


@cache
def _one_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Matches a name in lower case that fits one of the patterns; an archive may hold thousands."""
    return re.compile("|".join(translate(pattern.lower()) for pattern in patterns) or r"(?!)")


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return bool(_one_of(patterns).match(name.lower()))


def _patterns(release: Release) -> Iterator[str]:
    """All file names of a release's blocks."""
    for layout in release.blocks:
        yield from layout.files
        yield from layout.superseded


def _original(name: str) -> str:
    """The name of the file that one with this name is a copy of, as systems name copies."""
    return COPY_OF.sub("", name)


def _is_left_aside(name: str) -> bool:
    return _matches(name, LEFT_ASIDE)


def _is_document(name: str) -> bool:
    return _matches(name, ("[!.]*.xml",)) and not _matches(name, LEFTOVERS)


def _is_unfinished(file: BlockFile, here: set[tuple[Path, str]]) -> bool:
    """Whether the file is what is left of a download that came to its end all the same.

    Raises ReleaseError where it did not: without the file the release would look partial.
    """
    if not file.name.lower().endswith(UNFINISHED):
        return False
    if (file.path.parent, file.name.rpartition(".")[0]) in here:
        return True
    raise ReleaseError(
        f"{file.path.parent / file.display_name}: an unfinished download; wait for its end or "
        "remove it"
    )


def _require_readable(file: BlockFile) -> None:
    if file.member:
        require_safe(file.path, file.member)
    elif file.name.lower().endswith(OTHER_ARCHIVES):
        raise ReleaseError(f"{file.path}: unpack this archive; only zip files are read as they are")
    else:
        require_file(file.path)


def _is_named(name: str, layout: BlockLayout, patterns: tuple[str, ...]) -> bool:
    """Whether a block's file has this name, in any form in which its release may be kept."""
    if layout.format == "csv" and name.lower().endswith(FORMS):
        name = f"{name.rpartition('.')[0]}{FORMS[0]}"
    return _matches(name, patterns)


def _place(
    name: str, year: SurveyYear
) -> tuple[Release, BlockLayout | None, tuple[BlockLayout, ...]] | None:
    """The release that has a file of this name, the block it is superseded for, its layouts."""
    for release in year.releases:
        for layout in release.blocks:
            if _is_named(name, layout, layout.superseded):
                return release, layout, ()
        layouts = tuple(la for la in release.blocks if _is_named(name, la, la.files))
        if layouts:
            return release, None, layouts
    return None


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


def _without_copies(
    folder: Path, code: str, files: list[BlockFile]
) -> tuple[list[BlockFile], list[str]]:
    """One of a block's files, where all have the same content, and what to say of the others.

    Raises ReleaseError where they differ.
    """
    first, *others = sorted(files, key=lambda file: len(file.name))
    if any(file.bytes != first.bytes or file.sha256() != first.sha256() for file in others):
        raise ReleaseError(
            f"{folder}: block {code.upper()} is there {len(files):,} times, and the files differ: "
            f"{_named([files])}. Keep one"
        )
    return [first], [f"{file.display_name} (a copy of {first.display_name})" for file in others]


def _in_one_form(files: list[BlockFile]) -> tuple[list[BlockFile], list[str]]:
    """A block's files of the first of its FORMS, and what to say of the others."""

    def form(file: BlockFile) -> int:
        return max(
            (place for place, one in enumerate(FORMS) if file.name.lower().endswith(one)), default=0
        )

    first = min(map(form, files))
    kept = [file for file in files if form(file) == first]
    return kept, [
        f"{file.display_name} ({kept[0].display_name} is read)"
        for file in files
        if form(file) > first
    ]


def _require_no_foreign_block(
    candidates: list[BlockFile],
    year: SurveyYear,
    placed: dict[str, dict[str, list[BlockFile]]],
) -> None:
    """Raise ReleaseError for a block that is there in a form only that is not read."""
    there = {code for codes in placed.values() for code in codes}
    for file in candidates:
        if kind := foreign_name(file.name):
            stem = file.name.rpartition(".")[0].lower()
            for layout in (layout for release in year.releases for layout in release.blocks):
                stems = tuple(pattern.rpartition(".")[0] for pattern in layout.files)
                if _matches(stem, stems) and layout.code not in there:
                    raise ReleaseError(f"{file.path.parent / file.display_name}: {kind}")


def _without_unknown(files: dict[str, BlockFile]) -> tuple[dict[str, BlockFile], list[str]]:
    """The blocks without those that no figure needs and whose layout is not fully known."""
    aside = {
        block: file
        for block, file in files.items()
        if block in FEEDS_NO_MEASURE and not all(layout.complete for layout in file.layouts)
    }
    if len(aside) == len(files):
        return files, []
    return {block: file for block, file in files.items() if block not in aside}, [
        f"{file.display_name} (block {block.upper()} feeds no measure and its layout is not fully "
        "known)"
        for block, file in aside.items()
    ]


def _named(groups: Iterable[list[BlockFile]]) -> str:
    names = dict.fromkeys(file.display_name for files in groups for file in files)
    return several(names, NAMES_LISTED, "and")


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
    elif file.name.lower().endswith(STATISTICAL):
        guess = (
            "an SPSS, Stata or Parquet file of a block is named like its CSV file but for the "
            "ending: rename it, or remove it"
        )
    else:
        guess = "its first line fits no block either: remove it"
    where = file.path.parent / file.display_name
    return f"{where}: no block of {year.survey_year} has this file name; {guess}"


def _is_note(file: BlockFile, year: SurveyYear) -> bool:
    """Whether a text file is a note: not long, and neither by name nor first line a block's."""
    if not file.name.lower().endswith(".txt") or file.bytes > NOTE_BYTES:
        return False
    of_another_year = any(
        _matches(file.name, layout.files)
        for release in known_releases()
        for layout in release.blocks
    )
    first = re.sub(r"[;\t|]", ",", _first_line(file).replace("\x00", ""))
    return not of_another_year and not looks_like(first, (*year.releases, *known_releases()))


def _known_names(year: SurveyYear) -> Iterator[str]:
    for release in year.releases:
        block = next((layout for layout in release.blocks if layout.code == "a"), release.blocks[0])
        yield f"{' or '.join(block.files)} for block {block.code.upper()} ({release.name})"


def _first_line(file: BlockFile) -> str:
    head = next(chunks(file.path, file.member), b"")
    return head.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8-sig", errors="replace")


def _unknown_year(path: Path, layouts: Layouts) -> str:
    known = f"known survey years are {min(layouts)} to {max(layouts)}"
    meant = year_meant(path.name)
    if SURVEY_YEAR.match(path.name):
        advice = f"put its layout into LOCUS_HOME/layouts/{path.name}.yaml (docs/layouts.md), or"
    elif meant in layouts:
        advice = f"rename it to {meant}, or"
    else:
        advice = "name it like 2022-23, or"
    return f"{path}: not a survey year; {advice} move it away ({known})"
