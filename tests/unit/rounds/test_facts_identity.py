"""Units are known by a keyed hash, and by nothing else."""

import errno
import hashlib
import hmac
import os
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.errors import LocusError
from locus_pipeline.rounds import identity
from locus_pipeline.rounds.identity import IdentityError, load_salt, normalised, unit_hash
from locus_pipeline.settings import Settings
from tests.support.disk import Disk, PowerCutError

SALT = b"0123456789abcdef"


@pytest.fixture(autouse=True)
def no_salt_around(monkeypatch):
    monkeypatch.delenv("LOCUS_FACTS_SALT", raising=False)


def test_salt_is_made_once_for_its_owner_alone(tmp_path):
    settings = Settings(home=tmp_path)
    salt = load_salt(settings)
    path = tmp_path / "facts" / ".salt"
    assert len(salt) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_salt(settings) == salt
    assert load_salt(Settings(home=tmp_path / "other")) != salt


def test_a_salt_that_another_process_made_meanwhile_is_taken(tmp_path, monkeypatch):
    """Two processes on a new home: the second one waits for the lock, and then looks again."""
    path = tmp_path / "facts" / ".salt"

    @contextmanager
    def taken_after_the_other_process(_):
        path.write_text("5" * 64)
        yield

    monkeypatch.setattr(identity.filelock, "FileLock", taken_after_the_other_process)
    assert load_salt(Settings(home=tmp_path)) == b"5" * 64


def test_salt_is_on_the_disk_before_it_is_used(tmp_path):
    """A power cut at any moment leaves none that somebody was known by, or the same for ever."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        load_salt(Settings(home=tmp_path / "whole"))
    assert [name for name, _ in disk.calls][-5:] == ["open", "fsync", "replace", "open", "fsync"]
    for call in range(len(disk.calls)):
        settings = Settings(home=tmp_path / f"cut {call}")
        with pytest.MonkeyPatch.context() as patch, pytest.raises(PowerCutError):
            Disk(patch, PowerCutError(), call)
            load_salt(settings)
        salt = load_salt(settings)
        assert len(salt) == 64 and load_salt(settings) == salt


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_salt_that_can_not_be_written_is_one_sentence(tmp_path, number):
    settings = Settings(home=tmp_path)
    for call in (1, 2, 3):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(LocusError) as failure:
            Disk(patch, OSError(number, os.strerror(number)), call)
            load_salt(settings)
        assert ".salt" in str(failure.value) and "\n" not in str(failure.value)
        assert not (tmp_path / "facts" / ".salt").exists()
    (tmp_path / "facts" / ".salt").touch(mode=0o600)  # as an older version was cut
    assert len(load_salt(settings)) == 64


def test_salt_of_the_environment_comes_first_and_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCUS_FACTS_SALT", SALT.decode())
    assert load_salt(Settings(home=tmp_path)) == SALT
    assert not (tmp_path / "facts").exists()
    monkeypatch.setenv("LOCUS_FACTS_SALT", "short")
    with pytest.raises(IdentityError, match="16 characters"):
        load_salt(Settings(home=tmp_path))


def test_hash_is_hmac_sha256_of_the_identifier():
    expected = hmac.new(SALT, b"33ABCDE1234F1Z5", hashlib.sha256).hexdigest()
    assert unit_hash(SALT, "IN-33-a-01", " 33abcde1234f1z5 ") == expected
    assert unit_hash(b"another salt, as long", "IN-33-a-01", "33ABCDE1234F1Z5") != expected


def test_registered_units_are_the_same_everywhere_and_list_numbers_are_not():
    first, second = "IN-33-a-01", "IN-33-b-01"
    udyam = "UDYAM-TN-33-0000001"
    assert unit_hash(SALT, first, udyam) == unit_hash(SALT, second, udyam)
    assert unit_hash(SALT, first, "LIST-7") != unit_hash(SALT, second, "LIST-7")


@given(st.text(min_size=1), st.text(min_size=1))
def test_hash_tells_nothing_and_confuses_nobody(one, other):
    digest = unit_hash(SALT, "c", one)
    assert len(digest) == 64 and set(digest) <= set("0123456789abcdef")
    same = normalised(one) == normalised(other)
    assert (digest == unit_hash(SALT, "c", other)) == same
