"""The simulator's controls as Python methods, the same for one in this process and for one elsewhere.

The methods block; call them from a thread that does not run the app under test. What they return is a copy.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.faults import Fault
from slack_simulator.ledger import Ledger, WireEntry
from slack_simulator.workspace import Channel, Message, User, View

Result = TypeVar("Result")


class SimulatorClient(ABC):
    """`root` is the address of the simulator, `url` that of its Web API: give it to slack_sdk as `base_url`."""

    root: str

    @property
    def url(self) -> str:
        return f"{self.root}/api/"

    @abstractmethod
    def call(self, control: str, /, **arguments: Any) -> Any:  # noqa: ANN401 - JSON in and out
        """Run a control by name and return its JSON.

        Raises:
            NotPossibleError: Slack's own client would not let that happen; the sentence says why.
        """

    # Looking

    def messages(self, channel: str) -> list[Message]:
        """The living root messages of a channel (id or name), oldest first."""
        return self._list(Message, "messages", channel=channel)

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The living replies to a message, oldest first."""
        return self._list(Message, "replies", channel=channel, ts=ts)

    def message(self, channel: str, ts: str) -> Message | None:
        return msgspec.convert(self.call("message", channel=channel, ts=ts), Message | None)

    def ephemerals(self, channel: str, user: str) -> list[Message]:
        """What only `user` sees in a channel, oldest first."""
        return self._list(Message, "ephemerals", channel=channel, user=user)

    def direct_messages(self, user: str, *, app: str | None = None) -> list[Message]:
        """The DM between `user` and the app's bot, oldest first."""
        return self._list(Message, "direct_messages", user=user, app=app)

    def channels(self) -> list[Channel]:
        return self._list(Channel, "channels")

    def users(self) -> list[User]:
        return self._list(User, "users")

    def views(self, user: str | None = None) -> list[View]:
        """Open modals and Home tabs, the topmost last."""
        return self._list(View, "views", user=user)

    @property
    def wire_log(self) -> list[WireEntry]:
        """Every request of both directions, oldest first, credentials redacted."""
        return self._list(WireEntry, "wire_log")

    def calls(self, name: str) -> list[WireEntry]:
        """The requests of one method, or of one kind of delivery."""
        return self._list(WireEntry, "wire_log", name=name)

    @property
    def ledger(self) -> Ledger:
        """The oracle: what apps posted, and what of it is there now."""
        return msgspec.convert(self.call("ledger"), Ledger)

    def now(self) -> float:
        """The simulator's time in seconds since 1970."""
        return float(self.call("now"))

    def wait_for(self, predicate: Callable[[], Result], *, timeout: float = 5.0) -> Result:
        """Return what `predicate` gives as soon as it is true, asking again only after something has changed.

        Raises:
            TimeoutError: it was not true within `timeout` seconds of real time.
        """
        deadline = time.monotonic() + timeout
        while True:
            version = int(self.call("version"))
            if result := predicate():
                return result
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"nothing made it true within {timeout} s")
            self.call("wait", after=version, seconds=remaining)

    # What people do

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
        return self._one(DeliveryResult, "press", **arguments)

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
        return self._one(DeliveryResult, "press_in_view", **arguments)

    def press_together(self, presses: Sequence[dict[str, Any]]) -> list[DeliveryResult]:
        """Several presses at once; each has the arguments of `press` by name."""
        return self._list(DeliveryResult, "press_together", presses=list(presses))

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
        return self._one(DeliveryResult, "type_ahead", action_id=action_id, text=text, user=user, **place)

    def submit_view(self, view_id: str, *, user: str, values: dict[str, Any] | None = None) -> DeliveryResult:
        """Fill in a modal by action_id and submit it; `errors` of the result stand under its inputs."""
        return self._one(DeliveryResult, "submit_view", view_id=view_id, user=user, values=values)

    def close_view(self, view_id: str, *, user: str, everything: bool = False) -> DeliveryResult | None:
        """Close a modal, or the whole stack; None when the app did not ask to hear of it."""
        result = self.call("close_view", view_id=view_id, user=user, everything=everything)
        return msgspec.convert(result, DeliveryResult | None)

    def command(
        self, command: str, text: str = "", *, user: str, channel: str, app: str | None = None
    ) -> DeliveryResult:
        """Type a slash command."""
        return self._one(DeliveryResult, "command", command=command, text=text, user=user, channel=channel, app=app)

    def shortcut(
        self, callback_id: str, *, user: str, channel: str | None = None, ts: str | None = None, app: str | None = None
    ) -> DeliveryResult:
        """Use a global shortcut, or one on a message."""
        return self._one(
            DeliveryResult, "shortcut", callback_id=callback_id, user=user, channel=channel, ts=ts, app=app
        )

    def say(self, channel: str, text: str, *, user: str, thread_ts: str | None = None) -> Message:
        """A person writes a message; events follow."""
        return self._one(Message, "say", channel=channel, text=text, user=user, thread_ts=thread_ts)

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
        return self._list(DeliveryResult, "event", event=event, channel=channel, team=team, app=app)

    def verify_url(self, *, app: str | None = None) -> DeliveryResult:
        """The url_verification handshake."""
        return self._one(DeliveryResult, "verify_url", app=app)

    def app_rate_limited(self, *, app: str | None = None) -> DeliveryResult:
        """Slack tells the app that it gets too many events."""
        return self._one(DeliveryResult, "app_rate_limited", app=app)

    def ssl_check(self, *, app: str | None = None) -> DeliveryResult:
        """Slack looks at the certificate of the command's address."""
        return self._one(DeliveryResult, "ssl_check", app=app)

    def react(self, channel: str, ts: str, name: str, *, user: str) -> None:
        """A person adds an emoji."""
        self.call("react", channel=channel, ts=ts, name=name, user=user)

    # What happens to the world

    def fail(
        self,
        method: str,
        fault: str,
        *,
        times: int = 1,
        nth: int | None = None,
        channel: str | None = None,
        seconds: float = 60.0,
        error: str = "",
        retry_after: str = "30",
    ) -> None:
        """Let the next `times` calls of `method` go wrong, or from the `nth` on; `chat.*` means all that begin so.

        Faults and what they mean stand in `slack_simulator.faults`; deliveries are called `delivery.block_actions`,
        `delivery.view_submission`, `delivery.event`, `delivery.command` and so on.
        """
        how = {
            "times": times,
            "nth": nth,
            "channel": channel,
            "seconds": seconds,
            "error": error,
            "retry_after": retry_after,
        }
        self.call("fail", method=method, fault=fault, **how)

    def heal(self) -> None:
        """Forget all scripted faults."""
        self.call("heal")

    def faults(self) -> list[Fault]:
        """The script, with what has happened so far."""
        return self._list(Fault, "faults")

    def limits(self, *, on: bool | None = None, retry_after: str | None = None, history: str | None = None) -> None:
        """Rate limits on or off; `retry_after` is normal, missing, zero or huge, `history` internal or commercial."""
        self.call("limits", on=on, retry_after=retry_after, history=history)

    def clock(self, *, speed: float | None = None, advance: float | None = None) -> float:
        """Speed time up or leap ahead; returns the simulator's time."""
        return float(self.call("clock", speed=speed, advance=advance))

    def timestamp_offset(self, seconds: float) -> None:
        """Sign requests as if Slack's clock were ahead of real time."""
        self.call("timestamp_offset", seconds=seconds)

    def archive(self, channel: str) -> None:
        self.call("archive", channel=channel)

    def unarchive(self, channel: str) -> None:
        self.call("unarchive", channel=channel)

    def rename(self, channel: str, name: str) -> None:
        self.call("rename", channel=channel, name=name)

    def delete_channel(self, channel: str) -> None:
        self.call("delete_channel", channel=channel)

    def change_channel_id(self, channel: str, *, shared_with: str | None = None) -> str:
        """Give a channel a new id, as a conversion to Slack Connect does; returns it."""
        return str(self.call("change_channel_id", channel=channel, shared_with=shared_with))

    def share(self, channel: str, team: str) -> None:
        self.call("share", channel=channel, team=team)

    def restrict(self, channel: str, restriction: str | None) -> None:
        """Let posts fail with a `restricted_action…`; None lifts it."""
        self.call("restrict", channel=channel, restriction=restriction)

    def lock_thread(self, channel: str, ts: str) -> None:
        self.call("lock_thread", channel=channel, ts=ts)

    def make_private(self, channel: str) -> None:
        self.call("make_private", channel=channel)

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        kind: str = "public_channel",
        members: Sequence[str] = (),
        team: str | None = None,
    ) -> str:
        return str(self.call("add_channel", channel=channel_id, name=name, kind=kind, members=list(members), team=team))

    def add_user(self, user: dict[str, Any], *, team: str | None = None) -> str:
        """Add a person; the fields are those of the config's users."""
        return str(self.call("add_user", user=user, team=team))

    def change_user(self, user: str, **changes: Any) -> None:  # noqa: ANN401 - fields of a user
        """Deactivate, promote, rename…: fields of the config's users by name."""
        self.call("change_user", user=user, changes=changes)

    def join(self, channel: str, user: str, *, inviter: str | None = None) -> None:
        self.call("join", channel=channel, user=user, inviter=inviter)

    def leave(self, channel: str, user: str) -> None:
        self.call("leave", channel=channel, user=user)

    def delete_message(self, channel: str, ts: str) -> None:
        """A person deletes a message, whoever wrote it."""
        self.call("delete_message", channel=channel, ts=ts)

    def revoke_token(self, token: str | None = None, *, because: str = "token_revoked") -> None:
        """The token answers the error `because` from now on."""
        self.call("revoke_token", token=token, because=because)

    def uninstall(self, token: str | None = None) -> None:
        self.call("uninstall", token=token)

    def reinstall(self, token: str | None = None, *, new_token: str | None = None) -> None:
        self.call("reinstall", token=token, new_token=new_token)

    def set_scopes(self, scopes: Sequence[str], *, token: str | None = None) -> None:
        self.call("set_scopes", scopes=list(scopes), token=token)

    def set_request_urls(
        self,
        url: str = "",
        *,
        actions: str = "",
        options: str = "",
        events: str = "",
        commands: str = "",
        app: str | None = None,
    ) -> None:
        """Where the app lives: one `url` for everything, and others where they differ."""
        others = {"actions": actions, "options": options, "events": events, "commands": commands}
        self.call("set_request_urls", url=url, app=app, **others)

    def _one(self, kind: type[Result], control: str, /, **arguments: Any) -> Result:  # noqa: ANN401 - JSON
        return msgspec.convert(self.call(control, **arguments), kind)

    def _list(self, kind: type[Result], control: str, /, **arguments: Any) -> list[Result]:  # noqa: ANN401 - JSON
        return msgspec.convert(self.call(control, **arguments), list[kind])
