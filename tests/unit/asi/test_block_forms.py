"""Block files as people hold them: every form gives the rows of the plain file, or one sentence."""

import io
import re
import zipfile
from decimal import Decimal

import pytest
import yaml

from locus_pipeline.asi.layout import LayoutError
from locus_pipeline.asi.release import ReleaseError
from locus_pipeline.settings import CHECKOUT
from tests.support.records import Reading, csv_line, header, record, release

PUBLIC = release("2022-23/public")
FIXED = release("2022-23/public_fixed_width")
PANEL = release("2009-10/panel")
[LAYOUT] = PUBLIC.parts("a")
NAMES = [column.source for column in LAYOUT.columns]
RECORDS = [
    {
        "record_year": "23",
        "factory_key": str(100001 + n),
        "psl_number": f"0{n}999",
        "scheme": "1",
        "nic_return": "10612",
        "state_code": f"0{n + 1}",
        "sector": "2",
        "units": "1",
        "unit_status": "1",
        "bonus": str(4966332 * n),
        "provident_fund": "-17.25" if n % 2 else "0.5",
        "cost_of_production": str(2653030993 + n),
        "multiplier": ["100", "279.22426456", "383.03568926"][n % 3],
    }
    for n in range(6)
]
LINES = [csv_line(LAYOUT, **values) for values in RECORDS]
PLAIN = "\n".join([header(LAYOUT), *LINES]) + "\n"


def rows(folder, content, name="blkA202223.csv"):
    """The rows as written, apart from their line numbers, of a file in which none is rejected."""
    reading = Reading(folder, PUBLIC, "a", content, name)
    assert reading.rejected == []
    return [{**row, "line_number": None} for row in reading.rows]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return rows(tmp_path_factory.mktemp("plain"), PLAIN)


def separated(separator, *before):
    lines = [line.replace(",", separator) for line in PLAIN.splitlines()]
    return "\n".join([*before, *lines]) + "\n"


def padded(padding):
    lines = [f",{padding}".join(line.split(",")) for line in LINES]
    return "\n".join([header(LAYOUT), *(f"{line}{padding}" for line in lines)]) + "\n"


def quoted_cells(text, change):
    """Every cell of the records changed and quoted."""
    head, *lines = text.splitlines()
    lines = [",".join(f'"{change(cell)}"' for cell in line.split(",")) for line in lines]
    return "\n".join([head, *lines]) + "\n"


FORMS = {
    "UTF-8 with a mark": PLAIN.encode("utf-8-sig"),
    "UTF-16 of Excel": PLAIN.encode("utf-16"),
    "UTF-16 big-endian": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "UTF-16 big-endian without a mark": PLAIN.encode("utf-16-be"),
    "UTF-32": PLAIN.encode("utf-32"),
    "UTF-16, tabs, CRLF": separated("\t").replace("\n", "\r\n").encode("utf-16"),
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "CR": PLAIN.replace("\n", "\r"),
    "CR without the last": PLAIN.replace("\n", "\r").rstrip("\r"),
    "CRCRLF": PLAIN.replace("\n", "\r\r\n"),
    "semicolons": separated(";"),
    "tabs": separated("\t"),
    "vertical bars": separated("|"),
    "sep=; of Excel": separated(";", "sep=;"),
    "sep=, quoted": separated(",", '"sep=,"'),
    "sep=tab, UTF-16, CRLF": separated("\t", "sep=\t").replace("\n", "\r\n").encode("utf-16"),
    "a separator at the end of records": PLAIN.replace("\n", ",\n").replace(",\n", "\n", 1),
    "a separator at the end of all lines": PLAIN.replace("\n", ",\n"),
    "all quoted": quoted_cells(PLAIN, str),
    "apostrophes": quoted_cells(PLAIN, lambda cell: f"'{cell}" if cell else ""),
    "blanks": padded("  "),
    "non-breaking spaces, UTF-8": padded("\xa0"),
    "non-breaking spaces, Windows": padded("\xa0").encode("windows-1252"),
    "thin, ideographic and zero-width spaces": padded("\u2009\u3000\u200b\ufeff"),
    "tabs, form feeds and next lines beside cells": padded("\t\f\v\x85"),
    "upper-case names with marks": PLAIN.replace(header(LAYOUT), header(LAYOUT).upper()),
    "numbers in scientific notation": quoted_cells(
        PLAIN, lambda cell: f"{Decimal(cell):.12E}" if re.fullmatch(r"\d{6,10}", cell) else cell
    ),
    "thousands of the West": quoted_cells(
        PLAIN, lambda cell: f"{int(cell):,}" if re.fullmatch(r"\d{6,10}", cell) else cell
    ),
    "an unread column of Windows text": PLAIN.replace("\n", ",Café\n")
    .replace("Café", "name", 1)
    .encode("windows-1252"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_rows_of_the_plain_file(tmp_path, plain, form):
    assert rows(tmp_path, FORMS[form]) == plain
    assert len(plain) == len(RECORDS)
    assert plain[3]["provident_fund"] == Decimal("-17.25")
    assert plain[1]["multiplier"] == Decimal("279.22426456")


def test_what_was_unusual_is_said(tmp_path):
    for form, notes in {
        "CRLF": (),
        "sep=tab, UTF-16, CRLF": ("UTF-16 text", "separated by tabs"),
        "CR": ("lines end in CR",),
        "semicolons": ("separated by semicolons",),
        "non-breaking spaces, Windows": ("WINDOWS-1252 text",),
    }.items():
        assert Reading(tmp_path, PUBLIC, "a", FORMS[form]).counts.notes == notes
    assert Reading(tmp_path, PUBLIC, "a", PLAIN).counts.record_year == "23"


def test_lines_keep_their_numbers_behind_a_separator_line(tmp_path):
    reading = Reading(tmp_path, PUBLIC, "a", separated(";", "sep=;") + "bad\n")
    assert [row["line_number"] for row in reading.rows] == list(range(3, 9))
    assert list(reading.reasons) == [9]


def test_an_apostrophe_is_a_mark_only_where_the_column_has_it(tmp_path):
    lines = [LINES[0], LINES[1].replace("100002", "'100002"), LINES[2].replace("10612", "'10612")]
    reading = Reading(tmp_path, PUBLIC, "a", "\n".join([header(LAYOUT), *lines]) + "\n")
    assert reading.reasons == {3: ("factory_key", "is not a dispatch serial number")}
    assert [row["nic_return"] for row in reading.rows] == ["10612", "'10612"]


def test_a_value_beyond_the_header_is_rejected_where_lines_end_in_a_separator(tmp_path):
    lines = [csv_line(LAYOUT, factory_key=str(n)) + "," for n in range(120)]
    lines += [f"{LINES[0]},5", LINES[1]]
    reading = Reading(tmp_path, PUBLIC, "a", "\n".join([header(LAYOUT), *lines]) + "\n")
    cells = len(LAYOUT.columns)
    assert reading.reasons == {
        122: (None, "has a value beyond the columns of the header"),
        123: (None, f"has {cells} cells, the header has {cells + 1}"),
    }


NUMBERS = {
    "1,23,456.50": Decimal("123456.5"),
    "2.6530309930E+09": Decimal(2653030993),
    "100.0000000000001": Decimal(100),
    "2.65E+09": "is in scientific notation that does not show every digit",
    "1e+05": "is in scientific notation that does not show every digit",
    "12,34": "its comma may stand before thousands or before decimals",
    "1\xa0234": "white space stands inside it",
    "1 234": "white space stands inside it",
    "1\u200b234": "white space stands inside it",
    "\uff11": "is not a number",
    "'5": "is not a number",
    "1.005": "has more than 2 decimals",
}


def test_numbers_as_programs_print_them(tmp_path):
    lines = [LINES[0].replace("2653030993", f'"{text}"') for text in NUMBERS]
    reading = Reading(tmp_path, PUBLIC, "a", "\n".join([header(LAYOUT), *lines]) + "\n")
    kept = {row["line_number"]: row["cost_of_production"] for row in reading.rows}
    for line_number, (text, expected) in enumerate(NUMBERS.items(), start=2):
        if isinstance(expected, Decimal):
            assert kept[line_number] == expected
        else:
            column, reason = reading.reasons[line_number]
            assert column == "cost_of_production"
            assert expected in reason
            assert text not in reason
    assert reading.counts.numbers_restored == 1


def test_keys_in_scientific_notation_do_not_become_one_key(tmp_path):
    lines = [line.replace(line.split(",")[2], "1e+05") for line in LINES]
    with pytest.raises(ReleaseError, match=r"factory_key: is in scientific notation"):
        Reading(tmp_path, PUBLIC, "a", "\n".join([header(LAYOUT), *lines]) + "\n")


def packed(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


NO_BLOCKS = {
    "is empty": b"",
    "is empty; get the file again": b"\r\n \r\n\x1a",
    "zero bytes only": b"\x00" * 5000,
    "is a web page": b"<!DOCTYPE html><html><body>Session expired, please login</body></html>",
    "web page, as a portal": b"\xef\xbb\xbf\n <HTML><head><title>Log in</title></head></HTML>",
    "is a web page, ": "<html>".encode("utf-16"),
    "is an XML document": b'<?xml version="1.0"?><codeBook/>',
    "is an Excel workbook": packed("[Content_Types].xml", "xl/workbook.xml"),
    "is an OpenDocument file": packed("mimetype", "content.xml"),
    "is a zip archive": packed("blkA202223.csv"),
    "is a damaged zip archive": packed("x")[:40],
    "is an Excel (.xls) or Word document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "is a PDF document": b"%PDF-1.7\n",
    "is packed by gzip": b"\x1f\x8b\x08\x00abc",
    "is a RAR archive": b"Rar!\x1a\x07\x00junk",
    "is a 7z archive": b"7z\xbc\xaf\x27\x1cjunk",
    "a damaged SPSS file": b"$FL2@(#) SPSS DATA FILE" + b"\x00" * 200,
    "a damaged Stata file": b"<stata_dta><header><release>118</release>",
    "a damaged Parquet file": b"PAR1 and no more",
    "holds a header line and no record": header(LAYOUT).encode() + b"\n",
    "there is no header line": "\n".join(LINES).encode(),
}


@pytest.mark.parametrize("words", NO_BLOCKS)
def test_what_is_no_block_is_named_in_one_sentence(tmp_path, words):
    with pytest.raises(ReleaseError) as error:
        Reading(tmp_path, PUBLIC, "a", NO_BLOCKS[words], "blkA202223.csv")
    message = str(error.value)
    assert words in message
    assert message.startswith("blkA202223.csv")
    assert len(message) < 400
    assert "login" not in message


SECRET = "SECRET7531"
SECRET_LINE = csv_line(LAYOUT, factory_key="7531951", nic_return=SECRET, multiplier="7531.5")


@pytest.mark.parametrize(
    "content",
    {
        "headerless": "\n".join([SECRET_LINE] * 3),
        "headerless, texts": f"{SECRET},{SECRET}x\n" * 3,
        "headerless, apostrophes": f"'7531951,{SECRET}\n" * 3,
        "headerless, one endless line": f"{SECRET},7531951," * 9000,
        "headerless, semicolons": SECRET_LINE.replace(",", ";"),
        "header and record in one line": f"{header(LAYOUT)},{SECRET_LINE}\n{SECRET_LINE}\n",
        "half a header and a record": f"{','.join(NAMES[:5])},{SECRET_LINE}\n",
        "a header that lacks names": f"{','.join(NAMES[2:5])},{SECRET * 20}\n{SECRET_LINE}\n",
        "records of another layout": f"{header(LAYOUT)}\n{SECRET}\n",
        "quotes that stay open": f'{header(LAYOUT)}\n"{SECRET_LINE}\n"{SECRET_LINE}\n',
        "not a number": f"{header(LAYOUT)}\n{SECRET_LINE.replace('7531.5', SECRET)}\n",
        "no key": f"{header(LAYOUT)}\n{SECRET_LINE.replace('7531951', SECRET)}\n",
        "vertical tabs for line ends": f"{header(LAYOUT)}\v{SECRET_LINE}\v{SECRET_LINE}",
        "no text": f"{header(LAYOUT)}\n{SECRET_LINE}\n".encode("cp037"),
    }.items(),
    ids=lambda case: case[0],
)
def test_no_error_repeats_a_record(tmp_path, content):
    with pytest.raises((ReleaseError, LayoutError)) as error:
        Reading(tmp_path, PUBLIC, "a", content[1])
    message = str(error.value).replace(SECRET[:39] * 4, "")
    assert "7531951" not in message
    # the one name of a header that may be shown is cut after 40 characters
    assert message.count(SECRET) <= (4 if content[0] == "a header that lacks names" else 0)
    assert len(message) < 2000


def test_fixed_width_errors_and_reasons_repeat_no_record(tmp_path):
    [layout] = FIXED.parts("a")
    good = record(layout, nic_return="75319", scheme="7")
    units = next(column.start for column in layout.columns if column.name == "units")
    bad = [good + "75319", good[:60], good[: units - 1] + "SECRET" + good[units + 5 :], "SECRET"]
    with pytest.raises(ReleaseError) as error:
        Reading(tmp_path, FIXED, "a", "\n".join(bad))
    reading = Reading(tmp_path, FIXED, "a", "\n".join([good, *bad]))
    said = str(error.value) + str(reading.reasons)
    assert len(reading.reasons) == 4
    assert "75319" not in said
    assert "SECRET" not in said
    assert all(row["line_text"] for row in reading.rejected)  # in the raw layer only


def test_the_rejected_line_is_not_published():
    models = yaml.safe_load(
        (CHECKOUT / "dbt_project/models/marts/quality/_quality__models.yml").read_text()
    )
    [mart] = [model for model in models["models"] if model["name"] == "rejected_rows"]
    assert mart["config"]["contract"] == {"enforced": True}
    assert "line_text" not in {column["name"] for column in mart["columns"]}


def test_ignored_names_are_cut(tmp_path):
    text = PLAIN.replace("\n", f",{'long name ' * 30}\n", 1).replace("\n", ",x\n")
    text = text.replace(",x\n", "\n", 1)
    [name] = Reading(tmp_path, PUBLIC, "a", text).counts.ignored_columns
    assert len(name) == 40


@pytest.mark.parametrize("megabytes", [2.1, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("form", ["csv", "fixed", "one cell", "CR", "commas"])
def test_an_endless_line_is_one_rejected_row(tmp_path, form, megabytes):
    endless = int(megabytes * 1e6)
    [fixed] = FIXED.parts("a")
    good, last = LINES[:2]
    if form == "fixed":
        good, last = record(fixed, factory_key="1"), record(fixed, factory_key="2")
    line = {"one cell": good + "9" * endless, "commas": "," * endless}.get(
        form, (good * (endless // len(good) + 1))[:endless]
    )
    lines = [good, line, last] if form == "fixed" else [header(LAYOUT), good, line, last]
    end = "\r" if form == "CR" else "\n"
    of = FIXED if form == "fixed" else PUBLIC
    reading = Reading(tmp_path, of, "a", end.join(lines) + end)
    assert len(reading.rows) == 2
    [rejected] = reading.rejected
    assert rejected["reason"] == "is longer than 65,536 characters"
    assert rejected["line_number"] == lines.index(line) + 1
    assert len(rejected["line_text"]) < 70_000


def test_white_space_in_fixed_width_keeps_the_places(tmp_path):
    [layout] = PANEL.parts("d")
    good = record(layout, serial_number="7", opening="100", closing="200", multiplier="1.5")
    column = next(column for column in layout.columns if column.name == "opening")
    assert good[column.start - 1] == " "

    def put(text, place):
        return good[: place - 1] + text + good[place - 1 + len(text) :]

    for encoding in ("utf-8", "windows-1252"):
        lines = [
            good,
            put("\xa0", column.start),
            put("1\xa0", column.end - 5),
            put("\xa0", column.start) + "\xa0",
        ]
        reading = Reading(tmp_path, PANEL, "d", "\r\n".join(lines).encode(encoding))
        assert [(row["opening"], row["closing"], row["multiplier"]) for row in reading.rows] == [
            (Decimal(100), Decimal(200), Decimal("1.5"))
        ] * 2
        assert reading.reasons[3] == ("opening", "is not a number: white space stands inside it")
        assert "places of its columns are not sure" in reading.reasons[4][1]


def test_a_line_cut_by_bytes_is_not_read_by_characters(tmp_path):
    """A program that counts bytes writes one character less for each of two bytes."""
    [layout] = PANEL.parts("d")
    good = record(layout, serial_number="7", opening="100", closing="200")
    by_bytes = good.replace("  ", "\xa0", 1)
    reading = Reading(tmp_path, PANEL, "d", f"{good}\n{by_bytes}\n")
    assert [row["line_number"] for row in reading.rows] == [1]
    assert "places of its columns are not sure" in reading.reasons[2][1]


def test_bytes_beyond_ascii_in_a_damaged_utf8_file_are_no_windows_text(tmp_path):
    lines = [LINES[0], LINES[1] + "\xa0", LINES[2].replace("10612", "1061é")]
    content = "\n".join([header(LAYOUT), *lines]).encode() + b"\n" + LINES[3].encode() + b"\xa0\n"
    reading = Reading(tmp_path, PUBLIC, "a", content)
    assert [row["line_number"] for row in reading.rows] == [2, 3, 4]
    assert reading.reasons == {5: (None, "holds what is no UTF-8 text, or control characters")}
