"""One call to Slack for one revision: a message of ours is changed, or taken away, and what that came to."""

from datetime import datetime
from typing import Any

import structlog

from tocsin.deliveries.claim import Claimed
from tocsin.deliveries.outcome import Dead, Sent
from tocsin.deliveries.plan import REMOVAL
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import MessageGoneError, PayloadError, RefusedError, SlackCallError
from tocsin.slack.sending import Post, Result, classify

log = structlog.get_logger()

TS = "ts"
"""In what is sent: the message that is revised; none when it was never said."""

NOTHING_THERE = frozenset({"message_not_found", "cannot_find_message"})
"""Of Slack's refusals to change or delete a message, those that say that there is none any more."""

NEVER_SAID = "what it revises was never said"
DELETED = "somebody deleted the message in Slack"


async def send_revision(client: SlackClient, post: Post, *, now: datetime) -> Result:
    """Change or take away the message. Whatever happens is an outcome; doing it twice is doing it once.

    A revision has no ts of its own: the message keeps that of what it revises.
    """
    claimed, ts = post.claimed, post.message[TS]
    if ts is None:
        return Result(Dead(NEVER_SAID))
    try:
        if claimed.kind == REMOVAL:
            await _take_away(client, claimed, ts, post.message)
        else:
            await _change(client, claimed, ts, post.message)
    except MessageGoneError as error:
        is_gone = error.slack_code in NOTHING_THERE
        if claimed.kind == REMOVAL and is_gone:
            return Result(Sent(None))
        return Result(Dead(DELETED if is_gone else f"{error.slack_code}: Slack lets nobody change the message"))
    except SlackCallError as error:
        return Result(classify(error, claimed, now=now), error)
    return Result(Sent(None))


async def _take_away(client: SlackClient, claimed: Claimed, ts: str, message: dict[str, Any]) -> None:
    try:
        await client.delete_message(claimed.integration_id, channel=claimed.channel, ts=ts)
    except RefusedError as error:
        if error.slack_code in NOTHING_THERE:
            raise
        log.warning("slack.comment.not_deleted", delivery_id=claimed.id, slack_code=error.slack_code)
        await _change(client, claimed, ts, message)


async def _change(client: SlackClient, claimed: Claimed, ts: str, message: dict[str, Any]) -> None:
    place = {"channel": claimed.channel, "ts": ts, "text": message["text"]}
    try:
        await client.update_message(claimed.integration_id, **place, blocks=message["blocks"])
    except PayloadError:
        await client.update_message(claimed.integration_id, **place, blocks=[])
