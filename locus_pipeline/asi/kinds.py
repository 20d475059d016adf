"""Files that are no block as they are: what each is and how to make one of it, in a sentence."""

import re
import zipfile
from pathlib import Path

HEAD = 1 << 12
GET_AGAIN = "get the file again"
SAVE_AS_CSV = "open it and save the block as CSV (UTF-8)"
EXPORT = "export the block as CSV from the program that made it"
WORKBOOK = ("an Excel workbook", SAVE_AS_CSV)
NESSTAR = ("a Nesstar file", "export the block as CSV or SPSS with the Nesstar Explorer")
# By what a file begins with. Word processors and spreadsheets of old share their first bytes.
MAGIC = {
    b"%PDF": ("a PDF document", GET_AGAIN),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("an Excel (.xls) or Word document", SAVE_AS_CSV),
    b"Rar!": ("a RAR archive", "unpack it"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it"),
    b"\x1f\x8b": ("packed by gzip", "unpack it"),
    b"BZh9": ("packed by bzip2", "unpack it"),
    b"\xfd7zXZ": ("packed by xz", "unpack it"),
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc2\xea\x81\x60": ("a SAS file", EXPORT),
    b"NESSTART": NESSTAR,
    b"RDX2\n": ("an R data file", EXPORT),
    b"RDX3\n": ("an R data file", EXPORT),
    b"{\\rtf": ("an RTF document", GET_AGAIN),
}
# By name, where a block is looked for and only this is there.
FOREIGN_SUFFIXES = {
    ".xlsx": WORKBOOK,
    ".xlsm": WORKBOOK,
    ".xlsb": WORKBOOK,
    ".xls": WORKBOOK,
    ".ods": ("an OpenDocument spreadsheet", SAVE_AS_CSV),
    ".nesstar": NESSTAR,
    ".nsdstat": NESSTAR,
    ".sas7bdat": ("a SAS file", EXPORT),
    ".xpt": ("a SAS file", EXPORT),
    ".por": ("an SPSS portable file", "save it as .sav or CSV"),
    ".rds": ("an R data file", EXPORT),
    ".rdata": ("an R data file", EXPORT),
    ".mdb": ("an Access database", EXPORT),
    ".accdb": ("an Access database", EXPORT),
}
WEB_PAGE = re.compile(
    rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script)\b", re.I | re.S
)
MARKUP = re.compile(rb"\s*<(\?xml|[a-z]+[\s>:])", re.I)


def foreign_kind(path: Path) -> str | None:
    """'is a web page, ...; download it again' for a file that holds no lines of a block."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return f"is empty; {GET_AGAIN}"
    if not head.strip(b"\x00"):
        return f"holds zero bytes only, as a download that broke off does; {GET_AGAIN}"
    for magic, (kind, remedy) in MAGIC.items():
        if head.startswith(magic):
            return f"is {kind}, whatever its name says; {remedy}"
    if head.startswith(b"PK\x03\x04"):
        kind, remedy = _packed_kind(path)
        return f"is {kind}, whatever its name says; {remedy}"
    page = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if WEB_PAGE.match(page):
        return (
            "is a web page, as a portal sends it when a session has ended; sign in and download "
            "the file again"
        )
    return f"is an XML document; {GET_AGAIN}" if MARKUP.match(page) else None


def foreign_name(name: str) -> str | None:
    """'is an Excel workbook; ...' for a file name that says so."""
    kind = FOREIGN_SUFFIXES.get(Path(name.lower()).suffix)
    return kind and f"is {kind[0]}; {kind[1]}"


def _packed_kind(path: Path) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a damaged zip archive", GET_AGAIN
    if any(name.startswith("xl/") for name in names):
        return WORKBOOK
    if "mimetype" in names:
        return "an OpenDocument file", SAVE_AS_CSV
    return "a zip archive", "name it .zip, or unpack it"
