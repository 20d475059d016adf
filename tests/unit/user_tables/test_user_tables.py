"""Tables of the user: however they are saved, they load as they are meant, or say what to mend."""

import csv
import io
import random

import duckdb
import pytest
from hypothesis import given, settings, strategies

from locus_pipeline.settings import CHECKOUT, Settings
from locus_pipeline.user_tables.load import (
    check_still_as_read,
    load_user_tables,
    read_table,
    write_user_tables,
)
from locus_pipeline.user_tables.sheet import UserTableError
from locus_pipeline.user_tables.tables import (
    AGENCIES,
    BENCHMARK,
    DEFLATORS,
    INTERVENTIONS,
    USER_TABLES,
)
from locus_pipeline.warehouse.catalogue import method_version
from tests.support.selection_tables import ROWS_OF_SELECTION

CLUSTER = {
    "naics_version": "NAICS-2007",
    "naics_code": "311812",
    "cluster_code": "501",
    "cluster_name": "Bread, cakes and biscuits",
    "cluster_type": "local",
}
DEFLATOR = {
    "survey_year": "2022-23",
    "deflator": "121.3",
    "base_year": "2011-12",
    "source": "Office of the Economic Adviser",
}
INTERVENTION = {
    "cluster_id": "IN-23-chanderi-handloom-01",
    "agency_code": "UNIDO",
    "scheme": "Cluster Development Programme",
    "intervention_type": "ML",
    "status": "completed",
    "first_year": "2004",
    "last_year": "",
    "amount_lakh": "12.5",
    "report_on_file": "true",
    "source": "End of project report",
    "is_synthetic": "false",
}
AGENCY = {
    "agency_code": "FMC",
    "agency_name": "Foundation for MSME Clusters",
    "agency_group": "other_institute",
    "work": "",
    "area_codes": "capability;markets",
    "source": "Its web site",
    "is_synthetic": "false",
}
ROWS = {
    BENCHMARK.name: [CLUSTER, CLUSTER | {"naics_version": "NAICS-2002"}],
    DEFLATORS.name: [DEFLATOR, DEFLATOR | {"survey_year": "1999-00", "deflator": "58"}],
    INTERVENTIONS.name: [INTERVENTION, INTERVENTION | {"status": "running", "amount_lakh": ""}],
    AGENCIES.name: [AGENCY, AGENCY | {"agency_code": "GIZ_2", "area_codes": "", "work": "Tools"}],
    **ROWS_OF_SELECTION,
}


@pytest.fixture
def home(tmp_path) -> Settings:
    return Settings(tmp_path)


def written(rows: list[dict[str, str]], separator: str = ",", quoting: int = csv.QUOTE_MINIMAL):
    sheet = io.StringIO()
    table = csv.writer(sheet, delimiter=separator, quoting=quoting, lineterminator="\n")
    table.writerow(rows[0])
    table.writerows(row.values() for row in rows)
    return sheet.getvalue()


def write(home: Settings, table, *rows: dict[str, str], content: bytes | None = None) -> None:
    path = table.path(home)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(written(list(rows)).encode() if content is None else content)


def faults(home: Settings) -> list[str]:
    with pytest.raises(UserTableError) as error:
        load_user_tables(home)
    return str(error.value).splitlines()


def rows_of(home: Settings, table) -> list[dict]:
    return [row.model_dump() for row in load_user_tables(home)[table.name].rows]


def test_without_files_every_table_is_there_and_empty(home):
    loaded = write_user_tables(home)
    assert {one.content for one in loaded.values()} == {None}
    with duckdb.connect() as connection:
        for table in USER_TABLES:
            path = home.raw / "catalogue" / f"{table.name}.parquet"
            columns = connection.execute(f"describe from '{path}'").fetchall()
            assert {column[0]: column[1] for column in columns} == table.types
            assert connection.execute(f"select count(*) from '{path}'").fetchone() == (0,)


def test_rows_reach_the_models_typed(home):
    for table in USER_TABLES:
        write(home, table, *ROWS[table.name])
    write(home, AGENCIES, AGENCY)
    write_user_tables(home)
    folder = home.raw / "catalogue"
    with duckdb.connect() as connection:
        assert connection.execute(
            f"select survey_year, deflator from '{folder}/user_deflators.parquet' order by 1"
        ).fetchall() == [("1999-00", 58.0), ("2022-23", 121.3)]
        assert connection.execute(
            f"select first_year, last_year, amount_lakh, report_on_file, is_synthetic "
            f"from '{folder}/user_interventions.parquet' where status = 'completed'"
        ).fetchall() == [(2004, None, 12.5, True, False)]
        assert connection.execute(
            f"select table_name, rows from '{folder}/user_tables.parquet' order by 1"
        ).fetchall() == [
            ("user_agencies", 1),
            ("user_benchmark_clusters", 2),
            ("user_deflators", 2),
            ("user_interventions", 2),
            ("user_plan", 2),
            ("user_plan_costs", 2),
            ("user_poverty_lines", 2),
            ("user_selection_quotas", 3),
            ("user_selection_weights", 8),
        ]


def test_the_benchmark_of_ours_is_a_valid_table(home):
    seed = CHECKOUT / "seeds" / "classifications" / "benchmark_clusters.csv"
    write(home, BENCHMARK, content=seed.read_bytes())
    assert len(rows_of(home, BENCHMARK)) == 2180


def test_what_decides_a_figure_is_the_content_not_the_spelling(home):
    ours = method_version(load_user_tables(home))
    write(home, DEFLATORS, *ROWS[DEFLATORS.name])
    first = load_user_tables(home)
    assert method_version(first) == f"{ours}.deflators-{first[DEFLATORS.name].content[:8]}"
    turned = written(ROWS[DEFLATORS.name][::-1], ";").replace("121.3", "121,3")
    write(home, DEFLATORS, content=turned.encode("utf-16"))
    assert method_version(load_user_tables(home)) == method_version(first)
    write(home, DEFLATORS, DEFLATOR)
    assert method_version(load_user_tables(home)) not in (ours, method_version(first))


# ----- however it is saved -----

SPELLINGS = {
    "survey_year": {
        "2022-23": [
            "2022-2023",
            "2022_23",
            "2022/23",
            "2022\u201323",
            "FY23",
            "FY 2022-23",
            "22-23",
        ],
        "1999-00": ["1999-2000", "FY1999-00", "FY00", "99-00"],
    },
    "deflator": {"121.3": ["121,3", "121.30", "121,30"], "58": ["58.0", "58,0"]},
    "amount_lakh": {"12.5": ["12,5", "12.50"]},
    "is_synthetic": {"false": ["FALSE", "False"]},
    "report_on_file": {"true": ["TRUE"]},
    "naics_version": {"NAICS-2007": ["NAICS\u20132007", "naics-2007"]},
    "area_codes": {"capability;markets": ["capability; markets", "Capability;Markets;"]},
    "status": {"running": ["Running"]},
    "cluster_id": {
        "IN-23-chanderi-handloom-01": ["IN\u201323\u2013chanderi\u2013handloom\u201301"]
    },
}


@given(data=strategies.data(), table=strategies.sampled_from(USER_TABLES))
@settings(max_examples=300, deadline=None)
def test_however_it_is_saved_it_loads_as_it_is_meant(tmp_path_factory, data, table):
    def one_of(*choices):
        return data.draw(strategies.sampled_from(choices))

    truth = ROWS[table.name]
    columns = data.draw(strategies.permutations(list(truth[0])))
    around = one_of("", " ", "\xa0", "\u200b ", "\ufeff")
    rows = [
        {
            one_of(column, column.upper(), column.replace("_", " "), f" {column}\xa0"): around
            + one_of(row[column], *SPELLINGS.get(column, {}).get(row[column], []))
            for column in columns
        }
        for row in truth
    ]
    separator = one_of(",", ";", "\t")
    text = written(rows, separator, one_of(csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    if one_of(True, False):
        text = text.replace("\n", f"{separator * 3}\n")
    if one_of(True, False):
        text = f"sep={separator}\n{text}"
    text = one_of("", "\n") + text + one_of("", "\n", separator * 2 + "\n")
    text = text.replace("\n", one_of("\n", "\r\n", "\r", "\r\r\n"))
    path = tmp_path_factory.mktemp("tables") / table.file
    path.write_bytes(text.encode(one_of("utf-8", "utf-8-sig", "utf-16")))
    plain = path.with_name(f"plain-{table.file}")
    plain.write_text(written(truth))
    assert [row for _, row in read_table(table, path)] == [
        row for _, row in read_table(table, plain)
    ]


@given(
    table=strategies.sampled_from(USER_TABLES),
    seed=strategies.integers(0, 2**32),
    edits=strategies.integers(1, 4),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_table_or_faults_with_a_place(tmp_path_factory, table, seed, edits):
    """Nothing but a UserTableError, which names the file; what is read is read so again."""
    chance = random.Random(seed)
    content = bytearray(written(ROWS[table.name]).encode())
    for _ in range(edits):
        place = chance.randrange(len(content))
        how = chance.randrange(4)
        if how == 0:
            del content[place : place + chance.randrange(1, 30)]
        elif how == 1:
            content[place:place] = chance.choice([b'"', b",", b";", b"\r", b"\n", b"\xa0", b"\0"])
        elif how == 2:
            content[place] = chance.randrange(256)
        else:
            content[place:place] = content[: chance.randrange(len(content))]
        content = content or bytearray(b"x")
    path = tmp_path_factory.mktemp("tables") / table.file
    path.write_bytes(content)
    try:
        rows = [row for _, row in read_table(table, path)]
    except UserTableError as error:
        assert all(fault.startswith(f"{path}") for fault in error.faults)
        assert all(len(fault) < len(f"{path}") + 400 for fault in error.faults)
    else:
        path.write_text(written([plainly(row) for row in rows]))
        assert [row for _, row in read_table(table, path)] == rows


def plainly(row) -> dict[str, str]:
    return {
        column: ""
        if value is None
        else str(value).lower()
        if value in (True, False)
        else str(value)
        for column, value in row.model_dump().items()
    }


# ----- what is refused, and where -----


@pytest.mark.parametrize(
    "table, column, value, advice",
    [
        (INTERVENTIONS, "cluster_id", "", "the id of a named cluster"),
        (INTERVENTIONS, "agency_code", "no such", "the code of an agency"),
        (INTERVENTIONS, "scheme", " ", "the name of the scheme"),
        (INTERVENTIONS, "intervention_type", "XX", "one of the 15 types"),
        (INTERVENTIONS, "status", "planned", "one of recommended, sanctioned"),
        (INTERVENTIONS, "first_year", "04", "a year like 2024, or nothing"),
        (INTERVENTIONS, "last_year", "2005-06", "a year like 2026, or nothing"),
        (INTERVENTIONS, "amount_lakh", "Rs 5", "an amount in Rs lakh"),
        (INTERVENTIONS, "amount_lakh", "-5", "an amount in Rs lakh"),
        (INTERVENTIONS, "report_on_file", "yes", "true, false or nothing"),
        (INTERVENTIONS, "source", "\u200b", "where it was read"),
        (INTERVENTIONS, "is_synthetic", "", "true or false"),
        (AGENCIES, "area_codes", "capability;magic", "areas of"),
        (AGENCIES, "agency_group", "x", "one of central_government"),
        *(
            (DEFLATORS, "deflator", value, "a price index like 121.3")
            for value in ("0", "0.0", "-100", "nan", "inf", "1e3", "", "1,213", "1,21,300", "12 %",
                          "0.95", "121300", "9" * 400, "\u0967\u0968\u0967")
        ),
        *(
            (DEFLATORS, "survey_year", value, "a survey year like 2022-23")
            for value in ("2022", "2022-24", "2022-22", "Feb-01", "2022-23-24", "", "FY", "202-23")
        ),
        (DEFLATORS, "base_year", "3", "the base year of the index"),
        (BENCHMARK, "naics_version", "NAICS-2012", "NAICS-2007 or NAICS-2002"),
        (BENCHMARK, "naics_code", "31181", "the 6 digits"),
        (BENCHMARK, "naics_code", "311812.0", "the 6 digits"),
        (BENCHMARK, "cluster_code", "0", "the number of the cluster"),
        (BENCHMARK, "cluster_code", "012", "the number of the cluster"),
        (BENCHMARK, "cluster_code", "T1", "the number of the cluster"),
        (BENCHMARK, "cluster_name", "", "the cluster's name"),
        (BENCHMARK, "cluster_type", "unmapped", "traded or local"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_what_to_give(home, table, column, value, advice):
    good, other = ROWS[table.name]
    write(home, table, good, other | {column: value})
    [fault] = faults(home)
    assert (
        f"{table.path(home)}, line 3, column {column}: not what Locus can use; give {advice}"
        in (fault)
    )
    assert len(value) < 4 or value not in fault.replace(advice, "")


@pytest.mark.parametrize(
    "table, change, said",
    [
        (AGENCIES, {}, "line 3, column agency_code: the same as in line 2; keep one"),
        (DEFLATORS, {"deflator": "99"}, "line 3, column survey_year: the same as in line 2"),
        (
            DEFLATORS,
            {"survey_year": "2022-2023", "deflator": "99"},
            "line 3, column survey_year: the same as in line 2",
        ),
        (
            BENCHMARK,
            {"cluster_code": "7"},
            "line 3, column naics_version, naics_code: the same as in line 2",
        ),
        (INTERVENTIONS, {}, "line 3, the same as line 2; keep one"),
        (
            DEFLATORS,
            {"survey_year": "2021-22", "base_year": "2004-05"},
            "line 3, column base_year: differs from line 2; give all years on one base",
        ),
        (
            BENCHMARK,
            {"naics_version": "NAICS-2002", "cluster_name": "Bakeries"},
            "line 3, column cluster_name: differs from line 2, which has the same cluster_code",
        ),
        (
            BENCHMARK,
            {"naics_version": "NAICS-2002", "cluster_code": "502"},
            "line 3, column cluster_code: differs from line 2, which has the same cluster_name",
        ),
        (
            BENCHMARK,
            {"naics_code": "999999"},
            "line 3, column naics_code: no industry of that NAICS version",
        ),
        (
            INTERVENTIONS,
            {"last_year": "2003"},
            "line 3, column last_year: before first_year",
        ),
        (
            INTERVENTIONS,
            {"agency_code": "FMC"},
            "line 3, column agency_code: no agency that Locus knows; add it to",
        ),
    ],
)
def test_rows_that_do_not_go_together_are_named(home, table, change, said):
    first = ROWS[table.name][0]
    write(home, table, first, first | change)
    [fault] = faults(home)
    assert f"{table.path(home)}, {said}" in fault


def test_interventions_name_agencies_of_the_annexure_and_of_the_user(home):
    write(home, INTERVENTIONS, INTERVENTION, INTERVENTION | {"agency_code": "FMC"})
    write(home, AGENCIES, AGENCY)
    assert len(rows_of(home, INTERVENTIONS)) == 2


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "empty; give it the header agency_code,agency_name"),
        (b"\xef\xbb\xbf \r\n", "empty; give it the header"),
        (b"agency_code;agency_name\n", "column agency_group is missing; add it to the header"),
        (b"FMC,Foundation,x\n", "line 1: no header; give the file the header agency_code"),
        (b"agency_code\n\xff\xfe\n", "line 2: not UTF-8 text; save it as CSV UTF-8"),
        ("agency_code\nÉcole\n".encode("cp1252"), "line 2: not UTF-8 text; save it as CSV UTF-8"),
        (b"\xff\xfea", "not UTF-16 text; save it as CSV UTF-8"),
        ("agency_code".encode("utf-16-le"), "not text that can be read; save it as CSV UTF-8"),
        (b"PK\x03\x04\0\0", "a workbook with the name of a CSV file; save it as CSV UTF-8"),
        (written([AGENCY]).split("\n")[0].encode(), "no line below the header"),
        (
            written([AGENCY | {"remark": ""}]).encode(),
            "column 'remark' is unknown; remove it",
        ),
        (written([AGENCY]).replace("work", "source").encode(), "column source is there twice"),
        (written([AGENCY]).replace("work", "").encode(), "column 4 has no name; remove it"),
        (written([AGENCY]).replace(",false", ",false,more").encode(), "line 2: more cells than"),
        (written([AGENCY]).replace(",false", "").encode(), "line 2: 6 cells, the header has 7"),
        (
            written([AGENCY, AGENCY]).replace("FMC", '"FMC', 1).encode(),
            "line 2: a quotation mark is not closed",
        ),
        (
            written([AGENCY]).replace("Foundation", 'Found"ation').encode(),
            "line 2: a quotation mark is not closed, or stands inside a cell",
        ),
    ],
)
def test_what_is_no_table_is_told_with_the_remedy(home, content, said):
    write(home, AGENCIES, content=content)
    assert any(said in fault for fault in faults(home))


def test_a_folder_a_dead_link_and_a_giant_are_told(home):
    for table in (DEFLATORS, AGENCIES):
        table.path(home).parent.mkdir(exist_ok=True)
    DEFLATORS.path(home).mkdir()
    AGENCIES.path(home).symlink_to(home.home / "nowhere")
    with BENCHMARK.path(home).open("wb") as file:
        file.truncate(2**25)
    said = "\n".join(faults(home))
    assert f"{DEFLATORS.path(home)}: not a file that can be read" in said
    assert f"{AGENCIES.path(home)}: not a file that can be read" in said
    assert f"{BENCHMARK.path(home)}: larger than 16 MB" in said


@pytest.mark.parametrize("name", ["Deflators.csv", "deflators.xlsx", "my_clusters.csv", "a.txt"])
def test_a_table_under_another_name_is_not_passed_over(home, name):
    folder = DEFLATORS.path(home).parent
    folder.mkdir()
    (folder / name).write_text("x")
    (folder / ".deflators.csv.swp").write_text("x")
    (folder / "README.md").write_text("x")
    [fault] = faults(home)
    assert fault.startswith(f"{folder / name}: not read; name it benchmark_clusters.csv or")


def test_faults_of_all_tables_are_told_at_once_and_a_flood_is_counted(home):
    write(home, INTERVENTIONS, INTERVENTION | {"status": "x", "source": ""})
    write(home, AGENCIES, AGENCY | {"agency_group": "x"})
    assert len(faults(home)) == 3
    write(home, DEFLATORS, *[DEFLATOR | {"survey_year": "x"}] * 50)
    said = faults(home)
    assert len(said) == 21
    assert said[-1] == "... and 33 faults more"


def test_a_build_refuses_a_table_that_changed_since_it_was_read(home):
    with pytest.raises(UserTableError, match="nothing was read into it yet; use `locus run`"):
        check_still_as_read(home)
    write_user_tables(home)
    check_still_as_read(home)
    write(home, DEFLATORS, DEFLATOR)
    with pytest.raises(UserTableError, match="not as it was read last; use `locus run`"):
        check_still_as_read(home)
    write_user_tables(home)
    check_still_as_read(home)
    DEFLATORS.path(home).unlink()
    with pytest.raises(UserTableError, match="not as it was read last"):
        check_still_as_read(home)
