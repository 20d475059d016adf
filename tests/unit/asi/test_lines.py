"""The lines of a file: the same however it is read in pieces, and none lost."""

import re
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locus_pipeline.asi import lines
from locus_pipeline.asi.lines import LONGEST_LINE, NO_TEXT, plain_lines

PIECES = st.lists(
    st.sampled_from(
        [
            *(
                b"a",
                b"23,A,1",
                b",",
                b" ",
                b"\n",
                b"\r\n",
                b"\r\r\n",
                b"\r",
                b"\t",
                b"\x1a",
                b"\x00",
            ),
            *(
                "é".encode(),
                "\xa0".encode(),
                "\u200b".encode(),
                "😀".encode(),
                b"\xa0",
                b"\xe9",
                b"\xff",
            ),
        ]
    ),
    max_size=30,
).map(b"".join)


def read(folder, content):
    source, copy = folder / "source", folder / "copy"
    source.write_bytes(content)
    lines = plain_lines(source, copy)
    text = lines.path.read_bytes().decode("utf-8-sig")
    return text.replace("\r\n", "\n").split("\n"), lines.last, lines.notes, lines.is_plain


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=PIECES, size=st.integers(1, 9), longest=st.sampled_from([5, LONGEST_LINE]))
def test_pieces_make_no_difference(tmp_path, content, size, longest):
    with patch.object(lines, "LONGEST_LINE", longest):
        whole = read(tmp_path, content)
        with patch.object(lines, "CHUNK", size):
            assert read(tmp_path, content) == whole
    assert all(len(line) <= longest + 1 for line in whole[0])


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=PIECES)
def test_every_line_keeps_its_number_and_its_text(tmp_path, content):
    lines, last, _, is_plain = read(tmp_path, content)
    expected = re.split(rb"\r*\n", content) if b"\n" in content else content.split(b"\r")
    assert len(lines) == len(expected)
    for line, printed in zip(lines, expected, strict=True):
        if printed.isascii() and not set(printed) & set(b"\r\x00\x1a"):
            assert line == printed.decode()
        try:
            assert line == printed.decode() or NO_TEXT in line
        except UnicodeDecodeError:
            assert NO_TEXT in line or "\xa0" in line
    filled = [n for n, line in enumerate(expected, start=1) if re.search(rb"[a-z0-9,]", line)]
    assert last >= max(filled, default=0)
    assert not is_plain or content.isascii()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_and_its_line_ends(tmp_path, encoding):
    for end in ("\n", "\r\n", "\r", "\r\r\n"):
        text = end.join(["yr,blk,a1,a2", "23,A,1,कंपनी", "", "24,B,2,x", ""])
        lines, last, notes, _ = read(tmp_path, text.encode(encoding))
        assert lines == ["yr,blk,a1,a2", "23,A,1,कंपनी", "", "24,B,2,x", ""]
        assert last == 4
        assert notes[0].startswith(encoding.upper()[:6])
