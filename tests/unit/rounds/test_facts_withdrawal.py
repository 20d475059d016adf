"""Who withdraws is found however the identifier is spelt and wherever the list lies; a withdrawal
that is of nobody, or that can't be read, stops the rounds and says where."""

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.rounds import withdrawal
from locus_pipeline.rounds.identity import is_unit_id, normalised, unit_hash
from locus_pipeline.rounds.intake import WITHDRAWN, read_forms
from locus_pipeline.rounds.reader import read_sheets
from locus_pipeline.rounds.round import RoundError, names_withdrawals, open_round
from locus_pipeline.rounds.store import forget_stale, store_round, stored_rounds
from locus_pipeline.rounds.withdrawal import matched_withdrawals
from locus_pipeline.settings import Settings
from locus_pipeline.text import DASHES, INVISIBLE, SPACES
from tests.support.rounds import CLUSTER_ID, SALT, taken_in, unit_row, write_round

UDYAM, GSTIN = "UDYAM-TN-33-0000001", "33ABCDE1234F1Z5"
UNITS = [unit_row(1), unit_row(2), unit_row(3, unit_id=GSTIN), unit_row(4, unit_id="LIST-7")]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())
    return Settings(home=tmp_path)


@pytest.fixture
def folder(home):
    return write_round(home.facts / "pilot", UNITS)


def gone(home, folder) -> set[str]:
    """Identifiers of the units that leave the round as withdrawn."""
    withdrawn = matched_withdrawals(home, folder, SALT)
    return {
        row["unit_id"] for row in UNITS if unit_hash(SALT, CLUSTER_ID, row["unit_id"]) in withdrawn
    }


def test_who_withdrew_is_left_out_and_counted(home, folder):
    (folder / "withdrawn.csv").write_text("unit_id\nudyam tn 33 0000001\n")
    intake = taken_in(folder, matched_withdrawals(home, folder, SALT))
    rejected = intake.tables["round_rejected"]
    assert rejected["reason"].tolist() == [WITHDRAWN]
    kept = set(intake.tables["round_units"]["unit_hash"])
    assert kept == {unit_hash(SALT, CLUSTER_ID, row["unit_id"]) for row in UNITS[1:]}


SPELT = {
    "as it is": "unit_id\nUDYAM-TN-33-0000001\n",
    "en dashes": "unit_id\nUDYAM\u2013TN\u201333\u20130000001\n",
    "a minus and a non-breaking hyphen": "unit_id\nUDYAM\u2212TN\u201133\u20110000001\n",
    "no hyphens": "unit_id\nUDYAMTN330000001\n",
    "some hyphens": "unit_id\nUDYAM-TN33-0000001\n",
    "spaces for hyphens": "unit_id\nUDYAM TN 33 0000001\n",
    "underscores": "unit_id\nUDYAM_TN_33_0000001\n",
    "zero-width space": "unit_id\nUDYAM-\u200bTN-33-0000001\u200d\n",
    "non-breaking space": "unit_id\n\xa0UDYAM-TN-33-\xa00000001\n",
    "small letters": "unit_id\nudyam-tn-33-0000001\n",
    "full-width digits": "unit_id\nUDYAM-TN-33-\uff10\uff10\uff10\uff10\uff10\uff10\uff11\n",
    "full-width letters": "unit_id\n\uff35\uff24\uff39\uff21\uff2d-TN-33-0000001\n",
    "Devanagari digits": "unit_id\nUDYAM-TN-33-\u0966\u0966\u0966\u0966\u0966\u0966\u0967\n",
    "an apostrophe": "unit_id\n'UDYAM-TN-33-0000001\n",
    "another column": "name,unit_id\nUDYAM-TN-33-0000001,\n",
    "no header": "UDYAM-TN-33-0000001\n",
    "another header": "Unit ID;date\nUDYAM-TN-33-0000001;3 May\n",
    "behind an open quote": 'unit_id,why\n"UDYAM-TN-33-0000002,x\nUDYAM-TN-33-0000001,y\n',
    "line ends of an old Mac": "unit_id\rUDYAM-TN-33-0000001\r",
    "sep line": "sep=;\nunit_id;why\nUDYAM-TN-33-0000001;x\n",
    "two units in a line": "unit_id,other\nUDYAM-TN-33-0000001,UDYAM-TN-33-0000002\n",
}


@pytest.mark.parametrize("spelt", SPELT)
def test_a_withdrawal_is_found_however_it_is_spelt(spelt, home, folder):
    (folder / "withdrawn.csv").write_text(SPELT[spelt], encoding="utf-8", newline="")
    both = spelt in ("behind an open quote", "two units in a line")
    assert gone(home, folder) == ({UDYAM, "UDYAM-TN-33-0000002"} if both else {UDYAM})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_withdrawal_is_found_in_any_encoding(encoding, home, folder):
    dash = "\u2013" if encoding == "cp1252" else "-"
    content = f"unit_id\nUDYAM{dash}TN{dash}33{dash}0000001\n".encode(encoding)
    (folder / "withdrawn.csv").write_bytes(content)
    assert gone(home, folder) == {UDYAM}


@pytest.mark.parametrize(
    "name",
    [
        "Withdrawn.csv", "WITHDRAWN.CSV", "withdrawn (1).csv", "withdrawn.csv.txt",
        "withdrawal.tsv", "consent withdrawals.csv", "more/withdrawn.csv", "a/b/withdrawl.csv",
        "withdrawn/list.csv",
        ".withdrawn.csv", "wihdrawn.csv", "with-drawn.csv", "withdrawn", "../withdrawn.csv",
        "../other folder/withdrawn.csv",
    ],
)  # fmt: skip
def test_a_list_is_found_wherever_it_lies(name, home, folder):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("unit_id\nUDYAM-TN-33-0000001\n")
    assert gone(home, folder) == {UDYAM}


def test_a_list_may_be_a_workbook(home, folder):
    workbook = openpyxl.Workbook()
    workbook.active.append(["no", "date", "unit_id", "cluster_id"])
    workbook.active.append([1, "3 May", "udyam-tn-33-0000001", None])
    workbook.create_sheet("more").append(["LIST 7", "in-33-Tiruppur-Knitwear-01"])
    workbook.save(folder / "withdrawal.xlsx")
    assert gone(home, folder) == {UDYAM, "LIST-7"}


@pytest.mark.parametrize(
    "name", ["withdrawn.csv", "~$withdrawn.xlsx", ".~lock.withdrawn.csv#", "._withdrawn.csv"]
)
def test_what_programs_put_beside_an_open_file_is_no_list(name, home, folder):
    (folder / name).write_bytes(b"unit_id\n" if name == "withdrawn.csv" else b"\x00\x05\x16\x07")
    assert gone(home, folder) == set()


@pytest.mark.parametrize(
    "line", ["LIST-7,IN-33-tiruppur-knitwear-01",
             "list 7, in\u201333\u2013tiruppur\u2013knitwear\u201301 ",
             "LIST7,IN-33-TIRUPPUR-KNITWEAR-01", '"LIST-7","IN-33-tiruppur-knitwear-01"'],
)  # fmt: skip
def test_a_list_number_is_found_with_its_cluster(line, home, folder):
    (folder / "withdrawn.csv").write_text(f"unit_id,cluster_id\n{line}\n", encoding="utf-8")
    assert gone(home, folder) == {"LIST-7"}


STOPS = {
    "a typo": ("unit_id\nUDYAM-TN-33-000000X\n", "line 2"),
    "a typo without a header": ("UDYAM-TN-33-000000X\n", "line 1"),
    "a unit of nobody": ("unit_id\n\nUDYAM-TN-33-0000009\n", "line 3"),
    "a list number without its cluster": ("unit_id\nLIST-7\n", "line 2"),
    "a list number with a cluster's name": ("unit_id,cluster_id\nLIST-7,Tiruppur\n", "line 2"),
    "a list number of another cluster": ("unit_id,c\nLIST-7,IN-33-karur-textiles-01\n", "line 2"),
    "a list number of nobody": (f"unit_id,cluster_id\nLIST-8,{CLUSTER_ID}\n", "line 2"),
    "a typo beside another unit": ("unit_id,x\nUDYAM-TN-33-1,UDYAM-TN-33-0000001\n", "line 2"),
    "a name": ("unit_id\nSri Murugan Knits\n", "line 2"),
    "an open quote before a list number": (f'unit_id,c\n"LIST-1,x\n{UDYAM},\n', "line 2"),
    "no column": ("unit\nUDYAM-TN-33-0000001\n", "line 1"),
    "nothing": ("", "the first line must name the column unit_id"),
}


@pytest.mark.parametrize("case", STOPS)
def test_a_withdrawal_of_nobody_stops_the_round_and_says_where(case, home, folder):
    content, place = STOPS[case]
    path = folder / "withdrawn.csv"
    path.write_text(content)
    with pytest.raises(RoundError) as stopped:
        store_round(home, open_round(folder))
    message = str(stopped.value)
    assert message.startswith(str(path)) and place in message and "\n" not in message
    assert not any(part in message for part in ("UDYAM", "LIST", "Murugan", "Tiruppur", "000000"))
    assert stored_rounds(home) == []


@pytest.mark.parametrize("beside", ["", f"{CLUSTER_ID},IN-33-karur-textiles-01"])
def test_a_list_number_wants_the_one_cluster_that_it_counts_in(beside, home, folder):
    (folder / "withdrawn.csv").write_text(f"unit_id,c,d\nLIST-7,{beside}\n")
    with pytest.raises(RoundError, match=r"line 2: .*write its cluster_id beside"):
        store_round(home, open_round(folder))


@pytest.mark.parametrize("name", ["withdrawn.docx", "withdrawn.pdf", "withdrawn.csv.gz",
                                  "withdrawn.xlsx", "withdrawn.xls"])  # fmt: skip
def test_a_list_that_is_not_read_stops_the_round(name, home, folder):
    heads = {"xls": b"\xd0\xcf\x11\xe0", "pdf": b"%PDF-1.7 unit_id\n", "gz": b"\x1f\x8b"}
    (folder / name).write_bytes(heads.get(name.rpartition(".")[2], b"PK\x03\x04 x"))
    with pytest.raises(RoundError, match="looks like a list of withdrawals"):
        matched_withdrawals(home, folder, SALT)


def test_a_list_that_is_no_file_stops_the_round(home, folder):
    path = folder / "withdrawn.csv"
    path.symlink_to(folder / "nowhere.csv")
    with pytest.raises(RoundError, match=r"withdrawn\.csv.*link"):
        matched_withdrawals(home, folder, SALT)
    path.unlink()
    path.mkdir()
    with pytest.raises(RoundError, match=r"withdrawn\.csv.*folder"):
        matched_withdrawals(home, folder, SALT)


def test_a_list_in_a_round_that_is_linked_into_the_home_is_found(home, folder, tmp_path):
    outside = write_round(tmp_path / "outside" / "later", [unit_row(1)])
    (outside / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\n")
    (home.facts / "later").symlink_to(outside)
    assert gone(home, folder) == {UDYAM}


def test_a_form_that_is_named_like_a_list_withdraws_nobody(home, folder):
    (folder / "unit.csv").rename(folder / "unit without the withdrawn.csv")
    with pytest.raises(RoundError, match="this is a filled form"):
        matched_withdrawals(home, folder, SALT)


def test_a_sheet_of_withdrawals_in_a_form_is_not_passed_over(home, folder):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Withdrawn"
    workbook.active.append(["unit_id"])
    workbook.save(folder / "unit-more.xlsx")
    with pytest.raises(RoundError, match=r"unit-more\.xlsx: the sheet 'Withdrawn'"):
        store_round(home, open_round(folder))


def test_a_withdrawal_holds_for_the_rounds_before_and_after(home, folder):
    """The list lies in the last round, the unit stands in the first alone: it leaves it."""
    later = write_round(home.facts / "2026-27", [unit_row(2)])
    for key in ("pilot", "2026-27"):
        store_round(home, open_round(home.facts / key))
    (later / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\n")
    assert set(forget_stale(home)) == {"pilot", "2026-27"}
    store_round(home, open_round(later))
    assert gone(home, folder) == {UDYAM}


def test_a_list_that_is_wrong_stops_every_round(home, folder):
    """The unit that it means may stand in any of them."""
    later = write_round(home.facts / "2026-27", [unit_row(5)])
    (folder / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-000000X\n")
    for place in (folder, later):
        with pytest.raises(RoundError, match=r"pilot/withdrawn\.csv, line 2"):
            store_round(home, open_round(place))


@pytest.mark.parametrize("said", ["yes", "YES", "1"])
def test_rows_that_were_taken_out_are_said_to_be(said, home, folder):
    """Delivered again without the unit: the withdrawal matches nobody, and says why."""
    path = folder / "withdrawn.csv"
    path.write_text("unit_id\nUDYAM-TN-33-0000009\n")
    with pytest.raises(RoundError, match="row_removed"):
        matched_withdrawals(home, folder, SALT)
    path.write_text(f"unit_id,row_removed\nUDYAM-TN-33-0000009,{said}\n")
    assert gone(home, folder) == set()
    # and whoever comes back in a later delivery is left out
    path.write_text(f"unit_id,row_removed\nUDYAM-TN-33-0000001,{said}\n")
    assert gone(home, folder) == {UDYAM}


def test_a_unit_without_consent_or_with_an_error_was_delivered(home, tmp_path):
    rows = [unit_row(1, consent=0), unit_row(2, persons="many")]
    folder = write_round(home.facts / "pilot", rows)
    (folder / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\nUDYAM-TN-33-0000002\n")
    assert len(matched_withdrawals(home, folder, SALT)) == 2


def test_each_form_is_read_once_for_all_rounds_that_ask(home, folder, monkeypatch):
    read = []
    monkeypatch.setattr(
        withdrawal, "read_sheets", lambda path, file: read.append(path) or read_sheets(path, file)
    )
    (folder / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\n")
    sheets = read_forms(open_round(folder))
    assert len(matched_withdrawals(home, folder, SALT, sheets)) == 1
    assert read == []
    for number in (5, 6):
        other = write_round(home.facts / f"later{number}", [unit_row(number)])
        sheets = read_forms(open_round(other))
        assert len(matched_withdrawals(home, other, SALT, sheets)) == 1
    forms = [path for path in home.facts.rglob("*.csv") if path.name != "withdrawn.csv"]
    assert len(read) == len(set(read)) and {path.parent for path in read} <= {
        path.parent for path in forms
    }


def test_a_folder_outside_the_home_is_checked_with_its_own_list(home, tmp_path):
    folder = write_round(tmp_path / "outside" / "pilot", UNITS)
    (folder / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\n")
    assert gone(home, folder) == {UDYAM}


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("unit-kolhapur.csv", False), ("unit drawn.xlsx", False), ("round.yaml", False),
     ("unit reworked.xlsx", False),
     ("Withdrawn", True), ("consent_withdrawn_2026.xlsx", True), ("opt-out.csv", True),
     ("revoked.csv", True)],
)  # fmt: skip
def test_names_of_lists(name, is_one):
    assert names_withdrawals(name) is is_one


@given(
    st.sampled_from([UDYAM, GSTIN, "LIST-7", "LIST-A-12"]),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(SPACES + INVISIBLE)), max_size=6),
    st.sampled_from(DASHES),
    st.booleans(),
)
def test_an_identifier_has_one_spelling(unit_id, inserted, dash, is_small):
    spelt = unit_id.replace("-", dash)
    for place, sign in inserted:
        spelt = spelt[:place] + sign + spelt[place:]
    assert normalised(spelt.lower() if is_small else spelt) == unit_id
    assert unit_hash(SALT, CLUSTER_ID, spelt) == unit_hash(SALT, CLUSTER_ID, unit_id)


@given(st.text(max_size=30))
def test_an_identifier_that_was_put_right_stays_as_it_is(text):
    once = normalised(f"UDYAM{text}TN 33 0000001")
    assert once == UDYAM or not is_unit_id(once) or normalised(once) == once
    if is_unit_id(normalised(text)):
        assert normalised(text).isascii()
