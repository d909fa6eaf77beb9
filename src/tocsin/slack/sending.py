"""One call to Slack for one delivery or one redraw, and what it came to, as a value."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from tocsin.deliveries.claim import Claimed
from tocsin.deliveries.outcome import Dead, Outcome, Parked, Sent, TryAgain, Uncertain
from tocsin.kernel.secrets import SecretBox
from tocsin.notifications.redraw import Drawing
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import (
    MessageGoneError,
    PayloadError,
    RateLimitedError,
    RefusedError,
    SlackCallError,
    UncertainError,
)
from tocsin.slack.remedies import reason_of
from tocsin.slack.replies import BROADCAST_FLAG

log = structlog.get_logger()

METADATA_TYPE = "tocsin_delivery"
DELIVERY_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
THREAD_GONE = "the card was deleted in Slack, and its thread with it"
ASTRAY = "the card was deleted in Slack, and the reply stands in the channel: it is looked for, and taken back"

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)
STRAY_TRIES = 3


@dataclass(frozen=True, slots=True)
class Post:
    """A claimed delivery with exactly what is sent for it."""

    claimed: Claimed
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Redraw:
    """A redraw that is ours to make, with what the message will show."""

    drawing: Drawing
    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came to. `error` is Slack's, for those who must act on it beyond this one row (pace, workspace)."""

    outcome: Outcome
    error: SlackCallError | None = None


def mark(secrets: SecretBox, delivery_id: int, channel: str, thread_ts: str | None) -> dict[str, Any]:
    """The metadata by which a message of ours is found again: opaque to others, and not theirs to forge."""
    marker = secrets.marker(delivery_id, channel, thread_ts or "")
    return {"event_type": METADATA_TYPE, "event_payload": {"d": str(delivery_id), "m": marker}}


def claimed_delivery(metadata: dict[str, Any]) -> int | None:
    """The delivery that a message's metadata names; anybody could have written it, until `mark` says the same."""
    payload = metadata.get("event_payload")
    if metadata.get("event_type") != METADATA_TYPE or not isinstance(payload, dict):
        return None
    named = str(payload.get("d", ""))
    return int(named) if DELIVERY_ID.fullmatch(named) else None


async def send_post(client: SlackClient, secrets: SecretBox, post: Post, *, now: datetime) -> Result:
    """Post it once. Whatever happens is an outcome; only a drawing that was refused is tried again, as plain text."""
    claimed = post.claimed
    try:
        try:
            answer = await _post(client, secrets, post, post.message.get("blocks"))
        except PayloadError as error:
            # Slack refused the drawing, so certainly nothing stands there; better a plain sentence than silence.
            log.warning(
                "slack.drawing.refused", delivery_id=claimed.id, slack_code=error.slack_code, detail=error.detail
            )
            answer = await _post(client, secrets, post, None)
    except SlackCallError as error:
        return Result(classify(error, claimed, now=now), error)
    if claimed.thread_ts is not None and "thread_ts" not in answer["message"]:
        # The parent is gone and Slack has posted the reply at the channel's root (slack-go/slack#1571).
        is_gone = await delete_stray(client, claimed, answer["ts"])
        return Result(Dead(THREAD_GONE) if is_gone else Uncertain(ASTRAY))
    return Result(Sent(answer["ts"]))


def classify(error: SlackCallError, claimed: Claimed, *, now: datetime) -> Outcome:
    """What a failed post means for its delivery."""
    match error:
        case RateLimitedError():
            outcome: Outcome = TryAgain(now + timedelta(seconds=error.retry_after), error.slack_code, counts=False)
        case UncertainError():
            outcome = Uncertain(error.slack_code)
        case MessageGoneError():
            outcome = Dead(THREAD_GONE)
        case PayloadError():
            outcome = Dead(f"{error.slack_code}: Slack refused the message, even as plain text")
        case RefusedError() if error.permanent:
            outcome = Parked(reason_of(error))
        case _:
            outcome = TryAgain(now + _backoff(claimed.fence), error.slack_code)
    return outcome


async def send_redraw(client: SlackClient, redraw: Redraw) -> SlackCallError | None:
    """Draw the message anew, once; the error if it failed."""
    drawing = redraw.drawing
    try:
        await client.update_message(
            drawing.integration_id,
            channel=drawing.channel,
            ts=drawing.ts,
            text=redraw.text,
            blocks=redraw.blocks,
        )
    except SlackCallError as error:
        return error
    return None


async def delete_stray(client: SlackClient, claimed: Claimed, ts: str) -> bool:
    """Take back a message that stands where it should not; deleting twice is deleting once.

    Gives whether it is certainly gone. A look finds it otherwise, by its mark, and goes on trying at Slack's pace.
    """
    for _ in range(STRAY_TRIES):
        try:
            await client.delete_message(claimed.integration_id, channel=claimed.channel, ts=ts)
        except RateLimitedError as error:
            await asyncio.sleep(min(error.retry_after, FIRST_RETRY.total_seconds()))
        except MessageGoneError:
            return True
        except SlackCallError as error:
            log.warning("slack.stray.not_deleted", delivery_id=claimed.id, slack_code=error.slack_code)
        else:
            return True
    return False


async def _post(
    client: SlackClient, secrets: SecretBox, post: Post, blocks: list[dict[str, Any]] | None
) -> dict[str, Any]:
    claimed = post.claimed
    return await client.post_message(
        claimed.integration_id,
        channel=claimed.channel,
        text=post.message["text"],
        blocks=blocks,
        thread_ts=claimed.thread_ts,
        reply_broadcast=post.message.get(BROADCAST_FLAG),
        metadata=mark(secrets, claimed.id, claimed.channel, claimed.thread_ts),
    )


def _backoff(tries: int) -> timedelta:
    """2 s, 4 s, 8 s... up to five minutes."""
    return min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(tries - 1, 10))
