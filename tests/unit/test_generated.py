"""What is generated from the dictionary of variables is what stands in the repository."""

import csv
import shutil

import pytest
import yaml

from locus_pipeline.settings import CHECKOUT
from tools import generate


@pytest.fixture
def checkout(tmp_path):
    """The parts of a checkout that the generator reads and writes."""
    for folder in (
        "seeds/variables", "seeds/facts", "seeds/estimates", "dbt_project/models",
        "dbt_project/macros",
    ):  # fmt: skip
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    blocks = "locus_pipeline/asi/blocks.yaml"
    (tmp_path / blocks).parent.mkdir(parents=True)
    shutil.copyfile(CHECKOUT / blocks, tmp_path / blocks)
    return tmp_path


def add(checkout, seed: str, **row: str) -> None:
    path = checkout / "seeds" / seed
    with path.open(newline="") as file:
        columns = next(csv.reader(file))
    with path.open("a", newline="") as file:
        csv.DictWriter(file, columns).writerow(row)


def columns_of(checkout, path: str, model: str) -> dict[str, dict]:
    text = generate.generated(checkout)[generate.MODELS / path]
    (models,) = [one for one in yaml.safe_load(text)["models"] if one["name"] == model]
    return {column["name"]: column for column in models["columns"]}


def test_generated_files_are_as_the_dictionary_makes_them():
    assert generate.differing() == []


def test_a_file_that_was_edited_or_that_nothing_makes_is_named(checkout):
    edited = checkout / generate.MACROS / "variables.sql"
    edited.write_text(edited.read_text().replace("'units',", ""))
    left = checkout / generate.MODELS / "left.yml"
    left.write_text(f"# {generate.MARK}\n")
    (checkout / generate.MODELS / "staging/asi/_asi__sources.yml").unlink()
    assert {path.name for path in generate.differing(checkout)} == {
        "variables.sql", "left.yml", "_asi__sources.yml",
    }  # fmt: skip


def test_a_measure_is_added_by_its_rows_alone(checkout):
    add(
        checkout, "variables/variables.csv", variable="stores", kind="measure", position="23",
        label="Stores", unit="Rs", disclosure_family="stores", is_signed="false",
        is_dominance="true", definition="Stores at the end of the year", source="Schedule",
    )  # fmt: skip
    add(
        checkout, "variables/variable_fields.csv", variable="stores", block="d", role="spares",
        field="closing", operation="add", first_year="1998-99", release="any", basis="stated",
        source="Schedule",
    )  # fmt: skip
    dictionary = generate.Dictionary(checkout)
    assert dictionary.lists["measures"][-1] == "stores"
    assert "stores" in dictionary.lists["factory_variables"]
    assert dictionary.families[-1] == "stores"
    published = columns_of(checkout, "marts/clusters/_clusters__models.yml", "cluster_year")
    assert published["stores_estimated"] == {
        "name": "stores_estimated",
        "data_type": "double",
        "description": "Stores: Stores at the end of the year; weighted by the multiplier: the "
        "estimate for all factories (Rs)",
    }
    assert published["stores_flag"]["data_type"] == "varchar"
    totals = columns_of(checkout, "intermediate/estimates/_estimates__models.yml", "int_estimates")
    assert totals["stores_variance"]["description"] == "Stores: sampling variance of the estimate"


def test_a_recipe_is_added_by_its_rows_alone(checkout):
    add(
        checkout, "variables/variables.csv", variable="women_and_men", kind="recipe",
        label="Women and men", unit="persons",
        formula="factories.female_workers + factories.direct_workers",
    )  # fmt: skip
    add(
        checkout, "facts/facts_asi_recipes.csv", parameter_code="CP99", component="total",
        statistic="ratio",
        numerator="women_and_men", denominator="units", factor="1", unit="ratio",
        asi_form="Made up",
    )  # fmt: skip
    dictionary = generate.Dictionary(checkout)
    assert dictionary.pairs["recipes"][-1] == ("women_and_men", "units")
    assert dictionary.lists["recipe_variables"][-1] == "women_and_men"
    formula = dictionary.formulas("recipe", "factories.")["women_and_men"]
    assert formula == "factories.female_workers + factories.direct_workers"
    totals = columns_of(checkout, "intermediate/estimates/_estimates__models.yml", "int_estimates")
    assert "women_and_men_units_covariance" in totals
    assert totals["women_and_men_estimated"]["description"].startswith("Women and men: ")


@pytest.mark.parametrize(
    "line",
    [
        "- variables: {of: nothing}",
        "- variables: {of: measures, as: nothing}",
        "- covariances: nothing",
        "- block: {letter: z}",
        "- block: c",
        "- families: {",
    ],
)
def test_a_line_that_stands_for_no_columns_is_named(tmp_path, line):
    template = tmp_path / "_models.yml.in"
    template.write_text(f"version: 2\n{line}\n")
    with pytest.raises(generate.TemplateError, match=r"_models.yml.in, line 2: stands for no"):
        generate.filled(template, generate.Dictionary(CHECKOUT))


def test_a_variable_is_made_by_its_formula_or_by_what_its_rules_add_up():
    dictionary = generate.Dictionary(CHECKOUT)
    assert dictionary.formulas("measure") == {
        "gross_value_added": "total_output - total_input",
        "gross_value_added_official": "total_output_official - total_input_official",
        "net_value_added_official": "total_output_official - total_input_official - depreciation",
        "invested_capital": "fixed_capital + physical_working_capital",
    }
    recipes = dictionary.formulas("recipe", "factories.")
    assert recipes["electricity_used"] == (
        "factories.electricity_purchased + factories.electricity_generated"
    )
    assert recipes["borrowers"].startswith("case when factories.outstanding_loans > 0 ")
    assert "largest_industry_factories" not in recipes


def test_the_page_of_a_family_has_a_table_of_its_parameters():
    page = generate.MODELS / "intermediate/facts_families/facts_unit_information.md"
    text = generate.generated()[page]
    assert "15 parameters, 9 of which the Annual Survey of Industries gives" in text
    assert "| CU05 | Output, input, GVA |" in text
    assert (
        "| CU03 | Year started | Year of initial production | year | context | 004 Block B |"
        in text
    )
    assert "| CU01 | Unit id (hashed) |" in text
    # family 1 has pages of its own
    assert "| CP01 |" not in text


def test_an_official_variable_is_described_by_the_characteristic_that_it_makes():
    described = generate.Dictionary(CHECKOUT).described("employees")
    assert described["text"] == (
        "Employees: Persons engaged without unpaid family members and proprietors (persons)"
    )


def test_a_label_that_says_all_is_not_said_twice():
    assert generate.Dictionary(CHECKOUT).described("interest_paid")["text"] == "Interest paid (Rs)"
