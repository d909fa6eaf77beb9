"""Owns the SDKs of the benches: a process that makes envelopes ready, and then sends them over some connections."""

import json
import random
from uuid import uuid4

import msgspec
from isal import igzip

from bench.event_cost import SIZE, of_size
from bench.load import carry_out
from bench.sending import Target
from tests.events import real

KNOWN_TYPES = 20
NEW_TYPES = 0.02
EVENT_ID = "e0" * 16
TYPE = "TheTypeOfTheException"


class Order(msgspec.Struct, frozen=True):
    """What is to be sent: where to and how fast, for which projects, and how many envelopes at most."""

    target: Target
    projects: list[tuple[int, str]]
    """Id and key."""
    envelopes: int


def main() -> None:
    """Carry out the order that is given on the standard input."""
    carry_out(Order, lambda order: (order.target, build_requests(order)))


def build_requests(order: Order) -> list[bytes]:
    """Whole HTTP requests: a captured web request's error, cut to its size, each with its own id and some new type."""
    chance = random.Random(1)
    event = json.loads(of_size(json.loads(real.payload("python-web-1001")), SIZE))
    event["event_id"], event["exception"]["values"][-1]["type"] = EVENT_ID, TYPE
    payload = json.dumps(event, separators=(",", ":"))
    envelope = f'{{"event_id":"{EVENT_ID}"}}\n{{"type":"event","length":{len(payload)}}}\n{payload}\n'
    return [_request(order, envelope, number, chance) for number in range(order.envelopes)]


def _request(order: Order, envelope: str, number: int, chance: random.Random) -> bytes:
    project_id, key = order.projects[number % len(order.projects)]
    is_new = chance.random() < NEW_TYPES
    name = f"New{number:06}" if is_new else f"Known{chance.randrange(KNOWN_TYPES):02}"
    text = envelope.replace(EVENT_ID, uuid4().hex).replace(TYPE, name.ljust(len(TYPE), "x"))
    body = igzip.compress(text.encode(), 2)
    head = (
        f"POST /api/{project_id}/envelope/ HTTP/1.1\r\nHost: {order.target.host}:{order.target.port}\r\n"
        f"X-Sentry-Auth: Sentry sentry_version=7, sentry_key={key}\r\nContent-Type: application/x-sentry-envelope\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    main()
