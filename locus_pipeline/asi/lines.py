"""A block file's text as UTF-8 lines that end in LF, whatever program saved it.

Nearly every file is that already and is taken as it lies. Otherwise a copy is written, line for
line the same: UTF-16 and Windows text decoded, CR and CRCRLF line ends mended, endless lines cut.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from locus_pipeline.text import INVISIBLE, SPACES

CHUNK = 1 << 22
# A record of the survey has some hundred characters. Of a longer line only so much is kept.
LONGEST_LINE = 1 << 16
# What stands for bytes that are no text: U+FFFD, the Unicode replacement character.
NO_TEXT = "\N{REPLACEMENT CHARACTER}"
END_OF_DOS_FILE = "\x1a"
# Control characters are no text. Tab, vertical tab and form feed are white space.
ODD_SPACES = "\t\v\f"
# What nearly all files hold and no more: the rest is looked at more closely.
PRINTABLE = bytes({*range(32, 127), *b"\n"})
CONTROLS = bytes({*range(32), 127} - {*f"\n\r{ODD_SPACES}{END_OF_DOS_FILE}".encode()})
BLANK_TAIL = SPACES + INVISIBLE + END_OF_DOS_FILE
TO_NO_TEXT = dict.fromkeys((*CONTROLS, ord(END_OF_DOS_FILE), ord("\r")), NO_TEXT)
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WINDOWS = "windows-1252"
# A character of several bytes in UTF-8, and what Windows text never holds.
UTF8_SEQUENCE = rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
LONGEST_SEQUENCE = 4
NOT_WINDOWS = re.compile(UTF8_SEQUENCE + rb"|[\x00-\x08\x0e-\x19\x1b-\x1f\x7f\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class Lines:
    """Where the lines are, and what they may hold.

    `last` is the number of the last line that is not blank, 0 where there is none. `is_plain`: the
    file as it lies, printable ASCII without tabs. `notes` say what else it is.
    """

    path: Path
    last: int
    is_plain: bool
    notes: tuple[str, ...] = ()


def plain_lines(source: Path, copy: Path) -> Lines:
    """The lines of `source`: the file itself, or `copy` where it had to be written anew.

    What is no text (bytes that are not UTF-8, control characters, a lone carriage return) became
    NO_TEXT in the copy, and a line of more than LONGEST_LINE characters was cut one after that.
    """
    encoding = _wide_encoding(source)
    if encoding is None:
        scan = _Scan()
        with source.open("rb") as file:
            while chunk := file.read(CHUNK):
                scan.feed(chunk)
        if scan.needs_no_copy:
            return Lines(source, scan.last, scan.is_plain)
        encoding = WINDOWS if _is_windows(source) else "utf-8"
    return _rewritten(source, copy, encoding)


class _Scan:
    """One pass over a file's bytes: may DuckDB take it as it lies?"""

    def __init__(self) -> None:
        self.last = 0
        self.is_plain = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text, self._short_lines, self._ascii = True, True, True
        self._ends, self._returns, self._pairs = 0, 0, 0
        self._open_line, self._before, self._tail_marks = 0, b"", 0

    @property
    def needs_no_copy(self) -> bool:
        """UTF-8, the same line end throughout, no control characters, no endless line."""
        return (
            self._text
            and self._short_lines
            and not self._decoder.getstate()[0]
            and self._returns == self._pairs
            and self._pairs in (0, self._ends)
        )

    def feed(self, chunk: bytes) -> None:
        rest = chunk.translate(None, PRINTABLE)
        self._ascii = self._ascii and rest.isascii()
        if self._text and not self._ascii:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._text = False
        self._text = self._text and len(rest.translate(None, CONTROLS)) == len(rest)
        odd = any(space in rest for space in ODD_SPACES.encode())
        self.is_plain = self.is_plain and self._ascii and not odd
        self._measure(chunk)
        marks = rest.count(END_OF_DOS_FILE.encode())
        if full := chunk.rstrip(b"\r\n \x1a"):
            self.last = self._ends + full.count(b"\n") + 1
            after = chunk[len(full) :].count(END_OF_DOS_FILE.encode())
            # the mark of a DOS file's end is none in the middle
            self._text = self._text and not self._tail_marks and marks == after
            self._tail_marks = 0
        self._tail_marks += marks
        self._ends += chunk.count(b"\n")
        self._returns += rest.count(b"\r")
        pairs = chunk.count(b"\r\n") if b"\r" in rest else 0
        self._pairs += pairs + (self._before == b"\r" and chunk[:1] == b"\n")
        self._before = chunk[-1:]

    def _measure(self, chunk: bytes) -> None:
        """Look for a line of more than LONGEST_LINE bytes, a window at a time."""
        start = chunk.find(b"\n") + 1
        self._open_line += start or len(chunk)
        self._short_lines = self._short_lines and self._open_line <= LONGEST_LINE
        if not start:
            return
        while self._short_lines and len(chunk) - start > LONGEST_LINE:
            end = chunk.rfind(b"\n", start, start + LONGEST_LINE)
            self._short_lines = end >= 0
            start = end + 1
        self._open_line = len(chunk) - chunk.rfind(b"\n") - 1


def _wide_encoding(source: Path) -> str | None:
    """UTF-16 or UTF-32, by the mark it begins with or by the zero byte of each character."""
    with source.open("rb") as file:
        head = file.read(1 << 12)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    first, second = head[0::2], head[1::2]
    most = 0.7 * len(second)
    if len(second) >= 8 and min(first.count(0), second.count(0)) < 0.1 * len(second):
        if second.count(0) > most:
            return "utf-16-le"
        if first.count(0) > most:
            return "utf-16-be"
    return None


def _is_windows(source: Path) -> bool:
    """Whether the bytes beyond ASCII are Windows text throughout, not damage in a UTF-8 file."""
    beyond, before = False, b""
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            beyond = beyond or not chunk.isascii()
            chunk = before + chunk
            if NOT_WINDOWS.search(chunk):
                return False
            before = chunk[-LONGEST_SEQUENCE + 1 :]
    return beyond


def _no_text(error: UnicodeError) -> tuple[str, int]:
    """One character for each byte, so that those after it keep their places."""
    assert isinstance(error, UnicodeDecodeError)
    return NO_TEXT * (error.end - error.start), error.end


def _windows_space(error: UnicodeError) -> tuple[str, int]:
    """The non-breaking space of Windows text is sure; its letters depend on the code page."""
    assert isinstance(error, UnicodeDecodeError)
    damaged = error.object[error.start : error.end]
    return "".join("\xa0" if byte == 0xA0 else NO_TEXT for byte in damaged), error.end


codecs.register_error("locus-no-text", _no_text)
codecs.register_error("locus-windows", _windows_space)


def _rewritten(source: Path, copy: Path, encoding: str) -> Lines:
    codec, errors = encoding, "locus-no-text"
    if encoding == WINDOWS:
        codec, errors = "utf-8", "locus-windows"

    def opened() -> TextIO:
        return source.open(encoding=codec, errors=errors, newline="")

    with opened() as file:
        ends_in_returns = not any("\n" in piece for piece in iter(lambda: file.read(CHUNK), ""))
    last, ends = 0, 0
    with opened() as file, copy.open("w", encoding="utf-8", newline="") as target:
        for piece in _cut(_mended(file, ends_in_returns)):
            if full := piece.rstrip(BLANK_TAIL):
                last = ends + full.count("\n") + 1
            ends += piece.count("\n")
            target.write(piece.translate(TO_NO_TEXT))
    notes = [] if encoding == "utf-8" else [f"{encoding.upper()} text"]
    notes += ["lines end in CR"] if ends_in_returns and ends else []
    return Lines(copy, last, False, tuple(notes))


def _mended(file: TextIO, ends_in_returns: bool) -> Iterator[str]:
    """Pieces of the text with LF at the end of each line and no byte-order mark."""
    is_first = True
    while piece := file.read(CHUNK):
        while piece.endswith("\r") and (following := file.read(1)):
            piece += following
        if is_first:
            piece, is_first = piece.removeprefix("\N{BYTE ORDER MARK}"), False
        yield piece.replace("\r", "\n") if ends_in_returns else re.sub("\r+\n", "\n", piece)


def _cut(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces with every line cut after LONGEST_LINE + 1 characters."""
    length = 0
    for piece in pieces:
        lines = piece.split("\n")
        for number, line in enumerate(lines):
            length = length if number == 0 else 0
            lines[number] = line[: max(LONGEST_LINE + 1 - length, 0)]
            length += len(line)
        yield "\n".join(lines)
