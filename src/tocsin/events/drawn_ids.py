"""Tells ids that a machine drew from names that somebody wrote, by their looks: one short pass over the word."""

import re

HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+", re.ASCII)
"""What a reader takes in at once: `HTTPServerV2Error` has six humps; a drawn id has one for every second sign."""

SIGNS_PER_HUMP = ((10, 2.0), (14, 2.5), (16, 2.7), (18, 2.8), (21, 3.0))
"""Of so many letters and digits or more, a drawn id has at most so many for each hump: with 62 signs to draw from about
1.9, and the more there are, the nearer to it. Most names that people write have four and more."""

WITHOUT_DIGITS = ((14, 2.2), (18, 2.4), (21, 2.7))
"""The same for letters alone: a few short words after each other look like an id."""

SHORT, LONG = SIGNS_PER_HUMP[0][0], SIGNS_PER_HUMP[1][0]
SEPARATOR = re.compile(r"[-_+/]")
A_WORD = 3
"""Letters of one hump between separators that somebody wrote: `X509_get_ext_d2i`."""

OF_ONE_CASE = re.compile(
    r"(?=[0-9a-f]*[g-z])(?=(?:[a-z]*\d+[a-z]){2})[a-z0-9]{16,}|(?=[0-9A-F]*[G-Z])(?=(?:[A-Z]*\d+[A-Z]){2})[A-Z0-9]{16,}",
    re.ASCII,
)
"""xid, cuid, ULID: letters of one case make no humps, so digits have to part them. Hexadecimal ids are numbers."""

OF_SLACK = re.compile(r"[A-GTUW](?:\d[A-Z0-9]{7,11}|(?=[A-Z]*\d+[A-Z]+\d)[A-Z0-9]{8,11})", re.ASCII)
"""A channel, user, team, app …: `C0123ABCD`."""

OF_ULID = re.compile(r"[0-7](?=[A-Z]*\d)[0-9A-HJKMNP-TV-Z]{25}", re.ASCII)

_DRAWN = "[bcdfghjklmnpqrstvwxz2456789]"
POD = re.compile(
    rf"(?<=[a-z0-9])-(?:(?=[a-z]*-?[a-z]*\d){_DRAWN}{{8,10}}-{_DRAWN}{{5}}|(?=[a-z]*\d)(?=\d*[a-z]){_DRAWN}{{5}})(?=_|$)",
    re.ASCII,
)
"""What Kubernetes puts behind the name of a deployment or of a set; it draws no vowels, so that no words come out. The
namespace may follow: `web-7d9f8b6c5d-xzkdq_default`."""

SHORTEST = 9
CANDIDATE = re.compile(rf"[A-Za-z0-9_+-]{{{SHORTEST},}}", re.ASCII)


def without_drawn_ids(word: str) -> str:
    """`word` with `<token>` for every drawn id in it that stands between `:`, `.`, `/` and the like.

    >>> without_drawn_ids("req:V1StGXR8_Z5jdHi6B-myT")
    'req:<token>'
    """
    return CANDIDATE.sub(_replace, word) if len(word) >= SHORTEST else word


def is_of_slack(word: str) -> bool:
    """Whether `word` is an id of a channel, a user or the like in Slack."""
    return OF_SLACK.fullmatch(word) is not None


def is_drawn(word: str) -> bool:
    """Whether `word`, letters and digits with `-`, `_`, `+` and `/` between them, was drawn and not written."""
    if is_of_slack(word) or OF_ULID.fullmatch(word):
        return True
    parts = SEPARATOR.split(word)
    longest = max(parts, key=len)
    if OF_ONE_CASE.fullmatch(longest):
        return True
    if len(word) < SHORT or word.islower() or word.isupper():
        return False
    if len(parts) > 1:
        if len(longest) >= LONG and _has_short_humps(longest):
            return True
        if any(len(part) >= A_WORD and part.isalpha() and HUMP.fullmatch(part) for part in parts):
            return False
    return _has_short_humps(word)


def _has_short_humps(word: str) -> bool:
    humps = HUMP.findall(word)
    signs = sum(map(len, humps))
    bounds = WITHOUT_DIGITS if all(hump.isalpha() for hump in humps) else SIGNS_PER_HUMP
    return any(signs >= least and signs <= most * len(humps) for least, most in bounds)


def _replace(match: re.Match[str]) -> str:
    word = match[0]
    return "<token>" if is_drawn(word) else POD.sub("-<token>", word)
