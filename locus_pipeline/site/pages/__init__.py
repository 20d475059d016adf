"""All pages of a site, in the order in which a search offers them."""

from collections.abc import Iterator

from locus_pipeline.site.contents import Page
from locus_pipeline.site.pages.cells import cell_pages
from locus_pipeline.site.pages.choosing import choosing_pages
from locus_pipeline.site.pages.clusters import cluster_pages
from locus_pipeline.site.pages.compare import compare_page
from locus_pipeline.site.pages.definitions import definition_pages
from locus_pipeline.site.pages.home import home_page
from locus_pipeline.site.pages.named import named_pages
from locus_pipeline.site.pages.reading import reading_pages
from locus_pipeline.site.pages.states import state_pages
from locus_pipeline.site.survey import Survey
from locus_pipeline.site.tables import PublishedTables


def all_pages(tables: PublishedTables, survey: Survey) -> Iterator[Page]:
    """Every page of the edition's site."""
    yield home_page(tables, survey)
    yield from cluster_pages(tables, survey)
    yield from state_pages(tables, survey)
    yield from named_pages(tables, survey)
    yield from definition_pages(tables)
    yield from choosing_pages(tables)
    yield compare_page(survey)
    yield from reading_pages(tables)
    yield from cell_pages(tables, survey)
