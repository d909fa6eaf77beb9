"""The order of releases: by the numbers of their versions where they have such, else by when they were heard of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.organizations.models import Release

NUMBERS = 4
"""Places that are compared; `1.2` is `1.2.0.0`."""

_VERSION = re.compile(
    r"(?:(?P<package>.+)@)?v?(?P<numbers>\d{1,9}(?:\.\d{1,9}){1,3})"
    r"(?:-(?P<early>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII | re.DOTALL,
)

Identifier = tuple[int, int, str]
"""A word of what follows the `-`: numbers come before words (semver.org, 11.4)."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that has an order. `rank` is comparable within one `package` (empty when none was named)."""

    package: str
    rank: tuple[tuple[int, ...], bool, tuple[Identifier, ...]]


def is_older(one: Release, other: Release) -> bool:
    """Whether `one` came before `other`.

    Versions of one package (`shop@1.9.0`, `shop@1.10.0`) are ordered by their numbers, as https://semver.org has it;
    all others, and versions of equal rank, by when they were first heard of.
    """
    left, right = parse_version(one.version), parse_version(other.version)
    if left is not None and right is not None and left.package == right.package and left.rank != right.rank:
        return left.rank < right.rank
    return (one.first_seen, one.id) < (other.first_seen, other.id)


def newest(releases: Sequence[Release]) -> Release | None:
    """The current one of `releases`: the highest version of the package that was heard of last."""
    if not releases:
        return None
    last = max(releases, key=lambda release: (release.first_seen, release.id))
    version = parse_version(last.version)
    if version is None:
        return last
    package = [one for one in releases if (parsed := parse_version(one.version)) and parsed.package == version.package]
    found = last
    for release in package:
        found = release if is_older(found, release) else found
    return found


def parse_version(text: str) -> Version | None:
    """The version that `text` says; `None` for a name without an order, such as a sha or a lone build number."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    numbers = [int(number) for number in match["numbers"].split(".")]
    padded = (*numbers, *[0] * (NUMBERS - len(numbers)))
    early = tuple(_identifier(word) for word in match["early"].split(".")) if match["early"] else ()
    # A version with something after the `-` comes before the one without (1.0.0-rc.1 before 1.0.0).
    return Version(match["package"] or "", (padded, not early, early))


def _identifier(word: str) -> Identifier:
    return (0, int(word), "") if word.isdecimal() else (1, 0, word)
