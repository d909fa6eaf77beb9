"""Finds what the entries of the audit log tell of: name and page of what is still there and the reader may see."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.chat.channels import channel_names
from tocsin.chat.workspaces import list_workspaces
from tocsin.issues.models import Issue
from tocsin.kernel.ids import IntegrationId
from tocsin.members.models import Member, User
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.models import Release, Team
from tocsin.rules.models import Rule
from tocsin.web.audit_words import NOUNS, Thing, thing_in
from tocsin.web.place import Place

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
"""A part of an address may stand in a target; what is longer fits no key."""

COMING_AND_GOING = frozenset({AuditEvent.MEMBER_ADD, AuditEvent.MEMBER_REMOVE})
FORMER = "former member"
"""Kind of those who are no members; their number is that of the account."""


@dataclass(frozen=True, slots=True)
class Found:
    """A thing as it is now."""

    thing: Thing
    since: datetime | None = None
    """When it was made. SQLite gives the ids of deleted rows out again, so what is older tells of another one. `None`:
    its row is never deleted."""


Key = tuple[str, str]
"""A kind and an id, as they stand in a target."""


def find_things(session: Session, place: Place, entries: Sequence[AuditEntry]) -> dict[Key, Found]:
    """What the entries' targets are, of all that the reader of `place` may see; what they may not is left out."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        kind, _, number = (entry.target or "").partition(":")
        if _NUMBER.fullmatch(number):
            wanted.setdefault(kind, set()).add(int(number))
    root = f"/{place.organization.slug}"
    name = place.organization.name
    found = {("organization", str(place.organization.id)): Found(Thing(NOUNS["organization"], name))}
    for lines in (
        _projects(place, root),
        _issues(session, place, root, wanted),
        _comments(session, place, root, wanted),
        _rules(session, place, root, wanted),
        _releases(session, place, root, wanted),
        _teams(session, place, root, wanted),
        _people(session, place, root, wanted),
        _former_people(session, entries),
        _workspaces(session, place, root),
    ):
        found.update(lines)
    return found


def find_channels(session: Session, place: Place, entries: Iterable[AuditEntry]) -> dict[str, str]:
    """What the channels are called (`#ops`) of which the entries tell, by their ids; others stay ids."""
    wanted: dict[int, set[str]] = {one.id: set() for one in list_workspaces(session, place.organization.id)}
    for entry in entries:
        for integration_id, channel in _channels_in(entry):
            if integration_id in wanted:
                wanted[integration_id].add(channel)
    return {
        channel: f"#{name}"
        for integration_id, channels in wanted.items()
        if channels
        for channel, name in channel_names(session, IntegrationId(integration_id), channels).items()
    }


def thing_of(entry: AuditEntry, found: Mapping[Key, Found], channels: Mapping[str, str]) -> Thing | None:
    """What `entry` was about: as it is called now, or else as the entry itself has it; `None` for nothing."""
    if entry.target is None:
        return None
    kind, _, number = entry.target.partition(":")
    known = found.get((kind, number))
    if known is not None and (known.since is None or known.since <= entry.at):
        return known.thing
    if kind == "member" and (FORMER, str(entry.data.get("user_id"))) in found:
        return found[FORMER, str(entry.data["user_id"])].thing
    if kind == "channel":
        channel = number.rpartition(":")[2]
        return Thing(NOUNS[kind], channels.get(channel, channel))
    return thing_in(entry.target, entry.data)


def _channels_in(entry: AuditEntry) -> Iterator[tuple[int, str]]:
    """The channels of which an entry tells, each with its workspace."""
    if entry.channel is not None and entry.integration_id is not None:
        yield entry.integration_id, entry.channel
    integration_id, channel = entry.data.get("integration_id"), entry.data.get("channel")
    if isinstance(integration_id, int) and isinstance(channel, str):
        yield integration_id, channel
    kind, _, rest = (entry.target or "").partition(":")
    number, _, target = rest.rpartition(":")
    if kind == "channel" and _NUMBER.fullmatch(number):
        yield int(number), target
    elif kind == "channel" and isinstance(integration_id, int):
        yield integration_id, rest


def _projects(place: Place, root: str) -> dict[Key, Found]:
    return {
        ("project", str(one.id)): Found(Thing(NOUNS["project"], one.slug, f"{root}/projects/{one.slug}/"))
        for one in place.projects
    }


def _issues(session: Session, place: Place, root: str, wanted: Mapping[str, set[int]]) -> dict[Key, Found]:
    rows = session.execute(
        select(Issue.id, Issue.short_id, Issue.deleted_at).where(
            Issue.id.in_(wanted.get("issue", ())), Issue.project_id.in_(place.project_ids())
        )
    )
    return {
        ("issue", str(issue_id)): Found(Thing("", name, None if deleted_at else f"{root}/issues/{issue_id}/"))
        for issue_id, name, deleted_at in rows
    }


def _comments(session: Session, place: Place, root: str, wanted: Mapping[str, set[int]]) -> dict[Key, Found]:
    rows = session.execute(
        select(Activity.id, Activity.at, Issue.id, Issue.short_id)
        .join(Issue, Issue.id == Activity.issue_id)
        .where(
            Activity.id.in_(wanted.get("comment", ())),
            Issue.project_id.in_(place.project_ids()),
            Issue.deleted_at.is_(None),
        )
    )
    return {
        ("comment", str(said)): Found(Thing(NOUNS["comment"], name, f"{root}/issues/{issue_id}/#activity"), at)
        for said, at, issue_id, name in rows
    }


def _rules(session: Session, place: Place, root: str, wanted: Mapping[str, set[int]]) -> dict[Key, Found]:
    slugs = {one.id: one.slug for one in place.projects}
    rows = session.execute(
        select(Rule.id, Rule.name, Rule.project_id, Rule.created_at).where(
            Rule.id.in_(wanted.get("rule", ())), Rule.project_id.in_(place.project_ids())
        )
    )
    return {
        ("rule", str(rule_id)): Found(
            Thing(NOUNS["rule"], name, f"{root}/projects/{slugs[project_id]}/rules/#rule-{rule_id}"), made
        )
        for rule_id, name, project_id, made in rows
    }


def _releases(session: Session, place: Place, root: str, wanted: Mapping[str, set[int]]) -> dict[Key, Found]:
    rows = session.execute(
        select(Release.id, Release.version, Release.first_seen).where(
            Release.id.in_(wanted.get("release", ())), Release.project_id.in_(place.project_ids())
        )
    )
    return {
        ("release", str(release_id)): Found(
            Thing(NOUNS["release"], version, f"{root}/releases/{release_id}/"), first_seen
        )
        for release_id, version, first_seen in rows
    }


def _teams(session: Session, place: Place, root: str, wanted: Mapping[str, set[int]]) -> dict[Key, Found]:
    rows = session.execute(
        select(Team.id, Team.slug, Team.created_at).where(
            Team.id.in_(wanted.get("team", ())), Team.organization_id == place.organization.id
        )
    )
    return {
        ("team", str(team_id)): Found(Thing(NOUNS["team"], f"#{slug}", f"{root}/teams/{slug}/"), made)
        for team_id, slug, made in rows
    }


def _people(session: Session, place: Place, root: str, wanted: Mapping[str, set[int]]) -> dict[Key, Found]:
    """Members, by their place and by their account. An account is never deleted; a place is."""
    is_wanted = Member.id.in_(wanted.get("member", ())) | Member.user_id.in_(wanted.get("user", ()))
    rows = session.execute(
        select(Member.id, Member.created_at, User.id, User.name)
        .join(User, User.id == Member.user_id)
        .where(Member.organization_id == place.organization.id, is_wanted)
    )
    found: dict[Key, Found] = {}
    for member_id, made, user_id, name in rows:
        thing = Thing("", name, f"{root}/members/#member-{member_id}")
        found["member", str(member_id)] = Found(thing, made)
        found["user", str(user_id)] = Found(thing)
    return found


def _former_people(session: Session, entries: Iterable[AuditEntry]) -> dict[Key, Found]:
    """Whoever had a place here once, by what the entries of their coming and going keep.

    Nobody chooses what stands there, as whoever is refused chooses a target by the address they ask for.
    """
    of_places = (each for each in entries if each.event in COMING_AND_GOING)
    ids = {each.data["user_id"] for each in of_places if isinstance(each.data.get("user_id"), int)}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {(FORMER, str(user_id)): Found(Thing("", name)) for user_id, name in rows}


def _workspaces(session: Session, place: Place, root: str) -> dict[Key, Found]:
    return {
        ("integration", str(one.id)): Found(Thing(NOUNS["integration"], one.name, f"{root}/workspace/"))
        for one in list_workspaces(session, place.organization.id)
    }
