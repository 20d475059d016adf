"""The FACTS dictionary: complete, in step with its pages, its recipes and the macros."""

import pytest

from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.warehouse.project import PROJECT_DIR
from tests.unit.test_indicators_measures import RULES, macro, seed

PARAMETERS = seed("facts_parameters", "facts")
RECIPES = seed("facts_asi_recipes", "facts")
LIMITS = seed("facts_size_limits", "facts")
# Numbers of factories tell no amount; logs are divided by the amounts that weigh them.
NUMBERS = {
    "units", "open_returns", "largest_industry_factories", "recent_factories", "dated_factories",
    "borrowers", "research_units", "research_answers", "ict_factories", "ict_answers",
    "training_factories", "training_answers", "iso_certified", "iso_answers", "companies",
    "organisation_answers",
}  # fmt: skip
LOGS = {"productivity_residual", "log_product_prices", "log_purchase_prices"}
# Each has a variable, or needs block A alone, which every release has.
ALWAYS = {"open_returns", "largest_industry_factories"}


def facts_macro(name: str):
    return macro("facts.sql", name)


def test_the_dictionary_has_the_parameters_of_five_families():
    sizes = [sum(row["family_code"] == family for row in PARAMETERS) for family in "12345"]
    assert sizes == [22, 65, 15, 20, 12]
    assert sum(row["topic_named"] == "true" for row in PARAMETERS) == 101
    derivable = [row["asi_derivable"] for row in PARAMETERS]
    assert [derivable.count(answer) for answer in ("yes", "in part", "no")] == [40, 11, 83]


def test_a_parameter_says_where_its_topic_is_named_or_that_it_was_added():
    for row in PARAMETERS:
        assert (row["source_place"][:3] in ("001", "002", "003", "004")) == (
            row["topic_named"] == "true"
        ), row["parameter_code"]


def test_ranges_are_ranges():
    for row in PARAMETERS:
        if row["minimum"] and row["maximum"]:
            assert float(row["minimum"]) < float(row["maximum"]), row["parameter_code"]


def test_what_the_survey_gives_has_a_recipe_and_nothing_else_has():
    given = {row["parameter_code"] for row in PARAMETERS if row["asi_derivable"] != "no"}
    assert {row["parameter_code"] for row in RECIPES} == given
    assert {row["parameter_code"] for row in PARAMETERS if row["asi_recipe"]} == given


def test_every_parameter_is_collected_or_derived():
    for row in PARAMETERS:
        assert row["schedules"] or row["asi_derivable"] != "no", row["parameter_code"]


def test_the_pages_of_the_families_hold_every_parameter_with_its_source():
    folder = PROJECT_DIR / "models" / "facts"
    pages = {page: page.read_text() for page in folder.glob("facts_*.md")}
    assert len(pages) == 5
    forms = {row["parameter_code"]: row["asi_form"] for row in RECIPES}
    for row in PARAMETERS:
        cells = [
            *(row[name] for name in ("parameter_code", "parameter_name", "definition", "unit")),
            row["role"], row["source_place"] or "*added*",
            forms.get(row["parameter_code"], "no"),
        ]  # fmt: skip
        line = "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
        (page,) = [text for text in pages.values() if f"family {row['family_code']}:" in text]
        assert line in page, line


def test_the_macros_list_the_recipes_of_the_seed():
    pairs = facts_macro("facts_pairs")
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == {
        (row["numerator"], row["denominator"])
        for row in RECIPES
        if row["statistic"] in ("ratio", "geometric_mean")
    }
    totals = {row["numerator"] for row in RECIPES if row["statistic"] == "total"}
    assert set(facts_macro("facts_single_totals")) == totals
    parents = {row["numerator"] for row in RECIPES if row["statistic"] in ("share", "quotient")}
    assert set(facts_macro("facts_parent_variables")) == parents
    medians = {row["numerator"] for row in RECIPES if "median" in row["statistic"]}
    assert medians == {"first_production_year"}
    grown = {row["numerator"] for row in RECIPES if row["statistic"] == "growth"}
    assert grown == {"total_output", "total_employees"}


def test_only_ratios_have_a_denominator():
    for row in RECIPES:
        assert bool(row["denominator"]) == (row["statistic"] in ("ratio", "geometric_mean")), row


def test_every_variable_of_a_recipe_has_rules_that_say_in_which_years():
    known = {rule["variable"] for rule in RULES}
    used = {row[side] for row in RECIPES for side in ("numerator", "denominator")} - {""}
    assert used - known == ALWAYS
    assert set(facts_macro("facts_variables")) <= used
    # and every expression is one of them
    assert set(facts_macro("facts_expressions")) <= used


def test_parts_of_derived_variables_are_read_from_blocks_themselves():
    parts = {rule["field"] for rule in RULES if rule["block"] == "derived"}
    assert parts <= {rule["variable"] for rule in RULES if rule["block"] != "derived"}


def test_disclosure_families_of_recipes_are_known():
    used = {family for row in RECIPES for family in row["disclosure_families"].split()}
    assert used <= set(macro("disclosure.sql", "disclosure_families"))
    never_hidden = [row["parameter_code"] for row in RECIPES if not row["disclosure_families"]]
    assert never_hidden == ["CP06"]


def test_each_amount_that_no_table_of_measures_prints_is_asked_for_dominance():
    measures = {row["measure"] for row in seed("asi_measures")}
    for row in RECIPES:
        if row["statistic"] in ("total", "ratio", "geometric_mean"):
            parts = {row["numerator"], row["denominator"]} - {""}
            expected = parts - measures - NUMBERS - LOGS
            assert set(row["dominance_variables"].split()) == expected, row["parameter_code"]
        else:
            assert not row["dominance_variables"]


@pytest.mark.parametrize("year", sorted(load_layouts()))
def test_each_year_has_one_limit_of_small_units(year):
    holding = [row for row in LIMITS if row["first_year"] <= year <= (row["last_year"] or "9999")]
    assert len(holding) == 1
