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


WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"


def test_an_event_of_a_page_has_the_browser_and_the_system_of_its_user_agent():
    found = tags(platform="javascript", request={"headers": {"User-Agent": WINDOWS}})

    assert (found["browser"], found["os"]) == ("Firefox 131", "Windows")


def test_the_system_of_a_server_s_visitor_is_not_the_server_s():
    found = tags(platform="python", request={"headers": {"user-agent": WINDOWS}})

    assert (found["browser"], "os" in found) == ("Firefox 131", False)


def test_a_context_goes_before_a_user_agent():
    found = tags(
        platform="javascript",
        contexts={"browser": {"name": "Brave", "version": "1.71"}},
        request={"headers": {"User-Agent": WINDOWS}},
    )

    assert (found["browser"], found["os"]) == ("Brave 1.71", "Windows")


def test_a_chain_of_which_nobody_caught_the_cause_was_not_handled():
    chain = [{"type": "Cause", "mechanism": {"handled": False}}, {"type": "E", "mechanism": {"handled": True}}]

    assert tags(exception={"values": chain})["handled"] == "no"
