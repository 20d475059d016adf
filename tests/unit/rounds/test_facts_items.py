"""The questions serve the dictionary, and each parameter is computed from what is asked."""

import csv
import re

import pytest

from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.rounds.items import (
    ALL_SHEETS,
    SCHEDULES,
    SIZE_CLASSES,
    absent,
    asked_in,
    load_items,
)

# Text and codes; two rounds; a model: seeds/facts/_facts_items__seeds.yml.
WITHOUT_TOTAL = {
    "CP01", "CP02", "CP04", "CP05", "CP15", "CU01", "CU13", "CU15", "CV02", "CV07", "CV05",
}  # fmt: skip
# What a recipe makes of an item: persons, persons[micro], legal_form=shg, product_share_2?.
TERM = re.compile(
    r"(?P<item>[a-z0-9_]+)(=(?P<code>[a-z_]+)|\[(?P<size>[a-z]+)\]|(?P<optional>\?))?"
)


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS_DIR / "facts" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


PARAMETERS = {row["parameter_code"]: row for row in seed("facts_parameters")}
RECIPES = seed("facts_round_recipes")


def test_every_collected_parameter_is_asked_for():
    served = {
        code for row in seed("facts_items") for code in row["parameter_codes"].split(";") if code
    }
    assert served <= set(PARAMETERS)
    assert served == {code for code, row in PARAMETERS.items() if row["schedules"]}


def test_every_collected_parameter_has_a_recipe_or_a_reason():
    collected = {code for code, row in PARAMETERS.items() if row["schedules"]}
    totals = {row["parameter_code"] for row in RECIPES if row["component"] == "total"}
    assert totals == collected - WITHOUT_TOTAL
    assert {row["parameter_code"] for row in RECIPES} <= collected


def test_every_question_about_the_cluster_is_in_a_figure():
    """No collected answer is lost: but for what identifies a row, says how it was collected, or is
    text that the registry reads."""
    elsewhere = {
        "unit": {
            "cluster_id", "unit_id", "consent", "size_class", "reliability", "comment",
            # what a price is of, by which the national median is found; names of products
            "product_code_1", "product_code_2", "product_code_3", "product_unit", "material_code",
            "material_unit",
            # the sum of the three in forms of today
            "persons_sc_st_minority",
        },
        "cluster": {
            "cluster_id", "cluster_name", "product", "place", "state_code", "districts",
            "reference_year", "respondent", "source", "cluster_type", "setting", "nic_codes",
            "benchmark_cluster_code", "latitude", "longitude", "past_interventions",
            *(row["item"] for row in seed("facts_items") if row["item"].startswith("frame_")),
        },
        "association": {"cluster_id", "association_name", "manager_named"},
    }  # fmt: skip
    used = {schedule: set() for schedule in SCHEDULES}
    for recipe in RECIPES:
        used[recipe["schedule"]] |= {term["item"] for term in terms_of(recipe)}
    for schedule in SCHEDULES:
        items = {row["item"] for row in seed("facts_items") if row["schedule"] == schedule}
        assert items - used[schedule] <= elsewhere[schedule]


def terms_of(recipe: dict[str, str]) -> list[re.Match]:
    parts = filter(None, (recipe["numerator"], recipe["denominator"]))
    matches = [TERM.fullmatch(term) for part in parts for term in re.split(r" [+-] ", part)]
    assert all(matches), recipe
    return matches


@pytest.mark.parametrize(
    "recipe", RECIPES, ids=lambda recipe: f"{recipe['parameter_code']} {recipe['component']}"
)
def test_recipes_use_questions_of_their_schedule_that_say_so(recipe):
    items = {
        row["item"]: row for row in seed("facts_items") if row["schedule"] == recipe["schedule"]
    }
    for term in terms_of(recipe):
        item = items[term["item"]]
        assert item["value_kind"] != "text"
        assert (item["value_kind"] == "code") == bool(term["code"])
        codes = {pair.split("=")[0] for pair in item["codes"].split(";")}
        assert not term["code"] or term["code"] in codes
        assert not term["size"] or term["size"] in SIZE_CLASSES
        assert not term["optional"] or item["required"] == "false"
        assert recipe["parameter_code"] in item["parameter_codes"].split(";")
    assert (recipe["statistic"] in ("answer", "sum_answer")) == (recipe["schedule"] != "unit")
    assert float(recipe["factor"]) > 0


@pytest.mark.parametrize("schedule", ALL_SHEETS)
def test_questions_are_well_formed(schedule):
    items = load_items(schedule)
    assert items[0].name == "cluster_id"
    for item in items:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", item.name)
        assert (item.kind in ("code", "codes", "tick")) <= bool(item.codes), item.name
        if item.kind in ("share", "flag", "year"):
            assert item.minimum is not None and item.maximum is not None, item.name
        if item.codes and item.is_numeric:
            assert {float(code) for code in item.codes} <= set(
                range(int(item.minimum), int(item.maximum) + 1)
            )


def test_components_of_a_code_are_all_its_codes():
    """Legal forms, owners by sex and by group: a component for each answer."""
    for parameter, item in (
        ("CU02", "legal_form"), ("CU13", "entrepreneur_sex"), ("CU13", "entrepreneur_group"),
    ):  # fmt: skip
        (item_of_form,) = [one for one in load_items("unit") if one.name == item]
        counted = [
            term["code"]
            for recipe in RECIPES
            if recipe["parameter_code"] == parameter and recipe["component"] != "total"
            for term in terms_of(recipe)
            if term["item"] == item
        ]
        assert sorted(counted) == sorted(item_of_form.codes)


def test_a_form_of_today_does_not_ask_the_question_of_older_ones():
    names = [item.name for item in asked_in("unit")]
    assert "persons_sc_st_minority" not in names
    assert {"persons_sc", "persons_st", "persons_minority"} < set(names)
    older = {*names, "persons_sc_st_minority"} - {"persons_sc", "persons_st", "persons_minority"}
    assert absent("unit", older) == []
    assert absent("unit", older - {"persons_sc_st_minority"}) == [
        "persons_sc", "persons_st", "persons_minority",
    ]  # fmt: skip
