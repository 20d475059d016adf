"""A home that went the whole road once, for all tests that look at what came out."""

import os
import shutil
from dataclasses import dataclass

import dagster as dg
import duckdb
import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from locus_pipeline.asi.layout import SurveyYear, load_layouts
from locus_pipeline.definitions import build_definitions
from locus_pipeline.orchestration.run import run_years
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.sample.rounds import write_sample_rounds
from locus_pipeline.settings import CHECKOUT, Settings
from tests.support.warehouse import compile_models

# Every layout family and every schedule, all three NIC versions; test_all_years.py takes all years.
SAMPLE_YEARS = [
    "1998-99",  # panel, NIC-1998, mandays in the wrong column
    "2000-01",  # single file of 166 characters, with records H1
    "2003-04",  # panel, ten basic inputs
    "2005-06",  # single file of 178 characters, NIC-2004
    "2007-08",  # panel, NIC-2004, factory keys that repeat
    "2009-10",  # panel, NIC-2008, subsidies last
    "2014-15",  # panel, NPCMS items, serial numbers of three digits
    "2015-16",  # panel, the schedule that changed F4, F7, G1, G2, G7, J11
    "2022-23",  # public CSV
    "2023-24",  # public CSV, another row scheme of block E
]
# Pages are written where a test looks at them (tests/integration/test_site.py).
os.environ["LOCUS_SITE"] = "no"
# A slow machine is no fault of what is tested.
hypothesis.settings.register_profile("locus", deadline=None)
hypothesis.settings.load_profile("locus")


class ByWhatIsShared(LoadScopeScheduling):
    """Deals out the suite to its processes: a file's tests go to one of them, and all files that
    look at the built home to the same one, which alone builds it."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "built_home" if "built_home" in (CHECKOUT / file).read_text() else file


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)


SCALE = 0.01
SEED = 7


@pytest.fixture(scope="session")
def compiled(tmp_path_factory, worker_id):
    """The folder of the compiled models; tests.support.warehouse builds them on a test's tables.

    Compiled once: every process of the suite reads what the first one made.
    """
    folder = tmp_path_factory.getbasetemp()
    return compile_models((folder if worker_id == "master" else folder.parent) / "compiled")


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

    def make(name: str, threads: int | None = None) -> Home:
        folder = tmp_path_factory.mktemp(name) / "home"
        settings = Settings(home=folder, memory_limit="2GB", threads=threads)
        settings.releases.mkdir(parents=True)
        return Home(settings, build_definitions(settings))

    return make


@pytest.fixture(scope="session")
def bare_home(make_home) -> Home:
    """An empty home, for tests that look at its definitions and run nothing."""
    return make_home("bare")


@pytest.fixture(scope="session")
def copy_of(make_home):
    """Makes a home as another one is now, to be changed: cheaper than a run that puts it back."""

    def copy(home: Home, name: str) -> Home:
        other = make_home(name)
        shutil.rmtree(other.settings.home)
        shutil.copytree(home.settings.home, other.settings.home, symlinks=True)
        return other

    return copy


@pytest.fixture(scope="session")
def built_home(make_home, layouts) -> Home:
    """Samples of ten survey years and two FACTS rounds, materialised. Tests only read it."""
    home = make_home("built")
    for year in SAMPLE_YEARS:
        write_sample(home.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    rounds = write_sample_rounds(home.settings.facts, 2, SEED)
    run_years(home.definitions, home.settings, SAMPLE_YEARS, rounds)
    return home
