"""Two decide about the same request at once: one wins, it has that one's effect alone, and both are told the truth."""

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from slack_simulator.running import Simulator
from tests.slack.conftest import PATIENCE_SECONDS
from tests.slack.office import Office, open_office
from tests.slack.requests import CHANNEL, JoinRequest, ask_to_join, decision
from tests.slack.test_storm import together
from tocsin.kernel.db import Database, read
from tocsin.members.models import Invitation
from tocsin.notifications.approvals import approval_facts
from tocsin.notifications.models import ApprovalMessage
from tocsin.organizations.audit import AuditEntry
from tocsin.slack.actions.refusals import BUSY
from tocsin.slack.messages.approval import draw_approval

PAIRS, NIGHTLY_PAIRS = 9, 300
NAMES = {"U0GRACE": "Olga", "U0LINUS": "Mona"}
APPROVE, REJECT = "member.approve", "member.reject"
CHOICES = ((APPROVE, REJECT), (REJECT, APPROVE), (APPROVE, APPROVE))
"""What Olga and Mona press, pair after pair."""
DONE = {APPROVE: "approved", REJECT: "rejected"}
EVENTS = {APPROVE: "member.invite", REJECT: "invite_request.remove"}


@pytest.fixture
def office(database: Database, slack: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office that plans mails, in which Olga and Mona are linked."""
    monkeypatch.setenv("TOCSIN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TOCSIN_SMTP_FROM", "tocsin@example.com")
    monkeypatch.setattr("tocsin.slack.routes.DEADLINE_SECONDS", PATIENCE_SECONDS)
    with open_office(database, slack) as opened:
        opened.link("mona", "U0LINUS")
        yield opened


def told(office: Office, slack_user: str) -> list[str]:
    return [each.text for each in office.slack.ephemerals(CHANNEL, slack_user)]


def shown(office: Office, request: JoinRequest) -> set[str]:
    """What the messages of both say once they are redrawn."""
    with read(office.database) as session:
        messages = session.scalars(select(ApprovalMessage).where(ApprovalMessage.invitation_id == request.id))
        return {
            draw_approval(approval_facts(session, each, link_base="https://tocsin.example")).text for each in messages
        }


def effects(office: Office, request: JoinRequest) -> tuple[str, list[str], int]:
    """What became of it, what the audit log has of its decision, and how many mails are on their way."""
    with read(office.database) as session:
        status = session.get_one(Invitation, request.id).status
        entries = session.scalars(select(AuditEntry.event).where(AuditEntry.target == f"invitation:{request.id}"))
        decided = [event for event in entries if event in EVENTS.values()]
    mails = [each for each in office.deliveries("invitation") if each.body["to"] == request.email]
    return status, decided, len(mails)


def decide(office: Office, request: JoinRequest, actions: dict[str, str], number: int) -> list[int]:
    """Both press at the same moment; gives what Slack is answered."""

    def press(slack_user: str) -> int:
        payload = decision(office, request, actions[slack_user], slack_user)
        payload["actions"][0]["action_ts"] = f"{number}.1"
        return office.send(payload).status_code

    return together(*(lambda user=user: press(user) for user in NAMES))


def race(office: Office, pairs: int) -> list[str]:
    """Pairs of decisions, each about a request of its own; gives whatever was not as it should be."""
    wrong: list[str] = []
    for number, pressed in zip(range(pairs), itertools.cycle(CHOICES), strict=False):
        request, actions = ask_to_join(office, f"hedy{number}@example.com"), dict(zip(NAMES, pressed, strict=True))
        heard = {user: len(told(office, user)) for user in NAMES}

        answers = decide(office, request, actions, number)

        (sentence,) = shown(office, request)
        winner = next(user for user, name in NAMES.items() if sentence.endswith(f" by {name}."))
        loser = next(user for user in NAMES if user != winner)
        office.slack.wait_for(lambda h=heard, user=loser: len(told(office, user)) > h[user], timeout=10)
        done = DONE[actions[winner]]
        # Where the machine is busy the loser may have waited too long: then nothing was done, and that is true.
        lost = {f"Join request for {request.email} was {done} by {NAMES[winner]}.", BUSY}
        found = (
            answers == [200, 200],
            sentence == f"Join request for {request.email} has been {done} by {NAMES[winner]}.",
            effects(office, request) == (done, [EVENTS[actions[winner]]], int(done == "approved")),
            set(told(office, loser)[heard[loser] :]) <= lost,
            len(told(office, winner)) == heard[winner],
        )
        if not all(found):
            wrong.append(f"{pressed}: {found} {sentence} {told(office, loser)[-1]} {effects(office, request)}")
    return wrong


def test_of_two_who_decide_at_once_one_wins_with_one_mail_or_none_and_both_are_told_the_truth(office: Office):
    assert race(office, PAIRS) == []


@pytest.mark.nightly
def test_so_of_three_hundred_pairs(office: Office):
    assert race(office, NIGHTLY_PAIRS) == []
