"""Links of people and the previews that apps give them, heard by an unmodified Bolt app.

Pages: https://docs.slack.dev/reference/events/link_shared and https://docs.slack.dev/reference/methods/chat.unfurl.
"""

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack_simulator.conformance.rows import section
from tests.slack_simulator.conftest import new_client

OPS = "C0OPS"
LINK = "https://watcher.example/things/1"


@pytest.fixture
def shared(sim, listening):
    """A message of a person with a link that the app was told about."""
    message = sim.say(OPS, f"look: {LINK}", user="ada")
    listening.wait(2)
    sim.wait_for(lambda: any(entry.status == 200 for entry in sim.calls("event") if LINK in str(entry.arguments)))
    return message


def test_a_link_to_the_apps_domain_is_told(sim, listening):
    sim.say(OPS, f"look: {LINK} and https://elsewhere.example/", user="ada")

    listening.wait(2)
    (event,) = [body["event"] for body in listening.bodies if body["event"]["type"] == "link_shared"]
    assert event["links"] == [{"domain": "watcher.example", "url": LINK}]
    assert (event["source"], event["is_bot_user_member"]) == ("conversations_history", True)


def test_a_told_link_can_be_unfurled(sim, client, shared):
    client.chat_unfurl(channel=OPS, ts=shared.ts, unfurls={LINK: {"blocks": [section("Thing 1")]}})

    unfurl = sim.message(OPS, shared.ts).unfurls[LINK]
    assert unfurl["blocks"][0]["text"]["text"] == "Thing 1"


def test_a_second_unfurl_replaces_the_first(sim, client, shared):
    for text in ("one", "two"):
        client.chat_unfurl(channel=OPS, ts=shared.ts, unfurls={LINK: {"blocks": [section(text)]}})

    assert sim.message(OPS, shared.ts).unfurls[LINK]["blocks"][0]["text"]["text"] == "two"


def test_a_link_that_is_not_in_the_message_cannot_be_unfurled(client, shared):
    with pytest.raises(SlackApiError, match="cannot_unfurl_url"):
        client.chat_unfurl(channel=OPS, ts=shared.ts, unfurls={"https://watcher.example/2": {"text": "x"}})


def test_a_link_the_app_never_acknowledged_cannot_be_unfurled(sim):
    client = new_client(sim)
    ts = sim.say(OPS, LINK, user="ada").ts

    with pytest.raises(SlackApiError, match="cannot_unfurl_url"):
        client.chat_unfurl(channel=OPS, ts=ts, unfurls={LINK: {"text": "x"}})


def test_a_preview_that_is_no_attachment_is_refused(client, shared):
    with pytest.raises(SlackApiError, match="cannot_parse_attachment"):
        client.chat_unfurl(channel=OPS, ts=shared.ts, unfurls={LINK: {"blocks": [{"type": "bogus"}]}})


def test_a_link_that_is_still_being_written_is_told_with_an_unfurl_id(sim, client, listening):
    unfurl_id = sim.compose(OPS, LINK, user="ada")

    event = listening.wait(1)[0]["event"]
    assert (event["channel"], event["source"], event["unfurl_id"]) == ("COMPOSER", "composer", unfurl_id)
    assert client.chat_unfurl(unfurl_id=unfurl_id, source="composer", unfurls={LINK: {"text": "Thing 1"}})["ok"]
