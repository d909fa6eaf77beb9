import json

import pytest

from tests.web import events
from tocsin.events.decode import decode_event
from tocsin.web.event_view import readable, view_event


def view(sent):
    return view_event(decode_event(json.dumps(sent).encode()))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (None, "null"),
        (True, "true"),
        (3.5, "3.5"),
        ({}, "{}"),
        (["é", 1], '[\n  "é",\n  1\n]'),
    ],
)
def test_any_value_can_be_read(value, text):
    assert readable(value) == text


@pytest.mark.parametrize(
    ("sent", "time"),
    [(1773489590.1, "11:59:50"), ("2026-03-14T11:59:50Z", "11:59:50"), ("soon", ""), (None, ""), (1e300, "")],
)
def test_a_breadcrumb_says_when_as_far_as_that_can_be_read(sent, time):
    shown = view({"message": "x", "breadcrumbs": [{"timestamp": sent, "message": "tick"}]})

    assert [crumb.time for crumb in shown.crumbs] == [time]


def test_a_recursion_of_hundreds_of_frames_opens_only_a_few():
    frames = [events.frame("deep.py", f"level_{number}", number, line="again()") for number in range(200)]

    shown = view({"exception": {"values": [{"type": "RecursionError", "stacktrace": {"frames": frames}}]}})

    assert sum(is_open for _, is_open in shown.stacks[0].frames) == 4


def test_a_message_with_a_stack_shows_both():
    frames = [events.frame("jobs.py", "run", 3, line="log()")]

    shown = view({"message": "slow", "stacktrace": {"frames": frames}})

    assert (shown.message, [frame.file for frame, _ in shown.stacks[0].frames]) == ("slow", ["jobs.py"])


def test_what_sdks_send_beside_tags_is_found_with_the_tags():
    shown = view({"message": "x", "release": "1.2", "environment": "production", "tags": {"level": "lies", "a": "b"}})

    assert dict(shown.tags) == {"release": "1.2", "environment": "production", "level": "error", "a": "b"}
