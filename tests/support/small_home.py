"""A home with one line of block A and one round, made by hand."""

from locus_pipeline.asi.ingest import ingest_block
from locus_pipeline.asi.layout import BLOCK_LETTERS
from locus_pipeline.asi.release import find_release
from locus_pipeline.rounds.round import open_round
from locus_pipeline.rounds.store import store_round
from locus_pipeline.settings import Settings
from tests.support.records import record, year
from tests.support.rounds import unit_row, write_round

YEAR = year("2009-10")


def make_small_home(settings: Settings) -> Settings:
    """Write the release 2009-10 and the round `pilot`, and read both."""
    folder = settings.releases / "2009-10"
    folder.mkdir(parents=True)
    [layout] = YEAR.release("panel").parts("a")
    line = record(layout, scheme="1", units="1", field_office="101")
    (folder / "OASA10.TXT").write_text(line + "\r\n", newline="")
    contents = find_release(folder, YEAR)
    for block in BLOCK_LETTERS:
        ingest_block(settings, contents, block, YEAR)
    store_round(settings, open_round(write_round(settings.facts / "pilot", [unit_row()])))
    return settings
