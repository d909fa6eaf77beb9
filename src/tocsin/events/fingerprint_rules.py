"""The fingerprint rules of a project: lines that say which events belong together, whatever they look like.

    # whichever query it was
    type:DatabaseUnavailable path:"*/checkout/*" -> database-down
    message:"*timed out*" tags.region:eu -> timeouts, {{ tags.region }} title="Something timed out"

The language is that of https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/, without `?`
and `[...]` in patterns, so that no rule can ever take long.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from tocsin.events.fingerprint_variables import VARIABLE, is_known
from tocsin.events.glob import Glob, parse_glob
from tocsin.kernel.errors import InvalidInputError

MAX_TEXT = 10_000
MAX_RULES = 100
"""Each is asked of each event that no earlier one took: a hundred cost about 50 µs."""
MAX_MATCHERS = 10
MAX_PATTERN = 200
MAX_PARTS = 20
MAX_TITLE = 200
ERRORS_TOLD = 3

About: TypeAlias = Literal["event", "exception", "frame"]
ABOUT: tuple[About, ...] = ("event", "exception", "frame")

ABOUT_FIELD: Mapping[str, About] = MappingProxyType(
    {
        "type": "exception",
        "value": "exception",
        "message": "event",
        "level": "event",
        "logger": "event",
        "transaction": "event",
        "release": "event",
        "environment": "event",
        "platform": "event",
        "path": "frame",
        "module": "frame",
        "function": "frame",
        "package": "frame",
        "app": "frame",
    }
)
"""What a condition may look at, besides tags, and what that is a part of."""

LONG_NAMES = MappingProxyType(
    {
        "error.type": "type",
        "error.value": "value",
        "stack.abs_path": "path",
        "stack.module": "module",
        "stack.function": "function",
        "stack.package": "package",
        "stack.app": "app",
    }
)
"""Longer names of the same."""

TAGS = ("tags.", "tag.")
WHATEVER_CASE = frozenset({"message", "value", "path", "package", "level", "platform", "app"})
"""Where upper and lower case do not count."""

MATCHER = re.compile(r'\s*(!?)([A-Za-z][\w.-]*):(?:"((?:[^"\\]|\\.)*)"|([^\s"]\S*))(?=\s|$)')
PART = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",]+))\s*(?:,|$)')
TITLE = re.compile(r'(?:^|[\s,])title=(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*$')
BACKSLASH = re.compile(r"\\(?!\*)")
ARROW = re.compile(r"(?:^|\s)->(?:\s|$)")


class Matcher(NamedTuple):
    """One condition on `field`."""

    field: str
    glob: Glob
    is_negated: bool


@dataclass(frozen=True, slots=True)
class FingerprintRule:
    """One line. `number` counts from 1, `text` is the line as it was written; `title` is empty where it gives none."""

    number: int
    text: str
    on_event: tuple[Matcher, ...]
    on_exceptions: tuple[Matcher, ...]
    on_frames: tuple[Matcher, ...]
    fingerprint: tuple[str, ...]
    title: str
    needles: tuple[tuple[str, str], ...]
    """Fields, and what the texts of each must hold for this rule to be worth a closer look."""


class _LineError(ValueError):
    """What is wrong with one line, in words that follow its number."""


def parse_rules(text: str) -> tuple[FingerprintRule, ...]:
    """The rules in `text`, one a line; empty lines and those that begin with `#` say nothing.

    Raises:
        InvalidInputError: a line is no rule, or there are too many; the sentence names the lines.
    """
    if len(text) > MAX_TEXT:
        raise InvalidInputError(f"Fingerprint rules may have {MAX_TEXT} characters; these have {len(text)}.")
    rules, wrong = _read(text)
    if wrong:
        more = f" And {len(wrong) - ERRORS_TOLD} more." if len(wrong) > ERRORS_TOLD else ""
        raise InvalidInputError(" ".join(wrong[:ERRORS_TOLD]) + more)
    if len(rules) > MAX_RULES:
        raise InvalidInputError(f"There may be {MAX_RULES} fingerprint rules; these are {len(rules)}.")
    return tuple(rules)


@lru_cache(maxsize=256)
def rules_in_force(text: str) -> tuple[FingerprintRule, ...]:
    """The rules in a text that was accepted once; a line that is none for this version any more says nothing."""
    return tuple(_read(text)[0])


def _read(text: str) -> tuple[list[FingerprintRule], list[str]]:
    """The rules in `text`, and what is wrong with other lines."""
    rules: list[FingerprintRule] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                rules.append(_parse_line(number, line.strip()))
            except _LineError as error:
                wrong.append(f"Line {number}: {error}")
    return rules, wrong


def _parse_line(number: int, line: str) -> FingerprintRule:
    arrow = _find_arrow(line)
    if arrow is None:
        raise _LineError("a rule needs `->` between what it looks for and the fingerprint that it gives.")
    matchers = _parse_matchers(line[: arrow.start()])
    right = line[arrow.end() :]
    title = TITLE.search(right)
    fingerprint = _parse_parts(right[: title.start()] if title else right)
    words = _unquoted(title) if title else ""
    if len(words) > MAX_TITLE:
        raise _LineError(f"a title may have {MAX_TITLE} characters.")
    _check_variables((*fingerprint, words))
    on_event, on_exceptions, on_frames = (
        tuple(matcher for about, matcher in matchers if about == wanted) for wanted in ABOUT
    )
    needles = tuple((each.field, each.glob.needle) for _, each in matchers if not each.is_negated and each.glob.needle)
    return FingerprintRule(number, line, on_event, on_exceptions, on_frames, fingerprint, words, needles)


def _find_arrow(line: str) -> re.Match[str] | None:
    """The first arrow that does not stand in quotes."""
    return next((found for found in ARROW.finditer(line) if _quotes(line[: found.start()]) % 2 == 0), None)


def _quotes(text: str) -> int:
    return text.replace('\\"', "").count('"')


def _parse_matchers(text: str) -> list[tuple[About, Matcher]]:
    matchers: list[tuple[About, Matcher]] = []
    position = 0
    while text[position:].strip():
        match = MATCHER.match(text, position)
        if match is None:
            example = '`type:KeyError` or `path:"*/a b/*"`'
            raise _LineError(f"{_quoted(text[position:])} is no condition; write them as {example}.")
        matchers.append(_matcher(match))
        position = match.end()
    if not matchers:
        raise _LineError("a rule needs a condition before `->`.")
    if len(matchers) > MAX_MATCHERS:
        raise _LineError(f"a rule may have {MAX_MATCHERS} conditions.")
    return matchers


def _matcher(match: re.Match[str]) -> tuple[About, Matcher]:
    name = match[2]
    pattern = match[4] if match[3] is None else match[3].replace('\\"', '"').replace("\\\\", "\\")
    if len(pattern) > MAX_PATTERN:
        raise _LineError(f"a pattern may have {MAX_PATTERN} characters.")
    if name.startswith(TAGS) and name.partition(".")[2]:
        field = "tags." + name.partition(".")[2]
        return "event", Matcher(field, parse_glob(pattern, ignores_case=False), is_negated=bool(match[1]))
    field = LONG_NAMES.get(name, name)
    if field not in ABOUT_FIELD:
        raise _LineError(f"there is no {_quoted(name)} to look at; there are {', '.join(ABOUT_FIELD)} and tags.NAME.")
    if field == "app" and pattern.lower() not in {"yes", "no"}:
        raise _LineError(f"`{name}` is `yes` or `no`.")
    if field == "path":
        pattern = BACKSLASH.sub("/", pattern)
    return ABOUT_FIELD[field], Matcher(
        field, parse_glob(pattern, ignores_case=field in WHATEVER_CASE), is_negated=bool(match[1])
    )


def _parse_parts(text: str) -> tuple[str, ...]:
    parts: list[str] = []
    position, text = 0, text.rstrip().removesuffix(",")
    while position < len(text):
        match = PART.match(text, position)
        if match is None or not _unquoted(match).strip():
            example = '`a, "b, c", {{ default }}`'
            raise _LineError(f"{_quoted(text[position:])} is no fingerprint; write its parts as {example}.")
        parts.append(_unquoted(match))
        position = match.end()
    if not parts:
        raise _LineError("a rule needs a fingerprint behind `->`.")
    if len(parts) > MAX_PARTS:
        raise _LineError(f"a fingerprint may have {MAX_PARTS} parts.")
    return tuple(parts)


def _unquoted(match: re.Match[str]) -> str:
    """The text in quotes that a pattern found as its first group, or without quotes as its second."""
    return match[2].strip() if match[1] is None else match[1].replace('\\"', '"').replace("\\\\", "\\")


def _check_variables(parts: tuple[str, ...]) -> None:
    for part in parts:
        for match in VARIABLE.finditer(part):
            if match[1].lower() != "default" and not is_known(match[1]):
                raise _LineError(f"there is no {_quoted(match[0])} to fill in.")


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"
