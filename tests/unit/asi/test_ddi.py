"""Blocks without a header line, named by a DDI document: read as with it, or not at all."""

import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from locus_pipeline.asi import ddi
from locus_pipeline.asi.check import check_release
from locus_pipeline.asi.ddi import Beside
from locus_pipeline.asi.ingest import changed_blocks, ingest_block
from locus_pipeline.asi.layout import LayoutError
from locus_pipeline.asi.release import BlockFile, ReleaseError, find_release
from locus_pipeline.settings import Settings
from tests.support.records import Reading, cells, csv_line, header, release, year
from tests.unit.asi.test_check import text

YEAR = year("2022-23")
PUBLIC = release("2022-23/public")
[LAYOUT] = PUBLIC.parts("a")
NAMES = [column.source for column in LAYOUT.columns]
COUNT = len(NAMES)
WIDTH = 20
RECORDS = [
    {
        "record_year": "23",
        "factory_key": str(100001 + n),
        "nic_return": "10612",
        "state_code": f"0{n + 1}",
        "units": "1",
        "bonus": str(4966332 * n),
        "cost_of_production": str(2653030993 + n),
        "multiplier": ["100", "279.22426456", "383.03568926"][n],
    }
    for n in range(3)
]
CSV = "".join(f"{csv_line(LAYOUT, **values)}\n" for values in RECORDS)


def fixed(values, width=WIDTH):
    return "".join(cell.rjust(width) for cell in cells(LAYOUT, values).values())


FIXED = "".join(f"{fixed(values)}\n" for values in RECORDS)


def places(names, width=WIDTH):
    return {
        name: f'<location StartPos="{n * width + 1}" EndPos="{(n + 1) * width}" width="{width}"/>'
        for n, name in enumerate(names)
    }


def study(files, title="Annual Survey of Industries, 2022-23", namespace="", before="", at=None):
    """A DDI document: `files` maps a file's name to the names of its variables."""
    described, variables = "", ""
    for number, (name, names) in enumerate(files.items(), start=1):
        described += f'<fileDscr ID="F{number}"><fileTxt><fileName>{escape(name)}</fileName>'
        described += "</fileTxt></fileDscr>"
        for variable in names:
            place = (at or {}).get(variable, "")
            variables += f'<var ID="V{number}{len(variables)}" name={quoteattr(variable)} '
            variables += f'files="F{number}">{place}<labl>What {escape(variable)} is</labl></var>'
    citation = f"<citation><titlStmt><titl>{title}</titl></titlStmt></citation>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<codeBook{namespace}>'
        f"<stdyDscr>{citation}</stdyDscr>{described}"
        f"<dataDscr>{variables}</dataDscr></codeBook>"
    )


OTHERS = {"blkB202223.NSDstat": ["DSL", "b1"]}
DDI = study(OTHERS | {"blkA202223.NSDstat": NAMES})
PLACED = study({"blkA202223": NAMES}, at=places(NAMES))


@pytest.fixture
def folder(tmp_path):
    """A release of block A, to which a test adds its documents."""
    folder = tmp_path / "home" / "releases" / "2022-23"
    folder.mkdir(parents=True)
    return folder


def put(folder, block, *documents):
    (folder / "blkA202223.csv").write_text(block)
    for number, document in enumerate(documents):
        (folder / f"study{number}.xml").write_text(document)
    return folder


def rows(folder, block, *documents):
    """The kept rows without their line numbers, and the counts; no line is rejected."""
    for number, document in enumerate(documents):
        (folder / f"study{number}.xml").write_text(document)
    beside = Beside(
        "blkA202223.csv",
        tuple(BlockFile(path, None, ()) for path in sorted(folder.glob("*.xml"))),
    )
    reading = Reading(folder, PUBLIC, "a", block, "blkA202223.csv", beside=beside)
    assert reading.rejected == []
    return [{**row, "line_number": None} for row in reading.rows], reading.counts


def refused(folder, block, *documents):
    with pytest.raises(ReleaseError) as error:
        rows(folder, block, *documents)
    return str(error.value)


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    return rows(folder, f"{header(LAYOUT)}\n{CSV}")[0]


def test_a_csv_file_without_a_header_line_is_named_by_the_document(tmp_path, truth):
    records, counts = rows(tmp_path, CSV, DDI)
    assert records == truth
    assert counts.names_from == "study0.xml"
    assert counts.notes == ("its columns are named by the DDI document study0.xml",)
    assert counts.rows_read == 3


def test_a_fixed_width_file_is_cut_at_the_documents_places(tmp_path, truth):
    records, counts = rows(tmp_path, FIXED, PLACED)
    assert records == truth
    assert counts.notes == ("its columns are named and placed by the DDI document study0.xml",)


NAMESPACES = (' xmlns="http://www.icpsr.umich.edu/DDI"', ' xmlns="ddi:codebook:2_5" version="2.5"')
BLOCK_WORDS = ("Block A", "BLOCK-A", "blk_a", "Block A - Identification particulars")
DESCRIPTIONS = {
    **{name: study({"blkA202223.csv": NAMES}, namespace=name) for name in NAMESPACES},
    **{word: study({word: NAMES, "Block B": ["DSL"]}) for word in BLOCK_WORDS},
    "a DTD that is not loaded": study(
        {"blkA202223": NAMES}, before='<!DOCTYPE codeBook SYSTEM "http://ddi.invalid/ddi.dtd">'
    ),
    "a title without a year": study({"BLKA202223.SAV": NAMES}, title="ASI"),
    "names in another case": study({"blkA202223": [name.upper() for name in NAMES]}),
    "positions beside a CSV file": PLACED,
}


@pytest.mark.parametrize("document", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_ways_to_describe_the_file(tmp_path, truth, document):
    assert rows(tmp_path, CSV, document)[0] == truth


def test_other_separators_a_line_that_says_so_and_a_separator_at_the_end(tmp_path, truth):
    semicolons = CSV.replace(",", ";")
    assert rows(tmp_path, semicolons, DDI)[0] == truth
    assert rows(tmp_path, f"sep=;\n{semicolons}", DDI)[0] == truth
    assert rows(tmp_path, CSV.replace("\n", ",\n"), DDI)[0] == truth
    assert rows(tmp_path, CSV.replace("\n", "\r\n"), DDI)[0] == truth


def test_a_variable_that_the_layout_does_not_know_keeps_its_name(tmp_path, truth):
    document = study({"blkA202223": [*NAMES, "new item"]})
    records, counts = rows(tmp_path, CSV.replace("\n", ",7\n"), document)
    assert records == truth
    assert counts.ignored_columns == ("new item",)


def test_a_header_line_of_the_file_goes_before_the_document(tmp_path, truth):
    swapped = study({"blkA202223": NAMES[::-1]})
    records, counts = rows(tmp_path, f"{header(LAYOUT)}\n{CSV}", swapped)
    assert records == truth
    assert counts.names_from is None and counts.notes == ()


def test_line_numbers_are_those_of_the_file(tmp_path):
    (tmp_path / "s.xml").write_text(DDI)
    beside = Beside("blkA202223.csv", (BlockFile(tmp_path / "s.xml", None, ()),))
    broken = CSV.replace("100002", "10000x")
    reading = Reading(tmp_path, PUBLIC, "a", broken, "blkA202223.csv", beside=beside)
    assert [row["line_number"] for row in reading.rows] == [1, 3]
    assert list(reading.reasons) == [2]


WITHOUT = {
    "fewer variables": (CSV, study({"blkA202223": NAMES[:-1]}), f"needs names.*: {NAMES[-1]}"),
    "more variables": (
        CSV,
        study({"blkA202223": [*NAMES, "x"]}),
        f"it has {COUNT + 1} variables, the first line .* {COUNT}, 1, 1, 1 cells",
    ),
    "other names": (
        CSV,
        study({"blkA202223": [f"v{n}" for n in range(COUNT)]}),
        "the layout 2022-23/public needs names that it lacks: a1, a2, a3 and",
    ),
    "one name twice": (
        CSV,
        study({"blkA202223": [*NAMES[:-2], NAMES[-1], NAMES[-1]]}),
        "two of its variables are called",
    ),
    "an unnamed variable": (CSV, study({"blkA202223": [*NAMES, ""]}), "one is unnamed"),
    "another file": (CSV, study(OTHERS), "describes no file blka202223 and no block A of 2022-23"),
    "another year": (
        CSV,
        study({"blkA202223": NAMES}, title="ASI 2021-22"),
        "describes no file",
    ),
    "a block word without a year": (CSV, study({"Block A": NAMES}, title="ASI"), "describes no"),
    "several blocks in one": (CSV, study({"Block A-B": NAMES}), "describes no file"),
    "a header of other names": (
        ",".join(f"c{n}" for n in range(COUNT)) + "\n" + CSV,
        DDI,
        "line 1 does not fit its variables as a record of block A would",
    ),
    "a header of numbers": (
        ",".join(f"{n}" for n in range(1, COUNT + 1)) + "\n" + CSV,
        study({"blkA202223": NAMES}),
        "line 1 does not fit",
    ),
    "the letter of another block": (CSV.replace(",A,", ",B,"), DDI, "line 1 does not fit"),
    "another order than its places": (
        CSV,
        study({"blkA202223": NAMES}, at=places(NAMES[::-1])),
        "its variables stand in another order than its places",
    ),
    "longer lines": (
        "".join(f"{line} \n" for line in FIXED.splitlines()),
        PLACED,
        f"records of {COUNT * WIDTH:,} characters, the first line {COUNT * WIDTH + 1:,}",
    ),
    "lines of two lengths": (FIXED + "1\n", PLACED, "the first line"),
    "places that overlap": (
        FIXED,
        study({"blkA202223": NAMES}, at=places(NAMES) | {NAMES[3]: places(NAMES)[NAMES[2]]}),
        "variables, the first line",
    ),
    "a place that contradicts its width": (
        FIXED,
        PLACED.replace('EndPos="20" width="20"', 'EndPos="20" width="19"'),
        "variables, the first line",
    ),
    "no places": (FIXED, DDI, f"it has {COUNT} variables, the first line"),
}


@pytest.mark.parametrize(("block", "document", "why"), WITHOUT.values(), ids=WITHOUT)
def test_what_is_not_sure_is_not_used_and_the_error_says_why(tmp_path, block, document, why):
    said = refused(tmp_path, block, document)
    assert said.startswith("blkA202223.csv, line 1: ")
    assert "document study0.xml beside it cannot stand for the header: " in said
    assert re.search(why, said), said
    assert "10612" not in said and "2653030993" not in said


def test_two_documents(tmp_path, truth):
    other = study({"Block A": NAMES[::-1]})
    said = refused(tmp_path, CSV, DDI, other)
    assert "DDI documents study0.xml, study1.xml beside it cannot" in said
    assert said.endswith("describes the file in two ways")
    (tmp_path / "study1.xml").unlink()
    same = study({"blkA202223": NAMES})
    assert rows(tmp_path, CSV, DDI, same, "<note>of something else</note>")[0] == truth


def test_more_documents_than_are_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(ddi, "DOCUMENTS", 2)
    said = refused(tmp_path, CSV, DDI, "<a/>", "<b/>")
    assert said.endswith("3 XML documents lie beside it, of which none is looked into")


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20 if n else "ha" * 50}">' for n in range(20))
BOMBS = {
    "entities that unfold": (
        study({"&e19;": NAMES}, before=f"<!DOCTYPE codeBook [{ENTITIES}]>").replace("&amp;", "&"),
        "declares entities",
    ),
    "one long entity": (
        study({"&e;": NAMES}, before=f'<!DOCTYPE codeBook [<!ENTITY e "{"x" * 9999}">]>'),
        "declares entities",
    ),
    "an external entity": (
        study({"&f;": NAMES}, before='<!DOCTYPE codeBook [<!ENTITY f SYSTEM "/etc/passwd">]>'),
        "declares entities",
    ),
    "no XML": ("<codeBook><stdyDscr>", "can't be read as XML"),
    "an unknown encoding": ('<?xml version="1.0" encoding="of-ours"?><codeBook/>', "can't be read"),
    "nested too deep": ("<codeBook>" + "<a>" * 100_000, "is larger or deeper"),
    "too many variables": (study({"blkA202223": ["v"] * 11_000}), "is larger or deeper"),
}


@pytest.mark.parametrize(("document", "why"), BOMBS.values(), ids=BOMBS)
def test_documents_that_would_do_harm_are_refused(tmp_path, document, why):
    said = refused(tmp_path, CSV, document)
    assert f"The XML document study0.xml beside it cannot stand for the header: it {why}" in said
    assert "root:" not in said


def test_the_size_of_a_document_is_bounded_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(ddi, "chunks", lambda *_: pytest.fail("it was read"))
    with (tmp_path / "study0.xml").open("wb") as file:
        file.truncate(ddi.DOCUMENT_BYTES + 1)
    assert "it is larger than 16 MiB" in refused(tmp_path, CSV)


def test_a_bomb_beside_a_block_with_a_header_does_no_harm(folder):
    put(folder, f"{header(LAYOUT)}\n{CSV}", *[document for document, _ in BOMBS.values()])
    report = check_release(folder, YEAR, Settings(folder.parents[1], threads=1))
    assert report.ok and report.blocks[0].counts.rows_kept == 3


def test_the_check_says_where_the_names_come_from(folder):
    report = check_release(put(folder, CSV, DDI), YEAR, Settings(folder.parents[1], threads=1))
    assert report.ok and report.ignored == ()
    assert "Block A: its columns are named by the DDI document study0.xml" in text(report)


def test_the_check_says_why_a_document_was_not_used(folder):
    put(folder, CSV, study(OTHERS))
    report = check_release(folder, YEAR, Settings(folder.parents[1], threads=1))
    assert not report.ok
    assert "describes no file blka202223" in " ".join(text(report).split())


def test_a_document_in_the_archive_of_the_release(tmp_path):
    with zipfile.ZipFile(tmp_path / "ASI_2022_23.zip", "w") as archive:
        archive.writestr("csv/blkA202223.csv", CSV)
        archive.writestr("doc/ddi.xml", DDI)
    path = tmp_path / "ASI_2022_23.zip"
    report = check_release(path, YEAR, Settings(tmp_path / "home", threads=1))
    assert report.ok
    assert report.blocks[0].counts.names_from == "ASI_2022_23.zip:doc/ddi.xml"


def test_a_layout_that_lacks_columns_points_to_the_document(tmp_path):
    of = release("2016-17/public")
    names = ["DSL", "x"]
    (tmp_path / "ddi.xml").write_text(study({"blkD201617": names}, title="ASI 2016-17"))
    beside = Beside("blkD201617.csv", (BlockFile(tmp_path / "ddi.xml", None, ()),))
    with pytest.raises(LayoutError, match=r"serial_number.*\n?.*document ddi.xml .* not used"):
        Reading(tmp_path, of, "d", "DSL\n1\n", "blkD201617.csv", beside=beside)


def test_rows_are_read_again_when_the_document_that_names_them_changes(folder):
    settings = Settings(folder.parents[1], threads=1)
    put(folder, CSV, DDI)
    first = ingest_block(settings, find_release(folder, YEAR), "a", YEAR).manifest
    assert [source["name"] for source in first.source_files] == ["blkA202223.csv", "study0.xml"]
    assert changed_blocks(settings, find_release(folder, YEAR), YEAR) == []
    put(folder, CSV, study({"Block A": NAMES}))
    assert changed_blocks(settings, find_release(folder, YEAR), YEAR) == ["a"]
    again = ingest_block(settings, find_release(folder, YEAR), "a", YEAR)
    assert again.changed and again.manifest.data_version != first.data_version
    (folder / "study0.xml").unlink()
    with pytest.raises(ReleaseError, match="there is no header line"):
        ingest_block(settings, find_release(folder, YEAR), "a", YEAR)


def test_a_document_that_names_nothing_changes_no_version(folder):
    settings = Settings(folder.parents[1], threads=1)
    put(folder, f"{header(LAYOUT)}\n{CSV}")
    before = ingest_block(settings, find_release(folder, YEAR), "a", YEAR).manifest
    put(folder, f"{header(LAYOUT)}\n{CSV}", DDI)
    after = ingest_block(settings, find_release(folder, YEAR), "a", YEAR)
    assert not after.changed
    assert after.manifest == before


# A record of block A as the reader types it: text as it is, numbers without leading zeros.
NUMBERS = st.integers(0, 10**6).map(str)
LETTERS = st.text("abcXYZ0123456789 .-", max_size=WIDTH).map(str.strip)


@st.composite
def records(draw):
    """Records of block A as cells, in an order of the columns that the document gives."""
    order = draw(st.permutations(LAYOUT.columns))
    records = []
    for number in range(draw(st.integers(1, 5))):
        values = {
            column.name: draw(LETTERS if column.type == "text" else NUMBERS)
            for column in LAYOUT.columns
        }
        values |= {"block": "A", "factory_key": str(100_001 + number), "multiplier": "1.5"}
        records.append(values)
    return order, records


@pytest.mark.parametrize("is_fixed", [False, True], ids=["csv", "fixed width"])
@hypothesis_settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sources=records())
def test_what_is_written_without_a_header_is_read_as_with_one(tmp_path, is_fixed, sources):
    order, records = sources
    names = [column.source for column in order]
    lines = [[record[column.name] for column in order] for record in records]
    plain = "\n".join(",".join(cells) for cells in [names, *lines]) + "\n"
    (tmp_path / "study0.xml").unlink(missing_ok=True)
    expected, _ = rows(tmp_path, plain)
    assert len(expected) == len(records)
    assert [row["factory_key"] for row in expected] == [one["factory_key"] for one in records]
    if is_fixed:
        block = "".join("".join(cell.rjust(WIDTH) for cell in line) + "\n" for line in lines)
        document = study({"blkA202223": names}, at=places(names))
    else:
        block = plain.split("\n", 1)[1]
        document = study({"blkA202223": names})
    assert rows(tmp_path, block, document)[0] == expected
