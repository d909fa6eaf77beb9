import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slack_simulator.running import Simulator
from tests.web.slack_world import connect, world_with_slack
from tests.web.world import World
from tocsin.chat.platform import ChannelFacts
from tocsin.web.channels import OFFERED, find_channels

OPTION = re.compile(r'<option value="(.*?)">(.*?)</option>')


@pytest.fixture
def world_and_slack(database):
    with world_with_slack(database) as (world, slack):
        connect(world)
        yield world, slack


def offered(world: World, person: str, typed: str = "", workspace: str = "1") -> dict[str, str]:
    """What a field offers: the words beside each name."""
    with world.browser_with_slack(person) as browser:
        page = browser.get(f"/acme/workspace/channels/?workspace={workspace}&channel={typed}")
    assert page.status_code == 200, page.text
    return dict(OPTION.findall(page.text))


def lists_of(slack: Simulator) -> int:
    return len(slack.calls("conversations.list"))


def test_the_channels_that_the_app_can_see_are_offered_with_what_is_to_know_of_them(world_and_slack):
    world, _ = world_and_slack

    assert offered(world, "adam") == {
        "#general": "",
        "#ops": "",
        "#secret": "private",
        "#shared": "read by other companies",
        "#random": "the app is not in it",
    }


def test_what_begins_as_it_was_typed_comes_first(world_and_slack):
    world, _ = world_and_slack

    assert list(offered(world, "adam", "%23S")) == ["#secret", "#shared", "#ops"]


def test_slack_is_asked_once_however_fast_somebody_types(world_and_slack):
    world, slack = world_and_slack
    before = lists_of(slack)

    for typed in ("s", "se", "sec"):
        offered(world, "adam", typed)

    assert lists_of(slack) == before + 1


def test_a_workspace_of_others_offers_nothing_and_is_not_asked(world_and_slack):
    world, slack = world_and_slack
    before = lists_of(slack)

    assert offered(world, "adam", workspace="2") == offered(world, "adam", workspace="x") == {}
    assert lists_of(slack) == before


def test_a_slack_that_gives_no_list_leaves_the_field_as_it_is(world_and_slack):
    world, slack = world_and_slack
    slack.fail("conversations.list", "http_503", times=5)

    assert offered(world, "adam") == {}


def test_a_list_that_could_not_be_had_is_asked_for_again(world_and_slack):
    world, slack = world_and_slack
    slack.set_scopes(["chat:write"])
    before = offered(world, "adam")
    slack.set_scopes(["chat:write", "channels:read", "groups:read"])

    assert (before, "#ops" in offered(world, "adam")) == ({}, True)


def test_whoever_may_not_edit_rules_hears_of_no_channel(world_and_slack):
    world, slack = world_and_slack
    before = lists_of(slack)
    with world.browser_with_slack("ada") as ada:
        page = ada.get("/acme/workspace/channels/?workspace=1")

    assert (page.status_code, "secret" in page.text) == (403, False)
    assert lists_of(slack) == before


NAMES = st.text("abc-", min_size=1, max_size=4)
CHANNELS = st.lists(st.builds(ChannelFacts, NAMES, NAMES, *[st.booleans()] * 4), max_size=60)


@given(CHANNELS, NAMES)
def test_everything_offered_holds_what_was_typed_and_nothing_that_fits_better_is_left_out(channels, typed):
    found = find_channels(channels, f"#{typed.upper()}")

    fitting = [each for each in channels if typed in each.name]
    assert all(each in fitting for each in found)
    assert len(found) == min(len(fitting), OFFERED)
    begins = [each.name.startswith(typed) for each in found]
    assert begins == sorted(begins, reverse=True)
