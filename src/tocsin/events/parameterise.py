"""Takes what changes from time to time out of a message, so that what stays can be compared.

One pass over words: each is looked at once, by patterns without nested repetition, so the cost is linear in the text.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

MAX_PARAMETERISED = 1024
"""Characters that are looked at; what a longer message says further on seldom makes it another problem."""

QUOTED_OR_WORD = re.compile(
    r"""
      (?<!\w) (?: '[^'\n]*' | "[^"\n]*" | `[^`\n]*` ) (?!\w)   # not the apostrophes of: can't find the users' cart
    | (?: [^\s'"`<>()\[\]{},;|] | (?<=\d),(?=\d) )+
    """,
    re.VERBOSE,
)

VARIABLE_MARKS = frozenset("0123456789/\\@'\"`")
"""A word with none of these signs is never replaced: most words are done with one look."""

WORDS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        name: re.compile(pattern, re.IGNORECASE | re.ASCII)
        for name, pattern in {
            "n": r"[+-]?\d+(?:[.,]\d+)?|(?=[a-f]*\d)[0-9a-f]{8,}",  # an id in hexadecimal may happen to have no letter
            "quoted": r"['\"`].*",
            "url": r"[a-z][a-z0-9+.-]*://.*",
            "email": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
            "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "time": r"(?:\d{4}-\d\d-\d\d[t_])?\d\d?:\d\d(?::\d\d(?:[.]\d+)?)?(?:z|[+-]\d\d:?\d\d)?",
            "date": r"\d{4}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d{4}",
            "address": r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/\d+)?|(?=[^:]*:[^:]*:)[0-9a-f:]{3,39}",
            "path": r"(?:[a-z]:|~|\.{1,2})?[/\\].+|[^/\\]+[/\\].*\.\w{1,5}(?::\d+)*",
            "hex": r"#?0x[0-9a-f]+",
            "token": r"(?=(?:\D*\d+[a-z]){2})[a-z0-9_-]{16,}",
        }.items()
    }
)
"""What a whole word may be, the surest first; the name stands in its place."""

HEX_IN_WORD = re.compile(r"(?<![0-9a-z])0x[0-9a-f]+(?![0-9a-z])", re.IGNORECASE | re.ASCII)
NUMBER_IN_WORD = re.compile(
    r"(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{8,}(?![0-9a-z])|\d+(?:[.,]\d+)*", re.IGNORECASE | re.ASCII
)

CLOSING = ".:!?"


def parameterise(message: str) -> str:
    """`message` with numbers, ids, dates, paths, quoted texts and the like replaced by their kind.

    >>> parameterise("user 42 of 'acme' not found at 10:15:00")
    'user <n> of <quoted> not found at <time>'
    """
    return " ".join(QUOTED_OR_WORD.sub(_replace, message[:MAX_PARAMETERISED]).split())


def _replace(match: re.Match[str]) -> str:
    word = match[0]
    if VARIABLE_MARKS.isdisjoint(word):
        return word
    bare = word.rstrip(CLOSING)
    closing = word[len(bare) :]
    for name, pattern in WORDS.items():
        if pattern.fullmatch(bare):
            return f"<{name}>{closing}"
    return NUMBER_IN_WORD.sub("<n>", HEX_IN_WORD.sub("<hex>", bare)) + closing
