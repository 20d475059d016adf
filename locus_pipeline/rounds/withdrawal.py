"""Units that withdrew their consent: who is in a list of withdrawals leaves every round.

A list is any file or folder below LOCUS_HOME/facts that is named like one, as text or workbook,
wherever it lies: withdrawn.csv, Withdrawal (1).xlsx, withdrawn/list.csv. Each of its lines must
name a unit, in whatever column, and each unit must be found among those that any round delivered:
a withdrawal that is not understood would leave somebody in who wants to be out. So it stops all
rounds until it is mended; its message names file and line and never what stands there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from locus_pipeline.files import content_hash
from locus_pipeline.rounds.identity import (
    CLUSTER_ID_PATTERN,
    is_list_number,
    is_unit_id,
    normalised,
    normalised_cluster,
    unit_hash,
)
from locus_pipeline.rounds.items import load_items
from locus_pipeline.rounds.reader import Sheet, read_sheets
from locus_pipeline.rounds.records import (
    AS_DATE,
    AS_PERCENT,
    LINE_END,
    OLE,
    ZIP,
    FileError,
    Grid,
    content_of,
    names_in,
    read_grids,
)
from locus_pipeline.rounds.round import (
    FORM_SUFFIXES,
    RoundError,
    files_below,
    is_form,
    names_withdrawals,
    round_files,
)
from locus_pipeline.settings import Settings
from locus_pipeline.text import stripped, without_spaces

WITHDRAWN_FILE = "withdrawn.csv"
UNIT_COLUMN = "unitid"
REMOVED_COLUMN = "rowremoved"
YES = ("yes", "1", "true")
LINES_NAMED = 10
FORMS_KEPT = 10_000
# Looks like an identifier that somebody meant.
MEANT = re.compile(r"UDYAM.*|LIST.*[0-9].*|[0-9]{2}[0-9A-Z]{13}")
BETWEEN_CELLS = re.compile(r"[,;\t|]")
CLUSTER_ID = re.compile(CLUSTER_ID_PATTERN)
Line = tuple[int, list[str]]
# A list may repeat a few answers of the unit; with more of them it is a form.
ITEMS = frozenset(item.name for item in load_items("unit"))
MOST_ITEMS = 10


@dataclass(frozen=True)
class Withdrawal:
    """A unit that withdrew; `is_removed` says that its rows were taken out of the files."""

    file: Path
    line: int
    unit_hash: str
    is_removed: bool


def withdrawals(settings: Settings, salt: bytes) -> frozenset[str]:
    """Hashes of the units that withdrew, over the whole home. Raises RoundError."""
    return withdrawn_hashes([settings.facts], salt)


def withdrawn_hashes(folders: Iterable[Path], salt: bytes) -> frozenset[str]:
    """Hashes of the units that the lists below these folders name. Raises RoundError."""
    return frozenset(one.unit_hash for folder in folders for one in _listed(folder, salt))


def matched_withdrawals(
    settings: Settings, folder: Path, salt: bytes, sheets: Iterable[Sheet] = ()
) -> frozenset[str]:
    """Hashes of the units that withdrew, for a round in this folder, of the home or not.

    `sheets`: the round's forms where they are read already. Raises RoundError where a list can't be
    read, or where a withdrawal is of no unit that any round delivered and does not say that its row
    was removed.
    """
    is_of_home = folder.is_relative_to(settings.facts)
    lists = [settings.facts] if is_of_home else [settings.facts, folder]
    withdrawals = [one for place in lists for one in _listed(place, salt)]
    wanting = [one for one in withdrawals if not one.is_removed]
    # the round itself first: mostly that is enough
    places = _delivered([folder, settings.facts], sheets, salt)
    while wanting and (delivered := next(places, None)) is not None:
        wanting = [one for one in wanting if one.unit_hash not in delivered]
    for file in sorted({one.file for one in wanting}):
        lines = [one.line for one in wanting if one.file == file]
        raise RoundError(
            f"{file}, {_lines(lines)}: no unit with this identifier was delivered in any round; "
            "correct it, or write yes in a column row_removed where its rows were taken out"
        )
    return frozenset(one.unit_hash for one in withdrawals)


def withdrawal_lists(folder: Path) -> list[Path]:
    """What below a folder is named like a list of withdrawals, or lies in a folder that is."""
    if not folder.is_dir():
        return []
    return [path for path in _files(folder) if _is_list(path, folder)]


def _files(folder: Path) -> list[Path]:
    """What is below a folder, also in rounds that are linked into it."""
    paths = files_below(folder)
    linked = [path for path in paths if path.parent == folder and path.is_dir()]
    return [*paths, *(path for link in linked for path in files_below(link))]


def _is_list(path: Path, folder: Path) -> bool:
    """By the names from the round's folder on; the round itself may be called as it likes."""
    first, *below = path.relative_to(folder).parts
    if below and round_files(folder / first):
        return names_withdrawals("/".join(below))
    return names_withdrawals("/".join((first, *below)))


def _listed(folder: Path, salt: bytes) -> Iterator[Withdrawal]:
    for path in withdrawal_lists(folder):
        yield from _withdrawals_in(path, salt)


def _withdrawals_in(path: Path, salt: bytes) -> Iterator[Withdrawal]:
    tables = _tables_in(path)
    if not any(tables):
        raise RoundError(f"{path}: the first line must name the column unit_id")
    for lines in tables:
        yield from _withdrawals_of(path, lines, salt)


def _withdrawals_of(path: Path, lines: list[Line], salt: bytes) -> Iterator[Withdrawal]:
    """The units that the lines of a file or sheet name; the first line may be column names."""
    unit_columns: list[int] = []
    removed = None
    for place, (line, cells) in enumerate(lines):
        normals = [normalised(cell) for cell in cells]
        units = [normal for normal in normals if is_unit_id(normal)]
        if place == 0 and not units:
            names = [re.sub(r"[^a-z]", "", without_spaces(cell).lower()) for cell in cells]
            unit_columns = [at for at, name in enumerate(names) if name == UNIT_COLUMN]
            if not unit_columns:
                raise _wrong(path, line, "name the column unit_id in the first line")
            if len(ITEMS.intersection(names_in(cells))) > MOST_ITEMS:
                raise _wrong(
                    path, line, "this is a filled form, named like a list of withdrawals; rename it"
                )
            removed = names.index(REMOVED_COLUMN) if REMOVED_COLUMN in names else None
            continue
        meant = {normals[at] for at in unit_columns if at < len(cells) and cells[at]}
        meant.update(normal for normal in normals if MEANT.fullmatch(normal))
        if not units or not all(map(is_unit_id, meant)):
            raise _wrong(path, line, "there is no unit identifier that can be read; correct it")
        clusters = {c for c in map(normalised_cluster, cells) if CLUSTER_ID.fullmatch(c)}
        if any(map(is_list_number, units)) and len(clusters) != 1:
            raise _wrong(
                path, line, "a list number counts within its cluster; write its cluster_id beside"
            )
        is_removed = removed is not None and removed < len(cells) and _says_yes(cells[removed])
        cluster = next(iter(clusters), "")
        for unit in units:
            yield Withdrawal(path, line, unit_hash(salt, cluster, unit), is_removed)


def _tables_in(path: Path) -> list[list[Line]]:
    """The lines of each sheet, or of a text file without its quotes, that are not empty."""
    try:
        content = content_of(path)
        if content.startswith((ZIP, OLE)):
            return [_table_of(grid) for grid in read_grids(path, frozenset())]
        if path.suffix.lower() not in (*FORM_SUFFIXES, ".txt", ""):
            raise FileError("save it as CSV UTF-8")
    except FileError as error:
        raise RoundError(f"{path}: this looks like a list of withdrawals; {error}") from None
    lines = []
    for number, line in enumerate(LINE_END.split(_text(content)), start=1):
        cells = [stripped(cell) for cell in BETWEEN_CELLS.split(line.replace('"', ""))]
        if any(cells) and not re.fullmatch(r"sep=.?", stripped(line), re.IGNORECASE):
            lines.append((number, cells))
    return [lines]


def _table_of(grid: Grid) -> list[Line]:
    """Raises FileError where a sheet does not show all that it holds."""
    if grid.problem:
        raise FileError(grid.problem)
    reasons = {flaw.reason for record in grid.records for flaw in record.flaws}
    if len(grid.records) != grid.counted or reasons - {AS_DATE, AS_PERCENT}:
        raise FileError("it has formulas or is damaged; save it as CSV UTF-8")
    flawed = [{flaw.place for flaw in record.flaws} for record in grid.records]
    return [
        (record.number, ["" if at in flaws else cell or "" for at, cell in enumerate(record.cells)])
        for record, flaws in zip(grid.records, flawed, strict=True)
    ]


def _text(content: bytes) -> str:
    """A list's text: identifiers are ASCII, so signs that can't be told do not matter."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    # UTF-16 that does not say so
    return text.replace("\0", "")


def _says_yes(cell: str) -> bool:
    return cell.lower() in YES


def _wrong(path: Path, line: int, remedy: str) -> RoundError:
    return RoundError(f"{path}, line {line}: {remedy}")


def _lines(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:LINES_NAMED]))
    more = f" and {len(lines) - LINES_NAMED} more" if len(lines) > LINES_NAMED else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def _delivered(
    folders: Iterable[Path], sheets: Iterable[Sheet], salt: bytes
) -> Iterator[frozenset[str]]:
    """Hashes of all units in these sheets, then in the forms below each folder, accepted or not."""
    yield _units_in(sheets, salt)
    for folder in folders:
        if folder.is_dir():
            forms = [path for path in _files(folder) if is_form(path)]
            units = [_units_of(path, salt) for path in forms if not _is_list(path, folder)]
            yield frozenset().union(*units)


def _units_of(path: Path, salt: bytes) -> frozenset[str]:
    try:
        content = content_hash(path)
    except OSError:  # a folder, or a file that nobody may read: its one sheet says so
        return frozenset()
    return _units_of_content(path, content, salt)


# What all rounds delivered is asked for each round of a run.
@lru_cache(maxsize=FORMS_KEPT)
def _units_of_content(path: Path, _content: str, salt: bytes) -> frozenset[str]:
    return _units_in(read_sheets(path, path.name), salt)


def _units_in(sheets: Iterable[Sheet], salt: bytes) -> frozenset[str]:
    hashes = set()
    for sheet in sheets:
        if sheet.schedule == "unit" and {"unit_id", "cluster_id"} <= set(sheet.cells):
            named = sheet.cells.dropna(subset="unit_id")
            hashes |= {
                unit_hash(salt, cluster or "", unit)
                for cluster, unit in zip(named["cluster_id"], named["unit_id"], strict=True)
            }
    return frozenset(hashes)
