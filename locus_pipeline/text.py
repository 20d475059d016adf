"""What counts as white space, as invisible and as quotable, in every file that a person gives us.

One rule for survey files, FACTS rounds and tables of the user, in Python and (through the same
character lists) in SQL.
"""

import re
import unicodedata

# Unicode's White_Space property (PropList.txt): among them the non-breaking spaces that
# spreadsheets and web pages put beside numbers.
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# Characters that nobody sees: soft hyphen, zero-width space and joiners, direction marks, word
# joiner, byte order mark.
INVISIBLE = "\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
# What people and word processors write for a hyphen.
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d"
LONGEST_QUOTE = 40

# They shape letters of Indian scripts, so they stay inside a text.
JOINERS = "\u200c\u200d"

_BLANK = re.compile(f"[{re.escape(SPACES + INVISIBLE)}]+")
_SPACES = re.compile(f"[{re.escape(SPACES)}]+")
_UNSEEN = re.compile(f"[{re.escape(''.join(set(INVISIBLE) - set(JOINERS)))}]+")


def stripped(text: str) -> str:
    """Without white space and invisible characters at both ends."""
    return text.strip(SPACES + INVISIBLE)


def single_spaced(text: str) -> str:
    """For texts of several words: one plain space for each run of white space, nothing unseen."""
    return stripped(_SPACES.sub(" ", _UNSEEN.sub("", text)))


def without_spaces(text: str) -> str:
    """Compatibility form (NFKC) without any white space or invisible character."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text))


def printable(name: str) -> str:
    """A file's name on one line: what can't be printed, like bytes that are no text, is U+FFFD."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def shortened(name: str) -> str:
    """A name from a header or a path on one line, at most 40 characters."""
    shown = _BLANK.sub(" ", "".join(c if c.isprintable() else " " for c in name)).strip()
    return shown if len(shown) <= LONGEST_QUOTE else shown[: LONGEST_QUOTE - 1] + "…"


def quoted(name: str) -> str:
    """A name from a header or a path for a message: shortened, between quotation marks.

    For names only. What stands in a data row is never quoted in a message.
    """
    return repr(shortened(name))
