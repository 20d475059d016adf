"""Units without names: an identifier becomes a keyed hash and is kept nowhere.

HMAC-SHA256 with a secret salt (RFC 2104). Udyam numbers and GSTINs can be listed by anybody, so a
hash without a secret could be undone by trying them all.
"""

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

import filelock

from locus_pipeline.errors import LocusError
from locus_pipeline.files import replacing
from locus_pipeline.settings import Settings
from locus_pipeline.text import DASHES, without_spaces

# Udyam registration number; GSTIN (state, PAN, entity, Z, check); number in the cluster's list.
UDYAM = r"UDYAM-[A-Z]{2}-[0-9]{2}-[0-9]{7}"
GSTIN = r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][A-Z0-9]Z[A-Z0-9]"
UNIT_ID_PATTERN = rf"{UDYAM}|{GSTIN}|LIST-[A-Z0-9-]{{1,20}}"
CLUSTER_ID_PATTERN = r"IN-[0-9]{2}-[a-z0-9]+(-[a-z0-9]+)*-[0-9]{2}"
SHORTEST_SALT = 16

_UNIT_ID = re.compile(UNIT_ID_PATTERN)
_GSTIN = re.compile(GSTIN)
_TO_HYPHEN = str.maketrans(dict.fromkeys(DASHES, "-"))
# What stands between the parts of an identifier where somebody wrote it in another way.
_MARKS = "'\"`\xb4\u2018\u2019\u201c\u201d"
_SEPARATORS = re.compile(rf"[-._/\\:(){_MARKS}]")
_UDYAM_PARTS = re.compile(r"UDYAM([A-Z]{2})([0-9]{2})([0-9]{7})")
_LIST_PARTS = re.compile(r"LIST[-._/:]?(?=[A-Z-]*[0-9])([A-Z0-9-]{1,20})")


class IdentityError(LocusError):
    """The salt can't be used."""


def load_salt(settings: Settings) -> bytes:
    """The secret of this home: LOCUS_FACTS_SALT, else LOCUS_HOME/facts/.salt, made when missing.

    The file is for its owner alone (mode 0600). With another salt a unit has another hash: keep it,
    or a unit's rounds can't be linked and withdrawals don't reach it. Raises IdentityError where
    the salt is shorter than 16 characters or can't be read.
    """
    salt = os.environ.get("LOCUS_FACTS_SALT", "").encode()
    source = "LOCUS_FACTS_SALT"
    if not salt:
        path = settings.facts / ".salt"
        source = str(path)
        try:
            if not path.exists() or not path.stat().st_size:
                _make_salt(settings, path)
            salt = path.read_bytes().strip()
        except OSError as error:
            raise IdentityError(f"{source} can't be used: {error.strerror}") from error
    if len(salt) < SHORTEST_SALT:
        raise IdentityError(f"{source} has fewer than {SHORTEST_SALT} characters; use a long one")
    return salt


def _make_salt(settings: Settings, path: Path) -> None:
    """Once for all processes, and on the disk before any hash is: without it no unit can be linked
    to its earlier rounds. An empty file is what a version of Locus left that wrote it in place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    settings.locks.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(settings.locks / "salt.lock"):
        if path.exists() and path.stat().st_size:
            return
        with replacing(path) as aside:
            aside.touch(mode=0o600)
            aside.write_text(secrets.token_hex(32))


def normalised(unit_id: str) -> str:
    """The identifier in its one spelling, whatever spaces, case, dashes or digits it came with.

    Hyphens that are missing or that are other signs are put right where the rest is a Udyam
    number, a GSTIN or a list number; anything else stays what it is, and is no identifier.
    """
    text = _plain(unit_id).upper()
    if _UNIT_ID.fullmatch(text):
        return text
    bare = _SEPARATORS.sub("", text)
    if udyam := _UDYAM_PARTS.fullmatch(bare):
        return "UDYAM-" + "-".join(udyam.groups())
    if _GSTIN.fullmatch(bare):
        return bare
    if listed := _LIST_PARTS.fullmatch(text.strip(_MARKS)):
        return f"LIST-{listed[1]}"
    return text


def normalised_cluster(cluster_id: str) -> str:
    """A cluster's identifier in its one spelling: IN-33-tiruppur-knitwear-01."""
    text = _plain(cluster_id).lower()
    return f"IN-{text[3:]}" if text.startswith("in-") else text


def is_unit_id(normal: str) -> bool:
    """Whether a normalised text is a unit's identifier."""
    return _UNIT_ID.fullmatch(normal) is not None


def is_list_number(normal: str) -> bool:
    """Whether a normalised identifier counts within its cluster only."""
    return normal.startswith("LIST-")


def unit_hash(salt: bytes, cluster_id: str, unit_id: str) -> str:
    """64 hexadecimal digits for a unit; a list number counts within its cluster only."""
    identifier = normalised(unit_id)
    if is_list_number(identifier):
        identifier = f"{normalised_cluster(cluster_id)}/{identifier}"
    return hmac.new(salt, identifier.encode(), hashlib.sha256).hexdigest()


def _plain(text: str) -> str:
    """Compatibility form without spaces and invisible characters, hyphens for all dashes, 0 to 9
    for the digits of any script."""
    shown = without_spaces(text).translate(_TO_HYPHEN)
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in shown)
