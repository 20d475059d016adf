"""Damaged records: none is unaccounted, none that was whole is lost, none gives another value."""

import random

import pytest

from locus_pipeline.errors import LocusError
from tests.support.mutations import damaged, faults
from tests.support.records import Reading, release
from tests.unit.asi.test_statistical import FRAME, PUBLIC, write

FORMS = [
    ("2022-23/public", "a"),
    ("2022-23/public_fixed_width", "a"),
    ("2022-23/public", "e"),
    ("2009-10/panel", "c"),
    ("2023-24/public", "h"),
    ("2022-23/public_fixed_width", "j"),
    ("2022-23/public", "b"),
    ("2009-10/panel", "a"),
]


def fuzzed(folder, name, block, records, seed):
    of = release(name)
    [layout] = of.parts(block)
    file = damaged(layout, records, 0.8, seed)
    return faults(Reading(folder, of, block, file.content), file, of, layout)


@pytest.mark.parametrize(("name", "block"), FORMS)
def test_eighty_records_of_each_form(tmp_path, name, block):
    assert fuzzed(tmp_path, name, block, 80, seed=20) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "block"), FORMS)
def test_ten_thousand_records(tmp_path, name, block, seed):
    assert fuzzed(tmp_path, name, block, 600, seed) == []


def test_the_oracle_sees_a_wrong_value_a_lost_line_and_one_too_many(tmp_path):
    of = release("2022-23/public")
    [layout] = of.parts("e")
    file = damaged(layout, 20, 0, seed=1)
    reading = Reading(tmp_path, of, "e", file.content)
    assert faults(reading, file, of, layout) == []
    other = Reading(tmp_path, of, "e", file.content.replace(b"10003", b"10093"))
    assert "was kept as '10093'" in faults(other, file, of, layout)[0]
    fewer = Reading(tmp_path, of, "e", file.content[:-200] + b"\n")
    assert "unaccounted" in faults(fewer, file, of, layout)[0]
    broken = Reading(tmp_path, of, "e", file.content.replace(b"10003", b"1000x"))
    assert faults(broken, file, of, layout) == ["line 5 was whole and is lost"]


def flipped(content, chance):
    """Damaged at one place or more, and where: first byte and the one behind the last."""
    content, places = bytearray(content), []
    for _ in range(chance.choice([1, 1, 2, 5])):
        place = chance.randrange(len(content) if chance.random() < 0.5 else min(len(content), 1500))
        match chance.randrange(4):
            case 0 | 1:
                content[place] ^= 1 << chance.randrange(8)
                places.append((place, place + 1))
            case 2:
                del content[place : place + chance.randrange(1, 9)]
                places.append((place, len(content)))
            case _:
                content[place : place + 4] = b"\xff" * 4
                places.append((place, place + 4))
    return bytes(content), places


def of_values(content, suffix):
    """First byte of the values and the one behind the last: the rest says what they are."""
    if suffix == ".sav":
        return content.index(b"\xe7\x03\0\0\0\0\0\0") + 8, len(content)
    if suffix == ".dta":
        return content.index(b"<data>") + 6, content.index(b"</data>")
    return 4, len(content) - 8 - int.from_bytes(content[-8:-4], "little")


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".parquet"])
@pytest.mark.parametrize("files", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_damaged_statistical_files_are_read_whole_or_said(tmp_path, suffix, files):
    """All records are there or the file is refused. These files have no checksum: a value whose own
    bytes were hit may be another one, in its column alone, and so may a column of Parquet of which
    the footer says where its values are. Every other value is what it was, but where the name of a
    column was hit and the reading says that it has no use for it."""
    content = write(FRAME, tmp_path / f"whole{suffix}").read_bytes()
    whole = Reading(tmp_path, PUBLIC, "a", content).rows
    first, last = of_values(content, suffix)
    chance = random.Random(files)
    read = 0
    for _ in range(files):
        damaged_content, places = flipped(content, chance)
        try:
            reading = Reading(tmp_path, PUBLIC, "a", damaged_content, f"blkA202223{suffix}")
        except LocusError as error:
            assert f"blkA202223{suffix}" in str(error) and "\n" not in str(error)
            continue
        read += 1
        lines = {row["line_number"]: row for row in [*reading.rows, *reading.rejected]}
        assert reading.counts.rows_read == len(lines) == len(FRAME), places
        differing = {
            name
            for before in whole
            for name, value in before.items()
            if lines[before["line_number"]].get(name, value) != value
        }
        of_a_column = suffix == ".parquet"
        hit = sum(of_a_column or (start < last and first < end) for start, end in places)
        assert len(differing) <= hit * 2 + len(reading.counts.ignored_columns), (places, differing)
    assert read > files / 20
