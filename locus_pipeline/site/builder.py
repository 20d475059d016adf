"""The site of one edition as a folder: pages, and what all of them share."""

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined

from locus_pipeline.site.charts import charts_script
from locus_pipeline.site.contents import Page, anchor
from locus_pipeline.site.made import MADE_BY, made_by
from locus_pipeline.site.pages import all_pages
from locus_pipeline.site.pages.compare import compared_script
from locus_pipeline.site.survey import Survey
from locus_pipeline.site.tables import Row, tables_of

ROOMS = (
    ("Clusters", "clusters/index.html"),
    ("States", "states/index.html"),
    ("Named clusters", "named/index.html"),
    ("Definitions", "nic/index.html"),
    ("Compare", "compare.html"),
    ("How sure", "quality.html"),
    ("Methods", "methods.html"),
    ("Data", "downloads.html"),
)
SHARED = ("site.css", "site.js", "compare.js", "mark.svg")
FLAGS = {
    "*": "relative standard error from 25 %",
    "**": "relative standard error above 50 %: no basis for a decision",
}


def write_site(edition: Path, folder: Path) -> None:
    """Write the site of the edition in one folder into another.

    It reads the edition's tables alone, opens from disk, and holds no script or style but its own.
    """
    with tables_of(edition) as tables:
        [facts] = tables.rows("select * from edition")
        facts |= {
            name: [part for part in (facts[name] or "").split(", ") if part]
            for name in ("survey_years", "facts_rounds")
        }
        environment = _environment(facts)
        survey = Survey(tables)
        pages = []
        for page in all_pages(tables, survey):
            _write(folder / page.address, environment.get_template(page.template).render(page=page))
            pages.append(page)
        _write(folder / "static" / "compared.js", compared_script(survey))
    _write_shared(folder / "static", pages)
    _write(folder / MADE_BY, made_by())


def _environment(edition: Row) -> Environment:
    environment = Environment(
        loader=PackageLoader("locus_pipeline.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(edition=edition, rooms=ROOMS)
    environment.filters.update(anchor=anchor, flag_words=FLAGS.__getitem__)
    return environment


def _write_shared(folder: Path, pages: Iterable[Page]) -> None:
    for name in SHARED:
        _write(folder / name, (files("locus_pipeline.site") / "static" / name).read_text())
    _write(folder / "charts.js", charts_script())
    _write(folder / "vega.js", vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    found_by = [
        [page.title, page.kind, page.address, _found_by(page)] for page in pages if page.kind
    ]
    text = json.dumps(found_by, ensure_ascii=False, separators=(",", ":"))
    _write(folder / "pages.js", f"window.LOCUS_PAGES = {text};\n")


def _found_by(page: Page) -> str:
    return re.sub(r"\s+", " ", f"{page.title} {page.kind} {page.words}").lower()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
