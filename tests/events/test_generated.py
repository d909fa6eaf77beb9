"""Whatever is sent as an event, it is understood or refused, and all that is made of it is sound."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events.generated import JSON, JUNK, events
from tocsin.events.decode import decode_event, encode_event
from tocsin.events.errors import EventError
from tocsin.events.grouping import fingerprint_of
from tocsin.events.schema import Event
from tocsin.events.scrubbing import ScrubRules, scrub
from tocsin.events.stacktrace import excerpt_of, frames_of, innermost_in_app, views_of
from tocsin.events.title import MAX_TITLE, title_of


def test_an_event_by_the_schema_is_understood_and_kept_as_it_is_understood(many: settings) -> None:
    @many
    @given(sent=events(faults=False))
    def check(sent: dict[str, JSON]) -> None:
        event = decode_event(json.dumps(sent).encode())

        assert decode_event(encode_event(event)) == event

    check()


def test_everything_that_is_made_of_an_event_can_be_made_of_one_with_faults(many: settings) -> None:
    @many
    @given(sent=events(faults=True), emails=st.booleans())
    def check(sent: dict[str, JSON], emails: bool) -> None:
        event = decode_event(json.dumps(sent).encode())

        scrubbed = scrub(event, ScrubRules(emails=emails))

        assert decode_event(scrubbed.payload) == scrubbed.event
        assert_that_all_is_said(scrubbed.event)

    check()


def test_no_bytes_raise_anything_but_an_event_error(many: settings) -> None:
    almost_json = events(faults=True).map(lambda sent: json.dumps(sent).encode())
    broken = st.builds(lambda text, at, piece: text[: at % len(text)] + piece, almost_json, st.integers(0), st.binary())

    @many
    @given(payload=st.one_of(st.binary(max_size=100), JUNK.map(lambda junk: json.dumps(junk).encode()), broken))
    def check(payload: bytes) -> None:
        try:
            event = decode_event(payload)
        except EventError:
            return

        assert_that_databases_can_keep(encode_event(event))

    check()


def assert_that_databases_can_keep(stored: bytes) -> None:
    text = stored.decode("utf-8")
    assert "\\u0000" not in text.replace("\\\\", "")
    assert json.loads(text) == json.loads(text, parse_constant=lambda _: 1 / 0)


def assert_that_all_is_said(event: Event) -> None:
    title, fingerprint = title_of(event), fingerprint_of(event)
    assert title.heading
    assert max(map(len, (title.heading, title.name, title.culprit))) <= MAX_TITLE
    assert "\n" not in title.heading + title.name + title.culprit
    assert len(bytes.fromhex(fingerprint.hash)) == 16
    assert fingerprint.components
    assert fingerprint_of(event) == fingerprint
    assert len(views_of(event)) == len(event.exception)
    assert all(excerpt_of(frame) is not None for frame in frames_of(event))
    assert len(innermost_in_app(event)) <= 3
