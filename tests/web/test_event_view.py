import json

import pytest

from tests.web import events
from tocsin.events.decode import decode_event
from tocsin.web.event_view import view_event
from tocsin.web.value_view import readable


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


def test_a_message_with_a_stack_shows_both():
    frames = [events.frame("jobs.py", "run", 3, line="log()")]

    shown = view({"message": "slow", "stacktrace": {"frames": frames}})

    assert (shown.message, [frame.file for frame in shown.stacks[0].frames]) == ("slow", ["jobs.py"])


def test_what_sdks_send_beside_tags_is_found_with_the_tags():
    shown = view({"message": "x", "release": "1.2", "environment": "production", "tags": {"level": "lies", "a": "b"}})

    told = {tag.name: tag.value for tag in shown.tags}
    assert told == {"release": "1.2", "environment": "production", "level": "error", "a": "b"}


def test_the_browser_and_the_system_of_a_page_are_highlighted():
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"

    shown = view({"platform": "javascript", "request": {"headers": {"User-Agent": firefox}}})

    assert shown.highlights == (("Browser", "Firefox 131"), ("OS", "Windows"))
