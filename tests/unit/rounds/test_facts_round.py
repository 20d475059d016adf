"""A round's folder: what it must say, what is read of it, and files that are no schedules."""

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locus_pipeline.rounds.identity import unit_hash
from locus_pipeline.rounds.reader import read_sheets
from locus_pipeline.rounds.round import RoundError, open_round, round_keys
from locus_pipeline.rounds.templates import write_schedule
from locus_pipeline.rounds.withdrawal import withdrawn_hashes
from locus_pipeline.settings import Settings
from tests.support.rounds import CLUSTER_ID, SALT, association_row, taken_in, unit_row, write_round


def test_a_round_knows_itself(tmp_path):
    facts_round = open_round(write_round(tmp_path / "2025-26-pilot", [unit_row()]))
    assert (facts_round.key, facts_round.facts.period, facts_round.facts.reference_year) == (
        "2025-26-pilot", "2025-26", 2026,
    )  # fmt: skip
    assert [path.name for path in facts_round.files] == [
        "association.csv",
        "cluster.csv",
        "unit.csv",
    ]


@pytest.mark.parametrize("name", ["Pilot", "pilot 1", "-pilot", "p" * 42, "..", "pilot_1"])
def test_folder_names_that_are_no_keys(name, tmp_path):
    with pytest.raises(RoundError, match="small letters, digits and hyphens"):
        open_round(tmp_path / name)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"collection_mode": "invented"}, "collection_mode"),
        ({"collected_to": "2026-01-01"}, "before collected_from"),
        ({"period": "2025"}, "period"),
        ({"period": "2025-27"}, "no financial year"),
        ({"agency": ""}, "agency"),
        ({"is_synthetic": "no"}, "is_synthetic"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_round_file_says_what_is_wrong(changes, words, tmp_path):
    folder = write_round(tmp_path / "pilot", [], **changes)
    with pytest.raises(RoundError, match=words):
        open_round(folder)


@pytest.mark.parametrize("content", [None, "title: [", "just text", "!!python/object:os.system {}"])
def test_round_file_that_can_not_be_read(content, tmp_path):
    folder = write_round(tmp_path / "pilot", [])
    (folder / "round.yaml").unlink()
    if content:
        (folder / "round.yaml").write_text(content)
    with pytest.raises(RoundError, match=r"round\.yaml"):
        open_round(folder)


def test_withdrawals_are_hashed_as_units_are(tmp_path):
    (tmp_path / "withdrawn.csv").write_text(
        f"unit_id,cluster_id\n udyam-tn-33-0000001,\n\nLIST-7,{CLUSTER_ID}\n"
    )
    assert withdrawn_hashes([tmp_path, tmp_path / "none"], SALT) == {
        unit_hash(SALT, "", "UDYAM-TN-33-0000001"),
        unit_hash(SALT, CLUSTER_ID, "LIST-7"),
    }


@pytest.mark.parametrize("content", [b"", b"udyam\nUDYAM-TN-33-0000001\n", b"unit_id\n\xff\xfe\n"])
def test_a_withdrawal_is_never_passed_over(content, tmp_path):
    (tmp_path / "withdrawn.csv").write_bytes(content)
    with pytest.raises(RoundError, match=r"withdrawn\.csv"):
        withdrawn_hashes([tmp_path], SALT)


def test_rounds_are_the_folders_with_a_round_file(tmp_path):
    settings = Settings(home=tmp_path)
    assert round_keys(settings) == []
    for key in ("b", "a"):
        write_round(settings.facts / key, [])
    (settings.facts / "notes").mkdir()
    assert round_keys(settings) == ["a", "b"]


BAD_FILES = {
    "unit.xlsx": (b"no workbook", "save it as .xlsx again"),
    "report.csv": (b"a,b\n1,2\n", "must begin with unit, cluster or association"),
    "unit-latin.csv": ("cluster_id\nK\xf6ln\n".encode("latin-1"), "CSV UTF-8"),
    "unit-empty.csv": (b"", "start from the template"),
    "unit-twice.csv": (b"cluster_id,cluster_id\na,b\n", "a name more than once"),
    "unit-short.csv": (b"cluster_id,unit_id\na,b\n", "the sheet has no column consent"),
}


@pytest.fixture(scope="module")
def with_bad_files(tmp_path_factory):
    folder = write_round(tmp_path_factory.mktemp("bad") / "pilot", [unit_row()])
    (folder / "from the field").mkdir()
    for name, (content, _) in BAD_FILES.items():
        (folder / "from the field" / name).write_bytes(content)
    (folder / "from the field" / "notes.zip").write_bytes(b"")
    return taken_in(folder)


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_schedule_is_named(name, with_bad_files):
    file = f"from the field/{name}"
    rejected = with_bad_files.tables["round_rejected"].query("file == @file")
    assert BAD_FILES[name][1] in rejected["reason"].item()
    counted = with_bad_files.tables["round_intake"].set_index("file").loc[file]
    assert counted["rows_read"] == counted["rows_rejected"] == rejected["row_number"].count()


def test_bad_files_hold_up_no_other(with_bad_files):
    assert len(with_bad_files.tables["round_units"]) == 1
    assert with_bad_files.ignored == ("from the field/notes.zip",)


def test_sheets_of_one_workbook_are_read_by_their_names(tmp_path):
    import openpyxl

    path = write_schedule(tmp_path / "unit.xlsx", "unit", [unit_row()])
    workbook = openpyxl.load_workbook(path)
    workbook["unit"].title = "Unit - Tiruppur"
    workbook.create_sheet("Summary").append(["total", 1])
    workbook.save(tmp_path / "any name.xlsx")
    sheets = read_sheets(tmp_path / "any name.xlsx", "any name.xlsx")
    assert [(sheet.schedule, sheet.name, bool(sheet.problem)) for sheet in sheets] == [
        ("unit", "Unit - Tiruppur", False),
        ("", "Summary", True),
    ]


def test_columns_of_no_schedule_are_named_and_not_read(tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row()])
    path = folder / "unit.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join(f"{line},{extra}" for line, extra in zip(
        lines, ["owner name", "", "", "S. Murugan"], strict=True)))  # fmt: skip
    warnings = taken_in(folder).tables["round_warnings"]
    assert warnings["column_name"].tolist() == ["owner name"]
    assert "not read" in warnings["reason"].item()


def test_a_sheet_without_its_header_gives_no_answers_away(tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row(1), unit_row(2)])
    path = folder / "unit.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8-sig").splitlines()[3:]))
    tables = taken_in(folder).tables
    for name in ("round_rejected", "round_warnings"):
        assert "UDYAM" not in tables[name].to_csv().upper()
    assert tables["round_intake"].set_index("file").loc["unit.csv", "rows_rejected"] == 2


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_delimiters_of_other_spreadsheets(delimiter, tmp_path):
    path = tmp_path / "cluster.csv"
    path.write_text(delimiter.join(["cluster_id", "product"]) + "\n" + delimiter.join("ab"))
    (sheet,) = read_sheets(path, path.name)
    assert sheet.cells.to_dict("records") == [{"cluster_id": "a", "product": "b"}]


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    folder = write_round(tmp_path / "pilot", [unit_row()])
    write_schedule(tmp_path / "unit-outside.csv", "unit", [unit_row(2)])
    (folder / "unit-link.csv").symlink_to(tmp_path / "unit-outside.csv")
    intake = taken_in(folder)
    rejected = intake.tables["round_rejected"].set_index("file")
    assert "links are not followed" in rejected.loc["unit-link.csv", "reason"]
    assert len(intake.tables["round_units"]) == 1


def test_a_workbook_that_swells_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr("locus_pipeline.rounds.records.MOST_BYTES", 1000)
    path = tmp_path / "unit.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 2000)
    (sheet,) = read_sheets(path, path.name)
    assert "too large" in sheet.problem


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "association.xlsx"
    return write_schedule(path, "association", [association_row()])


@settings(max_examples=40, deadline=None)
@given(
    damage=st.lists(st.tuples(st.floats(0, 0.99), st.integers(0, 255)), max_size=20),
    kept=st.floats(0.5, 1),
)
def test_a_damaged_workbook_is_said_to_be_one(workbook, damage, kept):
    """Whatever happened to its bytes: a problem in words, or a sheet; never a traceback."""
    content = bytearray(workbook.read_bytes())
    for place, byte in damage:
        content[int(place * len(content))] = byte
    path = workbook.with_name("damaged.xlsx")
    path.write_bytes(content[: int(kept * len(content))])
    for sheet in read_sheets(path, path.name):
        assert sheet.problem or sheet.schedule


@pytest.mark.parametrize("content", ["<worksheet><sheetData><row", "<worksheet/>", "not xml"])
def test_a_damaged_sheet_is_named(content, tmp_path):
    path = write_schedule(tmp_path / "association.xlsx", "association", [association_row()])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, content if name.endswith("sheet2.xml") else member)
    sheets = read_sheets(path, path.name)
    assert [bool(sheet.problem) for sheet in sheets] == [True]
