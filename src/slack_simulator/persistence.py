"""Keeps conversations and their messages in a file, so that a simulator that starts again still shows them.

People, apps and tokens come from the config each time; faults, limits, the wire log and the ledger begin anew.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from slack_simulator.engine import Engine
from slack_simulator.state import State
from slack_simulator.workspace import Channel

SAVE_SECONDS = 1.0
"""A change is on disk this long after it at the latest, plus the time of one save: what kill -9 can cost."""


class SavedState(msgspec.Struct, frozen=True):
    """What the file holds; `direct` says which people a DM belongs to."""

    channels: list[Channel]
    direct: list[tuple[list[str], str]]
    moved_channels: dict[str, str]
    last_microsecond: int
    last_number: int


def save(state: State, path: Path) -> None:
    """Write `state` to `path`, which holds the old or the new content at any moment."""
    saved = SavedState(
        channels=list(state.channels.values()),
        direct=[(sorted(people), channel) for people, channel in state.direct.items()],
        moved_channels=state.moved_channels,
        last_microsecond=state.last_microsecond,
        last_number=state.last_number,
    )
    beside = path.with_suffix(".writing")
    beside.write_bytes(msgspec.json.encode(saved))
    beside.replace(path)


def restore(state: State, path: Path) -> None:
    """Take what `save` wrote into a `state` that was just made from its config; without a file nothing is done."""
    if not path.exists():
        return
    saved = msgspec.json.decode(path.read_bytes(), type=SavedState)
    state.channels |= {channel.id: channel for channel in saved.channels}
    for moved in saved.moved_channels:
        state.channels.pop(moved, None)
    state.moved_channels |= saved.moved_channels
    state.direct |= {frozenset(people): channel for people, channel in saved.direct}
    state.last_microsecond = saved.last_microsecond
    state.last_number = saved.last_number


async def keep_saved(engine: Engine, path: Path) -> None:
    """Save after changes, at most once in SAVE_SECONDS, until cancelled; then once more."""
    seen = engine.changes.version
    try:
        while True:
            seen = await engine.changes.wait(after=seen, seconds=3600)
            save(engine.state, path)
            await engine.changes.wait(after=2**62, seconds=SAVE_SECONDS)
    finally:
        save(engine.state, path)
