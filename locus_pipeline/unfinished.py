"""The one rule for names of what is not finished, and the removal of what killed runs left behind.

    .<name>.<host>-<process>-<start>-<random>.unfinished

The name says whose it is, and no two processes or threads, of this or another computer, make the
same one. It begins with a dot and ends like no table, so that nobody who lists a folder takes it
for one.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from locus_pipeline.process import MARK, Process, is_running
from locus_pipeline.settings import Settings

UNFINISHED = re.compile(rf"\..*\.(?P<mark>{MARK})-[0-9a-f]{{8}}\.unfinished")
# As versions of Locus before this rule named theirs: .name.<process>, name.<process>.tmp, and
# folders reader-<process>-<random>.
FORMER = re.compile(r"(?:\..+\.|.+\.(?=\d+\.tmp)|reader-(?=\d+-))(?P<pid>\d+)(?:\.tmp|-\w+)?")


def unfinished(path: Path) -> Path:
    """A name of its own beside `path`, to write to until it is done."""
    return path.with_name(f".{path.name}.{Process.this()}-{secrets.token_hex(4)}.unfinished")


@contextmanager
def unfinished_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` that is removed afterwards."""
    folder = unfinished(path)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def leftovers(folder: Path) -> list[Path]:
    """What is unfinished below a folder and whose process is gone; links are not followed."""
    paths = []
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            if is_left(name):
                paths.append(Path(parent, name))
        folders[:] = [name for name in folders if not is_left(name)]
    return paths


def leftovers_of_home(settings: Settings) -> list[Path]:
    """Unfinished files of killed runs, in what Locus builds and not in the user's folders."""
    return [
        *(path for path in settings.home.iterdir() if is_left(path.name)),
        *(path for folder in settings.built if folder.is_dir() for path in leftovers(folder)),
    ]


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it, where it is still there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_left(name: str) -> bool:
    """Whether a name is of something unfinished whose process is gone."""
    if match := UNFINISHED.fullmatch(name):
        process = Process.parse(match["mark"])
        return process is not None and process.is_gone()
    match = FORMER.fullmatch(name)
    return match is not None and not is_running(int(match["pid"]))
