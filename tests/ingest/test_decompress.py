"""Bodies in every coding that SDKs use, and in none of them a way to fill the memory."""

import gzip
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from isal import isal_zlib

from tocsin.ingest.decompress import CODINGS, MAX_MEMBERS, decompress, require_modest
from tocsin.ingest.errors import BadCompressionError, IngestError, TooLargeError
from tocsin.ingest.routes import MAX_EVENT

LIMIT = 20 * 1024 * 1024
TEXT = b'{"event_id":"0123456789abcdef0123456789abcdef"}\n' * 200


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(text) + packer.flush()


def zstd_without_its_size(text: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(text) + packer.flush()


PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
    ("zstd", zstd_without_its_size),
]


@pytest.mark.parametrize(("encoding", "pack"), PACKED)
@pytest.mark.parametrize("text", [b"", b"x", TEXT, bytes(range(256)) * 4000], ids=["empty", "one", "json", "binary"])
def test_a_body_comes_out_as_it_went_in(encoding: str, pack: Callable[[bytes], bytes], text: bytes) -> None:
    packed = pack(text)

    unpacked = decompress(packed, encoding, limit=LIMIT)

    assert unpacked == text


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity , "])
def test_a_body_without_a_coding_is_left_alone(encoding: str | None) -> None:
    assert decompress(TEXT, encoding, limit=len(TEXT)) == TEXT


def test_a_large_body_comes_out_as_it_went_in() -> None:
    text = random.Random(1).randbytes(1 << 16) * 20

    for encoding, pack in PACKED:
        assert decompress(pack(text), encoding, limit=LIMIT) == text


@pytest.mark.parametrize(("encoding", "pack"), [*PACKED, ("identity", bytes)])
def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(TEXT)

    unpacked = decompress(packed, encoding, limit=len(TEXT))

    assert unpacked == TEXT
    with pytest.raises(TooLargeError):
        decompress(packed, encoding, limit=len(TEXT) - 1)


def test_codings_are_undone_in_the_reverse_of_the_order_in_which_they_are_listed() -> None:
    packed = brotli.compress(gzip.compress(TEXT))

    unpacked = decompress(packed, " GZIP, br", limit=LIMIT)

    assert unpacked == TEXT


def test_what_lies_between_two_codings_is_bound_by_the_same_limit() -> None:
    packed = gzip.compress(gzip.compress(bytes(range(256)) * 100, compresslevel=0))

    with pytest.raises(TooLargeError):
        decompress(packed, "gzip, gzip", limit=25_610)


@pytest.mark.parametrize("encoding", ["gzip, gzip, gzip", "compress", "gzip;q=1", "\udcff", "aes128gcm"])
def test_unknown_and_too_many_codings_are_refused(encoding: str) -> None:
    with pytest.raises(BadCompressionError):
        decompress(TEXT, encoding, limit=LIMIT)


def test_a_header_that_goes_on_and_on_is_refused_and_not_remembered() -> None:
    with pytest.raises(BadCompressionError):
        decompress(gzip.compress(TEXT), "gzip" + "," * 1_000, limit=LIMIT)


def test_gzip_may_have_several_members_and_padding_after_them() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two") + bytes(10)

    assert decompress(packed, "gzip", limit=7) == b"one two"


def test_zstd_may_have_several_frames() -> None:
    packed = zstandard.compress(b"one ") + zstandard.compress(b"two")

    assert decompress(packed, "zstd", limit=7) == b"one two"


@pytest.mark.parametrize(("encoding", "pack"), PACKED)
@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_truncated_body_is_refused(encoding: str, pack: Callable[[bytes], bytes], cut: int) -> None:
    packed = pack(bytes(range(256)) * 20)

    with pytest.raises(BadCompressionError):
        decompress(packed[:-cut], encoding, limit=LIMIT)


@pytest.mark.parametrize("encoding", sorted(CODINGS))
@given(body=st.binary(max_size=300))
def test_no_bytes_make_a_decoder_raise_anything_but_its_own_errors(encoding: str, body: bytes) -> None:
    try:
        unpacked = decompress(body, encoding, limit=1000)
    except IngestError:
        return

    assert len(unpacked) <= 1000


@pytest.mark.parametrize(("encoding", "pack"), PACKED)
@given(at=st.integers(0, 10_000), flipped=st.integers(1, 255))
def test_no_flipped_byte_makes_a_decoder_raise_anything_but_its_own_errors(
    encoding: str, pack: Callable[[bytes], bytes], at: int, flipped: int
) -> None:
    packed = bytearray(pack(TEXT))
    packed[at % len(packed)] ^= flipped

    try:
        unpacked = decompress(bytes(packed), encoding, limit=len(TEXT))
    except IngestError:
        return

    assert len(unpacked) <= len(TEXT)


class Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def of_a_gibibyte(packer: Packer) -> bytes:
    mebibyte = bytes(1 << 20)
    return b"".join([packer.compress(mebibyte) for _ in range(1024)]) + packer.flush()


def brotli_of_a_gibibyte() -> bytes:
    packer = brotli.Compressor(quality=1)
    mebibyte = bytes(1 << 20)
    return b"".join([packer.process(mebibyte) for _ in range(1024)]) + packer.finish()


BOMBS: list[tuple[str, Callable[[], bytes]]] = [
    ("gzip", lambda: of_a_gibibyte(isal_zlib.compressobj(wbits=31))),
    ("deflate", lambda: of_a_gibibyte(isal_zlib.compressobj())),
    ("deflate", lambda: of_a_gibibyte(isal_zlib.compressobj(wbits=-15))),
    ("br", brotli_of_a_gibibyte),
    ("zstd", lambda: of_a_gibibyte(zstandard.ZstdCompressor().compressobj())),
    ("gzip", lambda: gzip.compress(bytes(1 << 16)) * 10_000),
]


@pytest.mark.parametrize(("encoding", "make"), BOMBS[:-1], ids=["gzip", "zlib", "raw", "br", "zstd"])
def test_a_bomb_is_known_by_its_beginning(encoding: str, make: Callable[[], bytes]) -> None:
    beginning = make()[: 1 << 16]

    with pytest.raises(TooLargeError):
        require_modest(beginning, encoding)


@pytest.mark.parametrize(("encoding", "pack"), [*PACKED, ("identity", bytes)])
def test_what_is_no_bomb_may_go_on_after_its_beginning(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(random.Random(1).randbytes(1 << 17) + TEXT * 110)

    require_modest(packed[: 1 << 16], encoding)

    assert len(decompress(packed, encoding, limit=LIMIT)) > 1 << 20


@pytest.mark.parametrize(("encoding", "pack"), PACKED)
def test_an_event_may_pack_as_well_as_it_can(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b" " * MAX_EVENT)

    require_modest(packed, encoding)

    assert len(decompress(packed, encoding, limit=LIMIT)) == MAX_EVENT


def test_what_explodes_late_is_left_to_those_who_have_it_whole() -> None:
    chance = random.Random(1)
    harmless = b"".join(chance.randbytes(64) + TEXT for _ in range(400))
    packed = gzip.compress(harmless + bytes(LIMIT))

    require_modest(packed, "gzip")

    with pytest.raises(TooLargeError):
        decompress(packed, "gzip", limit=LIMIT)


def test_a_large_result_is_announced_before_it_is_kept() -> None:
    packed = gzip.compress(TEXT * 150, mtime=0)
    announced: list[int] = []

    text = decompress(packed, "gzip", limit=LIMIT, before_keeping=announced.append)

    assert announced == [len(text)]


def test_a_bomb_in_a_bomb_is_known_by_its_beginning_too() -> None:
    bomb = gzip.compress(of_a_gibibyte(isal_zlib.compressobj(wbits=31)))

    with pytest.raises(TooLargeError):
        require_modest(bomb[: 1 << 16], "gzip, gzip")


@contextmanager
def memory_grows_at_most(mebibytes: int) -> Iterator[None]:
    """Watch the peak of this process, which Linux forgets when it is told so."""
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_mebibytes()
    yield
    assert peak_mebibytes() - before <= mebibytes


def peak_mebibytes() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) / 1024


@pytest.mark.parametrize(("encoding", "make"), BOMBS, ids=["gzip", "zlib", "raw", "br", "zstd", "members"])
def test_a_bomb_is_refused_at_once_and_within_16_mebibytes(encoding: str, make: Callable[[], bytes]) -> None:
    bomb = make()
    seconds: list[float] = []

    with memory_grows_at_most(16):
        for _ in range(3):
            started = time.process_time()
            with pytest.raises(TooLargeError):
                decompress(bomb, encoding, limit=LIMIT)
            seconds.append(time.process_time() - started)

    assert min(seconds) < 0.2


def test_fifty_bombs_at_once_take_less_than_200_mebibytes() -> None:
    bomb = of_a_gibibyte(isal_zlib.compressobj(wbits=31))
    refused: list[TooLargeError] = []

    def light() -> None:
        try:
            decompress(bomb, "gzip", limit=LIMIT)
        except TooLargeError as error:
            refused.append(error)

    threads = [threading.Thread(target=light) for _ in range(50)]
    with memory_grows_at_most(200):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(refused) == 50


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_body_of_countless_empty_members_is_refused(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"") * (MAX_MEMBERS + 1)

    with pytest.raises(BadCompressionError):
        decompress(packed, encoding, limit=LIMIT)


def test_a_zstd_frame_that_asks_for_a_huge_window_is_refused() -> None:
    packer = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    ).compressobj()
    packed = packer.compress(TEXT) + packer.flush()

    with pytest.raises(BadCompressionError):
        decompress(packed, "zstd", limit=LIMIT)
