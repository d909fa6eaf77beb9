"""Muting: a rule that is too loud is not asked for a while, or no more, until somebody lets it speak again."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit
from tocsin.rules.models import Rule

LONGEST = timedelta(days=366)


def mute_rule(session: Session, rule: Rule, permit: Permit, until: datetime | None, *, now: datetime) -> None:
    """`rule` is not asked before `until`; with `None` not until it is unmuted. What it announced keeps its threads.

    Raises:
        InvalidInputError: the moment is past, or more than a year away.
    """
    if until is not None and not now < until <= now + LONGEST:
        raise InvalidInputError("Mute a rule until a moment in the future, a year away at most, or for good.")
    rule.muted_until, rule.is_active = until, until is not None
    _audit(session, rule, permit, "good" if until is None else until.isoformat(), now)


def unmute_rule(session: Session, rule: Rule, permit: Permit, *, now: datetime) -> None:
    """`rule` is asked again from now on; nothing is said of what happened meanwhile."""
    rule.muted_until, rule.is_active = None, True
    _audit(session, rule, permit, None, now)


def is_muted(rule: Rule, *, now: datetime) -> bool:
    """Whether `rule` is not asked at this moment."""
    return not rule.is_active or (rule.muted_until is not None and now < rule.muted_until)


def _audit(session: Session, rule: Rule, permit: Permit, until: str | None, now: datetime) -> None:
    session.flush()
    data = {"name": rule.name, "muted_until": until}
    create_audit_entry(session, permit, AuditEvent.RULE_EDIT, target=f"rule:{rule.id}", now=now, data=data)
