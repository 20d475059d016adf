"""Units are known by a keyed hash, and by nothing else."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.rounds.identity import IdentityError, load_salt, normalised, unit_hash
from locus_pipeline.settings import Settings

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
