"""Doing what people in Slack do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from slack_simulator.client.caller import Caller
from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.workspace import Message


class Acting(Caller):
    """What people do; a DeliveryResult says what the app answered and what the person sees."""

    def press(
        self,
        channel: str,
        ts: str,
        action_id: str,
        *,
        user: str,
        block_id: str | None = None,
        chosen: Any = None,  # noqa: ANN401 - as the element wants it
    ) -> DeliveryResult:
        """Use an element of a message. `chosen` is an option's value, an id, a date, a text, or a list of them."""
        arguments = {
            "channel": channel,
            "ts": ts,
            "action_id": action_id,
            "user": user,
            "block_id": block_id,
            "chosen": chosen,
        }
        return self.one(DeliveryResult, "press", **arguments)

    def press_payload(self, channel: str, ts: str, action_id: str, *, user: str) -> dict[str, Any]:
        """What the app would be sent for a press of that button: for programs that sign and send it themselves."""
        return dict(self.call("press_payload", channel=channel, ts=ts, action_id=action_id, user=user))

    def press_in_view(
        self,
        view_id: str,
        action_id: str,
        *,
        user: str,
        block_id: str | None = None,
        chosen: Any = None,  # noqa: ANN401 - as the element wants it
    ) -> DeliveryResult:
        """Use an element of a modal or a Home tab."""
        arguments = {"view_id": view_id, "action_id": action_id, "user": user, "block_id": block_id, "chosen": chosen}
        return self.one(DeliveryResult, "press_in_view", **arguments)

    def press_together(self, presses: Sequence[dict[str, Any]]) -> list[DeliveryResult]:
        """Several presses at once; each has the arguments of `press` by name."""
        return self.many(DeliveryResult, "press_together", presses=list(presses))

    def type_ahead(
        self,
        action_id: str,
        text: str,
        *,
        user: str,
        channel: str | None = None,
        ts: str | None = None,
        view_id: str | None = None,
    ) -> DeliveryResult:
        """Type into an external select; `options` of the result are what the app offers."""
        place = {"channel": channel, "ts": ts, "view_id": view_id}
        return self.one(DeliveryResult, "type_ahead", action_id=action_id, text=text, user=user, **place)

    def submit_view(self, view_id: str, *, user: str, values: dict[str, Any] | None = None) -> DeliveryResult:
        """Fill in a modal by action_id and submit it; `errors` of the result stand under its inputs."""
        return self.one(DeliveryResult, "submit_view", view_id=view_id, user=user, values=values)

    def close_view(self, view_id: str, *, user: str, everything: bool = False) -> DeliveryResult | None:
        """Close a modal, or the whole stack; None when the app did not ask to hear of it."""
        result = self.call("close_view", view_id=view_id, user=user, everything=everything)
        return msgspec.convert(result, DeliveryResult | None)

    def command(
        self, command: str, text: str = "", *, user: str, channel: str, app: str | None = None
    ) -> DeliveryResult:
        """Type a slash command."""
        return self.one(DeliveryResult, "command", command=command, text=text, user=user, channel=channel, app=app)

    def shortcut(
        self, callback_id: str, *, user: str, channel: str | None = None, ts: str | None = None, app: str | None = None
    ) -> DeliveryResult:
        """Use a global shortcut, or one on a message."""
        return self.one(DeliveryResult, "shortcut", callback_id=callback_id, user=user, channel=channel, ts=ts, app=app)

    def say(self, channel: str, text: str, *, user: str, thread_ts: str | None = None) -> Message:
        """A person writes a message; events follow."""
        return self.one(Message, "say", channel=channel, text=text, user=user, thread_ts=thread_ts)

    def compose(self, channel: str, text: str, *, user: str) -> str:
        """A person types a link without sending it; returns the unfurl_id."""
        return str(self.call("compose", channel=channel, text=text, user=user))

    def open_home(self, *, user: str, tab: str = "home", app: str | None = None) -> None:
        """A person looks at the app's Home tab."""
        self.call("open_home", user=user, tab=tab, app=app)

    def event(
        self, event: dict[str, Any], *, channel: str | None = None, team: str | None = None, app: str | None = None
    ) -> list[DeliveryResult]:
        """Deliver an inner event of your own, with Slack's retries; returns every attempt."""
        return self.many(DeliveryResult, "event", event=event, channel=channel, team=team, app=app)

    def verify_url(self, *, app: str | None = None) -> DeliveryResult:
        """The url_verification handshake."""
        return self.one(DeliveryResult, "verify_url", app=app)

    def authorize(self, url: str, *, user: str, allow: bool = True) -> str:
        """Answer an app's authorize address in the browser; returns where that is sent next."""
        return str(self.call("authorize", url=url, user=user, allow=allow))

    def app_rate_limited(self, *, app: str | None = None) -> DeliveryResult:
        """Slack tells the app that it gets too many events."""
        return self.one(DeliveryResult, "app_rate_limited", app=app)

    def ssl_check(self, *, app: str | None = None) -> DeliveryResult:
        """Slack looks at the certificate of the command's address."""
        return self.one(DeliveryResult, "ssl_check", app=app)

    def react(self, channel: str, ts: str, name: str, *, user: str) -> None:
        """A person adds an emoji."""
        self.call("react", channel=channel, ts=ts, name=name, user=user)
