"""The pages of teams: who is in them, what ends with them, and the channel in which each is met."""

import pytest
from sqlalchemy import select

from tests.web.showroom import connect_acme
from tests.web.slack_world import connect, world_with_slack
from tocsin.kernel.db import Database, read
from tocsin.members.models import Member
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


def test_an_admin_makes_a_team_and_is_led_to_its_page(world):
    made = world.browser_of("adam").post("/acme/teams/", {"slug": "#Ops"})

    assert (made.status_code, made.headers["location"]) == (303, "/acme/teams/ops/")
    assert world.browser_of("adam").get("/acme/teams/ops/").status_code == 200


def test_a_slug_that_is_taken_is_told_beside_what_was_typed(world):
    refused = world.browser_of("adam").post("/acme/teams/", {"slug": "pay"})

    assert (refused.status_code, 'value="pay"' in refused.text) == (409, True)


def test_somebody_who_joins_a_team_sees_its_project_and_who_leaves_it_does_not(world):
    ben = member_id(world, "ben")
    change = world.browser_of("adam").post
    seen = []

    for do in ("add", "remove"):
        change("/acme/teams/pay/members/", {"do": do, "member": str(ben)})
        seen.append(world.browser_of("ben").get("/acme/projects/pay/").status_code)

    assert seen == [200, 404]


def test_nobody_of_another_organization_is_put_into_a_team(world):
    refused = world.browser_of("adam").post(
        "/acme/teams/pay/members/", {"do": "add", "member": str(member_id(world, "ruth"))}
    )

    assert refused.status_code == 404


def test_a_renamed_team_is_found_at_its_new_address_alone(world):
    browser = world.browser_of("adam")

    renamed = browser.post("/acme/teams/pay/rename/", {"slug": "payments", "name": "Payments"})

    assert renamed.headers["location"] == "/acme/teams/payments/"
    assert (browser.get("/acme/teams/payments/").status_code, browser.get("/acme/teams/pay/").status_code) == (200, 404)


def test_a_deleted_teams_confirmation_says_what_ends_with_it(world):
    browser = world.browser_of("adam")

    asked = browser.get("/acme/teams/pay/").text
    gone = browser.post("/acme/teams/pay/delete/")

    assert "pay, which nobody below an admin sees then" in asked
    assert (gone.headers["location"], browser.get("/acme/teams/pay/").status_code) == ("/acme/teams/", 404)
    assert world.browser_of("ada").get("/acme/projects/pay/").status_code == 404


def test_a_member_sees_a_team_without_any_form(world):
    page = world.browser_of("ada").get("/acme/teams/pay/").text

    assert ("ada@example.com" in page, "/acme/teams/pay/" in page) == (True, False)


def member_id(world, person):
    with read(world.database) as session:
        return session.scalars(select(Member.id).where(Member.user_id == world.people[person])).one()
