"""Numbers as programs print them into CSV files, beyond plain digits.

Read is what can be meant in one way only: digits in groups (2,653,030,993 and 2,65,30,30,993),
scientific notation that shows every digit, and what is left when a number was stored in binary
(100.0000000000001). Nothing is rounded: what a column can't hold as printed is no number.
"""

import re
from decimal import Decimal

from locus_pipeline.text import INVISIBLE, SPACES

# Characters of a printed number: zero padding, then the sign, as the panel release writes it
# (`0000-1234`), then digits and a decimal point.
NUMBER = re.compile(r"0*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
# In groups of three, as the West writes them, or of two before the last three, as India does.
GROUPED = re.compile(
    r"[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]?(,[0-9]{2})*,[0-9]{3})(\.[0-9]*)?"
)
EXPONENT = re.compile(r"[+-]?([0-9]+\.?([0-9]*)|\.([0-9]+))[eE]([+-]?[0-9]{1,3})")
COMMAS = re.compile(r"[+-]?[0-9][0-9,.]*")
LONGEST_NUMBER = 64
# A double holds 15 decimal digits for sure and is printed with 17 at most.
DOUBLE_DIGITS, LONGEST_DOUBLE = 15, 17
# How many zeros (or nines) must stand between a column's decimals and the noise after them.
NOISE_GAP = 2
# What is left of zero when numbers of the survey's sizes are added up and taken away again.
ZERO = Decimal("1e-12")
# What a statistical file's cell is read as when its digits are lost. No file holds this text: it
# begins with what stands for bytes that are no text.
LOST_DIGITS = "\N{REPLACEMENT CHARACTER} digits lost"


def plain_number(text: str, decimals: int, separator: str) -> str | None:
    """The number as digits and a point, exact in so many decimals; None where it isn't one.

    `separator` is the one between the file's cells: where that is no comma, a comma in a number
    may be its decimal point, as it may be in a column of three decimals or more.
    """
    value = _value(text, decimals, separator)
    if value is None:
        return None
    if _decimals(value) > decimals:
        value = without_noise(value, decimals)
    return None if value is None else format(value, "f")


def is_restored(text: str, decimals: int, separator: str) -> bool:
    """Whether `plain_number` takes the number without what binary storage added."""
    value = _value(text, decimals, separator)
    return (
        value is not None
        and _decimals(value) > decimals
        and without_noise(value, decimals) is not None
    )


def without_noise(value: Decimal, decimals: int) -> Decimal | None:
    """The number of so many decimals that a double printed like this was made from, if it is sure.

    Sure is a number that is printed with more digits than a double holds, and that at the digits it
    does hold has zeros (or nines) after the column's decimals; and next to nothing, which is zero.
    """
    if abs(value) <= ZERO:
        return Decimal(0)
    whole = max(value.adjusted() + 1, 0)
    if not DOUBLE_DIGITS < _digits(value) <= LONGEST_DOUBLE:
        return None
    if DOUBLE_DIGITS - whole - decimals < NOISE_GAP:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-decimals))
    noise = Decimal(5).scaleb(whole - DOUBLE_DIGITS - 1)
    return rounded if abs(value - rounded) <= noise else None


def why_no_number(text: str, decimals: int, kept: str) -> str:
    """What is wrong with a cell, in the words of a rejected row; nothing of the cell is repeated.

    `kept` names the column's type; text is that of a serial number.
    """
    if text == LOST_DIGITS:
        return (
            "has lost digits: the file keeps it in single precision. Export the block with double "
            "precision, or as CSV"
        )
    if NUMBER.fullmatch(text) and kept != "text":
        if _decimals(_exact(text)) <= decimals:
            return f"is too large for {kept}"
        return f"has more than {decimals} decimals" if decimals else "is not a whole number"
    if EXPONENT.fullmatch(text):
        return (
            "is in scientific notation that does not show every digit, or has more decimals than "
            "the column. Save the column as plain numbers"
        )
    if "," in text and COMMAS.fullmatch(text):
        return (
            "is not a number: its comma may stand before thousands or before decimals. Save it "
            "without separators of thousands and with a decimal point"
        )
    if any(character in SPACES + INVISIBLE for character in text):
        return "is not a number: white space stands inside it"
    return f"is not a {'dispatch serial ' if kept == 'text' else ''}number"


def _value(text: str, decimals: int, separator: str) -> Decimal | None:
    if len(text) > LONGEST_NUMBER:
        return None
    if GROUPED.fullmatch(text):
        unsure = separator != "," or decimals >= 3
        if unsure and text.count(",") == 1 and "." not in text:
            return None
        return Decimal(text.replace(",", ""))
    if exponent := EXPONENT.fullmatch(text):
        shown = len(exponent[2] or exponent[3] or "")
        return Decimal(text) if shown >= int(exponent[4]) else None
    return _exact(text) if NUMBER.fullmatch(text) else None


def _exact(text: str) -> Decimal:
    """A printed number's value; its sign may stand after the zero padding."""
    return Decimal(text[max(text.find("-"), text.find("+"), 0) :])


def _decimals(value: Decimal) -> int:
    """Digits after the point, trailing zeros apart."""
    _, digits, exponent = value.as_tuple()
    printed = "".join(map(str, digits))
    assert isinstance(exponent, int)  # "n", "N", "F": of what is no number
    return max(-exponent - (len(printed) - len(printed.rstrip("0"))), 0) if any(digits) else 0


def _digits(value: Decimal) -> int:
    """Significant digits."""
    return len("".join(map(str, value.as_tuple().digits)).strip("0"))
