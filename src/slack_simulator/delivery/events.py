"""The Events API: who hears of what, and how often Slack tries (https://docs.slack.dev/apis/events-api)."""

from __future__ import annotations

import re
from typing import Any

from slack_simulator.config import ChannelKind
from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.engine import Engine
from slack_simulator.workspace import App, Channel, Installation, Message

# Seconds before each of the three retries: at once, after a minute, after five.
RETRY_DELAYS = (0, 60, 300)
MESSAGE_SUBSCRIPTIONS: dict[ChannelKind, str] = {
    "public_channel": "message.channels",
    "private_channel": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
# Heard of without being a member, where the channel is public.
_PUBLIC_KNOWLEDGE = re.compile(
    r"channel_(archive|created|deleted|id_changed|rename|shared|unarchive|unshared)|link_shared"
)
METADATA_DELETED = "message_metadata_deleted"
METADATA_SCOPE = "metadata.message:read"
_FAREWELLS = {"tokens_revoked", "app_uninstalled"}
_CHANNEL_EVENT = re.compile(
    r"(channel|group)_(archive|created|deleted|left|rename|unarchive)|member_(joined|left)_channel"
)
_LINK = re.compile(r"https?://[^\s<>|]+")


def tell_apps(engine: Engine) -> None:
    """Deliver every event of `engine` to the apps that subscribed to it and may know."""

    def tell(event: dict[str, Any], channel: Channel | None, team: str) -> None:
        for installation in engine.state.installations():
            if _concerns(event, channel, team, installation):
                engine.start(deliver_event(engine, installation, event, channel))

    engine.listen(tell)


async def deliver_event(
    engine: Engine, installation: Installation, event: dict[str, Any], channel: Channel | None
) -> list[DeliveryResult]:
    """Deliver one event with Slack's retries; returns every attempt, the first one first."""
    app = installation.app
    body = event_callback(engine, installation, event, channel)
    attempts: list[DeliveryResult] = []
    headers: dict[str, str] = {}
    for delay in (*RETRY_DELAYS, None):
        if not app.events_url:
            return attempts
        sent_at = engine.clock.now()
        result = await engine.courier.post_json(app, app.events_url, "event", body, headers=headers)
        attempts.append(result)
        engine.changes.notify()
        if result.ok or _declines_retry(result) or delay is None:
            break
        await engine.clock.sleep_until(sent_at + delay)
        headers = {"X-Slack-Retry-Num": str(len(attempts)), "X-Slack-Retry-Reason": str(result.failure)}
    return attempts


async def verify_url(engine: Engine, app: App) -> DeliveryResult:
    """The handshake when a request URL is saved; the app must echo the challenge (docs.slack.dev url_verification)."""
    challenge = engine.state.new_secret()
    body = {"token": engine.verification_token(app), "challenge": challenge, "type": "url_verification"}
    result = await engine.courier.post_json(app, app.events_url, "url_verification", body)
    parsed = result.parsed()
    echoed = parsed.get("challenge") if isinstance(parsed, dict) else result.body.strip()
    if result.ok and echoed != challenge:
        result.failure, result.shown = (
            "challenge_failed",
            "Your URL didn't respond with the value of the challenge parameter.",
        )
    return result


async def tell_rate_limited(engine: Engine, installation: Installation) -> DeliveryResult:
    """`app_rate_limited`, which has no inner event (docs.slack.dev/reference/events/app_rate_limited)."""
    app = installation.app
    body = {"token": engine.verification_token(app), "type": "app_rate_limited", "team_id": installation.team}
    body |= {"minute_rate_limited": int(engine.clock.now()) // 60 * 60, "api_app_id": app.id}
    return await engine.courier.post_json(app, app.events_url, "app_rate_limited", body)


async def check_certificate(engine: Engine, app: App) -> DeliveryResult:
    """`ssl_check=1`, which Slack sends to a command's address now and then."""
    form = {"ssl_check": "1", "token": engine.verification_token(app)}
    return await engine.courier.post_form(app, app.commands_url, "ssl_check", form)


def event_callback(
    engine: Engine, installation: Installation, event: dict[str, Any], channel: Channel | None
) -> dict[str, Any]:
    """The outer event, with the authorizations and the marks of a shared channel."""
    workspace = engine.state.workspaces[installation.team]
    told = {name: value for name, value in event.items() if name != "app_id" or event["type"] not in _FAREWELLS}
    inner = {"event_ts": engine.state.next_ts()} | told
    authorization = {
        "enterprise_id": workspace.enterprise_id,
        "team_id": installation.team,
        "user_id": installation.bot_user,
    }
    return {
        "token": engine.verification_token(installation.app),
        "team_id": installation.team,
        "context_team_id": installation.team,
        "context_enterprise_id": workspace.enterprise_id,
        "api_app_id": installation.app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": engine.state.new_id("Ev"),
        "event_time": int(engine.clock.now()),
        "authorizations": [authorization | {"is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": channel is not None and bool(channel.shared_with),
        "event_context": engine.state.new_secret(),
    }


def announce_links(engine: Engine, channel: Channel, message: Message) -> None:
    """`link_shared` to the apps whose domains stand in a person's message."""
    for installation in _linkable(engine, channel):
        links = links_for(installation.app, message.text)
        if links:
            key = (installation.app.id, channel.id, message.ts)
            event = _link_shared(channel, message.user, links, installation) | {
                "message_ts": message.ts,
                "ts": message.ts,
            }
            event |= {"unfurl_id": f"{channel.id}-{message.ts}", "source": "conversations_history"}
            if message.thread_ts is not None:
                event["thread_ts"] = message.thread_ts
            engine.start(_deliver_links(engine, installation, event, channel, key))


def announce_composer_links(engine: Engine, channel: Channel, user: str, text: str) -> str:
    """`link_shared` for a text that is still being written; returns its unfurl_id."""
    unfurl_id = engine.state.new_secret()
    for installation in _linkable(engine, channel):
        links = links_for(installation.app, text)
        if links:
            event = _link_shared(channel, user, links, installation) | {"message_ts": unfurl_id, "unfurl_id": unfurl_id}
            event |= {"channel": "COMPOSER", "source": "composer"}
            key = (installation.app.id, "composer", unfurl_id)
            engine.start(_deliver_links(engine, installation, event, channel, key))
    return unfurl_id


def links_for(app: App, text: str) -> list[dict[str, str]]:
    """The links of `text` to the app's domains, as link_shared lists them."""
    links = []
    for url in dict.fromkeys(_LINK.findall(text)):
        host = url.split("/")[2].split(":")[0].lower()
        domain = next((each for each in app.config.unfurl_domains if host == each or host.endswith(f".{each}")), None)
        if domain is not None:
            links.append({"domain": domain, "url": url.replace("&amp;", "&")})
    return links


async def _deliver_links(
    engine: Engine, installation: Installation, event: dict[str, Any], channel: Channel, key: tuple[str, str, str]
) -> None:
    # An app may unfurl while it still holds the request; one that never acknowledged it may not (`cannot_unfurl_url`).
    engine.unfurlable[key] = {link["url"] for link in event["links"]}
    attempts = await deliver_event(engine, installation, event, channel)
    if not attempts or not attempts[-1].ok:
        del engine.unfurlable[key]


def _linkable(engine: Engine, channel: Channel) -> list[Installation]:
    event = {"type": "link_shared"}
    return [each for each in engine.state.installations() if _concerns(event, channel, channel.team, each)]


def _link_shared(
    channel: Channel, user: str, links: list[dict[str, str]], installation: Installation
) -> dict[str, Any]:
    is_member = installation.bot_user in channel.members
    return {"type": "link_shared", "user": user, "channel": channel.id, "links": links, "is_bot_user_member": is_member}


def _concerns(event: dict[str, Any], channel: Channel | None, team: str, installation: Installation) -> bool:
    kind = event["type"]
    if event.get("app_id", installation.app.id) != installation.app.id and kind in _FAREWELLS:
        return False
    if installation.dead_because is not None and kind not in _FAREWELLS:
        return False
    if installation.team not in (channel.teams if channel is not None else (team,)):
        return False
    subscription = MESSAGE_SUBSCRIPTIONS[channel.kind] if kind == "message" and channel is not None else kind
    if subscription not in installation.app.config.events or not _wants_metadata(event, installation):
        return False
    return _may_read(kind, channel, installation) and _is_near(kind, channel, installation)


def _is_near(kind: str, channel: Channel | None, installation: Installation) -> bool:
    """Whether it happens where the bot is, or is everybody's to know."""
    if channel is None or (channel.kind == "public_channel" and _PUBLIC_KNOWLEDGE.fullmatch(kind)):
        return True
    return installation.bot_user in channel.members


def _may_read(kind: str, channel: Channel | None, installation: Installation) -> bool:
    """Whether the app has the scope for what happens to such channels (docs.slack.dev, event member_joined_channel)."""
    if channel is None or not _CHANNEL_EVENT.fullmatch(kind):
        return True
    return ("channels:read" if channel.kind == "public_channel" else "groups:read") in installation.scopes


def _wants_metadata(event: dict[str, Any], installation: Installation) -> bool:
    """Whether a deletion of metadata is of a kind that the app named; every other event passes."""
    if event["type"] != METADATA_DELETED:
        return True
    event_type = event["previous_metadata"]["event_type"]
    wanted = any(
        each.app_id in {"*", event["app_id"]} and each.event_type == event_type
        for each in installation.app.config.metadata_subscriptions
    )
    return wanted and METADATA_SCOPE in installation.scopes


def _declines_retry(result: DeliveryResult) -> bool:
    return result.no_retry and result.failure != "http_timeout"
