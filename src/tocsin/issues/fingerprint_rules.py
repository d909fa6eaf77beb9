"""The fingerprint rules of a project: kept, and tried out on the events that came last."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.events.decode import decode_event
from tocsin.events.fingerprint_rules import FingerprintRule, parse_rules, rules_in_force
from tocsin.events.grouping import Fingerprint, fingerprint_of, summary_of
from tocsin.events.models import StoredEvent
from tocsin.events.storage import unpack
from tocsin.issues.models import Issue, is_whole
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit

TRIED_OUT = 100
"""Events on which rules are tried out, the newest of the project: 20 ms of reading and decoding."""


@dataclass(frozen=True, slots=True)
class Regrouped:
    """Events of one issue that other rules would group otherwise, all of them alike."""

    issue_id: IssueId
    short_id: str
    title: str
    events: int
    becomes: str
    """What they would be grouped by, in few words."""
    line: int | None
    """The line of the new rules that speaks for them; `None` where none does any more."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would do. `taken` counts the events for which each line speaks, lines that speak for none included."""

    events: int
    regrouped: list[Regrouped]
    taken: dict[int, int]


def set_fingerprint_rules(session: Session, permit: Permit, project: Project, text: str, *, now: datetime) -> int:
    """Group what comes from now on by the rules in `text` first; gives how many there are.

    What came before stays where it is. Ingest knows of it within ten seconds.

    Raises:
        InvalidInputError: a line is no rule; the sentence names it.
    """
    text = _tidied(text)
    rules = parse_rules(text)
    if project.fingerprint_rules == text:
        return len(rules)
    project.fingerprint_rules = text
    session.flush()
    data = {"fingerprint_rules": len(rules)}
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data=data)
    return len(rules)


def preview_fingerprint_rules(session: Session, project: Project, text: str) -> Preview:
    """What the rules in `text` would group otherwise than those in force do, of the newest events of `project`.

    Raises:
        InvalidInputError: a line is no rule; the sentence names it.
    """
    rules, in_force = parse_rules(_tidied(text)), rules_in_force(project.fingerprint_rules)
    taken = dict.fromkeys((rule.number for rule in rules), 0)
    moved: Counter[tuple[IssueId, str, str, str, int | None]] = Counter()
    newest = _newest_events(session, project.id)
    for issue_id, short_id, title, payload in newest:
        event = decode_event(unpack(payload))
        before, after = fingerprint_of(event, in_force), fingerprint_of(event, rules)
        if after.rule is not None:
            taken[after.rule.number] += 1
        if before.hash != after.hash:
            moved[issue_id, short_id, title, summary_of(after), _line(after)] += 1
    regrouped = [
        Regrouped(issue_id, short_id, title, events, becomes, line)
        for (issue_id, short_id, title, becomes, line), events in moved.most_common()
    ]
    return Preview(len(newest), regrouped, taken)


def rules_of(project: Project) -> Sequence[FingerprintRule]:
    """The rules by which events of `project` are grouped now."""
    return rules_in_force(project.fingerprint_rules)


def _tidied(text: str) -> str:
    """As forms and files send it: without their ends of lines, and with one at its end."""
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip("\n")


def _line(fingerprint: Fingerprint) -> int | None:
    return fingerprint.rule.number if fingerprint.rule else None


def _newest_events(session: Session, project_id: ProjectId) -> list[tuple[IssueId, str, str, bytes]]:
    """The newest events of a project with their issues; they belong to the issues that were seen last.

    Events have no index by project and time, which each insert would pay for.
    """
    newest = func.coalesce(Issue.last_event_id, 0).label("newest")
    issues = session.execute(
        select(Issue.id, newest)
        .where(Issue.project_id == project_id, is_whole(), Issue.last_event_id.is_not(None))
        .order_by(Issue.last_seen.desc())
        .limit(TRIED_OUT)
    ).all()
    ids: list[int] = []
    for issue_id, last_event_id in sorted(issues, key=lambda row: row.newest, reverse=True):
        if len(ids) == TRIED_OUT and last_event_id < ids[-1]:
            break
        own = select(StoredEvent.id).where(StoredEvent.issue_id == issue_id)
        ids += session.scalars(own.order_by(StoredEvent.id.desc()).limit(TRIED_OUT))
        ids = nlargest(TRIED_OUT, ids)
    rows = session.execute(
        select(Issue.id, Issue.short_id, Issue.title, StoredEvent.payload)
        .join(Issue, Issue.id == StoredEvent.issue_id)
        .where(StoredEvent.id.in_(ids))
        .order_by(StoredEvent.id.desc())
    )
    return [(row.id, row.short_id, row.title, row.payload) for row in rows]
