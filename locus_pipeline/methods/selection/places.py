"""Priority regions by district, and the poverty line of a place and year.

Regions are those of source 001 (Foundation for MSME Clusters), section 4.2.2; it names whole states
and parts of five, whose districts are resolved in seeds/registry/priority_region_districts.csv, a
reading of ours. Poverty lines are the user's, or the source's own of 1999-2000 (footnote 19): a
line of another year is brought to the year of the wages by the user's deflators, or is not used.
"""

import re
from collections.abc import Mapping
from functools import cache, partial

import numpy as np
import pandas as pd

NO_DISTRICT, UNKNOWN = "no_district_named", "district_not_known"
PART_OF_STATE = "part_of_the_state"
NO_LINE, NO_DEFLATOR = "no_poverty_line", "no_deflator_for_the_poverty_line"
WHOLE, PART = "whole", "part"


def spelled(name: str) -> str:
    """A district's name without what spellings differ in: case, signs, the word district."""
    letters = re.sub(r"[^a-z]", "", name.lower().replace("district", ""))
    return letters


def district_list(names: str | None) -> list[str]:
    """Districts of a schedule's cell."""
    return [one for one in map(spelled, re.split(r"[;,/]", names or "")) if one]


def region_share(
    state_code: str,
    districts: str | None,
    extents: Mapping[str, str],
    known: Mapping[tuple[str, str], bool],
) -> tuple[float, str]:
    """Share of the named districts that lie in a priority region, and why there is none.

    `extents`: whole or part by state; `known`: whether a district (state, spelling) of a state of
    which a part is a priority region lies in it. A district that is not known counts for nothing,
    unless all are."""
    extent = extents.get(state_code)
    if extent != PART:
        return float(extent == WHOLE), ""
    listed = district_list(districts)
    if not listed:
        return np.nan, NO_DISTRICT
    there = [known[state_code, one] for one in listed if (state_code, one) in known]
    if not there:
        return np.nan, UNKNOWN
    return sum(there) / len(there), ""


def district_table(rows: pd.DataFrame) -> dict[tuple[str, str], bool]:
    """(state, spelling) -> is priority, from the seed priority_region_districts, with every name
    that a district has had."""
    return {
        (row["state_code"], spelled(name)): bool(row["is_priority"])
        for row in rows.to_dict("records")
        for name in [row["district_name"], *str(row["other_names"] or "").split(";")]
        if spelled(name)
    }


def poverty_line(
    lines: pd.DataFrame,
    deflators: Mapping[str, float],
    year: str,
    state_code: str,
    setting: str | None,
) -> tuple[float, str, str]:
    """Poverty line of a person (Rs a month), which one it is, and why there is none.

    `lines`: survey_year, state_code (IN for all states), setting (rural or urban), line,
    basis. A state's own line goes before the country's, the newest year up to `year` before older
    ones, the user's before the source's. A mixed or unknown setting takes the mean of both."""
    settings = [setting] if setting in ("rural", "urban") else ["rural", "urban"]
    figures, names = [], []
    for one in settings:
        usable = lines[
            (lines.setting == one)
            & lines.state_code.isin([state_code, "IN"])
            & (lines.survey_year.map(_begins) <= _begins(year))
        ]
        if usable.empty:
            return np.nan, "", NO_LINE
        usable = usable.assign(
            is_ours=usable.basis != "user",
            begins=-usable.survey_year.map(_begins),
            is_country=usable.state_code == "IN",
        ).sort_values(["is_ours", "begins", "is_country"])
        best = usable.iloc[0]
        price = 1.0
        if best.survey_year != year:
            if year not in deflators or best.survey_year not in deflators:
                return np.nan, "", NO_DEFLATOR
            price = deflators[year] / deflators[best.survey_year]
        figures.append(float(best.line) * price)
        names.append(f"{best.basis} {best.survey_year} {best.state_code} {one}")
    return float(np.mean(figures)), "; ".join(names), ""


def _begins(survey_year: str) -> int:
    """The year in which a survey year or the period of a round begins: 2022-23, or 2023."""
    return int(survey_year[:4])


PLACES = {
    "basis": "str", "object_id": "str", "period": "str", "region_share": "float64",
    "region_reason": "str", "poverty_line": "float64", "poverty_line_name": "str",
    "poverty_line_reason": "str",
}  # fmt: skip


def places(
    objects: pd.DataFrame, regions: pd.DataFrame, districts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Rows of PLACES for objects (basis, object_id, period, state_code, districts, setting,
    deflator of the period). A cluster in a state lies in all of it: of a state that is a priority
    region in part, nobody can say."""
    extents = dict(zip(regions.state_code, regions.extent, strict=True))
    known = district_table(districts)
    of_years = [*zip(lines.survey_year, lines.deflator, strict=True)]
    of_years += [*zip(objects.period, objects.deflator, strict=True)]
    deflators = {year: float(price) for year, price in of_years if pd.notna(price)}
    rows = []
    line_of = cache(partial(poverty_line, lines, deflators))  # many objects have one place
    for one in objects.to_dict("records"):
        named = one["districts"] if isinstance(one["districts"], str) else None
        setting = one["setting"] if isinstance(one["setting"], str) else None
        share, reason = region_share(one["state_code"], named, extents, known)
        if one["basis"] == "survey" and reason:
            reason = PART_OF_STATE
        line, name, no_line = line_of(one["period"], one["state_code"], setting)
        rows.append(
            (one["basis"], one["object_id"], one["period"], share, reason, line, name, no_line)
        )
    return pd.DataFrame(rows, columns=list(PLACES)).astype(PLACES)
