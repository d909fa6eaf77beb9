"""What the tags of an event are."""

import msgspec

from tocsin.events.decode import decode_event
from tocsin.events.tags import tags_of


def tags(**event: object) -> dict[str, str]:
    return tags_of(decode_event(msgspec.json.encode(event)))


def test_what_every_event_has_comes_first_and_nothing_that_is_empty():
    found = tags(environment="production", release="", level="warning", tags={"shop": "eu", "empty": ""})

    assert list(found.items()) == [("environment", "production"), ("level", "warning"), ("shop", "eu")]


def test_contexts_amount_to_tags_by_name_and_version():
    contexts = {"browser": {"name": "Firefox", "version": "131.0"}, "os": {"name": "Linux"}, "device": {"model": "x"}}

    assert tags(contexts=contexts) == {"level": "error", "browser": "Firefox 131.0", "os": "Linux"}


def test_an_exception_that_nobody_caught_is_told_from_one_that_was_handled():
    caught, missed = (
        tags(exception={"values": [{"type": "E", "mechanism": {"handled": handled}}]})["handled"]
        for handled in (True, False)
    )

    assert (caught, missed) == ("yes", "no")


def test_a_field_goes_before_a_tag_and_a_tag_before_a_context():
    found = tags(
        environment="production",
        tags={"environment": "other", "browser": "mine"},
        contexts={"browser": {"name": "Firefox"}},
    )

    assert (found["environment"], found["browser"]) == ("production", "mine")
