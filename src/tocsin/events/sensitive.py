"""Knows what a secret looks like: by the name that stands before it, or by its own shape.

All patterns are linear in the text: no repetition can give back what another one could take.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

FILTERED: Final = "[Filtered]"
"""Stands where something was taken out; SDKs use the same word."""

NAME_PARTS = (
    "password",
    "passwd",
    "passphrase",
    "mysqlpwd",
    "secret",
    "credential",
    "apikey",
    "accesskey",
    "privatekey",
    "encryptionkey",
    "signingkey",
    "authorization",
    "token",
    "session",
    "cookie",
    "csrf",
    "xsrf",
    "creditcard",
    "cardnumber",
)
"""Parts of names, without separators, that make a name sensitive wherever they stand in it."""

NAME_WORDS = frozenset(["auth", "pass", "pwd", "cvv", "cvc", "ssn", "jwt", "otp", "sid"])
"""Short words that make a name sensitive only as whole words: `DB_PASS`, but not `bypassed` or `author`."""

HARMLESS_NAMES = frozenset(
    ["maxtokens", "tokens", "tokencount", "prompttokens", "completiontokens", "totaltokens", "tokenizer"]
)
"""Names that hold a part from above and no secret."""

SEPARATORS = re.compile(r"[^a-z0-9]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=8192)
def is_sensitive_name(name: str) -> bool:
    """Whether what is stored under `name` must not be kept; `apiKey`, `api-key` and `API_KEY` are one name."""
    folded = folded_name(name)
    if folded in HARMLESS_NAMES:
        return False
    if any(part in folded for part in NAME_PARTS):
        return True
    return not NAME_WORDS.isdisjoint(SEPARATORS.split(CAMEL.sub("_", name).lower()))


def folded_name(name: str) -> str:
    """`name` without case and separators."""
    return SEPARATORS.sub("", name.lower())


ASSIGNMENT = re.compile(
    r"""
    (?<![\w.-]) (?P<name>[\w.-]++)             # looked at once, from its first letter on
    (?P<sign> = | ['"] \s{0,3} : \s{0,3} )    # as in a query string or a call; as in a dict or JSON
    (?P<value> '[^']*+' | "[^"]*+" | [^\s&;,)}\]'"]++ )
    """,
    re.VERBOSE,
)
"""`password=hunter2` or `'password': 'hunter2'`, inside a longer text."""


def _hints(*literals: str) -> tuple[re.Pattern[str], ...]:
    """Compiled, since the search of `re` for a short literal is twice as quick as that of `in`."""
    return tuple(re.compile(re.escape(literal)) for literal in literals)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret that shows by itself.

    `hints`: one of them is in every secret of the kind, and in few other texts; `by_class` ones are searched in what
    `classes_of` makes of the text. `pattern` finds candidates; `is_real` knows which of them is one (check digits).
    """

    name: str
    hints: tuple[re.Pattern[str], ...]
    pattern: re.Pattern[str]
    is_real: Callable[[str], bool] = bool
    replacement: str = FILTERED
    by_class: bool = False

    def is_in(self, document: str, classes: str) -> bool:
        """Whether a text inside the JSON `document` holds one; may say yes wrongly, if hints abound."""
        searched = classes if self.by_class else document
        for hint in self.hints:
            for count, found in enumerate(hint.finditer(searched)):
                start = max(0, found.start() - WINDOW_BEFORE)
                window = ESCAPED_SPACE.sub("  ", document[start : found.end() + WINDOW_AFTER])
                if count == MAX_WINDOWS or any(self.is_real(match[0]) for match in self.pattern.finditer(window)):
                    return True
        return False

    def filter(self, text: str) -> str:
        """`text` with every secret of this kind replaced."""
        return self.pattern.sub(self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        return match.expand(self.replacement) if self.is_real(match[0]) else match[0]


WINDOW_BEFORE = 40
WINDOW_AFTER = 300
MAX_WINDOWS = 100
ESCAPED_SPACE = re.compile(r"\\[nrt]")

DIGITS, CAPITALS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLASSES = str.maketrans(DIGITS + CAPITALS + "-", "9" * len(DIGITS) + "A" * len(CAPITALS) + " ")


def classes_of(text: str) -> str:
    """`text` with every digit as 9, every capital as A, every hyphen as a space: runs of digits look alike in it."""
    return text.translate(CLASSES)


CARD_LENGTHS = (
    # First digits and lengths of payment cards (ISO/IEC 7812 issuers): a timestamp or a snowflake id is no card.
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|2[2-7]"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"3[0689]"), {14, 16}),
    (re.compile(r"35"), {16, 17, 18, 19}),
    (re.compile(r"6"), {16, 17, 18, 19}),
)


def is_card(candidate: str) -> bool:
    """Whether the digits are those of a payment card: an issuer's prefix, its length, and the Luhn check digit."""
    digits = [int(sign) for sign in candidate if sign.isdigit()]
    number = "".join(map(str, digits))
    if not any(prefix.match(number) and len(number) in lengths for prefix, lengths in CARD_LENGTHS):
        return False
    doubled = (2 * digit - 9 if digit > 4 else 2 * digit for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(candidate: str) -> bool:
    """Whether the check digits fit (ISO 13616: mod 97)."""
    signs = candidate.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


SHAPES: tuple[Shape, ...] = (
    Shape(
        "card",
        _hints("9" * 13, "9999 9999 9999 9", "9999 999999 9999"),
        re.compile(r"(?<![0-9A-Za-z])[2-6]\d{3}(?:[ -]?\d){9,15}(?![0-9A-Za-z])"),
        is_real=is_card,
        by_class=True,
    ),
    Shape(
        "iban",
        _hints("AA99"),
        re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![0-9A-Za-z])"),
        is_real=is_iban,
        by_class=True,
    ),
    Shape(
        "private key",
        _hints("PRIVATE KEY-----"),
        re.compile(
            r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)"
            # Source lines are texts of their own: what follows the line above is only recognised by its form.
            r"|^[\s\"'+]*[A-Za-z0-9+/]{60,76}={0,2}[\s\"'\\n+]*$"
        ),
    ),
    Shape(
        "bearer token",
        _hints("earer "),
        re.compile(r"\b((?i:bearer) +)(?=[A-Za-z._~+/=-]*\d)[\w.~+/=-]{8,}"),
        replacement=r"\1" + FILTERED,
    ),
    Shape(
        "basic credentials",
        _hints("asic "),
        re.compile(r"\b((?i:basic) +)[A-Za-z0-9+/](?=[a-z+/]*[A-Z0-9])[A-Za-z0-9+/]{7,}={0,2}"),
        replacement=r"\1" + FILTERED,
    ),
    Shape(
        "password in a URL",
        _hints("://"),
        re.compile(r"(://[^\s/:@\"']{0,64}:)[^\s/@\"']{1,256}@"),
        is_real=lambda candidate: not candidate.endswith(f":{FILTERED}@"),
        replacement=r"\1" + FILTERED + "@",
    ),
    Shape("JSON web token", _hints("eyJ"), re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*")),
    Shape("AWS key", _hints("AKIA"), re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    Shape("GitHub token", _hints("ghp_", "ghs_", "github_pat_"), re.compile(r"\b(?:gh[ps]_|github_pat_)\w{36,}")),
    Shape("Slack token", _hints("xox", "xapp-"), re.compile(r"\b(?:xox[abeprs]|xapp)-[\w-]{10,}")),
    Shape("Stripe key", _hints("k_live_"), re.compile(r"\b[rs]k_live_\w{16,}")),
)
"""Every secret that is known by its shape."""

EMAIL = Shape(
    "e-mail address", _hints("@"), re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
)
"""Not a secret, and often the quickest way to help somebody: taken out only where a project asks for it."""


def shapes_in(document: str, shapes: Iterable[Shape]) -> list[Shape]:
    """Those of `shapes` that some text inside the JSON `document` holds."""
    classes = classes_of(document)
    return [shape for shape in shapes if shape.is_in(document, classes)]
