"""Products, priority regions, poverty lines and plans, by hand."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from locus_pipeline.methods.selection.places import (
    district_table,
    poverty_line,
    region_share,
    spelled,
)
from locus_pipeline.methods.selection.plan import costs
from locus_pipeline.methods.selection.products import indices, specialisation
from locus_pipeline.publish.plan import tariff_of_seeds
from tests.support.selection_warehouse import seed


def test_product_indices_by_hand():
    """One sells 3/4 and 1/4 of two products, the other halves of the second and a third."""
    concentration, distinctness = indices(np.array([[3.0, 1, 0], [0, 1, 1], [0, 0, 0]]))
    assert concentration == approx([0.625, 0.5, np.nan], nan_ok=True)
    # |0.75| + |0.25 - 0.5| + |0.5| over 2
    assert distinctness == approx([0.75, 0.75, np.nan], nan_ok=True)
    assert np.isnan(indices(np.array([[1.0, 1]]))[1]).all()


def units(**columns) -> pd.DataFrame:
    count = len(columns["unit"])
    defaults = {
        "group": "1",
        "period": "2026",
        "stratum": "",
        "weight": 1.0,
        "is_controlled": False,
    }
    return pd.DataFrame({**dict.fromkeys(defaults), **defaults, **columns}, index=range(count))


def test_specialisation_weighs_units_and_is_certain_where_all_were_taken():
    given = units(unit=["a1", "a2", "b1"], object_id=["a", "a", "b"], weight=[1.0, 3.0, 1.0])
    lines = pd.DataFrame(
        [("a1", "P", 10.0), ("a2", "Q", 10.0), ("b1", "Q", 7.0), ("b1", "R", -1.0)],
        columns=["unit", "product", "amount"],
    )
    rows = specialisation(lines, given, 20, 1, 5, 0.85).set_index(["measure", "object_id"])
    assert rows.value["product_concentration", "a"] == approx(0.625)
    assert rows.value["product_distinctness"].tolist() == approx([0.25, 0.25])
    assert rows.standard_error.tolist() == [0.0] * 4
    assert rows.sample_size["product_concentration"].tolist() == [2, 1]


def test_specialisation_of_a_sample_has_an_error():
    names = [f"a{at}" for at in range(8)] + ["b1"]
    given = units(
        unit=names, object_id=["a"] * 8 + ["b"], stratum=["s"] * 8 + [""], weight=[5.0] * 8 + [1]
    )
    lines = pd.DataFrame(
        [(name, "P" if at < 4 else "Q", 1.0) for at, name in enumerate(names)],
        columns=["unit", "product", "amount"],
    )
    rows = specialisation(lines, given, 200, 1, 5, 0.85).set_index(["measure", "object_id"])
    # a share of 1/2 from 8 of 40: sqrt(0.8 x 0.25 / 7) = 0.169, and the index moves by twice that
    assert 0.1 < rows.standard_error["product_distinctness", "a"] < 0.25


@pytest.mark.parametrize(
    ("amounts", "reason"),
    [
        ([1.0, 1.0], "too_few_units_with_products"),
        ([1.0] * 5, ""),
        ([1.0] * 5 + [99.0], "one_unit_dominates"),
    ],
)
def test_few_or_dominated_units_are_not_shown(amounts, reason):
    names = [f"a{at}" for at in range(len(amounts))]
    given = units(unit=names, object_id=["a"] * len(names), is_controlled=True)
    lines = pd.DataFrame({"unit": names, "product": "P", "amount": amounts})
    rows = specialisation(lines, given, 5, 1, 5, 0.85).set_index("measure")
    assert rows.null_reason["product_concentration"] == reason
    assert rows.value.isna()["product_concentration"] == (reason != "")
    assert specialisation(lines[:0], given, 5, 1, 5, 0.85).null_reason.unique().tolist() == [
        "no_products_declared"
    ]


EXTENTS = dict(seed("priority_regions").set_index("state_code").extent)
KNOWN = district_table(seed("priority_region_districts").fillna({"other_names": ""}))


@pytest.mark.parametrize(
    ("state", "districts", "share", "reason"),
    [
        ("10", None, 1.0, ""),
        ("33", "Chennai", 0.0, ""),
        ("27", "Latur", 1.0, ""),
        ("27", "Aurangabad district; Pune", 0.5, ""),
        ("27", "OSMANABAD", 1.0, ""),
        ("29", "Udupi", 0.0, ""),
        ("29", "Belgaum;Gulbarga", 1.0, ""),
        ("24", "Kachchh", 1.0, ""),
        ("08", "Banswara, Jaipur", 0.5, ""),
        ("36", "Hyderabad", 0.0, ""),
        ("27", "Atlantis", np.nan, "district_not_known"),
        ("27", " ; ", np.nan, "no_district_named"),
        ("27", "Atlantis; Latur", 1.0, ""),
    ],
)
def test_priority_regions_are_resolved_to_districts(state, districts, share, reason):
    assert region_share(state, districts, EXTENTS, KNOWN) == (approx(share, nan_ok=True), reason)


def test_every_district_stands_once_and_parts_alone_are_resolved():
    rows = seed("priority_region_districts")
    parts = {state for state, extent in EXTENTS.items() if extent == "part"}
    assert set(rows.state_code) == parts
    spellings = pd.DataFrame(
        {(row.state_code, spelled(name), row.district_name)
         for row in rows.fillna({"other_names": ""}).itertuples()
         for name in [row.district_name, *row.other_names.split(";")] if name},
        columns=["state_code", "spelling", "district"],
    )  # fmt: skip
    assert not spellings.duplicated(["state_code", "spelling"]).any()
    assert len(KNOWN) == len(spellings)
    assert rows.groupby("state_code").is_priority.nunique().eq(2).all()


LINES = pd.DataFrame(
    [
        ("1999-00", "IN", "rural", 327.56, "source"), ("1999-00", "IN", "urban", 454.2, "source"),
        ("1999-00", "33", "rural", 307.6, "source"), ("2011-12", "IN", "rural", 816.0, "user"),
        ("2011-12", "27", "rural", 967.0, "user"), ("2011-12", "IN", "urban", 1000.0, "user"),
    ],
    columns=["survey_year", "state_code", "setting", "line", "basis"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("year", "state", "setting", "line", "name"),
    [
        ("1999-00", "33", "rural", 307.6, "source 1999-00 33 rural"),
        ("1999-00", "10", "rural", 327.56, "source 1999-00 IN rural"),
        ("1999-00", "10", "mixed", (327.56 + 454.2) / 2, None),
        ("2011-12", "27", "rural", 967.0, "user 2011-12 27 rural"),
        # the price level doubles
        ("2022-23", "27", "rural", 1934.0, "user 2011-12 27 rural"),
        # the user's goes before the source's, however near
        ("2011-12", "33", "rural", 816.0, "user 2011-12 IN rural"),
    ],
)
def test_poverty_lines_are_brought_to_the_year(year, state, setting, line, name):
    found_line, found_name, reason = poverty_line(
        LINES, {"2011-12": 100.0, "2022-23": 200.0}, year, state, setting
    )
    assert (found_line, reason) == (approx(line), "")
    assert name is None or found_name == name


def test_a_poverty_line_that_can_not_be_had_says_why():
    none = poverty_line(LINES, {}, "1998-99", "33", "rural")
    assert none[2] == "no_poverty_line"
    assert poverty_line(LINES, {"2011-12": 1.0}, "2022-23", "33", "rural")[2] == (
        "no_deflator_for_the_poverty_line"
    )


def test_the_document_s_own_figures_are_as_printed():
    lines = seed("poverty_lines")
    assert (lines.printed_line / lines.persons).round(2).max() == 539.8
    rural = lines[(lines.state_code == "IN") & (lines.setting == "rural")]
    # "assumed to have five members, the rural poverty line was Rs.1638"
    assert round(5 * float(rural.printed_line.iloc[0])) == 1638


def clusters(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["cluster_id", "rule", "size", "infrastructure"])


NO_COSTS = pd.DataFrame(
    columns=["cluster_id", "cost", "payer", "low_lakh", "high_lakh", "first_year", "last_year"]
)


def test_a_cluster_of_average_size_by_hand():
    """Section 4.3 as it is: 50-100 + 15 + 10 + 15 + 100-200, industrial 2:1:1."""
    rows = costs(clusters(("a", "industrial", "average", True)), NO_COSTS, tariff_of_seeds())
    assert rows[["low", "average", "high"]].sum().tolist() == approx([190, 265, 340])
    capacity = rows[rows.line == "capacity"].groupby("payer")[["low", "high"]].sum()
    assert capacity.to_dict("index") == {
        "stakeholders": {"low": approx(25), "high": approx(50)},
        "implementing_agency": {"low": approx(12.5), "high": approx(25)},
        "support_institutions": {"low": approx(12.5), "high": approx(25)},
    }
    place = rows[rows.line == "infrastructure"].groupby("payer")[["low", "high"]].sum()
    # 80 to 150 beside 20 to 50 of other sources
    assert place.loc["implementing_agency"].tolist() == approx([80, 150])
    assert place.loc["other_sources"].tolist() == approx([20, 50])
    assert sorted(rows.year.unique()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("rule", "ratio"),
    [
        ("industrial", (2, 1, 1)), ("unorganised_supported", (1, 1, 2)),
        ("unorganised_unsupported", (1, 2, 1)),
    ],
)  # fmt: skip
def test_payers_share_by_the_rule_of_the_cluster(rule, ratio):
    rows = costs(clusters(("a", rule, "large", False)), NO_COSTS, tariff_of_seeds())
    shares = rows[rows.line == "capacity"].groupby("payer").average.sum()
    order = ["stakeholders", "implementing_agency", "support_institutions"]
    assert (shares[order] / shares.sum()).tolist() == approx([part / 4 for part in ratio])
    assert "infrastructure" not in set(rows.line)


def test_own_cost_lines_are_spread_over_their_years():
    lines = pd.DataFrame(
        [
            ("a", "Shed", "by_rule", 10.0, 30.0, 2, 3),
            ("a", "Fair", "other_sources", 4, 4, None, None),
        ],
        columns=NO_COSTS.columns,
    )  # fmt: skip
    rows = costs(clusters(("a", "industrial", "small", False)), lines, tariff_of_seeds())
    mine = rows[rows.is_own]
    assert mine.groupby("line_name").average.sum().to_dict() == {"Shed": 20, "Fair": 4}
    shed = mine[mine.line_name == "Shed"]
    assert shed.groupby("year").high.sum().loc[lambda sums: sums > 0].to_dict() == {2: 15, 3: 15}
    assert shed[shed.payer == "stakeholders"].low.sum() == 5


def test_sizes_and_years_add_up():
    for line in seed("plan_lines").itertuples():
        assert sum(getattr(line, f"year_{year}") for year in range(1, 6)) == approx(1)
    for size in seed("plan_sizes").itertuples():
        assert 0 <= size.low_at <= size.average_at <= size.high_at <= 1
