"""Takes a FACTS round in: filled schedules, and sheets of the registry beside them, become typed
tables, or rows with the reason why not.

Every row read is accepted or rejected. A row that can't be used, or whose unit did not consent, is
rejected; the collector's own file keeps it. Units are known by their keyed hash; identifiers, the
interviewer's comment and whatever stands in a rejected row are not stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from locus_pipeline.rounds.identity import unit_hash
from locus_pipeline.rounds.items import (
    KEYS,
    NOT_APPLICABLE,
    NOT_ASKED,
    REGISTRY_SHEETS,
    SCHEDULES,
    SIZE_CLASSES,
    absent,
    asked_before,
    load_items,
)
from locus_pipeline.rounds.offices import FORMS, is_organisation
from locus_pipeline.rounds.reader import Sheet, read_sheets
from locus_pipeline.rounds.round import Round, RoundError, names_withdrawals
from locus_pipeline.rounds.validation import (
    Answers,
    broken_rules,
    contradictions,
    read_answers,
    repeated,
    with_points,
)
from locus_pipeline.text import quoted

GRADES = "ABC"
# Columns of the stored tables and their DuckDB types.
ROUND_TABLES: dict[str, dict[str, str]] = {
    "rounds": {
        "round": "VARCHAR", "title": "VARCHAR", "period": "VARCHAR", "agency": "VARCHAR",
        "controller": "VARCHAR", "collection_mode": "VARCHAR", "collected_from": "VARCHAR",
        "collected_to": "VARCHAR", "files_hash": "VARCHAR", "is_synthetic": "BOOLEAN",
    },
    "round_clusters": {
        "round": "VARCHAR", "cluster_id": "VARCHAR", "cluster_name": "VARCHAR",
        "product": "VARCHAR", "place": "VARCHAR", "state_code": "VARCHAR", "districts": "VARCHAR",
        "cluster_type": "VARCHAR", "benchmark_cluster_code": "VARCHAR", "nic_codes": "VARCHAR",
        "latitude": "DOUBLE", "longitude": "DOUBLE", "is_synthetic": "BOOLEAN",
    },
    "round_strata": {
        "round": "VARCHAR", "cluster_id": "VARCHAR", "size_class": "VARCHAR",
        "is_member": "BOOLEAN", "units_in_frame": "BIGINT", "units_accepted": "BIGINT",
        "is_synthetic": "BOOLEAN",
    },
    "round_units": {
        "round": "VARCHAR", "cluster_id": "VARCHAR", "unit_hash": "VARCHAR",
        "size_class": "VARCHAR", "is_member": "BOOLEAN", "grade": "VARCHAR", "warnings": "BIGINT",
        "items_asked": "BIGINT", "items_answered": "BIGINT", "is_synthetic": "BOOLEAN",
    },
    "round_answers": {
        "round": "VARCHAR", "schedule": "VARCHAR", "cluster_id": "VARCHAR", "unit_hash": "VARCHAR",
        "item": "VARCHAR", "value": "DOUBLE", "text_value": "VARCHAR", "missing_code": "BIGINT",
        "is_synthetic": "BOOLEAN",
    },
    "round_entries": {
        "round": "VARCHAR", "sheet_kind": "VARCHAR", "entry": "BIGINT", "cluster_id": "VARCHAR",
        "item": "VARCHAR", "value": "DOUBLE", "text_value": "VARCHAR", "missing_code": "BIGINT",
        "is_synthetic": "BOOLEAN",
    },
    "round_rejected": {
        "round": "VARCHAR", "file": "VARCHAR", "sheet": "VARCHAR", "row_number": "BIGINT",
        "column_name": "VARCHAR", "reason": "VARCHAR", "is_synthetic": "BOOLEAN",
    },
    "round_warnings": {
        "round": "VARCHAR", "file": "VARCHAR", "sheet": "VARCHAR", "row_number": "BIGINT",
        "column_name": "VARCHAR", "cluster_id": "VARCHAR", "unit_hash": "VARCHAR",
        "reason": "VARCHAR", "is_synthetic": "BOOLEAN",
    },
    "round_intake": {
        "round": "VARCHAR", "file": "VARCHAR", "sheet": "VARCHAR", "schedule": "VARCHAR",
        "rows_read": "BIGINT", "rows_accepted": "BIGINT", "rows_rejected": "BIGINT",
        "is_synthetic": "BOOLEAN",
    },
}  # fmt: skip
# Tick boxes that begin so -> what the association schedule counts of them.
TICKED_ITEMS = {
    "service_": "services_offered", "facility_": "cfc_services", "cell_": "activity_cells",
}  # fmt: skip
# Not stored as answers: what identifies a row has columns of its own, the comment may hold a name.
NOT_STORED = ("cluster_id", "unit_id", "consent", "comment")
NO_CONSENT = "the unit did not consent; its answers are not used"
WITHDRAWN = "the unit withdrew its consent; its answers are not used"
SAME_UNIT = "this unit stands in an earlier row of the round; keep one of them"
SAME_CLUSTER = "this cluster stands in an earlier row of the round; keep one of them"
NO_OFFICE = (
    "the name does not show that it is an association's and is left out; write "
    f"{FORMS['office'].advice}"
)
SAME_ENTRY = "the same stands in an earlier row of the round; keep one of them"
NOT_DESCRIBED = (
    "no cluster with this identifier was accepted from the round's cluster schedule; check the "
    "identifier"
)
MEMBERS_DIFFER = (
    "members by size class do not sum to the members of the association schedule; check both"
)
TICKS_DIFFER = "there are not as many ticks as {} of the association schedule says; check both"
UNKNOWN_CLUSTER = (
    "no cluster with this identifier was accepted from the round's cluster schedule; correct the "
    "identifier, or the row of the cluster"
)


@dataclass(frozen=True)
class Intake:
    """A round's tables, by their names in ROUND_TABLES; `ignored`: files that are no schedules."""

    round: Round
    tables: dict[str, pd.DataFrame]
    ignored: tuple[str, ...]

    def count(self, column: str) -> int:
        """Sum of a column of round_intake: rows_read, rows_accepted or rows_rejected."""
        return int(self.tables["round_intake"][column].sum())

    def grades(self) -> dict[str, int]:
        """Accepted units by grade."""
        counts = self.tables["round_units"]["grade"].value_counts()
        return {grade: int(counts.get(grade, 0)) for grade in GRADES}


@dataclass(frozen=True)
class _Schedule:
    """The rows of a schedule over all files; `places` says where each stood."""

    places: pd.DataFrame
    accepted: pd.Index
    clusters: pd.Series
    hashes: pd.Series
    answers: Answers
    errors: pd.DataFrame
    warnings: pd.DataFrame


def read_forms(facts_round: Round) -> list[Sheet]:
    """The filled schedules of a round. Raises RoundError where one is a list of withdrawals."""
    sheets = [
        sheet
        for path in facts_round.files
        for sheet in read_sheets(path, facts_round.name_of(path))
    ]
    _stop_at_withdrawals(facts_round, sheets)
    return sheets


def take_in(
    facts_round: Round, sheets: list[Sheet], salt: bytes, withdrawn: frozenset[str]
) -> Intake:
    """Validate a round, of which these are the forms. Bad input becomes rejected rows, whatever
    it is."""
    read: dict[str, _Schedule] = {}
    for schedule in SCHEDULES:
        known = None if schedule == "cluster" else set(read["cluster"].clusters)
        read[schedule] = _read_schedule(schedule, sheets, facts_round, salt, withdrawn, known)
    for sheet in REGISTRY_SHEETS:
        read[sheet] = _read_registry(sheet, sheets, facts_round, read)
    frame = _strata(read)
    tables = {
        "rounds": _round_row(facts_round),
        "round_clusters": _clusters(read["cluster"]),
        "round_strata": frame,
        "round_units": _units(read["unit"]),
        "round_answers": pd.concat(
            [_answers(schedule, read[schedule]) for schedule in SCHEDULES], ignore_index=True
        ),
        "round_entries": pd.concat(
            [_entries(sheet, read[sheet]) for sheet in REGISTRY_SHEETS], ignore_index=True
        ),
        "round_rejected": _rejected(read, sheets),
        "round_warnings": _warnings(read, sheets, frame),
        "round_intake": _intake(read, sheets),
    }
    tables = {
        name: table.assign(round=facts_round.key, is_synthetic=facts_round.facts.is_synthetic)
        .reindex(columns=list(ROUND_TABLES[name]))
        .reset_index(drop=True)
        for name, table in tables.items()
    }
    return Intake(facts_round, tables, facts_round.ignored)


def _stop_at_withdrawals(facts_round: Round, sheets: list[Sheet]) -> None:
    """A sheet of a form that is named like a list of withdrawals must not be passed over."""
    for sheet in sheets:
        if names_withdrawals(sheet.name):
            raise RoundError(
                f"{facts_round.folder / sheet.file}: the sheet {quoted(sheet.name)} looks like a "
                "list of withdrawals; save it as withdrawn.csv beside the forms, and take it out "
                "of here"
            )


def _read_schedule(
    schedule: str,
    sheets: list[Sheet],
    facts_round: Round,
    salt: bytes,
    withdrawn: frozenset[str],
    known_clusters: set[str] | None,
) -> _Schedule:
    """`known_clusters`: clusters that rows may belong to; None for the clusters themselves."""
    places, cells, unusable = _gather(schedule, sheets)
    answers, errors = read_answers(schedule, cells)
    # of a sheet or row that can't be told cell by cell that reason is enough
    errors = pd.concat([unusable, _without(errors, unusable["row"])])
    clusters = answers.texts["cluster_id"]
    hashes = pd.Series("", clusters.index, dtype=object)
    if schedule == "unit":
        hashes = _hashes(answers.texts, salt)
        refusals = _refusals(hashes, answers.numbers["consent"], withdrawn)
        # who did not consent or withdrew is told as that alone
        errors = pd.concat([refusals, _without(errors, refusals["row"])])
    if known_clusters is not None:
        stray = clusters.index[clusters.notna() & ~clusters.isin(known_clusters)]
        stray = stray.difference(pd.Index(errors["row"]))
        errors = pd.concat([errors, _breaches(stray, "cluster_id", UNKNOWN_CLUSTER)])
    identities = hashes if schedule == "unit" else clusters
    again = repeated(_without_rows(identities, errors["row"]))
    errors = pd.concat(
        [
            errors,
            _breaches(again, "unit_id", SAME_UNIT)
            if schedule == "unit"
            else _breaches(again, "cluster_id", SAME_CLUSTER),
        ]
    )
    clusters = _without_rows(clusters, errors["row"])
    accepted = answers.of_rows(clusters.index)
    warnings = contradictions(schedule, accepted, facts_round.facts.reference_year)
    if schedule == "association":
        names = accepted.texts["association_name"]
        is_office = names.map(is_organisation, na_action="ignore").eq(True)
        strange = names.index[names.notna() & ~is_office]
        accepted.texts.loc[strange, "association_name"] = None
        warnings = pd.concat([warnings, _breaches(strange, "association_name", NO_OFFICE)])
    return _Schedule(
        places=places,
        accepted=clusters.index,
        clusters=clusters,
        hashes=hashes.loc[clusters.index],
        answers=accepted,
        errors=errors,
        warnings=warnings,
    )


def _read_registry(
    sheet: str, sheets: list[Sheet], facts_round: Round, read: dict[str, _Schedule]
) -> _Schedule:
    """The rows of a sheet of the registry. A round may hold such sheets alone: its clusters may be
    described by another one."""
    places, cells, unusable = _gather(sheet, sheets)
    if cells.empty and unusable.empty:
        return _without_entries(sheet, places)
    answers, errors = read_answers(sheet, cells)
    errors = pd.concat([unusable, _without(errors, unusable["row"])])
    sound = answers.of_rows(cells.index.difference(pd.Index(errors["row"])))
    errors = pd.concat([errors, broken_rules(sheet, sound)])
    keys = answers.texts.join(answers.numbers)[list(KEYS[sheet])]
    identities = pd.Series(
        ["|".join(map(str, row)).lower() for row in keys.itertuples(index=False)],
        keys.index,
        dtype=object,
    )
    again = repeated(_without_rows(identities, errors["row"]))
    errors = pd.concat([errors, _breaches(again, KEYS[sheet][-1], SAME_ENTRY)])
    clusters = _without_rows(answers.texts["cluster_id"], errors["row"])
    accepted = answers.of_rows(clusters.index)
    described = set(read["cluster"].clusters)
    strange = clusters.index[~clusters.isin(described)] if described else clusters.index[:0]
    warnings = [
        contradictions(sheet, accepted, facts_round.facts.reference_year),
        _breaches(strange, "cluster_id", NOT_DESCRIBED),
        *_differences(sheet, clusters, accepted, read["association"]),
    ]
    return _Schedule(
        places=places,
        accepted=clusters.index,
        clusters=clusters,
        hashes=pd.Series("", clusters.index, dtype=object),
        answers=accepted,
        errors=errors,
        warnings=pd.concat(warnings, ignore_index=True),
    )


def _without_entries(sheet: str, places: pd.DataFrame) -> _Schedule:
    """Most rounds leave sheets of the registry out or empty: nothing to validate."""
    items = load_items(sheet)
    numbers = pd.DataFrame(columns=[item.name for item in items if item.is_numeric], dtype=float)
    texts = pd.DataFrame(columns=[item.name for item in items if not item.is_numeric])
    missing = pd.DataFrame(columns=[item.name for item in items], dtype=float)
    none = _breaches(pd.RangeIndex(0), "", "")
    return _Schedule(
        places=places,
        accepted=numbers.index,
        clusters=pd.Series(name="cluster_id", dtype=object),
        hashes=pd.Series(dtype=object),
        answers=Answers(numbers, texts, missing),
        errors=none,
        warnings=none,
    )


def _differences(
    sheet: str, clusters: pd.Series, answers: Answers, association: _Schedule
) -> Iterator[pd.DataFrame]:
    """Where a sheet's rows and the association schedule of the same cluster count differently."""
    told = association.answers.numbers.set_axis(association.clusters).reindex(clusters)
    numbers = answers.numbers
    if sheet == "contact":
        members = numbers[[f"members_{size}" for size in SIZE_CLASSES]].sum(axis=1, skipna=False)
        differ = (members - told["members"].to_numpy()).abs() > 0
        yield _breaches(members.index[differ], "members_micro", MEMBERS_DIFFER)
    if sheet == "activity":
        for prefix, item in TICKED_ITEMS.items():
            boxes = numbers.filter(regex=f"^{prefix}")
            ticks = boxes.drop(columns=f"{prefix}none").sum(axis=1, skipna=False)
            differ = (ticks - told[item].to_numpy()).abs() > 0
            yield _breaches(ticks.index[differ], f"{prefix}none", TICKS_DIFFER.format(item))


def _gather(schedule: str, sheets: list[Sheet]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Places and cells of a schedule's rows over all sheets, and breaches of what can't be used:
    whole sheets, and rows that can't be told cell by cell.
    """
    places = [pd.DataFrame(columns=["file", "sheet", "row_number"])]
    cells, unusable = [pd.DataFrame()], [_breaches(pd.RangeIndex(0), "", "")]
    start = 0
    for sheet in sheets:
        if sheet.schedule != schedule or sheet.cells.index.empty:
            continue
        rows = pd.RangeIndex(start, start + len(sheet.cells))
        start = rows.stop
        numbers = {"file": sheet.file, "sheet": sheet.name, "row_number": sheet.cells.index}
        places.append(pd.DataFrame(numbers, rows))
        told = sheet.cells
        if sheet.comma_is_unclear:
            # answers of a row that has too few or too many cells stand below other names
            shifted = sheet.flaws.loc[sheet.flaws["column_name"] == "", "row_number"]
            told = with_points(schedule, told, told.index[~told.index.isin(shifted)])
        for names in _older_questions(sheet).values():
            told = told.assign(**dict.fromkeys(names, str(NOT_ASKED)))
        cells.append(told.set_axis(rows))
        lacking = absent(schedule, sheet.cells.columns)
        if sheet.problem:
            unusable.append(_breaches(rows, "", sheet.problem))
        elif lacking:
            reason = f"the sheet has no column {', '.join(lacking)}; start from the template"
            unusable.append(_breaches(rows, "", reason))
        else:
            of_number = pd.Series(rows, sheet.cells.index)
            flaws = sheet.flaws.assign(row=sheet.flaws["row_number"].map(of_number))
            unusable.append(flaws[["row", "column_name", "reason"]])
    return pd.concat(places), pd.concat(cells), pd.concat(unusable)


def _hashes(texts: pd.DataFrame, salt: bytes) -> pd.Series:
    """The keyed hash of each row's unit; empty where the row names none."""
    hashes = [
        unit_hash(salt, cluster, unit) if isinstance(unit, str) else ""
        for cluster, unit in zip(texts["cluster_id"], texts["unit_id"], strict=True)
    ]
    return pd.Series(hashes, texts.index, dtype=object)


def _refusals(hashes: pd.Series, consent: pd.Series, withdrawn: frozenset[str]) -> pd.DataFrame:
    gone = hashes.isin(withdrawn)
    return pd.concat(
        [
            _breaches(hashes.index[gone], "consent", WITHDRAWN),
            _breaches(hashes.index[(consent == 0) & ~gone], "consent", NO_CONSENT),
        ]
    )


def _without(breaches: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    return breaches[~breaches["row"].isin(rows)]


def _without_rows(values: pd.Series, rows: pd.Series) -> pd.Series:
    return values[~values.index.isin(rows)]


def _breaches(rows: pd.Index, column: str, reason: str) -> pd.DataFrame:
    return pd.DataFrame({"row": rows, "column_name": column, "reason": reason})


def _round_row(facts_round: Round) -> pd.DataFrame:
    facts = facts_round.facts.model_dump(mode="json") | {"files_hash": facts_round.files_hash()}
    return pd.DataFrame([facts])


def _clusters(clusters: _Schedule) -> pd.DataFrame:
    return clusters.answers.texts.join(clusters.answers.numbers[["latitude", "longitude"]])


def _strata(read: dict[str, _Schedule]) -> pd.DataFrame:
    """Units in the list and accepted, for strata that have either: size class by membership."""
    numbers, units = read["cluster"].answers.numbers, read["unit"]
    accepted = pd.DataFrame(
        {
            "cluster_id": units.clusters,
            "size_class": units.answers.texts["size_class"],
            "is_member": units.answers.numbers["association_member"] == 1,
        }
    ).value_counts()
    clusters = read["cluster"].clusters
    rows = [
        {
            "cluster_id": cluster,
            "size_class": size,
            "is_member": kind == "members",
            "units_in_frame": int(numbers[f"frame_{size}_{kind}"].loc[row]),
            "units_accepted": int(accepted.get((cluster, size, kind == "members"), 0)),
        }
        for row, cluster in zip(clusters.index, clusters, strict=True)
        for size in SIZE_CLASSES
        for kind in ("members", "others")
    ]
    columns = list(ROUND_TABLES["round_strata"])[1:-1]
    strata = pd.DataFrame(rows, columns=columns)
    return strata[(strata["units_in_frame"] > 0) | (strata["units_accepted"] > 0)]


def _units(units: _Schedule) -> pd.DataFrame:
    """Accepted units; each warning takes the grade one step down, to C."""
    stored = [item for item in load_items("unit") if item.name not in NOT_STORED]
    missing = units.answers.missing[[item.name for item in stored if item.counted]]
    answered = units.answers.numbers.join(units.answers.texts)[missing.columns].notna()
    warnings = (
        units.warnings["row"].value_counts().reindex(units.accepted, fill_value=0).astype(int)
    )
    grades = [
        GRADES[min(GRADES.index(grade) + count, len(GRADES) - 1)]
        for grade, count in zip(units.answers.texts["reliability"], warnings, strict=True)
    ]
    return pd.DataFrame(
        {
            "cluster_id": units.clusters,
            "unit_hash": units.hashes,
            "size_class": units.answers.texts["size_class"],
            "is_member": units.answers.numbers["association_member"] == 1,
            "grade": pd.Series(grades, units.accepted, dtype=object),
            "warnings": warnings,
            "items_asked": (missing != NOT_APPLICABLE).sum(axis="columns"),
            "items_answered": answered.sum(axis="columns"),
        }
    )


def _entries(sheet: str, part: _Schedule) -> pd.DataFrame:
    """One row for each cell of the rows of a sheet of the registry, which are counted from 1."""
    cells = _cells(sheet, part)
    numbers = pd.Series(range(1, len(part.accepted) + 1), part.accepted)
    return cells.assign(
        sheet_kind=sheet,
        entry=numbers.reindex(cells.index),
        cluster_id=part.clusters.reindex(cells.index),
    )


def _answers(schedule: str, part: _Schedule) -> pd.DataFrame:
    """One row for each stored answer."""
    cells = _cells(schedule, part)
    return cells.assign(
        schedule=schedule,
        cluster_id=part.clusters.reindex(cells.index),
        unit_hash=part.hashes.reindex(cells.index),
    )


def _cells(schedule: str, part: _Schedule) -> pd.DataFrame:
    """Item, value, text_value and missing_code of accepted rows; an empty cell was not asked."""
    stored = [item.name for item in load_items(schedule) if item.name not in NOT_STORED]
    parts = []
    for column, frame in (("value", part.answers.numbers), ("text_value", part.answers.texts)):
        names = [name for name in stored if name in frame]
        answers = frame[names].melt(var_name="item", value_name=column, ignore_index=False)
        missing = part.answers.missing[names].melt(value_name="code", ignore_index=False)["code"]
        answers["missing_code"] = missing.fillna(NOT_ASKED).where(answers[column].isna())
        parts.append(answers)
    return pd.concat(parts)


def _rejected(read: dict[str, _Schedule], sheets: list[Sheet]) -> pd.DataFrame:
    """One row for each reason, in the order of files and rows; a sheet's own have no row number."""
    of_rows = [part.errors.join(part.places, on="row") for part in read.values()]
    of_sheets = [
        {"file": sheet.file, "sheet": sheet.name, "reason": sheet.problem, "row_number": number}
        for sheet in sheets
        if sheet.problem and (sheet.cells.index.empty or not sheet.schedule)
        for number in (sheet.cells.index if len(sheet.cells) else [None])
    ]
    return _in_order(pd.concat([pd.DataFrame(of_sheets), *of_rows], ignore_index=True))


def _warnings(
    read: dict[str, _Schedule], sheets: list[Sheet], strata: pd.DataFrame
) -> pd.DataFrame:
    """Contradictions in rows, unknown columns of sheets, and lists shorter than their samples."""
    of_rows = [
        part.warnings.join(part.places, on="row")
        .join(part.clusters, on="row")
        .join(part.hashes.rename("unit_hash"), on="row")
        for part in read.values()
    ]
    others: list[dict[str, Any]] = [
        {
            "file": sheet.file,
            "sheet": sheet.name,
            "column_name": column,
            "reason": "the schedule has no such column; it was not read",
        }
        for sheet in sheets
        # without the header of a schedule the first row may hold anything, names too
        if sheet.schedule and not absent(sheet.schedule, sheet.cells.columns)
        for column in sheet.cells.columns.difference(
            [item.name for item in load_items(sheet.schedule)]
        )
    ]
    others += [
        {
            "file": sheet.file,
            "sheet": sheet.name,
            # said at the first row: the column was read
            "row_number": sheet.cells.index[0],
            "column_name": older,
            "reason": f"an older form: the question is read as it is, and {', '.join(names)} have "
            "no answer; take the template of today for the next round",
        }
        for sheet in sheets
        if sheet.schedule and len(sheet.cells)
        for older, names in _older_questions(sheet).items()
    ]
    short = strata[strata["units_accepted"] > strata["units_in_frame"]]
    places = read["cluster"].places.join(read["cluster"].clusters, how="inner")
    for stratum in short.merge(places, on="cluster_id").to_dict("records"):
        kind = "members" if stratum["is_member"] else "others"
        others.append(
            {
                **{name: stratum[name] for name in ("file", "sheet", "row_number", "cluster_id")},
                "column_name": f"frame_{stratum['size_class']}_{kind}",
                "reason": "more units were interviewed than the list has; correct the list",
            }
        )
    table = pd.concat([pd.DataFrame(others), *of_rows], ignore_index=True)
    for column in ("cluster_id", "unit_hash"):
        table[column] = table[column].fillna("") if column in table else ""
    return _in_order(table)


def _older_questions(sheet: Sheet) -> dict[str, list[str]]:
    """Questions that a sheet asks as older forms did, with those of today that it has not."""
    return {
        older: names
        for older, names in asked_before(sheet.schedule).items()
        if older in sheet.cells and not set(names) & set(sheet.cells)
    }


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    wanted = ["file", "sheet", "row_number", "column_name", "reason"]
    table = table.reindex(columns=[*wanted, *table.columns.difference(wanted)])
    return table.sort_values(wanted, na_position="first", kind="stable")


def _intake(read: dict[str, _Schedule], sheets: list[Sheet]) -> pd.DataFrame:
    rows = []
    for sheet in sheets:
        counted, accepted = len(sheet.cells), 0
        if sheet.schedule:
            part = read[sheet.schedule]
            here = (part.places["file"] == sheet.file) & (part.places["sheet"] == sheet.name)
            counted = int(here.sum())
            accepted = int(here.loc[part.accepted].sum())
        rows.append(
            {
                "file": sheet.file,
                "sheet": sheet.name,
                "schedule": sheet.schedule,
                "rows_read": counted,
                "rows_accepted": accepted,
                "rows_rejected": counted - accepted,
            }
        )
    return pd.DataFrame(rows, columns=list(ROUND_TABLES["round_intake"])[1:-1])
