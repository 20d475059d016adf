"""The dictionary of variables: its rules name what the layouts hold and the warehouse reads."""

import pytest

from locus_pipeline.asi.layout import SurveyYear, block_columns, load_layouts
from locus_pipeline.sample.asi import default_release
from tests.support.dictionary import RULES, VARIABLES, macro, seed

MEASURES = [name for name, row in VARIABLES.items() if row["kind"] == "measure"]
CHARACTERISTICS = seed("official_characteristics", "variables")
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


def test_measures_are_listed_by_their_position():
    positions = [row["position"] for row in VARIABLES.values() if row["kind"] == "measure"]
    assert positions == [str(number + 1) for number in range(len(MEASURES))]
    assert not any(row["position"] for name, row in VARIABLES.items() if name not in MEASURES)


def test_measures_say_what_they_are():
    """Published descriptions are made of these."""
    for name in MEASURES:
        assert all(VARIABLES[name][says] for says in ("label", "definition", "unit", "source"))


def test_every_variable_that_has_rules_is_declared_and_every_other_is_made():
    with_rules = {rule["variable"] for rule in RULES}
    assert with_rules <= set(VARIABLES)
    computed = {name for name, row in VARIABLES.items() if row["formula"] or row["kind"] == "power"}
    # one is made of the cell that the factory is in
    assert set(VARIABLES) - with_rules - computed == {"largest_industry_factories"}


def test_what_fields_make_has_no_formula():
    read = {rule["variable"] for rule in ADDED_UP if rule["block"] != "derived"}
    assert [name for name in read if VARIABLES[name]["formula"]] == []


def test_measures_without_fields_are_derived_from_variables_with_fields():
    fields = {rule["variable"] for rule in RULES if rule["block"] != "derived"}
    derived = [rule for rule in RULES if rule["block"] == "derived"]
    assert {rule["field"] for rule in derived} <= fields
    assert set(MEASURES) <= fields | {rule["variable"] for rule in derived}


def test_rules_name_fields_of_their_blocks():
    for rule in RULES:
        if rule["block"] != "derived":
            assert rule["field"] in block_columns(rule["block"]), rule


def test_a_rule_names_rows_where_its_block_has_several():
    roles: dict[str, set[bool]] = {}
    for rule in ADDED_UP:
        if rule["block"] != "derived":
            roles.setdefault(rule["block"], set()).add(bool(rule["role"]))
    assert all(len(kinds) == 1 for kinds in roles.values()), roles


def test_codes_are_read_from_block_b():
    read = {rule["field"] for rule in RULES if rule["operation"] == "read" and rule["block"] == "b"}
    codes = {name for name, row in VARIABLES.items() if row["kind"] == "code"}
    assert read - {"first_production_year"} == codes


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
    assert set(MEASURES) - given == ({"exports"} if year.survey_year < "2008-09" else set())


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


def test_official_variables_are_characteristics_of_the_official_tables():
    characteristics = {row["variable"]: row for row in CHARACTERISTICS}
    official = {name for name, row in VARIABLES.items() if row["kind"] == "official"}
    assert official <= set(characteristics)
    assert all(characteristics[name]["formula"] == name for name in official)
    without = [name for name, row in characteristics.items() if not row["formula"]]
    assert without == ["number_of_factories", "factories_in_operation"]


def test_published_characteristics_are_all_computed():
    published = {row["variable"] for row in seed("asi_published_totals")}
    assert published <= {row["variable"] for row in CHARACTERISTICS}


def test_a_ratio_is_hidden_with_the_family_of_its_part():
    families = macro("ratio_families")
    assert {ratio: name for ratio, name in families.items() if name != "production"} == {
        "capital_intensity": "capital",
        "effective_interest": "loans",
    }
    assert families.keys() == macro("ratios").keys()
