import html
import json
import re

import pytest
from sqlalchemy import select, update

from tests.contracts.documents import ROOT
from tests.web.showroom import connect_acme, fill
from tests.web.slack_world import SECRET, TOKEN, connect, world_with_slack
from tests.web.world import NOON
from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.chat.workspaces import find_workspace, open_bot_token
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import read, write
from tocsin.organizations.audit import AuditEntry, AuditEvent


@pytest.fixture
def slack_world(database):
    with world_with_slack(database) as (world, _):
        yield world


def test_a_manager_connects_a_workspace(slack_world):
    connect(slack_world)

    page = slack_world.browser_of("ada").get("/acme/workspace/").text
    assert "T0ACME" in page
    assert '<span class="tag-good">connected</span>' in page


def test_the_form_for_secrets_is_folded_where_every_workspace_works(slack_world):
    mona = slack_world.browser_of("mona")
    shown = [mona.get("/acme/workspace/").text]
    connect(slack_world)
    shown.append(mona.get("/acme/workspace/").text)
    with write(slack_world.database) as session:
        session.execute(update(Integration).values(broken_reason="token_revoked"))
    shown.append(mona.get("/acme/workspace/").text)

    folds = [re.findall(r'id="connect">\s*(<[^>]+>)', page) for page in shown]

    assert [each for (each,) in folds] == ["<h2>", "<details>", "<details open>"]


def test_where_no_workspace_is_the_page_has_the_manifest_for_the_addresses_of_this_server(sqlite_world):
    page = sqlite_world.browser_of("mona").get("/acme/workspace/").text

    (offered,) = re.findall(r'id="manifest">(.*?)</pre>', page, re.DOTALL)
    (documented,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "slack-app.md").read_text(), re.DOTALL)
    assert json.loads(html.unescape(offered)) == json.loads(
        documented.replace("https://tocsin.example.com", "http://testserver")
    )


def test_who_may_not_connect_a_workspace_is_shown_no_steps(sqlite_world):
    page = sqlite_world.browser_of("ada").get("/acme/workspace/").text

    assert ('id="connect"' in page, "A manager of Acme connects it here" in page) == (False, True)


def test_the_token_is_stored_sealed_and_never_shown(slack_world):
    connect(slack_world)

    with read(slack_world.database) as session:
        workspace = find_workspace(session, "T0ACME")
        assert workspace is not None
    page = slack_world.browser_of("mona").get("/acme/workspace/").text
    assert open_bot_token(workspace, slack_world.deps.secrets) == TOKEN
    assert TOKEN not in workspace.sealed_bot_token
    assert [TOKEN in page, SECRET in page] == [False, False]


def test_the_page_tells_that_the_signing_secret_before_is_accepted_for_a_day_more(slack_world):
    connect(slack_world)

    with slack_world.browser_with_slack("mona") as mona:
        mona.post("/acme/workspace/", {"bot_token": TOKEN, "signing_secret": "another secret"})
        page = mona.get("/acme/workspace/").text

    assert re.search(r"The signing secret before is still accepted, too; that ends <time[^>]*>in 1 d</time>", page)
    assert [SECRET in page, "another secret" in page] == [False, False]


def test_a_signing_secret_that_was_leaked_is_accepted_no_more_when_the_box_is_ticked(slack_world):
    connect(slack_world)
    fields = {"bot_token": TOKEN, "signing_secret": "another secret", "old_secret_leaked": "on"}

    with slack_world.browser_with_slack("mona") as mona:
        mona.post("/acme/workspace/", fields)
        page = mona.get("/acme/workspace/").text

    assert "still accepted" not in page


def test_the_page_tells_that_a_signing_secret_cannot_be_read_and_connecting_anew_mends_it(slack_world):
    connect(slack_world)
    with write(slack_world.database) as session:
        session.execute(update(Integration).values(sealed_signing_secret="lost"))

    with slack_world.browser_with_slack("mona") as mona:
        damaged = mona.get("/acme/workspace/").text
        mona.post("/acme/workspace/", {"bot_token": TOKEN, "signing_secret": SECRET})
        mended = mona.get("/acme/workspace/").text

    assert ["signing secret lost" in page for page in (damaged, mended)] == [True, False]


@pytest.mark.parametrize(
    ("person", "mends"), [("mona", "you connect the workspace anew below"), ("ada", "a manager connects")]
)
def test_who_cannot_connect_a_workspace_hears_who_mends_its_signing_secret(slack_world, person, mends):
    connect(slack_world)
    with write(slack_world.database) as session:
        session.execute(update(Integration).values(sealed_signing_secret="lost"))

    page = slack_world.browser_of(person).get("/acme/workspace/").text

    assert f"is refused until {mends}" in page


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


def unlink_ada(world, person):
    integration_id = connect_acme(world)
    fields = {"workspace": str(integration_id), "chat_user": "U0ADA"}
    return world.browser_of(person).post("/acme/workspace/unlink/", fields)


def test_an_owner_undoes_the_link_of_somebody_else_and_the_audit_log_tells_it(world):
    answer = unlink_ada(world, "olga")

    with read(world.database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.IDENTITY_UNLINK)).one()
    assert answer.status_code == 303
    assert "U0ADA" not in world.browser_of("ada").get("/account/").text
    assert (entry.actor_label, entry.target, entry.via) == ("Olga", f"user:{world.people['ada']}", "page")


def test_both_ends_hear_that_an_owner_parted_them(mailing_world):
    unlink_ada(mailing_world, "olga")

    with read(mailing_world.database) as session:
        in_slack, by_mail = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert (in_slack.recipient, "no longer linked to ada@example.com" in in_slack.body["text"]) == ("U0ADA", True)
    assert (by_mail.kind, by_mail.body["to"]) == ("identity_parted", "ada@example.com")
    assert by_mail.body["data"]["by"] == "Olga"


@pytest.mark.parametrize(("person", "status"), [("mona", 403), ("adam", 403), ("ruth", 404)])
def test_nobody_but_an_owner_undoes_the_link_of_somebody_else(world, person, status):
    answer = unlink_ada(world, person)

    assert answer.status_code == status
    assert "U0ADA" in world.browser_of("ada").get("/account/").text


def test_an_owner_undoes_no_link_of_another_organization(world):
    integration_id = connect_acme(world)

    answer = world.browser_of("ruth").post(
        "/rival/workspace/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"}
    )

    assert answer.status_code == 404
    assert "U0ADA" in world.browser_of("ada").get("/account/").text


def test_only_owners_are_offered_to_unlink_others(world):
    connect_acme(world)

    offered = {
        each: "/acme/workspace/unlink/" in world.browser_of(each).get("/acme/workspace/").text
        for each in ("olga", "mona")
    }

    assert offered == {"olga": True, "mona": False}


def test_the_page_says_what_does_not_work_for_lack_of_a_permission(world):
    connect_acme(world)

    page = world.browser_of("ada").get("/acme/workspace/").text

    assert "7 of 9 missing" in page
    assert "<code>im:write</code> is missing. Nobody is told anything directly" in page


def test_the_page_leads_to_what_waits_in_the_log(world):
    fill(world)

    page = world.browser_of("ada").get("/acme/workspace/").text

    found = re.search(r'href="([^"]+state=parked)">2 parked<', page)
    assert found is not None
    log = world.browser_of("ada").get(found[1].replace("&amp;", "&")).text
    assert log.count("</span> Parked</span>") == 2


def test_slack_is_asked_again_for_what_it_permits(slack_world):
    connect(slack_world)
    with write(slack_world.database) as session:
        session.execute(update(Integration).values(scopes=["chat:write"]))

    with slack_world.browser_with_slack("mona") as mona:
        before = mona.get("/acme/workspace/").text
        mona.post("/acme/workspace/1/try-again/")
        after = mona.get("/acme/workspace/").text

    assert [("8 of 9 missing" in page, "all 9 that Tocsin uses" in page) for page in (before, after)] == [
        (True, False),
        (False, True),
    ]
    with read(slack_world.database) as session:
        kept = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-1]
    assert (kept.event, kept.actor_label, "im:write" in kept.data["scopes"]) == (
        AuditEvent.INTEGRATION_EDIT,
        "Mona",
        True,
    )


def test_a_manager_disconnects_a_workspace_and_connects_it_anew(slack_world):
    connect(slack_world)

    with slack_world.browser_with_slack("mona") as mona:
        answer = mona.post("/acme/workspace/1/disconnect/")
        disconnected = mona.get("/acme/workspace/").text
    connect(slack_world)

    anew = slack_world.browser_of("mona").get("/acme/workspace/").text
    assert answer.status_code == 303
    assert [
        ('<span class="tag-hot">disconnected</span>' in page, "Disconnect…" in page) for page in (disconnected, anew)
    ] == [(True, False), (False, True)]


def test_a_workspace_that_another_organization_uses_is_not_disconnected_and_the_page_says_why(world):
    connect_acme(world)
    with write(world.database) as session:
        rival = world.organizations["rival"]
        session.add(OrganizationIntegration(organization_id=rival, integration_id=1, created_at=NOON))

    answer = world.browser_of("mona").post("/acme/workspace/1/disconnect/")

    assert answer.status_code == 409
    assert "Another organization uses the workspace" in answer.text
    assert '<span class="tag-good">connected</span>' in answer.text
