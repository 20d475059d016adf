"""The questions serve the dictionary, and each parameter is computed from what is asked."""

import csv
import re

import pytest

from locus_pipeline.reference import SEEDS_DIR
from locus_pipeline.rounds.items import ALL_SHEETS, load_items

# Text and codes; two rounds; a model; several figures: seeds/facts/_facts_items__seeds.yml.
WITHOUT_RECIPE = {
    "CP01", "CP02", "CP04", "CP05", "CP15", "CU01", "CU02", "CU04", "CU13", "CU15", "CV02", "CV07",
    "CV05", "CP22",
}  # fmt: skip


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
    assert {row["parameter_code"] for row in RECIPES} == collected - WITHOUT_RECIPE


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe["parameter_code"])
def test_recipes_use_questions_of_their_schedule_that_say_so(recipe):
    items = {
        row["item"]: row for row in seed("facts_items") if row["schedule"] == recipe["schedule"]
    }
    formula = re.compile(r"[a-z0-9_]+( [+-] [a-z0-9_]+)*")
    for part in filter(None, (recipe["numerator"], recipe["denominator"])):
        assert formula.fullmatch(part), part
        for name in re.split(r" [+-] ", part):
            assert items[name]["value_kind"] not in ("text", "code")
            assert recipe["parameter_code"] in items[name]["parameter_codes"].split(";")
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
