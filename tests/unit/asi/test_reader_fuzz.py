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
    content = bytearray(content)
    for _ in range(chance.choice([1, 2, 5, 30])):
        place = chance.randrange(len(content) if chance.random() < 0.5 else min(len(content), 1500))
        match chance.randrange(3):
            case 0:
                content[place] ^= 1 << chance.randrange(8)
            case 1:
                del content[place : place + chance.randrange(1, 9)]
            case _:
                content[place : place + 4] = b"\xff" * 4
    return bytes(content)


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".parquet"])
@pytest.mark.parametrize("files", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_damaged_statistical_files_are_read_whole_or_said(tmp_path, suffix, files):
    content = write(FRAME, tmp_path / f"whole{suffix}").read_bytes()
    chance = random.Random(files)
    for _ in range(files):
        try:
            reading = Reading(tmp_path, PUBLIC, "a", flipped(content, chance))
        except LocusError:
            continue
        assert reading.counts.rows_read == len(reading.rows) + len(reading.rejected)
