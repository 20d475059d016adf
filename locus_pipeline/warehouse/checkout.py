"""The git commit that Locus runs from."""

import subprocess
from dataclasses import dataclass

from locus_pipeline.settings import CHECKOUT


@dataclass(frozen=True)
class CheckoutState:
    """`git_commit` and whether files differ from it (`git_dirty`); null with the reason where the
    checkout is none of git's."""

    git_commit: str | None
    git_dirty: bool | None
    git_null_reason: str | None


def checkout_state() -> CheckoutState:
    """The commit of the checkout as it is now."""
    try:
        # a copy of Locus inside another repository is not that repository's commit
        if _git("rev-parse", "--show-prefix"):
            return CheckoutState(None, None, "not_a_git_checkout")
        commit = _git("rev-parse", "HEAD")
        return CheckoutState(commit, bool(_git("status", "--porcelain")), None)
    except FileNotFoundError:
        return CheckoutState(None, None, "git_not_installed")
    except subprocess.SubprocessError:
        return CheckoutState(None, None, "not_a_git_checkout")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(CHECKOUT), "--no-optional-locks", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()
