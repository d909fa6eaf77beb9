"""How members come in: a request is asked in Slack, decided there once, and answered by a mail whose link lets in."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select, update

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tests.slack.messages.reading import buttons
from tests.slack.office import Browser
from tests.support.mailbox import Mailbox, running_mailbox
from tests.web.world import COOKIE
from tocsin.chat.identities import link_identity
from tocsin.chat.models import Identity, OrganizationIntegration
from tocsin.deliveries.mail import Mailing
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import UserId
from tocsin.kernel.secrets import SecretBox, load_keys
from tocsin.members.approvals import approve_member_invitation
from tocsin.members.authorize import authorize
from tocsin.members.models import Invitation, Member, User
from tocsin.members.people import add_member, get_or_create_user
from tocsin.members.sign_in import begin_sign_in
from tocsin.notifications.approvals import request_invitation
from tocsin.notifications.models import ApprovalMessage
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.permit import Role, Scope, Source, Verb, Via

NEWCOMER = "hedy@example.com"
GONE = (
    "This request no longer exists, or it belongs to an organization that does not use this workspace any more. "
    "Nothing was done."
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def company(database: Database, slack: Simulator, mailbox: Mailbox, tmp_path: Path) -> Iterator[Company]:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_tls": "none", "smtp_from": "t@acme.example"}
    with running_company(database, slack, tmp_path, **settings) as running:
        link(running, running.ada, "U0ADA")
        link(running, join(running, "Grace", Role.MANAGER), "U0GRACE")
        yield running


def join(company: Company, name: str, role: Role) -> UserId:
    with write(company.database) as session:
        user = get_or_create_user(session, f"{name.lower()}@example.com", name=name, now=system_clock())
        add_member(session, company.permit(), user, role=role, now=system_clock())
        return user.id


def link(company: Company, user_id: UserId, slack_user: str) -> None:
    with write(company.database) as session:
        link_identity(session, company.permit(), company.integration_id, slack_user, user_id, now=system_clock())


def ask_for(company: Company, email: str = NEWCOMER, *, by: str = "Linus") -> None:
    """A plain member asks that somebody be invited."""
    user_id = join(company, by, Role.MEMBER)
    scope = Scope(company.organization_id)
    with write(company.database) as session:
        permit = authorize(session, user_id, Verb.SEE, scope, source=Source(Via.PAGE))
        request_invitation(session, permit, email=email, role=Role.MEMBER, now=system_clock())


def question(company: Company, slack_user: str) -> Any:
    """The message that asks somebody, as soon as it stands in their conversation with the app."""
    return company.wait_until(lambda: next(iter(company.slack.direct_messages(slack_user)), None))


def press(company: Company, slack_user: str, action: str) -> None:
    asked = question(company, slack_user)
    company.slack.press(asked.channel, asked.ts, f"member.{action}", user=slack_user)


def outcome(company: Company, slack_user: str) -> str:
    """What the message says once it asks nothing any more."""
    return company.wait_until(
        lambda: next((one.text for one in company.slack.direct_messages(slack_user) if "has been" in one.text), None)
    )


def told(company: Company, slack_user: str) -> str:
    channel = question(company, slack_user).channel
    return company.wait_until(lambda: company.slack.ephemerals(channel, slack_user))[-1].text


def browser_of(company: Company, user_id: UserId) -> Browser:
    with write(company.database) as session:
        new = begin_sign_in(session, user_id, now=system_clock())
    return Browser(company.address, {COOKIE: new.key}, new.csrf_token)


def invitation(company: Company) -> Invitation:
    with read(company.database) as session:
        return session.scalars(select(Invitation)).one()


def audited(company: Company) -> list[tuple[str, str, str | None]]:
    with read(company.database) as session:
        rows = select(AuditEntry.event, AuditEntry.actor_label, AuditEntry.slack_user_id).order_by(AuditEntry.id)
        return [tuple(row) for row in session.execute(rows) if "invit" in row[0] or row[0] == "refused"]


def test_those_who_may_decide_are_asked_and_nobody_else(company: Company):
    link(company, join(company, "Otto", Role.ADMIN), "U0LINUS")

    ask_for(company, by="Lise")

    assert question(company, "U0ADA").text == "Lise asks to invite hedy@example.com to Acme as member."
    assert list(buttons(question(company, "U0GRACE").blocks)) == ["Approve", "Reject", "See members"]
    assert company.slack.direct_messages("U0LINUS") == []


def test_an_approved_request_brings_a_mail_and_every_question_tells_by_whom(company: Company, mailbox: Mailbox):
    ask_for(company)
    question(company, "U0ADA")

    press(company, "U0GRACE", "approve")

    decided = "Invite request for hedy@example.com has been approved by Grace."
    assert "/invitation/" in mailbox.wait_for(NEWCOMER).get_content()
    assert [outcome(company, "U0GRACE"), outcome(company, "U0ADA")] == [decided, decided]
    assert list(buttons(question(company, "U0ADA").blocks)) == ["See members"]
    assert audited(company)[-1] == ("member.invite", "Grace", "U0GRACE")


def test_a_rejected_request_ends_without_a_mail(company: Company, mailbox: Mailbox):
    ask_for(company)

    press(company, "U0ADA", "reject")

    assert outcome(company, "U0ADA") == "Invite request for hedy@example.com has been rejected by Ada."
    assert invitation(company).status == "rejected"
    assert audited(company)[-1] == ("invite_request.remove", "Ada", "U0ADA")
    assert mailbox.mails == []


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told_who(company: Company, mailbox: Mailbox):
    ask_for(company)
    asked = {user: question(company, user) for user in ("U0ADA", "U0GRACE")}
    action = {"U0ADA": "member.approve", "U0GRACE": "member.reject"}

    company.slack.press_together(
        [{"channel": m.channel, "ts": m.ts, "action_id": action[user], "user": user} for user, m in asked.items()]
    )

    outcome(company, "U0ADA")
    winner, loser = ("Ada", "U0GRACE") if invitation(company).status == "approved" else ("Grace", "U0ADA")
    assert told(company, loser).endswith(f"by {winner}.")
    assert len([event for event, *_ in audited(company) if event != "invite_request.add"]) == 1
    company.wait_until(company.is_quiet)
    assert len(mailbox.mails) == (1 if winner == "Ada" else 0)


def test_somebody_whose_role_was_lowered_meanwhile_decides_nothing(company: Company):
    ask_for(company)
    question(company, "U0GRACE")
    with write(company.database) as session:
        session.execute(update(Member).where(Member.role == Role.MANAGER).values(role=Role.ADMIN))

    press(company, "U0GRACE", "approve")

    assert told(company, "U0GRACE") == "To edit members you need the role manager; yours is admin. Ask Ada to grant it."
    assert invitation(company).status == "requested_to_be_invited"
    assert audited(company)[-1] == ("refused", "Grace", "U0GRACE")


def test_who_is_no_longer_linked_is_given_a_link_and_decides_nothing(company: Company):
    ask_for(company)
    question(company, "U0GRACE")
    with write(company.database) as session:
        session.execute(delete(Identity).where(Identity.external_id == "U0GRACE"))

    press(company, "U0GRACE", "approve")

    assert "Link your Slack account" in told(company, "U0GRACE")
    assert invitation(company).status == "requested_to_be_invited"


def test_the_same_press_delivered_again_decides_once(company: Company, mailbox: Mailbox):
    ask_for(company)
    asked = question(company, "U0ADA")
    pressed = {"channel": asked.channel, "ts": asked.ts, "action_id": "member.approve", "user": "U0ADA"}

    company.slack.press_together([pressed, pressed, pressed])

    mailbox.wait_for(NEWCOMER)
    outcome(company, "U0ADA")
    assert [event for event, *_ in audited(company)].count("member.invite") == 1
    assert len(mailbox.mails) == 1


def test_an_account_without_a_place_in_the_organization_decides_nothing(company: Company):
    ask_for(company)
    question(company, "U0GRACE")
    with write(company.database) as session:
        session.execute(delete(Member).where(Member.role == Role.MANAGER))

    press(company, "U0GRACE", "approve")

    assert "has no place in the organization" in told(company, "U0GRACE")
    assert "/link/" in told(company, "U0GRACE")
    assert invitation(company).status == "requested_to_be_invited"


@pytest.mark.parametrize("model", [User, Member])
def test_a_deactivated_account_or_place_is_named_and_decides_nothing(company: Company, model: type[User | Member]):
    ask_for(company)
    question(company, "U0GRACE")
    with write(company.database) as session:
        grace = session.scalars(select(User).where(User.name == "Grace")).one()
        whose = User.id == grace.id if model is User else Member.user_id == grace.id
        session.execute(update(model).where(whose).values(is_active=False))

    press(company, "U0GRACE", "approve")

    said = told(company, "U0GRACE")
    assert f"{grace.email}, is deactivated or its place in the organization of this request is" in said
    assert "/link/" in said
    assert invitation(company).status == "requested_to_be_invited"


def test_a_button_of_an_organization_that_left_the_workspace_does_nothing(company: Company):
    ask_for(company)
    question(company, "U0ADA")
    with write(company.database) as session:
        session.execute(delete(OrganizationIntegration))

    press(company, "U0ADA", "approve")

    assert told(company, "U0ADA") == GONE
    assert invitation(company).status == "requested_to_be_invited"


def test_whoever_decides_about_a_request_that_is_gone_is_told_so(company: Company, mailbox: Mailbox):
    ask_for(company)
    question(company, "U0ADA")
    company.wait_until(company.is_quiet)  # what asks Grace is not to be looked for while it is sent
    with write(company.database) as session:
        for gone in (ApprovalMessage, Invitation):
            session.execute(delete(gone))

    press(company, "U0ADA", "approve")

    assert told(company, "U0ADA") == GONE
    assert [event for event, *_ in audited(company)] == ["invite_request.add"]
    assert mailbox.mails == []


def test_a_mail_that_was_refused_for_good_is_shown_where_it_can_be_sent_again(company: Company, mailbox: Mailbox):
    mailbox.will_answer("RCPT", "550 no such user here")
    ask_for(company)

    press(company, "U0ADA", "approve")

    company.wait_until(lambda: "dead" in company.states())
    shown = browser_of(company, company.ada).get(f"{company.address}/acme/members/").text
    assert "550 no such user here" in shown
    assert "Send again" in shown


def test_a_decision_on_the_page_is_told_in_every_question(company: Company):
    ask_for(company)
    question(company, "U0GRACE")

    browser_of(company, company.ada).post(f"{company.address}/acme/members/invitations/1/", do="reject")

    assert outcome(company, "U0GRACE") == "Invite request for hedy@example.com has been rejected by Ada."


def test_a_decision_of_another_process_is_told_and_mailed_by_looking_at_the_tables(
    company: Company, mailbox: Mailbox, tmp_path: Path
):
    ask_for(company)
    question(company, "U0GRACE")
    terminal = Database.open(company.database.url)

    with write(terminal) as session:
        scope = Scope(company.organization_id)
        permit = authorize(session, company.ada, Verb.EDIT_MEMBERS, scope, source=Source(Via.CLI))
        mailing = Mailing(SecretBox(load_keys(None, tmp_path)), "https://tocsin.example", is_on=True)
        approve_member_invitation(
            session, permit, session.scalars(select(Invitation)).one(), mailing, now=system_clock()
        )
    terminal.close()

    assert "https://tocsin.example/invitation/" in mailbox.wait_for(NEWCOMER).get_content()
    assert outcome(company, "U0GRACE") == "Invite request for hedy@example.com has been approved by Ada."


@pytest.mark.browser
def test_whoever_got_the_mail_comes_in_with_a_browser(company: Company, mailbox: Mailbox, page: Page):
    ask_for(company)
    press(company, "U0ADA", "approve")
    [path] = re.findall(r"/invitation/[\w-]+/", mailbox.wait_for(NEWCOMER).get_content())

    page.goto(f"{company.address}{path}")
    page.get_by_label("Your name").fill("Hedy")
    page.get_by_label("Password").fill("frequencies that hop")
    page.get_by_label("The same again").fill("frequencies that hop")
    page.get_by_role("button", name="Join Acme").click()
    page.get_by_role("link", name="Members").click()

    expect(page.get_by_role("table")).to_contain_text("Hedy hedy@example.com")
    assert invitation(company).status == "accepted"
    company.wait_until(lambda: "They came in." in str(question(company, "U0GRACE").blocks))


def test_without_a_mail_server_whoever_approves_is_told_to_pass_the_link_on(
    database: Database, slack: Simulator, tmp_path: Path
):
    with running_company(database, slack, tmp_path) as company:
        link(company, company.ada, "U0ADA")
        ask_for(company)

        press(company, "U0ADA", "approve")

        assert "sends no mail" in told(company, "U0ADA")
        assert "/acme/members/" in told(company, "U0ADA")
