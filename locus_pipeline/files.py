"""Files in whole or not at all, whose content is known again, and tables of pandas as Parquet."""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from locus_pipeline.connection import connect
from locus_pipeline.errors import LocusError
from locus_pipeline.sql import identifier
from locus_pipeline.unfinished import unfinished

OTHERS = stat.S_IRWXG | stat.S_IRWXO
DISK_TROUBLE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of this disk is used up",
    errno.EIO: "the disk can't be read or written (input/output error)",
    errno.EROFS: "the disk is read-only",
}
# How the engines that write for us word the same: DuckDB and SQLite.
ENGINES_WORDS = {
    "No space left on device": errno.ENOSPC,
    "database or disk is full": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "Input/output error": errno.EIO,
    "disk I/O error": errno.EIO,
    "Read-only file system": errno.EROFS,
}


class DiskError(LocusError):
    """A file that the disk does not take or give: full, damaged, read-only."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name aside to write to, in the same folder; it takes the place of `path` when it is done.

    A reader sees the old file or the new one, also after a power cut; where writing fails, the old
    one stays. Raises DiskError where the disk is full or fails.
    """
    make_folder(path.parent)
    aside = unfinished(path)
    try:
        with disk_trouble_named(path):
            yield aside
            put_in_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def put_in_place(aside: Path, path: Path) -> None:
    """Rename a finished file or folder so that it survives a power cut: content first, then name.

    A file in a folder that is its owner's alone is so too. A link has no content of its own.
    """
    if aside.is_symlink():
        os.replace(aside, path)
        sync(path.parent)
        return
    if aside.is_file() and not path.parent.stat().st_mode & OTHERS:
        aside.chmod(stat.S_IMODE(aside.stat().st_mode) & ~OTHERS)
    for parent, _, names in os.walk(aside):
        for name in names:
            sync(Path(parent, name))
    sync(aside)
    os.replace(aside, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the operating system put a file's content, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk_trouble_named(path: Path, needed: int | None = None) -> Iterator[None]:
    """Raise DiskError for what goes wrong with the disk while `path` is written.

    `needed`: bytes that it takes, where that is known.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        trouble = disk_trouble(error)
        if trouble is None:
            raise
        words = f"{path}: {trouble}"
        free = _free(path)
        if trouble != DISK_TROUBLE[errno.ENOSPC] or free is None:
            raise DiskError(f"{words}; mend that and run again") from error
        missing = f", about {needed - free:,} more are needed" if needed and needed > free else ""
        raise DiskError(
            f"{words}: {free:,} bytes are free{missing}; make room and run again"
        ) from error


def disk_trouble(error: BaseException | None) -> str | None:
    """What the disk did, in words, where that is why `error` came up; else None."""
    while error is not None:
        number = error.errno if isinstance(error, OSError) else None
        if number is None:
            said = str(error)
            number = next((code for words, code in ENGINES_WORDS.items() if words in said), None)
        if number in DISK_TROUBLE:
            return DISK_TROUBLE[number]
        error = error.__cause__ or error.__context__
    return None


def _free(path: Path) -> int | None:
    """Bytes that are free where `path` is or would be."""
    there = next((folder for folder in path.parents if folder.exists()), None)
    return shutil.disk_usage(there).free if there else None


def content_hash(path: Path) -> str:
    """SHA-256 of a file, computed once for a file that stays as it is."""
    status = path.stat()
    return _content_hash(
        path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    )


@cache
def _content_hash(path: Path, *_status: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_folder(path: Path) -> None:
    """Make a folder with those above it; in one that is its owner's alone it is so too."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    if not path.parent.stat().st_mode & OTHERS:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def private_folder(path: Path) -> Path:
    """A folder that is its owner's alone (0700), made where it is missing."""
    make_folder(path)
    if path.stat().st_mode & OTHERS:
        close_to_others(path)
    return path


def close_to_others(path: Path) -> None:
    """Take the rights of everybody but the owner from a file, or from a folder with all that is in
    it. Where a file system knows no rights, or the file is another user's, it stays."""
    for place in loose(path):
        try:
            place.chmod(stat.S_IMODE(place.lstat().st_mode) & ~OTHERS)
        except (FileNotFoundError, PermissionError):
            continue


def loose(path: Path) -> Iterator[Path]:
    """`path` and what is in it, where others than the owner have any right; links are no place."""
    if _is_loose(path):
        yield path
    for parent, folders, names in os.walk(path):
        for name in (*folders, *names):
            if _is_loose(Path(parent, name)):
                yield Path(parent, name)


def _is_loose(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)


def write_parquet(frame: pd.DataFrame, path: Path, types: Mapping[str, str] | None = None) -> None:
    """All columns as they are, or those of `types` (name -> DuckDB type) in its order."""
    casts = [
        f"cast({identifier(name)} as {kind}) as {identifier(name)}"
        for name, kind in (types or {}).items()
    ]
    with connect() as connection, replacing(path) as aside:
        connection.register("frame", frame)
        connection.execute(
            f"copy (select {', '.join(casts) or '*'} from frame) to $path (format parquet)",
            {"path": str(aside)},
        )


def read_parquet(paths: list[Path]) -> pd.DataFrame:
    """The rows of one file or several, by column name."""
    with connect() as connection:
        return connection.execute(
            "select * from read_parquet(?, union_by_name = true)", [[str(path) for path in paths]]
        ).df()


def parquet_types(path: Path) -> dict[str, str] | None:
    """Column -> DuckDB type of a Parquet file; None where there is none, or it is none."""
    with connect() as connection:
        try:
            described = connection.execute("describe select * from read_parquet(?)", [str(path)])
        except duckdb.Error:
            return None
        return {name: kind for name, kind, *_ in described.fetchall()}
