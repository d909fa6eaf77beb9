"""Reads a release's version (`shop@1.2.3-rc.1`), so that two of one package can be put in order."""

import re
from dataclasses import dataclass

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
