"""Layouts as data: what the reader knows about each survey year, loaded and validated.

`blocks.yaml` defines the harmonised columns of blocks A-J and the row schemes; `layouts/` has one
YAML for each survey year, which says where each of its releases keeps a column, or only how it
differs from another year (`same_as`). A folder of the user's own layouts may add years or replace
them.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from locus_pipeline.errors import LocusError

HERE = Path(__file__).parent
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BLOCK_LETTERS = "abcdefghij"
SURVEY_YEAR = re.compile(r"^(\d{4})-(\d{2})$")
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]*$")
# A layout is a few pages of plain YAML. Aliases multiply what they stand for, and so does nesting
# what it costs to read: more than this is no layout, whatever it would unfold to.
LAYOUT_BYTES, LAYOUT_DEPTH, LAYOUT_ALIASES = 1 << 18, 12, 10
# What says something of one year alone, and is not taken over by `same_as`.
OF_ONE_YEAR = ("records", "superseded")
TYPE = re.compile(r"^(text|integer|decimal\((\d+),(\d+)\))$")


class LayoutError(LocusError):
    """A layout that can't be used, or that doesn't know what is asked of it."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _BlockDocument(_Document):
    part_of: str | None = None
    record_length: int | None = None
    records: int | None = None
    files: list[str] = []
    superseded: list[str] = []
    columns: dict[str, str | int] = {}
    columns_as: str | None = None
    inferred: list[str] = []
    missing: list[str] = []
    note: str | None = None


class _ReleaseDocument(_Document):
    title: str
    format: Literal["fixed_width", "csv"]
    line_end: Literal["crlf", "lf"] = "lf"
    key: Literal["FACT_ID", "DSL"]
    unique_key: bool = True
    certainty: Literal["high", "medium", "low"]
    source: str
    note: str | None = None
    state_numbering: Literal["census-2001", "public-1994"]
    derived: dict[str, str] = {}
    files: list[str]
    single_file: bool = False
    blocks: dict[str, _BlockDocument]


class _YearDocument(_Document):
    survey_year: str
    nic_version: Literal["NIC-1998", "NIC-2004", "NIC-2008"] | None = None
    item_classification: Literal["ASICC", "NPCMS-2011"] | None = None
    status_codes: Literal["schedule-1998", "schedule-2010"] | None = None
    rows: dict[str, str] = {}
    releases: dict[str, _ReleaseDocument] = Field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A harmonised column and where a release keeps it.

    `start` and `end` are 1-based inclusive character positions of a fixed-width record, `source`
    is the header name of a CSV column; `inferred` marks names that follow a pattern and were not
    seen in a file.
    """

    name: str
    type: str
    start: int | None = None
    end: int | None = None
    source: str | None = None
    inferred: bool = False

    @property
    def width(self) -> int:
        """Characters of a fixed-width column."""
        first, last = self.place
        return last - first + 1

    @property
    def place(self) -> tuple[int, int]:
        """First and last character in a fixed-width record."""
        if self.start is None or self.end is None:
            raise LayoutError(f"column {self.name} has no place in a record of fixed width")
        return self.start, self.end

    @property
    def header_name(self) -> str:
        """What the header of a CSV file calls it."""
        if self.source is None:
            raise LayoutError(f"column {self.name} has no name in a header")
        return self.source


@dataclass(frozen=True)
class BlockLayout:
    """How one release of one survey year stores one block.

    `code` is the letter (or letters) that the records carry, `block` the harmonised block they
    belong to: only the 2000-01 single file has a code of its own (H1) inside a block (H).
    """

    survey_year: str
    release: str
    block: str
    code: str
    format: str
    columns: tuple[Column, ...]
    derived: tuple[tuple[str, str, int, int], ...]
    files: tuple[str, ...]
    superseded: tuple[str, ...]
    missing: tuple[str, ...]
    record_length: int | None
    records: int | None
    single_file: bool

    @property
    def name(self) -> str:
        """Survey year and release, like '2009-10/panel'."""
        return f"{self.survey_year}/{self.release}"

    @property
    def complete(self) -> bool:
        """Whether the place of every column is known."""
        return not self.missing

    def require_complete(self) -> None:
        """Raise LayoutError, naming the columns, where the block's layout is not fully known."""
        if self.missing:
            raise LayoutError(
                f"Block {self.code.upper()} of {self.name}: the layout does not know where the "
                f"release keeps {', '.join(self.missing)}. If you have its header or record "
                "structure, put a layout of your own in "
                f"LOCUS_HOME/layouts/{self.survey_year}.yaml (docs/layouts.md shows how)."
            )

    @property
    def fingerprint(self) -> str:
        """Changes when the layout reads a file differently."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Release:
    """One of the forms in which a survey year was released."""

    survey_year: str
    name: str
    title: str
    format: str
    line_end: str
    key: str
    unique_key: bool
    certainty: str
    source: str
    state_numbering: str
    blocks: tuple[BlockLayout, ...]

    def parts(self, block: str) -> tuple[BlockLayout, ...]:
        """The block's layouts: one, or two where a part of the block has records of its own."""
        return tuple(part for part in self.blocks if part.block == block)


@dataclass(frozen=True)
class SurveyYear:
    """What is known about one survey year: classification, serial numbers, releases."""

    survey_year: str
    nic_version: str
    item_classification: str
    status_codes: str
    rows: tuple[tuple[str, str], ...]
    releases: tuple[Release, ...]

    @property
    def year_end(self) -> int:
        """Calendar year in which the accounting year ends."""
        return int(self.survey_year[:4]) + 1

    def release(self, name: str) -> Release:
        """The release of this name; LayoutError where the year has none."""
        for release in self.releases:
            if release.name == name:
                return release
        known = ", ".join(release.name for release in self.releases)
        raise LayoutError(f"{self.survey_year} has no release called {name}; it has {known}")

    def row_scheme(self, block: str) -> "RowScheme":
        """What the serial numbers of an itemised block stand for in this year."""
        return row_schemes()[dict(self.rows)[block]]


@dataclass(frozen=True)
class RowScheme:
    """What the serial numbers of an itemised block stand for.

    `rows` maps a role to its serial number, `named` is the range of named items, `extra_from` the
    first serial number of further named items, `totals` the roles that sum other rows.
    """

    rows: tuple[tuple[str, int], ...]
    totals: tuple[str, ...]
    named: tuple[int, int] | None
    extra_from: int | None

    def serial(self, role: str) -> int | None:
        """Serial number of a role; None where the scheme has no such row."""
        return dict(self.rows).get(role)


def _yaml(path: Path) -> Any:
    """Like yaml.safe_load, with libyaml's parser where PyYAML has it: five times as fast."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506


@cache
def _blocks_document() -> dict[str, Any]:
    document: dict[str, Any] = _yaml(HERE / "blocks.yaml")
    return document


@cache
def block_columns(block: str) -> dict[str, dict[str, str]]:
    """Harmonised columns of a block: name -> type, unit, description; identifiers come first."""
    document = _blocks_document()
    columns: dict[str, dict[str, str]]
    columns = document["identifiers"] | document["blocks"][block]["columns"]
    for name, column in columns.items():
        if not IDENTIFIER.match(name) or not TYPE.match(column["type"]):
            raise LayoutError(f"blocks.yaml: block {block}, column {name}: bad name or type")
    return columns


def block_title(block: str) -> str:
    """Title of a block in the schedule."""
    return str(_blocks_document()["blocks"][block]["title"])


@cache
def row_schemes() -> dict[str, RowScheme]:
    """All row schemes by name; LayoutError where a total is no row."""
    schemes = {}
    for name, scheme in _blocks_document()["row_schemes"].items():
        named = scheme.get("named")
        unknown = set(scheme["totals"]) - set(scheme["rows"])
        if unknown:
            raise LayoutError(f"blocks.yaml: {name}: totals {sorted(unknown)} are no rows")
        first, _, last = (named or "").partition("-")
        schemes[name] = RowScheme(
            rows=tuple(scheme["rows"].items()),
            totals=tuple(scheme["totals"]),
            named=(int(first), int(last)) if named else None,
            extra_from=scheme.get("extra_from"),
        )
    return schemes


def is_survey_year(name: str) -> bool:
    """Whether it is two years in a row, written like 2009-10."""
    years = SURVEY_YEAR.match(name)
    return years is not None and int(years[2]) == (int(years[1]) + 1) % 100


def year_meant(name: str) -> str | None:
    """The survey year that a name like 2022-2023, 2022_23 or 202223 stands for, if any."""
    digits = "".join(character for character in name if character.isdigit())
    guess = f"{digits[:4]}-{digits[-2:]}"
    return guess if len(digits) in (6, 8) and is_survey_year(guess) else None


class Layouts(Mapping[str, SurveyYear]):
    """The survey years that are known, in order.

    `faults`: what is wrong with layouts that can't be used, by survey year, or by the file's name
    where that is none. To look up such a year raises LayoutError with it: a year of the package
    whose own layout is broken stays known, and is never read by the package's instead.
    """

    def __init__(
        self,
        usable: Mapping[str, SurveyYear],
        faults: Mapping[str, str] | None = None,
        package: Iterable[str] = (),
    ):
        self.faults = dict(faults or {})
        self._usable = usable
        self._known = sorted({*usable, *package})

    def __getitem__(self, year: str) -> SurveyYear:
        if year in self.faults:
            raise LayoutError(self.faults[year])
        return self._usable[year]

    def __contains__(self, year: object) -> bool:
        return year in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def load_layouts(user_layouts: Path | None = None) -> Layouts:
    """All survey years; files in the folder `user_layouts` add years or replace them.

    One of those that is no good is its survey year's fault, with the file and the field, and that
    of the user's other years which take over from it; the package's go on with the package's.
    """
    files = {path.stem: path for path in sorted((HERE / "layouts").glob("*.yaml"))}
    written = {year: _mapping(path) for year, path in files.items()}
    package = {year: _document(_whole(year, written, files), files[year]) for year in files}
    faults: dict[str, str] = {}
    try:
        replaced = {path.stem: path for path in _user_files(user_layouts)}
    except LayoutError as error:
        # whose layouts are in there, nobody knows
        return Layouts({}, dict.fromkeys(package, str(error)), package)
    files |= replaced
    for year, path in replaced.items():
        written.pop(year, None)
        with _fault_of(year, faults):
            _require_plain(path)
            written[year] = _mapping(path)
    documents = {year: package[year] for year in package.keys() - replaced.keys()}
    for year in replaced.keys() & written.keys():
        with _fault_of(year, faults):
            documents[year] = _document(_whole(year, written, files), files[year])
    usable: dict[str, SurveyYear] = {}
    for year in replaced.keys() & documents.keys():
        with _fault_of(year, faults):
            usable[year] = _survey_year(year, documents[year], documents, files[year])
    documents = package | {year: documents[year] for year in usable}
    for year in package.keys() - replaced.keys():
        with _fault_of(year, faults):
            usable[year] = _survey_year(year, documents[year], documents, files[year])
    for name in sorted(faults.keys() & replaced.keys()):
        # under a wrong name: its year must not be read as if nobody had a layout of his own for it
        for meant in (year_meant(name), written.get(name, {}).get("survey_year")):
            if isinstance(meant, str) and meant in package and meant not in replaced:
                faults.setdefault(meant, faults[name])
    return Layouts(usable, faults, package)


@contextmanager
def _fault_of(year: str, faults: dict[str, str]) -> Iterator[None]:
    try:
        yield
    except LayoutError as error:
        faults[year] = str(error)


def _user_files(user_layouts: Path | None) -> list[Path]:
    """The layouts in the user's folder, in order. Raises LayoutError where it can't be read."""
    if user_layouts is None or not os.path.lexists(user_layouts):
        return []
    try:
        return sorted(
            path for path in user_layouts.iterdir() if path.suffix.lower() in (".yaml", ".yml")
        )
    except OSError as error:
        raise LayoutError(
            f"{user_layouts}: your layouts can't be read ({error.strerror}); make it a folder that "
            "you can read, or remove it"
        ) from error


def _require_plain(path: Path) -> None:
    """Raise LayoutError for a YAML that would unfold to more than a layout, before it does."""
    depth = aliases = 0
    if path.suffix != ".yaml":
        raise LayoutError(f"{path}: not a layout: rename it to {path.stem}.yaml")
    with _readable(path):
        if not path.is_file():
            raise LayoutError(f"{path}: not a layout: no file that can be read")
        if path.stat().st_size > LAYOUT_BYTES:
            raise LayoutError(f"{path}: not a layout: larger than {LAYOUT_BYTES >> 10} KiB")
        for event in yaml.parse(path.read_text(encoding="utf-8"), Loader=LOADER):
            aliases += isinstance(event, yaml.AliasEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1 if event.start_mark else 1
            if getattr(event, "tag", None):
                # what YAML makes of `!!bool perhaps` is an error of its own kind for each tag
                what = "a tag (!name); write the value alone"
                raise LayoutError(f"{path}, line {line}: not a layout: {what}")
            if aliases > LAYOUT_ALIASES or depth > LAYOUT_DEPTH:
                what = f"more than {LAYOUT_ALIASES} aliases (*name); write them out"
                if depth > LAYOUT_DEPTH:
                    what = f"nested deeper than {LAYOUT_DEPTH} levels"
                raise LayoutError(f"{path}, line {line}: not a layout: {what}")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What YAML or the system says against a file, in a sentence."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise LayoutError(f"{path}{place}: not a layout: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path}: not a layout: no UTF-8 text; save it as UTF-8") from error
    except (OSError, ValueError) as error:
        raise LayoutError(f"{path}: not a layout: {error}") from error


def _mapping(path: Path) -> dict[str, Any]:
    with _readable(path):
        document = _yaml(path)
    if not isinstance(document, dict):
        raise LayoutError(f"{path}: not a layout: it has no `survey_year: ...`")
    return document


def _whole(
    year: str, written: dict[str, dict[str, Any]], files: dict[str, Path], *before: str
) -> dict[str, Any]:
    """The document of a year with all that it takes over from others by `same_as`."""
    document = written[year]
    if "same_as" not in document:
        return document
    base = document["same_as"]
    others = [other for other in written if other not in (year, *before)]
    if base not in others:
        raise LayoutError(
            f"{files[year]}: same_as {base} has no layout that can be used, or leads back here"
        )
    whole = _whole(base, written, files, year, *before)
    _document(whole, files[base])
    differs = {key: value for key, value in document.items() if key != "same_as"}
    return _over(_for_other_years(whole), differs)


def _for_other_years(document: dict[str, Any]) -> dict[str, Any]:
    """A year's document, which is a valid one, as another year takes it over.

    File names that don't follow the year are left out, and with them releases that have no other;
    nobody has seen the other year's files, so certainty is low.
    """
    releases = {}
    for name, release in document.get("releases", {}).items():
        files = [pattern for pattern in release["files"] if "{years}" in pattern]
        if files:
            blocks = {
                code: {key: value for key, value in block.items() if key not in OF_ONE_YEAR}
                for code, block in release["blocks"].items()
            }
            releases[name] = release | {"files": files, "blocks": blocks, "certainty": "low"}
    return document | {"releases": releases}


def _over(
    base: dict[str, Any], document: dict[str, Any], *, fields: tuple[str, ...] = ("rows",)
) -> dict[str, Any]:
    """`document` over `base`: row schemes by block, releases by field, their blocks as wholes."""
    merged = base | document
    for field in fields:
        if isinstance(document.get(field), dict):
            merged[field] = base.get(field, {}) | document[field]
    releases = document.get("releases")
    if isinstance(releases, dict):
        inherited = base.get("releases", {})
        merged["releases"] = inherited | {
            name: _over(inherited.get(name, {}), release, fields=("blocks",))
            if isinstance(release, dict)
            else release
            for name, release in releases.items()
        }
    return merged


def _document(written: dict[str, Any], path: Path) -> _YearDocument:
    try:
        document = _YearDocument.model_validate(written)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        where = ".".join(str(part) for part in first["loc"])
        more = f", and {len(others)} more fields" if others else ""
        raise LayoutError(
            f"{path}: not a layout: {where}: {first['msg'].lower()}{more}; docs/layouts.md shows "
            "what a year needs, `same_as` takes over another's"
        ) from error
    if not is_survey_year(document.survey_year):
        raise LayoutError(f"{path}: survey_year {document.survey_year!r} is not like '2009-10'")
    if document.survey_year != path.stem:
        raise LayoutError(f"{path}: says survey_year {document.survey_year}, not {path.stem}")
    return document


def _survey_year(
    year: str, document: _YearDocument, documents: dict[str, _YearDocument], path: Path
) -> SurveyYear:
    def required(field: str) -> str:
        value: str | None = getattr(document, field)
        if value is None:
            raise LayoutError(f"{path}: {field} is missing")
        return value

    nic_version = required("nic_version")
    item_classification = required("item_classification")
    status_codes = required("status_codes")
    unknown = {
        block: scheme for block, scheme in document.rows.items() if scheme not in row_schemes()
    }
    if unknown or set(document.rows) != set("cdehij"):
        raise LayoutError(f"{path}: rows must name a row scheme for each of c, d, e, h, i, j")
    if not document.releases:
        raise LayoutError(f"{path}: has no releases")
    return SurveyYear(
        survey_year=year,
        nic_version=nic_version,
        item_classification=item_classification,
        status_codes=status_codes,
        rows=tuple(document.rows.items()),
        releases=tuple(
            _release(year, name, release, documents, path)
            for name, release in document.releases.items()
        ),
    )


def _release(
    year: str,
    name: str,
    document: _ReleaseDocument,
    documents: dict[str, _YearDocument],
    path: Path,
) -> Release:
    return Release(
        survey_year=year,
        name=name,
        title=document.title,
        format=document.format,
        line_end=document.line_end,
        key=document.key,
        unique_key=document.unique_key,
        certainty=document.certainty,
        source=document.source,
        state_numbering=document.state_numbering,
        blocks=tuple(
            _block(year, name, document, code, block, documents, path)
            for code, block in document.blocks.items()
        ),
    )


def _block(
    year: str,
    release: str,
    document: _ReleaseDocument,
    code: str,
    block: _BlockDocument,
    documents: dict[str, _YearDocument],
    path: Path,
) -> BlockLayout:
    where = f"{path}: {release}, block {code}"
    letter = block.part_of or code
    if letter not in BLOCK_LETTERS:
        raise LayoutError(f"{where}: no block of ASI; use a to j")
    placed = block
    if block.columns_as:
        other = documents.get(block.columns_as)
        there = other.releases.get(release) if other else None
        source = there.blocks.get(code) if there else None
        if not source or source.columns_as:
            raise LayoutError(
                f"{where}: columns_as {block.columns_as} has no columns of its own that can be used"
            )
        placed = source
    known = block_columns(letter)
    unknown = [
        name for name in (*placed.columns, *block.missing, *placed.inferred) if name not in known
    ]
    if unknown:
        raise LayoutError(f"{where}: unknown columns {', '.join(unknown)}; blocks.yaml lists them")
    if document.format == "fixed_width":
        columns = _positions(placed, known, where)
    else:
        columns = _headers(placed, known, where)
    if "factory_key" not in placed.columns and not block.missing:
        raise LayoutError(f"{where}: has no factory_key")
    derived = tuple(
        _derived(column, rule, where)
        for column, rule in document.derived.items()
        if column in known
    )
    return BlockLayout(
        survey_year=year,
        release=release,
        block=letter,
        code=code,
        format=document.format,
        columns=columns,
        derived=derived,
        files=tuple(
            name.replace("{block}", code.upper()).replace("{years}", year[:4] + year[5:])
            for name in (block.files or document.files)
        ),
        superseded=tuple(block.superseded),
        missing=tuple(block.missing or placed.missing),
        record_length=placed.record_length,
        records=block.records,
        single_file=document.single_file,
    )


def _positions(
    block: _BlockDocument, known: dict[str, dict[str, str]], where: str
) -> tuple[Column, ...]:
    """Columns of a fixed-width record: in order, without gaps or overlaps, within its length.

    Filler at the end of the record is the one gap allowed.
    """
    if not block.record_length:
        raise LayoutError(f"{where}: record_length is missing")
    columns, expected = [], 1
    for name, place in block.columns.items():
        start, _, end = str(place).partition("-")
        try:
            first, last = int(start), int(end or start)
        except ValueError:
            raise LayoutError(f"{where}, {name}: {place!r} is not a position like 5-12") from None
        if first != expected or last < first:
            problem = "overlaps the column before it" if first < expected else "leaves a gap"
            raise LayoutError(f"{where}, {name}: {place} {problem}; {expected} was expected")
        columns.append(Column(name, known[name]["type"], start=first, end=last))
        expected = last + 1
    if expected - 1 > block.record_length:
        raise LayoutError(f"{where}: columns end at {expected - 1}, after record_length")
    return tuple(columns)


def _headers(
    block: _BlockDocument, known: dict[str, dict[str, str]], where: str
) -> tuple[Column, ...]:
    names = [normalise_header(str(source)) for source in block.columns.values()]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise LayoutError(f"{where}: header names used twice: {', '.join(sorted(twice))}")
    return tuple(
        Column(name, known[name]["type"], source=str(source), inferred=name in block.inferred)
        for name, source in block.columns.items()
    )


def _derived(column: str, rule: str, where: str) -> tuple[str, str, int, int]:
    match = re.match(r"^([a-z_]+) (\d+)-(\d+)$", rule)
    if not match:
        raise LayoutError(f"{where}: derived {column}: {rule!r} is not like 'factory_key 6-7'")
    return column, match[1], int(match[2]), int(match[3])


def normalise_header(name: str) -> str:
    """Header names are matched without regard to case and punctuation (`E_Itm_1` = `e_itm1`)."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
