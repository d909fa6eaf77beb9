"""The Events API, heard by an unmodified Bolt app: https://docs.slack.dev/apis/events-api."""

import threading

import msgspec
import pytest
from slack_bolt import BoltResponse

from slack_simulator.config import ALL_BOT_SCOPES, example_config
from tests.slack_simulator.bolt_server import PATH
from tests.slack_simulator.conformance.listening import Events

OPS = "C0OPS"


@pytest.mark.usefixtures("bolt")
def test_a_request_url_is_verified_by_its_echo(sim):
    """https://docs.slack.dev/reference/events/url_verification"""
    assert sim.verify_url().ok


def test_a_message_of_a_person_is_told_to_the_app_in_the_channel(sim, listening):
    said = sim.say(OPS, "hello", user="ada")

    event = listening.wait(1)[0]["event"]
    assert (event["type"], event["user"], event["text"], event["ts"], event["channel_type"]) == (
        "message",
        "U0ADA",
        "hello",
        said.ts,
        "channel",
    )


def test_an_event_names_the_installation_it_is_for(sim, listening):
    sim.say(OPS, "hello", user="ada")

    body = listening.wait(1)[0]
    assert (body["api_app_id"], body["team_id"]) == ("A0APP", "T0ACME")
    assert body["authorizations"][0] | {} == {
        "enterprise_id": None,
        "team_id": "T0ACME",
        "user_id": "U0BOT",
        "is_bot": True,
        "is_enterprise_install": False,
    }


def test_an_event_of_a_shared_channel_says_so(sim, listening):
    sim.say("C0SHARED", "hello", user="otto")

    assert listening.wait(1)[0]["is_ext_shared_channel"]


def test_messages_where_the_bot_is_not_are_not_told(sim, listening):
    sim.say("C0RANDOM", "private thoughts", user="ada")
    sim.say(OPS, "hello", user="ada")

    assert [body["event"]["channel"] for body in listening.wait(1)] == [OPS]


def test_events_the_app_did_not_subscribe_to_are_not_told(simulate, connect):
    app = msgspec.structs.replace(example_config().apps[0], events=("app_mention",))
    sim = simulate(apps=(app,))
    events = Events(connect(sim))

    sim.say(OPS, "hello <@U0BOT>", user="ada")

    events.wait(1)
    assert events.kinds()[0] == "app_mention"
    assert "message" not in events.kinds()


@pytest.mark.usefixtures("listening")
def test_the_bots_own_messages_are_told_too(sim, client):
    """Bolt leaves them out by itself, so that no listener hears them."""
    client.chat_postMessage(channel=OPS, text="mine")

    (entry,) = sim.wait_for(lambda: sim.calls("event"))
    assert entry.arguments["event"]["bot_id"] == "B0BOT"


def test_a_mention_is_told_as_such(sim, listening):
    sim.say(OPS, "<@U0BOT> help", user="ada")

    listening.wait(2)
    assert sorted(listening.kinds()) == ["app_mention", "message"]


def test_a_direct_message_is_told_with_its_channel_type(sim, client, listening):
    direct = client.conversations_open(users="U0ADA")["channel"]["id"]

    sim.say(direct, "psst", user="ada")

    assert listening.wait(1)[0]["event"]["channel_type"] == "im"


def test_a_renamed_channel_is_told_with_its_id(sim, listening):
    sim.rename("C0RANDOM", "chatter")

    assert listening.wait(1)[0]["event"]["channel"]["id"] == "C0RANDOM"


def test_a_bot_that_is_invited_hears_of_it(sim, listening):
    sim.join("C0RANDOM", "U0BOT", inviter="U0ADA")

    event = listening.wait(1)[0]["event"]
    assert (event["type"], event["user"], event["inviter"]) == ("member_joined_channel", "U0BOT", "U0ADA")


def test_a_reaction_is_told(sim, listening):
    ts = sim.say(OPS, "hello", user="ada").ts

    sim.react(OPS, ts, "eyes", user="grace")

    listening.wait(2)
    assert "reaction_added" in listening.kinds()


def test_a_look_at_the_home_tab_is_told(sim, listening):
    sim.open_home(user="ada")

    assert listening.wait(1)[0]["event"]["tab"] == "home"


def test_a_failed_event_comes_three_more_times_with_numbered_headers(sim, deaf):
    sim.say(OPS, "hello", user="ada")
    deaf.wait(2)
    sim.clock(advance=61)
    deaf.wait(3)
    sim.clock(advance=301)
    deaf.wait(4)

    assert deaf.retries == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]


def test_every_retry_has_the_same_event_id(sim, deaf):
    sim.say(OPS, "hello", user="ada")

    first, second = deaf.wait(2)
    assert first["event_id"] == second["event_id"]


def test_no_retry_comes_before_its_time(sim, deaf):
    sim.say(OPS, "hello", user="ada")
    deaf.wait(2)

    sim.clock(advance=59)
    before = len(sim.calls("event"))
    sim.clock(advance=2)
    deaf.wait(3)

    assert before == 2


@pytest.mark.usefixtures("deaf")
def test_after_three_retries_slack_gives_up(sim):
    sim.clock(speed=1_000_000)

    attempts = sim.event({"type": "message", "text": "hello"}, channel=OPS)

    assert [attempt.status for attempt in attempts] == [404] * 4


def test_an_app_can_ask_for_no_retry(sim, bolt):
    refusal = BoltResponse(status=500, headers={"x-slack-no-retry": "1"})
    bolt.use(lambda: refusal)

    attempts = sim.event({"type": "message", "text": "hello"}, channel=OPS)

    assert [attempt.status for attempt in attempts] == [500]


@pytest.mark.parametrize(("redirects", "failure"), [(2, None), (3, "too_many_redirects")])
def test_two_redirects_are_followed_and_no_third(sim, bolt, redirects, failure):
    answers = [BoltResponse(status=307, headers={"location": PATH})] * redirects + [BoltResponse(status=200)]
    answers_left = iter(answers)
    bolt.use(lambda: next(answers_left))

    first = sim.event({"type": "message", "text": "hello"}, channel=OPS)[0]

    assert first.failure == failure


@pytest.mark.usefixtures("listening")
def test_an_event_that_was_taken_is_not_sent_again(sim):
    attempts = sim.event({"type": "app_mention", "user": "U0ADA", "text": "hello"}, channel=OPS)

    assert [attempt.status for attempt in attempts] == [200]


def test_a_slow_app_is_told_the_reason_http_timeout(simulate, connect):
    sim = simulate(ack_deadline=0.2)
    app = connect(sim)
    events, awake = Events(app), threading.Event()
    app.use(lambda next: awake.wait(5) and next())  # noqa: A006 - Bolt's name

    sim.say(OPS, "hello", user="ada")
    events.wait(2)
    awake.set()

    assert events.retries[1] == ("1", "http_timeout")


def test_a_duplicated_event_is_heard_twice_with_the_same_id(sim, listening):
    """https://github.com/slackapi/bolt-js/issues/1480 and the like: delivery is at least once."""
    sim.fail("delivery.event", "duplicated")

    sim.say(OPS, "hello", user="ada")

    first, second = listening.wait(2)
    assert first["event_id"] == second["event_id"]


def test_a_reordered_event_is_heard_after_the_next(sim, listening):
    sim.fail("delivery.event", "reordered")

    for text in ("one", "two"):
        sim.say(OPS, text, user="ada")

    assert [body["event"]["text"] for body in listening.wait(2)] == ["two", "one"]


def test_a_lost_event_comes_with_the_first_retry(sim, listening):
    sim.fail("delivery.event", "lost")

    sim.say(OPS, "hello", user="ada")

    listening.wait(1)
    assert listening.retries == [("1", "connection_failed")]


@pytest.mark.usefixtures("bolt")
def test_too_many_events_are_told_without_an_inner_event(sim):
    """https://docs.slack.dev/reference/events/app_rate_limited; Bolt has no listener for it and answers 404."""
    result = sim.app_rate_limited()

    assert "event" not in result.payload
    assert result.status == 404


@pytest.mark.usefixtures("bolt")
def test_a_check_of_the_certificate_is_answered_without_a_signature(sim):
    sim.timestamp_offset(-1_000)

    assert sim.ssl_check().status == 200


def test_a_dead_installation_hears_its_farewell_and_nothing_more(sim, bolt, events):
    for kind in ("app_uninstalled", "tokens_revoked"):
        bolt.event(kind)(lambda: None)

    sim.uninstall()
    events.wait(2)
    sim.say(OPS, "hello", user="ada")

    assert sorted(events.kinds()) == ["app_uninstalled", "tokens_revoked"]
    assert len(sim.calls("event")) == 2


def test_a_farewell_says_no_more_than_slacks_does(sim, bolt, events):
    """https://docs.slack.dev/reference/events/app_uninstalled and tokens_revoked"""
    for kind in ("app_uninstalled", "tokens_revoked"):
        bolt.event(kind)(lambda: None)

    sim.uninstall()

    told = {body["event"]["type"]: sorted(body["event"]) for body in events.wait(2)}
    assert told == {"app_uninstalled": ["event_ts", "type"], "tokens_revoked": ["event_ts", "tokens", "type"]}


@pytest.mark.parametrize(
    ("scope", "channel", "heard"), [("channels:read", OPS, "group"), ("groups:read", "C0SECRET", "channel")]
)
def test_what_happens_to_channels_is_told_to_those_who_may_read_them(sim, bolt, events, scope, channel, heard):
    """https://docs.slack.dev/reference/events/member_joined_channel"""
    for kind in ("channel_rename", "group_rename"):
        bolt.event(kind)(lambda: None)
    sim.set_scopes([each for each in ALL_BOT_SCOPES if each != scope])

    sim.rename(channel, "unheard")
    sim.rename("C0SECRET" if heard == "group" else OPS, "heard")

    assert [body["event"]["type"] for body in events.wait(1)] == [f"{heard}_rename"]
