"""Decides which events are the same problem: a fingerprint, and the parts it was made of, so that a page can say why.

The first who has something to say is followed: the project's fingerprint rules, then the SDK, then the event itself.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import msgspec

from tocsin.events.default_grouping import Default, by_default
from tocsin.events.fingerprint_matching import find_rule
from tocsin.events.fingerprint_rules import FingerprintRule
from tocsin.events.fingerprint_variables import DEFAULT, Values, fill_in
from tocsin.events.schema import Event

SUMMED_UP = 3
"""Frames that a summary names, the innermost ones."""


class Version(NamedTuple):
    """One way of grouping. `group` must say for ever what it says now, or issues of its days would be split."""

    number: int
    group: Callable[[Event], Default]


VERSIONS: tuple[Version, ...] = (Version(1, by_default),)
"""Every version whose issues are to be found again, oldest first; the last one names new issues.

A new one keeps the old one's code: an event whose fingerprint nobody knows is looked up by the older ones, too, and the
issue that they find gets the new fingerprint (`intake.adopting`). An old one may go when no issue of its days matters.
"""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an event is grouped by. `components` give the hash, and nothing else does.

    `hash` is 32 hexadecimal digits. `method` names who spoke: `rule`, `sdk`, `in_app_frames`, `exception`, `message` or
    `nothing`. `components` are lines for people: `exception KeyError`, `frame shop.cart in total`. `rule` is the line
    of the project's rules that spoke.
    """

    hash: str
    method: str
    components: list[str]
    rule: FingerprintRule | None = None


def fingerprint_of(
    event: Event, rules: Sequence[FingerprintRule] = (), *, version: Version = VERSIONS[-1]
) -> Fingerprint:
    """The fingerprint of `event`; the same for the same event in every process and on every day."""
    rule = find_rule(rules, event) if rules else None
    if rule is not None:
        components = _as_given(event, rule.fingerprint, lambda: _by_sdk(event, version).components)
        return Fingerprint(_hash(components), "rule", components, rule)
    method, components = _by_sdk(event, version)
    return Fingerprint(_hash(components), method, components)


def earlier_hashes(
    event: Event, rules: Sequence[FingerprintRule], hash_: str, versions: Sequence[Version]
) -> tuple[str, ...]:
    """What older ones of `versions` called `event`, the newest first, where they called it otherwise than `hash_`."""
    hashes = [fingerprint_of(event, rules, version=version).hash for version in reversed(versions[:-1])]
    return tuple(dict.fromkeys(each for each in hashes if each != hash_))


def summary_of(fingerprint: Fingerprint) -> str:
    """The components in one line, those that say most first: `KeyError, shop.cart in total, shop.views in show`."""
    kinds = [line.partition(" ") for line in fingerprint.components]
    frames = [words for kind, _, words in reversed(kinds) if kind == "frame"]
    others = [words for kind, _, words in reversed(kinds) if kind != "frame"]
    return ", ".join([*others, *frames[:SUMMED_UP]])


def _by_sdk(event: Event, version: Version) -> Default:
    """What the application said, unless it said nothing but "as usual"."""
    given = [part for part in event.fingerprint if part.strip()]
    if not given or all(DEFAULT.fullmatch(part.strip()) for part in given):
        return version.group(event)
    return Default("sdk", _as_given(event, given, lambda: version.group(event).components))


def _as_given(event: Event, parts: Sequence[str], default: Callable[[], list[str]]) -> list[str]:
    """`parts` of a fingerprint, variables filled in.

    `{{ default }}` alone stands for lines, told once however often it is given; in a text it stands for words.
    """
    usual = cache(default)
    values = Values(event, lambda: " ".join(line.removeprefix("given ") for line in usual()))
    components: list[str] = []
    has_usual = False
    for part in parts:
        if not DEFAULT.fullmatch(part.strip()):
            components.append(f"given {fill_in(values, part)}")
        elif not has_usual:
            components.extend(usual())
            has_usual = True
    return components


def _hash(components: list[str]) -> str:
    return hashlib.blake2b(msgspec.json.encode(components), digest_size=16).hexdigest()
