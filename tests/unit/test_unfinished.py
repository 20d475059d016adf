"""Names of what is not finished, and which of it a later run may remove."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from locus_pipeline.files import replacing
from locus_pipeline.process import Process, is_gone_since, is_running
from locus_pipeline.unfinished import is_left, leftovers, remove, unfinished, unfinished_folder

DEAD = 2**22 + 1  # above the largest process number of Linux


def of(process: object, name: str = "rows.parquet") -> str:
    return f".{name}.{process}-0123abcd.unfinished"


def test_no_two_names_are_the_same():
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda _: unfinished(Path("a/rows.parquet")), range(200)))
    assert len(set(names)) == 200
    assert {name.parent for name in names} == {Path("a")}


def test_two_threads_write_one_file_at_once(tmp_path):
    """One of them took the other's file away when the name held the process alone."""

    def write(number: int) -> None:
        with replacing(tmp_path / "table") as aside:
            aside.write_text(str(number) * 1000)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    written = (tmp_path / "table").read_text()
    assert written == written[: len(written) // 1000] * 1000
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (of(replace(Process.this(), pid=DEAD)), True),
        (of(Process.this()), False),
        (of(replace(Process.this(), started=5_000_000)), True),
        (of(replace(Process.this(), pid=DEAD, host="0" * 8)), False),
        (f".published.{DEAD}", True),
        (f".published.{os.getpid()}", False),
        (f"rows.parquet.{DEAD}.tmp", True),
        (f"rows.parquet.{os.getppid()}.tmp", False),
        (f"reader-{DEAD}-x1_y", True),
        (f"reader-{os.getpid()}-x1_y", False),
        (".salt", False),
        (".hidden", False),
        ("rows.parquet", False),
        ("2009-10", False),
        ("OASE10.TXT.1", False),
        ("notes.tmp", False),
        ("reader-notes", False),
    ],
    # not the names: a number of a process is another one in each process of the suite
    ids=[
        "gone", "here", "another has the number now", "of another computer",
        "published, gone", "published, here", "former, gone", "former, here",
        "reader, gone", "reader, here", "salt", "hidden", "table", "year", "release",
        "notes", "notes of a reader",
    ],
)  # fmt: skip
def test_what_is_left(name, left):
    assert is_left(name) is left


def test_a_process_that_ended_is_gone_also_before_its_parent_asks():
    code = (
        "from locus_pipeline.process import Process; print(Process.this(), flush=True); "
        "import time; time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    process = Process.parse(child.stdout.readline().strip())
    assert process.pid == child.pid
    assert not process.is_gone()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.is_gone()
    child.wait()
    child.stdout.close()
    assert process.is_gone()


def test_a_process_that_the_system_hides_may_live(monkeypatch):
    def hidden(pid: int) -> None:
        raise psutil.AccessDenied(pid)

    other = replace(Process.this(), pid=1)
    monkeypatch.setattr(psutil, "Process", hidden)
    assert not other.is_gone()
    assert not is_gone_since(1, 0.0)
    assert is_running(1)


def test_a_mark_is_read_as_it_was_written():
    assert Process.parse(str(Process.this())) == Process.this()
    assert Process.parse("") is Process.parse("somebody's own tag") is None


def test_leftovers_below_a_folder_go_and_the_living_stay(tmp_path):
    dead = replace(Process.this(), pid=DEAD)
    kept = [tmp_path / "rows.parquet", tmp_path / of(Process.this())]
    for path in (*kept, tmp_path / of(dead)):
        path.write_text("x")
    folder = tmp_path / "editions" / of(dead, "0a1b-2c3d")
    folder.mkdir(parents=True)
    (folder / of(dead)).write_text("x")
    (tmp_path / of(dead, "link")).symlink_to(kept[0])
    paths = leftovers(tmp_path)
    assert len(paths) == 3, "what is in a folder that goes is not asked for again"
    for path in paths:
        remove(path)
    assert sorted(path for path in tmp_path.rglob("*") if not path.is_dir()) == sorted(kept)


def test_a_folder_aside_is_removed_also_when_the_work_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), unfinished_folder(tmp_path / "reader") as folder:
        (folder / "spill").write_text("x")
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []
