"""What a step says when it fails for something that a person can mend."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from locus_pipeline.errors import LocusError


@contextmanager
def failing_in_a_sentence() -> Iterator[None]:
    """A LocusError fails the step in its own words: the pages show them in place of a traceback."""
    try:
        yield
    except LocusError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
