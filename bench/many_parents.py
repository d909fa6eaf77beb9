"""What a fan-out to 1 000 threads costs others: alerts of another organization, Slack's limits, memory.

uv run python -m bench.many_parents
"""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, pairwise
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from sqlalchemy import func, select

from bench.company import ANNEX, FoundedCompany, FoundedProject, annex, found_company, simulated_workspace
from bench.one_error import report_error
from bench.server import TocsinServer, running_server
from bench.slack import running_slack
from bench.table import Figure, print_table
from slack_simulator.ledger import WireEntry
from slack_simulator.remote import RemoteSimulator
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read, write
from tocsin.organizations.permit import Source, Via

CHANNELS_PER_WORKSPACE = 100
ISSUES = 5
"""With a card in each of 200 channels that is 1 000 parents."""
PARENTS = 2 * CHANNELS_PER_WORKSPACE * ISSUES
OTHERS = 4
"""Channels of the other organization, which take turns so that its own pace is not what is measured."""
ALERT_EVERY = 0.5
AT_REST_SECONDS = 20
PATIENCE_SECONDS = 600
SECOND = 1.0
SETTLED = (DeliveryState.SENT, DeliveryState.FOLDED)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    print_table(f"One person resolves {ISSUES} issues with {PARENTS:,} cards", figures)


def measure(folder: Path) -> list[Figure]:
    """Post the cards, rest, resolve every issue, and let the other organization report all the while."""
    here, there = ([f"C0{where}{number}" for number in range(CHANNELS_PER_WORKSPACE)] for where in ("HERE", "THERE"))
    others = [f"C0OTHER{number}" for number in range(OTHERS)]
    with running_slack(simulated_workspace(here, next_door=others, annexed=there), folder) as slack:
        slack.limits(on=True)
        server = TocsinServer(folder, slack_api_url=slack.url, log_level="WARNING")
        company = found_company(server.settings, [here], next_door=[[channel] for channel in others])
        annex(server.settings, company, ANNEX, there)
        big, *neighbours = company.projects
        with running_server(server):
            for number in range(ISSUES):
                report_error(server.address, big, f"Widespread{number}")
            wait_until_said(company, PARENTS)
            at_rest = alerts_during(server, neighbours, slack, lambda: time.sleep(AT_REST_SECONDS))
            before = server.resident_megabytes()
            began = time.monotonic()
            busy = alerts_during(server, neighbours, slack, lambda: resolve_all(company))
            seconds = time.monotonic() - began
            growth = server.peak_megabytes() - before
            posts = slack.calls("chat.postMessage")
            redraws = len([call for call in slack.calls("chat.update") if call.answer and call.answer.get("ok")])
    return [*_figures_of_alerts(at_rest, busy), *_figures_of_slack(posts, redraws, seconds), _figure_of_memory(growth)]


def alerts_during(
    server: TocsinServer, projects: list[FoundedProject], slack: RemoteSimulator, doing: Callable[[], None]
) -> list[float]:
    """Report new errors in turn while `doing` lasts; gives the milliseconds from each report to its card in Slack."""
    sent: dict[str, float] = {}
    with reporting(server.address, projects, sent):
        doing()
    time.sleep(10 * SECOND)
    arrived = {name: post.at for post in slack.calls("chat.postMessage") for name in sent if names(post, name)}
    return [1000 * (arrived.get(name, float("inf")) - at) for name, at in sent.items()]


@contextmanager
def reporting(address: str, projects: list[FoundedProject], sent: dict[str, float]) -> Iterator[None]:
    """Report an error of a new kind twice a second, and note when."""
    stopped = threading.Event()

    def go_on() -> None:
        for project in cycle(projects):
            name = f"Alert{uuid4().hex[:12]}"
            sent[name] = time.time()
            report_error(address, project, name)
            if stopped.wait(ALERT_EVERY):
                return

    reporter = threading.Thread(target=go_on)
    reporter.start()
    try:
        yield
    finally:
        stopped.set()
        reporter.join()


def resolve_all(company: FoundedCompany) -> None:
    """Resolve the widespread issues as the command line does, and wait until each of their threads has its reply."""
    with read(company.database) as session:
        issues = session.scalars(select(Issue.id).where(Issue.project_id == company.projects[0].id)).all()
    for issue_id in issues:
        with write(company.database) as session:
            act(
                session,
                user_id=company.ada,
                source=Source(Via.CLI),
                issue_id=issue_id,
                action=IssueAction("resolve"),
                now=system_clock(),
            )
    wait_until_said(company, PARENTS, kind="reply")


def wait_until_said(company: FoundedCompany, number: int, *, kind: str = "card") -> None:
    """Wait until so many deliveries of a kind are said.

    Raises:
        TimeoutError: they are not within ten minutes.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    said = select(func.count()).where(Delivery.kind == kind, Delivery.state.in_(SETTLED))
    while time.monotonic() < deadline:
        with read(company.database) as session:
            if (session.scalar(said) or 0) >= number:
                return
        time.sleep(0.5 * SECOND)
    raise TimeoutError(f"fewer than {number} of kind {kind} were said within {PATIENCE_SECONDS} s")


def names(post: WireEntry, name: str) -> bool:
    """Whether this post was taken and tells of the error `name`."""
    return bool(post.answer and post.answer.get("ok")) and name in post.arguments["text"]


def _figures_of_alerts(at_rest: list[float], busy: list[float]) -> list[Figure]:
    rest99, busy99 = (quantiles(each, n=100, method="inclusive")[98] for each in (at_rest, busy))
    return [
        Figure(f"alert of the other organization at rest, median of {len(at_rest)}", median(at_rest), "ms"),
        Figure("the same, 99th percentile", rest99, "ms"),
        Figure(f"alert during the fan-out, median of {len(busy)}", median(busy), "ms"),
        Figure("the same, 99th percentile", busy99, "ms", bar=5000),
        Figure("99th percentile during the fan-out to at rest", busy99 / rest99, "times"),
    ]


def _figures_of_slack(posts: list[WireEntry], redraws: int, seconds: float) -> list[Figure]:
    taken: dict[str, list[float]] = {}
    for post in posts:
        if post.answer and post.answer.get("ok"):
            taken.setdefault(post.arguments["channel"], []).append(post.at)
    closest = min(later - earlier for times in taken.values() for earlier, later in pairwise(sorted(times)))
    refused = Counter((post.answer or {}).get("error") for post in posts if not (post.answer or {}).get("ok"))
    return [
        Figure(f"until {PARENTS:,} threads have their reply", seconds, "s"),
        Figure("posts that Slack refused for a channel's pace", refused["ratelimited"], "", bar=0, digits=0),
        Figure("posts that Slack refused for the workspace's pace", refused["message_limit_exceeded"], "", digits=0),
        Figure("closest two posts of one channel", 1000 * closest, "ms", digits=0),
        Figure("cards redrawn by then", redraws, f"of {PARENTS:,}", digits=0),
    ]


def _figure_of_memory(growth: float) -> Figure:
    return Figure("memory of the server, growth by the fan-out", growth, "MB", bar=50)


if __name__ == "__main__":
    main()
