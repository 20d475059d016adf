"""A home that went the whole road once, for all tests that look at what came out."""

from dataclasses import dataclass

import dagster as dg
import duckdb
import pytest

from locus_pipeline.asi.layout import SurveyYear, load_layouts
from locus_pipeline.asi.sample import write_sample
from locus_pipeline.definitions import build_definitions
from locus_pipeline.run import run_years
from locus_pipeline.settings import Settings

# Every layout family and all three NIC versions: panel NIC-1998, single file NIC-2004, panel NIC-2008
# before and after the schedule of 2015-16, public CSV.
SAMPLE_YEARS = ["1999-00", "2005-06", "2009-10", "2015-16", "2022-23"]
SCALE = 0.01
SEED = 7


@dataclass(frozen=True)
class Home:
    """A Locus home and the definitions over it."""

    settings: Settings
    definitions: dg.Definitions

    def query(self, sql: str, parameters: list | None = None) -> list[tuple]:
        """Rows of the published edition."""
        path = str(self.settings.published / "locus.duckdb")
        with duckdb.connect(path, read_only=True) as published:
            return published.execute(sql, parameters or []).fetchall()


@pytest.fixture(scope="session")
def layouts() -> dict[str, SurveyYear]:
    return load_layouts()


@pytest.fixture(scope="session")
def make_home(tmp_path_factory):
    """Makes an empty home with its definitions."""

    def make(name: str) -> Home:
        settings = Settings(home=tmp_path_factory.mktemp(name) / "home", memory_limit="2GB")
        settings.releases.mkdir(parents=True)
        return Home(settings, build_definitions(settings))

    return make


@pytest.fixture(scope="session")
def built_home(make_home, layouts) -> Home:
    """Samples of five survey years, materialised. Tests read it and leave it as it is."""
    home = make_home("built")
    for year in SAMPLE_YEARS:
        write_sample(home.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    run_years(home.definitions, home.settings, SAMPLE_YEARS)
    return home
