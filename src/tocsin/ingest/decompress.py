"""Unpacks the body of a request: every content coding that SDKs use, none of them able to fill the memory."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias, cast

import brotli
import zstandard
from isal import isal_zlib

from tocsin.ingest.errors import BadCompressionError, TooLargeError

MAX_CODINGS = 2
"""Proxies may compress what an SDK has already compressed; nobody does it a third time."""

MAX_ENCODING = 100
"""Characters of a Content-Encoding, of which some are remembered: whatever else it holds, two codings need no more."""

MAX_MEMBERS = 1000
"""Members (gzip) or frames (zstd) in one body. Each costs a copy of what follows it, so there has to be an end."""

MAX_ZSTD_WINDOW = 8 * 1024 * 1024
"""What RFC 8878 section 3.1.1.1.2 asks a decoder to support; a frame may demand up to 3.75 TiB."""

STEP = 256 * 1024
"""Bytes of output asked of a decoder at once."""

SLICE = 64 * 1024
"""Bytes of gzip handed to the decoder at once: what follows a member is copied, so it must be short."""

BROTLI_SLICE = 2 * 1024
"""Bytes of brotli handed over at once: how many of them a part of the result took, the decoder does not say."""

ZSTD_SLICE = 64
"""Bytes of zstd handed over at once: 4 of them can stand for a block of 128 KiB, and the decoder knows no limit."""

RATIO, SLACK = 200, 1024 * 1024
"""A body may unpack to so many times what was read of it, and to as much as an event may have, however well that packs.
JSON stays below 50, logs below 150; what is made to fill a memory has 1 000 (gzip, deflate) or 10 000 (brotli, zstd),
and is refused after some 2 MiB."""

GLANCE = 3 * 1024 * 1024
"""Bytes of output after which a beginning that is in proportion is believed: a bomb has shown itself by then, and it
takes a millisecond or two."""

MODEST = 1024 * 1024
"""Bytes of output that are kept while nobody knows yet how many there will be."""

ISAL_ERROR = cast("type[Exception]", isal_zlib.error)
"""The library's own type information calls this class an instance."""

Unpacked: TypeAlias = tuple[bytes, int]
"""A part of the result, and how many bytes were read for it and all before it."""
Unpacking: TypeAlias = Generator[Unpacked, None, None]
Unpack: TypeAlias = Callable[[bytes], Unpacking]

ZLIB_WBITS = 15
GZIP_WBITS = 31
RAW_DEFLATE_WBITS = -15


def decompress(
    body: bytes, encoding: str | None, *, limit: int, before_keeping: Callable[[int], None] = lambda _size: None
) -> bytes:
    """Unpack `body` as its Content-Encoding header says; `limit` is the largest result in bytes.

    Memory is bounded by about twice the size of the result, and by 2 MiB if the body is refused, whatever it claims or
    holds. `before_keeping` is told the size of a result over 1 MiB before it is kept, and may raise.

    Raises:
        TooLargeError: the result, or what a coding inside it unpacks to, is over `limit`, or is out of all proportion.
        BadCompressionError: an unknown coding, too many codings, or bytes that are not in that coding.
    """
    for coding in _codings(encoding):
        at_once = _gunzipped_at_once(body, limit) if coding is _gunzip else None
        body = _collected(coding, body, limit, before_keeping) if at_once is None else at_once
    if len(body) > limit:
        raise TooLargeError(f"more than {limit} bytes")
    return body


def require_modest(beginning: bytes, encoding: str) -> None:
    """Look whether a body that begins like this is a bomb, or holds one, before the rest of it has come.

    It costs so little, whatever the bytes are, that it need not leave the event loop.

    Raises:
        TooLargeError: it unfolds out of all proportion.
        BadCompressionError: it is packed in no way that is known.
    """
    for coding in _codings(encoding):
        beginning = _beginning(coding(beginning), len(beginning))


def _beginning(unpacking: Unpacking, most: int) -> bytes:
    """The first bytes of the result, up to `most`, when as much as a glance shows is in proportion."""
    kept: list[bytes] = []
    size = 0
    try:
        with closing(_proportionate(unpacking)) as parts:
            for part in parts:
                if size < most:
                    kept.append(part)
                size += len(part)
                if size > GLANCE:
                    break
    except BadCompressionError:
        pass  # it is cut off, of course; what else is wrong shows when it is whole
    return b"".join(kept)[:most]


def _gunzipped_at_once(body: bytes, limit: int) -> bytes | None:
    """What a body of one short member holds, as nearly all have it; `None` where it has to be looked into in parts."""
    decoder = isal_zlib.decompressobj(GZIP_WBITS)
    try:
        unpacked = decoder.decompress(body, min(SLACK, limit))
    except ISAL_ERROR:
        return None
    return unpacked if decoder.eof and not decoder.unused_data else None


@lru_cache(maxsize=64)
def _codings(encoding: str | None) -> Sequence[Unpack]:
    """How to unpack, the last one applied first: they are listed as they were applied (RFC 9110 section 8.4)."""
    if not encoding:
        return ()
    if len(encoding) > MAX_ENCODING:
        raise BadCompressionError(f"a Content-Encoding of more than {MAX_ENCODING} characters")
    names = [name.strip().lower() for name in encoding.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if len(names) > MAX_CODINGS:
        raise BadCompressionError(f"more than {MAX_CODINGS} content codings")
    unknown = [name for name in names if name not in CODINGS]
    if unknown:
        raise BadCompressionError(f"unknown content coding {unknown[0][:20]!r}: use {', '.join(CODINGS)}")
    return tuple(CODINGS[name] for name in reversed(names))


def _collected(unpack: Unpack, body: bytes, limit: int, before_keeping: Callable[[int], None]) -> bytes:
    """All that `unpack` makes of `body`; what is large is measured first and unpacked again if it may be kept.

    A second look is cheaper than fifty threads that each keep almost `limit` bytes of a bomb.
    """
    size, kept = _measured(unpack(body), limit)
    if size > MODEST:
        before_keeping(size)
        return b"".join(part for part, _ in unpack(body))
    return kept[0] if len(kept) == 1 else b"".join(kept)


def _measured(unpacking: Unpacking, limit: int) -> tuple[int, list[bytes]]:
    """How large the result is in all, and its parts themselves as long as that is modest."""
    kept: list[bytes] = []
    size = 0
    with closing(_proportionate(unpacking)) as parts:
        for part in parts:
            size += len(part)
            if size > limit:
                raise TooLargeError(f"unpacks to more than {limit} bytes")
            if size <= MODEST:
                kept.append(part)
            else:
                kept.clear()
    return size, kept


def _proportionate(unpacking: Unpacking) -> Generator[bytes, None, None]:
    """The parts, as long as they are in proportion to what was read for them."""
    size = 0
    # Closed here and now, since the traceback of the refusal would keep the decoder for a while: up to 4 MiB each.
    with closing(unpacking):
        for part, consumed in unpacking:
            size += len(part)
            if size > SLACK + RATIO * consumed:
                raise TooLargeError(f"unpacks to more than {RATIO} times its size")
            yield part


def _gunzip(body: bytes) -> Unpacking:
    """Unpack one or more gzip members (RFC 1952); zero bytes may follow as padding."""
    position = 0
    for _ in range(MAX_MEMBERS):
        position = yield from _inflate_stream(GZIP_WBITS, body, position)
        if not body[position : position + 1].strip(b"\0"):
            break
    if body[position:].strip(b"\0"):
        raise BadCompressionError(f"more than {MAX_MEMBERS} gzip members, or something else behind them")


def _inflate(body: bytes) -> Unpacking:
    """Unpack `deflate`: zlib (RFC 1950) as RFC 9110 has it, or the raw stream that many clients send by this name."""
    # A raw stream cannot look like this: it would begin with a stored block, whose padding is zero.
    is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    yield from _inflate_stream(ZLIB_WBITS if is_zlib else RAW_DEFLATE_WBITS, body, 0)


def _inflate_stream(wbits: int, body: bytes, position: int) -> Generator[Unpacked, None, int]:
    """Unpack the stream that begins at `position`, and return where it ends."""
    decoder = isal_zlib.decompressobj(wbits)
    given = b""
    part = b""
    while not decoder.eof:
        if not given and len(part) < STEP:
            given = body[position : position + SLICE]
            position += len(given)
            if not given:
                raise BadCompressionError("truncated")
        try:
            part = decoder.decompress(given, STEP)
        except ISAL_ERROR as error:
            raise BadCompressionError(f"not gzip or deflate: {error}") from error
        given = decoder.unconsumed_tail
        yield part, position - len(given)
    return position - len(decoder.unused_data)


def _unbrotli(body: bytes) -> Unpacking:
    """Unpack brotli (RFC 7932)."""
    decoder = brotli.Decompressor()
    position = 0
    while not decoder.is_finished():
        given = body[position : position + BROTLI_SLICE] if decoder.can_accept_more_data() else b""
        position += len(given)
        try:
            part = decoder.process(given, output_buffer_limit=STEP)
        except brotli.error as error:
            raise BadCompressionError("not brotli") from error
        if not part and position == len(body) and not decoder.is_finished():
            raise BadCompressionError("truncated")
        yield part, position


def _unzstd(body: bytes) -> Unpacking:
    """Unpack one or more zstd frames (RFC 8878)."""
    context = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
    position = 0
    for _ in range(MAX_MEMBERS):
        decoder = context.decompressobj()
        while not decoder.eof:
            given = body[position : position + ZSTD_SLICE]
            position += len(given)
            if not given:
                raise BadCompressionError("truncated")
            try:
                yield decoder.decompress(given), position
            except zstandard.ZstdError as error:
                raise BadCompressionError(f"not zstd: {error}") from error
        position -= len(decoder.unused_data)
        if position == len(body):
            return
    raise BadCompressionError(f"more than {MAX_MEMBERS} zstd frames")


CODINGS: Mapping[str, Unpack] = MappingProxyType(
    {
        "gzip": _gunzip,
        "x-gzip": _gunzip,
        "deflate": _inflate,
        "br": _unbrotli,
        "zstd": _unzstd,
    }
)
"""Every content coding that is understood, and how it is unpacked, piece by piece."""
