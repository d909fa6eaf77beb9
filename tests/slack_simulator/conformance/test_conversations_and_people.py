"""Who and what a bot can see: conversations, people, the installation; by slack_sdk alone.

Pages: https://docs.slack.dev/reference/methods/ conversations.list, conversations.open, users.info, users.list,
auth.test, auth.revoke, team.info, bots.info, usergroups.list, reactions.get, views.publish.
"""

import msgspec
import pytest
from slack_sdk.errors import SlackApiError

from slack_simulator.config import ALL_BOT_SCOPES, example_config
from tests.slack_simulator.conformance.rows import section
from tests.slack_simulator.conftest import new_client


def names(client, **arguments):
    return {channel["name"] for channel in client.conversations_list(**arguments)["channels"]}


def test_the_list_has_public_channels_unless_asked_otherwise(client):
    assert names(client) == {"general", "ops", "random", "old", "shared"}


def test_the_list_has_private_channels_only_where_the_bot_is(client):
    assert names(client, types="private_channel") == {"secret"}


def test_the_list_leaves_out_archived_channels_when_asked(client):
    assert "old" not in names(client, exclude_archived=True)


def test_the_list_comes_in_pages(client):
    sizes = [len(page["channels"]) for page in client.conversations_list(limit=2)]

    assert sizes == [2, 2, 1]


def test_the_bots_own_conversations_are_those_it_is_in(client):
    found = client.users_conversations(types="public_channel,private_channel")["channels"]

    assert {channel["name"] for channel in found} == {"general", "ops", "old", "secret", "shared"}


def test_joining_makes_a_member(client):
    joined = client.conversations_join(channel="C0RANDOM")

    assert joined["channel"]["is_member"]


def test_joining_again_is_ok_with_a_warning(client):
    again = client.conversations_join(channel="C0OPS")

    assert again["warning"] == "already_in_channel"


def test_the_same_people_always_share_one_conversation(client):
    first = client.conversations_open(users="U0ADA")
    second = client.conversations_open(users="U0ADA")

    assert second["already_open"]
    assert first["channel"]["id"] == second["channel"]["id"]


def test_three_people_make_a_group_conversation(client):
    opened = client.conversations_open(users="U0ADA,U0GRACE", return_im=True)

    assert opened["channel"]["is_mpim"]


def test_a_direct_conversation_names_the_other_person(client):
    opened = client.conversations_open(users="U0ADA", return_im=True)

    assert opened["channel"]["user"] == "U0ADA"


def test_members_are_listed_by_id(client):
    assert client.conversations_members(channel="C0OPS")["members"] == ["U0ADA", "U0BOT", "U0GRACE", "U0GUEST"]


def test_a_channel_shared_with_another_workspace_says_so(client):
    channel = client.conversations_info(channel="C0SHARED")["channel"]

    assert (channel["is_ext_shared"], channel["shared_team_ids"]) == (True, ["T0ACME", "T0PARTNER"])


def test_a_channel_that_got_a_new_id_lives_under_the_new_one(sim, client):
    new = sim.change_channel_id("C0OPS", shared_with="T0PARTNER")

    assert client.chat_postMessage(channel=new, text="hi")["channel"] == new


def test_a_made_channel_can_be_written_to_archived_and_brought_back(client):
    made = client.conversations_create(name="incident-1")["channel"]["id"]
    client.conversations_invite(channel=made, users="U0ADA,U0GRACE")
    client.conversations_setTopic(channel=made, topic="it burns")
    client.conversations_archive(channel=made)
    client.conversations_unarchive(channel=made)

    channel = client.conversations_info(channel=made, include_num_members=True)["channel"]
    assert (channel["topic"]["value"], channel["num_members"], channel["is_archived"]) == ("it burns", 3, False)


def test_leaving_a_private_channel_makes_it_invisible(client):
    client.conversations_leave(channel="C0SECRET")

    with pytest.raises(SlackApiError, match="channel_not_found"):
        client.conversations_info(channel="C0SECRET")


@pytest.mark.parametrize(
    ("user", "flags"),
    [
        ("U0ADA", {"is_owner": True, "is_admin": True, "is_restricted": False}),
        ("U0GRACE", {"is_owner": False, "is_admin": True, "is_restricted": False}),
        ("U0GUEST", {"is_admin": False, "is_restricted": True, "is_ultra_restricted": False}),
        ("U0SINGLE", {"is_admin": False, "is_restricted": True, "is_ultra_restricted": True}),
        ("U0GONE", {"deleted": True}),
        ("U0BOT", {"is_bot": True}),
        ("U0OUTSIDE", {"is_stranger": True, "team_id": "T0PARTNER"}),
    ],
)
def test_a_person_shows_what_they_are(client, user, flags):
    shown = client.users_info(user=user)["user"]

    assert {name: shown[name] for name in flags} == flags


def test_an_address_is_shown_only_with_its_scope(sim, client):
    shown = client.users_info(user="U0ADA")["user"]["profile"]
    sim.set_scopes([scope for scope in ALL_BOT_SCOPES if scope != "users:read.email"])
    hidden = client.users_info(user="U0ADA")["user"]["profile"]

    assert shown["email"] == "ada@acme.example"
    assert "email" not in hidden


def test_a_stranger_shows_no_address(client):
    """https://docs.slack.dev/apis/slack-connect"""
    assert "email" not in client.users_info(user="U0OUTSIDE")["user"]["profile"]


def test_a_colleague_is_found_by_address_in_any_case(client):
    assert client.users_lookupByEmail(email="Ada@ACME.example")["user"]["id"] == "U0ADA"


def test_the_list_of_people_ends_at_the_workspace(client):
    people = {user["id"] for page in client.users_list(limit=3) for user in page["members"]}

    assert people == {"U0ADA", "U0GRACE", "U0LINUS", "U0GUEST", "U0SINGLE", "U0GONE", "U0BOT"}


def test_a_group_lists_its_people_when_asked(client):
    short = client.usergroups_list()["usergroups"][0]
    whole = client.usergroups_list(include_users=True)["usergroups"][0]

    assert (short["handle"], "users" in short) == ("oncall", False)
    assert whole["users"] == client.usergroups_users_list(usergroup="S0ONCALL")["users"] == ["U0ADA", "U0GRACE"]


def test_the_token_says_whose_it_is(client):
    answer = client.auth_test()

    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0ACME", "U0BOT", "B0BOT")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_a_revoked_token_is_dead(client):
    client.auth_revoke()

    with pytest.raises(SlackApiError, match="token_revoked"):
        client.auth_test()


def test_a_rehearsed_revocation_leaves_the_token_alive(client):
    client.auth_revoke(test=True)

    assert client.auth_test()["ok"]


def test_an_uninstalled_app_has_a_dead_token(client):
    client.apps_uninstall(client_id="1111.2222", client_secret="example-client-secret")

    with pytest.raises(SlackApiError, match="account_inactive"):
        client.auth_test()


def test_the_workspace_tells_its_name(client):
    assert client.team_info()["team"]["domain"] == "acme"


def test_a_bot_tells_its_app(client):
    assert client.bots_info(bot="B0BOT")["bot"]["app_id"] == "A0APP"


def test_a_reaction_stands_under_the_message(sim, client):
    ts = sim.say("C0OPS", "hi", user="ada").ts
    client.reactions_add(channel="C0OPS", name="eyes", timestamp=ts)

    found = client.reactions_get(channel="C0OPS", timestamp=ts)["message"]["reactions"]

    assert found == [{"name": "eyes", "users": ["U0BOT"], "count": 1}]


def test_a_reaction_can_be_taken_back(sim, client):
    ts = sim.say("C0OPS", "hi", user="ada").ts
    client.reactions_add(channel="C0OPS", name="eyes", timestamp=ts)
    client.reactions_remove(channel="C0OPS", name="eyes", timestamp=ts)

    assert client.reactions_list()["items"] == []


def test_an_app_without_a_home_tab_cannot_publish_one(simulate):
    app = msgspec.structs.replace(example_config().apps[0], home_tab=False)
    client = new_client(simulate(apps=(app,)))

    with pytest.raises(SlackApiError, match="not_enabled"):
        client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [section()]})


def test_an_app_without_a_messages_tab_cannot_write_to_people(simulate):
    app = msgspec.structs.replace(example_config().apps[0], messages_tab=False)
    client = new_client(simulate(apps=(app,)))

    with pytest.raises(SlackApiError, match="messages_tab_disabled"):
        client.chat_postMessage(channel="U0ADA", text="hi")


def test_a_home_tab_is_one_per_person(sim, client):
    for text in ("one", "two"):
        client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [section(text)]})

    assert [view.payload["blocks"][0]["text"]["text"] for view in sim.views("ada")] == ["two"]
