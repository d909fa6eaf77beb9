"""The chain of sealed audit entries as pure functions: the seal of an entry, and where and how a chain is broken."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

GENESIS = "0" * 64
"""What the first entry of a chain is sealed after."""


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed entry as it is found: what it says, and the seal that it bears."""

    entry_id: int
    content: str
    """The entry as canonical JSON, without its seal."""
    sequence: int
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain has come: the number and hash of its last entry."""

    sequence: int
    hash: str


EMPTY = Head(0, GENESIS)


class Tampering(StrEnum):
    """What was done to a chain."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a chain is not what was sealed."""

    tampering: Tampering
    sequence: int
    """The number in the chain that is concerned."""
    entry_id: int | None
    """The entry that bears this number now; none when no entry does."""


Links = Callable[[], Iterable[Link]]
"""Gives the sealed entries of one chain by number, anew at each call: a log may be too long to hold."""


def canonical(facts: dict[str, object]) -> str:
    """`facts` as JSON that is the same for the same facts: sorted keys, no blanks, and no escapes beyond JSON's own."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def seal(content: str, sequence: int, previous_hash: str) -> str:
    """The hash (64 hex digits) that ties `content` to its number and to the entry before it.

    It needs no secret, so that an export can be verified by anybody; who could rewrite a whole chain is caught by a
    head that was noted elsewhere.
    """
    said = f"{previous_hash}\n{sequence}\n{content}"
    # Half a character, which JSON can hold, must not keep everything after it unsealed.
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def find_break(links: Links, head: Head | None) -> Break | None:
    """The first place at which the chain is not what was sealed, up to `head`; `None` when it is whole."""
    reached, last_id = EMPTY, None
    for link in links():
        if not _follows(link, reached):
            return _explain(links, link, reached)
        reached, last_id = Head(link.sequence, link.hash), link.entry_id
    return _compare(reached, head or EMPTY, last_id)


def find_missing_head(links: Links, noted: Head) -> Break | None:
    """Whether the chain lost a head that somebody noted elsewhere: it was cut, or made anew from some place on."""
    link = next((each for each in links() if each.sequence == noted.sequence), None)
    if link is None:
        return Break(Tampering.REMOVED, noted.sequence, None)
    return None if link.hash == noted.hash else Break(Tampering.ALTERED, noted.sequence, link.entry_id)


def _follows(link: Link, reached: Head) -> bool:
    due = reached.sequence + 1
    expected = (due, reached.hash, seal(link.content, due, reached.hash))
    return (link.sequence, link.previous_hash, link.hash) == expected


def _compare(reached: Head, head: Head, last_id: int | None) -> Break | None:
    """A chain that is whole in itself may still have lost its end, or got a false one."""
    if reached.sequence < head.sequence:
        return Break(Tampering.REMOVED, reached.sequence + 1, None)
    if reached.sequence > head.sequence:
        return Break(Tampering.INSERTED, head.sequence + 1, None)
    return None if reached.hash == head.hash else Break(Tampering.ALTERED, reached.sequence, last_id)


def _explain(links: Links, found: Link, reached: Head) -> Break:
    """What was done where `found` does not follow what the chain has `reached`."""
    due = reached.sequence + 1
    if found.sequence < due:
        return Break(Tampering.INSERTED, found.sequence, found.entry_id)  # a second one with this number
    is_elsewhere = _is_elsewhere(links, found, reached)
    if found.sequence > due:
        return Break(Tampering.REORDERED if is_elsewhere else Tampering.REMOVED, due, None)
    if found.hash == seal(found.content, due, reached.hash):
        return Break(Tampering.ALTERED, due, found.entry_id)  # all is right but what it names as the one before
    if found.hash == seal(found.content, due, found.previous_hash):
        return _explain_wrong_predecessor(links, found, reached)
    return _explain_stranger(links, found, due, is_elsewhere=is_elsewhere)


def _is_elsewhere(links: Links, found: Link, reached: Head) -> bool:
    """Whether the entry that is due stands somewhere else, with its own seal or under that of `found`."""
    due = reached.sequence + 1
    seals = {found.hash} if found.sequence == due else set()
    later = (link for link in links() if link.sequence >= due)
    return any(seal(link.content, due, reached.hash) in seals | {link.hash} for link in later)


def _explain_wrong_predecessor(links: Links, found: Link, reached: Head) -> Break:
    """Two neighbours that are each well sealed: one of them was sealed anew after a change."""
    after = next((link for link in links() if link.sequence == found.sequence + 1), None)
    is_genuine = after is None or after.previous_hash == found.hash
    if reached.sequence == 0 or not is_genuine:
        return Break(Tampering.ALTERED, found.sequence, found.entry_id)
    before = next(link for link in links() if link.sequence == reached.sequence)
    return Break(Tampering.ALTERED, reached.sequence, before.entry_id)


def _explain_stranger(links: Links, found: Link, due: int, *, is_elsewhere: bool) -> Break:
    """An entry that was not sealed as number `due`: from another place of the chain, altered, or false."""
    numbers = {link.sequence: link.hash for link in links()}
    home = next((n for n in range(1, max(numbers) + 2) if seal(found.content, n, found.previous_hash) == found.hash), 0)
    if home > due:
        return Break(Tampering.REORDERED if is_elsewhere else Tampering.REMOVED, due, found.entry_id)
    if home and numbers[home] != found.hash:
        # It came before what was put into its place, and everything from there on was moved up.
        return Break(Tampering.INSERTED, home, None)
    if is_elsewhere:
        is_swapped = any(seal(found.content, link.sequence, link.previous_hash) == link.hash for link in links())
        return Break(Tampering.REORDERED if is_swapped else Tampering.INSERTED, due, found.entry_id)
    return Break(Tampering.ALTERED, due, found.entry_id)
