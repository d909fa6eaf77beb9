"""Aftermath: what one call of a drain came to, written down and counted, and what it means for later calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from tocsin.deliveries import plan
from tocsin.deliveries.claim import Claimed
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.metrics import count_try
from tocsin.deliveries.outcome import Sent, Times, TryAgain, record
from tocsin.deliveries.recovery import Place
from tocsin.kernel.metrics import REGISTRY
from tocsin.notifications import redraw as redraws
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.parents import find_parent_of_delivery
from tocsin.notifications.permalinks import redraw_older_cards
from tocsin.slack.errors import (
    InstallDeadError,
    MessageGoneError,
    PlaceGoneError,
    RateLimitedError,
    SetupError,
    SlackCallError,
    ThreadClosedError,
    UncertainError,
)
from tocsin.slack.heed import heed, is_about_an_old_token
from tocsin.slack.pacing import method_bucket, post_buckets
from tocsin.slack.sending import THREAD_GONE, Post, Redraw, Result

log = structlog.get_logger()

REDRAWS = Counter("tocsin_redraws", "Redraws of messages in Slack.", ["outcome"], registry=REGISTRY)

AFTER_A_MEND = timedelta(hours=1)
"""When a redraw is tried again that somebody (or a new version of Tocsin) must mend first."""

AFTER_NO_ANSWER = timedelta(seconds=2)
"""When a redraw of unknown fate is made again: twice is once, so nothing needs to be found out first."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that was tried under the token that was `sealed_token`, and its result."""

    post: Post
    result: Result
    sealed_token: str

    @property
    def went_through(self) -> bool:
        return isinstance(self.result.outcome, Sent)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A redraw that was tried under the token that was `sealed_token`, and its error, if any."""

    redraw: Redraw
    error: SlackCallError | None
    sealed_token: str

    @property
    def went_through(self) -> bool:
        return self.error is None


Done = Posted | Redrawn | None


def count_done(done: Done, *, now: datetime) -> None:
    """Count one call, after the COMMIT that records it."""
    match done:
        case Posted(post, result):
            count_try(post.claimed, result.outcome, now=now)
        case Redrawn(error=error):
            REDRAWS.labels("drawn" if error is None else error.code).inc()
        case None:
            pass


def record_done(session: Session, place: Place, done: Done, times: Times, *, mailing: Mailing, now: datetime) -> None:
    """Write down what became of one call, and heed what it means for later ones."""
    match done:
        case Posted(post, result, sealed_token):
            outcome, error = result.outcome, result.error
            if is_about_an_old_token(session, place[0], error, sealed_token):
                outcome, error = TryAgain(now, "the workspace was connected anew", counts=False), None
            record(session, post.claimed, outcome, times, now=now)
            if post.claimed.kind == plan.CARD and isinstance(outcome, Sent):
                redraw_older_cards(session, post.claimed.id, now=now)
            heed(session, place, error, post_buckets(*place), mailing=mailing, now=now)
            if error is None and getattr(outcome, "reason", None) == THREAD_GONE:
                _card_is_gone(session, post.claimed)
        case Redrawn(redraw, error, sealed_token):
            _record_redraw(session, redraw, error, times, now)
            if not is_about_an_old_token(session, place[0], error, sealed_token):
                buckets = [method_bucket(place[0], "chat.update")]
                heed(session, place, error, buckets, mailing=mailing, now=now)
        case None:
            pass


def _record_redraw(session: Session, redraw: Redraw, error: SlackCallError | None, times: Times, now: datetime) -> None:
    drawing = redraw.drawing
    match error:
        case None:
            redraws.drawn(session, drawing, now=now)
        case MessageGoneError():
            redraws.message_gone(session, drawing.of, drawing.message_id, error.slack_code)
        case RateLimitedError() | PlaceGoneError() | InstallDeadError() | SetupError():
            redraws.draw_again(session, drawing, not_before=now)  # its pace, its channel or its workspace holds it back
        case UncertainError():
            later = now + AFTER_NO_ANSWER
            redraws.draw_again(session, drawing, not_before=later, redraw_at=now + times.settle)
        case ThreadClosedError():
            redraws.draw_again(session, drawing, not_before=now + AFTER_A_MEND)
        case _:
            log.warning("slack.redraw.refused", message_id=drawing.message_id, slack_code=error.slack_code)
            redraws.draw_again(session, drawing, not_before=now + timedelta(minutes=1))


def _card_is_gone(session: Session, claimed: Claimed) -> None:
    parent = find_parent_of_delivery(session, claimed.id)
    if parent is not None:
        redraws.message_gone(session, ParentNotification, parent.id, THREAD_GONE)
