"""Envelopes are taken apart as the protocol says, whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import real
from tocsin.events.envelope import MAX_HEADER_BYTES, EnvelopeHeader, Item, ItemHeader, parse_envelope
from tocsin.events.errors import EnvelopeError

ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("name", real.NAMES)
def test_what_a_real_sdk_sends_is_taken_apart(name: str) -> None:
    envelope = real.envelope(name)

    assert envelope.header.event_id is not None
    assert [item.header.type for item in envelope.items] == ["event"]
    assert envelope.items[0].payload.startswith(b"{")
    assert envelope.items[0].payload.endswith(b"}")


@pytest.mark.parametrize(
    ("raw", "payloads"),
    [
        (b"{}", []),
        (b"{}\n\n\n", []),
        (b'{}\n{"type":"event"}\n{}', [b"{}"]),
        (b'{}\n{"type":"event"}\n{}\n', [b"{}"]),
        (b'{}\n{"type":"event","length":2}\n{}', [b"{}"]),
        (b'{}\n{"type":"event","length":2}\n{}\n\n', [b"{}"]),
        (b'{}\n{"type":"attachment","length":4}\na\n\nb\n{"type":"event"}\n{}', [b"a\n\nb", b"{}"]),
        (b'{}\n{"type":"attachment","length":0}\n\n{"type":"event"}\n{}', [b"", b"{}"]),
        (b'{}\n{"type":"attachment","length":0}\n', [b""]),
        (b'{}\n{"type":"attachment"}', [b""]),
        (b'{}\n{"type":"event"}\n{}\n\n{"type":"event"}\n[]', [b"{}", b"[]"]),
    ],
)
def test_items_end_at_their_length_or_at_a_newline(raw: bytes, payloads: list[bytes]) -> None:
    envelope = parse_envelope(raw)

    assert [item.payload for item in envelope.items] == payloads


def test_headers_say_which_event_and_which_type() -> None:
    raw = b'{"event_id":"%s","dsn":"https://k@h/1","sdk":{},"x":[1]}\n' % ID.encode()

    envelope = parse_envelope(raw + b'{"type":"from the future","length":3,"y":{}}\nabc')

    assert envelope.header == EnvelopeHeader(event_id=ID, dsn="https://k@h/1")
    assert envelope.items == [Item(ItemHeader(type="from the future", length=3), b"abc")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"[]",
        b"null\n",
        b'{"event_id":1}',
        b'{"event_id":"\xff"}',
        b'{}\n{"length":2}\n{}',
        b'{}\n{"type":"event","length":"2"}\n{}',
        b'{}\n{"type":"event","length":1}\n{}\n',
        b'{}\n{"type":"event","length":3}\n{}',
        b'{}\n{"type":"event","length":-1}\n{}',
        b'{}\n{"type":"event","length":99999999999999999999}\n{}',
        b"{}\nnot json\n",
        b"{}\n" + b"[" * 10_000,
        b"{" + b" " * MAX_HEADER_BYTES + b"}\n",
    ],
)
def test_broken_framing_is_refused(raw: bytes) -> None:
    with pytest.raises(EnvelopeError):
        parse_envelope(raw)


def test_a_hundred_items_are_taken_and_one_more_is_not() -> None:
    item = b'\n{"type":"event"}\n{}'

    envelope = parse_envelope(b"{}" + item * 100)

    assert len(envelope.items) == 100
    with pytest.raises(EnvelopeError):
        parse_envelope(b"{}" + item * 101)


@given(
    payloads=st.lists(st.tuples(st.binary(max_size=50), st.booleans()), max_size=5),
    ending=st.sampled_from([b"", b"\n", b"\n\n"]),
)
def test_whatever_is_put_into_items_comes_out_again(payloads: list[tuple[bytes, bool]], ending: bytes) -> None:
    items = [
        b'{"type":"t","length":%d}\n%b' % (len(payload), payload)
        if with_length or b"\n" in payload
        else b'{"type":"t"}\n%b' % payload
        for payload, with_length in payloads
    ]

    envelope = parse_envelope(b"\n".join([b"{}", *items]) + ending)

    assert [item.payload for item in envelope.items] == [payload for payload, _ in payloads]


PIECES = [
    b"{}",
    b"\n",
    b'{"type":"event"}',
    b'{"type":"event","length":2}',
    b'{"length":',
    b"-1",
    b"\xff",
    b"[",
    b'"',
    b"}",
]


@given(raw=st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES)).map(b"".join)))
def test_no_bytes_raise_anything_but_an_envelope_error(raw: bytes) -> None:
    try:
        envelope = parse_envelope(raw)
    except EnvelopeError:
        return

    assert len(envelope.items) <= 100
