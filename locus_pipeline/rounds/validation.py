"""What is wrong with the rows of a schedule, in words for the person who filled it in.

Two kinds (design of FACTS rounds, a proposal): an error (an empty cell, a wrong type, a value out
of its range or code list) costs the row; a contradiction between answers is a warning, keeps the
row, and lowers the grade of its answers. Messages never repeat what stands in a cell: it may be a
name or a number that identifies somebody.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from locus_pipeline.rounds.identity import (
    CLUSTER_ID_PATTERN,
    UNIT_ID_PATTERN,
    normalised,
    normalised_cluster,
)
from locus_pipeline.rounds.items import (
    MISSING_CODES,
    NONE_OF_LIST,
    REGISTRY_SHEETS,
    SCHEDULES,
    SIZE_CLASSES,
    TICKED,
    UNTICKED,
    Item,
    asked_before,
    load_items,
)
from locus_pipeline.rounds.offices import COMPANY, FORMS, has_word
from locus_pipeline.text import DASHES

if TYPE_CHECKING:
    import pandera.pandas as pa

MISSING_ADVICE = "; ".join(f"{code} {label}" for code, label in MISSING_CODES.items())
# Digits, grouped by commas in the Indian or the western way, or neither.
NUMBER = re.compile(
    r"-?([0-9]+|[1-9][0-9]{0,2}(,[0-9]{2,3})*,[0-9]{3})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?"
)
# A missing code as people and spreadsheets write it: -9, -9.0, -9,0, - 9, -09, -9e0.
MISSING = re.compile(r"- ?0*([6-9])(\.0*|,0{1,2})?([eE][+-]?0+)?")
# A code of digits as a spreadsheet may write it: 9, 09, 9.0.
WHOLE = re.compile(r"([0-9]+)(\.0+)?")
# Commas that can only be decimal, and numbers in which they can only group digits.
DECIMAL_COMMA = re.compile(r"-?[0-9]+,([0-9]{1,2}|[0-9]{4,})|-?0[0-9]*,[0-9]+")
GROUPED = re.compile(
    r"-?[0-9]{1,3}(,[0-9]{2,3})+,[0-9]{3}(\.[0-9]+)?|-?[0-9]{1,3},[0-9]{3}\.[0-9]+"
)
EITHER = re.compile(r"-?[0-9]+,[0-9]{3}")
UNCLEAR = "?"
# How spreadsheets show a number that has no room.
SHOWN_SHORT = re.compile(r"-?[0-9](\.(?P<decimals>[0-9]+))?E\+(?P<exponent>[0-9]{2})")
YES_OR_NO = {"true": "1", "false": "0"}
TICKS = YES_OR_NO | dict.fromkeys((TICKED, "\u2612", "\u2713", "\u2714", "x", "yes"), "1")
TICKS |= {UNTICKED: "0", "no": "0"}
LONGEST_TEXT = 2000
TEXT = re.compile(rf"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{{1,{LONGEST_TEXT}}}")
PATTERNS = {
    "cluster_id": (
        CLUSTER_ID_PATTERN,
        "an identifier like IN-33-tiruppur-knitwear-01",
    ),
    "unit_id": (
        UNIT_ID_PATTERN,
        "a Udyam number (UDYAM-XX-00-0000000), a GSTIN (15 characters) or LIST-<number>",
    ),
    "nic_codes": (
        r"[0-9]{5}(=(0(\.[0-9]+)?|1))?(; *[0-9]{5}(=(0(\.[0-9]+)?|1))?)*",
        "NIC-2008 codes of 5 digits with their share, like 14101=0.7;13911=0.3",
    ),
    "office_pin": (r"[1-9][0-9]{5}", "the six digits of the PIN code"),
}
# A contradiction smaller than this is rounding: of the figure, and in its own unit.
TOLERANCE, ROUNDING = 0.01, 1
NEGLIGIBLE_INTEREST = 1_000  # rupees, on no loans
LEAP = 5
DAYS_IN_MONTH = 31

BREACH_COLUMNS = ["row", "column_name", "reason"]


@dataclass(frozen=True)
class Answers:
    """The answers of a schedule's rows, on the rows' index, one column for each item.

    `numbers` (floats) and `texts` have no value where a cell is empty or holds a missing code;
    `missing` has the missing codes.
    """

    numbers: pd.DataFrame
    texts: pd.DataFrame
    missing: pd.DataFrame

    def of_rows(self, rows: pd.Index) -> "Answers":
        """The answers of these rows."""
        return Answers(self.numbers.loc[rows], self.texts.loc[rows], self.missing.loc[rows])


@dataclass(frozen=True)
class Contradiction:
    """Answers of a row that can't all be right; `contradicts` is true where they do.

    A missing answer contradicts nothing: comparisons with it are false.
    """

    column: str
    reason: str
    contradicts: Callable[[pd.DataFrame], pd.Series]


def read_answers(schedule: str, cells: pd.DataFrame) -> tuple[Answers, pd.DataFrame]:
    """The answers in the cells of a schedule, and what is wrong with them.

    `cells`: text, one column for each item, any unique index. The second result has the columns
    row (of that index), column_name, reason: one row for each error.
    """
    items = load_items(schedule)
    cells = _prepared(items, cells)
    unread = _failures(_cell_schema(schedule), cells)
    is_missing = cells.isin([str(code) for code in MISSING_CODES])
    is_missing[[item.name for item in items if item.is_key]] = False
    missing = cells.where(is_missing).astype(float)
    answered = cells.mask(is_missing)
    numbers = answered[[item.name for item in items if item.is_numeric]]
    numbers = numbers.replace(",", "", regex=True).apply(pd.to_numeric, errors="coerce")
    numbers = numbers.astype(float).replace([np.inf, -np.inf], np.nan)
    for column, breaches in unread[unread["column_name"].isin(numbers)].groupby("column_name"):
        # one reason for a cell is enough
        numbers.loc[breaches["row"], column] = np.nan
    numbers, missing = _with_older(schedule, numbers, missing)
    texts = answered[[item.name for item in items if not item.is_numeric]]
    outside = _failures(_value_schema(schedule), numbers)
    return Answers(numbers, texts, missing), pd.concat([unread, outside], ignore_index=True)


def repeated(values: pd.Series) -> pd.Index:
    """Rows whose value stood in an earlier row."""
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(
        {"value": pa.Column(unique=True, report_duplicates="exclude_first", nullable=True)}
    )
    return pd.Index(_failures(schema, values.to_frame("value"))["row"])


def contradictions(schedule: str, answers: Answers, round_year: int) -> pd.DataFrame:
    """Warnings of a schedule's rows: row, column_name, reason."""
    return _broken((*CONTRADICTIONS[schedule], *_of_the_round(schedule, round_year)), answers)


def broken_rules(schedule: str, answers: Answers) -> pd.DataFrame:
    """Errors of rows of the registry whose cells are sound each and can't stand together: row,
    column_name, reason."""
    return _broken(RULES[schedule], answers)


def _broken(rules: Iterable[Contradiction], answers: Answers) -> pd.DataFrame:
    frame = answers.numbers.join(answers.texts)
    frames = [
        pd.DataFrame(
            {
                "row": frame.index[rule.contradicts(frame).astype(bool)],
                "column_name": rule.column,
                "reason": rule.reason,
            }
        )
        for rule in rules
    ]
    return pd.concat([pd.DataFrame(columns=BREACH_COLUMNS), *frames], ignore_index=True)


def with_points(schedule: str, cells: pd.DataFrame, telling: pd.Index) -> pd.DataFrame:
    """Numbers with decimal points, of a file in which a comma may be decimal or group digits.

    The file itself tells which, by its rows `telling`: 0,95 can only be decimal, 1,23,456 only
    grouped. Where it tells both or neither, what can be read either way becomes no number.
    """
    numeric = [item.name for item in load_items(schedule) if item.is_numeric and item.name in cells]
    texts = [
        text for text in cells.loc[telling, numeric].to_numpy().ravel() if isinstance(text, str)
    ]
    is_decimal = any(map(DECIMAL_COMMA.fullmatch, texts))
    is_grouped = any(map(GROUPED.fullmatch, texts))

    def pointed(text: str) -> str:
        if is_decimal and not is_grouped:
            # then a point may group digits: what has one is left to be rejected
            return text.replace(",", ".") if "." not in text else UNCLEAR
        if is_decimal or not is_grouped:
            return UNCLEAR if EITHER.fullmatch(text) else text
        return text

    commas = cells[numeric].map(
        lambda text: pointed(text) if "," in text or is_decimal else text, na_action="ignore"
    )
    return cells.assign(**commas)


def _prepared(items: Iterable[Item], cells: pd.DataFrame) -> pd.DataFrame:
    """All items as columns; what can be read in one way only is written so."""
    cells = cells.reindex(columns=[item.name for item in items]).astype(object)
    cells = cells.where(cells.notna(), None)
    cells = cells.map(_with_code, na_action="ignore")
    for name, spelt in (("unit_id", normalised), ("cluster_id", normalised_cluster)):
        if name in cells:
            cells[name] = cells[name].map(spelt, na_action="ignore")
    for item in items:
        if item.kind in ("flag", "tick"):
            spellings = TICKS if item.kind == "tick" else YES_OR_NO
            cells[item.name] = cells[item.name].map(
                lambda text, known=spellings: known.get(text.lower(), text), na_action="ignore"
            )
        if item.kind == "codes":
            cells[item.name] = cells[item.name].map(_code_list, na_action="ignore")
        if item.kind == "code" and all(code.isdigit() for code in item.codes):
            # a spreadsheet drops the leading zero of a code
            width = max(map(len, item.codes))
            cells[item.name] = cells[item.name].map(
                lambda text, width=width: _code_of(text, width), na_action="ignore"
            )
    for boxes in tick_lists(items).values():
        # who ticks a box, or unticks one, has gone through the list; a list without was not asked
        is_gone_through = cells[boxes].isin(["0", "1"]).any(axis="columns").to_numpy()[:, None]
        cells[boxes] = cells[boxes].where(cells[boxes].notna() | ~is_gone_through, "0")
    return cells


def _with_older(
    schedule: str, numbers: pd.DataFrame, missing: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The question of older forms answered by the sum of those that took its place, where the form
    of today was filled in; where one of them has a missing code, so has the sum.
    """
    for older, names in asked_before(schedule).items():
        is_empty = numbers[older].isna() & missing[older].isna()
        code = missing[names].bfill(axis="columns").iloc[:, 0].astype(float)
        summed = numbers[names].sum(axis="columns", skipna=False)
        numbers[older] = numbers[older].where(~is_empty, summed)
        missing[older] = missing[older].where(~is_empty, code)
    return numbers, missing


def tick_lists(items: Iterable[Item]) -> dict[str, list[str]]:
    """Section -> its tick boxes."""
    lists: dict[str, list[str]] = {}
    for item in items:
        if item.kind == "tick":
            lists.setdefault(item.section, []).append(item.name)
    return lists


def _code_list(text: str) -> str:
    """Codes joined by semicolons, each once, however they were written."""
    codes = [part.strip().lower() for part in re.split("[;,]", text)]
    return ";".join(dict.fromkeys(code for code in codes if code))


def _with_code(text: str) -> str:
    """A hyphen for the minus that begins a number; a missing code as it is defined."""
    if text[0] in DASHES and text[1:].strip()[:1].isdigit():
        text = f"-{text[1:]}"
    missing = MISSING.fullmatch(text)
    return f"-{missing[1]}" if missing else text


def _code_of(text: str, width: int) -> str:
    whole = WHOLE.fullmatch(text)
    return whole[1].lstrip("0").zfill(width) if whole else text


@cache
def _cell_schema(schedule: str) -> "pa.DataFrameSchema":
    """Cells as text: filled where they must be, and of the item's type."""
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {
            item.name: pa.Column(
                checks=[pa.Check(_reads_as(item), error=_must_be(item))],
                nullable=not item.required,
            )
            for item in load_items(schedule)
        },
        name=schedule,
    )


@cache
def _value_schema(schedule: str) -> "pa.DataFrameSchema":
    """Numbers within their range, and whole where they count something."""
    import pandera.pandas as pa

    columns = {}
    for item in load_items(schedule):
        if not item.is_numeric:
            continue
        checks = []
        if item.minimum is not None or item.maximum is not None:
            checks.append(pa.Check(_within(item), error=_range_advice(item)))
        if item.kind != "number" and item.kind != "share":
            checks.append(
                pa.Check(
                    lambda values: values % 1 == 0, error=f"{item.label}: write a whole number"
                )
            )
        columns[item.name] = pa.Column(checks=checks, nullable=True)
    return pa.DataFrameSchema(columns, name=schedule)


def _reads_as(item: Item) -> Callable[[pd.Series], pd.Series]:
    """Whether each text is of the item's type; missing codes are taken except in keys."""
    missing = [str(code) for code in MISSING_CODES]
    if item.kind == "code":
        return lambda texts: texts.isin([*item.codes, *([] if item.is_key else missing)])
    fits_form = _form(item)

    def reads(texts: pd.Series) -> pd.Series:
        fits = texts.map(fits_form).astype(bool)
        if item.is_numeric:
            fits &= ~texts.map(_is_cut)
        return fits & ~texts.isin(missing) if item.is_key else fits | texts.isin(missing)

    return reads


def _form(item: Item) -> Callable[[str], bool]:
    """Whether a text has the form of the item's answers."""
    if item.kind in FORMS:
        fits = FORMS[item.kind].fits
        return lambda text: TEXT.fullmatch(text) is not None and fits(text)
    if item.kind == "codes":
        return lambda text: set(text.split(";")) <= set(item.codes)
    if item.name in PATTERNS:
        pattern = re.compile(PATTERNS[item.name][0])
    else:
        pattern = NUMBER if item.is_numeric else TEXT
    return lambda text: pattern.fullmatch(text) is not None


def _is_cut(text: str) -> bool:
    """Whether a spreadsheet cut the last digits of a number when it wrote it as 1.23E+07."""
    shown = SHOWN_SHORT.fullmatch(text)
    return shown is not None and int(shown["exponent"]) > len(shown["decimals"] or "")


def _must_be(item: Item) -> str:
    if item.kind == "code":
        shown = ", ".join(item.codes)
        form = f"one of the codes {shown}"
    elif item.kind in FORMS:
        form = FORMS[item.kind].advice
    elif item.kind == "codes":
        form = f"codes joined by semicolons, of {', '.join(item.codes)}"
    elif item.name in PATTERNS:
        form = PATTERNS[item.name][1]
    elif item.kind == "tick":
        form = f"{TICKED} where it applies, else {UNTICKED} or nothing"
    elif item.kind == "flag":
        form = "1 for yes or 0 for no"
    elif item.kind == "year":
        form = "a year of four digits"
    elif item.is_numeric:
        form = "a number in digits, all of them, with a point for decimals and no unit"
    else:
        form = f"at most {LONGEST_TEXT} characters"
    return f"{item.label}: write {form}" + ("" if item.is_key else f", or {MISSING_ADVICE}")


def _empty(item: Item) -> str:
    advice = "the row can't be used without it" if item.is_key else f"or write {MISSING_ADVICE}"
    return f"{item.label}: the cell is empty; fill it in, {advice}"


def _within(item: Item) -> Callable[[pd.Series], pd.Series]:
    low = -np.inf if item.minimum is None else item.minimum
    high = np.inf if item.maximum is None else item.maximum
    return lambda values: values.between(low, high)


def _range_advice(item: Item) -> str:
    if item.minimum is None or item.maximum is None:
        limit = (
            f"at least {item.minimum:g}" if item.maximum is None else f"at most {item.maximum:g}"
        )
    else:
        limit = f"from {item.minimum:g} to {item.maximum:g}"
    unit = f" {item.unit}" if item.unit and item.kind in ("number", "integer") else ""
    return f"{item.label}: the answer must be {limit}{unit}; correct it"


def _failures(schema: "pa.DataFrameSchema", frame: pd.DataFrame) -> pd.DataFrame:
    """Pandera's failure cases as row, column_name, reason."""
    import pandera.pandas as pa

    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        items = {item.name: item for item in load_items(schema.name)} if schema.name else {}
        return pd.DataFrame(
            {
                "row": cases["index"].astype(int),
                "column_name": cases["column"],
                "reason": [
                    _empty(items[column]) if check == "not_nullable" else check
                    for column, check in zip(cases["column"], cases["check"], strict=True)
                ],
            }
        )
    return pd.DataFrame(columns=BREACH_COLUMNS)


def _of_the_round(schedule: str, round_year: int) -> Iterator[Contradiction]:
    if schedule in SCHEDULES:
        yield Contradiction(
            "reference_year",
            f"the round is about the year that ends in {round_year}; check the year of the answers",
            lambda answers: answers["reference_year"] != round_year,
        )
    if schedule == "document":
        yield Contradiction(
            "document_year",
            f"the document is of a later year than the round, which ends in {round_year}; check it",
            lambda answers: answers["document_year"] > round_year,
        )


def _not_more(part: str, whole: str, schedule: str) -> Contradiction:
    """A part is at most its whole."""
    labels = {item.name: item.label for item in load_items(schedule)}
    return Contradiction(
        part,
        f"{part} is more than {whole} ({labels[whole].lower()}); check both",
        lambda answers: answers[part] > answers[whole],
    )


def _adds_up(parts: list[str], whole: str) -> Contradiction:
    """Parts sum to their whole within rounding."""
    return Contradiction(
        whole,
        f"{' + '.join(parts)} is not {whole}; check them",
        lambda answers: _differ(answers[parts].sum(axis="columns", skipna=False), answers[whole]),
    )


def _differ(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one - other).abs() > TOLERANCE * other.abs() + ROUNDING


def _leap(now: str, before: str) -> Contradiction:
    return Contradiction(
        now,
        f"{now} is more than {LEAP} times {before}, or less than a fifth of it; check both, or say "
        "why in comment",
        lambda answers: (
            ((answers[now] > LEAP * answers[before]) | (answers[now] * LEAP < answers[before]))
            & answers["comment"].isna()
        ),
    )


WORKERS = ["direct_workers", "contract_workers", "salaried_staff", "family_workers"]
COMMUNITIES = ["persons_sc", "persons_st", "persons_minority"]
SHARES = [f"product_share_{number}" for number in (1, 2, 3)]
FRAME = [f"frame_{size}_{kind}" for size in SIZE_CLASSES for kind in ("members", "others")]


def _ticks(prefix: str) -> list[str]:
    """The questions of the association schedule that tick the services of a list."""
    return [
        item.name
        for item in load_items("association")
        if item.kind == "flag" and item.name.startswith(prefix)
    ]


def _differs_from_ticks(count: str, ticks: list[str]) -> Callable[[pd.DataFrame], pd.Series]:
    def differs(answers: pd.DataFrame) -> pd.Series:
        is_ticked = answers[ticks].notna().any(axis="columns")
        ticked = answers[ticks].sum(axis="columns")
        return is_ticked & (ticked != answers[count]) & answers[count].notna()

    return differs


CONTRADICTIONS: dict[str, tuple[Contradiction, ...]] = {
    "unit": (
        Contradiction(
            "gross_value_added",
            "gross_value_added is not output less input within 1 %; check the three",
            lambda answers: _differ(
                answers["gross_value_added"], answers["output"] - answers["input"]
            ),
        ),
        _leap("output", "output_previous_year"),
        _adds_up(WORKERS, "persons"),
        _adds_up([f"{kind}_women" for kind in WORKERS], "women"),
        _adds_up([f"wages_{kind}" for kind in WORKERS[:3]], "wages"),
        _adds_up(COMMUNITIES, "persons_sc_st_minority"),
        *(
            _not_more(part, whole, "unit")
            for part, whole in (
                ("women", "persons"),
                *((f"{kind}_women", kind) for kind in WORKERS),
                ("persons_sc_st_minority", "persons"),
                ("persons_bpl", "persons"),
                ("persons_certified", "persons"),
                ("exports", "sales"),
                ("materials", "input"),
                ("materials_imported", "materials"),
                ("plant_depreciation", "plant_gross"),
                ("loans_guaranteed", "loans_closing"),
                ("year_started", "reference_year"),
            )
        ),
        Contradiction(
            "wages",
            "wages were paid but there are no persons; check both",
            lambda answers: (answers["wages"] > 0) & (answers["persons"] == 0),
        ),
        Contradiction(
            "interest",
            "interest was paid but there are no loans; check the loans of both days",
            lambda answers: (
                (answers["interest"] > NEGLIGIBLE_INTEREST)
                & (answers["loans_opening"] == 0)
                & (answers["loans_closing"] == 0)
            ),
        ),
        Contradiction(
            "product_share_1",
            "the shares of the products sum to more than 1; check them",
            lambda answers: answers[SHARES].sum(axis="columns") > 1 + TOLERANCE,
        ),
        Contradiction(
            "days_worked",
            "more days than the months of operation have; check days_worked and months_worked",
            lambda answers: (
                answers["days_worked"] > np.ceil(answers["months_worked"]) * DAYS_IN_MONTH
            ),
        ),
    ),
    "cluster": (
        *(
            _not_more(part, whole, "cluster")
            for part, whole in (
                ("units_registered", "units_functioning"),
                ("units_started", "units_functioning"),
                ("cluster_gva", "district_gva"),
                ("stages_present", "stages_standard"),
                ("plots_vacant", "plots"),
                ("effluent_treated", "effluent_generated"),
            )
        ),
        Contradiction(
            "units_functioning",
            "the list that the sample is drawn from has more units than the cluster; check both",
            lambda answers: answers[FRAME].sum(axis="columns") > answers["units_functioning"],
        ),
        Contradiction(
            "nic_codes",
            "the shares of the industries sum to more than 1; check them",
            lambda answers: answers["nic_codes"].map(_shares_sum).astype(float) > 1 + TOLERANCE,
        ),
    ),
    "association": (
        *(
            _not_more(part, whole, "association")
            for part, whole in (
                ("members", "units_in_cluster"),
                ("board_seats_inclusive", "board_seats"),
                ("income_own", "income"),
                ("units_joint_purchase", "units_in_cluster"),
                ("units_joint_marketing", "units_in_cluster"),
                ("units_shared_facility", "units_in_cluster"),
                ("cfc_hours_used", "cfc_hours_available"),
                ("development_spend_stakeholders", "development_spend"),
                ("scheme_spent", "scheme_sanctioned"),
                ("year_registered", "reference_year"),
            )
        ),
        *(
            Contradiction(
                count,
                f"{count} is not the number of services that are ticked; check both",
                _differs_from_ticks(count, ticks),
            )
            for count, ticks in (
                ("services_offered", _ticks("service_")),
                ("cfc_services", _ticks("cfc_")),
            )
        ),
        Contradiction(
            "association_exists",
            "there is no association but it has members; check both",
            lambda answers: (answers["association_exists"] == 0) & (answers["members"] > 0),
        ),
    ),
    **dict.fromkeys(REGISTRY_SHEETS, ()),
}


def _none_beside_ticks(boxes: list[str]) -> Contradiction:
    (none,) = (name for name in boxes if name.endswith(NONE_OF_LIST))
    others = [name for name in boxes if name != none]
    return Contradiction(
        none,
        "nothing of the list is ticked as well as something of it; take one of the ticks away",
        lambda answers: (answers[none] == 1) & (answers[others] == 1).any(axis="columns"),
    )


def _before(later: str, earlier: str) -> Contradiction:
    """Days and months compare as text as far as both go."""

    def is_before(answers: pd.DataFrame) -> pd.Series:
        return pd.Series(
            [
                isinstance(one, str)
                and isinstance(other, str)
                and one[: len(other)] < other[: len(one)]
                for one, other in zip(answers[later], answers[earlier], strict=True)
            ],
            answers.index,
        )

    return Contradiction(later, f"{later} is before {earlier}; correct the dates", is_before)


RULES: dict[str, tuple[Contradiction, ...]] = {
    "contact": (),
    "organisation": (
        Contradiction(
            "organisation_name",
            "a supplier is named only where it is a company or a cooperative (limited, LLP, "
            "corporation, cooperative); a firm of one person is a person: tell of it as a stage",
            lambda answers: (
                (answers["organisation_kind"] == "supplier")
                & ~answers["organisation_name"].map(
                    lambda name: isinstance(name, str) and has_word(name, COMPANY)
                )
            ),
        ),
    ),
    "document": (
        Contradiction(
            "document_link",
            "the document has neither a reference nor a link, so that nobody finds it; give one",
            lambda answers: answers["document_link"].isna() & answers["document_reference"].isna(),
        ),
    ),
    "stage": (
        Contradiction(
            "stage_location",
            "the stage is absent and has a place; write -6, or correct stage_present",
            lambda answers: (answers["stage_present"] == 0) & answers["stage_location"].notna(),
        ),
    ),
    "milestone": (_before("milestone_completed", "milestone_started"),),
    "activity": tuple(
        _none_beside_ticks(boxes) for boxes in tick_lists(load_items("activity")).values()
    ),
}


def _shares_sum(nic_codes: str) -> float:
    return sum(float(pair.split("=")[1]) for pair in nic_codes.split(";") if "=" in pair)
