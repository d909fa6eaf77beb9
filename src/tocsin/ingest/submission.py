"""Owns what one request hands to the batcher: events of one project as they came, and what they mean."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from tocsin.intake.prepared import PreparedEvent
from tocsin.kernel.ids import ProjectId


class Submission:
    """The events of one request. Made on the event loop, where whoever hands it in waits for `done`."""

    def __init__(
        self, project_id: ProjectId, payloads: Sequence[bytes], prepare: Callable[[bytes], PreparedEvent]
    ) -> None:
        """`payloads` are unpacked JSON, one event each; `prepare` may raise EventError for one that is none."""
        self.project_id = project_id
        self.size = len(payloads)
        """How many events."""
        self.payload_bytes = sum(map(len, payloads))
        self.events: list[PreparedEvent] = []
        """All of them once they are understood, none before."""
        self.overflow = 0
        """How many of them were stored where their project's overflow is."""
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self._payloads = payloads
        self._prepare = prepare

    def understand(self) -> None:
        """Make the events of the payloads, unless that was done; the payloads are let go then.

        Raises:
            EventError: one of them is no event; nothing of this submission can be stored.
        """
        if not self.events:
            self.events = [self._prepare(payload) for payload in self._payloads]
            self._payloads = ()

    def note_overflow(self, overflow: Collection[tuple[ProjectId, bytes]]) -> None:
        """Remember how many of the events are among these, told by project and id."""
        self.overflow = sum((event.project_id, event.event_id) in overflow for event in self.events)
