"""Unpacks the body of a request: every content coding that SDKs use, none of them able to fill the memory."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

import brotli
import zstandard
from isal import isal_zlib

from tocsin.ingest.errors import BadCompressionError, TooLargeError

MAX_CODINGS = 2
"""Proxies may compress what an SDK has already compressed; nobody does it a third time."""

MAX_MEMBERS = 1000
"""Members (gzip) or frames (zstd) in one body. Each costs a copy of what follows it, so there has to be an end."""

MAX_ZSTD_WINDOW = 8 * 1024 * 1024
"""What RFC 8878 section 3.1.1.1.2 asks a decoder to support; a frame may demand up to 3.75 TiB."""

SLICE = 64 * 1024
"""Bytes of gzip handed to the decoder at once: what follows a member is copied, so it must be short."""

ZSTD_SLICE = 256
"""Bytes of zstd handed over at once: 4 bytes can stand for a block of 128 KiB, and the decoder knows no limit."""

BROTLI_STEP = 256 * 1024
"""Bytes of output asked of the brotli decoder at once."""

TOO_LARGE = "the body unpacks to more than this server accepts"

ISAL_ERROR = cast("type[Exception]", isal_zlib.error)
"""The library's own type information calls this class an instance."""

ZLIB_WBITS = 15
GZIP_WBITS = 31
RAW_DEFLATE_WBITS = -15


def decompress(body: bytes, encoding: str | None, *, limit: int) -> bytes:
    """Unpack `body` as its Content-Encoding header says; `limit` is the largest result in bytes.

    Memory is bounded by about twice `limit`, whatever the body claims or holds.

    Raises:
        TooLargeError: the result, or what a coding inside it unpacks to, is over `limit`.
        BadCompressionError: an unknown coding, too many codings, or bytes that are not in that coding.
    """
    codings = [coding.strip().lower() for coding in (encoding or "").split(",")]
    codings = [coding for coding in codings if coding not in {"", "identity"}]
    if len(codings) > MAX_CODINGS:
        raise BadCompressionError(f"more than {MAX_CODINGS} content codings")
    unknown = [coding for coding in codings if coding not in CODINGS]
    if unknown:
        raise BadCompressionError(f"unknown content coding {unknown[0][:20]!r}: use {', '.join(CODINGS)}")

    # Codings are listed in the order in which they were applied (RFC 9110 section 8.4).
    for coding in reversed(codings):
        body = CODINGS[coding](body, limit)
    return _within(body, limit)


def _gunzip(body: bytes, limit: int) -> bytes:
    """Unpack one or more gzip members (RFC 1952); zero bytes may follow as padding."""
    parts: list[bytes] = []
    size = 0
    members = 0
    position = 0
    while position < len(body) and (members == 0 or body[position]):
        members += 1
        if members > MAX_MEMBERS:
            raise BadCompressionError(f"more than {MAX_MEMBERS} gzip members")
        part, position = _gunzip_member(body, position, limit - size)
        parts.append(part)
        size += len(part)
    if not members or body[position:].strip(b"\0"):
        raise BadCompressionError("not gzip")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _gunzip_member(body: bytes, start: int, limit: int) -> tuple[bytes, int]:
    """Unpack the member at `start`; also where the next one would begin."""
    decoder = isal_zlib.decompressobj(GZIP_WBITS)
    parts: list[bytes] = []
    size = 0
    position = start
    try:
        while not decoder.eof:
            if position >= len(body):
                raise BadCompressionError("truncated gzip")
            given = body[position : position + SLICE]
            position += len(given)
            part = decoder.decompress(given, limit - size + 1)
            size += len(part)
            if size > limit:
                raise TooLargeError(TOO_LARGE)
            parts.append(part)
            # The slice is used up, since the output was not cut; what remains belongs to the next member.
    except ISAL_ERROR as error:
        raise BadCompressionError(f"not gzip: {error}") from error
    return b"".join(parts), position - len(decoder.unused_data)


def _inflate(body: bytes, limit: int) -> bytes:
    """Unpack `deflate`: zlib as RFC 9110 has it, or the raw stream that many clients send under this name."""
    try:
        return _inflate_as(ZLIB_WBITS, body, limit)
    except BadCompressionError:
        return _inflate_as(RAW_DEFLATE_WBITS, body, limit)


def _inflate_as(wbits: int, body: bytes, limit: int) -> bytes:
    decoder = isal_zlib.decompressobj(wbits)
    try:
        unpacked = _within(decoder.decompress(body, limit + 1), limit)
    except ISAL_ERROR as error:
        raise BadCompressionError(f"not deflate: {error}") from error
    if not decoder.eof:
        raise BadCompressionError("truncated deflate")
    return unpacked


def _unbrotli(body: bytes, limit: int) -> bytes:
    """Unpack brotli (RFC 7932) in steps: asked for all at once, the decoder holds its output twice."""
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    given = body
    while not decoder.is_finished():
        try:
            part = decoder.process(given, output_buffer_limit=BROTLI_STEP)
        except brotli.error as error:
            raise BadCompressionError("not brotli") from error
        if not part and not decoder.is_finished():
            raise BadCompressionError("truncated brotli")
        size += len(part)
        if size > limit:
            raise TooLargeError(TOO_LARGE)
        parts.append(part)
        given = b""
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    """Unpack one or more zstd frames (RFC 8878)."""
    context = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
    parts: list[bytes] = []
    size = 0
    frames = 0
    position = 0
    while position < len(body) or not frames:
        frames += 1
        if frames > MAX_MEMBERS:
            raise BadCompressionError(f"more than {MAX_MEMBERS} zstd frames")
        decoder = context.decompressobj()
        while not decoder.eof:
            if position >= len(body):
                raise BadCompressionError("truncated zstd")
            given = body[position : position + ZSTD_SLICE]
            position += len(given)
            try:
                part = decoder.decompress(given)
            except zstandard.ZstdError as error:
                raise BadCompressionError(f"not zstd: {error}") from error
            size += len(part)
            if size > limit:
                raise TooLargeError(TOO_LARGE)
            parts.append(part)
        position -= len(decoder.unused_data)
    return b"".join(parts)


def _within(unpacked: bytes, limit: int) -> bytes:
    if len(unpacked) > limit:
        raise TooLargeError(TOO_LARGE)
    return unpacked


CODINGS: Mapping[str, Callable[[bytes, int], bytes]] = MappingProxyType(
    {
        "gzip": _gunzip,
        "x-gzip": _gunzip,
        "deflate": _inflate,
        "br": _unbrotli,
        "zstd": _unzstd,
    }
)
"""Every content coding that is understood, and how it is unpacked."""
