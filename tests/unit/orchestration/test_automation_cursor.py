"""The sensors' cursor: anybody may edit it in the page."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.orchestration.sensors import came_to_rest, waiting

NOW = {"2009-10": "a", "2022-23": "b"}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["2009-10", "is", "x"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "cursor",
    ["", "{", "null", "[]", "3", '"x"', '{"2009-10": 3}', '{"2009-10": null}', "[" * 100_000,
     '{"2009-10": {"examined": true}}', "\ud800"],
)  # fmt: skip
def test_a_corrupt_cursor_starts_afresh(cursor):
    fresh, after = came_to_rest(cursor, NOW)
    assert fresh == []
    assert (fresh, after) == came_to_rest(None, NOW)
    assert came_to_rest(after, NOW)[0] == ["2009-10", "2022-23"]


@given(st.text() | JSON.map(json.dumps))
def test_any_cursor_gives_a_sound_one(cursor):
    _, after = came_to_rest(cursor, NOW)
    _, after = came_to_rest(after, NOW)
    assert came_to_rest(after, NOW)[0] == []


def test_a_look_says_what_it_left_until_it_rests():
    """Whoever tests the sensor in the page sees its first look alone."""
    _, after = came_to_rest(None, NOW)
    assert waiting(None, NOW).endswith("come to rest: 2009-10, 2022-23")
    assert waiting(after, NOW | {"2022-23": "c"}).endswith("come to rest: 2022-23")
    assert waiting(after, NOW) == ""
