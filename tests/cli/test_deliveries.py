"""`tocsin deliveries`: what was said, and what could not be."""

from typing import Any

import pytest

from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tests.support.acme import NOW
from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.deliveries.health import PROBE_EVERY, mark_place_broken
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IntegrationId, OrganizationId


def add_workspace(url: str, team_id: str, organization_id: int, *deliveries: dict[str, Any]) -> None:
    """A workspace of the organization, and what was to be said in it."""
    database = Database.open(url)
    with write(database) as session:
        integration = Integration(
            external_id=team_id, name=team_id, sealed_bot_token="", sealed_signing_secret="", created_at=NOW
        )
        session.add(integration)
        session.flush()
        session.add(
            OrganizationIntegration(
                organization_id=OrganizationId(organization_id), integration_id=integration.id, created_at=NOW
            )
        )
        for number, columns in enumerate(deliveries):
            session.add(_delivery(integration.id, f"{team_id}:{number}", columns))
            session.flush()
    database.close()


def _delivery(integration_id: IntegrationId, natural_key: str, columns: dict[str, Any]) -> Delivery:
    return Delivery(
        natural_key=natural_key, integration_id=integration_id, body={"text": "…"}, created_at=NOW, **columns
    )


@pytest.fixture
def said(acme: Terminal, database_url: str) -> Terminal:
    """A terminal whose organization has a card that was sent, one reply that was parked, and one to a person."""
    add_workspace(
        database_url,
        "T0ACME",
        1,
        {"kind": "card", "channel": "C0OPS", "state": DeliveryState.SENT, "ts": "1700000000.000100"},
        {"kind": "reply", "channel": "C0OLD", "state": DeliveryState.PARKED, "reason": "is_archived"},
        {"kind": "message", "recipient": "U0ADA", "state": DeliveryState.PENDING},
    )
    return acme


def test_a_list_has_exactly_what_programs_rely_on_oldest_first(said: Terminal):
    listed = said.do("deliveries", "list")

    assert listed == [
        {"id": 1, "kind": "card", "state": "sent", "channel": "C0OPS", "ts": "1700000000.000100", "reason": None},
        {"id": 2, "kind": "reply", "state": "parked", "channel": "C0OLD", "ts": None, "reason": "is_archived"},
        {"id": 3, "kind": "message", "state": "pending", "channel": None, "ts": None, "reason": None},
    ]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--state", "parked"), [2]),
        (("--state", "parked", "--state", "sent"), [1, 2]),
        (("--limit", "2"), [2, 3]),
        (("--kind", "card", "--kind", "message"), [1, 3]),
        (("--channel", "C0OLD"), [2]),
        (("--channel", "#nowhere"), []),
        (("--since", "2999-01-01"), []),
        (("--until", "2999-01-01"), [1, 2, 3]),
        (("--workspace", "T0ACME"), [1, 2, 3]),
    ],
)
def test_a_list_can_be_narrowed(said: Terminal, options: tuple[str, ...], ids: list[int]):
    assert [line["id"] for line in said.do("deliveries", "list", *options)] == ids


def test_deliveries_in_workspaces_of_another_organization_are_not_shown(said: Terminal, database_url: str):
    said.do(*[{"acme": "beta"}.get(token, token) for token in INIT])
    add_workspace(database_url, "T0BETA", 2, {"kind": "card", "channel": "C0BETA"})

    listed = {name: said.do("deliveries", "list", "--organization", name) for name in ("acme", "beta")}

    assert {name: [line["id"] for line in lines] for name, lines in listed.items()} == {"acme": [1, 2, 3], "beta": [4]}


def test_a_list_of_what_is_about_an_issue_that_there_is_not_is_refused(said: Terminal):
    refused = said.type("deliveries", "list", "--issue", "WEB-99")

    assert (refused.code, "no issue 'WEB-99'" in refused.err) == (1, True)


def test_a_state_that_does_not_exist_is_a_mistake_in_usage(said: Terminal):
    refused = said.type("deliveries", "list", "--state", "lost", "--json")

    assert (refused.code, refused.out) == (2, "")


def test_a_person_sees_where_each_thing_was_to_be_said(said: Terminal):
    lines = said.type("deliveries", "list").out.splitlines()

    assert [line.split()[:4] for line in lines[1:]] == [
        ["1", "card", "sent", "C0OPS"],
        ["2", "reply", "parked", "C0OLD"],
        ["3", "message", "pending", "U0ADA"],
    ]


def test_the_story_of_a_parked_delivery_ends_with_what_helps(said: Terminal):
    story = said.type("deliveries", "explain", "2").out.splitlines()

    assert story[0] == "Delivery 2 is a reply in #C0OLD of the workspace T0ACME."
    assert story[-1] == "It is parked: is_archived. When that is mended, `tocsin deliveries retry 2` sends it."


def test_the_story_of_what_waits_in_a_broken_channel_tells_when_it_is_tried_again(said: Terminal, database_url: str):
    database = Database.open(database_url)
    with write(database) as session:
        mark_place_broken(session, (IntegrationId(1), "C0OLD"), "is_archived", now=NOW)
    database.close()

    last = said.type("deliveries", "explain", "2").out.splitlines()[-1]

    assert f"The channel is tried again on {NOW + PROBE_EVERY:%Y-%m-%d %H:%M:%S}" in last


def test_the_story_of_what_was_sent_names_its_message_in_slack(said: Terminal):
    assert "It stands in Slack as 1700000000.000100" in said.do("deliveries", "explain", "1")["story"][-1]


def test_a_parked_delivery_is_queued_again(said: Terminal):
    assert said.do("deliveries", "retry", "2") == {"id": 2, "state": "pending"}


@pytest.mark.parametrize("delivery", ["1", "3"])
def test_what_was_sent_or_is_queued_is_not_sent_again(said: Terminal, delivery: str):
    refused = said.type("deliveries", "retry", delivery)

    assert (refused.code, "nothing to send again" in refused.err) == (1, True)


@pytest.mark.parametrize("verb", ["explain", "retry"])
def test_a_delivery_of_another_organization_is_not_found(said: Terminal, database_url: str, verb: str):
    said.do(*[{"acme": "beta"}.get(token, token) for token in INIT])
    add_workspace(database_url, "T0BETA", 2, {"kind": "card", "channel": "C0BETA", "state": DeliveryState.PARKED})

    refused = said.type("deliveries", verb, "4", "--organization", "acme")

    assert (refused.code != 0, "no such delivery" in refused.err) == (True, True)
