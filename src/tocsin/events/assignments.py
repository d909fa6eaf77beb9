"""Takes out values that stand behind sensitive names inside of texts: `password=hunter2`, `--password hunter2`.

All patterns are linear in the text: what one of them looked at, no later match looks at again, or only at so much.
"""

import re
from collections.abc import Callable, Iterable

from tocsin.events.sensitive import FILTERED

MAX_INNER_NAME = 64
"""Characters of a name inside of a text; of a longer one the last ones tell what it is."""

QUOTES = "'\"\\"

NOTHING = frozenset(["", FILTERED, "None", "null"])
"""What may stand under a sensitive name, since it is none."""

PROSE = frozenset(["token", "Token", "TOKEN"])
"""What parsers complain of, with what they read in quotes: `unexpected token: 'else'`."""

ASSIGNMENT = re.compile(
    r"""
    (?<![\w.-]) (?P<name>[\w.-]++)                  # looked at once, from its first letter on
    (?:
        (?P<sure>
            = (?![=>\s])                            # as in a query string or a call
            | \\*+ ['"] \s{0,3} (?: : | => ) \s{0,3}    # as in a dict, in JSON or in JSON within a text
        )
        | [ ]{0,2} ={1,3} >? [ ]{0,3}                 # as in SQL, in Ruby, in an assertion
        | : [ \t]{1,3} (?: (?i:bearer|basic|digest|token|apikey) [ ]{1,3} )?    # as in YAML, in a header, in a sentence
    )
    """,
    re.VERBOSE,
)
"""A name and what connects it with its value. Behind what is not `sure` there may as well be a sentence."""

OPTION = re.compile(r"""(?<![\w-]) (?P<name>--[\w-]++) (?: (?P<sure>\\*+ ['"] , \s{0,3}) | [ ]{1,3} )""", re.VERBOSE)
"""An option of a command, in a line or in a list."""

QUOTED = r"""
    ' (?! \s{0,3} [,)}\]:] ) (?: (?: [^'\\]++ | \\. )*+ ' | [^\n]*+ )       # what has no end was cut, as SDKs do
    | " (?! \s{0,3} [,)}\]:] ) (?: (?: [^"\\]++ | \\. )*+ " | [^\n]*+ )
    | (?P<open> \\++ ['"] ) (?: [^\n]*? (?<!\\) (?P=open) | [^\n]*+ )
"""
"""Anything in quotes. What looks like the end of one text and the start of the next (`', '`) is none."""

VALUE = re.compile(rf"""\[Filtered\] | {QUOTED} | [^\s&;,)}}\]'"]++""", re.VERBOSE | re.DOTALL)

CAREFUL_VALUE = re.compile(
    rf"""{QUOTED} | (?= [^\s\d&;,(){{}}\[\]<>'"]{{0,64}}+ \d ) [^\s&;,(){{}}\[\]<>'"]{{4,}}+""", re.VERBOSE | re.DOTALL
)
"""Where a sentence may go on: in quotes, or a word with a digit. `password: is wrong` gives nothing away."""

LITERAL = re.compile(
    r"""
    (?<![\w.-]) (?P<name>[\w.-]++)
    (?P<sign> ['"]? \s{0,9} (?: :[^='"\n]{0,40}= | [:=]{1,3} ) >? \s{0,9} [brfuBRFU]{0,2} )   # also `key: str = "…"`
    (?P<value> '[^']*+' | "[^"]*+" )
    """,
    re.VERBOSE,
)
"""`password = "hunter2"`, in a line of source code."""


def filter_values(text: str, is_sensitive: Callable[[str], bool]) -> tuple[str, int]:
    """`text` without the values that follow sensitive names in it, and how many there were."""
    count = 0
    if "=" in text or ": " in text or "':" in text or '":' in text:
        text, count = _without_values(text, ASSIGNMENT.finditer(text), is_sensitive)
    if "--" in text:
        text, more = _without_values(text, OPTION.finditer(text), is_sensitive)
        count += more
    return text, count


def _without_values(text: str, names: Iterable[re.Match[str]], is_sensitive: Callable[[str], bool]) -> tuple[str, int]:
    kept: list[str] = []
    position = looked_at = 0
    for found in names:
        if found.start() < looked_at or not is_sensitive(found["name"][-MAX_INNER_NAME:]):
            continue
        value = _value_behind(text, found)
        if value is None:
            continue
        looked_at = value.end()
        if value[0].strip(QUOTES) not in NOTHING:
            kept += text[position : value.start()], FILTERED
            position = looked_at
    return "".join([*kept, text[position:]]) if kept else text, len(kept) // 2


def _value_behind(text: str, found: re.Match[str]) -> re.Match[str] | None:
    if found["sure"] is not None:
        return VALUE.match(text, found.end())
    value = CAREFUL_VALUE.match(text, found.end())
    if value is not None and found["name"] in PROSE and not CAREFUL_VALUE.match(value[0].strip(QUOTES)):
        return None
    return value


def filter_literals(line: str, is_sensitive: Callable[[str], bool]) -> tuple[str, int]:
    """`line` of source code without the texts that are given to sensitive names, and how many there were."""
    count = 0

    def filtered(match: re.Match[str]) -> str:
        nonlocal count
        if not is_sensitive(match["name"][-MAX_INNER_NAME:]) or match["value"].strip(QUOTES) in NOTHING:
            return match[0]
        count += 1
        return f"{match['name']}{match['sign']}{FILTERED}"

    return LITERAL.sub(filtered, line), count
