"""Client reports: what SDKs tell of events that they dropped themselves."""

from collections import Counter
from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.intake.received import SDK_REASONS, IntakeOutcome

MAX_REASONS = 100
MAX_QUANTITY = 1_000_000
"""Of one reason in one report; a key's holder could otherwise write any figure into a project's page."""

EVENT_CATEGORIES = frozenset({"error", "default", "security"})
"""The categories of what is kept here; a transaction that an SDK drops is no loss."""


class Discarded(msgspec.Struct, frozen=True):
    """So many of one kind, dropped for one reason."""

    reason: str
    category: str
    quantity: Annotated[int, Meta(ge=0)]


class ClientReport(msgspec.Struct, frozen=True):
    """What the protocol calls a client report: https://develop.sentry.dev/sdk/telemetry/client-reports/ tells more."""

    discarded_events: Annotated[list[Discarded], Meta(max_length=MAX_REASONS)] = msgspec.field(default_factory=list)


_DECODER = msgspec.json.Decoder(ClientReport)


def read_client_report(payload: bytes) -> Counter[IntakeOutcome]:
    """How many events an SDK dropped, by why; one that cannot be read tells nothing, and costs no event beside it."""
    try:
        report = _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Counter()
    dropped: Counter[IntakeOutcome] = Counter()
    for each in report.discarded_events:
        if each.category in EVENT_CATEGORIES:
            dropped[SDK_REASONS.get(each.reason, IntakeOutcome.SDK_OTHER)] += min(each.quantity, MAX_QUANTITY)
    return dropped
