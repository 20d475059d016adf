"""The FACTS dictionary: complete, in step with its recipes and their variables."""

import pytest

from locus_pipeline.asi.layout import load_layouts
from tests.support.dictionary import RULES, VARIABLES, seed

PARAMETERS = seed("facts_parameters", "facts")
RECIPES = seed("facts_asi_recipes", "facts")
LIMITS = seed("facts_size_limits", "facts")
# Each has a variable, or needs block A alone, which every release has.
ALWAYS = {"open_returns", "largest_industry_factories"}


def test_the_dictionary_has_the_parameters_of_five_families():
    """At least those of the first edition: parameters are added, never taken away."""
    sizes = [sum(row["family_code"] == family for row in PARAMETERS) for family in "12345"]
    assert sum(sizes) == len(PARAMETERS)
    assert all(now >= then for now, then in zip(sizes, [22, 65, 15, 20, 12], strict=True))
    assert sum(row["topic_named"] == "true" for row in PARAMETERS) >= 101
    given = sum(row["asi_derivable"] in ("yes", "in part") for row in PARAMETERS)
    totals = [row for row in RECIPES if row["component"] == "total"]
    assert given == len(totals) >= 51


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


def test_models_compute_the_medians_and_growth_of_the_recipes():
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
    # and what is made for recipes alone is one of them
    assert {name for name, row in VARIABLES.items() if row["kind"] == "recipe"} <= used


def test_parts_of_derived_variables_are_read_from_blocks_themselves():
    parts = {rule["field"] for rule in RULES if rule["block"] == "derived"}
    assert parts <= {rule["variable"] for rule in RULES if rule["block"] != "derived"}


def test_disclosure_families_of_recipes_are_known():
    used = {family for row in RECIPES for family in row["disclosure_families"].split()}
    assert used <= {row["disclosure_family"] for row in VARIABLES.values()}
    never_hidden = [row["parameter_code"] for row in RECIPES if not row["disclosure_families"]]
    assert never_hidden == ["CP06"]


@pytest.mark.parametrize("year", sorted(load_layouts()))
def test_each_year_has_one_limit_of_small_units(year):
    holding = [row for row in LIMITS if row["first_year"] <= year <= (row["last_year"] or "9999")]
    assert len(holding) == 1
