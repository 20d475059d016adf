"""Whether an edition has its site, as the code would write it now."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from locus_pipeline.fingerprint import fingerprint

SITE = "site"
FIRST_PAGE = "index.html"
MADE_BY = "static/made_by.txt"
PACKAGES = ("altair", "jinja2", "vl-convert-python")


def has_site(edition: Path) -> bool:
    """Whether the folder of an edition holds pages made by this code and these packages."""
    mark = edition / SITE / MADE_BY
    return mark.is_file() and mark.read_text() == made_by()


@cache
def made_by() -> str:
    """Hash over all that decides how a page looks, but for the edition's tables."""
    room = Path(__file__).parent
    files = [
        (path.relative_to(room).as_posix(), path.read_bytes())
        for path in room.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    packages = [(package, version(package).encode()) for package in PACKAGES]
    return fingerprint([*files, *packages])
