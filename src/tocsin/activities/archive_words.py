"""The words for how long an issue is archived: "until 100 more events", said by sentences, cards and pages alike."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any


def until_words(until: Mapping[str, Any]) -> str:
    """The words for `until` as history keeps it, e.g. `{"kind": "until_events", "count": 100, "minutes": None}`."""
    return ARCHIVED_UNTIL[until["kind"]](until)


def _moment(until: Mapping[str, Any]) -> str:
    moment = datetime.fromisoformat(until["moment"]).astimezone(UTC)
    return f"until {moment.day} {moment:%B %Y %H:%M} UTC"


def _counted(one: str, many: str) -> Callable[[Mapping[str, Any]], str]:
    def words(until: Mapping[str, Any]) -> str:
        count, minutes = until["count"], until["minutes"]
        name = one if count == 1 else many
        if minutes is None:
            return f"until {count:,} more {name}"
        return f"until {count:,} {name} within {minutes:,} minute{'s' if minutes != 1 else ''}"

    return words


ARCHIVED_UNTIL: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "until_escalating": lambda _until: "until it escalates",
        "forever": lambda _until: "forever",
        "until_moment": _moment,
        "until_events": _counted("event", "events"),
        "until_users": _counted("user", "users"),
    }
)
"""How each way of archiving ends, said after "archived ISSUE"; the kinds are those of `issues.archiving:Until`."""
