"""Turns: whose event is understood next, project by project, so that a flood delays only itself on the event loop."""

import asyncio
from collections import deque

from tocsin.kernel.ids import ProjectId

IN_A_ROUND = 2
"""Events understood before the event loop looks after everybody else: an ordinary one takes half a millisecond."""


class Turns:
    """Who waits for the event loop, a lane for each project. Only the loop's own thread may ask.

    A round is one pass of the event loop: it gives out so many turns, and then sockets are read, answers go out, and
    what the writer has stored is told.
    """

    def __init__(self) -> None:
        self._left = IN_A_ROUND
        self._is_round_due = False
        self._lanes: dict[ProjectId, deque[asyncio.Future[None]]] = {}
        """In the order of their turns; an empty lane is not kept."""

    async def come(self, project_id: ProjectId) -> None:
        """Wait for a turn of this project. Whoever has one does what they came for before they wait for anything."""
        loop = asyncio.get_running_loop()
        if not self._is_round_due:
            self._is_round_due = True
            loop.call_soon(self._begin_round, loop)
        if self._left and not self._lanes:
            self._left -= 1
            return
        place: asyncio.Future[None] = loop.create_future()
        self._lanes.setdefault(project_id, deque()).append(place)
        await place

    def _begin_round(self, loop: asyncio.AbstractEventLoop) -> None:
        self._left = IN_A_ROUND
        while self._left and self._lanes:
            self._left -= self._give_turn()
        self._is_round_due = bool(self._lanes)
        if self._is_round_due:
            loop.call_soon(self._begin_round, loop)

    def _give_turn(self) -> int:
        """Give the next lane its turn; none is used up by who has gone away meanwhile."""
        project_id, lane = next(iter(self._lanes.items()))
        del self._lanes[project_id]
        place = lane.popleft()
        if lane:
            self._lanes[project_id] = lane
        if place.done():
            return 0
        place.set_result(None)
        return 1
