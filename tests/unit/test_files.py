"""The file layer: whole or not at all, whatever the disk does; damage is found; private is private.

Power cuts and failing disks are played: each call that writes, in turn, fails or is the last one
that happens.
"""

import errno
import os
import stat

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locus_pipeline import files
from locus_pipeline.errors import LocusError
from locus_pipeline.files import (
    DiskError,
    close_to_others,
    disk_trouble,
    disk_trouble_named,
    loose,
    parquet_types,
    private_folder,
    put_in_place,
    replacing,
    write_parquet,
)
from locus_pipeline.records import DamagedError, read_record, read_unsealed, write_record
from tests.support.disk import Disk, PowerCutError


def write(path, text):
    with replacing(path) as aside:
        aside.write_text(text)


def test_content_is_on_the_disk_before_its_name_and_the_name_before_going_on(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        write(tmp_path / "table", "new")
    names = [name for name, _ in disk.calls]
    assert names == ["open", "fsync", "replace", "open", "fsync"]
    assert disk.calls[0][1] != str(tmp_path) and disk.calls[3][1] == str(tmp_path)


def test_every_file_of_a_folder_is_on_the_disk_before_its_name(tmp_path, monkeypatch):
    aside = tmp_path / "aside"
    (aside / "deep").mkdir(parents=True)
    for name in ("one", "deep/two"):
        (aside / name).write_text("x")
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        put_in_place(aside, tmp_path / "edition")
    before = disk.calls[: [name for name, _ in disk.calls].index("replace")]
    opened = {path for name, path in before if name == "open"}
    assert {str(aside / "one"), str(aside / "deep/two"), str(aside)} <= opened


@pytest.mark.parametrize("call", range(5))
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_leaves_the_old_file_or_the_new_one(number, call, tmp_path, monkeypatch):
    path = tmp_path / "table"
    write(path, "old")
    with monkeypatch.context() as patch, pytest.raises(DiskError, match=r"table: the .*disk"):
        Disk(patch, OSError(number, os.strerror(number)), call)
        write(path, "new")
    assert path.read_text() in ("old", "new")
    assert [file.name for file in tmp_path.iterdir()] == ["table"]


@pytest.mark.parametrize("call", range(5))
def test_a_power_cut_leaves_the_old_file_or_the_new_one(call, tmp_path, monkeypatch):
    path = tmp_path / "table"
    write(path, "old")
    with monkeypatch.context() as patch, pytest.raises(PowerCutError):
        Disk(patch, PowerCutError(), call)
        write(path, "new")
    assert path.read_text() in ("old", "new")
    write(path, "newer")
    assert path.read_text() == "newer"


def test_a_full_disk_says_which_file_and_how_much_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1_000}))
    with (
        pytest.raises(DiskError) as failure,
        disk_trouble_named(tmp_path / "rows.parquet", needed=51_000),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    said = str(failure.value)
    assert str(tmp_path / "rows.parquet") in said and "the disk is full" in said
    assert "1,000 bytes are free" in said and "50,000 more" in said
    assert "\n" not in said and isinstance(failure.value, LocusError)


@pytest.mark.parametrize(
    "error",
    [
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
        OSError(errno.ENOSPC, "x"),
    ],
)
def test_the_engines_words_for_a_full_disk_are_known(error):
    assert disk_trouble(error) == "the disk is full"
    try:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("wrapped") from cause
    except RuntimeError as wrapped:
        assert disk_trouble(wrapped) == "the disk is full"


def test_other_errors_are_not_the_disks(tmp_path):
    with pytest.raises(FileNotFoundError), disk_trouble_named(tmp_path):
        (tmp_path / "none").read_text()
    assert disk_trouble(PermissionError(errno.EACCES, "no")) is None


def test_a_record_knows_its_files(tmp_path):
    table, record = tmp_path / "tables" / "a.parquet", tmp_path / "records" / "a.json"
    write_parquet(pd.DataFrame({"x": [1]}), table)
    write_record(record, {"rows": 1}, [table])
    assert read_record(record) == {"rows": 1}
    assert read_record(tmp_path / "none.json") is None
    table.unlink()
    with pytest.raises(DamagedError, match=r"a\.parquet is missing"):
        read_record(record)


def test_a_record_moves_with_its_files(tmp_path):
    table, record = (tmp_path / "home" / folder / "a" for folder in ("tables", "records"))
    write_parquet(pd.DataFrame({"x": [1]}), table)
    write_record(record, {"rows": 1}, [table])
    (tmp_path / "home").rename(tmp_path / "elsewhere")
    assert read_record(tmp_path / "elsewhere" / "records" / "a") == {"rows": 1}


def test_a_record_of_an_older_version_has_no_seal(tmp_path):
    record = tmp_path / "a.json"
    record.write_text('{"rows": 1}')
    assert read_record(record) is None
    assert read_unsealed(record) == {"rows": 1}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    table, record = folder / "a.parquet", folder / "a.json"
    write_parquet(pd.DataFrame({"x": range(100)}), table)
    write_record(record, {"rows": 100, "nic_version": "NIC-2008"}, [table])
    return {path: path.read_bytes() for path in (table, record)}


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_and_no_cut_goes_unseen(sealed, data):
    """Of a table or of its record: what is read is what was written, or said to be damaged."""
    table, record = sealed
    path = data.draw(st.sampled_from([table, record]))
    content = bytearray(sealed[path])
    if data.draw(st.booleans()):
        bit = data.draw(st.integers(0, len(content) * 8 - 1))
        content[bit // 8] ^= 1 << bit % 8
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    for place, whole in sealed.items():
        place.write_bytes(content if place == path else whole)
    try:
        read = read_record(record)
    except DamagedError as error:
        assert str(error).startswith(str(path.parent)) and "\n" not in str(error)
        return
    # one bit of the word `seal`: as a record of another version, which is not trusted either
    assert read is None or read == {"rows": 100, "nic_version": "NIC-2008"}
    assert path == record


def test_private_folders_are_their_owners_alone(tmp_path):
    folder = tmp_path / "raw"
    (folder / "deep").mkdir(parents=True, mode=0o755)
    (folder / "deep" / "rows").write_text("x")
    (tmp_path / "outside").write_text("x")
    (folder / "link").symlink_to(tmp_path / "outside")
    outside = stat.S_IMODE((tmp_path / "outside").stat().st_mode)
    private_folder(folder)
    assert list(loose(folder)) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "deep" / "rows").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) == outside
    # and what is written there later is too
    write(folder / "later", "x")
    assert stat.S_IMODE((folder / "later").stat().st_mode) == 0o600
    (tmp_path / "editions").mkdir(mode=0o755)
    write(tmp_path / "editions" / "open", "x")
    assert stat.S_IMODE((tmp_path / "editions" / "open").stat().st_mode) == outside
    close_to_others(tmp_path / "not there")


def test_what_is_no_parquet_has_no_types(tmp_path):
    path = tmp_path / "a.parquet"
    assert parquet_types(path) is None
    for content in (b"", b"PAR1", b"rubbish" * 10):
        path.write_bytes(content)
        assert parquet_types(path) is None
    write_parquet(pd.DataFrame({"x": [1]}), path, {"x": "INTEGER"})
    assert parquet_types(path) == {"x": "INTEGER"}
