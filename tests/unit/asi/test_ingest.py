"""Ingestion: what is written, what is left alone, and what a killed run leaves behind."""

import errno
import json
import os
from dataclasses import replace

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from locus_pipeline.asi import ingest
from locus_pipeline.asi.ingest import (
    all_manifests,
    changed_blocks,
    forget_block,
    ingest_block,
    read_manifest,
    rejected_path,
    rows_path,
    write_schema_files,
)
from locus_pipeline.asi.layout import BLOCK_LETTERS
from locus_pipeline.asi.reader import REJECTED_COLUMNS, row_types
from locus_pipeline.asi.release import ReleaseError, find_release
from locus_pipeline.files import DiskError, loose
from locus_pipeline.settings import Settings
from tests.support.disk import HARMS, SOME_OR_ALL, Disk, PowerCutError, calls_of, empty, flip
from tests.support.records import record, year

YEAR = year("2009-10")
PANEL = YEAR.release("panel")
DEAD = 4_000_000  # above the largest process id


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "home", threads=1)


@pytest.fixture
def folder(settings):
    folder = settings.releases / "2009-10"
    folder.mkdir(parents=True)
    put(folder, "a", scheme="1", units="1", field_office="101")
    put(folder, "d", serial_number="1", closing="5")
    return folder


def put(folder, block, *bad_lines, **values):
    [layout] = PANEL.parts(block)
    lines = [record(layout, **values), *bad_lines]
    (folder / f"OAS{block.upper()}10.TXT").write_text("\r\n".join(lines) + "\r\n", newline="")


def run(settings, folder, block="d", of=YEAR):
    return ingest_block(settings, find_release(folder, of), block, of)


def query(path, sql="*"):
    with duckdb.connect() as connection:
        return connection.execute(f"select {sql} from read_parquet(?)", [str(path)]).fetchall()


def files(settings):
    return sorted(
        str(path.relative_to(settings.home))
        for place in (settings.raw, settings.temporary)
        for path in place.rglob("*")
        if path.is_file() and path.name != "schema.parquet"
    )


def test_rows_rejects_and_manifest(settings, folder):
    put(folder, "d", "short", serial_number="1", closing="5")
    ingested = run(settings, folder)
    assert ingested.changed
    manifest = ingested.manifest
    assert manifest == read_manifest(settings, "d", "2009-10")
    assert all_manifests(settings) == [manifest]
    assert query(rows_path(settings, "d", "2009-10"), "survey_year, line_number, closing") == [
        ("2009-10", 1, 5)
    ]
    assert query(rejected_path(settings, "d", "2009-10"), "line_number, source_file") == [
        (2, "OASD10.TXT")
    ]
    assert (manifest.rows_read, manifest.rows_kept, manifest.rows_rejected) == (2, 1, 1)
    assert (manifest.release, manifest.layout, manifest.certainty) == (
        "panel",
        "2009-10/panel",
        "high",
    )
    assert (manifest.nic_version, manifest.state_numbering) == ("NIC-2008", "census-2001")
    [source] = manifest.source_files
    content = (folder / "OASD10.TXT").read_bytes()
    assert source == {
        "name": "OASD10.TXT",
        "member": None,
        "bytes": len(content),
        "sha256": ingest.hashlib.sha256(content).hexdigest(),
    }
    assert files(settings) == [
        "raw/block_d/survey_year=2009-10/manifest.json",
        "raw/block_d/survey_year=2009-10/rows.parquet",
        "raw/rejected_rows/survey_year=2009-10/block_d.parquet",
    ]


def test_the_same_input_twice_does_nothing_twice(settings, folder):
    first = run(settings, folder)
    before = {name: (settings.home / name).stat().st_mtime_ns for name in files(settings)}
    second = run(settings, folder)
    assert not second.changed
    assert second.manifest == first.manifest
    assert before == {name: (settings.home / name).stat().st_mtime_ns for name in files(settings)}


def test_the_data_version_follows_content_layout_and_reader(settings, folder, monkeypatch):
    versions = [run(settings, folder).manifest.data_version]

    def again(of=YEAR):
        ingested = run(settings, folder, of=of)
        assert ingested.changed
        versions.append(ingested.manifest.data_version)

    put(folder, "d", serial_number="1", closing="6")
    again()
    [layout] = PANEL.parts("d")
    moved = replace(layout, record_length=layout.record_length + 5)
    panel = replace(PANEL, blocks=tuple(moved if b is layout else b for b in PANEL.blocks))
    again(replace(YEAR, releases=(panel,)))
    again(replace(YEAR, nic_version="NIC-2004"))
    monkeypatch.setattr(ingest, "code_fingerprint", lambda rooms: "other")
    again()
    (folder / "SYNTHETIC.json").write_text("{}")
    again()
    assert len(set(versions)) == len(versions)
    # what a file is called or where it lies is not what it says
    (folder / "data").mkdir()
    (folder / "OASD10.TXT").rename(folder / "data" / "oasd2010.txt")
    assert not run(settings, folder).changed


def test_changed_blocks(settings, folder):
    contents = find_release(folder, YEAR)
    assert changed_blocks(settings, contents, YEAR) == ["a", "d"]
    for block in BLOCK_LETTERS:
        ingest_block(settings, contents, block, YEAR)
    assert changed_blocks(settings, contents, YEAR) == []
    put(folder, "d", serial_number="1", closing="6")
    (folder / "OASA10.TXT").unlink()
    contents = find_release(folder, YEAR)
    assert changed_blocks(settings, contents, YEAR) == ["a", "d"]
    rows_path(settings, "d", "2009-10").unlink()
    assert "d" in changed_blocks(settings, contents, YEAR)


def test_a_block_that_is_gone_from_the_release_is_gone_from_raw(settings, folder):
    run(settings, folder, "a")
    run(settings, folder, "d")
    (folder / "OASD10.TXT").unlink()
    gone = run(settings, folder, "d")
    assert gone.manifest is None
    assert gone.changed
    assert not rows_path(settings, "d", "2009-10").parent.exists()
    assert [manifest.block for manifest in all_manifests(settings)] == ["a"]
    again = run(settings, folder, "d")
    assert (again.manifest, again.changed) == (None, False)


def test_forgetting_a_block_leaves_the_others(settings, folder):
    run(settings, folder, "a")
    run(settings, folder, "d")
    assert forget_block(settings, "a", "2009-10")
    assert not forget_block(settings, "a", "2009-10")
    assert rejected_path(settings, "d", "2009-10").exists()


def test_a_file_that_cannot_be_read_leaves_raw_as_it_was(settings, folder):
    before = run(settings, folder).manifest
    (folder / "OASD10.TXT").write_text("nothing like a record\n")
    with pytest.raises(ReleaseError):
        run(settings, folder)
    assert read_manifest(settings, "d", "2009-10") == before
    assert len(query(rows_path(settings, "d", "2009-10"))) == 1
    assert not [name for name in files(settings) if name.endswith(".tmp")]


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_run_that_is_killed_between_the_renames_is_done_again(
    settings, folder, monkeypatch, renames
):
    run(settings, folder)
    content = (folder / "OASD10.TXT").read_bytes()
    put(folder, "d", serial_number="1", closing="6")
    done = []

    def replace_until_killed(source, target):
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target)
        source.rename(target)

    write_schema_files(settings)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_until_killed)
        with pytest.raises(KeyboardInterrupt):
            run(settings, folder)
    assert read_manifest(settings, "d", "2009-10") is None
    # the old file again: rows of the killed run must not pass for its rows
    (folder / "OASD10.TXT").write_bytes(content)
    assert run(settings, folder).changed
    assert query(rows_path(settings, "d", "2009-10"), "closing") == [(5,)]


def test_a_glob_over_no_survey_year_finds_the_columns(settings):
    write_schema_files(settings)
    for block in BLOCK_LETTERS:
        with duckdb.connect() as connection:
            described = connection.execute(
                "describe select * from read_parquet(?)",
                [str(settings.raw / f"block_{block}" / "**" / "*.parquet")],
            ).fetchall()
        assert {name: kind for name, kind, *_ in described} == row_types(block)
    assert query(settings.raw / "rejected_rows" / "**" / "*.parquet") == []


def test_schema_files_follow_the_columns(settings, monkeypatch):
    write_schema_files(settings)
    path = settings.raw / "rejected_rows" / "schema.parquet"
    before = path.stat().st_mtime_ns
    write_schema_files(settings)
    assert path.stat().st_mtime_ns == before
    monkeypatch.setitem(REJECTED_COLUMNS, "another", "VARCHAR")
    write_schema_files(settings)
    assert query(path, "another") == []


def test_synthetic_records_are_known_without_the_marker(settings, folder):
    assert not run(settings, folder, "a").manifest.is_synthetic
    put(folder, "a", scheme="1", units="1", field_office="SYN01")
    assert run(settings, folder, "a").manifest.is_synthetic
    assert not run(settings, folder, "d").manifest.is_synthetic
    (folder / "SYNTHETIC.json").write_text("{}")
    assert run(settings, folder, "d").manifest.is_synthetic


def test_the_manifest_is_plain_json(settings, folder):
    run(settings, folder)
    path = rows_path(settings, "d", "2009-10").with_name("manifest.json")
    document = json.loads(path.read_text())
    assert document["source_files"][0]["name"] == "OASD10.TXT"
    assert document["rows_read"] == document["rows_kept"] + document["rows_rejected"]


PLACES = {
    "manifest": lambda settings: rows_path(settings, "d", "2009-10").with_name("manifest.json"),
    "rows": lambda settings: rows_path(settings, "d", "2009-10"),
    "rejected": lambda settings: rejected_path(settings, "d", "2009-10"),
}


@pytest.mark.parametrize("harm", [*HARMS, os.remove])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_damaged_is_read_again_and_said(settings, folder, place, harm):
    path = PLACES[place](settings)
    first = run(settings, folder)
    whole = {file: (settings.home / file).read_bytes() for file in files(settings)}
    harm(path)
    assert read_manifest(settings, "d", "2009-10") is None
    assert "d" in changed_blocks(settings, find_release(folder, YEAR), YEAR)
    again = run(settings, folder)
    assert again.changed
    assert again.manifest.data_version == first.manifest.data_version
    if harm is not os.remove or place != "manifest":
        assert str(path) in again.mended and "block D of 2009-10 is read again" in again.mended
        assert "\n" not in again.mended
    for file, content in whole.items():
        if not file.endswith("manifest.json"):  # which has the time of reading
            assert (settings.home / file).read_bytes() == content
    assert not run(settings, folder).changed


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_flipped_bit_in_raw_data_never_gives_another_number(settings, folder, data):
    """Any bit of the three files: found, or the raw data is none that is used."""
    if not rows_path(settings, "d", "2009-10").exists():
        run(settings, folder)
    path = PLACES[data.draw(st.sampled_from(list(PLACES)))](settings)
    whole = path.read_bytes()
    flip(path, data.draw(st.integers(0, len(whole) * 8 - 1)))
    assert read_manifest(settings, "d", "2009-10") is None
    path.write_bytes(whole)


def test_schema_files_are_mended(settings):
    write_schema_files(settings)
    path = settings.raw / "block_d" / "schema.parquet"
    empty(path)
    write_schema_files(settings)
    assert query(path, "serial_number") == []


@pytest.mark.parametrize("some", SOME_OR_ALL)
def test_a_power_cut_at_any_moment_is_done_again(settings, folder, some):
    """At each call that writes: afterwards raw has the new rows, or none that count."""
    run(settings, folder)
    put(folder, "d", serial_number="1", closing="6")
    for call in calls_of(lambda: run(settings, folder), some):
        put(folder, "d", serial_number="1", closing=str(10 + call))
        with pytest.MonkeyPatch.context() as patch, pytest.raises(PowerCutError):
            Disk(patch, PowerCutError(), call)
            run(settings, folder)
        if read_manifest(settings, "d", "2009-10"):
            current = "d" not in changed_blocks(settings, find_release(folder, YEAR), YEAR)
            rows = query(rows_path(settings, "d", "2009-10"), "closing")
            assert (rows == [(10 + call,)]) == current
        run(settings, folder)
        assert query(rows_path(settings, "d", "2009-10"), "closing") == [(10 + call,)]


@pytest.mark.parametrize("some", SOME_OR_ALL)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_is_one_sentence_with_the_file(settings, folder, number, some):
    run(settings, folder)
    put(folder, "d", serial_number="1", closing="6")
    for call in calls_of(lambda: run(settings, folder), some):
        put(folder, "d", serial_number="1", closing=str(10 + call))
        with (
            pytest.MonkeyPatch.context() as patch,
            pytest.raises(DiskError, match="raw") as failure,
        ):
            Disk(patch, OSError(number, os.strerror(number)), call)
            run(settings, folder)
        assert "\n" not in str(failure.value)
        run(settings, folder)
        assert query(rows_path(settings, "d", "2009-10"), "closing") == [(10 + call,)]


def test_raw_data_is_for_its_owner_alone(settings, folder):
    settings.raw.mkdir(parents=True)
    settings.raw.chmod(0o755)
    run(settings, folder)
    assert list(loose(settings.raw)) == []
    assert list(loose(settings.temporary)) == []
