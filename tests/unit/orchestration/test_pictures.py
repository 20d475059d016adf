"""What the web page shows of a mart: a picture that says what it shows, and its first rows."""

import base64
import re

import duckdb
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from locus_pipeline.orchestration.assets.warehouse import _tables
from locus_pipeline.orchestration.pictures import PICTURES, _figure, pictures
from locus_pipeline.orchestration.previews import preview
from locus_pipeline.settings import Settings

LONG = "Production Technology and Heavy Machinery of every Kind"


@pytest.fixture
def warehouse():
    connection = duckdb.connect()
    connection.execute("create schema marts; create schema raw")
    return connection


def give(warehouse, name: str, rows: str, columns: str) -> None:
    warehouse.execute(f"create table marts.{name} as select * from (values {rows}) t({columns})")


def clusters(warehouse) -> None:
    give(
        warehouse, "cluster_year",
        f"('2009-10', '1', 'Old', 10.0, 0.1, true), ('2022-23', '1', '{LONG}', 40.0, 0.2, true), "
        "('2022-23', '2', 'Leather', 30.0, null, true), ('2022-23', '0', 'None', 99.0, 0.1, true)",
        "survey_year, cluster_code, cluster_name, units_estimated, units_rse, is_synthetic",
    )  # fmt: skip


def drawn(warehouse, mart: str):
    figure = _figure(warehouse, mart, PICTURES[mart])
    FigureCanvasAgg(figure).draw()
    return figure, figure.axes[0]


def test_a_picture_says_its_year_unit_and_error(warehouse):
    clusters(warehouse)
    figure, axes = drawn(warehouse, "cluster_year")
    assert figure.get_suptitle() == "Largest clusters, 2022-23"
    assert axes.get_xlabel() == "factories, estimated (line: 95 % interval of sampling)"
    assert [bar.get_width() for bar in axes.patches] == [40, 30]
    [interval, _] = axes.collections[0].get_segments()
    assert interval[:, 0] == pytest.approx([40 - 1.96 * 8, 40 + 1.96 * 8])


def test_a_long_label_is_whole_and_inside_the_picture(warehouse):
    clusters(warehouse)
    figure, axes = drawn(warehouse, "cluster_year")
    [label, _] = axes.get_yticklabels()
    assert label.get_text().replace("\n", " ") == LONG
    places = label.get_window_extent()
    assert places.x0 >= 0
    assert places.y1 <= figure.bbox.height


def test_reconciliation_tells_apart_what_must_match(warehouse):
    give(
        warehouse, "reconciliation",
        "('2022-23', 'exact', 'blocking', true), ('2022-23', 'exact', 'presence', true), "
        "('2009-10', 'over_5_pct', 'not_calibrated', true), "
        "('2022-23', 'block_not_in_release', 'blocking', true), "
        "('2022-23', 'over_5_pct', 'warning', true), ('2022-23', null, 'warning', true)",
        "survey_year, status, counts_as, is_synthetic",
    )  # fmt: skip
    figure, axes = drawn(warehouse, "reconciliation")
    assert figure.get_suptitle().endswith("2009-10 to 2022-23")
    labels = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    must, other = axes.containers
    assert labels == ["exact", "over 5 %", "over 5 %", "block not in the release", "hidden"]
    assert [bar.get_width() for bar in [*must, *other]] == [2, 1, 1, 1, 1]
    assert len(must) == 2
    assert must.get_label().startswith("must match")
    assert other.get_label().startswith("not comparable")


def test_a_picture_is_an_image_marked_where_it_is_synthetic(warehouse):
    clusters(warehouse)
    assert list(pictures(warehouse)) == ["cluster_year"]
    shown = pictures(warehouse)["cluster_year"].md_str
    title, image = re.fullmatch(r"!\[(.*)\]\(data:image/png;base64,(.*)\)", shown).groups()
    assert title == "Largest clusters, 2022-23"
    assert base64.b64decode(image).startswith(b"\x89PNG")


def test_a_preview_shows_hidden_cells_as_hidden_and_others_as_empty(warehouse):
    give(
        warehouse, "state_year",
        "('2022-23', 'Goa', 3, 12345.6, null, null, 'suppressed_primary', 'suppressed_primary'), "
        "('2022-23', 'A|B', 9, 1.5, 0.1, 8.0, 'none', null), "
        "('2009-10', 'Old', 99, 1.0, 0.1, null, 'none', 'block_not_in_release')",
        "survey_year, state_name, factories_sampled, units_estimated, units_rse, "
        "output_estimated, disclosure, null_reason",
    )  # fmt: skip
    lines = preview(warehouse, "state_year").md_str.splitlines()
    assert lines[0].startswith("| survey_year | state_name | factories_sampled | units_estimated |")
    assert "units_rse" not in lines[0]
    assert lines[2:5] == [
        "| 2022-23 | A\\|B | 9 | 1.5 | 8 | none |  |",
        "| 2022-23 | Goa | 3 | 12,346 | *hidden* | suppressed_primary | suppressed_primary |",
        "| 2009-10 | Old | 99 | 1 |  | none | block_not_in_release |",
    ]
    assert lines[-1] == "3 of 3 rows, 7 of 8 columns."


def test_a_preview_of_an_indicator_hides_what_its_reason_names(warehouse):
    give(
        warehouse, "cluster_indicators",
        "('2022-23', null, null, 'lq: zero_denominator; growth: suppressed;')",
        "survey_year, lq, growth, null_reason",
    )  # fmt: skip
    assert "| 2022-23 |  | *hidden* | lq:" in preview(warehouse, "cluster_indicators").md_str


def test_rejects_are_told_by_place_without_what_stood_there(warehouse):
    give(
        warehouse, "rejected_rows",
        "('2022-23', 'a', 'a.csv', 7, 'units', 'no number: SECRET', false), "
        "('2022-23', 'a', 'a.csv', 3, 'units', 'no number: SECRET', false)",
        "survey_year, block, source_file, line_number, column_name, reason, is_synthetic",
    )  # fmt: skip
    said = preview(warehouse, "rejected_rows").md_str
    assert "| 2022-23 | a | a.csv | units | 2 | 3 |" in said
    assert "SECRET" not in said + pictures(warehouse)["rejected_rows"].md_str


def test_a_mart_that_shares_its_name_with_a_raw_view_lists_its_columns_once(tmp_path):
    settings = Settings(tmp_path)
    settings.warehouse.parent.mkdir()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema marts; create schema raw")
        connection.execute("create table marts.edition as select 'e1' as edition_id")
        connection.execute("create view raw.edition as select 'e1' as edition_id, 1 as other")
    metadata = _tables(settings)["edition"]
    assert [column.name for column in metadata["dagster/column_schema"].columns] == ["edition_id"]
    assert metadata["dagster/row_count"] == 1
    assert "| e1 |" in metadata["preview"].md_str
