"""The breadcrumbs of an event as a page shows them: what happened before it, and how long before."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.events.schema import Breadcrumb, Event
from tocsin.http.visible import visible
from tocsin.web.value_view import Rows, rows_of

LEVELS = {"fatal": "fatal", "critical": "fatal", "error": "error", "warning": "warning", "warn": "warning"}
"""The levels that somebody filters by; whatever else was sent counts as `info`, but for `debug`."""
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Crumb:
    """A breadcrumb; all texts are as they are shown, and still to be escaped."""

    time: str
    """`14:02:07` in UTC; empty when the SDK sent no time that can be read."""
    before: str
    """How long before the event: `−3.2 s`, `−2 min`."""
    type: str
    category: str
    level: str
    """`fatal`, `error`, `warning`, `info` or `debug`."""
    text: str
    rows: Rows

    @property
    def is_bad(self) -> bool:
        """Whether it is a warning or worse."""
        return self.level in LEVELS.values()


def crumbs_of(event: Event, happened_at: datetime | None) -> tuple[Crumb, ...]:
    """The breadcrumbs of `event`, the last one first."""
    return tuple(_crumb(each, happened_at) for each in reversed(event.breadcrumbs))


def _crumb(crumb: Breadcrumb, happened_at: datetime | None) -> Crumb:
    at = _moment(crumb.timestamp)
    level = (crumb.level or "info").lower()
    kind, category = visible(crumb.type or ""), visible(crumb.category or "")
    return Crumb(
        time=f"{at:%H:%M:%S}" if at else "",
        before=_before((at - happened_at).total_seconds()) if at and happened_at else "",
        type="" if kind in {"default", category or kind} else kind,
        category=category or kind,
        level=LEVELS.get(level, "debug" if level == "debug" else "info"),
        text=visible(crumb.message or ""),
        rows=rows_of(crumb.data),
    )


def _moment(sent: float | str | None) -> datetime | None:
    try:
        if isinstance(sent, str):
            moment = datetime.fromisoformat(sent)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return None if sent is None else datetime.fromtimestamp(sent, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _before(seconds: float) -> str:
    """`−0.4 s`; clocks of a device may put a breadcrumb after its event."""
    size = abs(seconds)
    sign = "+" if seconds > 0 else "−"
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if size >= unit:
            return f"{sign}{size / unit:.0f} {word}"
    return f"{sign}{size:.1f} s" if round(size, 1) else "0 s"
