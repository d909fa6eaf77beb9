"""Looking at the workspace: messages, views, logs, the ledger, and waiting for them to change."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from slack_simulator.client.caller import Caller, Result
from slack_simulator.ledger import Ledger, WireEntry
from slack_simulator.workspace import Channel, Message, User, View


class Looking(Caller):
    """What can be seen; everything returned is a copy."""

    def messages(self, channel: str) -> list[Message]:
        """The living root messages of a channel (id or name), oldest first."""
        return self.many(Message, "messages", channel=channel)

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The living replies to a message, oldest first."""
        return self.many(Message, "replies", channel=channel, ts=ts)

    def message(self, channel: str, ts: str) -> Message | None:
        return msgspec.convert(self.call("message", channel=channel, ts=ts), Message | None)

    def ephemerals(self, channel: str, user: str) -> list[Message]:
        """What only `user` sees in a channel, oldest first."""
        return self.many(Message, "ephemerals", channel=channel, user=user)

    def direct_messages(self, user: str, *, app: str | None = None) -> list[Message]:
        """The DM between `user` and the app's bot, oldest first."""
        return self.many(Message, "direct_messages", user=user, app=app)

    def channels(self) -> list[Channel]:
        return self.many(Channel, "channels")

    def users(self) -> list[User]:
        return self.many(User, "users")

    def views(self, user: str | None = None) -> list[View]:
        """Open modals and Home tabs, the topmost last."""
        return self.many(View, "views", user=user)

    @property
    def wire_log(self) -> list[WireEntry]:
        """Every request of both directions, oldest first, credentials redacted."""
        return self.many(WireEntry, "wire_log")

    def calls(self, name: str) -> list[WireEntry]:
        """The requests of one method, or of one kind of delivery."""
        return self.many(WireEntry, "wire_log", name=name)

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
