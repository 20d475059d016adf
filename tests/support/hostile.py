"""Files that ask for more than they are worth, each read in a process of its own that is measured.

    python -m tests.support.hostile FOLDER CASE...

prints a JSON line for each case: what was said, seconds of CPU, and MiB beyond those of a process
that reads nothing.
"""

import json
import os
import random
import resource
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.asi.release import find_release
from locus_pipeline.errors import LocusError
from locus_pipeline.rounds.reader import read_sheets
from locus_pipeline.rounds.round import open_round
from tests.support.records import Reading, csv_line, header, release, year
from tests.support.rounds import FACTS, association_row, write_round

ADDRESS_SPACE = 8 << 30  # a bound for the machine's sake, far above what is allowed
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
PUBLIC = year("2022-23")


def workbook(folder: Path, name: str, content: bytes) -> str:
    """A form in which one member of the workbook is another."""
    write_round(folder / "pilot", [], associations=[association_row()], suffix="xlsx")
    whole, path = folder / "pilot" / "association.xlsx", folder / "bomb.xlsx"
    with (
        zipfile.ZipFile(whole) as archive,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for member in {*archive.namelist(), name}:
            bomb.writestr(member, content if member == name else archive.read(member))
    (sheet,) = read_sheets(path, path.name)
    assert sheet.problem
    return sheet.problem


def layout(folder: Path, text: str) -> str:
    """A layout of the user's own."""
    (folder / "2024-25.yaml").write_text(text)
    return load_layouts(folder).faults["2024-25"]


def round_file(folder: Path, text: str) -> str:
    write_round(folder / "pilot", [])
    (folder / "pilot" / "round.yaml").write_text(text)
    try:
        open_round(folder / "pilot")
    except LocusError as error:
        return str(error)
    raise AssertionError("read")


def long_line(folder: Path) -> str:
    [of_a] = release("2022-23/public").parts("a")
    line = csv_line(of_a)
    lines = [header(of_a), line, line * (40_000_000 // len(line)), line]
    reading = Reading(folder, release("2022-23/public"), "a", "\n".join(lines))
    [rejected] = reading.rejected
    assert len(reading.rows) == 2
    return rejected["reason"]


def archive(folder: Path, members: dict[str, bytes]) -> Path:
    release_folder = folder / "2022-23"
    release_folder.mkdir()
    with zipfile.ZipFile(release_folder / "release.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return release_folder


def read_release(folder: Path) -> str:
    """What a release says when it is refused; how many files it has when it is not."""
    try:
        contents = find_release(folder, PUBLIC)
        for file in contents.files.values():
            with file.opened(folder.parent / "scratch"):
                pass
    except LocusError as error:
        return str(error)
    return f"{len(contents.files)} blocks, {len(contents.ignored)} others"


def lying_archive(folder: Path) -> str:
    """A gigabyte of zeros whose directory says that it is a hundred bytes."""
    path = archive(folder, {"blkA202223.csv": bytes(1 << 30)}) / "release.zip"
    content = bytearray(path.read_bytes())
    for start, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.index(start) + at
        content[place : place + 4] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    return read_release(path.parent)


def flipped_archives(folder: Path) -> str:
    """A hundred and fifty archives with one to three bits turned."""
    rows = b"".join(b"%d,1\n" % number for number in range(500))
    path = archive(folder, {f"blk{letter}202223.csv": rows for letter in "ABC"}) / "release.zip"
    whole, chance = path.read_bytes(), random.Random(1)
    said = set()
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        said.add(read_release(path.parent))
    return f"{len(said)} sentences, among them {max(said, key=len)}"


def round_with(line: str) -> str:
    return "".join(f"{name}: {value}\n" for name, value in FACTS.items()) + line


ALIASES = "\n".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) or 'x'}]" for n in range(1, 12)
).replace("*a0", "x")
CASES: dict[str, Callable[[Path], str]] = {
    "a workbook of texts": lambda folder: workbook(
        folder, "xl/sharedStrings.xml", b"<sst>" + b"<si><t>x</t></si>" * 600_000 + b"</sst>"
    ),
    "a workbook of a million rows": lambda folder: workbook(
        folder, "xl/worksheets/sheet1.xml", SHEET + b"<row><c><v>1</v></c></row>" * 1_000_000
    ),
    "a workbook that unpacks to a gigabyte": lambda folder: workbook(
        folder, "xl/media/image1.png", bytes(1 << 30)
    ),
    "a layout of aliases": lambda folder: layout(folder, ALIASES),
    "a layout of brackets": lambda folder: layout(folder, "a: " + "[" * 200_000),
    "a layout of sixties": lambda folder: layout(folder, "a: 1" + ":1" * 100_000),
    "a layout with an endless number": lambda folder: layout(folder, "a: " + "9" * 200_000),
    "a layout with a tag": lambda folder: layout(folder, "a: !!bool perhaps\n"),
    "a round file of aliases": lambda folder: round_file(folder, ALIASES),
    "a round file of sixties": lambda folder: round_file(
        folder, round_with("comment: 1" + ":1" * 25_000 + "\n")
    ),
    "a round file with a tag": lambda folder: round_file(
        folder, round_with("comment: !!timestamp never\n")
    ),
    "a line of 40 MB": long_line,
    "an archive of a gigabyte of zeros": lambda folder: read_release(
        archive(folder, {"blkA202223.csv": bytes(1 << 30)})
    ),
    "an archive that lies about a gigabyte": lying_archive,
    "an archive of 60,000 documents": lambda folder: read_release(
        archive(
            folder,
            {"blkA202223.csv": b"1\n"} | {f"docs/readme {n}.txt": b"" for n in range(60_000)},
        )
    ),
    "flipped archives": flipped_archives,
}


def measured(work: Callable[[], str]) -> dict[str, object]:
    """What some work says and takes, in a fork of this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode(errors="replace")[:2000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, _, usage = os.wait4(child, 0)
    seconds = round(usage.ru_utime + usage.ru_stime, 1)
    return {"said": said, "seconds": seconds, "mebibytes": usage.ru_maxrss // 1024}


def main(home: Path, names: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    nothing = measured(lambda: "")["mebibytes"]
    for name in names:
        folder = home / str(len(list(home.iterdir())))
        folder.mkdir()
        outcome = measured(lambda folder=folder, name=name: CASES[name](folder))
        outcome["mebibytes"] -= nothing
        print(json.dumps({"case": name} | outcome), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(CASES))
