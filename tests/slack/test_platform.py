import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from slack_simulator.config import ALL_BOT_SCOPES, AppConfig, InstallationConfig, example_config
from slack_simulator.running import Simulator, running_simulator
from tests.slack.wire import says, serving
from tocsin.chat.platform import (
    ChannelFacts,
    ChannelNotFoundError,
    ChatPersonNotFoundError,
    ChatRefusedError,
    ChatTokenRefusedError,
    ChatUnreachableError,
)
from tocsin.kernel.ids import IntegrationId
from tocsin.slack.channel_list import REMEMBERED_SECONDS, SILENCE_REMEMBERED_SECONDS, ChannelList
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import SlackCallError
from tocsin.slack.platform import SlackPlatform

ACME = IntegrationId(1)
TOKEN = "xoxb-example-bot"


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        simulator.limits(on=False)
        yield simulator


@pytest.fixture
def slack(running) -> Iterator[Simulator]:
    yield running
    running.heal()


def ask(slack, question, token=TOKEN):
    async def asking():
        async with SlackClient(slack.url, lambda _id: token) as client:
            return await question(SlackPlatform(client))

    return asyncio.run(asking())


def test_a_token_tells_its_workspace_its_bot_and_its_app(slack):
    facts = ask(slack, lambda platform: platform.test_token(TOKEN))

    assert (facts.team_id, facts.name, facts.app_id, facts.bot_id, facts.bot_user_id) == (
        "T0ACME",
        "Acme",
        "A0APP",
        "B0BOT",
        "U0BOT",
    )


def test_a_wrong_token_is_refused(slack):
    with pytest.raises(ChatTokenRefusedError, match="invalid_auth"):
        ask(slack, lambda platform: platform.test_token("xoxb-wrong"))


def test_the_scopes_of_a_token_are_known():
    async def read_scopes():
        body = b'{"ok": true, "team_id": "T1", "bot_id": "B1", "user_id": "U1"}'
        header = "x-oauth-scopes: chat:write, channels:read\r\n"
        async with serving(says(body, headers=header)) as wire, SlackClient(wire.url, lambda _id: "") as client:
            return (await SlackPlatform(client).test_token("xoxb-one")).scopes

    assert asyncio.run(read_scopes()) == ("chat:write", "channels:read")


@pytest.mark.parametrize("asked", ["C0OPS", "#ops", "ops", " #OPS "])
def test_a_channel_is_found_by_its_id_or_its_name(slack, asked):
    found = ask(slack, lambda platform: platform.resolve_channel(ACME, asked))

    assert found == ChannelFacts("C0OPS", "ops", is_private=False, is_member=True, is_archived=False, is_shared=False)


@pytest.mark.parametrize("asked", ["C0HIDDEN", "#hidden", "nowhere", "C0NOWHERE"])
def test_a_channel_that_the_bot_cannot_see_is_not_there(slack, asked):
    with pytest.raises(ChannelNotFoundError, match="invite the app"):
        ask(slack, lambda platform: platform.resolve_channel(ACME, asked))


def test_who_chooses_at_the_same_moment_shares_one_list_and_a_later_one_is_read_anew(slack):
    now = [0.0]

    async def choose():
        async with SlackClient(slack.url, lambda _id: TOKEN) as client:
            channels = ChannelList(client, monotonic=lambda: now[0])
            together = await asyncio.gather(*(channels.to_choose_from(ACME) for _ in range(3)))
            now[0] = REMEMBERED_SECONDS - 1
            remembered = await channels.to_choose_from(ACME)
            asked = len(slack.calls("conversations.list")) - before
            now[0] = REMEMBERED_SECONDS
            anew = await channels.to_choose_from(ACME)
            return asked, len(slack.calls("conversations.list")) - before, [*together, remembered, anew]

    before = len(slack.calls("conversations.list"))
    asked, asked_later, lists = asyncio.run(choose())

    assert (asked, asked_later) == (1, 2)
    assert all({each["name"] for each in one} == {"general", "ops", "random", "secret", "shared"} for one in lists)


def test_who_chooses_after_the_workspace_was_connected_anew_sees_what_the_new_app_sees():
    usual, token = example_config(), TOKEN
    installed = InstallationConfig("T0ACME", "xoxb-other-bot", "U0OTHER", "B0OTHER")
    other = AppConfig("A0OTHER", "Other", "another-signing-secret", installations=(installed,))

    async def choose(url: str) -> list[set[str]]:
        nonlocal token
        async with SlackClient(url, lambda _id: token) as client:
            channels = ChannelList(client, monotonic=lambda: 0.0)
            before = await channels.to_choose_from(ACME)
            token = "xoxb-other-bot"
            return [{each["name"] for each in one} for one in (before, await channels.to_choose_from(ACME))]

    with running_simulator(msgspec.structs.replace(usual, apps=(*usual.apps, other))) as simulator:
        before, after = asyncio.run(choose(simulator.url))

    assert before - after == {"secret"}


def test_while_slack_does_not_answer_it_is_asked_once_for_all_who_choose_and_later_anew(slack):
    now = [0.0]
    slack.fail("conversations.list", "http_503")

    async def choose():
        async with SlackClient(slack.url, lambda _id: TOKEN) as client:
            channels = ChannelList(client, monotonic=lambda: now[0])
            together = await asyncio.gather(*(channels.to_choose_from(ACME) for _ in range(3)), return_exceptions=True)
            asked = len(slack.calls("conversations.list")) - before
            now[0] = SILENCE_REMEMBERED_SECONDS
            return asked, together, await channels.to_choose_from(ACME)

    before = len(slack.calls("conversations.list"))
    asked, told, anew = asyncio.run(choose())

    assert (asked, len(anew)) == (1, 5)
    assert all(isinstance(each, SlackCallError) for each in told)


def test_a_channel_of_two_companies_is_known_as_such(slack):
    assert ask(slack, lambda platform: platform.resolve_channel(ACME, "C0SHARED")).is_shared


def test_an_archived_channel_is_known_as_such(slack):
    assert ask(slack, lambda platform: platform.resolve_channel(ACME, "C0OLD")).is_archived


def test_somebody_can_be_written_to(slack):
    assert ask(slack, lambda platform: platform.open_direct_message(ACME, "U0ADA")).startswith("D")


def test_nobody_cannot_be_written_to(slack):
    with pytest.raises(ChatPersonNotFoundError):
        ask(slack, lambda platform: platform.open_direct_message(ACME, "U0NOBODY"))


def test_a_missing_scope_is_named_to_whoever_can_add_it():
    with running_simulator() as slack:
        slack.set_scopes(["chat:write"])

        with pytest.raises(ChatRefusedError, match=r"needs .*channels:read"):
            ask(slack, lambda platform: platform.resolve_channel(ACME, "C0OPS"))


def test_a_slack_that_is_down_is_not_a_missing_channel(slack):
    slack.fail("conversations.info", "http_503")

    with pytest.raises(ChatUnreachableError):
        ask(slack, lambda platform: platform.resolve_channel(ACME, "C0OPS"))


def test_a_slack_that_cannot_be_reached_is_told_in_words_and_not_by_an_error_of_ours():
    async def resolve() -> None:
        async with SlackClient("http://127.0.0.1:9/api/", lambda _id: "xoxb-one") as client:
            await SlackPlatform(client).resolve_channel(ACME, "C0OPS")

    with pytest.raises(ChatUnreachableError, match=r"^Slack cannot be reached; try again in a minute\.$"):
        asyncio.run(resolve())


@pytest.mark.parametrize(
    ("user", "email"),
    [
        ("U0LINUS", "linus@acme.example"),
        ("U0GUEST", None),
        ("U0SINGLE", None),
        ("U0GONE", None),
        ("U0OUTSIDE", None),
        ("U0BOT", None),
    ],
)
def test_only_full_members_of_the_workspace_have_an_address_here(slack, user, email):
    assert ask(slack, lambda platform: platform.read_person(ACME, user)).email == email


def test_an_app_that_may_not_read_addresses_is_told_none(slack):
    slack.set_scopes(["users:read", "chat:write"])

    found = ask(slack, lambda platform: platform.read_person(ACME, "U0LINUS"))

    slack.set_scopes([*ALL_BOT_SCOPES])
    assert found.email is None


def test_an_address_that_slack_has_not_confirmed_is_none():
    body = b'{"ok": true, "user": {"id": "U1", "is_email_confirmed": false, "profile": {"email": "ada@example.com"}}}'

    async def read_email() -> str | None:
        async with serving(says(body)) as wire, SlackClient(wire.url, lambda _id: TOKEN) as client:
            return (await SlackPlatform(client).read_person(ACME, "U1")).email

    assert asyncio.run(read_email()) is None


def test_a_person_whom_slack_does_not_know_is_nobody(slack):
    with pytest.raises(ChatPersonNotFoundError):
        ask(slack, lambda platform: platform.read_person(ACME, "U0NOBODY"))
