"""What a project wants taken out of its events, or left in, beside the secrets that are taken out of all."""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from tocsin.events.scrubbing import ScrubRules
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit

MAX_NAMES, MAX_NAME = 100, 64
NAME = re.compile(r"[\w.$-]*[a-zA-Z0-9][\w.$-]*", re.ASCII)
BETWEEN = re.compile(r"[\s,;]+")


def scrub_rules_of(project: Project) -> ScrubRules:
    """What is in force for the project."""
    return msgspec.convert(project.scrub_rules, ScrubRules)


def set_scrub_rules(session: Session, permit: Permit, project: Project, rules: ScrubRules, *, now: datetime) -> None:
    """Scrub what comes from now on by `rules`; what is stored stays as it is. Ingest knows of it within ten seconds.

    Raises:
        InvalidInputError: a name that cannot be one, too many, or one that is to be taken out and left in.
    """
    for names in (rules.more_names, rules.harmless_names):
        _require_names(names)
    both = rules.more_names & rules.harmless_names
    if both:
        raise InvalidInputError(f"{min(both)} cannot be taken out and left in.")
    if scrub_rules_of(project) == rules:
        return
    kept = {
        "more_names": sorted(rules.more_names),
        "harmless_names": sorted(rules.harmless_names),
        "emails": rules.emails,
        "ip_addresses": rules.ip_addresses,
    }
    project.scrub_rules = kept
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data={"scrub_rules": kept}
    )


def split_names(text: str) -> frozenset[str]:
    """The names in what somebody typed, with spaces, commas or ends of lines between them."""
    return frozenset(filter(None, BETWEEN.split(text)))


def _require_names(names: Iterable[str]) -> None:
    names = list(names)
    if len(names) > MAX_NAMES:
        raise InvalidInputError(f"A project has at most {MAX_NAMES} names of a kind, not {len(names)}.")
    for name in names:
        if len(name) > MAX_NAME or NAME.fullmatch(name) is None:
            raise InvalidInputError(
                f"{name[:40]!r} cannot be a name: use letters, digits, dots, - and _, {MAX_NAME} of them at most."
            )
