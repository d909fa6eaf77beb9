"""Heeding: what Slack's answer to one call means for every later one. Slow down, leave the channel or the workspace."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import mark_broken
from tocsin.deliveries.health import mark_place_broken
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.pace import Bucket, hold_back
from tocsin.deliveries.recovery import Place
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.ids import IntegrationId
from tocsin.slack.breaks import tell_of_place, tell_of_workspace
from tocsin.slack.errors import InstallDeadError, PlaceGoneError, RateLimitedError, SetupError, SlackCallError
from tocsin.slack.remedies import reason_of


def heed(
    session: Session,
    place: Place,
    error: SlackCallError | None,
    buckets: Sequence[Bucket],
    *,
    mailing: Mailing,
    now: datetime,
) -> None:
    """Act on `error`, the answer to a call that reserved `buckets` (the last is the narrowest)."""
    match error:
        case RateLimitedError():
            # `ratelimited` speaks of one channel's pace; the other codes of all that the app posts.
            bucket = buckets[-1] if error.slack_code == "ratelimited" else buckets[0]
            hold_back(session, bucket, to_milliseconds(now + timedelta(seconds=error.retry_after)))
        case PlaceGoneError():
            reason = reason_of(error)
            if mark_place_broken(session, place, reason, now=now):
                tell_of_place(session, place, reason, mailing=mailing, now=now)
        case InstallDeadError() | SetupError():
            code = f"{error.slack_code} {error.detail}".strip()
            if mark_broken(session, place[0], code, now=now):
                tell_of_workspace(session, place[0], code, mailing=mailing, now=now)
        case _:
            pass


def is_about_an_old_token(
    session: Session, integration_id: IntegrationId, error: SlackCallError | None, sealed_token: str
) -> bool:
    """Whether `error` refuses a token that was replaced while the call was under way: it says nothing of the new one.

    The workspace's row stays locked until the transaction ends, so that what is parked on account of `error` is
    parked before whoever connects the workspace lets the parked go on.
    """
    if not isinstance(error, (InstallDeadError, SetupError)):
        return False
    token = select(Integration.sealed_bot_token).where(Integration.id == integration_id).with_for_update()
    return session.scalar(token) != sealed_token
