"""Quotas as requests meet them: windows of a minute and of a day, counted in this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tocsin.ingest.errors import RateLimitedError
from tocsin.kernel.clock import Clock
from tocsin.kernel.ids import ProjectId, ProjectKeyId
from tocsin.organizations.quotas import Quota

MINUTE, DAY = 60, 86_400
HOLD_OFF_AT_MOST = 3_600
"""Seconds that an SDK is asked to wait, so that a limit that was raised is felt within an hour."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many events in each window of `seconds`; windows begin at multiples of it since 1970, so days are UTC's."""

    scope: Literal["key", "project"]
    id: int
    seconds: int
    events: int


@dataclass(slots=True)
class _Window:
    begin: int
    used: int


def limits_of(project_id: ProjectId, project_quota: Quota, key_id: ProjectKeyId, key_quota: Quota) -> tuple[Limit, ...]:
    """All limits that an event sent with this key has to pass."""
    quotas: tuple[tuple[Literal["key", "project"], int, Quota], ...] = (
        ("key", key_id, key_quota),
        ("project", project_id, project_quota),
    )
    return tuple(
        Limit(scope, owner_id, seconds, events)
        for scope, owner_id, quota in quotas
        for seconds, events in ((MINUTE, quota.per_minute), (DAY, quota.per_day))
        if events is not None
    )


class Quotas:
    """The windows of every limit that was met lately. Only the event loop's thread may ask.

    Each process counts for itself. A day's count starts from what the database knows and is brought up to it whenever a
    key is looked up again, so several processes keep a day's limit to within what comes in some ten seconds; a
    minute's limit is each process's own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[Limit, _Window] = {}

    def take(self, limits: tuple[Limit, ...], events: int = 1) -> None:
        """Count `events`, unless a limit is reached already: the last envelope let in may go over it.

        Raises:
            RateLimitedError: nothing was counted; it says how long to hold off.
        """
        if not limits:
            return
        now = self._clock().timestamp()
        windows = [self._window(limit, now) for limit in limits]
        for limit, window in zip(limits, windows, strict=True):
            if window.used >= limit.events:
                raise RateLimitedError(limit.scope, _rest_of(window, limit, now))
        for window in windows:
            window.used += events

    def add(self, limits: tuple[Limit, ...], events: int) -> None:
        """Count more events of an envelope that was let in; less than nothing gives back what was not stored."""
        now = self._clock().timestamp() if limits else 0.0
        for limit in limits:
            window = self._window(limit, now)
            window.used = max(0, window.used + events)

    def catch_up(self, limits: tuple[Limit, ...], accepted_today: Mapping[tuple[str, int], int]) -> None:
        """Bring the day's windows up to what all processes together took in, by scope and id."""
        now = self._clock().timestamp()
        for limit in limits:
            if limit.seconds == DAY:
                window = self._window(limit, now)
                window.used = max(window.used, accepted_today.get((limit.scope, limit.id), 0))

    def _window(self, limit: Limit, now: float) -> _Window:
        begin = int(now) // limit.seconds * limit.seconds
        window = self._windows.get(limit)
        if window is None or window.begin != begin:
            window = self._windows[limit] = _Window(begin, 0)
        return window


def _rest_of(window: _Window, limit: Limit, now: float) -> int:
    return min(HOLD_OFF_AT_MOST, int(window.begin + limit.seconds - now) + 1)
