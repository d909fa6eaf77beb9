"""Comments in threads: told where a channel wants them, and told otherwise, or taken back, wherever they were told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.chat.comment_channels import comment_channels
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.revise import revise, withdraw
from tocsin.issues.comments import IS_REMOVED, IS_REVISED, TOLD_BY
from tocsin.kernel.ids import ActivityId, DeliveryId, OrganizationId, ParentNotificationId
from tocsin.notifications.thread_life import Thread

COMMENT_LIFETIME = timedelta(hours=24)
"""Like any other reply: what could not be said for a day is no help in a thread any more."""

TOMBSTONE = "This comment was removed."


def is_revision(activity: Activity) -> bool:
    """Whether threads may have been told `activity` already, and it is otherwise now."""
    return bool(activity.data.get(IS_REVISED))


def was_removed(activity: Activity) -> bool:
    """Whether there is nothing to tell any more."""
    return bool(activity.data.get(IS_REMOVED))


def in_channels_with_comments(
    session: Session, parents: Sequence[Thread], organization_id: OrganizationId
) -> list[Thread]:
    """Those of `parents` whose channel has comments switched on."""
    wanted = comment_channels(session, organization_id)
    return [parent for parent in parents if (parent.integration_id, parent.channel) in wanted]


def reply_key(activity_id: ActivityId, parent_id: ParentNotificationId) -> str:
    """The natural key of the reply that tells this activity in the thread of this card."""
    return f"reply:{activity_id}:{parent_id}"


def revise_comment(session: Session, activity: Activity, body: dict[str, Any], *, now: datetime) -> list[DeliveryId]:
    """Let every thread that was told the comment say it as it is now; gives what told it there.

    Whether the channel still wants comments does not matter: nothing there goes on saying what was taken back.
    """
    told = _find_told(session, activity)
    for delivery in told:
        if was_removed(activity):
            withdraw(session, delivery, {"text": TOMBSTONE, "blocks": _tombstone()}, now=now)
        else:
            revise(session, delivery, body, expires_at=now + COMMENT_LIFETIME, now=now)
    return [delivery.id for delivery in told]


def _find_told(session: Session, activity: Activity) -> Sequence[Delivery]:
    """The deliveries of the comment, in whichever threads, also of cards that are gone or another issue's by now."""
    told_by = activity.data.get(TOLD_BY, [])
    return session.scalars(select(Delivery).where(Delivery.id.in_(told_by)).order_by(Delivery.id)).all()


def _tombstone() -> list[dict[str, Any]]:
    return [{"type": "context", "elements": [{"type": "plain_text", "text": TOMBSTONE, "emoji": False}]}]
