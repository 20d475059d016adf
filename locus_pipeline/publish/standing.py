"""Whether the published edition is already what a run would make: then there is nothing to run.

    published.json    written after the edition: its id, and what it was made of

A home that another version of Locus wrote has no such record, and runs once more.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from locus_pipeline.index.seal import IncompleteIndexError, check_sealed, index_identity
from locus_pipeline.index.store import check_stored
from locus_pipeline.publish.edition import Edition, damage_of
from locus_pipeline.records import DamagedError, read_record, write_record
from locus_pipeline.rounds.store import rounds_in
from locus_pipeline.settings import Settings


def record_publication(settings: Settings, edition: Edition, inputs_id: str) -> None:
    """Note what the published edition was made of; `inputs_id` names all that the models read."""
    content = {
        "edition": edition.folder.name,
        "inputs_id": inputs_id,
        "index": index_identity(settings),
        "day": _day(settings),
    }
    write_record(settings.publication, content)


def standing_edition(
    settings: Settings, inputs_id: str, has_all: Callable[[Path], bool]
) -> str | None:
    """The folder's name of the published edition where it was made of these inputs and is whole;
    None where another has to be made, or something of it was damaged since. `has_all` says whether
    a folder has what an edition has beside its tables."""
    try:
        record = read_record(settings.publication)
        if record is None or record["inputs_id"] != inputs_id or record["day"] != _day(settings):
            return None
        check_sealed(settings, inputs_id)
        check_stored(settings)
    except (DamagedError, IncompleteIndexError):
        return None
    folder = settings.published.resolve()
    is_whole = (
        settings.published.is_symlink()
        and settings.warehouse.exists()
        and folder.name == record["edition"]
        and index_identity(settings) == record["index"]
        and has_all(folder)
        and not damage_of(folder)
    )
    return folder.name if is_whole else None


def _day(settings: Settings) -> str:
    """The date that the gate asks how old a round is; rounds that are invented do not age."""
    is_aging = any(not stored.is_synthetic for stored in rounds_in(settings))
    return date.today().isoformat() if is_aging else ""
