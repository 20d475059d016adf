"""Writes the layout of a survey year to come, as one that takes over the newest known."""

from pathlib import Path

from locus_pipeline.asi.layout import LayoutError, Layouts, is_survey_year
from locus_pipeline.files import replacing

LAYOUT = """\
# ASI {year}, read as {base} is until its files show otherwise (docs/layouts.md).
survey_year: "{year}"
same_as: "{base}"
# Say only what differs; a block that is given is given whole. For example:
# rows: {{e: e-2023}}                       # serial numbers, if the schedule changed
# releases:
#   {release}:
#     certainty: medium                   # once a file of the year was seen
#     files: ["blk{{block}}{{years}}.csv"]    # {{block}}: A to J; {{years}}: {years}
#     blocks:
#       d:
#         columns: {{factory_key: AD01, serial_number: di1, opening: di3, closing: di4}}
"""
LEFT_TO_DO = """\
What is left:
1. Put its files into {releases}; `locus check {releases}` says whether they fit.
2. Compare its schedule with that of {base}: items, serial numbers, codes of status and industry.
3. Its official totals are not in Locus, so its figures are compared with nothing.
4. Restart `make ui`, whose survey years are those of its start."""


def write_year(user_layouts: Path, year: str, layouts: Layouts) -> tuple[Path, str]:
    """Write the layout of `year` into the home's layouts; returns it and the year that it is like.

    Raises LayoutError where that is no survey year, or one that has a layout.
    """
    path = user_layouts / f"{year}.yaml"
    if not is_survey_year(year):
        raise LayoutError(f"{year!r} is no survey year; write it like 2024-25")
    if year in layouts or path.exists():
        known = path if path.exists() else "among the layouts of Locus"
        raise LayoutError(f"{year} has a layout already: {known}")
    earlier = [known for known in layouts if known < year]
    if not earlier:
        raise LayoutError(f"{year}: no survey year before it is known; the first is {min(layouts)}")
    base = layouts[max(earlier)]
    facts = {"year": year, "base": base.survey_year, "release": base.releases[-1].name}
    text = LAYOUT.format(**facts, years=year.replace("-", ""))
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")
    return path, base.survey_year


def left_to_do(releases: Path, year: str, base: str) -> str:
    """What a person does next, in words for the terminal."""
    return LEFT_TO_DO.format(releases=releases / year, base=base)
