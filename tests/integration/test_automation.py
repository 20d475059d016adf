"""Schedule and sensor ask for exactly the survey years whose content changed."""

import os
import shutil
import zipfile

import dagster as dg
import pytest

from locus_pipeline.asi.ingest import ingest_block
from locus_pipeline.asi.layout import load_layouts
from locus_pipeline.asi.release import find_release
from locus_pipeline.definitions import build_definitions
from locus_pipeline.orchestration.assets.asi import block_assets
from locus_pipeline.orchestration.changes import changed_years
from locus_pipeline.orchestration.jobs import RANGE_END, RANGE_START
from locus_pipeline.sample.asi import write_sample
from locus_pipeline.warehouse.catalogue import write_catalogue
from tests.conftest import SEED, Home

YEARS = ["2008-09", "2009-10", "2011-12"]


@pytest.fixture
def home(make_home, layouts):
    home = make_home("automation")
    for year in YEARS:
        write_sample(home.settings.releases, layouts[year], scale=0.002, seed=SEED)
    return home


def read(home, layouts, year):
    release = find_release(home.settings.releases / year, layouts[year])
    for block in "abcdefghij":
        ingest_block(home.settings, release, block, layouts[year])


def schedule_tick(home):
    schedule = home.definitions.resolve_schedule_def("yearly")
    context = dg.build_schedule_context(
        resources={"settings": home.settings},
        repository_def=home.definitions.get_repository_def(),
    )
    return schedule.evaluate_tick(context)


def sensor_tick(home, cursor):
    sensor = home.definitions.resolve_sensor_def("releases")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources={"settings": home.settings},
            repository_def=home.definitions.get_repository_def(),
        )
        result = sensor.evaluate_tick(context)
    return result, context.cursor


def requests(result):
    return [
        (request.tags.get(RANGE_START, request.partition_key), request.tags.get(RANGE_END))
        for request in result.run_requests
    ]


def test_schedule_asks_for_what_changed_and_for_nothing_else(home, layouts):
    first = schedule_tick(home)
    assert requests(first) == [("2008-09", "2009-10"), ("2011-12", None)]
    for year in YEARS:
        read(home, layouts, year)
    assert schedule_tick(home).run_requests == []
    assert "as it is" in schedule_tick(home).skip_message
    # one block of an old year is released again
    path = next((home.settings.releases / "2009-10").glob("OASE*"))
    path.write_bytes(path.read_bytes()[: -(122 + 2)])
    again = schedule_tick(home)
    assert requests(again) == [("2009-10", None)]


def test_sensor_waits_until_a_release_rests_and_asks_once(home, layouts):
    landed, cursor = sensor_tick(home, None)
    assert landed.run_requests == [], "files may still be arriving"
    at_rest, cursor = sensor_tick(home, cursor)
    assert requests(at_rest) == [("2008-09", "2009-10"), ("2011-12", None)]
    later, cursor = sensor_tick(home, cursor)
    assert later.run_requests == []

    for year in YEARS:
        read(home, layouts, year)
    path = next((home.settings.releases / "2011-12").glob("OASE*"))
    path.touch()  # written to, with the content it had
    for _ in range(2):
        touched, cursor = sensor_tick(home, cursor)
        assert touched.run_requests == []
    path.write_bytes(path.read_bytes()[: -(124 + 2)])
    for _ in range(2):
        changed, cursor = sensor_tick(home, cursor)
    assert requests(changed) == [("2011-12", None)]


def test_sensor_names_a_bad_release_and_goes_on_with_the_others(home):
    (home.settings.releases / "2008-09" / "notes.dat").write_text("hello\n")
    _, cursor = sensor_tick(home, None)
    result, _ = sensor_tick(home, cursor)
    assert requests(result) == [("2009-10", None), ("2011-12", None)]


def damaged_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("OASA09.TXT", "x" * 100)
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 6] = 99  # the version that unpacks it
    path.write_bytes(content)


@pytest.mark.parametrize(
    "put",
    [
        damaged_archive,
        lambda path: path.symlink_to("nowhere"),
        lambda path: path.symlink_to(path.name),
        lambda path: os.mkfifo(path),
    ],
    ids=["archive", "dangling link", "link to itself", "pipe"],
)
def test_what_cannot_be_read_is_its_own_years_problem(make_home, layouts, put):
    home = make_home("unreadable")
    write_sample(home.settings.releases, layouts["2009-10"], scale=0.002, seed=SEED)
    (home.settings.releases / "2008-09").mkdir()
    put(home.settings.releases / "2008-09" / "release.zip")
    (home.settings.releases / "2011-12").symlink_to("nowhere")
    assert requests(schedule_tick(home)) == [("2009-10", None)]
    _, cursor = sensor_tick(home, None)
    result, _ = sensor_tick(home, cursor)
    assert requests(result) == [("2009-10", None)]
    changes = changed_years(home.settings, layouts)
    assert [problem[:9] for problem in changes.problems] == ["2008-09: ", "2011-12: "]
    assert "release.zip" in changes.problems[0]


def test_schedule_names_a_bad_release_and_goes_on_with_the_others(home):
    (home.settings.releases / "2008-09" / "notes.dat").write_text("hello\n")
    (home.settings.releases / "2009-2010").mkdir()
    assert requests(schedule_tick(home)) == [("2009-10", None), ("2011-12", None)]


def test_a_broken_layout_and_a_stray_file_stop_no_other_year(make_home, layouts):
    """The definitions load, the year's blocks fail with the layout's sentence, others are read."""
    settings = make_home("layouts").settings
    settings.user_layouts.mkdir()
    (settings.user_layouts / "2008-09.yaml").write_text("a: [1\nb: 2\n")
    (settings.user_layouts / "2031-32.yaml").write_text("")
    for year in ("2008-09", "2009-10"):
        write_sample(settings.releases, layouts[year], scale=0.002, seed=SEED)
    (settings.releases / "notes.txt").mkdir()
    home = Home(settings, build_definitions(settings))
    assert requests(schedule_tick(home)) == [("2009-10", None)]
    known = load_layouts(settings.user_layouts)
    said = changed_years(settings, known).problems
    assert [sentence.partition(": ")[0] for sentence in said] == [
        "2008-09", f"{settings.releases}/notes.txt", f"{settings.user_layouts}/2031-32.yaml"
    ]  # fmt: skip
    block, *_ = block_assets(known)
    assert block.partitions_def.get_partition_keys() == list(layouts)
    with pytest.raises(dg.Failure, match=r"2008-09: .*2008-09.yaml, line 2, column 2: not a lay"):
        dg.materialize([block], partition_key="2008-09", resources={"settings": settings})
    read(home, layouts, "2008-09")  # before its layout broke
    read(home, layouts, "2009-10")
    left_out = write_catalogue(settings, known).left_out
    assert left_out == {"2008-09": known.faults["2008-09"]}


def test_a_release_that_is_gone_leaves_the_edition(home, layouts):
    """The schedule and the sensor ask for a year that stays; its run builds the others anew."""
    for year in YEARS:
        read(home, layouts, year)
    assert write_catalogue(home.settings, layouts).left_out == {}
    shutil.rmtree(home.settings.releases / "2011-12")
    assert requests(schedule_tick(home)) == [("2009-10", None)]
    cursor, sensed = None, []
    for _ in range(4):
        result, cursor = sensor_tick(home, cursor)
        sensed += requests(result)
    assert sensed == [("2009-10", None)], "once"
    left_out = write_catalogue(home.settings, layouts).left_out
    assert list(left_out) == ["2011-12"] and "is gone" in left_out["2011-12"]
    assert schedule_tick(home).run_requests == []


def test_sensor_asks_again_for_content_it_has_seen(home, layouts):
    """A wrong file lands, then the right one is put back; raw data is removed."""
    for year in YEARS:
        read(home, layouts, year)
    cursor = None
    for _ in range(2):
        _, cursor = sensor_tick(home, cursor)
    path = next((home.settings.releases / "2009-10").glob("OASE*"))
    right = path.read_bytes()
    for content in (right[: -(122 + 2)], right):
        path.write_bytes(content)
        for _ in range(2):
            result, cursor = sensor_tick(home, cursor)
        if content is right:
            assert result.run_requests == [], "raw data is still that of the right file"
        else:
            assert requests(result) == [("2009-10", None)]
    shutil.rmtree(home.settings.raw / "block_e" / "survey_year=2009-10")
    for _ in range(2):
        result, cursor = sensor_tick(home, cursor)
    assert requests(result) == [("2009-10", None)]


def test_sensor_says_why_nothing_is_asked_for(make_home):
    result, _ = sensor_tick(make_home("nothing"), None)
    assert "read as it is" in result.skip_message
