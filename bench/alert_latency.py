"""How long from `capture_exception` in a real SDK to Slack's receipt of the card.

uv run python -m bench.alert_latency
"""

import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import sentry_sdk

from bench.company import found_company, simulated_workspace
from bench.server import TocsinServer, running_server
from bench.slack import running_slack
from bench.table import Figure, print_table
from slack_simulator.remote import RemoteSimulator

CHANNEL = "C0ALERTS"
PAUSE_SECONDS = 1.2
LATE_SECONDS = 10.0
NAMES = (
    "PaymentDeclined",
    "CartEmpty",
    "StockMissing",
    "AddressUnknown",
    "CouponExpired",
    "SessionLost",
    "TaxTableStale",
    "QuoteTimedOut",
    "ImageBroken",
    "SearchDown",
    "InvoiceTwice",
    "RefundRefused",
    "LabelUnprinted",
    "CourierSilent",
    "PriceNegative",
    "BasketLocked",
    "LoginThrottled",
    "MailBounced",
    "WebhookGone",
    "QueueStuck",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        milliseconds, named, last = measure(Path(folder))
    tail = quantiles(milliseconds, n=20)[-1]
    print_table(
        f"From capture_exception to the card, {len(NAMES)} captures {PAUSE_SECONDS} s apart",
        [
            Figure("median", median(milliseconds), "ms", bar=50),
            Figure("95th percentile", tail, "ms", bar=100),
            Figure("slowest", max(milliseconds), "ms"),
            Figure("cards with the right name", named, f"of {len(NAMES)}", bar=len(NAMES), at_least=True, digits=0),
            Figure("the last event before silence alerts after", last, "ms", bar=3000),
        ],
    )


def measure(folder: Path) -> tuple[list[float], int, float]:
    """Give the milliseconds of each capture, how many cards bear its name, and those of one more before silence."""
    with running_slack(simulated_workspace([CHANNEL]), folder) as slack:
        server = TocsinServer(folder, slack_api_url=slack.url)
        company = found_company(server.settings, [[CHANNEL]])
        with running_server(server):
            sentry_sdk.init(dsn=company.projects[0].dsn(server.address), release="bench@1")
            capture("WarmingUp")
            time.sleep(2 * PAUSE_SECONDS)
            captured = {name: capture(name) for name in NAMES}
            arrived = receipts(slack)
            last = capture("LastBeforeSilence")
            time.sleep(LATE_SECONDS / 2)
            last_arrived = receipts(slack).get("LastBeforeSilence", time.time() + LATE_SECONDS)
    taken = [1000 * (arrived.get(name, at + LATE_SECONDS) - at) for name, at in captured.items()]
    return taken, len(arrived.keys() & captured.keys()), 1000 * (last_arrived - last)


def capture(name: str) -> float:
    """Report an exception of a type of its own, and pause; gives the moment just before it was raised."""
    kind = type(name, (Exception,), {})
    at = time.time()
    try:
        check_out(kind)
    except kind as error:
        sentry_sdk.capture_exception(error)
    time.sleep(PAUSE_SECONDS)
    return at


def check_out(failure: type[Exception]) -> None:
    """Fail as an application does, some frames below the handler."""
    raise failure(f"{failure.__name__} in checkout")


def receipts(slack: RemoteSimulator) -> dict[str, float]:
    """When each card was received, by the exception that its text names."""
    posts = slack.calls("chat.postMessage")
    said = ((post.arguments["text"], post.at) for post in posts if post.answer and post.answer.get("ok"))
    named = ((name, at) for text, at in said for name in [*NAMES, "LastBeforeSilence"] if f" {name}" in text)
    return dict(named)


if __name__ == "__main__":
    main()
