"""How returns are labelled in a release: keys, codes, offices; and the quirks planted in them."""

from dataclasses import dataclass

import numpy as np

from locus_pipeline.asi.layout import Release
from locus_pipeline.sample.asi.economy import Factories, industries, multiplier_decimals
from locus_pipeline.sample.asi.survey import Survey

OFFICE = "SYN"  # field offices of synthetic records begin with it
UNMAPPED_NIC = "99999"
UNKNOWN_FRAME_NIC = "9999"
MASKED_FROM = "2022-23"  # frame NIC and PSL number are masked in public releases
LAST_YEAR_WITH_DISTRICTS = "2009-10"
FEW = 0.002  # share of the returns that a quirk is planted in
UNKNOWN_FRAME = 0.02
SHORTENED_KEYS = {"2006-07": 140 / 66_875}


@dataclass(frozen=True)
class Labels:
    """Texts of each return, and its multiplier in units of 10 ** -decimals."""

    factory_key: np.ndarray
    nic_return: np.ndarray
    nic_frame: np.ndarray
    state_code: np.ndarray
    psl_number: np.ndarray
    district_code: np.ndarray
    field_office: np.ndarray
    multiplier: np.ndarray
    decimals: int

    @property
    def weight(self) -> np.ndarray:
        """Multipliers as printed."""
        return self.multiplier / 10.0**self.decimals


def label(survey: Survey, nic_version: str) -> tuple[Labels, dict[str, int]]:
    """Labels of all returns, and how often each quirk was planted in them."""
    factories, release = survey.factories, survey.release
    survey_year, count = survey.year.survey_year, len(factories)
    random = survey.random("labels")
    decimals = multiplier_decimals(survey_year)
    multiplier = np.rint(factories.weight * 10**decimals).astype(np.int64)
    few = max(1, round(FEW * count))
    turn = random.permutation(count)
    masked = survey_year >= MASKED_FROM

    codes = industries().codes[nic_version][factories.industry].copy()
    frame = np.array([code[:4] for code in codes], dtype=object)
    unknown = random.random(count) < (1.0 if masked else UNKNOWN_FRAME)
    frame[unknown] = UNKNOWN_FRAME_NIC
    codes[turn[:few]] = UNMAPPED_NIC
    quirks = {"nic_frame_unknown": int(unknown.sum()), "nic_unmapped": few}
    lettered, letters = turn[few : 3 * few], random.choice(["X", "Y", "Z"], 2 * few)
    # a habit of the survey years, not of the version: rewritten factories stay the same
    if survey.year.nic_version != "NIC-2008":
        codes[lettered] = [
            codes[at][:4] + letter for at, letter in zip(lettered, letters, strict=True)
        ]
        quirks["nic_with_letters"] = len(lettered)

    state = factories.state.copy()
    if release.key == "FACT_ID":
        key = _identifiers(state, random)
        if not release.unique_key:
            quirks |= _share_keys(key, factories, multiplier, few, random)
        if survey_year in SHORTENED_KEYS:
            short = random.permutation(np.flatnonzero(factories.open))
            short = short[: max(1, round(SHORTENED_KEYS[survey_year] * count))]
            # without its first and fourth digit: five digits, letter, and no state
            key[short] = [key[at][1:3] + key[at][4:7] + "F" for at in short]
            state[short] = ""
            quirks["shortened_key"] = len(short)
    else:
        width = _width(release, "factory_key") or 6
        key = _texts(10 ** (width - 1) + 1 + np.arange(count), width)
    if survey_year > LAST_YEAR_WITH_DISTRICTS:
        districts = np.full(count, 99)
    else:
        districts = random.integers(1, 31, count)
    numbers = np.full(count, 99_999) if masked else random.integers(1, 99_999, count)
    office_width = _width(release, "field_office") or 5
    labels = Labels(
        factory_key=key,
        nic_return=codes,
        nic_frame=frame,
        state_code=state,
        psl_number=_texts(numbers, 5),
        district_code=_texts(districts, 2),
        field_office=np.array(
            [(OFFICE + code)[:office_width] for code in factories.state], dtype=object
        ),
        multiplier=multiplier,
        decimals=decimals,
    )
    quirks |= {
        "joint_returns": int((factories.units > 1).sum()),
        "closed_or_not_in_operation": int(np.isin(factories.status, (2, 3)).sum()),
        "deleted_or_not_responding": int(np.isin(factories.status, np.arange(4, 16)).sum()),
        "extracted_from_previous_year": int((factories.status >= 17).sum()),
        "zero_multiplier": int((multiplier == 0).sum()),
    }
    return labels, quirks


def _texts(numbers: np.ndarray, width: int) -> np.ndarray:
    return np.array([f"{number:0{width}d}" for number in numbers], dtype=object)


def _width(release: Release, name: str) -> int | None:
    """Characters of a column of block A, None in a CSV."""
    columns = {column.name: column for column in release.parts("a")[0].columns}
    return columns[name].width if name in columns and columns[name].start else None


def _identifiers(state: np.ndarray, random) -> np.ndarray:
    """FACT_ID: five digits, state code, letter; unique, the state in characters 6 and 7."""
    numbers = np.empty(len(state), dtype=np.int64)
    for code in np.unique(state):
        here = np.flatnonzero(state == code)
        numbers[here] = 10_000 + np.sort(random.choice(90_000, len(here), replace=False))
    return np.array(
        [f"{number}{code}F" for number, code in zip(numbers, state, strict=True)], dtype=object
    )


def _share_keys(key, factories: Factories, multiplier, few: int, random) -> dict[str, int]:
    """Lets pairs of returns of one state share a FACT_ID, as in the panel of 1998-99 to 2007-08.

    Most pairs differ by multiplier. A very few don't: their second return does not respond, so that
    only the open one has other blocks. Changes `key` and `multiplier`.
    """
    taken = np.zeros(len(key), dtype=bool)

    def pair(first: int, candidates: np.ndarray) -> int | None:
        here = np.flatnonzero(candidates & (factories.state == factories.state[first]) & ~taken)
        if taken[first] or not len(here):
            return None
        second = here[random.integers(len(here))]
        taken[[first, second]] = True
        key[second] = key[first]
        return second

    silent = ~factories.responding & ~factories.counted & (multiplier > 0)
    open_returns = random.permutation(np.flatnonzero(factories.open))
    same = 0
    for first in open_returns:
        if same >= max(1, few // 10):
            break
        second = pair(first, silent)
        if second is not None:
            multiplier[second] = multiplier[first]
            same += 1
    different = 0
    for first in open_returns:
        if different >= few:
            break
        second = pair(first, factories.open & (multiplier != multiplier[first]))
        different += second is not None
    return {"shared_key": different, "shared_key_and_multiplier": same}
