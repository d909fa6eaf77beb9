"""Owns the servers of a trial, one on SQLite or two on PostgreSQL, and what is done to them without warning."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.company import FoundedCompany
from bench.server import TocsinServer
from slack_simulator.running import Simulator

LEASE_SECONDS = 4
TIMES = {"delivery_settle": "1", "delivery_lease": str(LEASE_SECONDS), "delivery_sweep": "1"}

LONGEST_LIFE = 2.0
"""A server lives for up to so many seconds after it first answered."""
STARTUP_KILLS = 0.15
"""The part of the kills that meets a server that is still starting."""
ALL_AT_ONCE = 0.15
"""The part of the kills that meets every server of the fleet."""
PAUSES = 0.1
"""The part of the blows that suspends a server beyond its lease, and then lets it go on."""
PAUSE_SECONDS = 1.5 * LEASE_SECONDS


class Fleet:
    """Servers of one folder and one database, each on an address of its own."""

    def __init__(self, folder: Path, size: int, **settings: str) -> None:
        settings = TIMES | settings
        first = TocsinServer(folder, name="tocsin-0", **settings)
        others = (
            TocsinServer(folder, name=f"tocsin-{number}", **settings | {"base_url": first.address})
            for number in range(1, size)
        )
        self.servers = [first, *others]
        self.blows: Counter[str] = Counter()

    @property
    def addresses(self) -> list[str]:
        """Where the servers listen, whether they run or not."""
        return [server.address for server in self.servers]

    def begin(self) -> None:
        """Start them all, without waiting until they answer."""
        for server in self.servers:
            server.begin()

    def wait_until_all_answer(self) -> None:
        """Wait for every server; raises AssertionError when one ends instead."""
        for server in self.servers:
            server.wait_until_it_answers()

    def close(self) -> None:
        """End them all."""
        for server in self.servers:
            server.close()

    def strike(self, chance: random.Random, slack: Simulator) -> None:
        """Let the server live for a moment, then kill it, or all, and start again; or suspend one for a while.

        Slack's requests go to one that is spared, as behind a load balancer, if there is one.
        """
        chosen = chance.choice(self.servers)
        spared = [server for server in self.servers if server is not chosen] or [chosen]
        self.answer_slack_at(slack, chance.choice(spared))
        if chance.random() >= STARTUP_KILLS:
            chosen.wait_until_it_answers()
        time.sleep(chance.uniform(0.0, LONGEST_LIFE))
        if len(self.servers) > 1 and chance.random() < PAUSES:
            self._pause(chosen)
            return
        together = len(self.servers) > 1 and chance.random() < ALL_AT_ONCE
        struck = self.servers if together else [chosen]
        for server in struck:
            server.kill()
        for server in struck:
            server.begin()
        self.blows["kills"] += len(struck)

    def answer_slack_at(self, slack: Simulator, server: TocsinServer) -> None:
        """Have Slack send its requests to `server`."""
        slack.set_request_urls(actions=f"{server.address}/extensions/slack/action/")

    def _pause(self, server: TocsinServer) -> None:
        server.pause()
        time.sleep(PAUSE_SECONDS)
        server.resume()
        self.blows["pauses"] += 1


@contextmanager
def closing(fleet: Fleet, company: FoundedCompany) -> Iterator[None]:
    """End the servers and close our own connections when the block ends, however it ends."""
    try:
        yield
    finally:
        fleet.close()
        company.database.close()
