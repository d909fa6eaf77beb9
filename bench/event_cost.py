"""What one event costs before the database sees it, on the envelopes that real SDKs sent (tests/events/fixtures).

    python -m bench.event_cost

The 11 KB event that the bars speak of is the captured web request with as many of its frames as that size has room for.
"""

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import msgspec

from bench.table import Figure, print_table
from tests.events import real
from tocsin.events.decode import decode_event
from tocsin.events.grouping import fingerprint_of
from tocsin.events.scrubbing import scrub
from tocsin.events.stacktrace import frames_of
from tocsin.events.storage import pack
from tocsin.events.title import title_of

SIZE = 11_000
ROUNDS = 15
SECONDS = 0.05
BAR = 200.0


def main() -> None:
    payload = of_size(json.loads(real.payload("python-web-1001")), SIZE)
    event = decode_event(payload)
    scrubbed = scrub(event)
    print_table(
        f"One event of {len(payload)} bytes, {len(frames_of(event))} frames",
        [
            Figure("decode_event", microseconds(lambda: decode_event(payload)), "µs"),
            Figure("scrub", microseconds(lambda: scrub(event)), "µs"),
            Figure("fingerprint_of", microseconds(lambda: fingerprint_of(scrubbed.event)), "µs"),
            Figure("title_of", microseconds(lambda: title_of(scrubbed.event)), "µs"),
            Figure("the four together", microseconds(lambda: understand(payload)), "µs", bar=BAR),
            Figure("pack (zstd)", microseconds(lambda: pack(scrubbed.payload)), "µs"),
            Figure("bytes on disk", len(pack(scrubbed.payload)), "bytes", digits=0),
        ],
    )
    print_table(
        "The four together, for each captured event",
        [
            Figure(f"{name}, {len(payload)} bytes", microseconds(lambda payload=payload: understand(payload)), "µs")
            for name, payload in ((name, real.payload(name)) for name in real.NAMES)
        ],
    )


def of_size(sent: dict[str, Any], size: int) -> bytes:
    """`sent` with so few of its innermost frames that it has about `size` bytes."""
    stacktrace = sent["exception"]["values"][0]["stacktrace"]
    while len(payload := msgspec.json.encode(sent)) > size:
        del stacktrace["frames"][0]
    return payload


def understand(payload: bytes) -> None:
    event = scrub(decode_event(payload)).event
    fingerprint_of(event)
    title_of(event)


def microseconds(work: Callable[[], object]) -> float:
    """CPU of one call: the median of several rounds, each long enough for the clock."""
    rounds: list[float] = []
    for _ in range(ROUNDS):
        calls = 0
        started = time.process_time()
        while (spent := time.process_time() - started) < SECONDS:
            work()
            calls += 1
        rounds.append(spent / calls * 1e6)
    return median(rounds)


if __name__ == "__main__":
    main()
