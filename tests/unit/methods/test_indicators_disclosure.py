"""Disclosure control: what stays shown must tell no hidden value within its protection interval."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from locus_pipeline.methods.indicators.disclosure import PRIMARY, SECONDARY, suppressed
from locus_pipeline.methods.indicators.protection import Table, protect, protect_parts
from locus_pipeline.methods.indicators.sensitivity import Rules, cells

SHARE = 0.1
RULES = Rules(factories=3, dominance=0.85, protection=SHARE)
NEARLY = 1e-6


def whole_table(inside: np.ndarray, largest: np.ndarray | None = None) -> Table:
    """A table of one figure with its totals, from the cells inside; the country must be shown."""
    largest = inside / 4 if largest is None else largest

    def with_totals(values, add):
        rows = np.column_stack([values, add(values, 1)])
        return np.vstack([rows, add(rows, 0)])

    values = with_totals(inside, np.sum)
    known = with_totals(largest, np.max)
    cost = np.where(values > 0, 1 + values, np.inf)
    cost[:-1, -1] *= 1e6
    cost[-1, :-1] *= 1e6
    cost[-1, -1] = np.inf
    return Table(values[..., None], known[..., None], cost)


def interval(
    table: Table, hidden: np.ndarray, cell: tuple, owned: tuple | None = None
) -> tuple[float, float]:
    """Smallest and largest value of a hidden cell that the shown ones allow; to who owns all of
    the largest factory of `owned`, if given."""
    values = table.values[..., 0]
    unknown = [tuple(place) for place in np.argwhere(hidden)]
    height, width = values.shape
    lines = [[(row, column) for column in range(width)] for row in range(height)]
    lines += [[(row, column) for row in range(height)] for column in range(width)]
    equations, sums = [], []
    for line in lines:
        *inside, total = line
        signs = {**dict.fromkeys(inside, 1.0), total: -1.0}
        equations.append([signs.get(place, 0.0) for place in unknown])
        sums.append(-sum(sign * values[place] for place, sign in signs.items()
                         if not hidden[place]))  # fmt: skip
    known = table.largest[..., 0]
    least = [known[place] if place == owned else 0.0 for place in unknown]
    most = [known[place] if place == owned and known[place] == values[place] else None
            for place in unknown]  # fmt: skip
    bounds = []
    for sign in (1, -1):
        objective = [sign * (place == cell) for place in unknown]
        result = linprog(objective, A_eq=equations, b_eq=sums,
                         bounds=list(zip(least, most, strict=True)))  # fmt: skip
        assert result.status in (0, 3)
        bounds.append(sign * result.fun if result.status == 0 else -sign * np.inf)
    return bounds[0], bounds[1]


def is_told(table: Table, hidden: np.ndarray, cell: tuple, owned: tuple | None = None) -> bool:
    low, high = interval(table, hidden, cell, owned)
    value = table.values[cell][0]
    return low > (1 - SHARE + NEARLY) * value or high < (1 + SHARE - NEARLY) * value


tables = st.integers(2, 5).flatmap(
    lambda height: st.integers(2, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 60).map(float), min_size=width, max_size=width),
            min_size=height, max_size=height,
        )
    )
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(inside=tables, data=st.data())
def test_every_hidden_cell_keeps_its_interval_against_outsiders_and_owners(inside, data):
    inside = np.array(inside)
    # a third of the cells is one factory alone
    alone = np.array(data.draw(st.lists(st.booleans(), min_size=inside.size,
                                        max_size=inside.size))).reshape(inside.shape)  # fmt: skip
    table = whole_table(inside, np.where(alone, inside, inside / 4))
    places = [tuple(place) for place in np.argwhere(table.values[..., 0] > 0)]
    places = [place for place in places if np.isfinite(table.cost[place])]
    chosen = data.draw(st.sets(st.sampled_from(places), max_size=5)) if places else set()
    primary = np.zeros(table.cost.shape, bool)
    for place in chosen:
        primary[place] = True
    hidden, exposed = protect(table, primary, SHARE)
    assert (hidden >= primary).all()
    assert not hidden[-1, -1]
    for place in {tuple(cell) for cell in np.argwhere(hidden)} - set(exposed):
        assert not is_told(table, hidden, place)
        if primary[place]:
            single = table.values[..., 0] == table.largest[..., 0]
            owners = [tuple(cell) for cell in np.argwhere(hidden & single) if tuple(cell) != place]
            assert not any(is_told(table, hidden, place, owner) for owner in owners)


def test_two_hidden_cells_of_a_row_of_which_one_is_a_single_factory_are_not_enough():
    """The owner of the single factory subtracts it and has the other."""
    inside = np.array([[6.0, 10, 200], [9, 12, 300], [40, 50, 400]])
    alone = np.zeros_like(inside, bool)
    alone[0, 1] = True
    table = whole_table(inside, np.where(alone, inside, inside / 4))
    primary = np.zeros(table.cost.shape, bool)
    primary[0, 0] = primary[0, 1] = True
    two_by_two = primary.copy()
    two_by_two[1, :2] = True
    assert not is_told(table, two_by_two, (0, 0)), "enough against outsiders"
    assert is_told(table, two_by_two, (0, 0), owned=(0, 1))
    hidden, exposed = protect(table, primary, SHARE)
    assert not exposed
    assert not is_told(table, hidden, (0, 0), owned=(0, 1))


def test_a_cell_too_small_to_hide_another_in_is_no_protection():
    """Cells of 1 beside one of 1,000: who subtracts knows it to a thousandth."""
    inside = np.array([[1000.0, 1, 900], [1, 1, 5], [800, 7, 700]])
    table = whole_table(inside)
    primary = np.zeros(table.cost.shape, bool)
    primary[0, 0] = True
    small = primary.copy()
    small[:2, :2] = True
    assert is_told(table, small, (0, 0))
    hidden, exposed = protect(table, primary, SHARE)
    assert not exposed
    assert not is_told(table, hidden, (0, 0))


def test_totals_are_hidden_last_and_nothing_without_need():
    inside = np.arange(1.0, 17).reshape(4, 4) + 20
    table = whole_table(inside)
    primary = np.zeros(table.cost.shape, bool)
    assert not protect(table, primary, SHARE)[0].any()
    primary[0, 0] = True
    hidden, _ = protect(table, primary, SHARE)
    assert hidden.sum() == 4
    assert not hidden[-1].any() and not hidden[:, -1].any()


parts = st.lists(
    st.tuples(st.integers(0, 40).map(float), st.booleans(), st.booleans()), min_size=1, max_size=8
)


@settings(max_examples=300, deadline=None)
@given(parts)
def test_parts_of_a_shown_cell_hide_one_another(drawn):
    values = np.array([[value] for value, _, _ in drawn])
    alone, primary = np.array([[one, first] for _, one, first in drawn]).T
    largest = np.where(alone[:, None], values, values / 3)
    hidden, is_enough = protect_parts(values, largest, primary, 1 + values[:, 0], SHARE)
    assert (hidden >= primary).all()
    if not is_enough:
        assert hidden.all(), "a cell that can't be protected has nothing left to hide"
        return
    for part in np.flatnonzero(hidden):
        others = [other for other in np.flatnonzero(hidden) if other != part]
        room = values[others].sum()
        assert room >= SHARE * values[part, 0] * (1 - NEARLY)
        if primary[part]:
            for owner in others:
                assert room - largest[owner, 0] >= SHARE * values[part, 0] * (1 - NEARLY)


def test_a_part_that_is_never_shown_protects_without_being_hidden_twice():
    values = np.array([[5.0], [30.0], [40.0]])
    cost = np.array([6.0, 0.0, 41.0])
    hidden, is_enough = protect_parts(
        values, values / 4, np.array([True, False, False]), cost, SHARE
    )
    assert is_enough
    assert hidden.tolist() == [True, True, False]


def factories(rows: list[tuple], **more) -> pd.DataFrame:
    """From (state, cluster, industry, output)."""
    frame = pd.DataFrame(rows, columns=["state_code", "cluster_code", "nic_code", "total_output"])
    keys = {"nic_version": "NIC-2008", "assignment_rule": "code of the return",
            "district_code": "", "sector": "rural"}  # fmt: skip
    return frame.assign(survey_year="2022-23", multiplier=1.0, **(keys | more))


MEASURES = pd.DataFrame(
    [("total_output", "production", False, True)],
    columns=["measure", "disclosure_family", "is_signed", "is_dominance"],
)


def sensitive(outputs: list[float]) -> bool:
    frame = factories([("09", "1", "a", output) for output in outputs])
    return bool(cells(frame, ["state_code"], ["total_output"], ["total_output"], RULES).is_primary)


@pytest.mark.parametrize(
    ("outputs", "is_sensitive"),
    [
        ([10, 10], True),  # two factories
        ([10, 10, 10], False),
        ([85, 5, 5, 5], True),  # one has 85 %
        ([84, 6, 5, 5], False),
        ([60, 37, 3], True),  # the second knows the first to 5 %
        ([60, 30, 10], False),
        ([0, 0, 0], False),
        ([-85, 5, 5, 5], True),  # amounts, whatever their sign
    ],
)
def test_few_factories_dominance_and_what_the_second_largest_knows(outputs, is_sensitive):
    assert sensitive(outputs) is is_sensitive


def test_cells_hold_estimates_and_samples_and_their_largest_factories():
    frame = factories([("09", "1", "a", 10.0), ("09", "1", "b", 4.0), ("24", "1", "a", 1.0)])
    frame["multiplier"] = [1.0, 5.0, 2.0]
    table = cells(frame, ["state_code"], ["total_output"], [], RULES)
    assert table.values.tolist() == [[30, 14], [2, 1]]
    assert table.largest.tolist() == [[20, 10], [2, 1]]
    assert table.cost.tolist() == [6, 2]


def even(state: str, cluster: str, industry: str, count: int, output: float = 10.0) -> list:
    return [(state, cluster, industry, output)] * count


def test_a_hidden_cell_shows_none_of_its_parts_and_a_shown_one_hides_them_in_company():
    rows = [
        *even("09", "1", "a", 2), *even("09", "2", "a", 5), *even("24", "1", "a", 6),
        *even("24", "2", "a", 4), *even("24", "2", "b", 5), *even("27", "1", "a", 30),
        *even("27", "2", "a", 2), *even("27", "2", "b", 9), *even("27", "2", "c", 20),
    ]  # fmt: skip
    hiding = suppressed(factories(rows), MEASURES, RULES).set_index(
        ["domain", "state_code", "cluster_code", "nic_code"]
    ).status  # fmt: skip
    hidden = {key[1:3] for key in hiding.index if key[0] == "state_cluster"}
    assert hidden == {("09", "1"), ("09", "2"), ("24", "1"), ("24", "2")}
    assert hiding["state_cluster", "09", "1", ""] == PRIMARY
    assert hiding["state_cluster", "24", "2", ""] == SECONDARY
    industries = {key[1:]: status for key, status in hiding.items() if key[0] == "state_industry"}
    assert {key for key in industries if key[:2] in hidden} == {
        ("09", "1", "a"), ("09", "2", "a"), ("24", "1", "a"), ("24", "2", "a"), ("24", "2", "b"),
    }  # fmt: skip
    assert {key: status for key, status in industries.items() if key[0] == "27"} == {
        ("27", "2", "a"): PRIMARY,
        ("27", "2", "b"): SECONDARY,
    }


def test_a_cell_that_is_nearly_all_one_hidden_industry_is_hidden_with_it():
    rows = [
        *even("09", "1", "a", 2, 100.0), *even("09", "1", "b", 2, 1.0),
        *[line for state in ("09", "24") for cluster in ("1", "2")
          for line in even(state, cluster, "c", 4) if (state, cluster) != ("09", "1")],
    ]  # fmt: skip
    frame = factories(rows)
    assert not cells(frame, ["state_code", "cluster_code"], ["total_output"], [], RULES).is_primary[
        0
    ]
    hiding = suppressed(frame, MEASURES, RULES)
    assert ("09", "1") in set(
        hiding[hiding.domain == "state_cluster"][["state_code", "cluster_code"]].itertuples(
            index=False, name=None
        )
    )


def test_a_district_that_the_rest_of_its_cell_would_tell_has_company():
    """The cell is shown; of its districts one has two factories, and all others are named."""
    frame = pd.concat(
        factories(even(state, "1", "a", count)).assign(district_code=district)
        for state, district, count in [
            ("09", "01", 2), ("09", "02", 4), ("09", "03", 9), ("24", "01", 20), ("27", "", 2),
            ("27", "05", 30), ("27", "06", 40),
        ]
    )  # fmt: skip
    hiding = suppressed(frame, MEASURES, RULES)
    assert set(hiding.domain) == {"district_cluster"}, "no other total is hidden"
    assert dict(
        zip(hiding.state_code + "/" + hiding.district_code, hiding.status, strict=True)
    ) == {
        "09/01": PRIMARY,
        "09/02": SECONDARY,
        # two factories whose district is not named: what the named ones leave would tell them
        "27/05": SECONDARY,
        "27/06": SECONDARY,
    }


def test_a_sector_of_few_factories_is_hidden_with_the_other_one_of_its_cluster():
    frame = pd.concat(
        [
            factories(even("09", "1", "a", 2), sector="rural"),
            factories(
                [*even("09", "1", "a", 5), *even("24", "1", "a", 6), *even("09", "2", "a", 9)],
                sector="urban",
            ),
            factories(even("24", "2", "a", 7), sector="rural"),
        ]
    )
    hiding = suppressed(frame, MEASURES, RULES)
    assert set(hiding.domain) == {"sector_cluster"}
    assert dict(zip(hiding.cluster_code + hiding.sector, hiding.status, strict=True)) == {
        "1rural": PRIMARY,
        "1urban": SECONDARY,
    }


def test_a_cluster_that_is_nearly_all_one_hidden_sector_shows_none_but_keeps_its_total():
    """The total tells of the sector what it told before: hiding it would cost other cells."""
    frame = pd.concat(
        [
            factories(even("09", "1", "a", 2, 100.0), sector="rural"),
            factories(even("09", "1", "a", 11, 1.0), sector="urban"),
            factories(even("24", "1", "a", 5, 1.0), sector=""),
            *[factories(even(state, "2", "a", 9), sector=sector)
              for state in ("09", "24") for sector in ("rural", "urban")],
        ]
    )  # fmt: skip
    assert not cells(frame, ["cluster_code"], ["total_output"], [], RULES).is_primary.any()
    hiding = suppressed(frame, MEASURES, RULES)
    assert not (hiding.domain == "cluster").any()
    told = hiding[hiding.domain == "sector_cluster"]
    assert dict(zip(told.cluster_code + told.sector, told.status, strict=True)) == {
        "1": SECONDARY, "1rural": PRIMARY, "1urban": SECONDARY,
    }  # fmt: skip


def test_a_hidden_cluster_shows_none_of_its_sectors():
    frame = pd.concat(
        [
            factories(even("09", "1", "a", 1), sector="rural"),
            factories(even("24", "1", "a", 1), sector="urban"),
            *[factories(even(state, cluster, "a", 9), sector=sector)
              for state in ("09", "24") for cluster in "2345" for sector in ("rural", "urban")],
        ]
    )  # fmt: skip
    hiding = suppressed(frame, MEASURES, RULES)
    hidden = set(hiding[hiding.domain == "cluster"].cluster_code)
    assert "1" in hidden and 1 < len(hidden) < 5
    told = hiding[hiding.domain == "sector_cluster"]
    assert set(told.cluster_code) == hidden
    assert len(told) == 2 * len(hidden)


def test_families_and_years_are_apart():
    rows = [*even("09", "1", "a", 2), *even("09", "2", "a", 5), *even("24", "1", "a", 6),
            *even("24", "2", "a", 9)]  # fmt: skip
    both = pd.concat(
        [
            factories(rows, fixed_capital=10.0),
            factories([*rows, *even("09", "1", "a", 9)], fixed_capital=10.0).assign(
                survey_year="2009-10"
            ),
        ]
    )
    measures = pd.concat(
        [MEASURES, MEASURES.assign(measure="fixed_capital", disclosure_family="capital")]
    )
    hiding = suppressed(both, measures, RULES)
    assert set(hiding.survey_year) == {"2022-23"}
    assert set(hiding.family) == {"production", "capital"}


def test_few_factories_are_hidden_where_the_release_lacks_the_measure():
    rows = [*even("09", "1", "a", 2), *even("09", "2", "a", 5), *even("24", "1", "a", 6),
            *even("24", "2", "a", 9)]  # fmt: skip
    hiding = suppressed(factories(rows).assign(total_output=np.nan), MEASURES, RULES)
    assert (hiding[hiding.domain == "state_cluster"].status == PRIMARY).sum() == 1


def test_no_factories_make_an_empty_table_of_texts():
    hiding = suppressed(factories([]), MEASURES, RULES)
    assert hiding.empty
    assert all(str(kind) in ("str", "string", "object") for kind in hiding.dtypes)
