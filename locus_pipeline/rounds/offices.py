"""Names and addresses of offices, never of persons: what the sheets of the registry take.

No list has all persons' names, so nothing is looked for that is one. A value is taken where it
shows that it is an office's: by a word that only organisations bear, a post, a role mailbox, a
fixed line (seed office_words, a proposal of ours). What shows nothing is refused, with what to
write instead; an organisation with an unusual name is lost before a person is let in. Addresses and
titles are running text, of which that can't be demanded: they are refused where they show a person
(a title before a name, "c/o", a mobile number, a mailbox, an identifier), and stay the collector's
responsibility else.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from locus_pipeline.reference import reference_rows
from locus_pipeline.rounds.identity import GSTIN, UDYAM

# Where a name ends and something beside it begins.
PARTS = re.compile(r"[,;:/|()\[\]{}]|\s[-\u2013\u2014]+\s|\n")
# What follows a name that is no name of an office: Shri Ram of the association.
BESIDE = ("of", "at", "from", "in", "for", "to")
CARE_OF = re.compile(
    r"\b([csdwh]\s?/\s?o|care of|attn|attention|kind attention|residence of|resident of|house of)\b"
    r"|मार्फत|निवास",
    re.IGNORECASE,
)
# PAN, Aadhaar and mobile numbers, beside the identifiers of units.
IDENTIFIES = re.compile(
    rf"{UDYAM}|{GSTIN}|\b[A-Z]{{5}}[0-9]{{4}}[A-Z]\b|\b[0-9]{{4}}[ -]?[0-9]{{4}}[ -]?[0-9]{{4}}\b"
    r"|(?<![0-9])(\+?91[ -]?|0)?[6-9][0-9]{4}[ -]?[0-9]{5}(?![0-9])",
    re.IGNORECASE,
)
# A fixed line: an area code of two to four digits and a number, ten digits together; toll-free.
FIXED_LINE = re.compile(r"(?:\+91[ -]?|0)([1-8][0-9]{1,3})[ -]([2-7][0-9]{5,7})")
TOLL_FREE = re.compile(r"1800[ -]?[0-9]{3}[ -]?[0-9]{3,4}")
DIGITS_OF_A_LINE = 10
LINK = re.compile(r"https?://[a-z0-9.-]+\.[a-z]{2,}(:[0-9]+)?(/[^\s<>\"@]*)?", re.IGNORECASE)
PROFILE = re.compile(r"linkedin\.com/in/|facebook\.com|instagram\.com|twitter\.com|x\.com/", re.I)
DATE = re.compile(r"((19|20)[0-9]{2})-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")
MAILBOX = re.compile(r"([a-z0-9._+-]+)@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}", re.IGNORECASE)
# A firm that is a person of its own in law.
COMPANY = (
    "limited", "ltd", "llp", "company", "corporation", "cooperative", "federation", "board",
    "लिमिटेड", "निगम", "सहकारी", "कंपनी",
)  # fmt: skip
FIRM = (*COMPANY, "pvt", "bros", "sons")
# Forms of words of activities and trades: dyeing, suppliers, processors.
ACTIVITY = re.compile(r"[a-z]{2,}(ing|ers|ors)")
LONGEST = 300


@dataclass(frozen=True)
class Form:
    """What a kind of cell must look like, and what a message tells to write."""

    fits: Callable[[str], bool]
    advice: str


def is_organisation(text: str) -> bool:
    """Whether each part of a name shows that it is an organisation's, and none is a post."""
    parts = [words for part in PARTS.split(text) if (words := _words(part))]
    # "Office of the Development Commissioner" is an organisation, "Ram, Commissioner" is none
    posts = _listed("post") - _listed("common")
    return (
        not _shows_person(text, honorifics=False)
        and any(_bodies(words) for words in parts)
        and all(_is_part_of_name(words, posts) for words in parts)
    )


def _is_part_of_name(words: list[str], posts: frozenset[str]) -> bool:
    bodies = _bodies(words)
    if not bodies:
        return set(words) <= _listed("common")
    if set(words) & posts and words[0] not in ("office", "कार्यालय"):
        return False
    # an institute may bear a person's name, but then it is named before anything it is "of"
    honorific = next((at for at, word in enumerate(words) if word in _listed("honorific")), None)
    if honorific is None:
        return True
    beside = next((at for at, word in enumerate(words) if word in BESIDE), len(words))
    return any(honorific < at < beside for at in bodies)


def is_post(text: str) -> bool:
    """Whether all of it are words of posts and offices."""
    words = _words(text)
    posts, bodies, common = _listed("post"), _listed("body"), _listed("common")
    return (
        bool(set(words) & (posts | bodies))
        and set(words) <= posts | bodies | common
        and not _shows_person(text)
    )


def is_trade(text: str) -> bool:
    """Whether it names an activity or trade as one writes it, in small letters, and no firm."""
    words = _words(text)
    return (
        len(text) <= LONGEST
        and any(word in _listed("trade") or ACTIVITY.fullmatch(word) for word in words)
        and not set(words) & set(FIRM)
        and all(word[0] == word[0].lower() or word.isupper() for word in text.split()[1:])
        and not _shows_person(text)
    )


def is_running_text(text: str) -> bool:
    """Whether an address or a title shows no person; that it has none can't be told."""
    return not _shows_person(text)


def has_word(text: str, words: Iterable[str]) -> bool:
    """Whether one of these words stands in a text."""
    return bool(set(words) & set(_words(text)))


def is_fixed_line(text: str) -> bool:
    """Whether a telephone number is one of an office, by its form."""
    line = FIXED_LINE.fullmatch(text)
    if line:
        return len(line[1] + line[2]) == DIGITS_OF_A_LINE
    return TOLL_FREE.fullmatch(text) is not None


def is_role_mailbox(text: str) -> bool:
    """Whether all words before the @ are of roles and offices."""
    match = MAILBOX.fullmatch(text)
    words = re.findall("[a-z]+", match[1].lower()) if match else []
    known = frozenset().union(*map(_listed, ("mailbox", "post", "body", "common")))
    return bool(words) and set(words) <= known


def is_link(text: str) -> bool:
    """Whether it is an address of the web, and no person's page."""
    return LINK.fullmatch(text) is not None and not PROFILE.search(text)


def is_date(text: str) -> bool:
    """Whether it is a day, 2025-04-15, or a month, 2025-04, that the calendar has."""
    match = DATE.fullmatch(text)
    if not match:
        return False
    year, month, day = int(match[1]), int(match[3]), int(match[5] or 1)
    return day <= _days(year, month)


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _shows_person(text: str, honorifics: bool = True) -> bool:
    return (
        "@" in text
        or bool(CARE_OF.search(text))
        or bool(IDENTIFIES.search(text))
        or (honorifics and bool(set(_words(text)) & _listed("honorific")))
    )


def _bodies(words: list[str]) -> list[int]:
    """Places of the words that only organisations bear."""
    return [at for at, word in enumerate(words) if word in _listed("body")]


@cache
def _listed(kind: str) -> frozenset[str]:
    return frozenset(
        row["word"] for row in reference_rows("office_words") if row["word_kind"] == kind
    )


def _words(text: str) -> list[str]:
    """Words in small letters: letters of any script with the signs that belong to them."""
    text = unicodedata.normalize("NFC", text).lower().replace("'s", "").replace("\u2019s", "")
    spelt = "".join(
        sign if unicodedata.category(sign)[0] in "LM" else " " for sign in text.replace(".", " ")
    )
    return [word for word in spelt.split() if len(word) > 1]


FORMS = {
    "office": Form(
        is_organisation,
        "the organisation's full name with what it is, like institute, association, bank, council "
        "or limited, alone and without its place; no person, no post, no firm of one person",
    ),
    "post": Form(
        is_post,
        "an office or a post alone, like Training department or Deputy Director; no person",
    ),
    "trade": Form(
        is_trade,
        "an activity or a trade in small letters, like dyeing, yarn suppliers or testing service; "
        "no firm and no person",
    ),
    "address": Form(
        is_running_text,
        "the office's address without a person: no Shri or Dr, no c/o, no mobile number, no e-mail",
    ),
    "title": Form(
        is_running_text,
        "the title or reference without a person: no Shri or Dr, no number or address of anybody",
    ),
    "phone": Form(
        is_fixed_line,
        "the office's fixed line with its area code, like 0421-2232650, or a toll-free 1800 "
        "number; a mobile number is a person's",
    ),
    "mailbox": Form(
        is_role_mailbox,
        "the office's own mailbox, like info@ or secretary@ and its domain; a mailbox with a "
        "person's name is a person's",
    ),
    "link": Form(
        is_link, "an address of the web with http:// or https://; no page of a person"
    ),
    "date": Form(is_date, "a day like 2025-04-15, or a month like 2025-04"),
}  # fmt: skip
