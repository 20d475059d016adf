"""What decides a figure, as a hash: of the code that does, and of nothing beside it.

A hand-kept version is forgotten one day, and a hash over everything rebuilds all for the colour of
a picture. So code lives in rooms by what it does, and these rooms count; what stores, schedules,
draws or words has none of its own in a figure.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# From the file to the figure; every module of these rooms decides something but those in SAYS.
READER = ("asi", "text.py")
INTAKE = ("rounds", "text.py")
MODELS = ("methods/indicators",)
INDEX = ("methods", "index")
METHOD = (*READER, *INTAKE, *INDEX)
# They word what others found, or keep it: reports, forms to fill in, tables as they are stored.
SAYS = {
    "asi/check.py",
    "asi/scaffold.py",
    "index/published.py",
    "index/seal.py",
    "index/store.py",
    "rounds/report.py",
    "rounds/templates.py",
}


@cache
def code_fingerprint(rooms: tuple[str, ...], package: Path = PACKAGE) -> str:
    """Hash over the modules of the rooms that decide a figure."""
    return fingerprint((path.name, path.read_bytes()) for path in deciding(rooms, package))


def deciding(rooms: Iterable[str], package: Path = PACKAGE) -> list[Path]:
    """The modules of the rooms without those that only say something, each once, in order."""
    modules = {
        module
        for room in rooms
        for place in [package / room]
        for module in ([place] if place.is_file() else place.rglob("*.py"))
    }
    return sorted(m for m in modules if m.relative_to(package).as_posix() not in SAYS)


def fingerprint(contents: Iterable[tuple[str, bytes]]) -> str:
    """Hash over names and contents in any order: a file that moves to another folder decides what
    it did before."""
    lines = sorted(f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in contents)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
