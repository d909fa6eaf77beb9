import pytest

from tests.web.slack_world import SECRET, TOKEN, connect, world_with_slack
from tocsin.chat.workspaces import find_workspace, open_bot_token
from tocsin.kernel.db import read


@pytest.fixture
def slack_world(database):
    with world_with_slack(database) as (world, _):
        yield world


def test_a_manager_connects_a_workspace(slack_world):
    connect(slack_world)

    page = slack_world.browser_of("ada").get("/acme/workspace/").text
    assert "T0ACME" in page
    assert '<span class="tag-good">connected</span>' in page


def test_the_token_is_stored_sealed_and_never_shown(slack_world):
    connect(slack_world)

    with read(slack_world.database) as session:
        workspace = find_workspace(session, "T0ACME")
        assert workspace is not None
    page = slack_world.browser_of("mona").get("/acme/workspace/").text
    assert open_bot_token(workspace, slack_world.deps.secrets) == TOKEN
    assert TOKEN not in workspace.sealed_bot_token
    assert [TOKEN in page, SECRET in page] == [False, False]


def test_a_token_that_slack_does_not_know_is_told_on_the_page(slack_world):
    with slack_world.browser_with_slack("mona") as mona:
        response = mona.post("/acme/workspace/", {"bot_token": "xoxb-wrong", "signing_secret": SECRET})

    assert response.status_code == 400
    assert "Slack does not accept this bot token" in response.text
    assert "xoxb-wrong" not in response.text


def test_a_member_sees_the_workspace_but_connects_none(slack_world):
    with slack_world.browser_with_slack("ada") as ada:
        page = ada.get("/acme/workspace/").text
        response = ada.post("/acme/workspace/", {"bot_token": TOKEN, "signing_secret": SECRET})

    assert "Signing secret" not in page
    assert response.status_code == 403
    assert "manager" in response.text


def test_slack_that_cannot_be_reached_is_told_on_the_page(world):
    with world.browser_with_slack("mona") as mona:
        response = mona.post("/acme/workspace/", {"bot_token": TOKEN, "signing_secret": SECRET})

    assert (response.status_code, 'role="alert"' in response.text) == (502, True)
