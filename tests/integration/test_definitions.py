"""The definitions at work: an unchanged economy, written in each NIC version by the sample writer.

The same factories stand in three survey years, 2003-04 coded in NIC-1998, 2004-05 in NIC-2004 and
2009-10 in NIC-2008, so that every change between them is the mapping's doing.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import openpyxl
import pytest

from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.sample.asi.economy import industries
from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.warehouse.dbt import run_dbt

SURVEY_YEAR = "2009-10"
REWRITTEN = {"2003-04": "NIC-1998", "2004-05": "NIC-2004"}
SCALE = 0.03
LARGEST_JUMP = 0.01
LARGE_CLUSTER = 0.01  # share of employment
LARGEST_SHARE_OF_BREAKS = 0.02  # of employment
LAYOUTS = CHECKOUT / "locus_pipeline" / "asi" / "layouts"
REAL = CHECKOUT.parent / "shared" / "real" / "asi-2022-23" / "blkA202223.CSV"


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory) -> Settings:
    """A home with the unchanged economy, built and published."""
    settings = Settings(home=tmp_path_factory.mktemp("unchanged"))
    settings.user_layouts.mkdir()
    layout = (LAYOUTS / f"{SURVEY_YEAR}.yaml").read_text()
    for year, nic_version in REWRITTEN.items():
        # the whole of it: file names of the panel release do not follow the year
        text = layout.replace(f'survey_year: "{SURVEY_YEAR}"', f'survey_year: "{year}"', 1)
        (settings.user_layouts / f"{year}.yaml").write_text(
            text.replace("nic_version: NIC-2008", f"nic_version: {nic_version}", 1)
        )
    survey_year = load_layouts(settings.user_layouts)[SURVEY_YEAR]
    for year, nic_version in REWRITTEN.items():
        write_sample(settings.releases, survey_year, SCALE, seed=7, nic_version=nic_version)
        (settings.releases / SURVEY_YEAR).rename(settings.releases / year)
    write_sample(settings.releases, survey_year, SCALE, seed=7)
    locus("run", settings)
    return settings


def locus(command: str, settings: Settings) -> None:
    program = Path(sys.executable).with_name("locus")
    # the economy of 2009-10 is not that of the other years, and reconciliation says so
    environment = os.environ | {"LOCUS_UNRECONCILED": "warn"}
    subprocess.run(
        [program, command, "--home", settings.home],
        check=True,
        capture_output=True,
        env=environment,
    )


def query(database: Path, statement: str, values: Sequence = ()) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(statement, values).fetchall()


def published(settings: Settings, statement: str) -> list[tuple]:
    return query(settings.published / "locus.duckdb", statement)


def jumps(database: Path) -> list[tuple]:
    """Large clusters whose employment changes by more than 1 % beyond the documented breaks."""
    return query(
        database,
        """
        select nic_version_after, cluster_name, change
        from (
            select *, (total_employees_change - total_employees_documented_change)
                / total_employees_before as change
            from marts.continuity
            where employment_share_before > ?
        )
        where abs(change) > ?
        order by all
        """,
        [LARGE_CLUSTER, LARGEST_JUMP],
    )


def test_an_unchanged_economy_has_no_jump(unchanged):
    seams = query(
        unchanged.warehouse,
        "select distinct survey_year_before, survey_year_after from marts.continuity order by all",
    )
    assert seams == [("2003-04", "2004-05"), ("2004-05", "2009-10")]
    assert jumps(unchanged.warehouse) == []


def test_documented_breaks_are_left_out_and_counted(unchanged):
    """Each takes its factories from one cluster to another, and together they are a small part."""
    for _, moved, balance, employment in query(
        unchanged.warehouse,
        """
        select
            nic_version_after,
            sum(abs(total_employees_documented_change)) / 2,
            sum(total_employees_documented_change),
            sum(total_employees_before)
        from marts.continuity group by nic_version_after
        """,
    ):
        assert 0 < moved < LARGEST_SHARE_OF_BREAKS * employment
        assert balance == pytest.approx(0, abs=1e-6 * employment)


def test_the_mapping_explains_every_change_of_an_unchanged_economy(unchanged):
    """The estimate of the mapping's part finds what the mapping does to large clusters."""
    for change, mapping, before in query(
        unchanged.warehouse,
        "select total_employees_change, total_employees_mapping_change, total_employees_before "
        "from marts.continuity where employment_share_before > 0.01",
    ):
        assert mapping == pytest.approx(change, abs=LARGEST_JUMP * before)


@pytest.mark.skipif(not REAL.exists(), reason="block A of 2022-23 is not beside the checkout")
@pytest.mark.parametrize("size", ["a11", "pf"])  # units, and provident fund for employment
def test_the_real_mix_of_industries_has_no_jump(unchanged, size):
    """Real factories by industry, as the older versions would have coded them."""
    lookup = dict(
        query(
            unchanged.warehouse,
            "select nic_version || nic_code, cluster_code from definitions.int_nic_cluster",
        )
    )
    breaks = query(
        unchanged.warehouse, "select to_version, to_code from reference.continuity_breaks"
    )
    codes = industries().codes
    links = {
        versions["NIC-2008"]: versions
        for versions in (
            dict(zip(codes, row, strict=True)) for row in zip(*codes.values(), strict=True)
        )
    }
    with duckdb.connect() as connection:
        sizes = dict(
            connection.execute(
                f"select a5, sum(mult * cast({size} as double)) from read_csv(?, types = "
                "{'a5': 'varchar', 'mult': 'double'}) where a12 = 1 group by a5",
                [str(REAL)],
            ).fetchall()
        )
    linked = sizes.keys() & links.keys()
    total = sum(sizes[code] for code in linked)
    assert total > 0.97 * sum(sizes.values())
    for before, after in (("NIC-1998", "NIC-2004"), ("NIC-2004", "NIC-2008")):
        clusters: dict[str, list[float]] = {}
        for code in linked:
            if (after, links[code][after]) in breaks:
                continue
            for side, version in enumerate((before, after)):
                nic = links[code][version]
                cluster = lookup.get(version + nic) or lookup.get(version + nic[:4], "0")
                clusters.setdefault(cluster, [0.0, 0.0])[side] += sizes[code] / total
        for cluster, (share_before, share_after) in clusters.items():
            if share_before > LARGE_CLUSTER:
                assert share_after == pytest.approx(share_before, rel=LARGEST_JUMP), cluster


@pytest.fixture(scope="module")
def broken(unchanged, tmp_path_factory) -> Settings:
    """The same data, with cotton spinning of NIC-2004 put into Automotive, as version 2027.1."""
    settings = Settings(home=tmp_path_factory.mktemp("broken"))
    settings.warehouse.parent.mkdir()
    shutil.copy(unchanged.warehouse, settings.warehouse)
    for folder in ("raw", "rounds"):
        (settings.home / folder).symlink_to(unchanged.home / folder, target_is_directory=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "insert into reference.reviewed_decisions "
            "values ('NIC-2004', '17111', '4', false, 'high', 'A slip', 'None')"
        )
        connection.execute(
            "insert into reference.definitions_changes values ('2027.1', 2, '2027-01-01', 'Broken')"
        )
    models = ["int_reviewed_decisions+", "int_definitions_version", "definitions_versions"]
    result = run_dbt(settings, "--quiet", "run", "--select", *models, target=settings.home / "dbt")
    assert result.returncode == 0, result.stdout
    return settings


def test_a_broken_mapping_row_is_a_jump(broken):
    jumped = {(version, cluster) for version, cluster, _ in jumps(broken.warehouse)}
    for version in ("NIC-2004", "NIC-2008"):
        assert {(version, "Textile Manufacturing"), (version, "Automotive")} <= jumped
    flags = query(
        broken.warehouse,
        "select definition_break from marts.continuity "
        "where cluster_name = 'Textile Manufacturing'",
    )
    assert flags == [(True,), (True,)]


def test_a_new_version_lists_what_moved(broken):
    moved = query(
        broken.warehouse,
        "select previous_version, definitions_version, nic_version, nic_code, "
        "previous_cluster_name, cluster_name, survey_year from marts.definitions_diff",
    )
    assert moved == [
        ("2026.1", "2027.1", "NIC-2004", "17111", "Textile Manufacturing", "Automotive", "2004-05")
    ]
    (employees, expected) = query(
        broken.warehouse,
        """
        select
            (select total_employees_estimated from marts.definitions_diff),
            (select sum(total_employees_estimated) from marts.nic_state_year
             where survey_year = '2004-05' and nic_code = '17111')
        """,
    )[0]
    assert employees == pytest.approx(expected)
    assert employees > 0


def test_a_released_version_cannot_change(broken):
    """Released as the version before was, it is not what the mapping with the slip makes."""
    with duckdb.connect(str(broken.warehouse)) as connection:
        connection.execute(
            "insert into reference.definitions_history "
            "select '2027.1', nic_version, nic_code, cluster_code "
            "from reference.definitions_history where definitions_version = '2026.1'"
        )
    result = run_dbt(
        broken, "--quiet", "test", "--select", "assert_released_definitions_stand",
        target=broken.home / "dbt",
    )  # fmt: skip
    assert result.returncode == 1
    assert "assert_released_definitions_stand" in result.stdout
    assert "Got 1 result" in result.stdout, "the code of the slip, and no other"


def test_the_first_version_moved_nothing(unchanged):
    assert published(unchanged, "select count(*) from definitions_diff") == [(0,)]


def test_every_code_has_one_cluster_or_says_why_not(unchanged):
    counts = published(
        unchanged,
        "select nic_version, count(*), count(distinct nic_code) from definitions "
        "group by nic_version order by nic_version desc",
    )
    assert counts == [("NIC-2008", 1304, 1304), ("NIC-2004", 743, 743), ("NIC-1998", 737, 737)]
    assert published(
        unchanged,
        "select count(*) from definitions where (cluster_code = '0') <> (rule = 'out_of_scope') "
        "or reason = '' or evidence = '' or confidence = '' or definitions_version <> '2026.1'",
    ) == [(0,)]
    assert published(
        unchanged,
        "select count(distinct cluster_code) filter (cluster_type = 'traded'), "
        "count(distinct cluster_code) filter (cluster_type = 'local') from definitions",
    ) == [(51, 16)]
    unread = published(
        unchanged, "select reason from definitions where not title_read and rule <> 'reviewed'"
    )
    assert all(reason.endswith("The title has not been read") for (reason,) in unread)
    assert len(unread) > 500


def test_prevalence_is_that_of_the_sample(unchanged):
    """The writer's own totals, by state, of the factories whose code is in the list."""
    truth = json.loads((unchanged.releases / SURVEY_YEAR / "truth.json").read_text())
    employees = truth["measures"].index("total_employees")
    listed = {
        code for (code,) in published(
            unchanged, "select nic_code from definitions where nic_version = 'NIC-2008'"
        )
    }  # fmt: skip
    expected: dict[str, float] = {}
    for row in truth["by_state_and_nic"]:
        state, code = row["key"]
        expected[state] = expected.get(state, 0) + row["estimated"][employees] * (code in listed)
    prevalence = dict(
        published(
            unchanged,
            "select state_code, sum(total_employees_estimated) from nic_prevalence "
            "where survey_year = '2009-10' and coding in ('code', 'code_without_cluster') "
            "group by state_code",
        )
    )
    assert prevalence == pytest.approx({state: total for state, total in expected.items() if total})
    fallen_back = published(
        unchanged,
        "select distinct coding from nic_prevalence "
        "where survey_year = '2009-10' and coding <> 'code' order by coding",
    )
    assert fallen_back == [("frame_class",), ("unmapped",)]


def test_both_ways_to_count_are_side_by_side(unchanged):
    totals = published(
        unchanged,
        """
        select
            by_weights.survey_year,
            sum(total_employees_one_cluster),
            sum(total_employees_by_weights),
            max(abs(total_employees_one_cluster - cluster_year.total_employees_estimated)),
            count(*) filter (
                abs(total_employees_one_cluster / nullif(total_employees_by_weights, 0) - 1) > 0.01
            )
        from cluster_year_by_weights as by_weights
        left join cluster_year using (survey_year, cluster_code)
        group by by_weights.survey_year
        """,
    )
    assert len(totals) == 3
    for _, one_cluster, by_weights, off_cluster_year, differing in totals:
        assert by_weights == pytest.approx(one_cluster)
        assert off_cluster_year < 1e-6 * one_cluster
        assert differing > 3


def test_the_workbook_is_published_beside_the_tables(unchanged):
    book = openpyxl.load_workbook(
        unchanged.published / "india_cluster_definitions.xlsx", read_only=True
    )
    assert book.sheetnames == ["Notes", "NIC-2008", "NIC-2004", "NIC-1998"]
    assert [book[name].max_row for name in book.sheetnames[1:]] == [1305, 744, 738]
    assert "india_cluster_definitions.xlsx" in (unchanged.published / "README.md").read_text()


def test_every_model_and_column_is_described(unchanged):
    for kind in ("table", "column"):
        bare = query(
            unchanged.warehouse,
            f"select * from duckdb_{kind}s() "
            "where schema_name in ('definitions', 'marts') and coalesce(comment, '') = ''",
        )
        assert bare == []


def test_docs_are_one_page_from_industries_to_totals(unchanged):
    locus("docs", unchanged)
    page = (unchanged.home / "docs" / "index.html").read_text()
    for name in (
        "seed.locus.naics_2007_isic_4",
        "seed.locus.reviewed_decisions",
        "model.locus.int_class_candidates",
        "model.locus.int_nic_decisions",
        "model.locus.int_nic_assignment",
        "model.locus.cluster_year",
    ):
        assert f'"{name}"' in page
    assert "Places to begin" in page
