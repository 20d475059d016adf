import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from locus_pipeline.text import (
    DASHES,
    INVISIBLE,
    LONGEST_QUOTE,
    SPACES,
    quoted,
    shortened,
    single_spaced,
    without_spaces,
)


def test_every_space_of_python_is_a_space():
    python = {chr(code) for code in range(0x110000) if chr(code).isspace()}
    # Python also takes the ASCII separators 1C-1F for spaces; Unicode's White_Space does not
    assert python - set(SPACES) == {"\x1c", "\x1d", "\x1e", "\x1f"}


def test_lists_do_not_meet():
    assert not set(SPACES) & set(INVISIBLE) | set(INVISIBLE) & set(DASHES)
    # what is invisible is a format character, what is a dash is punctuation or the minus sign
    assert {unicodedata.category(c) for c in INVISIBLE} == {"Cf"}
    assert {unicodedata.category(c) for c in DASHES} == {"Pd", "Sm"}


@given(st.text() | st.text(min_size=LONGEST_QUOTE))
@example("n" * (LONGEST_QUOTE + 1))
def test_a_quote_is_one_short_line(name):
    shown = quoted(name)
    assert len(shortened(name)) <= LONGEST_QUOTE
    assert shown.isprintable()


def test_spaces_go_wherever_they_stand():
    assert without_spaces("\ufeff UDYAM\u200b-\xa0UP ") == "UDYAM-UP"


def test_words_are_single_spaced_and_joiners_of_indian_scripts_stay():
    assert single_spaced(" Textile\xa0 \tManu\u200bfacturing\ufeff ") == "Textile Manufacturing"
    assert single_spaced("\u0915\u094d\u200d\u0937") == "\u0915\u094d\u200d\u0937"
