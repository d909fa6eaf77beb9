"""Takes what changes from time to time out of a message, so that what stays can be compared.

One pass over words: each is looked at once, by patterns without nested repetition, so the cost is linear in the text.
"""

import re

from tocsin.events.drawn_ids import LONG, SHORTEST, is_drawn, is_of_slack, without_drawn_ids
from tocsin.events.numbered_names import is_code, is_numbered_name

MAX_PARAMETERISED = 1024
"""Characters that are looked at; what a longer message says further on seldom makes it another problem."""

QUOTED_OR_WORD = re.compile(
    r"""
      # Not the apostrophes of: can't find the users' cart
      (?<![\w>]) (?: '[^'\n]*' | "[^"\n]*" | `[^`\n]*` | ‘[^‘’\n]*’ ) (?![\w<])
    | “[^“”\n]*” | „[^„“”\n]*[“”] | «[^«»\n]*» | ‹[^‹›\n]*› | 「[^「」\n]*」
    | (?: [^\s'"`“”„«»‹›‘「」<>()\[\]{},;|] | (?<=\d),(?=\d) )+
    """,
    re.VERBOSE,
)

QUOTES = frozenset("'\"`‘“„«‹「")
VARIABLE_MARKS = QUOTES | frozenset("0123456789/\\@")
"""A short word with none of these signs is never replaced: most words are done with one look."""

KIND = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "n": r"[+-]?\d+(?:[.,]\d+)?|(?=[a-f]*\d)[0-9a-f]{7,}",  # an id in hexadecimal may happen to have no letter
            "url": r"[a-z][a-z0-9+.-]*://.*",
            "email": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
            "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "time": r"(?:\d{4}-\d\d-\d\d[t_])?\d\d?:\d\d(?::\d\d(?:[.]\d+)?)?(?:z|[+-]\d\d:?\d\d)?",
            "date": r"\d{4}(?:-\d\d?-|/\d\d?/|\.\d\d?\.)\d\d?|\d\d?(?:-\d\d?-|/\d\d?/|\.\d\d?\.)\d{4}",
            "address": r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/\d+)?|(?=[^:]*:[^:]*:)[0-9a-f:]{3,39}",
            "path": r"(?:[a-z]:|~|\.{1,2})?[/\\].+|[^/\\]+[/\\].*\.\w{1,5}(?::\d+)*",
            "hex": r"#?0x[0-9a-f]+",
        }.items()
    ),
    re.IGNORECASE | re.ASCII,
)
"""What a whole word may be, the surest first; the name stands in its place."""

BASE64 = re.compile(r"[\w+/-]+={0,2}", re.ASCII)

UUID_IN_WORD = re.compile(
    r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE | re.ASCII
)
LENGTH_OF_UUID = 36
HEX_IN_WORD = re.compile(r"(?<![0-9a-z])0x[0-9a-f]+(?![0-9a-z])", re.IGNORECASE | re.ASCII)
NUMBER_IN_WORD = re.compile(
    r"(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{7,}(?![0-9a-z])|\d+(?:[.,]\d+)*", re.IGNORECASE | re.ASCII
)

MONTH = re.compile(r"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec")
DATE_IN_WORDS = re.compile(
    rf"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},? )?"
    rf"(?:\d{{1,2}}[ -](?:{MONTH.pattern})[a-z]{{0,6}}|(?:{MONTH.pattern})[a-z]{{0,6}} \d{{1,2}})"
    rf"(?:(?:,? |-)\d{{4}})?\b"
)
VALUES_OF_KEY = re.compile(r"(?<=Key \()([^()]*)\)=\([^()]*\)")
"""What PostgreSQL tells of a row that breaks a constraint, unquoted: `Key (name, shop)=(ada, 17) already exists.`"""

ONE_KIND = re.compile(r"(<(\w+)>)(?:, ?<\2>)+")
"""A list of values: how many there are varies like the values."""

NAMES_OF_CODE = frozenset(
    {"argument", "attribute", "class", "column", "constant", "constraint", "field", "function", "method", "module"}
    | {"operator", "package", "parameter", "properties", "property", "reading", "relation", "setting", "symbol"}
    | {"table", "type", "variable"}
)
"""After these words stands, in quotes, what somebody wrote into a program: it tells one problem from another."""

BEFORE_A_NAME = (
    *("module named ", "cannot import name ", "positional argument: ", "keyword-only argument: "),  # Python
    *("array key ", "' for key "),  # PHP; MySQL's: Duplicate entry 'ada' for key 'users.email'
)
"""How a text ends behind which such a name stands, too, while the last word alone would not tell."""

NAME_OF_CODE = re.compile(r"['\"`‘“„«][A-Za-z_$][\w$.:\\-]*['\"`’”“»]", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_WORD_BEFORE = 16

CLOSING = ".:!?"


def parameterise(message: str) -> str:
    """`message` with numbers, ids, dates, paths, quoted texts and the like replaced by their kind.

    >>> parameterise("user 42 of 'acme' not found at 10:15:00")
    'user <n> of <quoted> not found at <time>'
    """
    message = message[:MAX_PARAMETERISED]
    if MONTH.search(message):
        message = DATE_IN_WORDS.sub("<date>", message)
    if ")=(" in message:
        message = VALUES_OF_KEY.sub(r"\1)=(<quoted>)", message)
    return ONE_KIND.sub(r"\1", " ".join(QUOTED_OR_WORD.sub(_replace, message).split()))


def _replace(match: re.Match[str]) -> str:
    word = match[0]
    if VARIABLE_MARKS.isdisjoint(word):
        return without_drawn_ids(word) if len(word) >= LONG else word
    if word[0] in QUOTES:
        return _in_word(word) if _is_name_of_code(match) else "<quoted>"
    bare = word.rstrip(CLOSING)
    closing = word[len(bare) :]
    if bare[:1] == "/" and _is_of_a_request(match):
        return "/".join(_in_word(segment) for segment in bare.partition("?")[0].split("/")) + closing
    if is_code(bare, before=_just_before(match)):
        return word
    return _kind_of(bare) + closing


def _kind_of(bare: str) -> str:
    kind = KIND.fullmatch(bare)
    if kind and not _is_mistaken_for(kind):
        return f"<{kind.lastgroup}>"
    if len(bare) >= SHORTEST and BASE64.fullmatch(bare) and is_drawn(bare.rstrip("=")):
        return "<token>"
    if is_numbered_name(bare):
        return bare
    key, equals, value = bare.partition("=")
    if equals and key and value:
        return f"{_in_word(key)}={_kind_of(value)}" if "=" not in value else _in_word(bare)
    return _in_word(bare)


def _is_mistaken_for(kind: re.Match[str]) -> bool:
    """Whether what looks like a number in hexadecimal is a name or another id, or what looks like a path is base64."""
    word = kind.string
    if kind.lastgroup == "n":
        return not word.isdigit() and (is_numbered_name(word) or is_of_slack(word))
    return kind.lastgroup == "path" and word.endswith("=") and BASE64.fullmatch(word) is not None


def _in_word(word: str) -> str:
    if len(word) >= LENGTH_OF_UUID:
        word = UUID_IN_WORD.sub("<uuid>", word)
    if "0x" in word or "0X" in word:
        word = HEX_IN_WORD.sub("<hex>", word)
    return NUMBER_IN_WORD.sub("<n>", without_drawn_ids(word))


def _is_of_a_request(match: re.Match[str]) -> bool:
    """Whether it is the address of a request, or the rest of one: its parts say what was asked for."""
    return match.string.startswith(">", match.start() - 1) or _word_before(match) in METHODS


def _is_name_of_code(match: re.Match[str]) -> bool:
    if not NAME_OF_CODE.fullmatch(match[0]):
        return False
    is_class = match.string.startswith(" object", match.end())  # 'NoneType' object has no attribute 'total'
    is_variable = match.start() == len("name ") and match.string.startswith("name ")  # name 'total' is not defined
    is_named = match.string.endswith(BEFORE_A_NAME, 0, match.start())
    return is_class or is_variable or is_named or _word_before(match).lower() in NAMES_OF_CODE


def _word_before(match: re.Match[str]) -> str:
    before = _just_before(match).split()
    return before[-1].lstrip("(") if before else ""


def _just_before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - LONGEST_WORD_BEFORE) : match.start()]
