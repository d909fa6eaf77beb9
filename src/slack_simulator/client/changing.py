"""Changing the world around an app: faults, limits, time, channels, people, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_simulator.client.caller import Caller
from slack_simulator.faults import Fault


class Changing(Caller):
    """What happens to an app from outside."""

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
        return self.many(Fault, "faults")

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
