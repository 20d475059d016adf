"""Which commit an edition was made from, or why none is known."""

import subprocess

import pytest

from locus_pipeline.warehouse import checkout
from locus_pipeline.warehouse.checkout import CheckoutState, checkout_state


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setattr(checkout, "CHECKOUT", tmp_path)

    def git(*arguments):
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return git


def test_a_commit_and_whether_files_differ(repository, tmp_path):
    repository("init", "--quiet")
    (tmp_path / "a").write_text("1")
    repository("add", "a")
    repository("commit", "--quiet", "-m", "first")
    commit = repository("rev-parse", "HEAD")
    assert checkout_state() == CheckoutState(commit, False, None)
    (tmp_path / "a").write_text("2")
    assert checkout_state() == CheckoutState(commit, True, None)


def test_no_checkout_says_so(repository):
    assert checkout_state() == CheckoutState(None, None, "not_a_git_checkout")
    repository("init", "--quiet")  # without a commit
    assert checkout_state().git_null_reason == "not_a_git_checkout"


def test_a_folder_of_another_repository_is_not_its_commit(repository, tmp_path, monkeypatch):
    repository("init", "--quiet")
    (tmp_path / "inside").mkdir()
    monkeypatch.setattr(checkout, "CHECKOUT", tmp_path / "inside")
    assert checkout_state().git_null_reason == "not_a_git_checkout"


def test_no_git_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert checkout_state() == CheckoutState(None, None, "git_not_installed")
