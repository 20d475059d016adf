"""The user's tables of the registry: good ones pass, bad ones say where and what to do."""

import pytest

from locus_pipeline.registry import (
    AGENCIES,
    INTERVENTIONS,
    RegistryError,
    check_registry,
    registry_environment,
    registry_fingerprint,
)
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse.project import dbt_environment

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


@pytest.fixture
def settings(tmp_path):
    settings = Settings(tmp_path)
    settings.registry.mkdir()
    return settings


def write(settings, table, *rows):
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    table.path(settings).write_text("\n".join(lines) + "\n")


def problems(settings) -> str:
    with pytest.raises(RegistryError) as error:
        check_registry(settings)
    return str(error.value)


def test_without_files_nothing_is_asked_of_dbt(tmp_path):
    settings = Settings(tmp_path)
    check_registry(settings)
    assert set(registry_environment(settings).values()) == {""}
    assert registry_fingerprint(settings) == ""


def test_good_tables_pass_and_are_named_to_dbt(settings):
    write(settings, INTERVENTIONS, INTERVENTION, INTERVENTION | {"agency_code": "FMC"})
    write(settings, AGENCIES, AGENCY)
    check_registry(settings)
    environment = dbt_environment(settings)
    assert environment["LOCUS_REGISTRY_INTERVENTIONS"].endswith("cluster_interventions.csv")
    assert environment["LOCUS_REGISTRY_AGENCIES"].endswith("support_agencies.csv")


def test_a_changed_table_is_another_input(settings):
    write(settings, AGENCIES, AGENCY)
    before = registry_fingerprint(settings)
    write(settings, AGENCIES, AGENCY | {"agency_name": "Another"})
    assert registry_fingerprint(settings) not in ("", before)


@pytest.mark.parametrize(
    "column, value, advice",
    [
        ("cluster_id", "", "the id of a named cluster"),
        ("agency_code", "no such", "the code of an agency"),
        ("scheme", " ", "the name of the scheme"),
        ("intervention_type", "XX", "one of the 15 types"),
        ("status", "planned", "one of recommended, sanctioned"),
        ("first_year", "04", "a year like 2024, or nothing"),
        ("last_year", "2005-06", "a year like 2026, or nothing"),
        ("amount_lakh", "Rs 5", "an amount in Rs lakh"),
        ("report_on_file", "yes", "true, false or nothing"),
        ("source", "", "where it was read"),
        ("is_synthetic", "", "true or false"),
    ],
)
def test_a_bad_cell_is_named_with_what_to_give(settings, column, value, advice):
    write(settings, INTERVENTIONS, INTERVENTION, INTERVENTION | {column: value})
    said = problems(settings)
    assert "cluster_interventions.csv" in said
    assert f"row 3, column {column}: {value!r}; give {advice}" in said
    assert "row 2" not in said


def test_areas_of_an_agency_are_those_of_the_list(settings):
    write(settings, AGENCIES, AGENCY | {"area_codes": "capability;magic"})
    assert "row 2, column area_codes: 'capability;magic'; give areas of" in problems(settings)


def test_an_agency_stands_once(settings):
    write(settings, AGENCIES, AGENCY, AGENCY)
    assert "row 3, column agency_code: 'FMC' is there twice" in problems(settings)


def test_interventions_name_known_agencies(settings):
    write(settings, INTERVENTIONS, INTERVENTION | {"agency_code": "FMC"})
    assert "row 2, column agency_code: 'FMC' is no agency that Locus knows" in problems(settings)


def test_columns_are_those_of_the_table(settings):
    row = {key: value for key, value in INTERVENTION.items() if key != "scheme"}
    write(settings, INTERVENTIONS, row | {"remark": "x"})
    said = problems(settings)
    assert "column scheme is missing" in said
    assert "column remark is unknown" in said


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"", "empty; give it the header agency_code"),
        (b"agency_code,agency_name\nA,B,C,D\n", "not a CSV table"),
        (b"agency_code\n\xff\xfe\n", "not UTF-8 text"),
    ],
)
def test_what_is_no_table_is_one_clear_error(settings, content, complaint):
    AGENCIES.path(settings).write_bytes(content)
    assert complaint in problems(settings)


def test_all_problems_are_told_at_once(settings):
    write(settings, INTERVENTIONS, INTERVENTION | {"status": "x", "source": ""})
    write(settings, AGENCIES, AGENCY | {"agency_group": "x"})
    assert len(problems(settings).splitlines()) == 3
