import itertools

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.orchestration.assets.asi import block_assets
from locus_pipeline.orchestration.assets.rounds import round_asset
from locus_pipeline.orchestration.partitions import contiguous_ranges, survey_year_partitions
from locus_pipeline.settings import Settings

KEYS = [f"{year}-{(year + 1) % 100:02d}" for year in range(1998, 2024)]


def test_partitions_are_the_survey_years_that_have_a_layout():
    keys = survey_year_partitions(load_layouts()).get_partition_keys()
    assert keys[: len(KEYS)] == KEYS
    assert keys == sorted(load_layouts())


@pytest.mark.parametrize("asset", [block_assets(load_layouts())[0], round_asset()], ids=str)
def test_a_run_for_no_partition_says_how_to_name_one(asset, tmp_path):
    """As `dagster job execute` makes it, which asks for none."""
    settings = dg.ResourceDefinition.hardcoded_resource(Settings(home=tmp_path))
    definitions = dg.Definitions(assets=[asset], resources={"settings": settings})
    job = definitions.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(raise_on_error=False)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "`job execute --tags" in failure.step_failure_data.user_failure_data.description


def test_ranges_by_hand():
    years = ["1999-00", "2000-01", "2005-06", "2022-23", "2023-24"]
    assert contiguous_ranges(years, KEYS) == [
        ("1999-00", "2000-01"),
        ("2005-06", "2005-06"),
        ("2022-23", "2023-24"),
    ]


@given(st.sets(st.sampled_from(KEYS)))
def test_ranges_hold_exactly_the_years_asked_for(years):
    ranges = contiguous_ranges(sorted(years), KEYS)
    held = [key for first, last in ranges for key in KEYS if first <= key <= last]
    assert held == sorted(years)
    assert all(
        KEYS.index(second[0]) > KEYS.index(first[1]) + 1
        for first, second in itertools.pairwise(ranges)
    ), "two ranges that touch should be one"
