"""Records whose numbers are all printed plainly, known by one pattern over the whole line.

Nearly every record is one, and its cells need no further look: what the pattern lets pass is blank
or a number that the column's type holds as it is printed. All else (signs, blanks on the right,
noise, what is no number) is looked at cell by cell, which takes several times as long (reader.py).
"""

import re
from collections.abc import Iterable
from typing import NamedTuple


class Places(NamedTuple):
    """Digits that a number's type holds before the decimal point, and after it."""

    whole: int
    decimals: int


def places_of(kind: str) -> Places | None:
    """Of a layout's type; None of text. A BIGINT holds any number of 18 digits."""
    if kind == "integer":
        return Places(18, 0)
    if not (given := re.fullmatch(r"decimal\((\d+),(\d+)\)", kind)):
        return None
    return Places(int(given[1]) - int(given[2]), int(given[2]))


def fixed_width(columns: Iterable[tuple[int, Places | None]]) -> str:
    """Pattern of a line by the widths of its columns, in order; what has no places is text."""
    cells = (
        f".{{{width}}}" if places is None else _right_aligned(width, places)
        for width, places in columns
    )
    return f"{''.join(cells)}.*"


def separated(cells: Iterable[Places | None], separator: str) -> str:
    """Pattern of a CSV line of these cells, in order.

    Quotes may enclose whole cells, without quotes or separators inside.
    """
    end = re.escape(separator)
    text = f'(?:"[^"{end}]*"|[^"{end}]*)'
    return end.join(text if places is None else _cell(places) for places in cells)


def _right_aligned(width: int, places: Places) -> str:
    """Blanks alone, or a number that ends where its column does, after blanks or zeros."""
    ways = [f" {{{width}}}"]
    for fraction in (None, *range(places.decimals + 1)):
        end = "" if fraction is None else rf"\.[0-9]{{{fraction}}}"
        whole = width - (0 if fraction is None else fraction + 1)
        for digits in range(1, whole + 1):
            zeros = max(digits - places.whole, 0)
            ways.append(f" {{{whole - digits}}}0{{{zeros}}}[0-9]{{{digits - zeros}}}{end}")
    return f"(?:{'|'.join(ways)})"


def _cell(places: Places) -> str:
    number = f"[0-9]{{1,{places.whole}}}"
    if places.decimals:
        number += rf"(?:\.[0-9]{{0,{places.decimals}}})?"
    return f'(?:(?:{number})?|"(?:{number})?")'
