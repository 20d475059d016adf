"""What a run builds of the warehouse after a change: which survey years of which tables, counted,
and that the edition is the one that a run from nothing makes."""

import subprocess
import sys

import duckdb
import pytest

from locus_pipeline.index.inputs import SCREENING
from locus_pipeline.index.store import Store
from locus_pipeline.orchestration.run import run_years
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.sample.rounds import write_sample_rounds
from locus_pipeline.settings import CHECKOUT
from tests.conftest import SEED, Home
from tests.support.lineage import manifest_of

SCALE = 0.003
FIRST, SECOND, NEW = "2008-09", "2009-10", "2022-23"
# Not named here: tables of several years at once.
OF_ITS_FACTORIES = {
    "factory", "int_sampling_strata", "int_open_factory", "int_factory_variables", "int_estimates",
    "int_estimate_errors", "int_disclosure", "int_cell_strata", "int_star_errors",
    "int_factory_quartiles", "int_facts_prices", "int_facts_productivity", "int_facts_medians",
    "int_indicator_cells", "int_relatedness", "cluster_state_year", "nic_state_year",
    "estimate_quality", "quality_report", "facts_asi_objects",
}  # fmt: skip
OF_GROWTH = {
    "int_stars", "int_resampled_indices", "int_published_indicators", "cluster_indicators",
    "cluster_indicators_harmonised", "cluster_concentration", "state_specialisation",
    "facts_asi_metrics",
}  # fmt: skip
# The frame of 2022-23 is masked: its strata hold how often factories change their industry.
OF_MASKED_STRATA = {
    "int_sampling_strata", "int_open_factory", "int_estimate_errors", "int_cell_strata",
    "cluster_state_year", "nic_state_year", "estimate_quality", "quality_report",
}  # fmt: skip
# Of growth in a table that has the year's own cells alone.
CELLS_OF_YEAR = {"cluster_concentration"}
OF_NEIGHBOURS = {"int_modelled_totals", "cluster_state_year_modelled"}


@pytest.fixture(scope="module", autouse=True)
def models_alone():
    """dbt's own tests are for the built home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "test unit_test")
        yield


@pytest.fixture(scope="module")
def home(models_alone, make_home, layouts) -> Home:
    """Two survey years and a round. Tests change copies."""
    home = make_home("two_years")
    for year in (FIRST, SECOND):
        write_sample(home.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    run_years(home.definitions, home.settings, [FIRST, SECOND], sample_round(home))
    return home


@pytest.fixture(scope="module")
def with_new_year(home, copy_of, layouts) -> Home:
    """The home after a third year came."""
    home = copy_of(home, "third_year")
    write_sample(home.settings.releases, layouts[NEW], scale=SCALE, seed=SEED)
    run_years(home.definitions, home.settings, [NEW])
    return home


def sample_round(home: Home) -> list[str]:
    return write_sample_rounds(home.settings.facts, 1, SEED)


# The build that made the tables of the edition: it says of each edition what it is made of.
LAST = "(select built_by from built.nodes where node = 'model.locus.edition')"


def warehouse_rows(home: Home, sql: str) -> list[tuple]:
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def nodes_built(home: Home) -> set[str]:
    """Keys of the nodes that the last build ran."""
    return {
        node
        for (node,) in warehouse_rows(home, f"select node from built.nodes where built_by = {LAST}")
    }


def years_built(home: Home) -> dict[str, set[str]]:
    """Table -> the survey years that the last build made; tables by survey year alone."""
    rows = warehouse_rows(
        home,
        f"select model, list(survey_year) filter (built_by = {LAST}) "
        "from built.years where survey_year <> '' group by model",
    )
    return {model: set(years or []) for model, years in rows}


def editions_of_the_index(home: Home) -> dict[str, str]:
    store = Store(home.settings, SCREENING)
    return {period: store.current(period).edition_id for period in store.periods()}


def assert_same_edition(one: Home, other: Home) -> None:
    """Every published table has the same rows; doubles but for the last digits."""
    compared = subprocess.run(
        [
            sys.executable, str(CHECKOUT / "bench" / "compare_editions.py"),
            str(one.settings.published), str(other.settings.published), "--tolerance", "1e-9",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stdout + compared.stderr


def test_a_table_by_survey_year_has_the_column_of_its_years(compiled):
    for node in manifest_of(compiled)["nodes"].values():
        if node["config"].get("materialized") == "incremental":
            column = node["config"]["meta"].get("year_column")
            assert column in node["columns"], f"{node['name']}: {column} is none of its columns"


@pytest.mark.slow
def test_a_new_year_builds_itself_alone(home, with_new_year):
    assert years_built(home)["int_estimates"] == {FIRST, SECOND}
    built = years_built(with_new_year)
    assert built.keys() >= OF_ITS_FACTORIES | OF_GROWTH | OF_NEIGHBOURS
    assert {model: years for model, years in built.items() if years != {NEW}} == {}
    before, after = editions_of_the_index(home), editions_of_the_index(with_new_year)
    assert after.keys() == {FIRST, SECOND, NEW}
    assert {year: after[year] for year in before} == before


@pytest.mark.slow
def test_what_no_survey_year_is_above_is_left_out(with_new_year):
    nodes = nodes_built(with_new_year)
    assert not [node for node in nodes if node.startswith("seed.")]
    names = {node.split(".")[2] for node in nodes}
    assert not {"clusters", "int_nic_decisions", "definitions", "facts_round_metrics"} & names
    assert {"factory", "edition", "cluster_changes"} <= names


@pytest.mark.slow
def test_the_years_that_were_there_keep_their_bytes(home, with_new_year):
    rows = "from cluster_state_year where survey_year <> ? order by all"
    assert with_new_year.query(rows, [NEW]) == home.query(rows, [NEW])


@pytest.mark.slow
def test_an_edition_made_year_by_year_is_the_one_made_at_once(with_new_year, make_home, layouts):
    at_once = make_home("at_once")
    for year in (FIRST, SECOND, NEW):
        write_sample(at_once.settings.releases, layouts[year], scale=SCALE, seed=SEED)
    run_years(at_once.definitions, at_once.settings, [FIRST, SECOND, NEW], sample_round(at_once))
    assert_same_edition(with_new_year, at_once)


@pytest.mark.slow
def test_a_changed_year_reaches_those_that_read_it(with_new_year, copy_of, layouts):
    """2022-23 grew since 2009-10, and is the neighbour of none that changed."""
    changed = copy_of(with_new_year, "changed_year")
    write_sample(changed.settings.releases, layouts[SECOND], scale=SCALE, seed=SEED + 1)
    run_years(changed.definitions, changed.settings, [SECOND])
    built = years_built(changed)
    # nothing of invented data is hidden: there is no other content to build on
    assert built["int_disclosure"] == set()
    own_alone = OF_ITS_FACTORIES - OF_MASKED_STRATA - {"int_disclosure"}
    assert {tuple(built[model]) for model in own_alone} == {(SECOND,)}
    assert {tuple(sorted(built[m])) for m in OF_MASKED_STRATA - {"int_sampling_strata"}} == {
        (SECOND, NEW)
    }
    # changes of industry are counted over all years; a neighbour is modelled from
    of_first = {model for model, years in built.items() if FIRST in years}
    assert of_first == {"int_sampling_strata", "int_modelled_totals"}
    assert {NEW, SECOND} <= set.intersection(*(built[model] for model in OF_GROWTH - CELLS_OF_YEAR))
