"""Owns requests that no SDK would send: each with what is wrong with it, and every answer that would be right."""

import gzip
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

import brotli
import zstandard

from tests.events import real

TAKEN, BAD, NOT_ALLOWED, TOO_LARGE = 200, 400, 403, 413
ENVELOPE, STORE = "/api/1/envelope/", "/api/1/store/"
STRANGE = ("\x00", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\u200b", "\u2028", "e" + "\u0301" * 500, "😀" * 1000)
"""NUL, half characters, a byte order mark, text from right to left, none at all, an end of line, accents, emoji."""


@dataclass(frozen=True)
class Hostile:
    """One request; `right` are the statuses that keep the protocol."""

    what: str
    body: bytes
    right: frozenset[int]
    path: str = ENVELOPE
    headers: dict[str, str] = field(default_factory=dict)


def hostile(seed: int) -> Hostile:
    """The same request for the same seed; the kinds take turns, those that cost much more seldom."""
    turn, kinds = (seed // RARE, COSTLY) if seed % RARE == 0 else (seed, KINDS)
    make = kinds[turn % len(kinds)]
    return make(make.__name__, random.Random(seed))


def an_envelope(payload: bytes, chance: random.Random, header: bytes = b"{}") -> bytes:
    """The payload as an event, framed as it should be."""
    length = f',"length":{len(payload)}' if chance.random() < 0.5 or b"\n" in payload else ""
    return header + b'\n{"type":"event"' + length.encode() + b"}\n" + payload + b"\n"


def in_event(what: str, text: str, chance: random.Random, *right: int) -> Hostile:
    """`text` is the JSON of something in an event, whose name is one of those that are looked into."""
    name = chance.choice(["extra", "contexts", "tags", "exception", "user", "request", "breadcrumbs", "message", "x"])
    payload = f'{{"event_id":"{chance.randbytes(16).hex()}","{name}":{text}}}'.encode("utf-8", "surrogatepass")
    path = chance.choice([ENVELOPE, STORE])
    body = payload if path == STORE else an_envelope(payload, chance)
    return Hostile(what, body, frozenset(right), path)


def deep(what: str, chance: random.Random) -> Hostile:
    depth = chance.choice([20_000, 100_000])
    opening, closing = chance.choice([("[", "]"), ('{"a":', "}")])
    inner = "1" + closing * depth if chance.random() < 0.5 else ""
    return in_event(what, opening * depth + inner, chance, BAD)


def rather_deep(what: str, chance: random.Random) -> Hostile:
    depth = chance.randrange(100, 1500)
    return in_event(what, '{"a":[' * depth + "1" + "]}" * depth, chance, TAKEN, BAD)


def long_numbers(what: str, chance: random.Random) -> Hostile:
    number = chance.choice(["9" * 5000, "-" + "1" * 5000, "1e99999", "0." + "3" * 5000, "1" * 400 + ".5"])
    return in_event(what, f'{{"n":{number},"list":[{number}]}}', chance, TAKEN)


def no_numbers(what: str, chance: random.Random) -> Hostile:
    return in_event(what, f'{{"n":{chance.choice(["NaN", "Infinity", "-Infinity"])}}}', chance, TAKEN)


def strange_text(what: str, chance: random.Random) -> Hostile:
    text = "".join(chance.choices(STRANGE, k=3))
    event = dict.fromkeys(("message", "release", "environment", "transaction", "platform", "logger", "level"), text)
    event |= {"tags": {text: text}, "exception": {"values": [{"type": text, "value": text}]}, "fingerprint": [text]}
    if chance.random() < 0.5:
        payload = json.dumps(event).encode()
    else:
        payload = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Hostile(what, an_envelope(payload.replace(b"\n", b" "), chance), frozenset({TAKEN}))


def broken_utf_8(what: str, chance: random.Random) -> Hostile:
    payload = bytearray(real.payload(chance.choice(names())))
    for _ in range(chance.randrange(1, 20)):
        payload[chance.randrange(len(payload))] = chance.choice([0xFF, 0xC0, 0x80, 0xED, 0xF8])
    return Hostile(what, an_envelope(bytes(payload), chance), frozenset({TAKEN, BAD}))


def twice_the_same_name(what: str, chance: random.Random) -> Hostile:
    return in_event(what, '{"a":1,"a":[2],"a":{"a":3}},"event_id":"x","tags":{},"tags":[]', chance, TAKEN)


def wrong_length(what: str, chance: random.Random) -> Hostile:
    payload = b'{"message":"x"}'
    length = chance.choice(
        ["-1", "0", "3", "16", "99999999999", "1e3", '"15"', "15.0", "null", "true", "[15]", "9" * 400]
    )
    right = {TAKEN, BAD} if length in {"null", "15.0"} else {BAD}
    return Hostile(what, b'{}\n{"type":"event","length":' + length.encode() + b"}\n" + payload, frozenset(right))


def many_items(what: str, chance: random.Random) -> Hostile:
    item = chance.choice([b'{"type":"x"}\n\n', b'{"type":"event","length":2}\n{}\n', b'{"type":"session"}\n{}\n'])
    return Hostile(what, b"{}\n" + item * 100_000, frozenset({BAD}))


def wrong_header(what: str, chance: random.Random) -> Hostile:
    header = chance.choice(
        [
            b"",
            b"[]",
            b"null",
            b"{",
            b"\xff\xfe{}",
            b'{"event_id":1}',
            b'{"dsn":{}}',
            b'{"a":' * 50_000,
            b'{"trace":"' + b"x" * 20_000 + b'"}',
            b'"' * 17_000,
        ]
    )
    return Hostile(what, an_envelope(b'{"message":"x"}', chance, header), frozenset({BAD}))


def wrong_item_header(what: str, chance: random.Random) -> Hostile:
    header = chance.choice(
        [b"{}", b"[]", b'{"type":1}', b'{"type":null}', b"{" * 5000, b"event", b"\x00", b'{"type":"event"']
    )
    return Hostile(what, b"{}\n" + header + b'\n{"message":"x"}\n', frozenset({BAD}))


def wrong_types(what: str, chance: random.Random) -> Hostile:
    junk = [
        "0",
        "-1",
        "1e308",
        '""',
        '"x"',
        "[]",
        "[[[]]]",
        "{}",
        '{"values":1}',
        "true",
        "null",
        "[null,1,{}]",
        '{"":""}',
    ]
    event = json.loads(real.payload(chance.choice(names())))
    parts = [f"{json.dumps(name)}:{chance.choice(junk)}" for name in event if name != "event_id"]
    payload = "{" + ",".join(parts) + "}"
    return Hostile(what, an_envelope(payload.encode(), chance), frozenset({TAKEN}))


def large_parts(what: str, chance: random.Random) -> Hostile:
    event, right = chance.choice(
        [
            ({"tags": {f"t{number}": "v" for number in range(10_000)}}, TAKEN),
            ({"tags": {"t": "v" * 1_000_000}}, TAKEN),
            ({"extra": {"v": "v" * 1_100_000}}, TOO_LARGE),
            ({"extra": {f"{number}": [] for number in range(30_000)}}, TAKEN),
            ({"exception": {"values": [{"stacktrace": {"frames": [{"lineno": 1}] * 20_000}}]}}, TAKEN),
            ({"fingerprint": ["x" * 100_000] * 9}, TAKEN),
            ({"exception": {"values": [{"type": "E", "value": "v"}] * 10_000}}, TAKEN),
        ]
    )
    return Hostile(what, an_envelope(json.dumps(event).encode(), chance), frozenset({right}))


def swelling_fingerprints(what: str, chance: random.Random) -> Hostile:
    """A kilobyte that names 150 MB: each part repeats what is long already."""
    variable = chance.choice(["{{default}}", "{{value}}", "{{ message }}", "{{tags.t}}"])
    stack = {"frames": [{"function": f"{'f' * 500}{number}", "in_app": True} for number in range(50)]}
    event = {
        "exception": [{"type": "E", "value": "v" * 8000, "stacktrace": stack}],
        "tags": {"t": "t" * 200},
        "fingerprint": [variable * (8192 // len(variable))] * 20,
    }
    body = gzip.compress(an_envelope(json.dumps(event).encode(), chance))
    return Hostile(what, body, frozenset({TAKEN}), headers={"content-encoding": "gzip"})


def mutated(what: str, chance: random.Random) -> Hostile:
    """A real envelope in which some bytes were changed, taken out, doubled or cut off."""
    body = bytearray(an_envelope(real.payload(chance.choice(names())), chance))
    for _ in range(chance.randrange(1, 8)):
        place, length = chance.randrange(len(body)), chance.randrange(1, 40)
        piece = body[place : place + length]
        body[place : place + length] = chance.choice(
            [b"", bytes(piece * 2), chance.randbytes(length), b'"', b"{", b"\n"]
        )
    if chance.random() < 0.2:
        del body[chance.randrange(len(body)) :]
    return Hostile(what, bytes(body), frozenset({TAKEN, BAD}))


def badly_packed(what: str, chance: random.Random) -> Hostile:
    encoding, pack = chance.choice(
        [
            ("gzip", gzip.compress),
            ("deflate", zlib.compress),
            ("br", partial(brotli.compress, quality=1)),
            ("zstd", zstandard.compress),
        ]
    )
    packed = pack(an_envelope(chance.randbytes(50).hex().encode() * 20, chance))
    cut = packed[: chance.randrange(1, len(packed) - 8)]
    return Hostile(what, cut, frozenset({BAD}), headers={"content-encoding": encoding})


def wrong_http_headers(what: str, chance: random.Random) -> Hostile:
    answers: list[tuple[dict[str, str], int]] = [
        ({"content-encoding": "gzip, gzip, gzip"}, BAD),
        ({"content-encoding": "x" * 5000}, BAD),
        ({"content-encoding": ",,,"}, TAKEN),
        ({"content-type": "\x7f" * 50}, TAKEN),
        ({"x-sentry-auth": "Sentry sentry_key=" + "a1" * 16 + "x"}, NOT_ALLOWED),
        ({"x-sentry-auth": "Sentry " + "sentry_key=," * 1000}, NOT_ALLOWED),
        ({"x-sentry-auth": "", "authorization": "Bearer x"}, NOT_ALLOWED),
        ({"x-sentry-auth": "\t,=", "authorization": "\xff"}, NOT_ALLOWED),
    ]
    headers, status = chance.choice(answers)
    return Hostile(what, an_envelope(b'{"message":"x"}', chance), frozenset({status}), headers=headers)


def noise(what: str, chance: random.Random) -> Hostile:
    return Hostile(what, chance.randbytes(chance.randrange(2000)), frozenset({BAD}), chance.choice([ENVELOPE, STORE]))


KINDS: tuple[Callable[[str, random.Random], Hostile], ...] = (
    rather_deep,
    long_numbers,
    no_numbers,
    strange_text,
    broken_utf_8,
    twice_the_same_name,
    wrong_length,
    wrong_header,
    wrong_item_header,
    wrong_types,
    swelling_fingerprints,
    mutated,
    badly_packed,
    wrong_http_headers,
    noise,
)
COSTLY = (large_parts, many_items, deep)
RARE = 50


@cache
def names() -> list[str]:
    """The captured envelopes that hold an event."""
    return [name for name in real.NAMES if any(item.header.type == "event" for item in real.envelope(name).items)]
