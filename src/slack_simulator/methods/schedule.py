"""chat.scheduleMessage and its list: messages for later, on the simulator's clock."""

from __future__ import annotations

import re
from typing import Any

from slack_simulator.engine import Engine, Scheduled
from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, page, with_cursor
from slack_simulator.methods.chat import channel_to_post_to, new_message
from slack_simulator.methods.content import read_content

FARTHEST_DAYS = 120


def schedule_message(call: Call) -> dict[str, Any]:
    """chat.scheduleMessage: at most 120 days ahead."""
    channel = channel_to_post_to(call)
    content = read_content(call.arguments, call.state)
    post_at = _moment(call)
    message = new_message(call, channel, content, thread_ts=None)
    scheduled = Scheduled(call.state.new_id("Q"), call.app.id, message, post_at)
    call.engine.scheduled[scheduled.id] = scheduled
    call.engine.start(_post_later(call.engine, scheduled))
    return {
        "channel": channel.id,
        "scheduled_message_id": scheduled.id,
        "post_at": post_at,
        "message": {"text": content.text},
    }


def list_scheduled(call: Call) -> dict[str, Any]:
    """chat.scheduledMessages.list: the app's own, soonest first."""
    wanted = call.arguments.text("channel")
    own = [
        each
        for each in call.engine.scheduled.values()
        if each.app == call.app.id and wanted in {None, each.message.channel}
    ]
    some, cursor = page(call, sorted(own, key=lambda each: each.post_at), default=100, most=100)
    shown = [
        {"id": each.id, "channel_id": each.message.channel, "post_at": each.post_at, "text": each.message.text}
        for each in some
    ]
    return with_cursor({"scheduled_messages": shown}, cursor)


def delete_scheduled(call: Call) -> dict[str, Any]:
    """chat.deleteScheduledMessage."""
    scheduled = call.engine.scheduled.get(call.arguments.required("scheduled_message_id"))
    if scheduled is None or scheduled.app != call.app.id:
        raise SlackError("invalid_scheduled_message_id")
    del call.engine.scheduled[scheduled.id]
    return {}


async def _post_later(engine: Engine, scheduled: Scheduled) -> None:
    await engine.clock.sleep_until(scheduled.post_at)
    channel = engine.state.channels.get(scheduled.message.channel)
    if engine.scheduled.pop(scheduled.id, None) is None or channel is None or channel.is_archived:
        return
    scheduled.message.ts = engine.state.next_ts()
    engine.post(channel, scheduled.message)


def _moment(call: Call) -> int:
    text = call.arguments.required("post_at")
    if not re.fullmatch(r"\d{1,12}", text):
        raise SlackError("invalid_time")
    ahead = int(text) - call.engine.clock.now()
    if ahead <= 0:
        raise SlackError("time_in_past")
    if ahead > FARTHEST_DAYS * 86_400:
        raise SlackError("time_too_far")
    return int(text)
