"""Bad entries: each is rejected or graded, with a message that says where and what to do."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locus_pipeline.rounds.items import MISSING_CODES, load_items
from locus_pipeline.rounds.validation import NUMBER, contradictions, read_answers
from tests.support.rounds import association_row, cluster_row, taken_in, unit_row, write_round

# schedule, changes to a good row, column that the message names, what the message says
ERRORS = [
    ("unit", {"persons": ""}, "persons", "the cell is empty"),
    ("unit", {"persons": "many"}, "persons", "a number in digits"),
    ("unit", {"persons": "20 persons"}, "persons", "a number in digits"),
    ("unit", {"persons": "1,5"}, "persons", "a number in digits"),
    ("unit", {"persons": "nan"}, "persons", "a number in digits"),
    ("unit", {"persons": "inf"}, "persons", "a number in digits"),
    ("unit", {"persons": -3}, "persons", "at least 0 persons"),
    ("unit", {"exports": -1}, "exports", "at least 0 Rs"),
    ("unit", {"online_share": 45}, "online_share", "from 0 to 1"),
    ("unit", {"online_share": "45%"}, "online_share", "a number in digits"),
    ("unit", {"capacity_utilisation": 1.3}, "capacity_utilisation", "from 0 to 1.2"),
    ("unit", {"outage_hours": 721}, "outage_hours", "from 0 to 720 hours"),
    ("unit", {"months_worked": 13}, "months_worked", "from 0 to 12 months"),
    ("unit", {"trust_1": 3.5}, "trust_1", "a whole number"),
    ("unit", {"trust_2": 6}, "trust_2", "from 1 to 5"),
    ("unit", {"broadband": "yes"}, "broadband", "1 for yes or 0 for no"),
    ("unit", {"broadband": 2}, "broadband", "from 0 to 1"),
    ("unit", {"broadband": 0.5}, "broadband", "a whole number"),
    ("unit", {"legal_form": "pvt ltd"}, "legal_form", "one of the codes proprietary"),
    ("unit", {"size_class": "-7"}, "size_class", "one of the codes micro, small, medium, large"),
    ("unit", {"reliability": "D"}, "reliability", "one of the codes A, B, C"),
    ("unit", {"association_member": -8}, "association_member", "1 for yes or 0 for no"),
    ("unit", {"year_started": 19999}, "year_started", "from 1850 to 2100"),
    ("unit", {"year_started": "2001-04-01"}, "year_started", "a year of four digits"),
    ("unit", {"unit_id": "SRI MURUGAN KNITS"}, "unit_id", "a Udyam number"),
    ("unit", {"unit_id": ""}, "unit_id", "can't be used without it"),
    ("unit", {"cluster_id": "Tiruppur"}, "cluster_id", "like IN-33-tiruppur-knitwear-01"),
    ("unit", {"cluster_id": "IN-27-kolhapur-foundry-01"}, "cluster_id", "no cluster with this"),
    ("unit", {"consent": ""}, "consent", "the cell is empty"),
    ("unit", {"consent": 0}, "consent", "did not consent"),
    ("unit", {"comment": "x" * 2001}, "comment", "at most 2000 characters"),
    ("cluster", {"nic_codes": "1410"}, "nic_codes", "5 digits"),
    ("cluster", {"state_code": "99"}, "state_code", "one of the codes 01"),
    ("cluster", {"units_functioning": 0}, "units_functioning", "at least 1 units"),
    ("cluster", {"frame_micro_members": -9}, "frame_micro_members", "a number in digits"),
    ("cluster", {"latitude": 77.3}, "latitude", "from 6 to 38 degrees"),
    ("association", {"quality_label": 4}, "quality_label", "from 0 to 3"),
    ("association", {"members": ""}, "members", "or write -9 not asked"),
]  # fmt: skip
WARNINGS = [
    ("unit", {"gross_value_added": 4_100_000}, "gross_value_added", "within 1 %"),
    ("unit", {"output_previous_year": 1_000_000}, "output", "more than 5 times"),
    ("unit", {"output_previous_year": 60_000_000}, "output", "less than a fifth"),
    ("unit", {"women": 21, "direct_workers_women": 17}, "women", "more than persons"),
    ("unit", {"women": 12}, "women", "is not women"),
    ("unit", {"contract_workers": 9}, "persons", "is not persons"),
    ("unit", {"salaried_staff_women": 5}, "salaried_staff_women", "more than salaried_staff"),
    ("unit", {"persons_bpl": 21}, "persons_bpl", "more than persons"),
    ("unit", {"exports": 9_800_000}, "exports", "more than sales"),
    ("unit", {"materials": 6_100_000}, "materials", "more than input"),
    ("unit", {"materials_imported": 4_100_000}, "materials_imported", "more than materials"),
    ("unit", {"plant_depreciation": 1_600_000}, "plant_depreciation", "more than plant_gross"),
    ("unit", {"loans_guaranteed": 710_000}, "loans_guaranteed", "more than loans_closing"),
    ("unit", {"year_started": 2027}, "year_started", "more than reference_year"),
    ("unit", {"wages_contract_workers": 700_000}, "wages", "is not wages"),
    ("unit", {"persons": 0}, "wages", "no persons"),
    (
        "unit",
        {"loans_opening": 0, "loans_closing": 0, "loans_guaranteed": 0},
        "interest",
        "no loans",
    ),
    ("unit", {"product_share_2": 0.3}, "product_share_1", "more than 1"),
    ("unit", {"months_worked": 6}, "days_worked", "more days than the months"),
    ("unit", {"reference_year": 2025}, "reference_year", "ends in 2026"),
    ("cluster", {"units_registered": 101}, "units_registered", "more than units_functioning"),
    ("cluster", {"plots_vacant": 101}, "plots_vacant", "more than plots"),
    ("cluster", {"effluent_treated": 51}, "effluent_treated", "more than effluent_generated"),
    ("cluster", {"frame_micro_others": 60}, "units_functioning", "more units than the cluster"),
    ("cluster", {"nic_codes": "14101=0.7;13911=0.5"}, "nic_codes", "more than 1"),
    ("association", {"members": 101}, "members", "more than units_in_cluster"),
    ("association", {"scheme_spent": 101}, "scheme_spent", "more than scheme_sanctioned"),
    ("association", {"association_exists": 0}, "association_exists", "has members"),
]
GOOD = {"unit": unit_row, "cluster": cluster_row, "association": association_row}
FIRST_ROW = 4  # three rows above the answers


def names(entry):
    return f"{entry[0]}-{'-'.join(f'{name}={str(v)[:12]}' for name, v in entry[1].items())}"


def round_of(folder, entries):
    """One round with a row for each entry, and where each stands: (file, row)."""
    rows = {"unit": [unit_row()], "cluster": [cluster_row()], "association": [association_row()]}
    places = []
    for number, (schedule, changes, *_) in enumerate(entries, start=2):
        places.append((f"{schedule}.csv", FIRST_ROW + len(rows[schedule])))
        if schedule == "unit":
            rows["unit"].append(unit_row(number, **changes))
        else:
            key = {"cluster_id": f"IN-33-cluster{number}-01"}
            rows["cluster"].append(cluster_row(**key))
            rows["association"].append(association_row(**key))
            rows[schedule][-1] |= changes
    write_round(folder / "pilot", rows["unit"], rows["cluster"], rows["association"])
    return taken_in(folder / "pilot"), dict(zip(map(names, entries), places, strict=True))


@pytest.fixture(scope="module")
def with_errors(tmp_path_factory):
    return round_of(tmp_path_factory.mktemp("errors"), ERRORS)


@pytest.fixture(scope="module")
def with_contradictions(tmp_path_factory):
    return round_of(tmp_path_factory.mktemp("contradictions"), WARNINGS)


def at(table, place):
    return table[(table["file"] == place[0]) & (table["row_number"] == place[1])]


@pytest.mark.parametrize("entry", ERRORS, ids=names)
def test_a_bad_entry_costs_its_row_and_the_reason_says_where_and_what(entry, with_errors):
    _, _, column, words = entry
    intake, places = with_errors
    reasons = at(intake.tables["round_rejected"], places[names(entry)])
    assert reasons["column_name"].tolist() == [column]
    assert words in reasons["reason"].item()


def test_rows_with_errors_are_the_only_ones_that_are_lost(with_errors):
    intake, places = with_errors
    counted = intake.tables["round_intake"].set_index("schedule")
    for schedule in GOOD:
        bad = sum(file == f"{schedule}.csv" for file, _ in places.values())
        # associations of clusters that were rejected go with them
        bad += sum(entry[0] == "cluster" for entry in ERRORS) * (schedule == "association")
        assert counted.loc[schedule, "rows_rejected"] == bad
    assert intake.count("rows_read") == intake.count("rows_accepted") + intake.count(
        "rows_rejected"
    )
    assert intake.tables["round_units"]["grade"].tolist() == ["A"]


@pytest.mark.parametrize("entry", WARNINGS, ids=names)
def test_a_contradiction_keeps_the_row_and_lowers_its_grade(entry, with_contradictions):
    schedule, _, column, words = entry
    intake, places = with_contradictions
    reasons = at(intake.tables["round_warnings"], places[names(entry)])
    said = reasons.loc[reasons["column_name"] == column, "reason"]
    assert said.str.contains(words, regex=False).any(), reasons["reason"].tolist()
    if schedule == "unit":
        (unit_hash,) = reasons["unit_hash"].unique()
        units = intake.tables["round_units"].set_index("unit_hash")
        assert units.loc[unit_hash, "warnings"] == len(reasons)
        assert units.loc[unit_hash, "grade"] == "ABC"[min(len(reasons), 2)]


def test_contradictions_cost_no_row(with_contradictions):
    intake, _ = with_contradictions
    assert intake.tables["round_rejected"].empty
    assert intake.count("rows_read") == intake.count("rows_accepted")


def test_nothing_is_wrong_with_the_good_round(tmp_path):
    intake = taken_in(write_round(tmp_path / "pilot", [unit_row(1), unit_row(2)]))
    assert intake.tables["round_rejected"].empty
    assert intake.tables["round_warnings"].empty
    assert intake.grades() == {"A": 2, "B": 0, "C": 0}


def test_a_leap_with_a_comment_is_no_contradiction(tmp_path):
    leap = unit_row(1, output_previous_year=1_000_000, comment="New machines")
    intake = taken_in(write_round(tmp_path / "pilot", [leap]))
    assert intake.tables["round_warnings"].empty


@pytest.mark.parametrize("code", MISSING_CODES)
def test_missing_codes_are_taken_everywhere_but_in_keys(code):
    for schedule, good in GOOD.items():
        items = [item for item in load_items(schedule) if not item.is_key]
        row = good() | dict.fromkeys((item.name for item in items), code)
        answers, errors = read_answers(schedule, cells(row))
        assert errors.empty, errors["reason"].tolist()
        assert (answers.missing[[item.name for item in items]] == code).all(axis=None)
        kept = [name for name in answers.numbers if name in {item.name for item in items}]
        assert answers.numbers[kept].isna().all(axis=None)
        warnings = contradictions(schedule, answers, 2026)
        assert warnings.empty, "what is not known contradicts nothing"


def test_cells_are_never_repeated_in_reasons(tmp_path):
    """Whatever stands in a cell may identify somebody."""
    secret = "SRI MURUGAN 9876543210"
    units = [unit_row(2, **{item.name: secret}) for item in load_items("unit")]
    intake = taken_in(write_round(tmp_path / "pilot", units))
    for table in ("round_rejected", "round_warnings"):
        assert (
            not intake.tables[table]
            .astype(str)
            .apply(lambda column: column.str.contains("MURUGAN|98765"))
            .any(axis=None)
        )


def test_spreadsheet_forms_of_the_same_answer_are_read_alike():
    rows = [cluster_row(state_code="6", persons_estimate=form) for form in FORMS]
    answers, errors = read_answers("cluster", cells(*rows))
    assert errors.empty
    assert answers.texts["state_code"].tolist() == ["06"] * len(FORMS)
    assert answers.numbers["persons_estimate"].tolist() == [150_000] * len(FORMS)


def cells(*rows):
    """Rows as the reader gives them: text."""
    return pd.DataFrame(rows).map(str)


FORMS = ["150000", "150000.0", "1.5e5", "1,50,000", "150,000"]


@settings(max_examples=200)
@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()))
def test_every_number_that_a_spreadsheet_writes_is_one(number):
    text = str(number)
    if abs(float(number)) < 1e99 and (number == 0 or abs(float(number)) > 1e-99):
        assert NUMBER.fullmatch(text)
