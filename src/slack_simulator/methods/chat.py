"""chat.*: saying, changing and taking back messages."""

from __future__ import annotations

from typing import Any

from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, known_channel
from slack_simulator.methods.content import UPDATE_TEXT, Content, read_content
from slack_simulator.render import message_json
from slack_simulator.workspace import Channel, Message

EPHEMERAL_TEXT = 40_000


def post_message(call: Call) -> dict[str, Any]:
    """chat.postMessage: https://docs.slack.dev/reference/methods/chat.postMessage."""
    channel = channel_to_post_to(call)
    content = read_content(call.arguments, call.state)
    thread_ts = _thread_of(call, channel)
    refuse_restricted(channel, thread_ts)
    message = new_message(call, channel, content, thread_ts=thread_ts)
    if thread_ts is not None and call.arguments.flag("reply_broadcast"):
        message.subtype = "thread_broadcast"
    call.engine.post(channel, message)
    answer = {"channel": channel.id, "ts": message.ts, "message": message_json(message, channel, with_metadata=True)}
    if content.truncated:
        answer |= {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return answer


def post_me_message(call: Call) -> dict[str, Any]:
    """chat.meMessage: text only, in italics."""
    channel = channel_to_post_to(call)
    content = Content(text=call.arguments.required("text"))
    message = new_message(call, channel, content, thread_ts=None)
    message.subtype = "me_message"
    call.engine.post(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> dict[str, Any]:
    """chat.postEphemeral: shown to one member of the channel, kept nowhere; metadata is ignored."""
    channel = channel_to_post_to(call)
    content = read_content(call.arguments, call.state)
    if len(call.arguments.text("text") or "") > EPHEMERAL_TEXT:
        raise SlackError("msg_too_long")
    user = call.arguments.required("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    content.metadata = None
    message = new_message(call, channel, content, thread_ts=_thread_of(call, channel))
    message.only_for = user
    channel.ephemerals.append(message)
    call.engine.changes.notify()
    return {"message_ts": message.ts}


def update(call: Call) -> dict[str, Any]:
    """chat.update: https://docs.slack.dev/reference/methods/chat.update.

    Text without blocks takes the blocks away; attachments and metadata stay unless they are given.
    """
    channel = known_channel(call)
    message = _own_message(call, channel, refusal="cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    if len(call.arguments.text("text") or "") > UPDATE_TEXT:
        raise SlackError("msg_too_long")
    content = read_content(call.arguments, call.state)
    change_message(message, content)
    if "text" in content.given:
        message.edited = {"user": call.bot_user, "ts": call.state.next_ts()}
    call.engine.changes.notify()
    shown = message_json(message, channel, with_metadata=True)
    event = {"type": "message", "subtype": "message_changed", "message": shown, "channel": channel.id}
    call.engine.announce(event, channel=channel, team=call.team)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> dict[str, Any]:
    """chat.delete: own messages only; a parent with replies leaves a tombstone."""
    channel = known_channel(call)
    message = _own_message(call, channel, refusal="cant_delete_message")
    call.engine.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> dict[str, Any]:
    """chat.getPermalink: the address of a message in the workspace."""
    channel = known_channel(call)
    message = channel.find_live(call.arguments.required("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(call, channel, message)}


def permalink(call: Call, channel: Channel, message: Message) -> str:
    """`https://acme.slack.com/archives/C…/p1700000000000100`, and where in its thread for a reply."""
    domain = call.state.workspaces[call.team].domain
    place = f"https://{domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return place if message.thread_ts is None else f"{place}?thread_ts={message.thread_ts}&cid={channel.id}"


def channel_to_post_to(call: Call) -> Channel:
    """Where chat.postMessage puts a message: a channel by id or name, or a person's DM.

    Raises:
        SlackError: `channel_not_found`, `not_in_channel`, `is_archived`, `messages_tab_disabled` or `user_disabled`.
    """
    wanted = call.arguments.text("channel") or ""
    if wanted in call.state.users:
        return _direct_with(call, wanted)
    channel = call.state.find_channel(call.team, wanted)
    if channel is None or (channel.is_private and call.bot_user not in channel.members):
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.bot_user not in channel.members and "chat:write.public" not in call.installation.scopes:
        raise SlackError("not_in_channel")
    if channel.kind == "im" and not call.app.config.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def refuse_restricted(channel: Channel, thread_ts: str | None) -> None:
    """Raise the channel's `restricted_action…` where it applies to a root or to a reply."""
    if thread_ts is not None and thread_ts in channel.locked_threads:
        raise SlackError("restricted_action_thread_locked")
    applies = {
        "restricted_action_thread_only_channel": thread_ts is None,
        "restricted_action_non_threadable_channel": thread_ts is not None,
    }
    if channel.restriction is not None and applies.get(channel.restriction, True):
        raise SlackError(channel.restriction)


def new_message(call: Call, channel: Channel, content: Content, *, thread_ts: str | None) -> Message:
    """A message of the calling app, not yet posted."""
    may_customize = "chat:write.customize" in call.installation.scopes
    icons = {name: call.arguments.text(name) for name in ("icon_emoji", "icon_url") if name in call.arguments}
    return Message(
        channel.id,
        call.state.next_ts(),
        call.team,
        call.bot_user,
        content.text,
        author=call.app.id,
        app_id=call.app.id,
        bot_id=call.installation.bot_id,
        username=call.arguments.text("username") if may_customize else None,
        icons=icons if may_customize and icons else None,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata or None,
        thread_ts=thread_ts,
    )


def change_message(message: Message, content: Content) -> None:
    """Give `message` the content of an edit."""
    if "text" in content.given:
        message.text = content.text
    if "blocks" in content.given or "text" in content.given:
        message.blocks = content.blocks
        message.chosen = {}
    if "attachments" in content.given:
        message.attachments = content.attachments
    if content.metadata is not None:
        message.metadata = content.metadata or None


def _thread_of(call: Call, channel: Channel) -> str | None:
    """The root of the thread that the message goes into; None puts it into the channel.

    A float is taken and ignored (slackapi/python-slack-sdk#840), and so is a parent that is gone (slack-go/slack#1571):
    the answer is ok and only the missing `message.thread_ts` tells. A reply's ts means its thread.
    """
    sent = call.arguments.as_sent().get("thread_ts")
    parent = channel.find_live(sent) if isinstance(sent, str) else None
    return None if parent is None else parent.thread_ts or parent.ts


def _own_message(call: Call, channel: Channel, *, refusal: str) -> Message:
    message = channel.find_live(call.arguments.text("ts") or "")
    if message is None:
        raise SlackError("message_not_found")
    if message.author != call.app.id:
        raise SlackError(refusal)
    return message


def _direct_with(call: Call, user_id: str) -> Channel:
    user = call.state.users[user_id]
    if user.team != call.team:
        raise SlackError("channel_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    if not call.app.config.messages_tab:
        raise SlackError("messages_tab_disabled")
    channel, _ = call.state.open_direct(call.team, frozenset((call.bot_user, user_id)))
    return channel
