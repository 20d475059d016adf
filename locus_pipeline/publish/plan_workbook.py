"""The plan as a workbook that a person can change: every sum is a formula over the cells that are
meant to be changed (shaded), so that another amount, size or rule makes other totals at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from locus_pipeline.files import replacing
from locus_pipeline.methods.selection.plan import AMOUNTS, OTHER_SOURCES, PAYERS, YEARS
from locus_pipeline.publish.plan import Plan, PlanError, remarks
from locus_pipeline.settings import Settings
from locus_pipeline.workbook import with_fixed_times

PROGRAMME, STATES, CLUSTERS, COSTS, TARIFF = "Programme", "States", "Clusters", "Costs", "Tariff"
HEADING = Font(bold=True, color="FFFFFF")
HEADING_FILL = PatternFill("solid", start_color="1F3A5F")
TITLE = Font(bold=True, size=14, color="1F3A5F")
CHANGEABLE = PatternFill("solid", start_color="FFF4CC")
FORMAT = "#,##0.0"
WIDE, NARROW = 34, 13
# parts of the allocation and the printed figures, which stand beside the plan
ALLOCATED = ("stakeholder_share", "printed_capacity_total", "printed_total")
FIRST = 2  # row below the heading


def write_plan(settings: Settings, plan: Plan, path: Path) -> None:
    """The workbook as a file. Raises PlanError where it would stand in an edition, in no folder, or
    would not be called a workbook."""
    if path.suffix.lower() != ".xlsx":
        raise PlanError(f"{path} is a workbook; give it a name that ends in .xlsx")
    if path.resolve().is_relative_to(settings.editions.resolve()):
        raise PlanError(f"{path} is inside of an edition, which never changes; choose a place")
    if not path.parent.is_dir():
        raise PlanError(f"The folder {path.parent} is not there; make it first")
    with replacing(path) as aside:
        aside.write_bytes(plan_workbook(plan))


def plan_workbook(plan: Plan) -> bytes:
    """The workbook's bytes, the same for the same plan."""
    workbook = Workbook()
    workbook.properties.title = "Development of clusters over five years"
    workbook.properties.creator = "Locus"
    programme = workbook.active
    programme.title = PROGRAMME
    states, clusters, costs = (workbook.create_sheet(name) for name in (STATES, CLUSTERS, COSTS))
    places = _write_tariff(workbook.create_sheet(TARIFF), plan)
    _write_clusters(clusters, plan)
    lines = _write_costs(costs, plan, places)
    for sheet in (clusters, states):
        _write_sums(sheet, plan, lines)
    _write_programme(programme, plan, lines, places)
    return with_fixed_times(workbook)


@dataclass(frozen=True)
class _Places:
    """Where the tariff has its parts, sizes, rules and phases: cells by name."""

    parts: dict[str, int]
    sizes: str
    rules: str
    phases: dict[str, int]

    def between(self, part: str, size: str, amount: str) -> str:
        """Formula of an amount in the range of a part, for the size in a cell."""
        row, column = self.parts[part], 2 + AMOUNTS.index(amount)
        low, high = f"{TARIFF}!$B${row}", f"{TARIFF}!$C${row}"
        place = f"INDEX({self.sizes},MATCH({size},INDEX({self.sizes},0,1),0),{column})"
        return f"({low}+{place}*({high}-{low}))"

    def share(self, rule: str, payer: str) -> str:
        """Formula of the share of a payer under the rule in a cell."""
        row = f"MATCH({rule},INDEX({self.rules},0,1),0)"
        ratio = [f"INDEX({self.rules},{row},{column})" for column in (2, 3, 4)]
        return f"({ratio[PAYERS.index(payer)]}/({'+'.join(ratio)}))"


def _write_tariff(sheet: Worksheet, plan: Plan) -> _Places:
    tariff, row = plan.tariff, 1
    parts = {}
    _headings(sheet, row, ["Part of source 001, section 4.3 (Rs lakh)", "low", "high", "place"])
    used = [*tariff.lines.part, OTHER_SOURCES, *ALLOCATED]
    given = tariff.parts.set_index("part")
    for part in used:
        row += 1
        parts[part] = row
        _text(sheet.cell(row, 1), given.description[part])
        for column, end in ((2, "low"), (3, "high")):
            _number(sheet.cell(row, column), given[end][part], is_input=True)
        _text(sheet.cell(row, 4), given.source_place[part])
    row += 2
    _headings(sheet, row, ["Size: place in the range, 0 low to 1 high (a proposal)", *AMOUNTS])
    first = row + 1
    for size in tariff.sizes.to_dict("records"):
        row += 1
        _text(sheet.cell(row, 1), size["size"])
        for column, at in enumerate((size[f"{amount}_at"] for amount in AMOUNTS), start=2):
            _number(sheet.cell(row, column), at, is_input=True)
    sizes = f"{TARIFF}!$A${first}:$D${row}"
    row += 2
    _headings(sheet, row, ["Rule: who pays capacity building", *PAYERS[:3], "place"])
    first = row + 1
    for rule in tariff.rules.itertuples():
        row += 1
        _text(sheet.cell(row, 1), rule.rule)
        for column, payer in enumerate(PAYERS[:3], start=2):
            _number(sheet.cell(row, column), getattr(rule, payer), is_input=True)
        _text(sheet.cell(row, 5), rule.source_place)
    rules = f"{TARIFF}!$A${first}:$D${row}"
    row += 2
    _headings(sheet, row, ["Line: share of each year (a proposal)", *map(str, YEARS), "sum"])
    phases = {}
    for line in tariff.lines.to_dict("records"):
        row += 1
        phases[line["line"]] = row
        _text(sheet.cell(row, 1), line["line_name"])
        for year in YEARS:
            _number(sheet.cell(row, 1 + year), line[f"year_{year}"], is_input=True)
        sheet.cell(row, 7, f"=SUM(B{row}:F{row})")
    _fit_width(sheet)
    _widths(sheet, [60, *[NARROW + 8] * 6])
    return _Places(parts, sizes, rules, phases)


def _write_clusters(sheet: Worksheet, plan: Plan) -> None:
    """One row for each cluster; what it is can be changed."""
    rules, sizes = list(plan.tariff.rules.rule), list(plan.tariff.sizes["size"])
    choices = {4: rules, 5: sizes, 6: ["yes", "no"]}
    names = ["Cluster", "Name", "State", "Rule", "Size", "Infrastructure"]
    _headings(sheet, 1, [*names, *AMOUNTS])
    for row, cluster in enumerate(plan.clusters.itertuples(), start=FIRST):
        infrastructure = "yes" if cluster.infrastructure else "no"
        cells = (
            cluster.cluster_id, cluster.cluster_name, cluster.state_name, cluster.rule,
            cluster.size, infrastructure,
        )  # fmt: skip
        for column, value in enumerate(cells, start=1):
            _text(sheet.cell(row, column), value)
            if column in choices:
                sheet.cell(row, column).fill = CHANGEABLE
    last = FIRST + len(plan.clusters) - 1
    for column, allowed in choices.items():
        choice = DataValidation(
            type="list", formula1=f'"{",".join(allowed)}"', showErrorMessage=True
        )
        choice.add(f"{get_column_letter(column)}{FIRST}:{get_column_letter(column)}{last}")
        sheet.add_data_validation(choice)
    _widths(sheet, [WIDE, WIDE, 22, 24, 12, 14, *[NARROW] * 3])


def _write_costs(sheet: Worksheet, plan: Plan, places: _Places) -> int:
    """One row for each cluster, line and payer; returns the last row."""
    _headings(
        sheet, 1,
        ["Row of the cluster", "Cluster", "State", "Line", "Payer", *AMOUNTS,
         *[f"year {year}, share" for year in YEARS]],
    )  # fmt: skip
    row = 1
    for at, cluster in enumerate(plan.clusters.itertuples(), start=FIRST):
        for name, payer, formulas, phases in _lines_of(plan, cluster, at, places):
            row += 1
            sheet.cell(row, 1, at)
            sheet.cell(row, 2, f"={CLUSTERS}!$A${at}")
            sheet.cell(row, 3, f"={CLUSTERS}!$C${at}")
            _text(sheet.cell(row, 4), name)
            _text(sheet.cell(row, 5), payer)
            for column, value in enumerate([*formulas, *phases], start=6):
                cell = sheet.cell(row, column)
                is_formula = isinstance(value, str)
                if is_formula:
                    cell.value = value
                    cell.number_format = FORMAT if column <= 8 else "0%"
                else:
                    _number(cell, value, is_input=True)
    _fit_width(sheet)
    sheet.freeze_panes = "D2"
    _widths(sheet, [9, WIDE, 22, WIDE, 22, *[NARROW] * 8])
    return row


def _lines_of(plan: Plan, cluster: Any, at: int, places: _Places) -> Iterator[tuple]:
    """Name, payer, amounts and shares of years; texts are formulas, numbers are own costs."""
    rule, size, flag = f"{CLUSTERS}!$D${at}", f"{CLUSTERS}!$E${at}", f"{CLUSTERS}!$F${at}"
    for line in plan.tariff.lines.to_dict("records"):
        row = places.phases[line["line"]]
        phases = [f"={TARIFF}!${get_column_letter(1 + year)}${row}" for year in YEARS]
        whole = [places.between(line["part"], size, amount) for amount in AMOUNTS]
        if line["is_split"]:
            for payer in PAYERS[:3]:
                share = places.share(rule, payer)
                yield line["line_name"], payer, [f"={share}*{a}" for a in whole], phases
        elif line["is_infrastructure"]:
            others = [places.between(OTHER_SOURCES, size, amount) for amount in AMOUNTS]
            rest = [f"({a}-{o})" for a, o in zip(whole, others, strict=True)]
            for payer, amounts in (("implementing_agency", rest), ("other_sources", others)):
                formulas = [f'=IF({flag}="yes",{amount},0)' for amount in amounts]
                yield line["line_name"], payer, formulas, phases
        else:
            yield line["line_name"], "implementing_agency", [f"={a}" for a in whole], phases
    user_lines = plan.costs[(plan.costs.cluster_id == cluster.cluster_id) & plan.costs.is_own]
    for (name, payer), rows in user_lines.groupby(["line_name", "payer"], sort=True):
        sums = rows[list(AMOUNTS)].sum()
        by_year = rows.groupby("year").high.sum().reindex(YEARS, fill_value=0.0)
        shares = [float(by_year[year] / sums.high) for year in YEARS]
        yield name, payer, [float(sums[amount]) for amount in AMOUNTS], shares


def _column(letter: str, last: int) -> str:
    return f"{COSTS}!${letter}${FIRST}:${letter}${max(last, FIRST)}"


def _write_sums(sheet: Worksheet, plan: Plan, last: int) -> None:
    """Amounts of each cluster, and of each state."""
    of_states = sheet.title == STATES
    if of_states:
        _headings(sheet, 1, ["State", *AMOUNTS, *PAYERS])
        for row, name in enumerate(sorted(plan.clusters.state_name.unique()), start=FIRST):
            _text(sheet.cell(row, 1), name)
        _widths(sheet, [WIDE, *[NARROW + 8] * 7])
    names = plan.clusters.state_name.nunique() if of_states else len(plan.clusters)
    first_sum = 2 if of_states else 7
    for row in range(FIRST, FIRST + names):
        belongs = (
            f"({_column('C', last)}=$A{row})" if of_states else f"({_column('A', last)}={row})"
        )
        for column, letter in enumerate("FGH", start=first_sum):
            sheet.cell(row, column, f"=SUMPRODUCT({belongs}*{_column(letter, last)})")
            sheet.cell(row, column).number_format = FORMAT
        for column, payer in enumerate(PAYERS if of_states else (), start=5):
            is_paid = f'({_column("E", last)}="{payer}")'
            sheet.cell(
                row, column, f"=SUMPRODUCT({belongs}*{is_paid}*{_column('G', last)})"
            ).number_format = FORMAT
    _fit_width(sheet)
    sheet.freeze_panes = "B2"


def _write_programme(sheet: Worksheet, plan: Plan, last: int, places: _Places) -> None:
    _text(sheet.cell(1, 1), "Development of clusters over five years, Rs lakh")
    sheet["A1"].font = TITLE
    row = 2
    notes = [*remarks(plan), "Shaded cells can be changed; all sums follow."]
    for note in notes:
        row += 1
        _text(sheet.cell(row, 1), note)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
        sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = 15 * (1 + len(note) // 85)
    row += 2
    _headings(sheet, row, ["All planned clusters", *AMOUNTS])
    row += 1
    _sums(sheet, row, "Programme", [f"SUM({_column(letter, last)})" for letter in "FGH"])
    for payer in PAYERS:
        row += 1
        is_paid = f'({_column("E", last)}="{payer}")'
        formulas = [f"SUMPRODUCT({is_paid}*{_column(letter, last)})" for letter in "FGH"]
        _sums(sheet, row, f"paid by {payer.replace('_', ' ')}", formulas)
    for year, phase in zip(YEARS, "IJKLM", strict=True):
        row += 1
        formulas = [
            f"SUMPRODUCT({_column(phase, last)}*{_column(letter, last)})" for letter in "FGH"
        ]
        _sums(sheet, row, f"year {year}", formulas)
    row += 1
    for name, formulas in _printed(plan, places).items():
        row += 1
        _text(sheet.cell(row, 1), name)
        for column, formula in zip((2, 4), formulas, strict=True):
            sheet.cell(row, column, f"={formula}").number_format = FORMAT
    _fit_width(sheet)
    _widths(sheet, [66, *[NARROW + 4] * 3])


def _printed(plan: Plan, places: _Places) -> dict[str, list[str]]:
    """Formulas, low and high, of what publish.plan.printed_of computes."""
    flags = f"{CLUSTERS}!$F${FIRST}:$F${FIRST + len(plan.clusters) - 1}"
    counts = [f'COUNTIF({flags},"{flag}")' for flag in ("yes", "no")]

    def allotted(letter: str) -> str:
        part = {name: f"{TARIFF}!${letter}${row}" for name, row in places.parts.items()}
        capacity = (
            f"({part['capacity_budget']}*(1-{part['stakeholder_share']})"
            f"+{part['development_executive']}+{part['implementing_agency']}"
            f"+{part['training_monitoring']})"
        )
        rest = f"({part['infrastructure']}-{part[OTHER_SOURCES]})"
        return f"({counts[0]}+{counts[1]})*{capacity}+{counts[0]}*{rest}"

    def printed(letter: str) -> str:
        names = ("printed_total", "printed_capacity_total")
        cells = [f"{TARIFF}!${letter}${places.parts[name]}" for name in names]
        return "+".join(f"{count}*{cell}" for count, cell in zip(counts, cells, strict=True))

    return {
        "Allocation by the parts of source 001, section 4.3": [*map(allotted, "BC")],
        "The same as printed: Rs 1.3 to 2.5 crores for each with infrastructure": [
            *map(printed, "BC")
        ],
    }


def _fit_width(sheet: Worksheet) -> None:
    """A sheet is printed on the width of one page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _sums(sheet: Worksheet, row: int, name: str, formulas: list[str]) -> None:
    _text(sheet.cell(row, 1), name)
    for column, formula in enumerate(formulas, start=2):
        sheet.cell(row, column, f"={formula}").number_format = FORMAT


def _headings(sheet: Worksheet, row: int, names: list[str]) -> None:
    for column, name in enumerate(names, start=1):
        cell = sheet.cell(row, column)
        _text(cell, name)
        cell.font, cell.fill = HEADING, HEADING_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = 30


def _text(cell: Cell, value: object) -> None:
    """Never a formula, whatever somebody wrote."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    cell.data_type = "s"
    cell.quotePrefix = True


def _number(cell: Cell, value: float, is_input: bool = False) -> None:
    cell.value = float(value)
    cell.number_format = "General" if is_input else FORMAT
    if is_input:
        cell.fill = CHANGEABLE


def _widths(sheet: Worksheet, widths: list[int]) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
