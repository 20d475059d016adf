"""The description of an asset check that stands for several rules."""

from locus_pipeline.orchestration.assets.rules import described


def test_a_check_lists_its_rules():
    arguments = {
        "required": ["sector"],
        "unique": [["survey_year", "factory_id"], ["line"]],
        "accepted": {"sector": [1, 2]},
    }
    assert described({"test_metadata": {"kwargs": arguments}}) == (
        "Never null: sector. Once each: survey_year, factory_id. Once each: line. "
        "sector: one of 1, 2"
    )


def test_another_test_is_not_described():
    assert described({"test_metadata": {"kwargs": {"field": "state_code"}}}) is None
    assert described({}) is None
