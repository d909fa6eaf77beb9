"""Every form in which SDKs send an event is understood; what is wrong in it is dropped, what is too long is cut."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tocsin.events.decode import decode_event, encode_event, parse_event_id
from tocsin.events.errors import EventError
from tocsin.events.schema import (
    MAX_BREADCRUMBS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_FRAMES,
    MAX_KEYS,
    MAX_MESSAGE,
    MAX_TAG,
    MAX_TEXT,
    Breadcrumb,
    Event,
    ExceptionValue,
    LogEntry,
    Thread,
)

ID = "0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 1, 2, 12, 0, 0, 500_000, UTC)


def decoded(**sent: Any) -> Event:
    return decode_event(json.dumps(sent).encode())


@pytest.mark.parametrize(
    "exception",
    [
        {"values": [{"type": "KeyError", "value": "'a'"}]},
        {"values": [None, {"type": "KeyError", "value": "'a'"}, "junk"]},
        [{"type": "KeyError", "value": "'a'"}],
        {"type": "KeyError", "value": "'a'"},
    ],
)
def test_exceptions_are_a_list_in_whatever_form_they_come(exception: Any) -> None:
    assert decoded(exception=exception).exception == [ExceptionValue(type="KeyError", value="'a'")]


@pytest.mark.parametrize("breadcrumbs", [{"values": [{"message": "a"}]}, [{"message": "a"}], {"message": "a"}])
def test_breadcrumbs_are_a_list_in_whatever_form_they_come(breadcrumbs: Any) -> None:
    assert decoded(breadcrumbs=breadcrumbs).breadcrumbs == [Breadcrumb(message="a")]


@pytest.mark.parametrize("threads", [{"values": [{"id": 1}]}, [{"id": 1}]])
def test_threads_are_a_list_in_whatever_form_they_come(threads: Any) -> None:
    assert decoded(threads=threads).threads == [Thread(id=1)]


@pytest.mark.parametrize(
    ("tags", "understood"),
    [
        ({"a": "b"}, {"a": "b"}),
        ([["a", "b"], ["c", "d"]], {"a": "b", "c": "d"}),
        ([["a", "b"], None], {}),
        ({"a": True, "b": 1.5, "c": None, "d": "", "e": 7}, {"a": "true", "b": "1.5", "e": "7"}),
        ({"a": {"b": [1]}}, {"a": '{"b": [1]}'}),
        ([], {}),
        ("a", {}),
        (None, {}),
    ],
)
def test_tags_are_texts_by_name_in_whatever_form_they_come(tags: Any, understood: dict[str, str]) -> None:
    assert decoded(tags=tags).tags == understood


@pytest.mark.parametrize(
    ("sent", "entry"),
    [
        ({"message": "a"}, LogEntry(message="a")),
        ({"message": {"message": "a %s", "params": ["b"]}}, LogEntry(message="a %s", params=["b"])),
        ({"logentry": {"message": "a %s", "formatted": "a b"}}, LogEntry(message="a %s", formatted="a b")),
        ({"logentry": "a"}, LogEntry(message="a")),
        ({"message": "x", "logentry": {"formatted": "a"}}, LogEntry(formatted="a")),
        ({"message": 17}, LogEntry(message="17")),
        ({"message": ""}, None),
    ],
)
def test_a_message_is_an_entry_in_whatever_form_it_comes(sent: dict[str, Any], entry: LogEntry | None) -> None:
    assert decoded(**sent).logentry == entry


@pytest.mark.parametrize(
    ("sent", "level"),
    [
        (None, "error"),
        ("fatal", "fatal"),
        ("WARNING", "warning"),
        ("warn", "warning"),
        ("critical", "fatal"),
        ("log", "info"),
        ("notice", "info"),
        ("loud", "error"),
        (40, "error"),
    ],
)
def test_every_level_becomes_one_of_five(sent: Any, level: str) -> None:
    assert decoded(level=sent).level == level


@pytest.mark.parametrize(
    "sent",
    [
        1767355200.5,
        1767355200500,
        "2026-01-02T12:00:00.5Z",
        "2026-01-02T12:00:00.500000000Z",
        "2026-01-02 12:00:00.500",
        "2026-01-02T14:00:00.5+02:00",
    ],
)
def test_a_time_is_understood_as_a_number_and_as_text(sent: Any) -> None:
    assert decoded(timestamp=sent).timestamp == NOON


@pytest.mark.parametrize("sent", ["yesterday", 1e300, -1e17, "0000-00-00", True, [1], "9" * 5000])
def test_a_time_that_is_none_is_dropped_with_a_note(sent: Any) -> None:
    event = decoded(timestamp=sent)

    assert event.timestamp is None
    assert [note.partition(":")[0] for note in event.notes][-1:] == ["timestamp"]


@pytest.mark.parametrize(
    ("sent", "event_id"),
    [
        (ID, ID),
        (ID.upper(), ID),
        ("01234567-89ab-cdef-0123-456789abcdef", ID),
        ("../../../etc/passwd", None),
        (ID + "0", None),
        ("", None),
        ("０" * 32, None),
    ],
)
def test_an_event_id_is_32_hexadecimal_digits_or_none(sent: str, event_id: str | None) -> None:
    assert decoded(event_id=sent).event_id == event_id
    assert parse_event_id(sent) == event_id


@pytest.mark.parametrize(
    ("field", "sent", "understood"),
    [
        ("release", 1.5, "1.5"),
        ("server_name", {"a": 1}, '{"a": 1}'),
        ("extra", [["a", 1], ["b", 2]], {"a": 1, "b": 2}),
        ("extra", [], {}),
        ("extra", 7, None),
        ("user", "ada", None),
        ("contexts", {"os": "linux"}, {"os": "linux"}),
        ("fingerprint", "abc", ["abc"]),
        ("fingerprint", [1, None, "b"], ["1", "b"]),
        ("modules", {"a": 1, "b": None}, {"a": "1"}),
        ("platform", None, None),
        ("exception", "boom", []),
        ("sdk", [], None),
    ],
)
def test_a_field_of_a_wrong_type_is_mended_or_dropped_and_the_event_stays(
    field: str, sent: Any, understood: Any
) -> None:
    event = decoded(**{"event_id": ID, field: sent})

    assert getattr(event, field) == understood
    assert event.event_id == ID


def test_a_wrong_line_number_costs_the_number_and_not_the_frame() -> None:
    frames = [
        {"function": "f", "lineno": "12"},
        {"function": "g", "lineno": "twelve"},
        {"function": "h", "lineno": 3.0},
    ]

    event = decoded(exception=[{"type": "E", "stacktrace": {"frames": frames}}])

    stacktrace = event.exception[0].stacktrace
    assert stacktrace is not None
    assert [(frame.function, frame.lineno) for frame in stacktrace.frames or []] == [("f", 12), ("g", None), ("h", 3)]
    assert event.notes == ["exception[0].stacktrace.frames[1].lineno: dropped, it is not what belongs here"]


@pytest.mark.parametrize(
    ("payload", "extra"),
    [
        (b'{"extra":{"a":%s}}' % (b"9" * 5000), {"a": "9" * 5000}),
        (b'{"extra":{"a":%d}}' % 2**70, {"a": str(2**70)}),
        (b'{"extra":{"a":NaN,"b":Infinity}}', {"a": None, "b": None}),
        (b'{"extra":{"a":1e999}}', {"a": "1e999"}),
        (b'{"extra":{"a":"\xff\xfe"}}', {"a": "\ufffd\ufffd"}),
        (b'{"extra":{"a":"x\\ud800y"}}', {"a": "x\ufffdy"}),
        (b'{"extra":{"a":"\\ud834\\udd1e"}}', {"a": "\U0001d11e"}),
        (b'{"extra":{"a\\u0000b":"\\u0000c"}}', {"ab": "c"}),
        (b'{"extra":{"a":"tab\there"}}', {"a": "tab\there"}),
        (b'{"extra":{"a":1,"a":2}}', {"a": 2}),
        (b'\xef\xbb\xbf{"extra":{"a":1}}', {"a": 1}),
    ],
    ids=["5000 digits", "70 bits", "nan", "overflow", "utf-8", "surrogate", "pair", "nul", "control", "twice", "bom"],
)
def test_what_json_forbids_or_databases_cannot_keep_is_mended(payload: bytes, extra: dict[str, Any]) -> None:
    event = decode_event(payload)

    assert event.extra == extra
    assert decode_event(encode_event(event)) == event


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"null", b'"a"', b"1", b'{"a":1} x', b"\xff", b"9" * 5000, b"[" * 100_000, b'{"a":' * 100_000],
)
def test_what_is_no_event_at_all_is_refused(payload: bytes) -> None:
    with pytest.raises(EventError):
        decode_event(payload)


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "bottom"


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def test_what_lies_deeper_than_anybody_reads_is_kept_as_text() -> None:
    event = decoded(extra={"a": nested(50)})

    assert depth_of(event.extra) <= MAX_DEPTH
    assert b"bottom" in encode_event(event)


@pytest.mark.parametrize(
    ("sent", "limit", "path"),
    [
        ({"message": "x" * 10_000}, MAX_MESSAGE, lambda event: event.logentry.message),
        ({"tags": {"a": "x" * 10_000}}, MAX_TAG, lambda event: event.tags["a"]),
        ({"extra": {"a": "x" * 10_000}}, MAX_TEXT, lambda event: event.extra["a"]),
        ({"extra": {"a": [1] * 10_000}}, MAX_ELEMENTS, lambda event: event.extra["a"]),
        ({"extra": {str(key): 1 for key in range(10_000)}}, MAX_KEYS, lambda event: event.extra),
    ],
    ids=["message", "tag", "text", "list", "dict"],
)
def test_what_is_too_long_is_cut_with_a_note(sent: Any, limit: int, path: Any) -> None:
    event = decoded(**sent)

    assert len(path(event)) == limit
    assert f"cut from 10000 to {limit}" in event.notes[0]


def test_of_too_many_breadcrumbs_the_newest_stay() -> None:
    event = decoded(breadcrumbs=[{"message": str(number)} for number in range(1000)])

    assert [crumb.message for crumb in event.breadcrumbs] == [
        str(number) for number in range(1000 - MAX_BREADCRUMBS, 1000)
    ]


def test_of_a_stack_that_is_too_deep_both_ends_stay() -> None:
    frames = [{"function": str(number)} for number in range(1000)]

    event = decoded(exception=[{"type": "RecursionError", "stacktrace": {"frames": frames}}])

    stacktrace = event.exception[0].stacktrace
    assert stacktrace is not None
    kept = [frame.function for frame in stacktrace.frames or []]
    assert len(kept) == MAX_FRAMES
    assert (kept[0], kept[-1]) == ("0", "999")
    assert event.notes == ["stacktrace: cut from 1000 to 250 frames"]


def test_a_hostile_event_has_few_notes_and_costs_little() -> None:
    crumbs = [{"data": {str(key): [[0]] * 400 for key in range(100)}} for _ in range(5)]

    event = decoded(level=7, breadcrumbs=crumbs, tags={"x" * 300 + str(key): {} for key in range(200)})

    assert len(event.notes) <= 60


def test_what_was_cut_is_still_known_after_the_event_was_stored() -> None:
    event = decoded(message="x" * 10_000)

    assert decode_event(encode_event(event)).notes == event.notes
