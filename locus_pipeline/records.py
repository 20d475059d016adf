"""A record: JSON that says what files beside it hold, and knows when itself or they are damaged.

It has a hash over itself, and the SHA-256 of each file that it speaks for. It is written last, so
that files with a sound record are whole.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from locus_pipeline.errors import LocusError
from locus_pipeline.files import content_hash, replacing

SEAL, FILES = "seal", "files"


class DamagedError(LocusError):
    """A record, or a file that it speaks for, is not what was written."""


def write_record(path: Path, content: dict[str, Any], files: Iterable[Path] = ()) -> None:
    """Write `content`, which has no keys `seal` and `files`, for `files` in or below any folder
    beside the record; the same content is the same bytes."""
    hashes = {os.path.relpath(file, path.parent): content_hash(file) for file in files}
    document = content | {FILES: hashes}
    with replacing(path) as aside:
        aside.write_text(json.dumps(document | {SEAL: _seal(document)}, indent=1) + "\n")


def read_record(path: Path) -> dict[str, Any] | None:
    """What was written; None where there is no record, or one that another version of Locus wrote,
    without a seal. Raises DamagedError where it or one of its files was changed since.
    """
    document = _document(path)
    if document is None or SEAL not in document:
        return None
    if document.pop(SEAL) != _seal(document):
        raise DamagedError(f"{path} is damaged")
    for name, expected in document.pop(FILES).items():
        file = path.parent / name
        if not file.is_file():
            raise DamagedError(f"{file.resolve()} is missing")
        if content_hash(file) != expected:
            raise DamagedError(f"{file.resolve()} is damaged: it is not what was written")
    return document


def read_unsealed(path: Path) -> dict[str, Any] | None:
    """A record of a version of Locus that wrote no seals; None where it is no such record."""
    document = _document(path)
    return None if document is None or SEAL in document else document


def _document(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DamagedError(f"{path} is damaged") from error
    if not isinstance(document, dict):
        raise DamagedError(f"{path} is damaged")
    return document


def _seal(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
