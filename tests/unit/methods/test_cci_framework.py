"""The framework of the seeds, and the ways in which one can be wrong."""

import pytest

from locus_pipeline.index.inputs import FACTS, SCREENING
from locus_pipeline.methods.index.framework import PERFORMANCE, Framework, Rules
from tests.support.cci_inputs import (
    FRAMEWORK_SEED,
    METHOD_VERSION,
    PARAMETERS_SEED,
    RULES,
    RULES_SEED,
    framework,
)

COLLECTIVE = {"cluster_collective", "regulation_policy"}


@pytest.mark.parametrize("basis", [FACTS, SCREENING])
def test_outcomes_are_performance_and_drivers_are_not(basis):
    table = framework(basis).indicators.join(PARAMETERS_SEED.set_index("parameter_code").role)
    assert len(table) <= 40
    assert set(table.role[table.pillar == PERFORMANCE]) == {"outcome"}
    assert set(table.role[table.pillar != PERFORMANCE]) == {"driver"}


def test_the_screening_edition_has_only_what_the_survey_of_industries_gives():
    table = framework("asi_screening").indicators
    derivable = PARAMETERS_SEED.set_index("parameter_code").asi_derivable
    assert set(derivable[table.index]) <= {"yes", "in part"}
    assert not COLLECTIVE & set(table.pillar)
    assert set(framework("facts").indicators.pillar) >= COLLECTIVE


@pytest.mark.parametrize("basis", [FACTS, SCREENING])
def test_size_is_not_scored(basis):
    assert not {"CP06", "CP08", "CP09", "CP11", "CP12", "CV08"} & set(
        framework(basis).indicators.index
    )


def test_direction_is_the_sign():
    sign = framework().indicators.sign
    assert (sign["CV04"], sign["HF03"]) == (1, -1)


@pytest.mark.parametrize(
    ("code", "column", "value", "said"),
    [
        ("CV02", "pillar", "hard_inputs", "CV02: role does not fit the pillar"),
        ("HB01", "pillar", "performance", "HB01: role does not fit the pillar"),
        ("HB01", "parameter_code", "HX99", "HX99: not in facts_parameters"),
        ("HB01", "parameter_code", "CP19", "CP19: not in facts_parameters, or without a direction"),
        ("HB01", "natural_minimum", None, "HB01: natural bounds"),
        ("HB01", "natural_minimum", 30, "HB01: natural bounds"),
        ("HB01", "parameter_code", "HB05", "HB05: twice"),
    ],
)
def test_a_framework_that_breaks_a_rule_is_named(code, column, value, said):
    rows = (FRAMEWORK_SEED.parameter_code == code) & (FRAMEWORK_SEED.basis == "facts")
    changed = FRAMEWORK_SEED.copy()
    changed.loc[rows, column] = value
    with pytest.raises(ValueError, match=said):
        Framework.from_tables(changed, PARAMETERS_SEED, "facts", METHOD_VERSION)


def test_an_unknown_version_has_no_framework():
    with pytest.raises(ValueError, match=r"'1999\.9'.*needs performance"):
        Framework.from_tables(FRAMEWORK_SEED, PARAMETERS_SEED, "facts", "1999.9")


def test_rules_are_those_of_the_seed():
    assert list(RULES_SEED.parameter) == list(Rules.__dataclass_fields__)
    assert RULES.sub_pillar_coverage == pytest.approx(2 / 3)
    with pytest.raises(KeyError, match="runs"):
        Rules.from_table(RULES_SEED[RULES_SEED.parameter != "runs"])
