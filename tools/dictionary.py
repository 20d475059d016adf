"""The dictionary of variables, as the seeds declare it: what columns, lists and texts follow from.

Imports nothing of the package: dbt's files are written before the package reads them.
"""

import csv
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml


class Dictionary:
    """What is declared of the variables of a checkout; lists keep the order of the seeds."""

    def __init__(self, root: Path):
        seeds = root / "seeds"
        self.variables = _by(seeds / "variables/variables.csv", "variable")
        self.fields = _rows(seeds / "variables/variable_fields.csv")
        self.ratios = _by(seeds / "variables/ratios.csv", "ratio")
        self.quotients = _by(seeds / "variables/quotients.csv", "quotient")
        self.growth = _by(seeds / "variables/growth_values.csv", "value")
        self.characteristics = _by(seeds / "variables/official_characteristics.csv", "variable")
        self.parameters = _rows(seeds / "facts/facts_parameters.csv")
        self.recipes = _rows(seeds / "facts/facts_asi_recipes.csv")
        self.smoothing_rules = _by(seeds / "estimates/smoothing_rules.csv", "variable")
        blocks = yaml.safe_load((root / "locus_pipeline/asi/blocks.yaml").read_text("utf-8"))
        self.identifiers = blocks["identifiers"]
        self.blocks = {letter: block["columns"] for letter, block in blocks["blocks"].items()}

    def of_kind(self, kind: str) -> list[str]:
        """Variables of a kind."""
        return [name for name, row in self.variables.items() if row["kind"] == kind]

    @cached_property
    def lists(self) -> dict[str, list[str]]:
        """Lists of variables by the names that templates call them."""
        added = {rule["variable"] for rule in self.added_up}
        divided = {name for pair in self.pairs["ratios"] for name in pair}
        measures, powers = self.of_kind("measure"), self.of_kind("power")
        return {
            "measures": measures,
            "codes": self.of_kind("code"),
            "powers": powers,
            "factory_variables": [name for name in self.variables if name in added],
            "ratios": list(self.ratios),
            "ratio_parts": [
                name for name in self.variables if name in divided and name not in measures
            ]
            + powers,
            "recipe_variables": once(
                [*self.recipe_totals, *(name for pair in self.pairs["recipes"] for name in pair)]
            ),
            "recipe_parents": self.recipe_parents,
        }

    @cached_property
    def ratio_families(self) -> dict[str, str]:
        """Ratio -> the one family of its numerator and denominator that is not production, where
        there is one; else production."""
        families = {}
        for name, row in self.ratios.items():
            parts = (self.variables[row[part]] for part in ("numerator", "denominator"))
            others = {part["disclosure_family"] for part in parts} - {"", "production"}
            (families[name],) = others or {"production"}
        return families

    @cached_property
    def added_up(self) -> list[dict[str, str]]:
        """Rules that add up fields of rows; the number of units is read with block A."""
        return [
            rule
            for rule in self.fields
            if rule["operation"] in ("add", "subtract")
            and rule["block"] != "derived"
            and rule["variable"] != "units"
        ]

    @cached_property
    def fields_of_blocks(self) -> dict[str, dict[str, Any]]:
        """Fields of each block that are added up, in its order, and whether its rows have roles."""
        blocks = {}
        for letter, columns in self.blocks.items():
            rules = [rule for rule in self.added_up if rule["block"] == letter]
            named = {rule["field"] for rule in rules}
            if rules:
                blocks[letter] = {
                    "roles": any(rule["role"] for rule in rules),
                    "fields": [name for name in columns if name in named],
                }
        return blocks

    @cached_property
    def families(self) -> list[str]:
        """Families of measures that disclosure control hides together."""
        return once(row["disclosure_family"] for row in self.variables.values())

    @cached_property
    def pairs(self) -> dict[str, list[tuple[str, str]]]:
        """Numerator and denominator of ratios of estimated totals."""
        divided = [row for row in self.recipes if row["statistic"] in ("ratio", "geometric_mean")]
        return {
            "ratios": once((row["numerator"], row["denominator"]) for row in self.ratios.values()),
            "recipes": once((row["numerator"], row["denominator"]) for row in divided),
        }

    @cached_property
    def smoothing(self) -> dict[str, tuple[str, float]]:
        """Measures and parts of ratios -> level and prior of their smoothed variances."""
        parts = (name for pair in self.pairs["ratios"] for name in pair)
        rules = {
            name: self.smoothing_rules.get(name, self.smoothing_rules["*"])
            for name in once([*self.of_kind("measure"), *parts])
        }
        return {name: (row["level"], float(row["prior"])) for name, row in rules.items()}

    @cached_property
    def recipe_totals(self) -> list[str]:
        """Recipes that are an estimated total."""
        return self._numerators("total")

    @cached_property
    def recipe_parents(self) -> list[str]:
        """Variables that recipes set against the whole state or district."""
        return self._numerators("share", "quotient")

    def _numerators(self, *statistics: str) -> list[str]:
        return once(row["numerator"] for row in self.recipes if row["statistic"] in statistics)

    def formulas(self, kind: str, relation: str = "") -> dict[str, str]:
        """Variables of a kind that are made of others: name -> expression over a relation.

        Their own formula, else what their rules add up.
        """
        formulas = {
            name: self.variables[name]["formula"] or self._sum(name, relation)
            for name in self.of_kind(kind)
        }
        return {name: formula for name, formula in formulas.items() if formula}

    def _sum(self, variable: str, relation: str) -> str:
        signs = {"add": " + ", "subtract": " - "}
        terms = (
            signs[rule["operation"]] + relation + rule["field"]
            for rule in self.fields
            if rule["variable"] == variable
            and rule["block"] == "derived"
            and rule["operation"] in signs
        )
        return "".join(terms).removeprefix(" + ")

    def described(self, name: str) -> dict[str, str]:
        """What a form may say of a variable or ratio; `text` is all of it.

        What a characteristic of the official tables is, the seed of characteristics says.
        """
        if name in self.ratios:
            row = self.ratios[name]
            text = "; ".join(filter(None, [with_unit(row["label"], row["unit"]), row["note"]]))
            return {"name": name, "label": row["label"], "text": text}
        row = self.variables[name]
        label, definition = row["label"], row["definition"]
        if row["kind"] == "official":
            definition = self.characteristics[name]["definition"]
        says = label if definition in ("", label) else f"{label}: {definition}"
        return row | {"name": name, "text": with_unit(says, row["unit"])}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _by(path: Path, key: str) -> dict[str, dict[str, str]]:
    return {row[key]: row for row in _rows(path)}


def once(names: Iterable) -> list:
    """What is not empty, each once, in order."""
    return [one for one in dict.fromkeys(names) if one]


def with_unit(text: str, unit: str) -> str:
    """The text, with the unit in parentheses where there is one."""
    return f"{text} ({unit})" if unit else text
