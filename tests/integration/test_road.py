"""Release files in, cluster totals out: the published edition against the samples' truth files,
which the sample writer computes from its own factories."""

import json
import os
import re

import pytest
from pytest import approx

from locus_pipeline.files import loose
from locus_pipeline.warehouse.dbt import run_dbt
from tests.conftest import SAMPLE_YEARS

MONEY = 1e-9


def truth_of(home, year: str) -> dict:
    return json.loads((home.settings.releases / year / "truth.json").read_text())


@pytest.mark.parametrize("year", SAMPLE_YEARS)
def test_every_record_of_every_block_arrives(built_home, year):
    read = built_home.query(
        "select block, rows_read, rows_kept, rows_rejected from ingestion where survey_year = ?",
        [year],
    )
    records = truth_of(built_home, year)["records"]
    expected: dict[str, int] = {}
    for code, count in records.items():  # code h1 of the 2000-01 single file belongs to block h
        expected[code[0]] = expected.get(code[0], 0) + count
    assert {block: kept for block, _, kept, _ in read} == expected
    assert all(rows == kept and rejected == 0 for _, rows, kept, rejected in read)


@pytest.mark.parametrize("kind", ["actual", "estimated"])
@pytest.mark.parametrize(
    "table", ["cluster_state_year", "cluster_year", "state_year", "nic_state_year"]
)
@pytest.mark.parametrize("year", SAMPLE_YEARS)
def test_totals_equal_the_truth_file(built_home, year, table, kind):
    truth = truth_of(built_home, year)
    measures = truth["measures"][1:]
    sums = ", ".join(f"sum({measure}_{kind})" for measure in measures)
    (computed,) = built_home.query(f"select {sums} from {table} where survey_year = ?", [year])
    assert list(computed) == approx(truth["national"][kind][1:], rel=MONEY)
    (returns,) = built_home.query(
        f"select sum(factories_sampled) from {table} where survey_year = ?", [year]
    )[0]
    assert returns == truth["national"]["actual"][0]


@pytest.mark.parametrize("year", SAMPLE_YEARS)
def test_state_and_industry_totals_equal_the_truth_file(built_home, year):
    truth = truth_of(built_home, year)
    measures = truth["measures"][1:]
    sums = ", ".join(f"sum({measure}_estimated)" for measure in measures)
    computed = {
        (state, nic): values
        for state, nic, *values in built_home.query(
            f"select state_code, nic_code, {sums} from nic_state_year where survey_year = ? "
            "group by state_code, nic_code",
            [year],
        )
    }
    expected = {tuple(group["key"]): group["estimated"][1:] for group in truth["by_state_and_nic"]}
    assert computed.keys() == expected.keys()
    for key, values in expected.items():
        assert computed[key] == approx(values, rel=MONEY), key


def test_cluster_totals_are_the_sums_of_their_industries(built_home):
    differing = built_home.query(
        """
        select clusters.survey_year, clusters.cluster_code
        from cluster_year as clusters
        full join (
            select survey_year, cluster_code, sum(total_output_estimated) as total_output
            from nic_state_year group by survey_year, cluster_code
        ) as industries
            on clusters.survey_year = industries.survey_year
            and clusters.cluster_code = industries.cluster_code
        where abs(clusters.total_output_estimated - industries.total_output)
                > 1e-9 * abs(industries.total_output)
            or clusters.cluster_code is null or industries.cluster_code is null
        """
    )
    assert differing == []


def test_industries_follow_the_definitions(built_home):
    """Every total of a listed code stands in the cluster that `definitions` gives it."""
    misplaced = built_home.query(
        """
        select totals.survey_year, totals.nic_code, totals.cluster_code, definitions.cluster_code
        from nic_state_year as totals
        inner join definitions
            on totals.nic_version = definitions.nic_version
            and totals.nic_code = definitions.nic_code
        where totals.cluster_code <> definitions.cluster_code
        """
    )
    assert misplaced == []


def test_planted_quirks_are_handled_and_visible(built_home):
    unmapped = built_home.query(
        "select count(*) from nic_state_year where cluster_code = '0' and nic_code = '99999'"
    )[0][0]
    lettered = built_home.query(
        "select assignment_rule, count(*) from nic_state_year "
        "where regexp_matches(nic_code, '[XYZ]') group by assignment_rule"
    )
    left_out = built_home.query(
        "select count(*) from factories where not is_kept and returns_sampled > 0"
    )[0][0]
    joint = built_home.query(
        "select count(*) from factories where units_sampled > returns_sampled"
    )[0][0]
    assert unmapped > 0
    assert lettered and all(rule != "code of the return" for rule, _ in lettered)
    assert left_out > 0
    assert joint > 0


def test_synthetic_says_so_everywhere(built_home):
    tables = [name for (name,) in built_home.query("select table_name from duckdb_tables()")]
    # from classifications and source documents alone
    reference = {
        "definitions", "definitions_versions", "nic_concordance", "naics_nic", "facts_dictionary",
        "support_agencies", "state_cluster_counts", "state_cluster_totals", "resource_requirement",
        "resource_contributions", "facts_components", "facts_questions", "selection_criteria",
        "selection_regions", "intervention_typology", "index_framework", "index_rules",
        "index_interventions",
    }  # fmt: skip
    for table in tables:
        columns = [name for name, *_ in built_home.query(f"describe {table}")]
        assert "is_synthetic" in columns, table
        rows, synthetic = built_home.query(
            f"select count(*), count(*) filter (is_synthetic) from {table}"
        )[0]
        assert synthetic == (0 if table in reference else rows), table
    assert "Synthetic" in (built_home.settings.published / "README.md").read_text()


def test_edition_is_described(built_home):
    rows = built_home.query(
        "select survey_years, definitions_version, method_version, package_versions, created_at "
        "from edition"
    )
    ((years, definitions, method, packages, created),) = rows
    assert years == ", ".join(SAMPLE_YEARS)
    assert definitions and "+" in method and created is not None
    assert set(json.loads(packages)) >= {"duckdb", "dbt-core", "locus-pipeline"}
    ((commit, dirty, reason),) = built_home.query(
        "select git_commit, git_dirty, git_null_reason from edition"
    )
    assert (commit is None) == (dirty is None) == (reason is not None)


def test_what_holds_microdata_is_for_its_owner_alone(built_home):
    settings = built_home.settings
    assert [path for place in (settings.raw, settings.rounds) for path in loose(place)] == []
    for place in (settings.warehouse, settings.index, settings.home / "dagster"):
        assert list(loose(place)) == [] or not place.stat().st_mode & 0o077
    assert settings.editions.stat().st_mode & 0o055 == 0o055 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_reconciles_with_the_published_figures_within_one_percent(built_home):
    figures = built_home.query(
        """
        select survey_year, variable, difference_pct from reconciliation
        where nic_division = '' and geography = 'all-india' and variable in (
            'number_of_factories', 'workers', 'total_persons_engaged', 'total_emoluments'
        )
        """
    )
    # no persons were published for 1998-99, no emoluments (yet) for 2023-24
    assert len(figures) == 4 * len(SAMPLE_YEARS) - 2
    assert [figure for figure in figures if abs(figure[2]) > 1] == []


def test_the_unit_tests_of_the_models_pass(built_home):
    """A run leaves them out: they are of the SQL, not of its data."""
    settings = built_home.settings
    target = settings.warehouse.parent / "dbt"
    done = run_dbt(settings, "test", "--select", "test_type:unit", target=target, unit_tests=True)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"PASS=(\d+)", done.stdout)[1]) > 20
