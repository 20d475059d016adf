"""Published figures that a synthetic survey year is calibrated to, and real record counts.

Both come from the reference tables in `seeds/asi`; nothing here is estimated unless it says so.
"""

from functools import cache

from locus_pipeline.asi.layout import BLOCK_LETTERS, Release, SurveyYear
from locus_pipeline.reference import reference_rows

RS_LAKH = 100_000

# A figure that was not published for a year takes the nearest year's ratio to the variable named
# here (2023-24 was read from a short list of figures).
NEAREST_RATIO_TO = {
    "total_persons_engaged": "workers",
    "employees": "total_persons_engaged",
    "total_emoluments": "gross_value_added",
    "wages_to_workers": "total_emoluments",
    "provident_and_other_funds": "total_emoluments",
    "welfare_expenses": "total_emoluments",
    "materials_consumed": "total_input",
    "fuels_consumed": "total_input",
    "products_and_by_products": "total_output",
    "addition_to_stock_finished": "total_output",
    "addition_to_stock_semi_finished": "total_output",
    "depreciation": "fixed_capital",
    "gross_fixed_capital_formation": "fixed_capital",
    "interest_paid": "outstanding_loans",
    "rent_paid": "total_output",
}


NO_UNPAID_ROW = ("1998-99", "1999-00")  # everybody in block E is an employee
SOCIAL_ROW_YEARS = [f"{start}-{start % 100 + 1:02d}" for start in range(2008, 2016)]
STORES_ZERO_ROWS = "2023-24"


@cache
def _series() -> dict[tuple[str, str, str], dict[str, float]]:
    """(geography, 2-digit industry, variable) -> survey year -> value in Rs or number."""
    series: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in reference_rows("asi_published_totals"):
        key = row["geography"], row["nic2"], row["variable"]
        scale = RS_LAKH if row["unit"] == "Rs lakh" else 1
        series.setdefault(key, {})[row["survey_year"]] = float(row["value"]) * scale
    return series


def figure(survey_year: str, variable: str, geography="all-india", nic2="") -> float | None:
    """The published figure in rupees or numbers, or None where none is known."""
    return _series().get((geography, nic2, variable), {}).get(survey_year)


def nearest(survey_year: str, known) -> str:
    """The known survey year nearest to one; of two as near, the earlier."""
    return min(sorted(known), key=lambda year: abs(int(year[:4]) - int(survey_year[:4])))


@cache
def targets(survey_year: str) -> dict[str, float]:
    """All-India totals (rupees, numbers) that the year's sample must add up to.

    Published where they are; else the nearest year's ratio. The output and input of 2023-24 follow
    from the growth that the statistics office announced with it (5.8 % and 4.71 %) and its GVA.
    """
    totals = {
        variable: years[survey_year]
        for (geography, nic2, variable), years in _series().items()
        if geography == "all-india" and nic2 == "" and survey_year in years
    }
    if survey_year == "2023-24":
        before = figure("2022-23", "total_input")
        assert before is not None  # the series has the year before
        totals["total_input"] = 1.0471 * before
        totals["total_output"] = totals["total_input"] + totals["gross_value_added"]
    if survey_year in NO_UNPAID_ROW:
        engaged = totals.get("total_persons_engaged") or totals["employees"]
        totals["total_persons_engaged"] = totals["employees"] = engaged
    for variable, base in NEAREST_RATIO_TO.items():
        if variable not in totals:
            series = _series()["all-india", "", variable]
            bases = _series()["all-india", "", base]
            year = nearest(survey_year, set(series) & set(bases))
            totals[variable] = totals[base] * series[year] / bases[year]
    return totals


@cache
def division_totals(survey_year: str) -> dict[str, dict[str, float]]:
    """2-digit industry -> published figures of the nearest year that has the industry table."""
    tables = [
        (nic2, variable, years)
        for (geography, nic2, variable), years in _series().items()
        if geography == "all-india" and nic2
    ]
    year = nearest(survey_year, {year for _, _, years in tables for year in years})
    divisions: dict[str, dict[str, float]] = {}
    for nic2, variable, years in tables:
        if year in years:
            divisions.setdefault(nic2, {})[variable] = years[year]
    return divisions


def state_shares(survey_year: str) -> dict[str, float]:
    """State -> its share of all factories in the nearest year of its published series."""
    total = _series()["all-india", "", "number_of_factories"]
    shares = {}
    for (geography, _, variable), years in _series().items():
        if variable == "number_of_factories" and geography != "all-india":
            year = nearest(survey_year, years)
            shares[geography] = years[year] / total[year]
    return shares


@cache
def _records() -> dict[tuple[str, str], dict[str, int]]:
    """(release kind, block) -> survey year -> records."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in reference_rows("asi_record_counts"):
        of_block = counts.setdefault((row["release"], row["block"]), {})
        of_block[row["survey_year"]] = int(row["records"])
    return counts


def record_counts(year: SurveyYear, release: Release) -> dict[str, int]:
    """Records of each block code in the real release; where unknown, from the nearest known year.

    A missing block A is interpolated between known years; another missing block takes the nearest
    known year's ratio to block A. The panel and the public release hold the same returns, so one
    stands for the other, but for block E: the panel of 2008-09 to 2015-16 has a row more for each
    factory (bonus, provident fund and welfare). Block E of 2023-24 stores all-zero rows, every row
    of the schedule for each factory; it says nothing about other years.
    """
    survey_year = year.survey_year
    kinds = ("public", "panel") if release.name == "panel" else ("panel", "public")
    returns = _known(kinds, "a")
    counts = {"a": _interpolated(survey_year, returns)}
    for block in BLOCK_LETTERS[1:]:
        series = _without_social_row() if block == "e" else _known(kinds, block)
        if survey_year in series:
            counts[block] = series[survey_year]
            continue
        ratios = {
            other: records / _interpolated(other, returns)
            for other, records in series.items()
            if (block, other) != ("e", STORES_ZERO_ROWS)
        }
        counts[block] = round(counts["a"] * ratios[nearest(survey_year, ratios)])
    if release.name == "panel" and survey_year in SOCIAL_ROW_YEARS:
        counts["e"] += counts["f"]
    counts["b"] = max(counts["b"], -(-counts["e"] // len(year.row_scheme("e").rows)))
    for part in release.blocks:
        if part.code != part.block:
            counts[part.code] = _records()["public", part.code][survey_year]
    return counts


def _known(kinds: tuple[str, str], block: str) -> dict[str, int]:
    """Survey year -> records in either kind of release; the second kind goes before the first."""
    return _records().get((kinds[0], block), {}) | _records().get((kinds[1], block), {})


def _without_social_row() -> dict[str, int]:
    """Records of block E without the panel's additional row."""
    panel, expenses = _records()["panel", "e"], _records()["panel", "f"]
    bare = {
        year: records - (expenses[year] if year in SOCIAL_ROW_YEARS else 0)
        for year, records in panel.items()
    }
    return _records()["public", "e"] | bare


def _interpolated(survey_year: str, series: dict[str, int]) -> int:
    if survey_year in series:
        return series[survey_year]
    before = max(year for year in series if year < survey_year)
    after = min(year for year in series if year > survey_year)
    span = int(after[:4]) - int(before[:4])
    done = int(survey_year[:4]) - int(before[:4])
    return round(series[before] + (series[after] - series[before]) * done / span)
