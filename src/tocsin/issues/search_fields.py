"""What a search can name: for each field its values, and the condition in SQL that they amount to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tocsin.events.schema import MAX_TAG
from tocsin.issues.models import Issue, IssuePriority, IssueStatus, IssueTag, Substatus
from tocsin.issues.search_query import SearchError, Term, Value, canonical_name
from tocsin.issues.tag_patterns import has_value_like
from tocsin.kernel.ids import OrganizationId, ProjectId, TeamId, UserId
from tocsin.members.models import Member, TeamMembership, User
from tocsin.organizations.models import Project, Release
from tocsin.organizations.queries import find_team
from tocsin.organizations.release_order import newest

T = TypeVar("T")
Condition = ColumnElement[bool]

LEVELS = ("fatal", "error", "warning", "info", "debug")
COMPARED = re.compile(r"(>=|<=|>|<)?(.+)", re.DOTALL)
NUMBER = re.compile(r"[0-9]{1,15}")
AGO = re.compile(r"-?([0-9]{1,5})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
RELEASES_COMPARED = 500
"""Of each project, newest first: `release:latest` need not look at those of years ago."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who searches, and what they may see."""

    session: Session
    organization_id: OrganizationId
    user_id: UserId
    projects: Sequence[Project]
    """Those that they may see: nothing else is found, and no other is known by name."""
    now: datetime

    def like(self, column: ColumnElement[str] | InstrumentedAttribute[str], pattern: str) -> Condition:
        """Whether `column` is like `pattern`, in any case of letters; `/` takes a wildcard for what it is."""
        # SQLite's LIKE knows no case of ASCII letters, and is three times as fast without lower() on both sides.
        return column.like(pattern, escape="/") if self.is_on_sqlite else column.ilike(pattern, escape="/")

    @property
    def is_on_sqlite(self) -> bool:
        """Whether the database is SQLite, which plans without statistics."""
        return self.session.get_bind().dialect.name == "sqlite"


@dataclass(frozen=True, slots=True)
class Field:
    """A row of `FIELDS`: the condition for one value, and what to tell somebody who does not know the field."""

    condition: Callable[[Asker, Value], Condition]
    example: str
    meaning: str


def condition_of(asker: Asker, term: Term) -> Condition:
    """What `term` asks of an issue; several values are any of them.

    Raises:
        SearchError: a value is none that the field can have, or names nothing that the asker knows of.
    """
    if term.name is None:
        found = _says(asker, term.values[0])
    else:
        field = FIELDS.get(canonical_name(term.name))
        one = field.condition if field is not None else _tag_condition(term.name)
        found = or_(*(one(asker, value) for value in term.values))
    # What is unknown (nobody's assignee) is not what was asked for, and so it is what was asked for not to be.
    return ~func.coalesce(found, false()) if term.is_negated else found


def _says(asker: Asker, value: Value) -> Condition:
    pattern = f"%{_escape(value.text)}%"
    return or_(*(asker.like(column, pattern) for column in (Issue.title, Issue.value, Issue.culprit, Issue.short_id)))


def _escape(text: str) -> str:
    return _storable(text).replace("/", "//").replace("%", "/%").replace("_", "/_")


def _storable(text: str) -> str:
    """What of a text a database can hold: PostgreSQL knows no NUL, not even to compare with."""
    return text.replace("\x00", "")


def _one_of(value: Value, known: Mapping[str, T]) -> T:
    """What the value means, in any case of letters.

    Raises:
        SearchError: it is none of `known`, which the message names.
    """
    found = known.get(value.text.lower())
    if found is None:
        raise SearchError(f"There is no {value.text!r} here; there are {', '.join(known)}.", value.place)
    return found


def _is_unresolved(substatus: Substatus) -> Condition:
    return and_(Issue.status == IssueStatus.UNRESOLVED, Issue.substatus == substatus)


_HAS_ASSIGNEE = or_(Issue.assignee_user_id.is_not(None), Issue.assignee_team_id.is_not(None))
_STATES: Mapping[str, Condition] = MappingProxyType(
    {
        **{str(status): Issue.status == status for status in IssueStatus},
        **{
            str(each): _is_unresolved(each)
            for each in (Substatus.NEW, Substatus.ONGOING, Substatus.REGRESSED, Substatus.ESCALATING)
        },
        "assigned": _HAS_ASSIGNEE,
        "unassigned": ~_HAS_ASSIGNEE,
    }
)


def _is(_asker: Asker, value: Value) -> Condition:
    return _one_of(value, _STATES)


def _assigned(asker: Asker, value: Value) -> Condition:
    match value.text.lower():
        case "me":
            return Issue.assignee_user_id == asker.user_id
        case "my-teams" | "my_teams":
            return Issue.assignee_team_id.in_(_teams_of(asker))
        case "none" | "nobody":
            return ~_HAS_ASSIGNEE
    if value.text.startswith("#"):
        return Issue.assignee_team_id == _get_team(asker, value)
    return Issue.assignee_user_id == _get_member(asker, value)


def _teams_of(asker: Asker) -> Select[TeamId]:
    return (
        select(TeamMembership.team_id)
        .join(Member, Member.id == TeamMembership.member_id)
        .where(Member.user_id == asker.user_id, Member.organization_id == asker.organization_id)
    )


def _get_team(asker: Asker, value: Value) -> TeamId:
    team = find_team(asker.session, asker.organization_id, _storable(value.text.removeprefix("#")))
    if team is None:
        raise SearchError(f"There is no team {value.text} here.", value.place)
    return team.id


def _get_member(asker: Asker, value: Value) -> UserId:
    found = asker.session.scalar(
        select(User.id)
        .join(Member, Member.user_id == User.id)
        .where(Member.organization_id == asker.organization_id, func.lower(User.email) == _storable(value.text.lower()))
    )
    if found is None:
        raise SearchError(
            f"Nobody here has the e-mail {value.text}; there are me, none, my-teams, an e-mail and #team.", value.place
        )
    return found


def _level(_asker: Asker, value: Value) -> Condition:
    return Issue.level == _one_of(value, {level: level for level in LEVELS})


def _priority(_asker: Asker, value: Value) -> Condition:
    return Issue.priority == _one_of(value, {str(priority): priority for priority in IssuePriority})


def _project(asker: Asker, value: Value) -> Condition:
    found = next((project for project in asker.projects if project.slug == value.text.lower()), None)
    if found is None:
        raise SearchError(f"There is no project {value.text!r}, or you may not see it.", value.place)
    return Issue.project_id == found.id


def _release(asker: Asker, value: Value) -> Condition:
    if value.is_quoted or value.text.lower() != "latest":
        return _tag_condition("release")(asker, value)
    versions = {project.id: _latest_version(asker.session, project.id) for project in asker.projects}
    return or_(
        false(),
        *(
            and_(Issue.project_id == project_id, _has_tag(IssueTag.name == "release", IssueTag.value == version))
            for project_id, version in versions.items()
            if version is not None
        ),
    )


def _latest_version(session: Session, project_id: ProjectId) -> str | None:
    """The current release of a project, as its tag has it."""
    of_project = select(Release).where(Release.project_id == project_id)
    current = newest(session.scalars(of_project.order_by(Release.first_seen.desc()).limit(RELEASES_COMPARED)).all())
    return None if current is None else current.version[:MAX_TAG]


def _tag_condition(name: str) -> Callable[[Asker, Value], Condition]:
    """`name:value` for a tag; `tag.name:value` where a field has its name."""
    tag = _storable(name.removeprefix("tag."))

    def condition(asker: Asker, value: Value) -> Condition:
        text = _storable(value.text[:MAX_TAG])
        if value.is_quoted or "*" not in text:
            return _has_tag(IssueTag.name == tag, IssueTag.value == text)
        pattern = "%".join(_escape(part) for part in text.split("*"))
        return has_value_like(asker.session, tag, lambda column: asker.like(column, pattern))

    return condition


def _has(_asker: Asker, value: Value) -> Condition:
    if value.text.lower() in ("assignee", "assigned"):
        return _HAS_ASSIGNEE
    return _has_tag(IssueTag.name == _storable(value.text))


def _has_tag(*conditions: Condition) -> Condition:
    # IN, not EXISTS: of a frequent value SQLite then reads one range of an index, and of a rare one too.
    return Issue.id.in_(select(IssueTag.issue_id).where(*conditions))


def _times(_asker: Asker, value: Value) -> Condition:
    return _count(Issue.event_count, value)


def _users(_asker: Asker, value: Value) -> Condition:
    return _count(Issue.user_count, value)


def _count(column: InstrumentedAttribute[int], value: Value) -> Condition:
    operator, text = _compared(value)
    if not NUMBER.fullmatch(text):
        raise SearchError(f"{value.text!r} is no number; write one like >100, <=5 or 1.", value.place)
    return _compare(column, operator or "=", int(text))


def _first_seen(asker: Asker, value: Value) -> Condition:
    return _moment(asker, Issue.first_seen, value)


def _last_seen(asker: Asker, value: Value) -> Condition:
    return _moment(asker, Issue.last_seen, value)


def _moment(asker: Asker, column: InstrumentedAttribute[datetime], value: Value) -> Condition:
    """`>-24h`, `<2026-11-01`; a day without an operator is that day, `-24h` the last so many hours."""
    operator, text = _compared(value)
    try:
        ago = AGO.fullmatch(text)
        if ago is not None:
            return _compare(column, operator or ">=", asker.now - timedelta(**{UNITS[ago[2]]: int(ago[1])}))
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if operator is None and ":" not in text:
            return and_(column >= moment, column < moment + timedelta(days=1))
    except (ValueError, OverflowError):
        words = "write >-24h, <-7d, 2026-11-01 or >2026-11-01T14:30 (in UTC)"
        raise SearchError(f"{value.text!r} is no time; {words}.", value.place) from None
    return _compare(column, operator or "=", moment)


def _compared(value: Value) -> tuple[str | None, str]:
    match = COMPARED.fullmatch(value.text)
    assert match is not None
    return match[1], match[2]


def _compare(column: InstrumentedAttribute[T], operator: str, other: T) -> Condition:
    match operator:
        case ">":
            return column > other
        case ">=":
            return column >= other
        case "<":
            return column < other
        case "<=":
            return column <= other
        case _:
            return column == other


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "is": Field(
            _is,
            "is:unresolved",
            "unresolved, resolved, archived; new, ongoing, regressed, escalating; assigned, unassigned",
        ),
        "assigned": Field(_assigned, "assigned:me", "me, none, my-teams, the e-mail of a member, or #team"),
        "level": Field(_level, "level:error", "fatal, error, warning, info or debug"),
        "priority": Field(_priority, "priority:high", "high, medium or low"),
        "project": Field(_project, "project:web", "the project's short name"),
        "environment": Field(_tag_condition("environment"), "environment:production", "seen in it, at any time"),
        "release": Field(_release, "release:shop@2.4.*", "seen in it; latest is each project's current one"),
        "first-seen": Field(
            _first_seen, "first-seen:>-24h", "after (>) or before (<) a time ago (m, h, d, w) or a day, in UTC"
        ),
        "last-seen": Field(_last_seen, "last-seen:<2026-11-01", "the same of the last event"),
        "times": Field(_times, "times:>100", "how many events, with >, >=, < or <="),
        "users": Field(_users, "users:>10", "how many different users it hit"),
        "has": Field(_has, "has:browser", "some event had this tag"),
    }
)
"""What can be named; every other name is that of a tag."""
