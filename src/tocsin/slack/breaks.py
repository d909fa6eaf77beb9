"""Telling those responsible, once for each break, that a channel or a workspace takes nothing any more."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from tocsin.chat.channels import find_channel_name
from tocsin.chat.models import Integration
from tocsin.chat.workspaces import reason_of_workspace
from tocsin.deliveries.mail import Mailing, plan_mail
from tocsin.deliveries.plan import NOTICE, NOTICE_LIFETIME, Plan, plan_deliveries
from tocsin.deliveries.recovery import Place
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.ids import IntegrationId
from tocsin.notifications.responsible import Affected, Alerting, affected_by_place, affected_by_workspace
from tocsin.organizations.models import Organization
from tocsin.slack.messages.broken import draw_broken_place, draw_broken_workspace

log = structlog.get_logger()

LETTER = "broken"


def tell_of_place(session: Session, place: Place, reason: str, *, mailing: Mailing, now: datetime) -> None:
    """Plan the messages about a channel that has just broken; call it once for each break."""
    integration_id, channel = place
    name = find_channel_name(session, integration_id, channel) or channel
    workspace = session.get_one(Integration, integration_id).name
    told = 0
    for affected in affected_by_place(session, integration_id, channel):
        home = f"{mailing.link_base}/{affected.organization.slug}"
        body = draw_broken_place(
            channel,
            reason,
            [(rule.name, _rules_url(home, rule)) for rule in affected.rules],
            log_url=f"{home}/deliveries/?channel={channel}&state=parked",
            health_url=f"{home}/workspace/",
        )
        subject = f"place:{integration_id}:{channel}"
        told += _tell(session, subject, affected, body, now)
        facts = {"what": f"#{name} in {workspace}", "reason": reason, "page": f"{home}/workspace/"}
        told += _mail(session, mailing, subject, affected, facts, now)
    log.warning("slack.place.broken", integration_id=integration_id, channel=channel, reason=reason, told=told)


def tell_of_workspace(
    session: Session, integration_id: IntegrationId, code: str, *, mailing: Mailing, now: datetime
) -> None:
    """Plan the messages about a workspace that has just broken, through other workspaces or by mail; once a break."""
    name = session.get_one(Integration, integration_id).name
    told = 0
    for affected in affected_by_workspace(session, integration_id):
        page = f"{mailing.link_base}/{affected.organization.slug}/workspace/"
        body = draw_broken_workspace(name, code, health_url=page)
        told += _tell(session, f"workspace:{integration_id}", affected, body, now)
        facts = {"what": f"The Slack workspace {name}", "reason": reason_of_workspace(code), "page": page}
        told += _mail(session, mailing, f"workspace:{integration_id}", affected, facts, now)
    log.warning("slack.workspace.broken", integration_id=integration_id, slack_code=code, told=told)


def _tell(session: Session, subject: str, affected: Affected, body: dict[str, Any], now: datetime) -> int:
    """Plan one notice for each person; gives their number."""
    plans = list(_plans(subject, affected, body, now))
    plan_deliveries(session, plans, now=now)
    return len(plans)


def _mail(
    session: Session, mailing: Mailing, subject: str, affected: Affected, facts: dict[str, str], now: datetime
) -> int:
    """Plan one mail for each whom no chat reaches; gives their number, 0 where no mail server is configured."""
    planned = [
        plan_mail(
            session,
            mailing,
            kind=LETTER,
            to=person.email,
            data={"name": person.name, **facts},
            secrets={},
            natural_key=f"mail:{_key(subject, affected.organization, person.user_id, now)}",
            now=now,
        )
        for person in affected.by_mail
    ]
    return sum(delivery_id is not None for delivery_id in planned)


def _plans(subject: str, affected: Affected, body: dict[str, Any], now: datetime) -> Iterable[Plan]:
    for person in affected.people:
        yield Plan(
            natural_key=_key(subject, affected.organization, person.user_id, now),
            kind=NOTICE,
            integration_id=person.integration_id,
            recipient=person.external_id,
            body=body,
            expires_at=now + NOTICE_LIFETIME,
        )


def _key(subject: str, organization: Organization, user_id: int, now: datetime) -> str:
    return f"notice:{subject}:{to_milliseconds(now)}:{organization.id}:{user_id}"


def _rules_url(home: str, rule: Alerting) -> str:
    return f"{home}/projects/{rule.project_slug}/rules/"
