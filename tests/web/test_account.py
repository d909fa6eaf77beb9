"""One's own account: which chat users one is, undoing that, and signing out everywhere."""

from sqlalchemy import delete, select

from tests.web.showroom import connect_acme
from tests.web.world import COOKIE
from tocsin.chat.identities import find_identity
from tocsin.chat.models import OrganizationIntegration
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import read, write
from tocsin.members.models import Member, User
from tocsin.members.people import add_member
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Permit, Role, Scope, Via


def test_a_person_sees_which_slack_user_they_are(world):
    connect_acme(world)

    assert "<code>U0ADA</code> in Acme" in world.browser_of("ada").get("/account/").text


def test_a_person_undoes_their_own_link(world):
    integration_id = connect_acme(world)
    ada = world.browser_of("ada")

    ada.post("/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"})

    assert "U0ADA" not in ada.get("/account/").text


def test_both_ends_hear_of_a_link_that_its_person_undid(mailing_world):
    integration_id = connect_acme(mailing_world)

    mailing_world.browser_of("ada").post("/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"})

    with read(mailing_world.database) as session:
        in_slack, by_mail = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert (in_slack.recipient, "no longer linked to ada@example.com" in in_slack.body["text"]) == ("U0ADA", True)
    assert (by_mail.kind, by_mail.body["to"]) == ("identity_parted", "ada@example.com")


def test_an_unlink_stands_in_the_log_of_an_organization_that_uses_the_workspace(world):
    integration_id = connect_acme(world)
    acme, rival = (world.organizations[each] for each in ("acme", "rival"))
    with write(world.database) as session:
        user = session.get_one(User, world.people["ada"])
        permit = Permit.system("tests", Scope(rival), Via.CLI)
        add_member(session, permit, user, role=Role.MEMBER, now=world.clock())
        used = session.get_one(OrganizationIntegration, (acme, integration_id))
        used.organization_id = rival

    world.browser_of("ada").post("/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"})

    with read(world.database) as session:
        entries = select(AuditEntry.organization_id).where(AuditEntry.event == AuditEvent.IDENTITY_UNLINK)
        assert session.scalars(entries).all() == [rival]


def test_whoever_is_in_no_organization_any_more_undoes_their_link_all_the_same(world):
    integration_id = connect_acme(world)
    with write(world.database) as session:
        session.execute(delete(Member).where(Member.user_id == world.people["ada"]))

    world.browser_of("ada").post("/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"})

    with read(world.database) as session:
        assert find_identity(session, integration_id, "U0ADA") is None


def test_nobody_undoes_the_link_of_somebody_else(world):
    integration_id = connect_acme(world)

    response = world.browser_of("olga").post(
        "/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"}
    )

    assert response.status_code == 404
    assert "U0ADA" in world.browser_of("ada").get("/account/").text


def test_signing_out_everywhere_ends_every_session(world):
    phone, laptop = world.browser_of("ada"), world.browser_of("ada")
    key = phone.client.cookies[COOKIE]

    laptop.post("/account/sign-out-everywhere/")

    copy = world.stranger()
    copy.cookies.set(COOKIE, key)
    assert copy.get("/account/").status_code == 303


def test_whoever_is_in_no_organization_is_told_what_to_do(world):
    world.unapprove("ada")

    response = world.browser_of("ada").get("/")

    assert response.status_code == 200
    assert "tocsin members add --email ada@example.com" in response.text
