"""Which activities are told in threads: a table of defaults, and what each organization has chosen otherwise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from tocsin.activities.describe import SENTENCES
from tocsin.activities.models import ActivityType
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Permit


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a type of activity is told in threads: when a person did it, and when the system did."""

    user: bool = True
    system: bool = False

    def allows(self, *, is_by_person: bool) -> bool:
        """Whether an activity of this kind of actor is told."""
        return self.user if is_by_person else self.system


STATUS_CHANGES = ("resolved", "regressed", "reopened", "escalating", "deployed")
"""How the names of those types begin that are told from the system too: nobody was there to see them happen."""


def default_of(activity_type: str) -> Told:
    """What is told of this type where the organization chose nothing: what people do, and each change of status."""
    return Told(system=activity_type.startswith(STATUS_CHANGES))


DEFAULTS: Mapping[ActivityType, Told] = MappingProxyType({each: default_of(each) for each in SENTENCES})
"""Every type that has a sentence. The others are never told, whatever anybody chooses."""


def get_told_type(name: str) -> ActivityType:
    """The type of that name.

    Raises:
        InvalidInputError: there is none, or it is never told.
    """
    found = next((each for each in DEFAULTS if each == name), None)
    if found is None:
        raise InvalidInputError(f"Nothing is told of {name!r}; there are {', '.join(DEFAULTS)}.")
    return found


def policy_of(organization: Organization) -> dict[ActivityType, Told]:
    """What is told of each type in the threads of `organization`."""
    return {each: _told(organization.thread_policy, each, default) for each, default in DEFAULTS.items()}


def is_told(chosen: Mapping[str, dict[str, bool]], activity_type: ActivityType, *, is_by_person: bool) -> bool:
    """Whether the policy of an organization that has `chosen` this (`Organization.thread_policy`) lets this be told.

    A type without a sentence never is.
    """
    default = DEFAULTS.get(activity_type)
    return default is not None and _told(chosen, activity_type, default).allows(is_by_person=is_by_person)


def _told(chosen: Mapping[str, dict[str, bool]], activity_type: ActivityType, default: Told) -> Told:
    return replace(default, **chosen.get(activity_type, {}))


def set_policy(
    session: Session,
    organization: Organization,
    permit: Permit,
    chosen: Mapping[ActivityType, Told],
    *,
    now: datetime,
) -> dict[ActivityType, Told]:
    """Choose what is told of the types in `chosen`; gives the whole policy as it is then.

    What equals its default is not kept, so that a default which changes later changes for everybody who left it alone.
    """
    before = policy_of(organization)
    wanted = {**before, **chosen}
    organization.thread_policy = {name: asdict(told) for name, told in wanted.items() if told != DEFAULTS[name]}
    changed = {name: asdict(told) for name, told in wanted.items() if told != before[name]}
    if changed:
        _on_record(session, organization, permit, {"threads": changed}, now=now)
    return wanted


def switch_threads(session: Session, organization: Organization, permit: Permit, *, is_on: bool, now: datetime) -> None:
    """Let threads be answered, or say nothing in any of them; cards are posted and redrawn either way."""
    if organization.threads_enabled == is_on:
        return
    organization.threads_enabled = is_on
    _on_record(session, organization, permit, {"threads_enabled": is_on}, now=now)


def _on_record(
    session: Session, organization: Organization, permit: Permit, data: dict[str, object], *, now: datetime
) -> None:
    session.flush()
    create_audit_entry(
        session,
        permit,
        AuditEvent.ORGANIZATION_EDIT,
        target=f"organization:{organization.id}",
        now=now,
        data=data,
    )
