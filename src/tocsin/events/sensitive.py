"""Knows what a secret looks like: by the name that stands before it, or by its own shape.

All patterns are linear in the text: no repetition can give back what another one could take.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import re2

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
    "sessid",
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


@lru_cache(maxsize=4096)
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


CARD_NUMBER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12}(?:\d\d)?|(?:35|6\d)\d{14,17}"
)
"""How the numbers of issuers begin, and how long they are: a timestamp or the id of a tweet is none."""

DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit doubled, and the digits of the result added."""


def is_card(candidate: str) -> bool:
    """Whether the digits are those of a payment card: an issuer's, with the right check digit (ISO/IEC 7812)."""
    number = candidate.replace(" ", "").replace("-", "")
    if not CARD_NUMBER.fullmatch(number):
        return False
    return sum(map(int, number[-1::-2] + number[-2::-2].translate(DOUBLED))) % 10 == 0


def is_iban(candidate: str) -> bool:
    """Whether the check digits fit (ISO 13616: mod 97)."""
    signs = candidate.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


MANY = 1000
"""Candidates of one kind in one document that are looked at closely; all further ones are taken for real."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret that shows by itself, wherever it stands.

    `sign` is in every document that holds one, and in few others; all signs are looked for at once (`SIGNS`), so it is
    written for RE2 (github.com/google/re2/wiki/Syntax). `hint` is where in such a document it is worth to look, and
    `pattern` must match from there on; its group `secret` is what is taken out, if `is_real` says that it is one
    (check digits). No pattern may match a quote or half an escape, because it is applied to JSON as it stands.
    """

    sign: str
    hint: re.Pattern[str]
    pattern: re.Pattern[str]
    is_real: Callable[[str], bool] = bool

    def filter(self, document: str) -> tuple[str, int]:
        """`document` without the secrets of this kind, and how many there were."""
        kept: list[str] = []
        position = candidates = 0
        for hint in self.hint.finditer(document):
            # Inside of what was just taken out there may be more hints.
            secret = self.pattern.match(document, hint.start()) if hint.start() >= position else None
            if not secret:
                continue
            candidates += 1
            if candidates > MANY or self.is_real(secret["secret"]):
                kept += (document[position : secret.start("secret")], FILTERED)
                position = secret.end("secret")
        return "".join([*kept, document[position:]]), len(kept) // 2


def _shape(hint: str, pattern: str, *, sign: str = "", is_real: Callable[[str], bool] = bool) -> Shape:
    """A kind whose `hint`, read by RE2, is also its `sign`, unless it has one of its own."""
    return Shape(sign or hint, re.compile(hint), re.compile(pattern, re.VERBOSE | re.ASCII), is_real)


START = r"(?: (?<![\w.]) | (?<=\\[nrt]) )"
"""The start of a word; in JSON a line break before it is written with a letter."""

SHAPES: tuple[Shape, ...] = (
    _shape(
        # The hint takes whole runs of digits, so that a long one is one place to look at.
        r"[2-6][0-9]{3}(?:[0-9]{9,}|(?=[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]|[ -][0-9]{6}[ -][0-9]{4}))",
        START
        # In one piece, in groups of four, or as American Express and Diners Club write them.
        + r"(?P<secret> [2-6]\d{3} (?: \d{9,15} | ([ -])\d{4}\2\d{4}\2\d{1,4}(?:\2\d{3})? | ([ -])\d{6}\3\d{4,5} ) )"
        r"(?! \w | \.\d )",
        sign=r"[2-6][0-9]{3}(?:[0-9]{9}|[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]|[ -][0-9]{6}[ -][0-9]{4})",
        is_real=is_card,
    ),
    _shape(
        r"[A-Z]{2}[0-9]{2}",
        START + r"(?P<secret> [A-Z]{2}\d{2} (?: [ ]?[A-Z0-9] ){11,30} ) (?!\w)",
        sign=r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11}",
        is_real=is_iban,
    ),
    _shape(
        "-----BEGIN ",
        r"-----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY-----"
        r"(?P<secret> (?: [^\"\\] | \\. )*? ) (?: -----END\ [A-Z ]{0,20}PRIVATE\ KEY----- | (?=\") )",
    ),
    _shape("earer ", r"(?<=[Bb])earer\ +(?P<secret> (?=[A-Za-z._~+/=-]*\d) [\w.~+/=-]{8,} )"),
    _shape("asic ", r"(?<=[Bb])asic\ +(?P<secret> [A-Za-z0-9+/] (?=[a-z+/]*[A-Z0-9]) [A-Za-z0-9+/]{7,} ={0,2} )"),
    # The password of a URL, as in postgresql://user:password@host, or a token in its place.
    _shape(
        "://",
        r"://(?: [^\s/:@\"'\\]{0,64}+: | (?= [^\d\s/:@\"'\\]{0,255}+\d ) (?= [^\s/:@\"'\\]{12,256}+@ ) )"
        r"(?P<secret> [^\s/@\"'\\]{1,256} )@",
        sign=r"://[^\s/@\"'\\]+@",
        is_real=lambda secret: secret != FILTERED,
    ),
    _shape("eyJ", START + r"(?P<secret> eyJ[\w-]{8,}+ \. eyJ[\w-]{8,}+ \. [\w-]*+ )"),  # JSON web token, RFC 7519
    _shape("A(?:KIA|Iza)", START + r"(?P<secret> AKIA[0-9A-Z]{16} \b | AIza[\w-]{35} (?![\w-]) )"),  # Amazon, Google
    # GitHub and GitLab.
    _shape(
        "g(?:h[oprsu]_|ithub_pat_|lpat-)", START + r"(?P<secret> g(?:h[a-z]|ithub_pat)_\w{36,} | glpat-[\w.-]{20,} )"
    ),
    _shape("npm_", START + r"(?P<secret> npm_[A-Za-z0-9]{36,} )"),
    _shape("xox", START + r"(?P<secret> xox[abeprs]-[\w-]{10,} )"),  # Slack
    _shape("hooks\\.slack\\.com/", r"hooks\.slack\.com/services/(?P<secret> [\w/]{10,} )"),
    # Stripe; OpenAI and Anthropic.
    _shape("k(?:_live|_test|-proj|-ant)", r"(?<=[rs])(?P<secret> k_[a-z]{4}_\w{16,} | k-[a-z]{3,4}-[\w-]{20,} )"),
    _shape("whsec_", START + r"(?P<secret> whsec_[\w+/=]{16,} )"),  # what signs webhooks
)
"""Every kind of secret that is known by its shape."""


def _signs() -> re2.Set:
    signs = re2.Set.SearchSet()
    for shape in SHAPES:
        signs.Add(shape.sign)
    signs.Compile()
    return signs


SIGNS = _signs()
"""The signs of all shapes, by their places in `SHAPES`: one look tells which of them are in a document."""

EMAIL = re.compile(
    r"(?: (?<![\w.+\\-]) | (?<=\\[nrt]) ) [\w.+-]{1,64}+ @ [\w-]{1,63} (?: \.[\w-]{1,63} ){1,4}", re.VERBOSE | re.ASCII
)
"""An address. No secret, and often the quickest way to help somebody: taken out where a project asks for it."""


def filter_shapes(document: bytes, *, emails: bool = False) -> tuple[bytes, int]:
    """`document`, JSON without escapes that are not needed, without secrets of known shapes; also how many it held."""
    signs = set(SIGNS.Match(document) or ())
    if not signs and not emails:
        return document, 0
    text, count = document.decode(), 0
    for place, shape in enumerate(SHAPES):
        if place not in signs:
            continue
        text, found = shape.filter(text)
        count += found
        if found:  # what was taken out may have hidden a sign: a card with blanks in the password of a URL
            signs |= set(SIGNS.Match(text.encode()) or ())
    if emails:
        text, found = EMAIL.subn(FILTERED, text)
        count += found
    return text.encode() if count else document, count
