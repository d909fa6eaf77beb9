"""A channel that takes nothing, as pages tell it, and trying it again by hand."""

import re

import pytest
from sqlalchemy import delete, select, update

from tests.web import events
from tests.web.showroom import alert, connect_acme
from tests.web.slack_world import TOKEN, connect, world_with_slack
from tests.web.world import NOON
from tocsin.chat.models import Integration
from tocsin.deliveries.health import mark_place_broken
from tocsin.deliveries.models import BrokenPlace, Delivery, DeliveryState
from tocsin.kernel.db import read, write
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.rules.models import Rule

IS_ARCHIVED = "is_archived: unarchive the channel and invite the app again, or choose another one in the rule"


@pytest.fixture
def broken(sqlite_world):
    """A rule of the project web posts in #ops, which is archived; a card waits there. Gives the issue's id."""
    integration_id = connect_acme(sqlite_world)
    alert(sqlite_world, integration_id, "C0OPS", "ops")
    issue_id = sqlite_world.report("web", events.division())
    with write(sqlite_world.database) as session:
        mark_place_broken(session, (integration_id, "C0OPS"), IS_ARCHIVED, now=NOON)
        session.execute(update(Delivery).values(state=DeliveryState.PARKED, reason=IS_ARCHIVED))
    return issue_id


def banner_of(world, path, person="adam"):
    html = world.browser_of(person).get(path).text
    told = re.findall(r'role="alert">(.*?)</div>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in told]


def delivery_of(world):
    with read(world.database) as session:
        return session.scalars(select(Delivery.state)).one()


@pytest.mark.parametrize("path", ["workspace/", "projects/web/rules/", "issues/{issue}/", "deliveries/"])
def test_a_broken_channel_is_told_where_it_matters_with_the_remedy(sqlite_world, broken, path):
    (told,) = banner_of(sqlite_world, f"/acme/{path.format(issue=broken)}")

    assert told.startswith("#ops in Acme takes no messages since")
    assert "Slack says is_archived : unarchive the channel and invite the app again" in told
    assert told.endswith("Try again")


@pytest.mark.usefixtures("broken")
def test_pages_of_other_projects_say_nothing_of_it(sqlite_world):
    assert banner_of(sqlite_world, "/acme/projects/pay/rules/") == []


@pytest.mark.usefixtures("broken")
def test_a_channel_in_which_no_rule_posts_and_nothing_waits_is_told_of_no_more(sqlite_world):
    with write(sqlite_world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.DEAD))
        session.execute(delete(Rule))

    assert banner_of(sqlite_world, "/acme/workspace/") == []


@pytest.mark.usefixtures("broken")
def test_another_organization_is_told_nothing_of_it(sqlite_world):
    assert banner_of(sqlite_world, "/rival/workspace/", person="ruth") == []


@pytest.mark.usefixtures("broken")
def test_trying_again_makes_what_waits_due_at_once_and_is_on_record(sqlite_world):
    response = sqlite_world.browser_of("adam").post("/acme/workspace/1/channels/C0OPS/try-again/")

    with read(sqlite_world.database) as session:
        probe_at = session.scalars(select(BrokenPlace.probe_at)).one()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.DELIVERY_RETRY)).all()
    assert (response.status_code, delivery_of(sqlite_world), probe_at) == (303, "pending", NOON)
    assert [entry.target for entry in entries] == ["channel:1:C0OPS"]


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("ada", "/acme/workspace/1/channels/C0OPS/try-again/", 403),
        ("adam", "/acme/workspace/1/channels/C0WHOLE/try-again/", 404),
        ("adam", "/acme/workspace/99/channels/C0OPS/try-again/", 404),
        ("ruth", "/rival/workspace/1/channels/C0OPS/try-again/", 404),
    ],
)
def test_nothing_is_tried_by_whoever_may_not_or_where_nothing_is_broken(sqlite_world, person, path, status):
    response = sqlite_world.browser_of(person).post(path)

    assert (response.status_code, delivery_of(sqlite_world)) == (status, "parked")


@pytest.mark.parametrize(("is_dead", "status", "reason"), [(False, 303, None), (True, 400, "missing_scope")])
def test_a_broken_workspace_is_tried_again_with_its_own_token(database, is_dead, status, reason):
    with world_with_slack(database) as (world, slack):
        connect(world)
        with write(database) as session:
            session.execute(update(Integration).values(broken_reason="missing_scope"))
        if is_dead:
            slack.revoke_token(TOKEN)

        with world.browser_with_slack("mona") as mona:
            response = mona.post("/acme/workspace/1/try-again/")

        with read(database) as session:
            assert (response.status_code, session.scalars(select(Integration.broken_reason)).one()) == (status, reason)
