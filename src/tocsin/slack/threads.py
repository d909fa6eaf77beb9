"""From an activity to a reply in the thread of every card of its issue."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from tocsin.activities.describe import Link, Person, Sentence, Text, describe
from tocsin.activities.models import Activity, ActivityType
from tocsin.activities.policy import is_told
from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.plan import COMMENT, REPLY, Plan, plan_delivery
from tocsin.issues.change import MESSAGE
from tocsin.issues.comments import TOLD_BY
from tocsin.issues.models import Issue
from tocsin.kernel import work
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, table_of, write
from tocsin.kernel.ids import ActivityId, DeliveryId, IntegrationId, OrganizationId
from tocsin.kernel.statement import Statement
from tocsin.members.names import find_names
from tocsin.notifications.after import REPEATS
from tocsin.notifications.merged_cards import follow_merge, follow_unmerge
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.thread_life import Thread, find_threads
from tocsin.organizations.models import Organization, Project
from tocsin.rules.repeat import Repeat
from tocsin.slack.comments import in_channels_with_comments, is_revision, reply_key, revise_comment, was_removed
from tocsin.slack.messages.reply import draw_sentence
from tocsin.slack.replies import BROADCAST_FLAG, NEW_CARD
from tocsin.slack.unannounced import Unannounced

log = structlog.get_logger()

SECONDS_TOGETHER = 0.010
"""For so long one transaction goes on with activities that wait: where many press at once a COMMIT for each is what the
writer does most. An issue with hundreds of cards takes as long by itself, and a press waits for no more than one."""

REST_AFTER_FAILURE = 30_000
"""Milliseconds before the catch-up tries an activity again that could not be told; a new one starts a run at once."""

BROADCAST = frozenset({ActivityType.REGRESSED, ActivityType.ESCALATING})
"""What a rule that tells it in a thread shows in the channel too: somebody has to look again."""

FOLLOWED = {ActivityType.MERGED: follow_merge, ActivityType.UNMERGED: follow_unmerge}
"""After these the cards belong to another issue, in whose threads they are told."""

REPLY_LIFETIME = timedelta(hours=24)
"""A reply that could not be said for a day is no help any more; it dies, counted and visible."""


@dataclass(frozen=True, slots=True)
class _Home:
    """The organization whose issue it is, as far as it matters here."""

    organization_id: OrganizationId
    slug: str
    threads_enabled: bool
    thread_policy: Mapping[str, dict[str, bool]]


def announce(database: Database, held: Held, *, clock: Clock, link_base: str, lease_seconds: float) -> None:
    """Announce every activity that nobody has announced, under the lease `held`, until there is none.

    One that fails is tried again at once, before any that follows it, each time in a transaction that has told nothing
    before; one that still fails then is left for the next run, with what must not come before it, and stops no other.
    """
    unannounced = Unannounced()
    while True:
        with write(database) as session:
            if not lease.renew(session, held, now=to_milliseconds(clock()), seconds=lease_seconds):
                return
            stop_at = time.monotonic() + SECONDS_TOGETHER
            while (found := unannounced.find_next(session)) is not None:
                now = clock()
                is_announced = _is_announced(session, found, link_base=link_base, now=now)
                if not is_announced:
                    unannounced.has_failed(session, found, now=now)
                # Looked at after the first at the earliest: where the database is far away a look alone takes as long.
                if not is_announced or time.monotonic() >= stop_at:
                    break
            if found is None:
                rest_until = to_milliseconds(clock()) + REST_AFTER_FAILURE if unannounced.is_some_left else 0
                lease.release(session, held, rest_until=rest_until)
            crash_point("announce.before_commit")
        if found is None:
            return
        crash_point("announce.between_activities")


_HELD = select(Activity).where(Activity.id == bindparam("of_id")).with_for_update()
_ANNOUNCED = Statement(
    update(table_of(Activity)).where(Activity.id == bindparam("of_id")).values(announced_at=bindparam("now"))
)
_HOME = Statement(
    select(Organization.id, Organization.slug, Organization.threads_enabled, Organization.thread_policy)
    .join(Project, Project.organization_id == Organization.id)
    .where(Project.id == bindparam("of_project_id"))
)
_SHORT_ID = Statement(select(Issue.short_id).where(Issue.id == bindparam("of_id")))


def _is_announced(session: Session, activity_id: ActivityId, *, link_base: str, now: datetime) -> bool:
    """Plan what this activity gives rise to; if that fails, nothing of it stays, and the others' does."""
    try:
        with session.begin_nested():
            send_activity_notifications_to_slack_threads(session, activity_id, link_base=link_base, now=now)
    except Exception:  # the outermost loop of this work: what failed stays due and is tried by the next run
        log.exception("slack.threads.failed", activity_id=activity_id)
        return False
    return True


def send_activity_notifications_to_slack_threads(
    session: Session, activity_id: ActivityId, *, link_base: str, now: datetime
) -> None:
    """Plan what is to be said about this activity, once; the drains of the channels say it."""
    # Held, so that whoever edits a comment at this moment finds it announced, and not half announced.
    activity = session.scalars(_HELD, {"of_id": activity_id}).one_or_none()
    if activity is None or activity.announced_at is not None:
        return
    if activity.type in FOLLOWED and activity.issue_id is not None:
        FOLLOWED[activity.type](session, activity.issue_id)
    if is_revision(activity):
        planned = retell_comment(session, activity, link_base=link_base, now=now)
    else:
        planned = notify_all_threads_for_activity(session, activity, link_base=link_base, now=now)
    session.flush()
    _ANNOUNCED.change(session, {"of_id": activity_id, "now": now})
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
    sentence = None if was_removed(activity) else describe(activity)
    if sentence is None:
        context.debug("slack.threads.no_sentence")
        return []
    home = _home_of(session, activity)
    context = context.bind(organization_id=home.organization_id)
    if not home.threads_enabled:
        context.info("slack.threads.switched_off")
        return []
    is_by_person = activity.user_id is not None
    is_for_all = is_told(home.thread_policy, activity.type, is_by_person=is_by_person)
    if not is_for_all and REPEATS not in activity.data:
        context.info("slack.threads.against_policy", is_by_person=is_by_person)
        return []
    parents = _hearers(find_parents(session, activity), activity, is_for_all=is_for_all)
    if not parents:
        context.debug("slack.threads.nobody_to_tell")
        return []

    link = _link_to_issue(session, activity, home, link_base)
    body = render_sentence(session, sentence, link)
    if activity.type == ActivityType.COMMENTED:
        parents = in_channels_with_comments(session, parents, home.organization_id)
    new_cards = _cards_opened_by(session, activity)
    planned: list[DeliveryId] = []
    for parent in parents:
        repeat = _repeat_at(parent, activity)
        told = body if repeat is None else _told_by_rule(session, sentence, link, activity, repeat)
        new_card = new_cards.get((parent.integration_id, parent.channel))
        told = told if new_card is None else told | {NEW_CARD: new_card}
        planned.append(handle_parent_notification(session, parent, activity, told, now=now))
    if activity.type == ActivityType.COMMENTED:
        activity.data = {**activity.data, TOLD_BY: planned}
    return planned


def retell_comment(session: Session, activity: Activity, *, link_base: str, now: datetime) -> list[DeliveryId]:
    """Let each thread that was told the comment say it as it is now; no policy keeps there what was taken back."""
    sentence = describe(activity)
    assert sentence is not None
    link = _link_to_issue(session, activity, _home_of(session, activity), link_base)
    return revise_comment(session, activity, render_sentence(session, sentence, link), now=now)


def find_parents(session: Session, activity: Activity) -> list[Thread]:
    """The cards whose threads hear of `activity`: opened before it happened, still there, and not too old."""
    return find_threads(session, activity.issue_id, activity.id, now=activity.at)


def render_sentence(session: Session, sentence: Sentence, issue_link: Link) -> dict[str, Any]:
    """The body of a reply, `{"text": ..., "blocks": [...]}`, with people under the names they have now."""
    people = [part.user_id for part in sentence if isinstance(part, Person) and part.user_id is not None]
    text, blocks = draw_sentence(sentence, issue_link=issue_link, names=find_names(session, people))
    return {"text": text, "blocks": blocks}


def handle_parent_notification(
    session: Session, parent: Thread, activity: Activity, body: dict[str, Any], *, now: datetime
) -> DeliveryId:
    """Plan one reply in the thread of `parent`; its address is the parent's own, whatever became of the rule."""
    plan = Plan(
        natural_key=reply_key(activity.id, parent.id),
        kind=COMMENT if activity.type == ActivityType.COMMENTED else REPLY,
        integration_id=parent.integration_id,
        channel=parent.channel,
        follows_id=parent.card_delivery_id,
        body=body,
        expires_at=now + REPLY_LIFETIME,
    )
    return plan_delivery(session, plan, now=now)


def _home_of(session: Session, activity: Activity) -> _Home:
    [row] = _HOME.typed_rows(session, {"of_project_id": activity.project_id})
    return _Home(*row)


def _link_to_issue(session: Session, activity: Activity, home: _Home, link_base: str) -> Link:
    [(short_id,)] = _SHORT_ID.rows(session, {"of_id": activity.issue_id})
    return Link(short_id, f"{link_base}/{home.slug}/issues/{activity.issue_id}/")


def _repeat_at(parent: Thread, activity: Activity) -> dict[str, str] | None:
    """What a rule wants said of `activity` in the thread of `parent`; `None` where no rule held for it there."""
    return activity.data.get(REPEATS, {}).get(str(parent.id))


def _hearers(parents: Sequence[Thread], activity: Activity, *, is_for_all: bool) -> list[Thread]:
    """The cards whose threads are told: a rule that held decides for its whole channel, whatever the policy is.

    It held for the newest card there; what is to be quiet in that thread is not told in an older one beside it.
    """
    quiet = {
        (each.integration_id, each.channel)
        for each in parents
        if (repeat := _repeat_at(each, activity)) is not None and repeat["repeat"] == Repeat.UPDATE_ONLY
    }
    return [
        each
        for each in parents
        if (each.integration_id, each.channel) not in quiet and (is_for_all or _repeat_at(each, activity) is not None)
    ]


def _told_by_rule(
    session: Session, sentence: Sentence, link: Link, activity: Activity, repeat: dict[str, str]
) -> dict[str, Any]:
    """The body of a repeat: it names its rule, and is shown in the channel too where the rule or the matter asks it."""
    body = render_sentence(session, [*sentence, Text(f" (rule {repeat['rule']})")], link)
    is_loud = activity.type in BROADCAST or repeat["repeat"] == Repeat.THREAD_AND_BROADCAST
    return body | {BROADCAST_FLAG: True} if is_loud else body


def _cards_opened_by(session: Session, activity: Activity) -> dict[tuple[IntegrationId, str], DeliveryId]:
    """The new cards that tell `activity` themselves, by the channel in which each stands.

    The moment is the same, and the card may have been opened after an assignment that came with the return.
    """
    if activity.type not in BROADCAST:
        return {}
    rows = session.execute(
        select(
            ParentNotification.integration_id, ParentNotification.channel, ParentNotification.card_delivery_id
        ).where(
            ParentNotification.issue_id == activity.issue_id,
            ParentNotification.opened_after >= activity.id,
            ParentNotification.created_at == activity.at,
        )
    )
    return {(integration_id, channel): card for integration_id, channel, card in rows}
