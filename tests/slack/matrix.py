"""The people of the matrix: every role in every situation, each with an account and a Slack user of their own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select, update

from slack_simulator.config import UserConfig
from tests.slack.office import ACTION, OPTIONS, SECRET, Card, Office
from tocsin.activities.models import Activity
from tocsin.chat.models import Identity
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.issues.models import Issue, IssueUndo
from tocsin.issues.undo import look
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import IntegrationId, UserId
from tocsin.members.models import Invitation, Member, User
from tocsin.organizations.permit import Permit, Role, Scope, Via
from tocsin.rules.models import Rule

OTHER_SECRET = "the other workspace's signing secret"


class Situation(StrEnum):
    """Where somebody stands who uses what is on a card of Acme's."""

    OWN_ORGANIZATION = "own organization"
    OTHER_ORGANIZATION = "other organization on the same workspace"
    OTHER_WORKSPACE = "other workspace"
    UNLINKED = "unlinked"
    DEACTIVATED = "deactivated"
    GUEST = "guest"
    OUTSIDER = "outsider"


@dataclass(frozen=True)
class Somebody:
    """One cell's person."""

    role: Role
    situation: Situation
    user_id: UserId
    slack_user_id: str

    @property
    def team_id(self) -> str:
        return {Situation.OTHER_WORKSPACE: "T0OTHER", Situation.OUTSIDER: "T0PARTNER"}.get(self.situation, "T0ACME")


def populate(office: Office) -> list[Somebody]:
    """Make everybody: 4 roles x 7 situations."""
    office.share_workspace_with_rival()
    other = _connect_other(office)
    people = []
    for role in Role:
        for number, situation in enumerate(Situation):
            slack_user_id = f"U{role.upper()}{number}"
            people.append(Somebody(role, situation, _account(office, role, situation), slack_user_id))
            config = UserConfig(slack_user_id, slack_user_id.lower(), is_restricted=situation == Situation.GUEST)
            office.slack.add_user({name: getattr(config, name) for name in ("id", "name", "is_restricted")})
            office.slack.join("C0OPS", slack_user_id)
            if situation != Situation.UNLINKED:
                _link(office, people[-1], other if situation == Situation.OTHER_WORKSPACE else office.integration_id)
    office.world.clock.now += timedelta(seconds=1)  # what was connected is seen after a second
    return people


def send(office: Office, card_payload: dict[str, Any], who: Somebody, *, path: str = ACTION) -> Any:
    """Post a gesture as this person, signed by the workspace that they press in; gives the answer's JSON, if any."""
    is_elsewhere = who.situation == Situation.OTHER_WORKSPACE
    place = {"team": {"id": "T0OTHER" if is_elsewhere else "T0ACME"}}
    person = {"user": {"id": who.slack_user_id, "name": who.slack_user_id.lower(), "team_id": who.team_id}}
    raw = urlencode({"payload": json.dumps(card_payload | place | person)}).encode()
    answer = office.post(path, raw, secret=OTHER_SECRET if is_elsewhere else SECRET)
    assert answer.status_code == 200
    return answer.json() if answer.content else None


def ask(office: Office, payload: dict[str, Any], who: Somebody) -> Any:
    """Type into a menu as this person."""
    return send(office, payload, who, path=OPTIONS)


def trace(office: Office, card: Card) -> tuple[object, ...]:
    """Everything that a gesture could change."""
    with read(office.database) as session:
        history = select(func.count()).select_from(Activity).where(Activity.issue_id == card.issue_id)
        issue = look(session.get_one(Issue, card.issue_id))
        rules = session.execute(select(Rule.is_active, Rule.muted_until)).all()
        requests = session.execute(select(Invitation.id, Invitation.status)).all()
        return session.scalar(history), str(issue), str(rules), str(requests)


def reset(office: Office, card: Card, **columns: Any) -> None:
    """The issue as it was at first, but for these columns; the rule speaks, and nobody has an offer to undo."""
    first = {"status": "unresolved", "substatus": "new", "archive": None, "priority": "high", "resolution": None}
    nobody = {"assignee_user_id": None, "assignee_team_id": None, "resolved_at": None}
    with write(office.database) as session:
        session.execute(update(Issue).where(Issue.id == card.issue_id).values(**(first | nobody | columns)))
        session.execute(update(Rule).values(is_active=True, muted_until=None))
        session.query(IssueUndo).delete()


def change(office: Office, run: Callable[[Any], Any]) -> Any:
    with write(office.database) as session:
        return run(session)


def _account(office: Office, role: Role, situation: Situation) -> UserId:
    organization = "rival" if situation == Situation.OTHER_ORGANIZATION else "acme"
    now = office.world.clock()
    with write(office.database) as session:
        user = User(
            email=f"{role}-{situation.replace(' ', '-')}@example.com",
            name=f"{role} ({situation})",
            is_active=situation != Situation.DEACTIVATED,
            created_at=now,
        )
        session.add(user)
        session.flush()
        place = Member(
            organization_id=office.world.organizations[organization], user_id=user.id, role=role, created_at=now
        )
        session.add(place)
        return user.id


def _link(office: Office, who: Somebody, integration_id: IntegrationId) -> None:
    """As it may have been linked once: today not everybody here could be."""
    with write(office.database) as session:
        session.add(
            Identity(
                integration_id=integration_id,
                external_id=who.slack_user_id,
                user_id=who.user_id,
                linked_at=office.world.clock(),
            )
        )


def _connect_other(office: Office) -> IntegrationId:
    with write(office.database) as session:
        return connect_workspace(
            session,
            Permit.system("tests", Scope(office.world.organizations["acme"]), Via.CLI),
            WorkspaceFacts("T0OTHER", "Other", "https://other.slack.com/", "A0OTHER", "B0OTHER", "U0OTHERBOT", ()),
            bot_token="xoxb-other",
            signing_secret=OTHER_SECRET,
            secret_box=office.world.deps.secrets,
            now=office.world.clock(),
        ).id
