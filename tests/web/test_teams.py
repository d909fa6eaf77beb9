"""The page of teams: who is in them, and the channel in which each is met."""

import pytest
from sqlalchemy import select

from tests.web.showroom import connect_acme
from tests.web.slack_world import connect, world_with_slack
from tocsin.kernel.db import Database, read
from tocsin.organizations.audit import AuditEntry, AuditEvent


@pytest.fixture
def slack_world(sqlite_database_url):
    """A world whose Acme uses the simulator's workspace."""
    database = Database.open(sqlite_database_url)
    with world_with_slack(database) as (world, slack):
        connect(world)
        yield world, slack
    database.close()


def link(world, person="adam", channel="#ops", **more):
    with world.browser_with_slack(person) as browser:
        return browser.post("/acme/teams/pay/link/", {"channel": channel, "workspace": "1", **more})


def test_an_admin_links_a_team_to_a_channel_and_parts_them_again(slack_world):
    world, _ = slack_world

    linked = link(world)
    shown = world.browser_of("ben").get("/acme/teams/").text
    parted = world.browser_of("adam").post("/acme/teams/pay/unlink/", {"workspace": "1"})

    assert (linked.status_code, parted.status_code) == (303, 303)
    assert "met in <strong>#ops</strong>" in shown
    assert "met in no channel" in world.browser_of("ben").get("/acme/teams/").text


def test_the_page_shows_the_people_and_the_projects_that_one_may_see(world):
    pages = {each: world.browser_of(each).get("/acme/teams/").text for each in ("ada", "ben")}

    assert all(">Ada" in page or "Ada" in page for page in pages.values())
    assert {each: "/acme/projects/pay/" in page for each, page in pages.items()} == {"ada": True, "ben": False}


def test_a_member_sees_no_form_and_is_refused_by_name(world):
    connect_acme(world)

    refused = world.browser_of("ada").post("/acme/teams/pay/link/", {"channel": "#ops", "workspace": "1"})

    with read(world.database) as session:
        refusal = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.REFUSED)).one()
    assert (refused.status_code, "you need the role admin" in refused.text) == (403, True)
    assert (refusal.actor_label, refusal.target) == ("Ada", f"team:{world.team_id}")
    assert "/acme/teams/pay/link/" not in world.browser_of("ada").get("/acme/teams/").text


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        ("#random", "/invite @Tocsin"),
        ("C0OLD", "is archived"),
        ("#shared", "other companies"),
        ("#nowhere", "no channel"),
    ],
)
def test_a_channel_that_is_not_fit_is_told_on_the_form(slack_world, channel, sentence):
    world, _ = slack_world

    refused = link(world, channel=channel)

    assert (refused.status_code in {400, 404, 409}, sentence in refused.text) == (True, True)
    assert f'value="{channel}"' in refused.text


def test_a_channel_that_others_read_is_taken_when_that_is_said_to_be_meant(slack_world):
    world, slack = slack_world
    slack.join("shared", "U0BOT")

    assert link(world, channel="#shared", may_be_shared="yes").status_code == 303


def test_a_team_that_is_met_somewhere_else_keeps_its_channel(slack_world):
    world, _ = slack_world
    link(world)

    refused = link(world, channel="#secret")

    assert (refused.status_code, "#pay is linked to the channel #ops" in refused.text) == (409, True)


@pytest.mark.parametrize("workspace", ["2", "x", ""])
def test_a_workspace_that_is_none_of_ours_is_not_found(world, workspace):
    connect_acme(world)

    refused = world.browser_of("adam").post("/acme/teams/pay/link/", {"channel": "#ops", "workspace": workspace})

    assert refused.status_code == 404
