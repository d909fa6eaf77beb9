"""Reads what a card shows, in one look at the database; `facts.CardFacts` says what that is."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.activities.describe import SENTENCES, Sentence, describe
from tocsin.activities.models import Activity, ActivityType
from tocsin.chat.models import Identity
from tocsin.events.decode import decode_event
from tocsin.events.models import StoredEvent
from tocsin.events.schema import Event
from tocsin.events.stacktrace import innermost_in_app
from tocsin.events.storage import unpack
from tocsin.issues.archiving import archived_words
from tocsin.issues.models import Issue, Substatus
from tocsin.issues.resolution import resolved_where
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.statement import Statement, is_among
from tocsin.members.models import User
from tocsin.notifications.facts import AssigneeFacts, CardFacts, ExcerptFrame
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.permalinks import find_next_card
from tocsin.organizations.models import Organization, Project, Team
from tocsin.rules.action import get_rule_action_details_by_uuid
from tocsin.rules.models import Firing, Rule

EXCERPT_FRAMES = 3
DEFAULT_TAGS = ("environment", "release")


DECISIONS = [each for each in SENTENCES if each != ActivityType.COMMENTED]
"""What a card tells as its last change. Comments stand in threads, and only where a channel wants them."""


_PAYLOAD = Statement(select(StoredEvent.payload).where(StoredEvent.id == bindparam("of_id")))
_OTHER_RULES = Statement(
    select(Firing.rule_id).where(
        Firing.issue_id == bindparam("of_issue_id"),
        Firing.fired_at == bindparam("moment"),
        Firing.id != bindparam("but"),
    )
)
_PERSON = Statement(
    select(User.name, Identity.external_id)
    .outerjoin(Identity, (Identity.user_id == User.id) & (Identity.integration_id == bindparam("of_integration_id")))
    .where(User.id == bindparam("of_user_id"))
)
_LAST = (
    select(Activity)
    .where(Activity.issue_id == bindparam("of_issue_id"), is_among(Activity.type, DECISIONS))
    .order_by(Activity.id.desc())
    .limit(1)
)


def card_facts(session: Session, parent: ParentNotification, *, link_base: str) -> CardFacts:
    """The facts of the card that `parent` stands for, as they are now; `link_base` is our address without a slash."""
    issue = session.get_one(Issue, parent.issue_id)
    project = session.get_one(Project, issue.project_id)
    firing = session.get_one(Firing, parent.firing_id)
    organization = session.get_one(Organization, project.organization_id)
    home = f"{link_base}/{organization.slug}"
    project_url = f"{home}/projects/{project.slug}/"
    event = find_newest_event(session, issue)
    return CardFacts(
        message_key=parent.message_key,
        version=issue.version,
        short_id=issue.short_id,
        title=issue.title,
        value=issue.value,
        culprit=issue.culprit,
        level=issue.level,
        issue_url=f"{home}/issues/{issue.id}/",
        project_slug=project.slug,
        project_url=project_url,
        status=issue.status,
        substatus=issue.substatus and Substatus(issue.substatus),
        archived_until=archived_words(issue.status, issue.archive),
        resolved_where=resolved_where(session, issue),
        priority=issue.priority,
        event_count=issue.event_count,
        user_count=issue.user_count,
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        rule_name=firing.rule_name,
        more_rules=_count_other_rules(session, firing),
        rule_url=f"{project_url}rules/#rule-{firing.rule_id}",
        excerpt=() if event is None else _excerpt(event),
        tags=() if event is None else _tags(session, parent, firing, event),
        assignee=_assignee(session, issue, parent.integration_id),
        last_change=_last_change(session, issue),
        is_deleted=issue.deleted_at is not None,
        merged_from=_merged_from(session, parent),
        next_card_url=find_next_card(session, parent),
    )


def find_newest_event(session: Session, issue: Issue) -> Event | None:
    """The newest stored event of `issue`; `None` once all of them have been retired."""
    found = _PAYLOAD.rows(session, {"of_id": issue.last_event_id})
    return decode_event(unpack(found[0][0])) if found else None


def _excerpt(event: Event) -> tuple[ExcerptFrame, ...]:
    return tuple(
        ExcerptFrame(
            filename=frame.filename or frame.module or frame.abs_path or "",
            function=frame.function or "",
            line_number=frame.lineno,
            source=(frame.context_line or "").strip(),
        )
        for frame in reversed(innermost_in_app(event, EXCERPT_FRAMES))
    )


def _tags(session: Session, parent: ParentNotification, firing: Firing, event: Event) -> tuple[tuple[str, str], ...]:
    """The tags that the rule's action chose, in its order, as far as the event has them."""
    rule = session.get(Rule, firing.rule_id) if firing.rule_id is not None else None
    action = None if rule is None else get_rule_action_details_by_uuid(rule, parent.rule_action_uuid)
    known = {"environment": event.environment, "release": event.release, "server_name": event.server_name, **event.tags}
    return tuple((name, value) for name in (action.tags if action else DEFAULT_TAGS) if (value := known.get(name)))


def _count_other_rules(session: Session, firing: Firing) -> int:
    """How many more rules held in the same transaction; they share this card."""
    same_moment = {"of_issue_id": firing.issue_id, "moment": firing.fired_at, "but": firing.id}
    return len({rule_id for (rule_id,) in _OTHER_RULES.rows(session, same_moment)} - {firing.rule_id})


def _assignee(session: Session, issue: Issue, integration_id: IntegrationId) -> AssigneeFacts | None:
    if issue.assignee_team_id is not None:
        return AssigneeFacts("team", session.get_one(Team, issue.assignee_team_id).slug)
    if issue.assignee_user_id is None:
        return None
    person = {"of_integration_id": integration_id, "of_user_id": issue.assignee_user_id}
    [(name, chat_user_id)] = _PERSON.rows(session, person)
    return AssigneeFacts("user", name, chat_user_id)


def _last_change(session: Session, issue: Issue) -> Sentence | None:
    last = session.scalars(_LAST, {"of_issue_id": issue.id}).one_or_none()
    return None if last is None else describe(last)


def _merged_from(session: Session, parent: ParentNotification) -> str | None:
    if parent.merged_from_id is None:
        return None
    return session.scalars(select(Issue.short_id).where(Issue.id == parent.merged_from_id)).one_or_none()
