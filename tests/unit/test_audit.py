"""`make check` fails for what is known to be vulnerable, and only says where it can't ask."""

from tools.audit import verdict

FOUND = {
    "dependencies": [
        {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]},
        {"name": "b", "version": "1", "vulns": []},
        {"name": "c", "version": "1", "skip_reason": "not found"},
    ]
}


def test_a_finding_fails():
    text, status = verdict(FOUND)
    assert status == 1
    assert "a 1: X-1, mended in 2" in text and "2 of 3 versions audited, 1 findings" in text


def test_nothing_found_passes():
    text, status = verdict({"dependencies": FOUND["dependencies"][1:]})
    assert (text, status) == ("1 of 2 versions audited, 0 findings.", 0)


def test_no_database_is_said():
    for answer in (None, {"dependencies": FOUND["dependencies"][2:]}):
        text, status = verdict(answer)
        assert status == 0 and "no version was audited" in text
