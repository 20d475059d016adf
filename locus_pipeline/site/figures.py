"""How a figure reads: lakh and crore as readers in India expect, the exact value beside it."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

LAKH = 100_000
CRORE = 10_000_000
LAKH_CRORE = LAKH * CRORE
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Quantity:
    """What a column holds: its words, and how its figures are written.

    `kind`: money (rupees), count (persons, factories), share (a part of one, read as per cent),
    change (a ratio of change, read as per cent with its sign), ratio (a plain number), score (one
    decimal).
    """

    column: str
    label: str
    kind: str


def written(value: float | None, kind: str) -> str:
    """A figure as a person reads it; nothing where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    sign, size = (MINUS if value < 0 else ""), abs(value)
    match kind:
        case "money":
            return f"{sign}₹ {_large(size)}"
        case "count":
            return f"{sign}{_large(size)}"
        case "share":
            return f"{sign}{_significant(size * 100)} %"
        case "change":
            return f"{sign or '+'}{_significant(size * 100)} %"
        case "score":
            return f"{sign}{size:.1f}"
        case "ratio":
            return f"{sign}{_significant(size)}"
    raise ValueError(f"no such kind of figure: {kind}")


def exact(value: float | int | bool | None) -> str:
    """All digits of a value, as a spreadsheet reads them."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def grouped(number: int) -> str:
    """Digits in the Indian grouping: 12,34,567."""
    digits = str(number)
    head, tail = digits[:-3], digits[-3:]
    groups = []
    while head:
        groups.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(groups), tail]) if groups else tail


def _large(size: float) -> str:
    if size >= LAKH_CRORE:
        return f"{_significant(size / LAKH_CRORE)} lakh crore"
    if size >= CRORE:
        return f"{_significant(size / CRORE)} crore"
    if size >= LAKH:
        return f"{_significant(size / LAKH)} lakh"
    if size >= 100:
        return grouped(round(size))
    return _significant(size)


def _significant(size: float) -> str:
    """Three digits that count, and no fewer than all before the point."""
    if size == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(size)))
    number = Decimal(repr(size)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    text = grouped(int(number))
    fraction = f"{number:f}".partition(".")[2].rstrip("0")
    return f"{text}.{fraction}" if fraction else text
