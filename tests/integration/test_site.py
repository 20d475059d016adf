"""The pages of an edition: exact, whole, safe, and nothing on them that is not published."""

import json
import random
import re
from html import unescape
from pathlib import Path

import duckdb
import pytest

from locus_pipeline.site.builder import write_site
from locus_pipeline.site.made import MADE_BY, SITE, has_site, made_by
from locus_pipeline.site.measures import RATIOS, SPECIALISATION, TOTALS
from tests.support.browser import CHROMIUM, browser

LARGEST_PAGE = 300_000  # bytes without what pages share
CELLS = 300
SEED = 5
KINDS = [
    "index.html",
    "clusters/index.html",
    "clusters/42.html",
    "states/index.html",
    "states/33.html",
    "cells/33-42.html",
    "named/index.html",
    "named/IN-09-varanasi-silk-handloom-01.html",
    "nic/index.html",
    "nic/24319.html",
    "compare.html",
    "documents.html",
    "selection.html",
    "plan.html",
    "quality.html",
    "methods.html",
    "glossary.html",
    "downloads.html",
    "tables/cluster_state_year.html",
]


@pytest.fixture(scope="module")
def edition(built_home) -> Path:
    return built_home.settings.published.resolve()


@pytest.fixture(scope="module")
def site(edition, tmp_path_factory) -> Path:
    """The site beside links to the edition's tables, as it lies in an edition."""
    folder = tmp_path_factory.mktemp("edition")
    for path in edition.iterdir():
        if path.is_file():
            (folder / path.name).symlink_to(path)
    write_site(folder, folder / SITE)
    return folder / SITE


@pytest.fixture(scope="module")
def pages(site) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): path.read_text() for path in sorted(site.rglob("*.html"))
    }


def test_there_is_a_page_for_everything(edition, pages):
    with duckdb.connect() as connection:

        def texts(query: str) -> set[str]:
            return {row[0] for row in connection.execute(query).fetchall()}

        def table(name: str) -> str:
            return f"read_parquet('{edition / name}.parquet')"

        wanted = (
            texts(f"select 'states/' || state_code || '.html' from {table('state_year')}")
            | texts(
                f"select 'clusters/' || cluster_code || '.html' from {table('definitions')} "
                "where cluster_code is not null"
            )
            | texts(
                f"select 'cells/' || state_code || '-' || cluster_code || '.html' "
                f"from {table('cluster_state_year')} where cluster_type <> 'unmapped'"
            )
            | texts(f"select 'named/' || cluster_id || '.html' from {table('named_clusters')}")
            | texts(
                f"select 'nic/' || nic_code || '.html' from {table('definitions')} "
                "where nic_version = 'NIC-2008'"
            )
            | {f"tables/{path.stem}.html" for path in edition.glob("*.parquet")}
        )
    assert wanted <= set(pages)


def test_links_lead_somewhere_and_never_out(site, pages):
    astray = set()
    for address, text in pages.items():
        for link in re.findall(r'(?:href|src)="([^"#]+)', text):
            if not (site / address).parent.joinpath(unescape(link)).resolve().exists():
                astray.add((address, link))
    assert not astray
    assert not [address for address, text in pages.items() if re.search(r'(href|src)="\w+:', text)]


def test_pages_are_light_and_run_no_script_but_their_own(pages):
    assert {
        address for address, text in pages.items() if len(text.encode()) > LARGEST_PAGE
    } == set()
    for text in pages.values():
        assert "default-src 'none'; script-src 'self'" in text
        inline = re.findall(r"<script(?![^>]*src=)([^>]*)>", text)
        assert set(inline) <= {' type="application/json"'}
        assert " style=" not in text and " onclick=" not in text


def test_every_page_of_invented_data_says_so(pages):
    assert all('<aside class="synthetic"' in text for text in pages.values())


def test_cells_are_the_published_ones(edition, pages):
    """300 cells by chance, read from the pages and asked from the tables."""
    with duckdb.connect() as connection:
        names = [m.columns[0] for m in (*TOTALS, *SPECIALISATION, *RATIOS)]
        rows = connection.execute(
            f"""
            select t.survey_year, t.state_code, t.cluster_code, {", ".join(names)}
            from read_parquet('{edition}/cluster_state_year.parquet') as t
            left join read_parquet('{edition}/cluster_indicators.parquet') as i
                using (survey_year, state_code, cluster_code)
            where t.cluster_type <> 'unmapped'
            """
        ).fetchall()
    chance = random.Random(SEED)
    seen = 0
    while seen < CELLS:
        year, state, cluster, *values = chance.choice(rows)
        totals, indicators = _rows_of(pages[f"cells/{state}-{cluster}.html"], year)
        for value, shown in zip(values, [*totals, *indicators], strict=True):
            if value is None:
                assert shown is None
            else:
                assert float(shown) == value, (year, state, cluster)
            seen += 1


def _rows_of(page: str, year: str) -> list[list[str | None]]:
    """The figures of a survey year in the tables `totals` and `indicators`."""
    figures = []
    for name in ("totals", "indicators"):
        [table] = re.findall(rf'<table data-name="{name}">(.*?)</table>', page, re.DOTALL)
        [row] = re.findall(rf"<tr><td>{year}</td>(.*?)</tr>", table, re.DOTALL)
        cells = re.findall(r'<td class="figure( none)?"(?: data-exact="([^"]*)")?', row)
        figures.append([None if none else exact for none, exact in cells])
    return figures


def test_what_came_from_a_form_is_text(edition, tmp_path):
    """A name that is a script stays a name, in the page and in what a search reads."""
    folder = tmp_path / "edition"
    folder.mkdir()
    for path in edition.iterdir():
        if path.is_file() and path.name != "named_clusters.parquet":
            (folder / path.name).symlink_to(path)
    name = "</script><script>alert(1)</script>\"'&"
    duckdb.execute(
        f"copy (select * replace ($name as cluster_name) from "
        f"read_parquet('{edition}/named_clusters.parquet')) to '{folder}/named_clusters.parquet'",
        {"name": name},
    )
    write_site(folder, tmp_path / "site")
    for path in (tmp_path / "site" / "named").glob("*.html"):
        assert "<script>alert" not in path.read_text()
        assert "&lt;/script&gt;&lt;script&gt;alert(1)" in path.read_text()


def test_an_edition_is_made_again_for_other_pages(site):
    folder = site.parent
    assert has_site(folder)
    (site / MADE_BY).write_text("another")
    assert not has_site(folder)
    (site / MADE_BY).write_text(made_by())


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_pages_in_a_browser(site, tmp_path):
    """From disk: charts are drawn, nothing is missing, the console has nothing to say, at the
    width of a desktop and of a phone."""
    with browser(tmp_path / "profile") as page:
        page.listen()
        for width in (1280, 390):
            page.set_width(width)
            for address in KINDS:
                assert (site / address).is_file(), address
                page.open((site / address).as_uri())
                page.wait_for(
                    "document.querySelectorAll('figure.chart:not([data-drawn])').length === 0"
                )
                assert page.run("document.documentElement.scrollWidth <= window.innerWidth"), (
                    address,
                    width,
                )
        assert page.complaints == []


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_reader_finds_sorts_compares(site, tmp_path):
    with browser(tmp_path / "profile") as page:
        page.listen()
        page.open((site / "index.html").as_uri())
        # find: which cluster is NIC 24319 in?
        _type(page, ".find input", "24319")
        page.wait_for(
            "document.querySelector('.find ul a')?.getAttribute('href') === 'nic/24319.html'"
        )
        _type(page, ".find input", "qqqq")
        page.wait_for("document.querySelector('.find ul').innerText.includes('No page')")
        # sort: the states of textiles by name, then by persons
        page.open((site / "clusters/42.html").as_uri())
        states = (
            "[...document.querySelectorAll('table[data-name=states] tbody tr')]"
            ".map(row => row.cells[0].innerText)"
        )
        page.run("document.querySelector('table[data-name=states] th button').click()")
        names = page.run(states)
        assert names == sorted(names) and len(names) > 3
        persons = (
            "[...document.querySelectorAll('table[data-name=states] tbody tr')]"
            ".map(row => Number(row.cells[3].dataset.exact))"
        )
        page.run("document.querySelectorAll('table[data-name=states] th button')[3].click()")
        figures = page.run(persons)
        assert figures == sorted(figures, reverse=True)
        # compare two states
        page.open((site / "compare.html").as_uri())
        _type(page, "#choose", "Tamil Nadu")
        _type(page, "#choose", "Maharashtra")
        assert page.run("document.querySelectorAll('#compared thead a').length") == 2
        assert page.complaints == []


def _type(page, selector: str, text: str) -> None:
    page.run(
        f"(() => {{ const input = document.querySelector({json.dumps(selector)}); "
        f"input.value = {json.dumps(text)}; "
        "input.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
