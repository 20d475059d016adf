"""The version of the method changes with what decides a figure, and with nothing else."""

import shutil

import pytest
import yaml

from locus_pipeline.fingerprint import INDEX, INTAKE, READER, code_fingerprint
from locus_pipeline.settings import CHECKOUT
from locus_pipeline.warehouse.method import computing_code, method_fingerprint


@pytest.fixture(scope="module")
def before():
    return versions(CHECKOUT)


@pytest.fixture
def checkout(tmp_path):
    """A copy of the code, the dbt project and the seeds."""
    unread = shutil.ignore_patterns("target", "logs", "__pycache__", ".*")
    for folder in ("locus_pipeline", "dbt_project", "seeds"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=unread)
    return tmp_path


def change(path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def versions(checkout) -> dict[str, str]:
    package = checkout / "locus_pipeline"
    code_fingerprint.cache_clear()
    return {
        "method": method_fingerprint(checkout),
        "models": computing_code(checkout),
        "index": code_fingerprint(INDEX, package),
        "reader": code_fingerprint(READER, package),
        "intake": code_fingerprint(INTAKE, package),
    }


def the_file(checkout, pattern: str):
    """The only file of this name, in whatever folder."""
    [path] = checkout.rglob(pattern)
    return path


def test_a_copy_has_the_same_versions(checkout, before):
    assert versions(checkout) == before


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("orchestration/pictures.py", "#333333", "#444444"),
        ("orchestration/jobs.py", "publish", "print"),
        ("rounds/report.py", "the", "this"),
        ("rounds/templates.py", "the", "this"),
        ("asi/check.py", "the", "this"),
        ("index/store.py", "changed code or rules", "other code"),
        ("index/tables.yaml", "Hash over", "A hash over"),
        ("publish/edition.py", "the", "this"),
        ("sample/rounds.py", "the", "this"),
        ("warehouse/lock.py", "the", "this"),
        ("cli.py", "the", "this"),
    ],
)
def test_a_colour_or_a_sentence_changes_no_version(checkout, before, place, old, new):
    change(checkout / "locus_pipeline" / place, old, new)
    assert versions(checkout) == before


@pytest.mark.parametrize(
    ("place", "old", "new", "changed"),
    [
        ("methods/index/aggregation.py", "np.exp(mean)", "np.expm1(mean)", {"index"}),
        ("methods/indicators/stars.py", "quantile", "quantiles", {"index", "models"}),
        ("methods/indicators/productivity.py", "log", "log2", {"index", "models"}),
        ("index/inputs.py", "365.25", "365", {"index"}),
        ("asi/numbers.py", "NUMBER", "NUMBERS", {"reader"}),
        ("asi/reader.py", "< 0", "<= 0", {"reader"}),
        ("rounds/validation.py", ">", ">=", {"intake"}),
        ("text.py", "SPACES", "BLANKS", {"reader", "intake"}),
    ],
)
def test_a_formula_changes_the_version(checkout, before, place, old, new, changed):
    change(checkout / "locus_pipeline" / place, old, new)
    after = versions(checkout)
    assert {name for name in before if before[name] != after[name]} == {"method", *changed}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("int_official_totals.sql", "exact_sum", "exact_mean"),
        ("int_stars.py", "award", "awards"),
        ("disclosure.sql", "factories", "units"),
        ("cci_rules.csv", "scale_low", "scale_lowest"),
        ("dbt_project.yml", "disclosure_dominance: 0.85", "disclosure_dominance: 0.9"),
        ("_cci__seeds.yml", "column_types", "column_type"),
    ],
)
def test_models_seeds_and_their_configuration_are_the_method(checkout, before, name, old, new):
    change(the_file(checkout, name), old, new)
    after = versions(checkout)
    changed = {name for name in before if before[name] != after[name]}
    # models know reference tables by their content
    assert changed == ({"method"} if name.endswith(".csv") else {"method", "models"})


@pytest.mark.parametrize("folder", ["dbt_project/models", "seeds"])
def test_a_description_changes_no_version(checkout, before, folder):
    for path in (checkout / folder).rglob("*.yml"):
        path.write_text(yaml.safe_dump(_said_otherwise(yaml.safe_load(path.read_text()))))
    assert versions(checkout) == before


def test_a_test_changes_no_version(checkout, before):
    (checkout / "dbt_project" / "tests" / "one_more.sql").write_text("select 1")
    assert versions(checkout) == before


def test_a_model_that_moves_is_the_same_model(checkout, before):
    (checkout / "dbt_project" / "models" / "elsewhere").mkdir()
    model = the_file(checkout, "int_official_totals.sql")
    model.rename(checkout / "dbt_project" / "models" / "elsewhere" / model.name)
    assert versions(checkout) == before


def _said_otherwise(node):
    if isinstance(node, dict):
        return {
            key: "Said otherwise" if key == "description" else _said_otherwise(value)
            for key, value in node.items()
        }
    return [_said_otherwise(entry) for entry in node] if isinstance(node, list) else node
