"""What real SDKs send: understood whole, grouped by what happened, and rid of the secrets that were planted in it."""

import json

import msgspec
import pytest

from tests.events import real
from tocsin.events.decode import WireEvent, decode_event
from tocsin.events.grouping import fingerprint_of
from tocsin.events.scrubbing import scrub
from tocsin.events.stacktrace import innermost_in_app
from tocsin.events.tags import tags_of
from tocsin.events.title import title_of

PLANTED = ["hunter2", "5ecre7", "s3cr3t", "4111 1111 1111 1111", "'123'"]
TWICE = sorted(name.removesuffix("-20417") for name in real.NAMES if name.endswith("-20417"))


@pytest.mark.parametrize("name", real.NAMES)
def test_the_strict_decoder_takes_it(name: str) -> None:
    wire = msgspec.json.decode(real.payload(name), type=WireEvent)

    assert wire.event_id == real.envelope(name).header.event_id


@pytest.mark.parametrize("name", real.NAMES)
def test_nothing_that_people_look_for_is_lost(name: str) -> None:
    sent = json.loads(real.payload(name))

    event = decode_event(real.payload(name))

    assert [value.value for value in event.exception] == [
        value["value"] for value in sent.get("exception", {"values": []})["values"]
    ]
    assert (event.release, event.environment, event.level) == (sent["release"], sent["environment"], event.level)
    assert event.contexts == sent["contexts"]
    assert event.timestamp is not None


@pytest.mark.parametrize("name", TWICE)
def test_the_same_trouble_with_another_order_is_the_same_issue(name: str) -> None:
    one, other = decode_event(real.payload(f"{name}-1001")), decode_event(real.payload(f"{name}-20417"))

    assert fingerprint_of(one) == fingerprint_of(other)


def test_every_other_trouble_is_another_issue() -> None:
    kinds = {name.rpartition("-")[0] for name in real.NAMES} - {"node-message", "browser-message"}

    hashes = {fingerprint_of(decode_event(real.payload(f"{kind}-1001"))).hash for kind in kinds}

    assert len(hashes) == len(kinds)


@pytest.mark.parametrize("name", ["node-message-1001", "browser-message-1001"])
def test_the_same_message_from_another_language_is_the_same_issue(name: str) -> None:
    python, other = decode_event(real.payload("python-message-1001")), decode_event(real.payload(name))

    assert fingerprint_of(python) == fingerprint_of(other)


@pytest.mark.parametrize(
    ("name", "handled"),
    [
        ("browser-order-1001", "yes"),
        ("browser-message-1001", "yes"),
        ("browser-click-1001", "no"),
        ("browser-unhandled-1001", "no"),
        ("browser-rejection-1001", "no"),
        ("browser-object-1001", "no"),
    ],
)
def test_what_a_page_did_not_catch_is_told_from_what_it_did(name: str, handled: str) -> None:
    event = decode_event(real.payload(name))

    assert tags_of(event)["handled"] == handled


def test_an_event_of_a_page_tells_its_browser_and_system() -> None:
    event = decode_event(real.payload("browser-order-1001"))

    assert (tags_of(event)["browser"], tags_of(event)["os"]) == ("Headless Chrome 156", "Linux")


@pytest.mark.parametrize("name", real.NAMES)
def test_no_planted_secret_is_kept(name: str) -> None:
    scrubbed = scrub(decode_event(real.payload(name)))

    kept = scrubbed.payload.decode()
    assert [secret for secret in PLANTED if secret in kept] == []
    assert decode_event(scrubbed.payload) == scrubbed.event


@pytest.mark.parametrize(
    ("name", "title", "culprit", "innermost"),
    [
        ("python-order-1001", "RuntimeError: order 1001 was not placed", "shop.py in place_order", "place_order"),
        ("python-message-1001", "order 1001 took 3.5 s", "", None),
        ("python-logged-1001", "stock of tea-1001 is below 5", "", None),
        ("python-web-1001", "IndexError: list index out of range", "/checkout", "total"),
        ("python-crash-1001", "KeyError: 'order-1001'", "shop.py in crash", "crash"),
        ("python-recursion-1001", "RecursionError: maximum recursion depth exceeded", "shop.py in odd", "odd"),
        ("python-group-1001", "ExceptionGroup: the order has errors", "shop.py in check_lines", "check_lines"),
        ("node-order-1001", "Error: order 1001 was not placed", "shop in placeOrder", "placeOrder"),
        ("node-message-1001", "order 1001 took 3.5 s", "shop in Object.message", "Object.message"),
        ("node-callback-1001", "TypeError: Cannot read properties of undefined (reading 'name')", "shop", "?"),
        (
            "node-object-1001",
            "Object.object: Object captured as exception with keys: orderId, reason",
            "shop in Object.object",
            "Object.object",
        ),
        ("node-rejection-1001", "TypeError: order 1001 has no lines", "shop in Object.rejection", "Object.rejection"),
        ("browser-order-1001", "Error: order 1001 was not placed", "storefront.js in placeOrder", "placeOrder"),
        ("browser-message-1001", "order 1001 took 3.5 s", "storefront.js in Object.message", "Object.message"),
        ("browser-click-1001", "Error: order 1001 was not placed", "storefront.js in placeOrder", "placeOrder"),
        (
            "browser-unhandled-1001",
            "TypeError: order 1001 has no lines",
            "storefront.js in requireLines",
            "requireLines",
        ),
        (
            "browser-rejection-1001",
            "RangeError: order 1001 has too many lines",
            "storefront.js in Object.rejection",
            "Object.rejection",
        ),
        (
            "browser-object-1001",
            "UnhandledRejection: Object captured as promise rejection with keys: orderId, reason",
            "",
            None,
        ),
    ],
)
def test_its_name_and_its_place_are_those_a_person_would_give(
    name: str, title: str, culprit: str, innermost: str | None
) -> None:
    event = decode_event(real.payload(name))

    words = title_of(event)

    frames = innermost_in_app(event)
    assert (words.name.partition(" (2 sub")[0].partition(" (4 sub")[0], words.culprit) == (title, culprit)
    assert (frames[0].function if frames else None) == innermost
