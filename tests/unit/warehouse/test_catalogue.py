"""What an edition is made of: the same in every home, another where anything that decides is."""

import errno
import json
import shutil
from dataclasses import fields, replace

import pandas as pd
import pytest

from locus_pipeline.asi.ingest import ingest_block, read_manifest, rows_path
from locus_pipeline.asi.layout import Layouts
from locus_pipeline.asi.release import find_release
from locus_pipeline.files import DiskError, read_parquet
from locus_pipeline.rounds.round import open_round
from locus_pipeline.rounds.store import store_round
from locus_pipeline.settings import Settings
from locus_pipeline.warehouse import catalogue
from locus_pipeline.warehouse.catalogue import write_catalogue
from tests.support.disk import (
    HARMS,
    SOME_OR_MORE,
    Disk,
    PowerCutError,
    calls_of,
    empty,
    flip,
)
from tests.support.small_home import YEAR, make_small_home

YEARS = Layouts({"2009-10": YEAR})


@pytest.fixture(scope="module")
def prepared_home(tmp_path_factory) -> Settings:
    return make_small_home(Settings(tmp_path_factory.mktemp("catalogue") / "home", threads=1))


@pytest.fixture
def home(prepared_home, tmp_path) -> Settings:
    shutil.copytree(prepared_home.home, tmp_path / "home")
    return replace(prepared_home, home=tmp_path / "home")


def edition(settings: Settings, years=YEARS) -> dict:
    write_catalogue(settings, years)
    [row] = pd.read_parquet(settings.raw / "catalogue" / "edition.parquet").to_dict("records")
    return row


def test_two_homes_and_two_salts_name_the_same_the_same(home, tmp_path, monkeypatch):
    first = edition(home)
    assert edition(home) == first
    monkeypatch.setenv("LOCUS_FACTS_SALT", "another salt, long enough")
    elsewhere = make_small_home(
        Settings(tmp_path / "a home elsewhere", memory_limit="1GB", threads=2)
    )
    second = edition(elsewhere)
    assert second["edition_id"] == first["edition_id"]
    assert second["input_manifest_hash"] == first["input_manifest_hash"]
    assert str(tmp_path) not in json.dumps(second, default=str)


def user_registry(settings):
    (settings.home / "registry").mkdir()
    ((settings.home / "registry") / "support_agencies.csv").write_text(
        "agency_code,agency_name,agency_group,work,area_codes,source,is_synthetic\n"
        "OURS,Ours,other_institute,,,its site,false\n"
    )


def user_deflators(settings):
    (settings.home / "definitions").mkdir()
    (settings.home / "definitions" / "deflators.csv").write_text(
        "survey_year,deflator,base_year,source\n2009-10,100,2009-10,a table\n"
    )


def another_release(settings):
    [path] = (settings.releases / "2009-10").iterdir()
    path.write_text(path.read_text() * 2, newline="")
    ingest_block(settings, find_release(path.parent, YEAR), "a", YEAR)


def a_withdrawal(settings):
    (settings.facts / "pilot" / "withdrawn.csv").write_text("unit_id\nUDYAM-TN-33-0000001\n")
    store_round(settings, open_round(settings.facts / "pilot"))


@pytest.mark.parametrize(
    "change",
    [user_registry, user_deflators, another_release, a_withdrawal],
    ids=lambda change: change.__name__,
)
def test_another_input_is_another_edition(home, change):
    before = edition(home)["edition_id"]
    change(home)
    assert edition(home)["edition_id"] != before


@pytest.mark.parametrize("setting", [{"index_agency": "MSME"}, {"unreconciled": "warn"}])
def test_a_setting_that_decides_is_another_edition(home, setting):
    row = edition(home)
    other = edition(replace(home, **setting))
    assert other["edition_id"] != row["edition_id"]
    assert json.loads(other["settings"]) == json.loads(row["settings"]) | setting


def test_every_new_setting_decides_unless_it_is_known_not_to():
    """A setting that is added is covered by the id without anybody's thinking of it."""
    of_the_machine = {"home", "memory_limit", "threads", "site"}
    assert (
        set(Settings("x").deciding) == {field.name for field in fields(Settings)} - of_the_machine
    )


def test_facts_of_a_layout_and_packages_are_another_edition(home, monkeypatch):
    """What stands in no file of the release decides all the same."""
    before = edition(home)["edition_id"]
    assert (
        edition(home, Layouts({"2009-10": replace(YEAR, status_codes="x")}))["edition_id"] != before
    )
    monkeypatch.setattr(catalogue, "version", lambda name: "99")
    assert edition(home)["edition_id"] != before


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_catalogue_is_written_again(home, harm):
    first = edition(home)
    assert edition(home)["created_at"] == first["created_at"]
    harm(home.raw / "catalogue" / "edition.parquet")
    assert edition(home)["edition_id"] == first["edition_id"]


@pytest.mark.parametrize("some", SOME_OR_MORE)
def test_a_power_cut_or_a_failing_disk_leaves_a_catalogue_that_is_written_again(home, some):
    """At each call that writes: every table of it is whole, and the next run's are as they were."""
    edition(home)
    whole = catalogued(home)
    failures = (PowerCutError(), OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "broken"))
    for call in calls_of(lambda: write_catalogue(home, YEARS), some):
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, failures[call % len(failures)], call)
            with pytest.raises((PowerCutError, DiskError)):
                write_catalogue(home, YEARS)
        assert catalogued(home) == whole
        said = []
        write_catalogue(home, YEARS, said.append)
        assert (catalogued(home), said) == (whole, [])


def catalogued(settings: Settings) -> dict[str, list[dict]]:
    folder = settings.raw / "catalogue"
    return {path.name: read_parquet([path]).to_dict("records") for path in folder.glob("*.parquet")}


def test_what_is_damaged_is_read_again_before_any_model_reads_it(home):
    flip(rows_path(home, "a", "2009-10"))
    said = []
    written = write_catalogue(home, YEARS, said.append)
    assert written.left_out == {} and read_manifest(home, "a", "2009-10")
    assert len(said) == 1 and "block A of 2009-10 is read again" in said[0]


@pytest.mark.parametrize("lost", ["manifest", "rows"])
def test_what_cannot_be_read_again_leaves_the_edition_and_stops_no_other_year(home, lost):
    path = rows_path(home, "a", "2009-10")
    empty(path if lost == "rows" else path.with_name("manifest.json"))
    shutil.rmtree(home.releases / "2009-10")
    said = []
    with pytest.raises(catalogue.NothingIngestedError):
        write_catalogue(home, YEARS, said.append)
    assert not path.exists()
    assert "\n" not in said[0] and str(path.parent) in said[0]


def test_damaged_rows_without_a_manifest_are_mended(home):
    path = rows_path(home, "a", "2009-10")
    path.with_name("manifest.json").unlink()
    empty(path)
    write_catalogue(home, YEARS, lambda _: None)
    assert read_manifest(home, "a", "2009-10")
