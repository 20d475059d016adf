"""The table of measures: what the macros list is what the seeds say, and what layouts hold."""

import csv

import jinja2
import pandas as pd
import pytest

from locus_pipeline.asi.layout import SurveyYear, block_columns, load_layouts
from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.sample.asi import default_release
from locus_pipeline.warehouse.dbt import PROJECT_DIR


def seed(name: str, folder: str = "asi") -> list[dict[str, str]]:
    with (SEEDS_DIR / folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def indicator_rules() -> pd.DataFrame:
    rules = pd.read_csv(SEEDS_DIR / "indicators" / "indicator_rules.csv")
    return rules.astype({"value": float})


def macro(file: str, name: str, *arguments):
    """What a macro of the dbt project returns."""
    returned = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["return"] = returned.append
    module = environment.from_string((PROJECT_DIR / "macros" / file).read_text()).module
    getattr(module, name)(*arguments)
    return returned[0]


# The two seeds are one table of rules.
RULES = seed("asi_measure_fields") + seed("facts_asi_fields", "facts")
ADDED_UP = [rule for rule in RULES if rule["operation"] in ("add", "subtract")]
LAYOUTS = load_layouts()
# Layouts that are read today in the release that the sample writer writes too.
COMPLETE = [
    (year, default_release(year))
    for year in LAYOUTS.values()
    if all(block.complete for block in year.release(default_release(year)).blocks)
]


def holding(year: SurveyYear, release: str) -> list[dict[str, str]]:
    kind = "panel" if release == "panel" else "public"
    return [
        rule
        for rule in RULES
        if rule["first_year"] <= year.survey_year <= (rule["last_year"] or "9999")
        and rule["release"] in ("any", kind)
    ]


def test_macros_list_the_measures_of_the_seed_in_order():
    assert macro("measures.sql", "measures") == [row["measure"] for row in seed("asi_measures")]


def test_macros_list_every_variable_that_has_fields():
    listed = [rule["variable"] for rule in ADDED_UP if rule["block"] != "derived"]
    assert set(macro("measures.sql", "factory_variables")) | {"units"} == set(listed)


def test_measures_without_fields_are_derived_from_variables_with_fields():
    fields = {rule["variable"] for rule in RULES if rule["block"] != "derived"}
    derived = [rule for rule in RULES if rule["block"] == "derived"]
    assert {rule["field"] for rule in derived} <= fields
    measures = {row["measure"] for row in seed("asi_measures")}
    assert measures <= fields | {rule["variable"] for rule in derived}


def test_rules_name_fields_that_the_warehouse_reads():
    blocks = macro("measures.sql", "measure_blocks")
    for rule in ADDED_UP:
        if rule["block"] == "derived":
            continue
        read = blocks[rule["block"]]
        assert rule["field"] in block_columns(rule["block"]), rule
        assert rule["field"] in [*read["fields"], "units"], rule
        assert bool(rule["role"]) == read["roles"], rule


def test_fields_that_are_read_as_they_stand_are_known():
    read = [rule for rule in RULES if rule["operation"] in ("read", "percent")]
    assert all(rule["field"] in block_columns(rule["block"]) for rule in read)
    codes = {rule["field"] for rule in read if rule["block"] == "b"} - {"first_production_year"}
    assert codes == set(macro("measures.sql", "factory_codes"))


@pytest.mark.parametrize("year, release", COMPLETE, ids=lambda value: str(value)[:40])
def test_each_year_holds_the_fields_that_its_rules_name(year, release):
    kept: dict[str, set[str]] = {}
    for block in year.release(release).blocks:
        kept.setdefault(block.block, set()).update(column.name for column in block.columns)
    missing = []
    for rule in holding(year, release):
        if rule["block"] == "derived":
            continue
        serial = rule["role"] and year.row_scheme(rule["block"]).serial(rule["role"])
        is_row = serial is not None or rule["role"] == "named"
        if rule["field"] not in kept[rule["block"]] or not is_row:
            missing.append((rule["variable"], rule["block"], rule["role"], rule["field"]))
    # this release splits repairs three ways only
    if year.survey_year == "2000-01":
        missing = [rule for rule in missing if rule[3] != "repair_pollution_control"]
    assert missing == []


@pytest.mark.parametrize("year, release", COMPLETE, ids=lambda value: str(value)[:40])
def test_each_year_gives_every_measure_but_exports_before_2008_09(year, release):
    given = {rule["variable"] for rule in holding(year, release)}
    wanted = {row["measure"] for row in seed("asi_measures")}
    assert wanted - given == ({"exports"} if year.survey_year < "2008-09" else set())


@pytest.mark.parametrize(
    "year, counted",
    [
        ("2014-15", {"insurance", "non_operating_expenses"}),
        ("2016-17", {"research_development", "own_construction_materials"}),
        ("2019-20", {"research_development", "own_construction_materials", "rent_building"}),
    ],
)
def test_official_input_has_three_regimes(year, counted):
    changing = {
        "insurance", "non_operating_expenses", "research_development",
        "own_construction_materials", "rent_building",
    }  # fmt: skip
    fields = {
        rule["field"]
        for rule in holding(LAYOUTS[year], "public")
        if rule["variable"] == "total_input_official"
    }
    assert fields & changing == counted


def test_rules_before_2008_09_are_marked_unverified():
    bases = {
        rule["basis"]
        for rule in RULES
        if rule["variable"] in ("total_output_official", "total_input_official")
        and rule["last_year"] == "2007-08"
    }
    assert bases == {"unverified"}


def test_macros_list_the_official_variables_of_the_seed_in_order():
    counts = ["number_of_factories", "factories_in_operation"]
    listed = [*counts, *macro("official.sql", "official_variables")]
    assert listed == [row["variable"] for row in seed("asi_official_variables")]


def test_published_characteristics_are_all_computed():
    published = {row["variable"] for row in seed("asi_published_totals")}
    assert published <= {row["variable"] for row in seed("asi_official_variables")}


def test_disclosure_families_are_those_of_the_seed():
    families = macro("disclosure.sql", "disclosure_families")
    for row in seed("asi_measures"):
        family = macro("disclosure.sql", "measure_family", row["measure"])
        assert (family or "") == row["disclosure_family"]
        assert family is None or family in families
