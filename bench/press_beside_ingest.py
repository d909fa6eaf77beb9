"""How long a press waits for its acknowledgement while errors pour in, and what it hears when the database is locked.

uv run python -m bench.press_beside_ingest             60 s after 10 s of warm-up, then the lock
uv run python -m bench.press_beside_ingest --seconds 20 --events 0
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import update

from bench.company import NEXT_DOOR, FoundedCompany, FoundedProject, found_company, simulated_workspace
from bench.ingest import make_order
from bench.load import load
from bench.locked_writer import press_while_locked
from bench.one_error import report_error
from bench.press_load import Card, Order, make_press_order, press_payload
from bench.record import add_record_option, report
from bench.server import TocsinServer, running_server
from bench.slack import running_slack
from bench.table import Figure
from slack_simulator.remote import RemoteSimulator
from tocsin.chat.models import Integration
from tocsin.kernel.db import write

CHANNELS, CARDS_IN_EACH = 20, 10
CARDS = CHANNELS * CARDS_IN_EACH
LOUD_PROJECTS = 10
"""To which the errors are reported, in another organization, whose workspace is switched off as in `bench.ingest`."""
PRESSES_PER_SECOND, EVENTS_PER_SECOND = 50.0, 500.0
TAKE_TURNS = ("issue.assign_me", "issue.unassign")
WARM_UP_SECONDS = 10.0
REPORTING_CONNECTIONS = 64
"""So that a batch may gather what came while presses had the writer, as it does with many applications."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--presses", type=float, default=PRESSES_PER_SECOND, help="a second")
    parser.add_argument("--events", type=float, default=EVENTS_PER_SECOND, help="a second; 0 for silence")
    add_record_option(parser)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), asked.seconds, asked.presses, asked.events)
    title = f"{asked.presses:.0f} presses a second beside {asked.events:.0f} events a second, {asked.seconds:.0f} s"
    return report("press_beside_ingest", title, figures, record=asked.record)


def measure(folder: Path, seconds: float, presses: float, events: float) -> list[Figure]:
    """Let the cards stand in Slack, press on them beside the errors, and then while the writer is locked."""
    channels = [f"C0NUMBER{number:02}" for number in range(CHANNELS)]
    with running_slack(simulated_workspace(channels), folder) as slack:
        server = TocsinServer(folder, slack_api_url=slack.url, log_level="WARNING")
        loud = [[f"C0LOUD{number}"] for number in range(LOUD_PROJECTS)]
        company = found_company(server.settings, [[channel] for channel in channels], next_door=loud)
        switch_off_next_door(company)
        with running_server(server):
            cards = post_cards(server, slack, company)
            order = press_order(server, slack, cards, presses, seconds)
            came = press_beside(server, order, company.projects[CHANNELS:], events)
            return [
                *figures_of(*came, seconds=seconds, events=events),
                *press_while_locked(server, slack, company, cards),
            ]


def switch_off_next_door(company: FoundedCompany) -> None:
    """What the errors give rise to is planned and parked: Slack's pace is not what is measured here."""
    with write(company.database) as session:
        session.execute(update(Integration).where(Integration.external_id == NEXT_DOOR.team).values(is_active=False))


def post_cards(server: TocsinServer, slack: RemoteSimulator, company: FoundedCompany) -> list[Card]:
    """Report an error for each card, and wait until all stand in their channels."""
    for project in company.projects[:CHANNELS]:
        for number in range(CARDS_IN_EACH):
            report_error(server.address, project, f"PaymentDeclined{number}")
    slack.wait_for(lambda: len(slack.calls("chat.postMessage")) >= CARDS, timeout=120)
    return [
        (channel, card.ts)
        for project in company.projects[:CHANNELS]
        for channel in project.channels
        for card in slack.messages(channel)
    ]


def press_order(
    server: TocsinServer, slack: RemoteSimulator, cards: Sequence[Card], rate: float, seconds: float
) -> Order:
    """Each card in turn is taken and given back; `rate` is in presses a second."""
    presses = range(int(rate * (WARM_UP_SECONDS + seconds)))
    payloads = [press_payload(slack, cards[each % CARDS], TAKE_TURNS[each // CARDS % 2]) for each in presses]
    return make_press_order(server, payloads, rate, warm_up_seconds=WARM_UP_SECONDS, seconds=seconds)


def press_beside(
    server: TocsinServer, order: Order, loud: Sequence[FoundedProject], events: float
) -> tuple[dict[str, Any], dict[str, Any] | None, float]:
    """Press, and meanwhile report `events` errors a second; gives what came of both, and the server's CPU seconds."""
    target = order.target
    with load("bench.press_load") as pressing, load("bench.ingest_load") as reporting:
        pressing.order(order)
        if events:
            timing = (target.warm_up_seconds, target.seconds, events)
            reporting.order(make_order(server, loud, *timing, connections=REPORTING_CONNECTIONS))
            reporting.go()
        pressing.go()
        pressing.wait_until_it_counts()
        before = server.cpu_seconds()
        pressed = pressing.summary()
        used = server.cpu_seconds() - before
        return pressed, reporting.summary() if events else None, used


def figures_of(
    pressed: dict[str, Any], reported: dict[str, Any] | None, cpu_seconds: float, *, seconds: float, events: float
) -> list[Figure]:
    """The lines of the first part; `events` is how many a second were to be stored beside the presses."""
    figures = [
        Figure("presses acknowledged", pressed["answered"] / seconds, "a second"),
        Figure("press to its acknowledgement, median", pressed["p50"], "ms"),
        Figure("press to its acknowledgement, 99th percentile", pressed["p99"], "ms", bar=100),
        Figure("press to its acknowledgement, slowest", pressed["slowest"], "ms"),
        Figure("presses not acknowledged", pressed["refused"], "", bar=0, digits=0),
        Figure("the server's CPU", 100 * cpu_seconds / seconds, "% of a core", digits=0),
    ]
    if reported is None:
        return figures
    return [
        *figures,
        Figure("events stored beside them", reported["answered"] / seconds, "a second", 0.99 * events, at_least=True),
        Figure("event to its answer, 99th percentile", reported["p99"], "ms"),
    ]


if __name__ == "__main__":
    sys.exit(main())
