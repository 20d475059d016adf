"""What a cell of a user's table may hold: text read by one rule, or a ValueError.

The message for a cell is the description of its column, so nothing is worded here.
"""

import math
import re
from collections.abc import Callable

from pydantic import BeforeValidator

from locus_pipeline.text import DASHES, single_spaced, without_spaces

_YEAR = "((?:19|20)[0-9]{2}|[0-9]{2})"
_SURVEY_YEAR = re.compile(f"(?:FY)?{_YEAR}[-/_]{_YEAR}", re.IGNORECASE)
_FINANCIAL_YEAR = re.compile(f"FY{_YEAR}", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[0-9]+,([0-9]{1,2}|[0-9]{4,})")
# Two digits of a year: the survey began in 1959, and none of this century's years ends beyond.
FIRST_OF_OLD_CENTURY = 59


def _code(cell: str) -> str:
    """Without spaces, any dash as a hyphen."""
    return re.sub(f"[{re.escape(DASHES)}]", "-", without_spaces(cell))


def survey_year(cell: str) -> str:
    """2022-23, from 2022-2023, 2022_23, 2022/23, FY2022-23 and FY23 too."""
    code = _code(cell)
    if match := _FINANCIAL_YEAR.fullmatch(code):
        last = _year(match[1])
        first = last - 1
    elif match := _SURVEY_YEAR.fullmatch(code):
        first, last = _year(match[1]), _year(match[2])
    else:
        raise ValueError
    if last != first + 1:
        raise ValueError
    return f"{first}-{last % 100:02}"


def base_year(cell: str) -> str:
    """A survey year, or a calendar year like 2011."""
    code = _code(cell)
    return code if re.fullmatch("(19|20)[0-9]{2}", code) else survey_year(cell)


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= FIRST_OF_OLD_CENTURY else 2000)


def number(cell: str) -> float:
    """121.3, or 121,3 where a comma can only be a decimal one; no sign, no power of ten.

    A comma before exactly three digits could be either, and is refused.
    """
    code = without_spaces(cell)
    if _DECIMAL_COMMA.fullmatch(code):
        code = code.replace(",", ".")
    if not _PLAIN_NUMBER.fullmatch(code) or not math.isfinite(float(code)):
        raise ValueError
    return float(code)


def _whole(cell: str) -> str:
    """Digits of a code or a year."""
    code = without_spaces(cell)
    if not re.fullmatch("[0-9]+", code):
        raise ValueError
    return code


def _flag(cell: str) -> bool:
    written = without_spaces(cell).lower()
    if written not in ("true", "false"):
        raise ValueError
    return written == "true"


def _list(cell: str) -> str:
    """Codes joined by semicolons, without spaces; empty where there are none."""
    return ";".join(_code(part).lower() for part in cell.split(";") if without_spaces(part))


def _or_nothing(read: Callable[[str], object]) -> Callable[[str], object]:
    """An empty cell is None."""
    return lambda cell: read(cell) if without_spaces(cell) else None


Text = BeforeValidator(single_spaced)
OptionalText = BeforeValidator(_or_nothing(single_spaced))
Code = BeforeValidator(_code)
CapitalCode = BeforeValidator(lambda cell: _code(cell).upper())
SmallCode = BeforeValidator(lambda cell: _code(cell).lower())
CodeList = BeforeValidator(_list)
Digits = BeforeValidator(_whole)
SurveyYear = BeforeValidator(survey_year)
BaseYear = BeforeValidator(base_year)
Number = BeforeValidator(number)
OptionalNumber = BeforeValidator(_or_nothing(number))
OptionalWhole = BeforeValidator(_or_nothing(lambda cell: int(_whole(cell))))
OptionalYear = OptionalWhole
Flag = BeforeValidator(_flag)
OptionalFlag = BeforeValidator(_or_nothing(_flag))
