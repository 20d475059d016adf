"""The root of all faults that a person can mend."""


class LocusError(Exception):
    """Something that the user can mend: its message is one sentence with name, place and remedy.

    The command line prints the message without a traceback; a Dagster step gives it as its
    failure. It never repeats what a file holds beyond `quoted` header names (locus_pipeline.text).
    """
