"""How long from a press on one card until the threads of all N cards of its issue have the answer.

uv run python -m bench.press_to_threads     [--sizes 1 10 100]

A hundred cards take ten minutes: every round waits until the pace of redraws allows them all again.
"""

import argparse
import json
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from uuid import uuid4

from bench.company import OWNER, FoundedProject, found_company, simulated_workspace
from bench.server import TocsinServer, running_server
from bench.slack import running_slack
from bench.table import Figure, print_table
from slack_simulator.remote import RemoteSimulator

SIZES = (1, 10, 100)
ROUNDS = 4
PACE_SECONDS = 1.3
"""A channel takes one message a second, and the workspace one redraw in 1.2 s: rest for so long per card."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help="cards of the issue, each in its own channel"
    )
    figures = []
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder:
            rounds = measure(Path(folder), size)
        last, acknowledged = [last for last, _ in rounds], [ack for _, ack in rounds]
        bar = 1000 + 10 * size
        figures += [
            Figure(f"N = {size}: press to its acknowledgement, median", median(acknowledged), "ms"),
            Figure(f"N = {size}: press to the last reply, median", median(last), "ms", bar=bar),
            Figure(f"N = {size}: press to the last reply, slowest", max(last), "ms", bar=bar),
        ]
    print_table(f"From a press to every thread, {ROUNDS} presses for each N", figures)


def measure(folder: Path, size: int) -> list[tuple[float, float]]:
    """Press in turn Resolve and Reopen; gives the milliseconds to the last reply and to the ack of each press."""
    channels = [f"C0NUMBER{number}" for number in range(size)]
    with running_slack(simulated_workspace(channels), folder) as slack:
        server = TocsinServer(folder, slack_api_url=slack.url)
        slack.set_request_urls(actions=f"{server.address}/extensions/slack/action/")
        company = found_company(server.settings, [channels])
        with running_server(server):
            report(server.address, company.projects[0])
            slack.wait_for(lambda: len(slack.calls("chat.postMessage")) >= size, timeout=30)
            return [press(slack, channels, action) for action in ("issue.resolve", "issue.reopen") * (ROUNDS // 2)]


def press(slack: RemoteSimulator, channels: list[str], action: str) -> tuple[float, float]:
    """Press on the first channel's card when everything rests, and wait until every thread has its reply."""
    time.sleep(PACE_SECONDS * (len(channels) + 1))
    before = len(slack.calls("chat.postMessage"))
    [card] = slack.messages(channels[0])
    slack.press(channels[0], card.ts, action, user=OWNER.id)
    slack.wait_for(lambda: len(slack.calls("chat.postMessage")) >= before + len(channels), timeout=60)
    pressed = slack.calls("block_actions")[-1]
    replies = slack.calls("chat.postMessage")[before:]
    return 1000 * (max(reply.at for reply in replies) - pressed.at), pressed.milliseconds


def report(address: str, project: FoundedProject) -> None:
    """Report one error as an SDK would."""
    event = {"event_id": uuid4().hex, "exception": {"values": [{"type": "PaymentDeclined", "value": "in checkout"}]}}
    body = f'{{"event_id":"{event["event_id"]}"}}\n{{"type":"event"}}\n{json.dumps(event)}\n'.encode()
    auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={project.key}"}
    request = urllib.request.Request(f"{address}/api/{project.id}/envelope/", body, auth, method="POST")
    urllib.request.urlopen(request, timeout=20).close()


if __name__ == "__main__":
    main()
