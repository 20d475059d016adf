"""The reader against hand-written lines: every quirk of the releases, in both formats."""

from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locus_pipeline.asi.layout import LayoutError
from locus_pipeline.asi.reader import REJECTED_COLUMNS, row_types
from locus_pipeline.asi.release import ReleaseError
from tests.support.records import Reading, csv_line, header, record, release

PANEL = release("2009-10/panel")
PUBLIC = release("2022-23/public")
FIXED = release("2022-23/public_fixed_width")
SINGLE = release("2000-01/public_single_file")


def layout(of, code):
    return next(block for block in of.blocks if block.code == code)


def fixed(tmp_path, lines, block="d", of=PANEL, end="\r\n"):
    return Reading(tmp_path, of, block, "".join(line + end for line in lines))


def csv(tmp_path, lines, block="i", of=PUBLIC, end="\n", head=None):
    lines = [header(layout(of, block)) if head is None else head, *lines]
    return Reading(tmp_path, of, block, "".join(line + end for line in lines))


GOOD_D = record(layout(PANEL, "d"), serial_number="7", opening="100", closing="200")
GOOD_I = csv_line(layout(PUBLIC, "i"), serial_number="1", purchase_value="10")


NUMBERS = [
    ("0000-1234", Decimal("-1234")),  # the panel's sign, after the zero padding
    ("0000+1234", Decimal("1234")),
    ("-1234", Decimal("-1234")),
    ("+1234", Decimal("1234")),
    ("000000000000", Decimal("0")),
    ("0", Decimal("0")),
    ("-0", Decimal("0")),
    ("12.5", Decimal("12.50")),
    ("12.", Decimal("12")),
    (".5", Decimal("0.50")),
    ("000-.5", Decimal("-0.50")),
    ("12.5000", Decimal("12.50")),
    ("1234.0", Decimal("1234")),
    ("999999999999", Decimal("999999999999")),
    ("", None),
    ("   ", None),
]
NOT_NUMBERS = ["12A4", "1_000", "0x1F", "-", ".", "--5", "5-", "1-2", "1.2.3", "NA", "inf", "1e"]


def test_numbers_in_fixed_width_and_csv(tmp_path):
    texts = [text for text, _ in NUMBERS]
    values = [value for _, value in NUMBERS]
    lines = [record(layout(PANEL, "d"), closing=text) for text in texts]
    assert [row["closing"] for row in fixed(tmp_path, lines).rows] == values
    lines = [csv_line(layout(PUBLIC, "i"), purchase_value=text) for text in texts]
    assert [row["purchase_value"] for row in csv(tmp_path, lines).rows] == values


def test_what_is_no_number_rejects_its_line_and_names_the_column(tmp_path):
    lines = [GOOD_D, *(record(layout(PANEL, "d"), closing=text) for text in NOT_NUMBERS)]
    reading = fixed(tmp_path, lines)
    assert [row["line_number"] for row in reading.rows] == [1]
    assert reading.reasons == dict.fromkeys(
        range(2, 2 + len(NOT_NUMBERS)), ("closing", "is not a number")
    )
    lines = [GOOD_I, *(csv_line(layout(PUBLIC, "i"), purchase_value=text) for text in NOT_NUMBERS)]
    reading = csv(tmp_path, lines)
    assert set(reading.reasons) == set(range(3, 3 + len(NOT_NUMBERS)))
    assert {column for column, _ in reading.reasons.values()} == {"purchase_value"}


def test_lost_digits_and_overflow_are_rejected_never_rounded(tmp_path):
    lines = [
        GOOD_I,
        csv_line(layout(PUBLIC, "i"), purchase_value="1.005"),
        csv_line(layout(PUBLIC, "i"), serial_number="1.5"),
        csv_line(layout(PUBLIC, "i"), purchase_value="1" + "0" * 16),
        csv_line(layout(PUBLIC, "i"), serial_number="1" + "0" * 20),
        csv_line(layout(PUBLIC, "i"), serial_number="9.0"),
    ]
    reading = csv(tmp_path, lines)
    assert [row["serial_number"] for row in reading.rows] == [1, 9]
    assert reading.reasons == {
        3: ("purchase_value", "has more than 2 decimals"),
        4: ("serial_number", "is not a whole number"),
        5: ("purchase_value", "is too large for decimal(18,2)"),
        6: ("serial_number", "is too large for integer"),
    }


def test_multipliers_are_taken_as_printed(tmp_path):
    texts = ["0", "0000.0000", "2.5000", "71.30000000", "0001.1254", "9999.99999999"]
    lines = [csv_line(layout(PUBLIC, "a"), multiplier=text) for text in texts]
    read = [row["multiplier"] for row in csv(tmp_path, lines, block="a").rows]
    assert read == [Decimal(text) for text in texts]


def test_a_reason_repeats_nothing_of_the_cell_and_the_line_is_kept(tmp_path):
    line = csv_line(layout(PUBLIC, "i"), purchase_value="x" * 100)
    [rejected] = csv(tmp_path, [GOOD_I, line]).rejected
    assert rejected["reason"] == "is not a number"
    assert rejected["line_text"] == line


def test_codes_keep_leading_zeros_and_letters(tmp_path):
    of = release("1998-99/panel")
    [row] = fixed(
        tmp_path,
        [record(layout(of, "a"), nic_return="0163X", scheme="1", units="1")],
        block="a",
        of=of,
    ).rows
    assert row["nic_return"] == "0163X"
    lines = [csv_line(layout(PUBLIC, "i"), item_code="0164000", unit_code=" 09 ")]
    [row] = csv(tmp_path, lines).rows
    assert (row["item_code"], row["unit_code"]) == ("0164000", "09")


def test_keys_are_normalised_by_release(tmp_path):
    keys = ["000123", "123", "123.0", " 123 ", "0", "12A", "1.5", "", "-5", "."]
    lines = [csv_line(layout(PUBLIC, "i"), factory_key=key) for key in keys]
    reading = csv(tmp_path, lines)
    assert [row["factory_key"] for row in reading.rows] == ["123", "123", "123", "123", "0"]
    assert reading.reasons == {
        9: ("factory_key", "is empty"),
        **dict.fromkeys((7, 8, 10, 11), ("factory_key", "is not a dispatch serial number")),
    }
    lines = [record(layout(PANEL, "d"), factory_key=key) for key in ["0012309A", "99321F", ""]]
    reading = fixed(tmp_path, lines)
    assert [row["factory_key"] for row in reading.rows] == ["0012309A", "99321F"]
    assert reading.reasons == {3: ("factory_key", "is empty")}


def test_state_is_derived_from_the_key_where_that_is_whole(tmp_path):
    lines = [record(layout(PANEL, "a"), factory_key=key) for key in ["1234533F", "99321F"]]
    rows = fixed(tmp_path, lines, block="a").rows
    assert [row["state_code"] for row in rows] == ["33", None]


def test_output_has_the_harmonised_columns_in_order(tmp_path):
    reading = fixed(tmp_path, [GOOD_D])
    expected = row_types("d")
    with duckdb.connect() as connection:
        for path, types in ((reading.rows_to, expected), (reading.rejected_to, REJECTED_COLUMNS)):
            described = connection.execute("describe select * from read_parquet(?)", [str(path)])
            assert [(name, kind) for name, kind, *_ in described.fetchall()] == list(types.items())
    assert next(iter(expected)) == "survey_year"
    assert list(expected)[-1] == "line_number"
    [row] = reading.rows
    assert row["survey_year"] == "2009-10"
    assert row["nic_return"] is None  # this year's block D does not have it
    assert row["serial_number"] == 7


def test_year_of_the_record_is_kept_and_not_used(tmp_path):
    [row] = fixed(tmp_path, [record(layout(PANEL, "d"), record_year="15")]).rows
    assert (row["record_year"], row["survey_year"]) == ("15", "2009-10")


def test_short_and_long_lines(tmp_path):
    whole = record(layout(FIXED, "d"), closing="5")
    width = layout(FIXED, "d").columns[-1].end
    lines = [whole, whole[:width], whole[: width - 1], whole + "   ", whole + "x", whole[:3]]
    reading = fixed(tmp_path, lines, of=FIXED)
    assert [row["line_number"] for row in reading.rows] == [1, 2, 4]
    assert reading.reasons == {
        3: (None, f"is too short: {width - 1} characters, its columns need {width}"),
        5: (None, f"is too long: {len(whole) + 1} characters, a record has {len(whole)}"),
        6: (None, f"is too short: 3 characters, its columns need {width}"),
    }
    assert (reading.counts.rows_read, reading.counts.rows_kept) == (6, 3)


def test_a_record_of_another_block_is_rejected(tmp_path):
    stray = record(layout(PANEL, "d"), block="F")
    assert fixed(tmp_path, [GOOD_D, stray]).reasons == {2: ("block", "is block letter F, not D")}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_empty_lines_and_the_end_of_the_file(tmp_path, end):
    for tail in ("", end, end + end, "\x1a", end + "\x1a" + end, "   " + end):
        text = end.join([GOOD_D, "", GOOD_D, "   ", GOOD_D]) + end + tail
        reading = Reading(tmp_path, PANEL, "d", text)
        assert [row["line_number"] for row in reading.rows] == [1, 3, 5]
        assert reading.reasons == {2: (None, "is empty"), 4: (None, "is empty")}
        assert reading.counts.rows_read == 5
    assert len(Reading(tmp_path, PANEL, "d", GOOD_D).rows) == 1


def test_mixed_line_ends_keep_the_line_numbers(tmp_path):
    text = f"{GOOD_D}\r\n{GOOD_D}\n\n{GOOD_D}\r\nbad\n{GOOD_D}"
    reading = Reading(tmp_path, PANEL, "d", text)
    assert [row["line_number"] for row in reading.rows] == [1, 2, 4, 6]
    assert set(reading.reasons) == {3, 5}


@pytest.mark.parametrize("byte", [b"\xff", b"\xe9", b"\x00", b"\x07", b"\r", b"\xc3"])
def test_bytes_that_are_no_text_reject_only_their_line(tmp_path, byte):
    good = GOOD_D.encode()
    lines = [good, good[:20] + byte + good[21:], good]
    reading = Reading(tmp_path, PANEL, "d", b"\r\n".join(lines) + b"\r\n")
    assert [row["line_number"] for row in reading.rows] == [1, 3]
    assert reading.reasons == {2: (None, "holds what is no UTF-8 text, or control characters")}


def test_paths_are_taken_literally(tmp_path):
    folder = tmp_path / "ASI [2009-10]'s *files"
    folder.mkdir()
    assert len(fixed(folder, [GOOD_D]).rows) == 1


def test_utf8_text_is_text(tmp_path):
    of = release("2022-23/public")
    line = csv_line(layout(of, "b"), corporate_identification_number="कंपनी")
    [row] = csv(tmp_path, [line], block="b", of=of).rows
    assert row["corporate_identification_number"] == "कंपनी"


def test_csv_quotes(tmp_path):
    lines = [
        '"23","I","123","1","0164000","9","1.50","10","2"',
        '23,I,124,"1",0164000,"9,9",1.50,10,2',
        '23,I,125,1,"say ""x""",9,1.50,10,2',
        '23,I,126,1,"",,,,',
        '23,I,127,1,"open,9,1.50,10,2',
        '23,I,128,1,in"side,9,1.50,10,2',
    ]
    reading = csv(tmp_path, lines)
    assert [(row["factory_key"], row["item_code"], row["unit_code"]) for row in reading.rows] == [
        ("123", "0164000", "9"),
        ("124", "0164000", "9,9"),
        ("125", 'say "x"', "9"),
        ("126", None, None),
    ]
    assert [row["quantity"] for row in reading.rows][:3] == [Decimal("1.5")] * 3
    reason = (None, "has a quote that is not closed or stands inside a cell")
    assert reading.reasons == {6: reason, 7: reason}


def test_csv_lines_that_are_no_records(tmp_path):
    head = header(layout(PUBLIC, "i"))
    reading = csv(tmp_path, [GOOD_I, head, head.upper(), GOOD_I + ",1", "23,I,5", GOOD_I])
    assert [row["line_number"] for row in reading.rows] == [2, 7]
    assert reading.reasons == {
        3: (None, "is the header line again"),
        4: (None, "is the header line again"),
        5: (None, "has 10 cells, the header has 9"),
        6: (None, "has 3 cells, the header has 9"),
    }


def test_csv_header_is_matched_without_case_punctuation_or_order(tmp_path):
    layout_i = layout(PUBLIC, "i")
    names = [column.source for column in layout_i.columns]
    mixed = [name.upper().replace("_", ".") for name in names[::-1]]
    line = ",".join(next(iter([cell])) for cell in GOOD_I.split(",")[::-1])
    text = "\N{BYTE ORDER MARK}" + ", ".join(mixed) + ",New Column\n" + line + ",x\n"
    reading = Reading(tmp_path, PUBLIC, "i", text)
    [row] = reading.rows
    assert row["purchase_value"] == Decimal("10")
    assert row["factory_key"] == "123"
    assert reading.counts.ignored_columns == ("New Column",)


def test_csv_without_year_and_block_columns_is_read(tmp_path):
    lines = [",".join(GOOD_I.split(",")[2:])]
    head = ",".join(header(layout(PUBLIC, "i")).split(",")[2:])
    [row] = csv(tmp_path, lines, head=head).rows
    assert (row["record_year"], row["block"], row["factory_key"]) == (None, None, "123")


def test_missing_header_names_are_an_error_that_names_them(tmp_path):
    head = header(layout(PUBLIC, "e")).replace("e_i8", "wages")
    inferred = {column.source for column in layout(PUBLIC, "e").columns if column.inferred}
    lost = next(c.source for c in layout(PUBLIC, "e").columns if c.name == "wages")
    head = ",".join("other" if name == lost else name for name in head.split(","))
    with pytest.raises(ReleaseError) as error:
        csv(tmp_path, ["1"], block="e", head=head)
    message = str(error.value)
    assert "source.txt, line 1" in message
    assert f"{lost} (wages)" in message
    assert "LOCUS_HOME/layouts/2022-23.yaml" in message
    assert (f"infers {lost}" in message) == (lost in inferred)


def test_the_header_of_another_block_is_recognised(tmp_path):
    with pytest.raises(ReleaseError, match=r"looks like block I of 2022-23/public"):
        csv(tmp_path, [GOOD_I], block="a", head=header(layout(PUBLIC, "i")))


def test_a_header_name_twice_is_an_error(tmp_path):
    head = header(layout(PUBLIC, "i")) + ",I_I6"
    with pytest.raises(ReleaseError, match=r"line 1: the header names i_i6 2 times"):
        csv(tmp_path, [GOOD_I + ",1"], head=head)


def test_a_file_of_another_block_is_an_error_that_says_which(tmp_path):
    lines = [record(layout(PANEL, "f"), insurance="5")] * 3
    with pytest.raises(ReleaseError) as error:
        fixed(tmp_path, lines, block="e")
    assert "holds no record of block E of 2009-10/panel: all 3 are rejected" in str(error.value)
    assert "line 1, block: is block letter F, not E" in str(error.value)
    assert "looks like block F of 2009-10/panel" in str(error.value)


def test_a_file_of_another_year_is_an_error_that_says_which(tmp_path):
    old = release("1998-99/panel")
    with pytest.raises(ReleaseError, match=r"looks like block C of 1998-99/panel"):
        fixed(tmp_path, [record(layout(old, "c"))], block="c")


def test_an_empty_file_is_an_error(tmp_path):
    for content in ("", "\r\n\r\n", header(layout(PUBLIC, "i")) + "\n"):
        with pytest.raises(ReleaseError, match=r"source.txt"):
            Reading(tmp_path, PUBLIC, "i", content)
    with pytest.raises(ReleaseError, match="is empty; get the file again"):
        Reading(tmp_path, PANEL, "d", "\r\n")


def test_a_file_that_is_no_text_is_an_error(tmp_path):
    with pytest.raises(ReleaseError, match="line 1: is longer than 65,536 characters"):
        Reading(tmp_path, PANEL, "d", b"\x00\x01\xff" * 2_000_000)


def test_an_incomplete_layout_is_an_error_that_names_what_is_missing(tmp_path):
    of = release("2016-17/public")
    with pytest.raises(LayoutError, match=r"Block D of 2016-17/public.*serial_number, opening"):
        Reading(tmp_path, of, "d", "DSL\n1\n")


def single_file_lines():
    return [
        record(layout(SINGLE, "a"), scheme="1", units="1"),
        record(layout(SINGLE, "h"), serial_number="1", item_code="63101", purchase_value="10"),
        record(layout(SINGLE, "h1"), serial_number="8", purchase_value="20"),
        record(layout(SINGLE, "b"), organisation_type="01"),
        record(layout(SINGLE, "h"), serial_number="2", purchase_value="x"),
        record(layout(SINGLE, "a"), scheme="2", units="3").replace("A ", "Z ", 1),
        "",
        "01",
        record(layout(SINGLE, "h1"), serial_number="9", purchase_value="30"),
    ]


def test_one_file_for_all_blocks(tmp_path):
    text = "\r\n".join(single_file_lines()) + "\r\n"
    readings = {}
    for block in "abh":
        folder = tmp_path / block
        folder.mkdir()
        readings[block] = Reading(folder, SINGLE, block, text)
    assert sum(reading.counts.rows_read for reading in readings.values()) == 9
    values = [(row["line_number"], row["purchase_value"]) for row in readings["h"].rows]
    assert values == [(2, Decimal(10)), (3, Decimal(20)), (9, Decimal(30))]
    assert [row["item_code"] for row in readings["h"].rows] == ["63101", None, None]
    assert readings["h"].reasons == {5: ("purchase_value", "is not a number")}
    assert [row["line_number"] for row in readings["a"].rows] == [1]
    assert readings["a"].reasons == {
        6: ("block", "is no block of this release"),
        7: (None, "is empty"),
        8: ("block", "is no block of this release"),
    }
    assert readings["b"].counts.rows_kept == 1


def test_a_block_that_the_one_file_lacks_is_an_error(tmp_path):
    with pytest.raises(ReleaseError, match="holds no record of block J"):
        Reading(tmp_path, SINGLE, "j", "\r\n".join(single_file_lines()))


def test_rows_are_in_the_order_of_the_file_and_the_same_every_time(tmp_path):
    lines = [
        record(layout(PANEL, "d"), serial_number=str(n % 17 + 1), closing=str(n))
        for n in range(1000)
    ]
    text = ("\r\n".join(lines) + "\r\n") * 300
    first = Reading(tmp_path, PANEL, "d", text)
    content = first.rows_to.read_bytes()
    with duckdb.connect() as connection:
        [(count, in_order)] = connection.execute(
            "select count(*), count(*) filter (line_number = file_row_number + 1) "
            "from read_parquet(?, file_row_number = true)",
            [str(first.rows_to)],
        ).fetchall()
    assert count == in_order == first.counts.rows_kept == 300_000
    assert Reading(tmp_path, PANEL, "d", text).rows_to.read_bytes() == content


ALL_FORMS = [SINGLE, release("2012-13/panel"), FIXED, PUBLIC]


@pytest.mark.parametrize(
    "of",
    [block for one in ALL_FORMS for block in one.blocks],
    ids=lambda block: f"{block.name}-{block.code}",
)
def test_every_column_of_a_layout_comes_back(tmp_path, of):
    values = {
        column.name: Decimal(number % 10)
        for number, column in enumerate(of.columns)
        if column.type != "text"
    }
    texts = {name: str(value) for name, value in values.items()}
    one = release(of.name)
    if of.format == "csv":
        text = f"{header(of)}\n{csv_line(of, **texts)}\n"
    else:
        text = record(of, **texts) + "\r\n"
    [row] = Reading(tmp_path, one, of.block, text).rows
    assert {name: row[name] for name in values} == values
    assert {name for name, value in row.items() if value is not None} == {
        "survey_year",
        "line_number",
        "factory_key",
        *values,
        *(name for name, *_ in of.derived if of.block == "a"),
        *({"block"} & {column.name for column in of.columns}),
    }


def printed(column, value):
    """A number as the panel release prints it: zero padded, the sign after the padding."""
    if value is None:
        return ""
    text = str(value)
    if column.width and len(text) < column.width:
        text = text.rjust(column.width, "0")
    return text


def numbers(column):
    decimals = 0 if column.type == "integer" else int(column.type[:-1].split(",")[1])
    places = min(decimals, 2)
    most = 10 ** (min(column.width - 2 - places, 12)) - 1 if column.width > 3 else 9
    return st.none() | st.decimals(
        min_value=-most if column.width > 3 and column.name != "multiplier" else 0,
        max_value=most,
        places=places if column.width > 5 else 0,
        allow_nan=False,
    )


def rows_of(of):
    key = st.text("0123456789ABCXYZ", min_size=8, max_size=8)
    columns = {column.name: numbers(column) for column in of.columns if column.type != "text"} | {
        "factory_key": key
    }
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=20)


@pytest.mark.parametrize("code", ["c", "j"])
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_typed_values_come_back_as_written(tmp_path, code, data):
    of = layout(PANEL, code)
    rows = data.draw(rows_of(of))
    as_csv = tuple(replace(column, source=column.name) for column in of.columns)
    of_csv = replace(of, format="csv", columns=as_csv)
    texts = [
        {
            column.name: row[column.name]
            if column.name == "factory_key"
            else printed(column, row[column.name])
            for column in of.columns
            if column.name in row
        }
        for row in rows
    ]
    csv_release = replace(PANEL, format="csv", blocks=(of_csv,))
    for one, text in (
        (PANEL, "".join(record(of, **row) + "\r\n" for row in texts)),
        (
            csv_release,
            header(of_csv) + "\n" + "".join(csv_line(of_csv, **row) + "\n" for row in texts),
        ),
    ):
        read = Reading(tmp_path, one, code, text)
        assert read.counts.rows_rejected == 0
        assert [{name: row[name] for name in rows[0]} for row in read.rows] == rows
