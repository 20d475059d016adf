"""Files that nobody vouches for: each fault is the year's one ReleaseError with the file's name."""

import os
import random
import socket
import struct
import tempfile
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.asi import content
from locus_pipeline.asi.release import ReleaseError, find_release, survey_years_in
from tests.support.records import LAYOUTS, year

PUBLIC = year("2022-23")
BLOCKS = {f"blk{letter}202223.csv": f"{letter},1\n{letter},2\n" * 60 for letter in "ABCDEFGHIJ"}
METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
CENTRAL = b"PK\x01\x02"


def packed(path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in BLOCKS.items():
            archive.writestr(zipfile.ZipInfo(name), text, method)
    return path


def read_all(folder: Path) -> dict[str, str]:
    """Block -> its content, read the way that ingestion does."""
    contents = find_release(folder, PUBLIC)
    read = {}
    for block, file in contents.files.items():
        assert file.bytes
        assert file.sha256()
        with file.opened(folder.parent / "scratch") as path:
            read[block] = path.read_text()
    return read


def refused(folder: Path) -> str:
    with pytest.raises(ReleaseError) as error:
        read_all(folder)
    message = str(error.value)
    message.encode()
    return message


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "2022-23").mkdir()
    return tmp_path / "2022-23"


def change(path: Path, at: int, to: bytes) -> None:
    raw = bytearray(path.read_bytes())
    raw[at : at + len(to)] = to
    path.write_bytes(raw)


def central(path: Path, offset: int) -> int:
    """Where a field of the last member's entry in the archive's directory stands."""
    return path.read_bytes().rindex(CENTRAL) + offset


def test_an_archive_of_a_version_to_come(folder):
    path = packed(folder / "release.zip")
    change(path, central(path, 6), struct.pack("<H", 99))
    assert "release.zip: not a readable zip file" in refused(folder)
    assert "9.9" in refused(folder)


def test_a_method_that_nobody_knows(folder):
    path = packed(folder / "release.zip")
    change(path, central(path, 10), struct.pack("<H", 77))
    assert "release.zip: blkJ202223.csv: can't be unpacked" in refused(folder)


def test_a_name_that_is_no_utf_8(folder):
    path = packed(folder / "release.zip")
    change(path, central(path, 8), struct.pack("<H", 0x800))
    change(path, central(path, 46), b"\xff\xfe")
    assert refused(folder) == (
        f"{folder}/release.zip: not a readable zip file (a name in it is not UTF-8); "
        "download it again"
    )


@pytest.mark.parametrize("place", [45, 52], ids=["the head", "what follows"])
@pytest.mark.parametrize("method", METHODS)
def test_damaged_data(folder, method, place):
    path = packed(folder / "release.zip", METHODS[method])
    change(path, place, b"\xff" * 8)
    assert "release.zip: blkA202223.csv: can't be unpacked" in refused(folder)


def test_a_directory_that_swallows_members(folder):
    path = packed(folder / "release.zip")
    change(path, path.read_bytes().index(CENTRAL) + 32, struct.pack("<H", 5 * 60))
    assert "not a readable zip file (it states 10 members and lists 5)" in refused(folder)


def test_an_encrypted_member(folder):
    path = packed(folder / "release.zip")
    change(path, central(path, 8), struct.pack("<H", 1))
    assert "blkJ202223.csv: is encrypted; unpack the archive with its password" in refused(folder)


def test_an_archive_cut_off_and_an_empty_one(folder):
    path = packed(folder / "release.zip")
    whole = path.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        assert "release.zip: not a readable zip file" in refused(folder), cut


def test_two_members_of_one_name(folder):
    with zipfile.ZipFile(folder / "release.zip", "w") as archive:
        archive.writestr("blkA202223.csv", "1\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("blkA202223.csv", "2\n")
    assert "release.zip: two of its members have one name" in refused(folder)


@pytest.mark.slow
def test_an_archive_of_sixty_thousand_documents_takes_seconds(folder, monkeypatch):
    with zipfile.ZipFile(folder / "release.zip", "w") as archive:
        archive.writestr("blkA202223.csv", "1\n")
        for number in range(60_000):
            archive.writestr(zipfile.ZipInfo(f"docs/readme {number}.txt"), "")
    start = time.process_time()
    for _ in range(3):
        contents = find_release(folder, PUBLIC)
    assert time.process_time() - start < 10
    assert list(contents.files) == ["a"]
    assert len(contents.ignored) == 60_000
    (folder / "release.zip").rename(folder / "other.zip")
    monkeypatch.setattr(content, "MEMBERS", 1000)
    assert "other.zip: holds 60,001 members" in refused(folder)


def test_a_pipe_a_socket_and_links_to_nowhere(folder):
    path = folder / "blkA202223.csv"
    os.mkfifo(path)
    assert refused(folder) == f"{path}: a named pipe, no file; move it away"
    path.unlink()
    os.mkfifo(folder / "release.zip")
    assert refused(folder) == f"{folder}/release.zip: a named pipe, no file; move it away"
    (folder / "release.zip").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # a socket's name must be short
        server.bind(path.name)
        os.chdir(here)
    assert refused(folder) == f"{path}: a socket, no file; move it away"
    path.unlink()
    path.symlink_to("nothing.csv")
    assert refused(folder) == f"{path}: a link to nothing; remove it"
    path.unlink()
    path.symlink_to(path.name)
    assert f"{path}: can't be read (Too many levels of symbolic links)" in refused(folder)


def test_links_that_lead_back(folder):
    (folder / "blkA202223.csv").write_text("1\n")
    (folder / "inner").mkdir()
    (folder / "inner" / "back").symlink_to(folder)
    assert f"{folder}/inner/back: a link to a folder that is read already" in refused(folder)
    (folder / "inner" / "back").unlink()
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "blkB202223.csv").write_text("2\n")
    (folder / "inner" / "blocks").symlink_to(folder.parent / "elsewhere")
    assert read_all(folder) == {"a": "1\n", "b": "2\n"}


def test_locks_of_editors_may_lead_nowhere(folder):
    (folder / "blkA202223.csv").write_text("1\n")
    (folder / ".#blkA202223.csv").symlink_to("user@host.123")
    assert read_all(folder) == {"a": "1\n"}


@contextmanager
def without_privileges():
    """Permissions bind: as root, another user for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_what_must_not_be_read():
    with tempfile.TemporaryDirectory() as home:
        for above in (Path(home), *Path(home).parents):
            if not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o055)
        folder = Path(home) / "2022-23"
        (folder / "inner").mkdir(parents=True)
        (folder / "blkA202223.csv").write_text("1\n")
        (folder / "inner" / "blkB202223.csv").write_text("2\n")
        (folder / "inner").chmod(0)
        with without_privileges():
            message = refused(folder)  # and not a release without block B
        assert message.startswith(f"{folder}/inner: can't be read (Permission denied)")
        (folder / "inner").chmod(0o755)
        (folder / "blkA202223.csv").chmod(0)
        with without_privileges():
            message = refused(folder)
        assert message.startswith(f"{folder}/blkA202223.csv: can't be read (Permission denied)")
        folder.chmod(0)
        with without_privileges():
            assert "Permission denied" in refused(folder)
        folder.chmod(0o755)
        Path(home).chmod(0)
        with without_privileges(), pytest.raises(ReleaseError, match="Permission denied"):
            survey_years_in(Path(home), LAYOUTS)
        Path(home).chmod(0o755)


def test_what_has_a_years_name_and_is_no_folder(tmp_path):
    (tmp_path / "2009-10").symlink_to("nowhere")
    (tmp_path / "2022-23").write_text("x")
    assert list(survey_years_in(tmp_path, LAYOUTS)) == ["2009-10", "2022-23"]
    assert refused(tmp_path / "2009-10") == f"{tmp_path}/2009-10: a link to nothing; remove it"
    said = refused(tmp_path / "2022-23")
    assert said.startswith(f"{tmp_path}/2022-23: neither a folder nor a zip archive; ")


def test_a_name_that_is_no_text(folder):
    (folder / "blkA202223.csv").write_text("1\n")
    (folder / os.fsdecode(b"r\xffadme.txt")).write_text("x")
    assert "r\\udcffadme.txt: its name holds bytes that are no UTF-8; rename it" in refused(folder)


class TestFilesAsPeopleHoldThem:
    def put(self, folder, *names, text="1\n"):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    @pytest.mark.parametrize(
        "copy",
        ["blkA202223 (1).csv", "blkA202223 - Copy.csv", "Copy of blkA202223.csv",
         "blkA202223 - Copy (2).csv", "blkA202223(1).csv"],
    )  # fmt: skip
    def test_copies(self, folder, copy):
        self.put(folder, copy)
        assert read_all(folder) == {"a": "1\n"}
        self.put(folder, "blkA202223.csv")
        contents = find_release(folder, PUBLIC)
        assert contents.files["a"].name == "blkA202223.csv"
        assert contents.ignored == (f"{copy} (a copy of blkA202223.csv)",)
        self.put(folder, copy, text="2\n")
        assert "block A is there 2 times, and the files differ" in refused(folder)

    def test_the_archive_beside_its_unpacked_folder(self, folder):
        packed(folder / "ASI.zip")
        for name, text in BLOCKS.items():
            self.put(folder, f"ASI/{name}", text=text)
        assert read_all(folder) == {name[3].lower(): text for name, text in BLOCKS.items()}
        assert len(find_release(folder, PUBLIC).ignored) == 10
        self.put(folder, "ASI/blkC202223.csv", text="edited\n")
        assert "block C is there 2 times, and the files differ" in refused(folder)

    def test_locks_and_unfinished_downloads(self, folder):
        self.put(
            folder,
            "blkA202223.csv",
            ".~lock.blkA202223.csv#",
            "~$README.docx",
            "~$blkA202223.csv",
            "blkA202223.csv~",
            "blkA202223.csv.crdownload",
        )
        assert list(find_release(folder, PUBLIC).files) == ["a"]
        self.put(folder, "blkB202223.csv.crdownload")
        assert refused(folder) == (
            f"{folder}/blkB202223.csv.crdownload: an unfinished download; wait for its end or "
            "remove it"
        )

    def test_folders_within_folders(self, folder):
        self.put(folder, "ASI 2022-23/CSV/blkA202223.csv")
        assert read_all(folder) == {"a": "1\n"}

    def test_an_archive_in_an_archive(self, folder):
        with zipfile.ZipFile(folder / "ASI202223.zip", "w") as archive:
            archive.writestr("blkA202223.zip", "x")
        assert "blkA202223.zip: an archive inside the archive; unpack the outer" in refused(folder)

    def test_files_of_two_years(self, folder):
        self.put(folder, "blkA202122.csv", "blkA202223.csv")
        message = refused(folder)
        assert "its name is that of block A of 2021-22/public: move it" in message
        assert message.count("blkA202122.csv: no block") == 1


def flipped(folder: Path, raw: bytes, seed: int) -> None:
    """Read the archive with one to three bits turned; a fault is an error, never other values."""
    chance = random.Random(seed)
    damaged = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(damaged))
        damaged[at] ^= 1 << chance.randrange(8)
    (folder / f"{seed}.zip").write_bytes(damaged)
    try:
        read = read_all(folder)
    except ReleaseError:
        return
    finally:
        (folder / f"{seed}.zip").unlink()
    assert read == {name[3].lower(): text for name, text in BLOCKS.items()}, seed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seeds", [range(15), pytest.param(range(15, 390), marks=pytest.mark.slow)])
def test_flipped_archives(tmp_path, folder, method, seeds):
    raw = packed(tmp_path / "whole.zip", METHODS[method]).read_bytes()
    for seed in seeds:
        flipped(folder, raw, seed)


@given(st.binary(max_size=400))
def test_any_bytes_are_an_archive_or_an_error(raw):
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "2022-23"
        folder.mkdir()
        (folder / "release.zip").write_bytes(raw)
        refused(folder)
