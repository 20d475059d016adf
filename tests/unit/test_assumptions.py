"""docs/assumptions.md lists what the seeds mark as ours, and nothing else."""

import csv
import shutil

import pytest
import yaml

from locus_pipeline.settings import CHECKOUT
from tools.assumptions import PAGE, page


@pytest.fixture
def checkout(tmp_path):
    """A checkout of seeds alone."""
    shutil.copytree(CHECKOUT / "seeds", tmp_path / "seeds")
    return tmp_path


def describe(checkout, name: str, description: str, row: dict[str, str]) -> None:
    columns = [{"name": column, "description": column} for column in row]
    columns[0]["data_tests"] = ["unique"]
    seed = {"name": name, "description": description, "columns": columns}
    (checkout / f"seeds/_{name}__seeds.yml").write_text(yaml.safe_dump({"seeds": [seed]}))
    with (checkout / f"seeds/{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)


def test_the_page_is_what_the_seeds_say():
    assert (CHECKOUT / PAGE).read_text() == page(), "run `make generate`"


def test_a_row_that_is_assumed_is_listed_with_its_reason(checkout):
    describe(checkout, "tolls", "Printed.", {"toll": "bridge", "basis": "assumed", "source": "Us"})
    text = page(checkout)
    assert "### tolls: 1 of 1 rows" in text and "| assumed | bridge | Us |" in text
    assert "| `tolls` |" not in text, "the table itself is printed somewhere"


def test_a_table_that_is_a_proposal_is_listed_with_the_sentence_that_says_so(checkout):
    describe(checkout, "tolls", "Tolls. All of them a proposal.", {"toll": "a", "basis": "stated"})
    text = page(checkout)
    assert "| `tolls` | 1 | All of them a proposal. |" in text
    assert "### tolls" not in text


def test_what_is_stated_is_not_listed(checkout):
    describe(checkout, "tolls", "From the act.", {"toll": "a", "basis": "stated", "source": "Act"})
    assert page(checkout) == page()


def test_of_what_was_judged_the_least_sure_is_listed(checkout):
    row = {"code": "13", "confidence": "medium", "reason": "The larger part"}
    describe(checkout, "judged", "Read one by one.", row)
    assert "### judged" not in page(checkout)
    describe(checkout, "judged", "Read one by one.", row | {"confidence": "low"})
    assert "| low | 13 | The larger part |" in page(checkout)
