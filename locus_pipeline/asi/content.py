"""What lies in a release's folder: plain files and the members of zips, listed, opened and hashed.

This is the border to files that nobody vouches for. Whatever is wrong with one (damaged, encrypted,
unreadable, a link to nothing, no file at all) becomes a ReleaseError with its name, so that one bad
file is its own survey year's problem and nobody else's.
"""

import hashlib
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import IO

from locus_pipeline.errors import LocusError
from locus_pipeline.text import printable

OTHER_ARCHIVES = (".rar", ".7z", ".gz", ".tar", ".bz2", ".xz")
CHUNK = 1 << 22
MEMBERS = 100_000  # a release has a few dozen
MEMBER_BYTES = 8 << 30  # the largest release, all blocks in one file, is below 1 GiB
MEMBER_RATIO = 200  # zero-padded text packs 10 to 40 times
MEMBER_HARMLESS = 1 << 20  # small enough to unpack whatever its ratio
END_RECORD = 22  # bytes at the end of a zip, before a comment of at most MANY
MANY = 0xFFFF
# What zipfile and the decompressors below it raise for damaged archives: versions and methods they
# don't know, names that are no UTF-8, headers that point nowhere, data that does not unpack.
ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,  # bz2 among others
    RuntimeError,  # NotImplementedError among others
    ValueError,  # UnicodeDecodeError among others
    LookupError,
    ArithmeticError,
    MemoryError,  # a damaged LZMA header asks for a dictionary of any size
)


class ReleaseError(LocusError):
    """A release that can't be read as it is; the message names the files and what to do."""

    def __init__(self, message: str) -> None:
        # names of files need not be UTF-8; messages go to terminals, logs and tables that are
        super().__init__(message.encode("utf-8", "backslashreplace").decode())


def contents(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Files below the folder (path, None) and members of its zips (path, member), in order.

    The folder may be a zip itself. Folders of the system are left out. Raises ReleaseError for a
    folder or zip that can't be read and for links that lead back to where we were: what can't be
    seen must not look like a partial release.
    """
    if folder.is_file():
        if not folder.name.lower().endswith(".zip") and not zipfile.is_zipfile(folder):
            raise ReleaseError(
                f"{folder}: neither a folder nor a zip archive; put the files of the release into "
                "a folder with the survey year's name"
            )
        yield from ((folder, member.filename) for member in _members(folder))
        return
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        with _told(Path(parent)):
            status = Path(parent).stat()
        if (status.st_dev, status.st_ino) in seen:
            raise ReleaseError(f"{parent}: a link to a folder that is read already; remove it")
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if name != "__MACOSX" and name[0] != ".")
        for name in sorted(names):
            path = Path(parent, name)
            if not name.lower().endswith(".zip") or name.startswith((".", "~$")):
                yield path, None
                continue
            require_file(path)
            yield from ((path, member.filename) for member in _members(path))


def require_file(path: Path) -> None:
    """Raise ReleaseError where the path is no file that can be read: a link to nothing, a pipe."""
    with _told(path):
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
    if not stat.S_ISREG(mode):
        raise ReleaseError(f"{path}: {_kind(mode)}, no file; move it away")
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ReleaseError(f"{path}: its name holds bytes that are no UTF-8; rename it") from error


def require_safe(path: Path, member: str) -> None:
    """Raise ReleaseError for a member that is encrypted, an archive itself or far too large."""
    info = _member(path, member)
    where = f"{path}: {printable(member)}"
    if info.flag_bits & 0x1:
        raise ReleaseError(f"{where}: is encrypted; unpack the archive with its password")
    if member.lower().endswith((".zip", *OTHER_ARCHIVES)):
        raise ReleaseError(f"{where}: an archive inside the archive; unpack the outer one")
    if info.file_size > MEMBER_BYTES:
        raise ReleaseError(f"{where}: would unpack to {info.file_size:,} bytes; too large")
    if info.file_size > max(MEMBER_RATIO * info.compress_size, MEMBER_HARMLESS):
        raise ReleaseError(
            f"{where}: {info.compress_size:,} bytes would unpack to {info.file_size:,}; "
            "no release packs that well. Unpack it yourself if you trust it"
        )


def size(path: Path, member: str | None) -> int:
    """Uncompressed bytes."""
    if member is not None:
        return _member(path, member).file_size
    with _told(path):
        return path.stat().st_size


def sha256(path: Path, member: str | None) -> str:
    """Of the uncompressed content; computed once for a file that stays as it is."""
    return _sha256(path, member, *_version(path))


def chunks(path: Path, member: str | None) -> Iterator[bytes]:
    """The content in pieces; what a member really holds is bounded, whatever its header says."""
    if member is None:
        require_file(path)
        with _told(path), path.open("rb") as file:
            yield from _pieces(file)
        return
    require_safe(path, member)
    packed = _member(path, member).compress_size
    limit = min(MEMBER_BYTES, max(MEMBER_RATIO * packed, MEMBER_HARMLESS))
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            for piece in _pieces(file):
                unpacked += len(piece)
                if unpacked > limit:
                    raise ReleaseError(
                        f"{path}: {printable(member)}: unpacks to more than {limit:,} bytes"
                    )
                yield piece
    except ARCHIVE_FAULTS as error:
        raise ReleaseError(
            f"{path}: {printable(member)}: can't be unpacked ({_said(error)}); download the "
            "archive again, or unpack it yourself"
        ) from error


def base_name(member: str) -> str:
    """File name of a member, whichever slash its archive was written with."""
    return member.replace("\\", "/").rsplit("/", 1)[-1]


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _version(path: Path) -> tuple[int, int, int]:
    """Size, time and inode: a file whose content changed has others."""
    with _told(path):
        status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


@cache
def _sha256(path: Path, member: str | None, *_version: int) -> str:
    digest = hashlib.sha256()
    for chunk in chunks(path, member):
        digest.update(chunk)
    return digest.hexdigest()


def _members(path: Path) -> list[zipfile.ZipInfo]:
    """The files in a zip, by name, without what systems put beside them."""
    listed = _listing(path, *_version(path))
    if len(listed) > MEMBERS:
        raise ReleaseError(
            f"{path}: holds {len(listed):,} members, no release has so many; unpack what is needed"
        )
    return [
        member
        for member in listed.values()
        if base_name(member.filename) and "__MACOSX/" not in member.filename
    ]


def _member(path: Path, name: str) -> zipfile.ZipInfo:
    listed = _listing(path, *_version(path))
    if name not in listed:
        raise ReleaseError(f"{path}: {printable(name)}: is no longer in the archive")
    return listed[name]


@lru_cache(maxsize=64)
def _listing(path: Path, *_version: int) -> dict[str, zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda member: member.filename)
            stated = _stated_members(path)
    except ARCHIVE_FAULTS as error:
        raise ReleaseError(
            f"{path}: not a readable zip file ({_said(error)}); download it again"
        ) from error
    if stated not in (len(members), MANY):
        raise ReleaseError(
            f"{path}: not a readable zip file (it states {stated:,} members and lists "
            f"{len(members):,}); download it again"
        )
    members = [member for member in members if not member.is_dir()]
    named = {member.filename: member for member in members}
    if len(named) < len(members):
        raise ReleaseError(f"{path}: two of its members have one name; unpack it and keep one")
    return named


def _stated_members(path: Path) -> int:
    """How many members the end of the archive says there are, which zipfile never asks.

    A damaged directory that swallows members would else look like a partial release. MANY stands
    for numbers that do not fit.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - END_RECORD - MANY))
        tail = file.read()
    stated: int
    (stated,) = struct.unpack_from("<H", tail, tail.rindex(b"PK\x05\x06") + 10)
    return stated


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system says against a file, as the release's error."""
    try:
        yield
    except OSError as error:
        _refuse(error, path)


def _refuse(error: OSError, path: Path | None = None) -> None:
    where = path or Path(error.filename)
    if isinstance(error, FileNotFoundError):
        absent = "no such file" if path else "no such folder"
        is_link = os.path.lexists(where)
        raise ReleaseError(
            f"{where}: {'a link to nothing; remove it' if is_link else absent}"
        ) from error
    raise ReleaseError(
        f"{where}: can't be read ({_said(error)}); mend its permissions or move it away"
    ) from error


def _said(error: BaseException) -> str:
    """What an exception says, short: some repeat the bytes that they could not decode."""
    if isinstance(error, UnicodeDecodeError):
        return "a name in it is not UTF-8"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return printable(str(error)) or type(error).__name__


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFDIR: "a folder",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")
