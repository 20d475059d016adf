"""Units without names: an identifier becomes a keyed hash and is kept nowhere.

HMAC-SHA256 with a secret salt (RFC 2104). Udyam numbers and GSTINs can be listed by anybody, so a
hash without a secret could be undone by trying them all.
"""

import hashlib
import hmac
import os
import re
import secrets

from locus_pipeline.errors import LocusError
from locus_pipeline.settings import Settings

# Udyam registration number; GSTIN (state, PAN, entity, Z, check); number in the cluster's list.
UNIT_ID_PATTERN = (
    r"UDYAM-[A-Z]{2}-[0-9]{2}-[0-9]{7}"
    r"|[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][A-Z0-9]Z[A-Z0-9]"
    r"|LIST-[A-Z0-9-]{1,20}"
)
SHORTEST_SALT = 16


class IdentityError(LocusError):
    """The salt can't be used."""


def load_salt(settings: Settings) -> bytes:
    """The secret of this home: LOCUS_FACTS_SALT, else LOCUS_HOME/facts/.salt, made when missing.

    The file is for its owner alone (mode 0600). With another salt a unit has another hash: keep it,
    or a unit's rounds can't be linked and withdrawals don't reach it. Raises IdentityError where
    the salt is shorter than 16 characters.
    """
    salt = os.environ.get("LOCUS_FACTS_SALT", "").encode()
    source = "LOCUS_FACTS_SALT"
    if not salt:
        path = settings.facts / ".salt"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            salt = path.read_bytes().strip()
        else:
            salt = secrets.token_hex(32).encode()
            with os.fdopen(handle, "wb") as file:
                file.write(salt)
        source = str(path)
    if len(salt) < SHORTEST_SALT:
        raise IdentityError(f"{source} has fewer than {SHORTEST_SALT} characters; use a long one")
    return salt


def normalised(unit_id: str) -> str:
    """The identifier without spaces, in capitals."""
    return re.sub(r"\s", "", unit_id).upper()


def unit_hash(salt: bytes, cluster_id: str, unit_id: str) -> str:
    """64 hexadecimal digits for a unit; a list number counts within its cluster only."""
    identifier = normalised(unit_id)
    if identifier.startswith("LIST-"):
        identifier = f"{cluster_id}/{identifier}"
    return hmac.new(salt, identifier.encode(), hashlib.sha256).hexdigest()
