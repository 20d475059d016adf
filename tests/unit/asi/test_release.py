"""Finding a release: names, folders, archives, and every way in which it can be wrong."""

import os
import re
import shutil
import struct
import zipfile
from dataclasses import replace

import pytest

from locus_pipeline.asi import content
from locus_pipeline.asi.release import (
    NOTE_BYTES,
    ReleaseError,
    find_release,
    looks_like,
    passed_over,
    survey_years_in,
)
from locus_pipeline.orchestration.wanted import NothingToReadError, years_to_run
from locus_pipeline.settings import Settings
from tests.support.records import LAYOUTS, header, record, release, year

PANEL = year("2009-10")
PUBLIC = year("2022-23")


def put(folder, *names, content=b"x\n"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def archive(path, **members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return path


def fails(folder, of):
    with pytest.raises(ReleaseError) as error:
        find_release(folder, of)
    return str(error.value)


def test_loose_files_in_any_case(tmp_path):
    put(tmp_path, "OASA10.TXT", "oasb10.txt", "OasJ2010.Txt")
    contents = find_release(tmp_path, PANEL)
    assert contents.release.name == "panel"
    assert {block: file.name for block, file in contents.files.items()} == {
        "a": "OASA10.TXT",
        "b": "oasb10.txt",
        "j": "OasJ2010.Txt",
    }
    assert contents.missing == tuple("cdefghi")
    assert [layout.code for layout in contents.files["j"].layouts] == ["j"]
    assert not contents.is_synthetic


def test_patterns_with_a_wildcard(tmp_path):
    put(tmp_path, "OASBLA12.TXT", "oasbl_b2012.txt")
    assert list(find_release(tmp_path, year("2011-12")).files) == ["a", "b"]


def test_folders_zips_and_documentation(tmp_path):
    put(
        tmp_path,
        "data/part 1/blkA202223.csv",
        "README.txt",
        "Data Structure 2022-23.txt",
        "docs/manual.pdf",
        ".DS_Store",
        "__MACOSX/._blkA202223.csv",
        "truth.json",
    )
    archive(
        tmp_path / "ASI CSV.ZIP",
        **{
            "csv/BLKI202223.CSV": "i\n",
            "__MACOSX/._BLKI202223.CSV": "x",
            "csv\\blkJ202223.csv": "j\n",
            "Layout.xlsx": "x",
        },
    )
    contents = find_release(tmp_path, PUBLIC)
    assert {block: file.display_name for block, file in contents.files.items()} == {
        "a": "blkA202223.csv",
        "i": "ASI CSV.ZIP:csv/BLKI202223.CSV",
        "j": "ASI CSV.ZIP:csv\\blkJ202223.csv",
    }
    assert contents.files["j"].name == "blkJ202223.csv"
    assert "README.txt" in contents.ignored
    assert "ASI CSV.ZIP:Layout.xlsx" in contents.ignored


def test_the_synthetic_marker(tmp_path):
    put(tmp_path, "OASA10.TXT", "SYNTHETIC.json")
    assert find_release(tmp_path, PANEL).is_synthetic


def test_a_member_has_the_content_size_and_hash_of_the_file(tmp_path):
    content = b"one\r\ntwo\r\n" * 1000
    put(tmp_path / "loose", "OASA10.TXT", content=content)
    archive(tmp_path / "zip" / "release.zip", **{"../../OASA10.TXT": content})
    loose = find_release(tmp_path / "loose", PANEL).files["a"]
    member = find_release(tmp_path / "zip", PANEL).files["a"]
    assert loose.sha256() == member.sha256()
    assert loose.bytes == member.bytes == len(content)
    scratch = tmp_path / "scratch"
    with member.opened(scratch) as path:
        assert path.parent == scratch  # never where the member's own path leads
        assert path.read_bytes() == content
    assert list(scratch.iterdir()) == []
    assert not (tmp_path.parent / "OASA10.TXT").exists()
    with loose.opened(scratch) as path:
        assert path == loose.path


def test_the_hash_follows_the_content(tmp_path):
    put(tmp_path, "OASA10.TXT", content=b"1\n")
    file = find_release(tmp_path, PANEL).files["a"]
    before = file.sha256()
    put(tmp_path, "OASA10.TXT", content=b"2\n")
    assert file.sha256() != before


def test_one_file_for_all_blocks(tmp_path):
    put(tmp_path, "ASI01.TXT")
    contents = find_release(tmp_path, year("2000-01"))
    assert contents.release.name == "public_single_file"
    assert list(contents.files) == list("abcdefghij")
    assert [layout.code for layout in contents.files["h"].layouts] == ["h", "h1"]
    assert contents.missing == ()


def test_two_candidates_for_one_block(tmp_path):
    put(tmp_path, "OASE10.TXT")
    put(tmp_path, "old/OASE2010.TXT", content=b"another\n")
    message = fails(tmp_path, PANEL)
    assert "block E is there 2 times" in message
    assert "OASE10.TXT, OASE2010.TXT. Keep one" in message
    shutil.rmtree(tmp_path / "old")
    archive(tmp_path / "release.zip", **{"x/OASE10.TXT": "x"})
    assert "OASE10.TXT, release.zip:x/OASE10.TXT" in fails(tmp_path, PANEL)


def test_files_of_two_releases(tmp_path):
    put(tmp_path, "OASE10.TXT", "blkA200910.csv")
    message = fails(tmp_path, PANEL)
    assert "files of 2 releases of 2009-10" in message
    assert "(panel): OASE10.TXT" in message
    assert "(public): blkA200910.csv" in message


def test_parts_of_a_block_must_be_in_one_file(tmp_path):
    single = release("2000-01/public_single_file")
    blocks = tuple(replace(b, files=(f"x{b.code}.txt",)) for b in single.blocks)
    of = replace(year("2000-01"), releases=(replace(single, blocks=blocks),))
    put(tmp_path, "xH.txt", "xH1.txt")
    assert "block H is in two files, xH.txt and xH1.txt" in fails(tmp_path, of)


def test_the_superseded_file_of_2016_17(tmp_path):
    put(tmp_path, "blkJ201617.csv", "blkE201617.csv")
    message = fails(tmp_path, year("2016-17"))
    assert "blkJ201617.csv: the faulty first release of block J" in message
    assert "ASI_2016_17_Block_J_rectified.csv" in message
    put(tmp_path, "asi_2016_17_block_j_RECTIFIED.csv")
    contents = find_release(tmp_path, year("2016-17"))
    assert contents.files["j"].name == "asi_2016_17_block_j_RECTIFIED.csv"
    assert contents.ignored == ("blkJ201617.csv (superseded by asi_2016_17_block_j_RECTIFIED.csv)",)


def test_a_file_of_another_year_by_its_name(tmp_path):
    put(tmp_path, "OASA10.TXT", "OASIBLC98.TXT")
    message = fails(tmp_path, PANEL)
    assert "OASIBLC98.TXT: no block of 2009-10" in message
    assert "block C of 1998-99/panel" in message
    assert "OASA10.TXT or OASA2010.TXT for block A (panel)" in message


def test_a_file_with_another_name_is_known_by_its_first_line(tmp_path):
    panel = PANEL.release("panel")
    [block_f] = panel.parts("f")
    put(tmp_path, "download (1).txt", content=record(block_f).encode() + b"\r\n")
    assert "fits block F of 2009-10/panel: rename it" in fails(tmp_path, PANEL)
    [block_i] = PUBLIC.release("public").parts("i")
    put(tmp_path, "download (1).txt", content=header(block_i).encode() + b"\n")
    expected = r"fits block I of 2022-23/public, block I of 2023-24/public.*: move it"
    assert re.search(expected, fails(tmp_path, PANEL))
    put(tmp_path, "download (1).csv", content=b"a shopping list\n")
    assert "download (1).csv: no block of 2009-10" in fails(tmp_path, PANEL)
    assert "fits no block either" in fails(tmp_path, PANEL)


def test_many_strangers_are_counted(tmp_path):
    put(tmp_path, *(f"stranger{n}.dat" for n in range(9)))
    assert "and 4 more files" in fails(tmp_path, PANEL)


def test_folders_without_a_release(tmp_path):
    assert "no such folder" in fails(tmp_path / "none", PANEL)
    assert "holds no files" in fails(tmp_path, PANEL)
    put(tmp_path, "README.md")
    assert "holds no block file of 2009-10, only README.md" in fails(tmp_path, PANEL)


def test_survey_years_in_a_home(tmp_path):
    assert survey_years_in(tmp_path / "none", LAYOUTS) == {}
    put(tmp_path, "2009-10/OASA10.TXT", "1999-00/x", ".hidden/x", "README.txt")
    assert survey_years_in(tmp_path, LAYOUTS) == {
        "1999-00": tmp_path / "1999-00",
        "2009-10": tmp_path / "2009-10",
    }


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("2031-32", "put its layout into LOCUS_HOME/layouts/2031-32.yaml"),
        ("2009-2010", "rename it to 2009-10"),
        ("2009_10", "rename it to 2009-10"),
        ("202223", "rename it to 2022-23"),
        ("ASI", "name it like 2022-23"),
    ],
)
def test_unknown_survey_years(tmp_path, name, advice):
    put(tmp_path, f"{name}/OASA10.TXT", "2009-10/OASA10.TXT")
    assert list(survey_years_in(tmp_path, LAYOUTS)) == ["2009-10"]
    [said] = passed_over(tmp_path, LAYOUTS)
    assert said.startswith(f"{tmp_path / name}: not a survey year")
    assert advice in said


def test_a_file_outside_the_survey_years(tmp_path):
    put(tmp_path, "OASA10.TXT", "2009-10/OASA10.TXT", "README.txt", ".DS_Store")
    (tmp_path / "old").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe\n")
    assert list(survey_years_in(tmp_path, LAYOUTS)) == ["2009-10"]
    said = passed_over(tmp_path, LAYOUTS)
    assert [sentence.partition(": ")[0] for sentence in said] == [
        f"{tmp_path}/OASA10.TXT", f"{tmp_path}/old", f"{tmp_path}/pipe\ufffd"
    ]  # fmt: skip
    assert all("put it into the folder of its survey year" in sentence for sentence in said)


def test_strangers_alone_are_the_error_of_a_run(tmp_path):
    settings, told = Settings(tmp_path), []
    put(settings.releases, "2022-2023/blkA202223.csv", "notes.dat")
    with pytest.raises(NothingToReadError, match="rename it to 2022-23") as error:
        years_to_run(settings, LAYOUTS, None, told.append)
    assert "notes.dat: a file outside" in str(error.value)
    put(settings.releases, "2009-10/OASA10.TXT")
    assert years_to_run(settings, LAYOUTS, None, told.append) == ["2009-10"]
    assert "\n".join(told) == str(error.value)


def test_archives_that_cannot_be_read(tmp_path):
    put(tmp_path, "release.zip", content=b"PK no zip")
    assert "release.zip: not a readable zip file" in fails(tmp_path, PANEL)
    archive(tmp_path / "release.zip", **{"inner.zip": "x"})
    assert "inner.zip: an archive inside the archive" in fails(tmp_path, PANEL)
    (tmp_path / "release.zip").unlink()
    put(tmp_path, "release.7z")
    assert "release.7z: unpack this archive" in fails(tmp_path, PANEL)


def test_an_encrypted_member(tmp_path):
    path = archive(tmp_path / "release.zip", **{"OASA10.TXT": "x"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + offset
        struct.pack_into("<H", content, place, 1)
    path.write_bytes(content)
    assert "OASA10.TXT: is encrypted" in fails(tmp_path, PANEL)


def test_a_zip_bomb(tmp_path, monkeypatch):
    archive(tmp_path / "release.zip", **{"OASA10.TXT": b"0" * (8 << 20)})
    assert "no release packs that well" in fails(tmp_path, PANEL)
    monkeypatch.setattr(content, "MEMBER_RATIO", 10_000)
    find_release(tmp_path, PANEL)
    monkeypatch.setattr(content, "MEMBER_BYTES", 1 << 20)
    assert "too large" in fails(tmp_path, PANEL)


def test_a_bomb_behind_a_header_that_lies(tmp_path, monkeypatch):
    path = archive(tmp_path / "release.zip", **{"OASA10.TXT": b"0" * (8 << 20)})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    struct.pack_into("<I", content, place, 1000)
    path.write_bytes(content)
    file = find_release(tmp_path, PANEL).files["a"]
    with pytest.raises(ReleaseError, match=r"release.zip: OASA10.TXT"):
        file.sha256()
    with pytest.raises(ReleaseError), file.opened(tmp_path / "scratch"):
        pass
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_damaged_member(tmp_path):
    path = archive(tmp_path / "release.zip", **{"OASA10.TXT": bytes(range(256)) * 64})
    content = bytearray(path.read_bytes())
    content[60:70] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(ReleaseError, match="can't be unpacked"):
        find_release(tmp_path, PANEL).files["a"].sha256()


def test_looks_like_names_the_best_fit():
    [block_i] = PUBLIC.release("public").parts("i")
    assert looks_like(header(block_i), PUBLIC.releases) == ("block I of 2022-23/public",)
    assert looks_like("hello", PUBLIC.releases) == ()
    assert looks_like("", PUBLIC.releases) == ()


def test_blocks_of_a_csv_release_as_statistical_files(tmp_path):
    put(tmp_path, "blkA202223.SAV", "blkE202223.dta", "blkI202223.parquet", "blkJ202223.tsv")
    contents = find_release(tmp_path, PUBLIC)
    assert contents.release.name == "public"
    assert list(contents.files) == ["a", "e", "i", "j"]
    put(tmp_path, "block A.sav")
    assert "block A.sav: no block of 2022-23 has this file name; an SPSS, Stata or" in fails(
        tmp_path, PUBLIC
    )


def test_of_several_forms_of_a_block_the_text_is_read(tmp_path):
    put(tmp_path, "blkA202223.csv", "blkA202223.sav", "blkE202223.dta", "blkE202223.parquet")
    contents = find_release(tmp_path, PUBLIC)
    assert {block: file.name for block, file in contents.files.items()} == {
        "a": "blkA202223.csv",
        "e": "blkE202223.parquet",
    }
    assert contents.ignored == (
        "blkA202223.sav (blkA202223.csv is read)",
        "blkE202223.dta (blkE202223.parquet is read)",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("blkA202223.xlsx", "is an Excel workbook; open it and save the block as CSV"),
        ("BLKA202223.XLS", "is an Excel workbook"),
        ("blkA202223.ods", "is an OpenDocument spreadsheet"),
        ("blkA202223.sas7bdat", "is a SAS file; export the block as CSV"),
        ("ASI202223A.xlsx", "is an Excel workbook"),
        ("blkA202223.Nesstar", "export the block as CSV or SPSS with the Nesstar Explorer"),
    ],
)
def test_a_block_in_a_form_that_is_not_read(tmp_path, name, words):
    put(tmp_path, name, "blkE202223.csv")
    message = fails(tmp_path, PUBLIC)
    assert f"{name}: " in message
    assert words in message
    put(tmp_path, "blkA202223.csv")
    contents = find_release(tmp_path, PUBLIC)
    assert name in contents.ignored


def test_documentation_of_every_kind_lies_beside(tmp_path):
    beside = (
        "DDI-IND-NSO-ASI-2022-23.xml", "DDI.rdf", "ASI 2022-23.Nesstar", "asi202223.do",
        "read.sps", "Multiplier note.txt", "notes.TXT", "Instruction Manual.docx",
        "ASI Schedule 2022-23.xlsx", "estimates.ods", "empty.txt",
    )  # fmt: skip
    put(tmp_path, *beside, content=b"About the multiplier\n")
    put(tmp_path, "empty.txt", content=b"")
    put(tmp_path, "blkA202223.csv")
    contents = find_release(tmp_path, PUBLIC)
    assert list(contents.files) == ["a"]
    assert set(contents.ignored) == set(beside)


def test_a_text_file_that_may_be_a_block_is_no_note(tmp_path):
    put(tmp_path, "blkA202223.csv")
    [layout] = PUBLIC.release("public").parts("i")
    for name, held in {
        "OASA10.TXT": b"x\n",  # another year's name
        "download.txt": header(layout).encode() + b"\n",
        "semicolons.txt": header(layout).replace(",", ";").encode("utf-16"),
        "data.txt": b"0" * (NOTE_BYTES + 1),
    }.items():
        put(tmp_path, name, content=held)
        assert f"{name}: no block of 2022-23" in fails(tmp_path, PUBLIC)
        (tmp_path / name).unlink()


def test_only_what_the_portal_keeps_in_its_own_form(tmp_path):
    put(tmp_path, "ASI 2022-23.Nesstar", "ddi.xml")
    message = fails(tmp_path, PUBLIC)
    assert "holds no block file of 2022-23" in message
    assert "ASI 2022-23.Nesstar" in message


def test_the_portals_names_and_a_block_that_no_figure_needs(tmp_path):
    portal = year("2009-10")
    names = (
        "A-IDENTIFICATION PARTICULARS.csv",
        "B-PARTICULARS OF THE FACTORY.csv",
        "E-EMPLOYMENT AND LABOUR COST.csv",
    )
    put(tmp_path, *names)
    contents = find_release(tmp_path, portal)
    assert {block: file.name for block, file in contents.files.items()} == {
        "a": names[0],
        "e": names[2],
    }
    assert contents.ignored == (
        f"{names[1]} (block B feeds no measure and its layout is not fully known)",
    )
    assert "b" in contents.missing
    for name in (names[0], names[2]):
        (tmp_path / name).unlink()
    # alone it is all there is: reading it says what is missing
    assert list(find_release(tmp_path, portal).files) == ["b"]


def test_a_zip_is_a_release(tmp_path):
    path = archive(tmp_path / "ASI_2022_23.zip", **{"csv/blkA202223.csv": "x\n"})
    assert find_release(path, PUBLIC).files["a"].display_name.endswith("zip:csv/blkA202223.csv")
    put(tmp_path, "x.csv")
    assert "neither a folder nor a zip archive" in fails(tmp_path / "x.csv", PUBLIC)
