"""From an activity to a reply in the thread of every card of its issue."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tocsin.activities.describe import Link, Person, Sentence, describe
from tocsin.activities.models import Activity
from tocsin.activities.policy import is_told
from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.plan import REPLY, Plan, plan_delivery
from tocsin.issues.change import MESSAGE
from tocsin.issues.models import Issue
from tocsin.kernel import work
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import ActivityId, DeliveryId
from tocsin.members.models import User
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.models import Organization, Project
from tocsin.slack.messages.reply import draw_sentence

log = structlog.get_logger()

REST_AFTER_FAILURE = 30_000
"""Milliseconds before the catch-up tries an activity again that could not be told; a new one starts a run at once."""

REPLY_LIFETIME = timedelta(hours=24)
"""A reply that could not be said for a day is no help any more; it dies, counted and visible."""


def announce(database: Database, held: Held, *, clock: Clock, link_base: str, lease_seconds: float) -> None:
    """Announce every activity that nobody has announced, under the lease `held`, until there is none.

    Each stands in a transaction of its own, so that one which fails is left for the next run and stops no other.
    """
    last, rest_until = ActivityId(0), 0
    while True:
        with write(database) as session:
            if not lease.renew(session, held, now=to_milliseconds(clock()), seconds=lease_seconds):
                return
            activity_id = find_unannounced(session, after=last)
            if activity_id is None:
                lease.release(session, held, rest_until=rest_until)
                return
        last = activity_id
        try:
            with write(database) as session:
                send_activity_notifications_to_slack_threads(session, activity_id, link_base=link_base, now=clock())
                crash_point("announce.before_commit")
        except Exception:  # the outermost loop of this work: what failed stays due and is tried by the next run
            log.exception("slack.threads.failed", activity_id=activity_id)
            rest_until = to_milliseconds(clock()) + REST_AFTER_FAILURE
        crash_point("announce.between_activities")


def find_unannounced(session: Session, *, after: ActivityId) -> ActivityId | None:
    """The first activity behind `after` that nobody has looked at yet; they are told in the order they happened."""
    return session.scalars(
        select(Activity.id).where(Activity.announced_at.is_(None), Activity.id > after).order_by(Activity.id).limit(1)
    ).first()


def send_activity_notifications_to_slack_threads(
    session: Session, activity_id: ActivityId, *, link_base: str, now: datetime
) -> None:
    """Plan what is to be said about this activity, once; the drains of the channels say it."""
    activity = session.get(Activity, activity_id)
    if activity is None or activity.announced_at is not None:
        return
    planned = notify_all_threads_for_activity(session, activity, link_base=link_base, now=now)
    session.execute(update(Activity).where(Activity.id == activity_id).values(announced_at=now))
    if activity.issue_id is not None:
        # A verb of another process (the command line) left no note with this one: its cards are due all the same.
        work.ask(session, MESSAGE, activity.issue_id)
    log.info("slack.threads.planned", activity_id=activity_id, issue_id=activity.issue_id, replies=len(planned))


def notify_all_threads_for_activity(
    session: Session, activity: Activity, *, link_base: str, now: datetime
) -> list[DeliveryId]:
    """Decide whether `activity` is worth announcing, and plan a reply in the thread of every card of its issue.

    The sentence is rendered once and says the same in every thread.
    """
    context = log.bind(activity_id=activity.id, activity_type=activity.type, project_id=activity.project_id)
    if activity.issue_id is None:
        context.info("slack.threads.no_issue")
        return []
    context = context.bind(issue_id=activity.issue_id)
    sentence = describe(activity)
    if sentence is None:
        context.debug("slack.threads.no_sentence")
        return []
    project = session.get_one(Project, activity.project_id)
    organization = session.get_one(Organization, project.organization_id)
    context = context.bind(organization_id=organization.id)
    if not organization.threads_enabled:
        context.info("slack.threads.switched_off")
        return []
    is_by_person = activity.user_id is not None
    if not is_told(organization, activity.type, is_by_person=is_by_person):
        context.info("slack.threads.against_policy", is_by_person=is_by_person)
        return []
    parents = find_parents(session, activity)
    if not parents:
        context.debug("slack.threads.nobody_to_tell")
        return []

    issue = session.get_one(Issue, activity.issue_id)
    link = Link(issue.short_id, f"{link_base}/{organization.slug}/issues/{issue.id}/")
    body = render_sentence(session, sentence, link)
    return [handle_parent_notification(session, parent, activity, body, now=now) for parent in parents]


def find_parents(session: Session, activity: Activity) -> Sequence[ParentNotification]:
    """The cards whose threads hear of `activity`: those that were opened before it happened and still stand."""
    return session.scalars(
        select(ParentNotification)
        .where(
            ParentNotification.issue_id == activity.issue_id,
            ParentNotification.opened_after < activity.id,
            ParentNotification.gone_reason.is_(None),
        )
        .order_by(ParentNotification.id)
    ).all()


def render_sentence(session: Session, sentence: Sentence, issue_link: Link) -> dict[str, object]:
    """The body of a reply, `{"text": ..., "blocks": [...]}`, with people under the names they have now."""
    people = [part.user_id for part in sentence if isinstance(part, Person) and part.user_id is not None]
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    text, blocks = draw_sentence(sentence, issue_link=issue_link, names=names)
    return {"text": text, "blocks": blocks}


def handle_parent_notification(
    session: Session, parent: ParentNotification, activity: Activity, body: dict[str, object], *, now: datetime
) -> DeliveryId:
    """Plan one reply in the thread of `parent`; its address is the parent's own, whatever became of the rule."""
    plan = Plan(
        natural_key=f"reply:{activity.id}:{parent.id}",
        kind=REPLY,
        integration_id=parent.integration_id,
        channel=parent.channel,
        follows_id=parent.card_delivery_id,
        body=body,
        expires_at=now + REPLY_LIFETIME,
    )
    return plan_delivery(session, plan, now=now)
