"""The order in which factories stand decides nothing: what threads deal out to one another in any
order adds up to the same bytes."""

import numpy as np
import pandas as pd
import pytest

from tests.integration.test_disclosure import built, small_economy
from tests.support.warehouse import Warehouse

# Published, or made of published tables alone.
FACTS = ("facts_asi_metrics", "facts_asi_objects")


def factories() -> pd.DataFrame:
    """Of an invented economy, with the digits of a real release: sums of whole numbers would be the
    same in any order."""
    frame = small_economy()
    random = np.random.default_rng(1)
    money = frame.select_dtypes("number").columns.drop("multiplier")
    noise = np.round(random.random((len(frame), len(money))), 2)
    frame[money] = frame[money].to_numpy(float) + noise * (frame[money] > 0)
    drawn = np.round(frame.multiplier * 1.0137, 4)
    return frame.assign(multiplier=np.where(frame.multiplier > 1, drawn, 1.0))


def tables(warehouse: Warehouse) -> dict[str, pd.DataFrame]:
    names = warehouse.query(
        "select table_name from duckdb_tables() where schema_name = 'marts'"
    ).table_name
    return {
        name: warehouse.query(f"from {schema}.{name} order by all")
        for schema, listed in (("marts", names), ("facts", FACTS))
        for name in listed
    }


def test_plain_sums_of_these_digits_tell_the_order():
    """Else the test below could not fail."""
    frame = factories()
    value = frame.total_output * frame.multiplier
    one, other = (
        [sum(rows.to_list()) for _, rows in values.groupby(frame.state_code)]
        for values in (value, value.sample(frac=1, random_state=5))
    )
    assert one != other
    assert one == pytest.approx(other)


@pytest.fixture(scope="module")
def both_orders(compiled):
    frame = factories()
    return [tables(built(compiled, rows)) for rows in (frame, frame.sample(frac=1, random_state=5))]


def test_factories_in_another_order_make_the_same_bytes(both_orders):
    once, again = both_orders
    assert len(once) > 15
    differ = {
        name: [one for one in rows if not rows[one].equals(again[name][one])]
        for name, rows in once.items()
    }
    assert {name: columns for name, columns in differ.items() if columns} == {}
