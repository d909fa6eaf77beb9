"""Reads commits from the log of a git repository on this machine."""

import shutil
import subprocess
from pathlib import Path

from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.releases import CommitFacts

FORMAT = "%H%x1f%an%x1f%B%x1e"
"""Sha, author and message, parted by signs that no message has (git's %x writes one byte)."""
LONGEST_RUN = 60
"""Seconds; a log that takes longer is none of one release."""


def read_git_log(repository: Path, revisions: str) -> list[CommitFacts]:
    """The commits of `revisions` (`v1.2.2..v1.2.3`), the newest first.

    Raises:
        InvalidInputError: git is missing, or knows no such repository or revisions; the message is its own.
    """
    git = shutil.which("git")
    if git is None:
        raise InvalidInputError("--from-git needs the program git, which is not installed here.")
    # Nothing that is given can be taken for an option: it would let a log write files (`--output`).
    line = [git, "-C", str(repository), "log", f"--format={FORMAT}", "--end-of-options", revisions, "--"]
    try:
        ran = subprocess.run(  # noqa: S603 -- a list of words, never a shell
            line, capture_output=True, text=True, errors="replace", check=False, timeout=LONGEST_RUN
        )
    except subprocess.TimeoutExpired:
        raise InvalidInputError(f"git took longer than {LONGEST_RUN} seconds to list {revisions!r}.") from None
    if ran.returncode != 0:
        raise InvalidInputError(f"git does not know {revisions!r} in {repository}: {ran.stderr.strip()[:300]}")
    return [_read(record) for record in ran.stdout.split("\x1e") if record.strip()]


def _read(record: str) -> CommitFacts:
    sha, author, message = record.strip("\n").split("\x1f", 2)
    return CommitFacts(sha, message.strip(), author)
