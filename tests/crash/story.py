"""Owns the short story in which a server meets every crash point: reports, decisions, presses, and Slack failing."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from bench.company import found_company, simulated_workspace
from bench.server import TocsinServer
from slack_simulator.running import Simulator, running_simulator
from tests.crash.checker import find_faults
from tests.crash.evidence import read_evidence, wait_until_quiet
from tests.crash.fleet import Fleet, closing
from tests.crash.load import Load, Told

CHANNELS = ["C0ONE", "C0TWO"]
QUICK = {"delivery_settle": "0.5", "delivery_lease": "2", "delivery_sweep": "0.3"}
MOMENTS_AT_MOST = 40
MOMENTS_AFTERWARDS = 2
MANY_CHANGES = 30
"""More than one transaction announces, several times over: otherwise what dies between two of them seldom dies."""
PATIENCE_SECONDS = 90


def die_and_live_on(folder: Path, *crash_at: str, seed: int = 1, **settings: str) -> list[str]:
    """Tell the story to one server after the other, of which each dies at the next of `crash_at`, and then to a last
    one; gives every promise that was broken.

    Raises:
        AssertionError: a server never died where it should.
        TimeoutError: something still waits long afterwards.
    """

    def die(server: TocsinServer, load: Load, chance: random.Random) -> None:
        for where in crash_at:
            _die_at(where, server, load, chance)

    return _live_on_after(die, folder, seed=seed, **settings)


def die_with_a_post_under_way(folder: Path, *, seed: int = 1, **settings: str) -> list[str]:
    """Kill the server when Slack has taken a reply and not answered yet; gives every promise that was broken."""

    def die(server: TocsinServer, load: Load, chance: random.Random) -> None:
        server.begin()
        server.wait_until_it_answers()
        load.report_new(chance)
        load.slack.wait_for(lambda: len(load.slack.ledger.posted) == len(CHANNELS), timeout=PATIENCE_SECONDS)
        load.slack.fail("chat.postMessage", "slow", seconds=PATIENCE_SECONDS)
        load.decide(chance)
        load.slack.wait_for(lambda: len(load.slack.ledger.posted) > len(CHANNELS), timeout=PATIENCE_SECONDS)
        server.kill()

    return _live_on_after(die, folder, seed=seed, **settings)


def _die_at(where: str, server: TocsinServer, load: Load, chance: random.Random) -> None:
    server.begin(TOCSIN_CRASH_AT=where)
    server.wait_until_it_answers()
    for _ in range(MOMENTS_AT_MOST):
        if not server.is_running:
            break
        _let_slack_fail(load.slack)
        _one_moment(load, chance)
    status = None if server.is_running else server.wait_until_it_dies(0.1)
    assert status == -9, f"nothing died at {where}; the server's status is {status}"


def _live_on_after(
    die: Callable[[TocsinServer, Load, random.Random], None], folder: Path, *, seed: int, **settings: str
) -> list[str]:
    chance = random.Random(seed)
    with running_simulator(simulated_workspace(CHANNELS)) as slack:
        slack.limits(on=False)
        fleet = Fleet(folder, 1, slack_api_url=slack.url, **QUICK | settings)
        [server] = fleet.servers
        fleet.answer_slack_at(slack, server)
        company = found_company(server.settings, [CHANNELS])
        load = Load(company, slack, fleet.addresses, Told())
        with closing(fleet, company):
            die(server, load, chance)
            slack.heal()
            server.begin()
            server.wait_until_it_answers()
            for _ in range(MOMENTS_AFTERWARDS):
                _one_moment(load, chance)
            wait_until_quiet(company, PATIENCE_SECONDS)
            return find_faults(read_evidence(company, slack, load.told, server.settings))


def _one_moment(load: Load, chance: random.Random) -> None:
    """A new error and its first decision, many at once, and a press on a card once there is one."""
    load.report_new(chance)
    time.sleep(0.1)
    load.decide(chance)
    load.decide_much(changes=MANY_CHANGES)
    load.press(chance)


def _let_slack_fail(slack: Simulator) -> None:
    """Have one post in a while taken without an answer, so that it must be looked for."""
    if not slack.faults():
        slack.fail("chat.postMessage", "reset_after_commit", nth=2)
