"""The log of deliveries: who sees which, how it is narrowed, and sending one again."""

import re

import pytest
from sqlalchemy import select, update

from tests.web import events
from tests.web.showroom import alert, connect_acme, fill
from tocsin.chat.models import Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.recovery import DELETED, MAYBE_SENT, TOO_OLD
from tocsin.kernel.db import read, write
from tocsin.organizations.audit import AuditEntry, AuditEvent

IS_ARCHIVED = "is_archived: invite the app to the channel, or choose another one in the rule"


@pytest.fixture
def parked(sqlite_world):
    """A card in #ops that its channel does not take; gives its id."""
    alert(sqlite_world, connect_acme(sqlite_world), "C0OPS", "ops")
    sqlite_world.report("web", events.division())
    with write(sqlite_world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.PARKED, reason=IS_ARCHIVED, attempts=1))
        return session.scalars(select(Delivery.id)).one()


def rows_of(world, query="", person="adam"):
    """The rows of the log, as words."""
    html = world.browser_of(person).get(f"/acme/deliveries/{query}").text
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in html.split("<tr id=")[1:]]


def break_workspace(world):
    with write(world.database) as session:
        session.execute(update(Integration).values(broken_reason="token_revoked"))


def banner_of(world, person, path="/acme/issues/"):
    """What is told above the page, as words."""
    html = world.browser_of(person).get(path).text
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in re.findall(r'role="alert">(.*?)</p>', html)]


def state_of(world, delivery_id):
    with read(world.database) as session:
        return session.get_one(Delivery, delivery_id).state


@pytest.mark.usefixtures("parked")
def test_a_parked_card_is_told_with_its_issue_its_channel_and_the_remedy(sqlite_world):
    (row,) = rows_of(sqlite_world)

    assert f"Card of WEB-1 #ops Acme ‖ Parked : {IS_ARCHIVED} Send again 1" in row


@pytest.mark.usefixtures("parked")
@pytest.mark.parametrize(
    ("state", "sign"),
    [(DeliveryState.PARKED, "‖"), (DeliveryState.DEAD, "✕"), (DeliveryState.UNCERTAIN, "?"), (DeliveryState.SENT, "")],
)
def test_what_did_not_go_out_is_marked_by_a_sign_besides_its_colour(sqlite_world, state, sign):
    with write(sqlite_world.database) as session:
        session.execute(update(Delivery).values(state=state))

    page = sqlite_world.browser_of("adam").get("/acme/deliveries/").text

    assert re.findall(r'<td><span class="tag-hot"><span aria-hidden="true">(.)</span>', page) == [*sign]


def test_the_number_of_a_message_has_a_column_of_its_own(sqlite_world, parked):
    page = sqlite_world.browser_of("adam").get("/acme/deliveries/").text

    assert '<thead><tr><th scope="col">Message</th>' in page
    assert (
        f'<tr id="delivery-{parked}">\n      <td class="number"><span class="hidden">Message </span>{parked}</td>'
        in page
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 20),
        ("?kind=reply", 4),
        ("?channel=%23ops&kind=card", 8),
        ("?state=parked", 2),
        ("?issue=WEB-99", 0),
        ("?state=nonsense", 20),
        ("?workspace=1", 20),
        ("?workspace=2", 0),
        ("?since=2026-03-14", 12),
        ("?since=2026-03-15", 0),
        ("?until=2026-03-14&kind=card", 16),
        ("?until=2026-03-13", 8),
        ("?since=yesterday", 20),
        ("?page=2", 0),
    ],
)
def test_the_log_is_narrowed_by_what_the_address_asks(sqlite_world, query, count):
    fill(sqlite_world)

    assert len(rows_of(sqlite_world, query)) == count


def test_messages_of_a_closed_project_are_seen_by_its_teams_alone(sqlite_world):
    alert(sqlite_world, connect_acme(sqlite_world), "C0OPS", "ops", project="pay")
    sqlite_world.report("pay", events.division())

    assert [len(rows_of(sqlite_world, person=person)) for person in ("ada", "ben")] == [1, 0]


def test_an_admin_sends_a_parked_card_again(sqlite_world, parked):
    response = sqlite_world.browser_of("adam").post(f"/acme/deliveries/{parked}/send-again/")

    with read(sqlite_world.database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.DELIVERY_RETRY)).all()
    assert (response.status_code, state_of(sqlite_world, parked)) == (303, "pending")
    assert [(entry.target, entry.data["state"]) for entry in entries] == [(f"delivery:{parked}", "parked")]


def test_a_card_is_sent_again_from_the_page_of_its_issue_and_leads_back_there(sqlite_world, parked):
    adam = sqlite_world.browser_of("adam")
    (issue_id,) = re.findall(r'href="/acme/issues/(\d+)/"', adam.get("/acme/deliveries/").text)
    cards = adam.get(f"/acme/issues/{issue_id}/cards/").text

    response = adam.post(f"/acme/deliveries/{parked}/send-again/", {"issue": issue_id})

    assert f'action="/acme/deliveries/{parked}/send-again/"' in cards
    assert (response.headers["location"], state_of(sqlite_world, parked)) == (f"/acme/issues/{issue_id}/", "pending")


def test_a_member_is_offered_no_sending_again_and_refused(sqlite_world, parked):
    ada = sqlite_world.browser_of("ada")

    response = ada.post(f"/acme/deliveries/{parked}/send-again/")

    assert "Send again" not in ada.get("/acme/deliveries/").text
    assert (response.status_code, state_of(sqlite_world, parked)) == (403, "parked")


def test_a_delivery_of_another_organization_is_not_found_under_ones_own_address(sqlite_world, parked):
    response = sqlite_world.browser_of("ruth").post(f"/rival/deliveries/{parked}/send-again/")

    assert (response.status_code, state_of(sqlite_world, parked)) == (404, "parked")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (DeliveryState.UNCERTAIN, "TimeoutError"),
        (DeliveryState.SENT, None),
        (DeliveryState.DEAD, "the card was deleted in Slack, and its thread with it"),
    ],
)
def test_what_may_stand_in_slack_or_was_refused_for_good_is_not_sent_again(sqlite_world, parked, state, reason):
    with write(sqlite_world.database) as session:
        session.execute(update(Delivery).values(state=state, reason=reason))

    response = sqlite_world.browser_of("adam").post(f"/acme/deliveries/{parked}/send-again/")

    assert (response.status_code, state_of(sqlite_world, parked)) == (409, state)


@pytest.mark.parametrize("reason", [TOO_OLD, DELETED, f"{MAYBE_SENT}missing_scope"])
def test_what_was_given_up_but_could_still_be_said_is_offered_to_be_sent_again(sqlite_world, parked, reason):
    with write(sqlite_world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.DEAD, reason=reason))
    adam = sqlite_world.browser_of("adam")
    log = adam.get("/acme/deliveries/").text

    adam.post(f"/acme/deliveries/{parked}/send-again/")

    assert ("Send again" in log, state_of(sqlite_world, parked)) == (True, "pending")


def test_nothing_is_sent_again_into_a_workspace_that_does_not_work(sqlite_world, parked):
    break_workspace(sqlite_world)

    response = sqlite_world.browser_of("adam").post(f"/acme/deliveries/{parked}/send-again/")

    assert (response.status_code, state_of(sqlite_world, parked)) == (409, "parked")


@pytest.mark.usefixtures("parked")
@pytest.mark.parametrize(
    ("person", "remedy"), [("mona", "you connect it again ."), ("ada", "a manager connects it again.")]
)
def test_every_page_tells_that_a_workspace_is_broken_and_who_can_mend_it(sqlite_world, person, remedy):
    break_workspace(sqlite_world)

    told = banner_of(sqlite_world, person)

    assert told == [f"Acme takes no messages: Slack answered token_revoked . They wait until {remedy}"]


@pytest.mark.usefixtures("parked")
def test_a_workspace_that_was_connected_again_is_told_of_no_more(sqlite_world):
    break_workspace(sqlite_world)

    connect_acme(sqlite_world)

    assert banner_of(sqlite_world, "mona") == []
