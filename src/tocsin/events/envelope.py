"""Takes an envelope apart: the framing in which SDKs send events and everything else.

The format is public: https://develop.sentry.dev/sdk/foundations/transport/envelopes/
"""

import re
from typing import TypeVar

import msgspec

from tocsin.events.errors import EnvelopeError

MAX_ITEMS = 100
"""Items in one envelope. SDKs send an event, its attachments and a client report: rarely more than five."""

MAX_HEADER_BYTES = 16 * 1024
"""Length of one header line. Real ones, with a trace context in them, stay under 1 KiB."""


class EnvelopeHeader(msgspec.Struct, frozen=True):
    """What an SDK says about all items; nothing in it is proven."""

    event_id: str | None = None
    dsn: str | None = None


class ItemHeader(msgspec.Struct, frozen=True):
    """What an SDK says about one item; `length` is that of the payload in bytes, None when a newline ends it."""

    type: str
    length: int | None = None


class Item(msgspec.Struct, frozen=True):
    """One item, its payload not yet looked at; `header.type` may be one that nobody here knows."""

    header: ItemHeader
    payload: bytes


class Envelope(msgspec.Struct, frozen=True):
    """An envelope taken apart; it may hold no item at all."""

    header: EnvelopeHeader
    items: list[Item]


NEWLINE = 0x0A
_NEWLINES = re.compile(rb"\n*")
_ENVELOPE_HEADER = msgspec.json.Decoder(EnvelopeHeader)
_ITEM_HEADER = msgspec.json.Decoder(ItemHeader)


def parse_envelope(raw: bytes, *, max_items: int = MAX_ITEMS) -> Envelope:
    """Take `raw` (already decompressed) apart; items of unknown types are kept, so that they can be counted.

    Raises:
        EnvelopeError: a header that is no JSON object of the right shape, a `length` that does not end at a
            newline or the end, or more than `max_items` items.
    """
    line, position = _header_line(raw, 0)
    header = _decode(_ENVELOPE_HEADER, line)
    items: list[Item] = []
    while (position := _skip_newlines(raw, position)) < len(raw):
        if len(items) == max_items:
            raise EnvelopeError(f"more than {max_items} items")
        line, position = _header_line(raw, position)
        item_header = _decode(_ITEM_HEADER, line)
        payload, position = _payload(raw, position, item_header.length)
        items.append(Item(item_header, payload))
    return Envelope(header, items)


def _skip_newlines(raw: bytes, start: int) -> int:
    """SDKs may close an envelope, or an item, with more than one newline."""
    match = _NEWLINES.match(raw, start)
    return match.end() if match else start


def _header_line(raw: bytes, start: int) -> tuple[bytes, int]:
    """The header line at `start`, and where its payload begins."""
    end = raw.find(b"\n", start, start + MAX_HEADER_BYTES + 1)
    if end >= 0:
        return raw[start:end], end + 1
    if len(raw) - start > MAX_HEADER_BYTES:
        raise EnvelopeError(f"a header longer than {MAX_HEADER_BYTES} bytes")
    return raw[start:], len(raw)


Shape = TypeVar("Shape")


def _decode(decoder: "msgspec.json.Decoder[Shape]", line: bytes) -> Shape:
    try:
        return decoder.decode(line)
    # A header nested too deep is a RecursionError; invalid UTF-8 in a field that is read is a UnicodeDecodeError.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EnvelopeError(f"a header that cannot be read: {error}") from error


def _payload(raw: bytes, start: int, length: int | None) -> tuple[bytes, int]:
    """The payload at `start`, and where the next item begins."""
    if length is None:
        newline = raw.find(b"\n", start)
        end = len(raw) if newline < 0 else newline
    else:
        end = start + length
        if length < 0 or end > len(raw):
            raise EnvelopeError("an item is shorter than its length")
        if end < len(raw) and raw[end] != NEWLINE:
            raise EnvelopeError("an item is longer than its length")
    return raw[start:end], end + 1
