"""Slack's rate limits: token buckets per method, team and app, and per channel for posts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from slack_simulator.clock import Clock
from slack_simulator.config import HistoryMode, RetryAfterMode
from slack_simulator.errors import SlackError
from slack_simulator.facts import MethodFacts

# "Generally 1 message per second per channel, short bursts of >1 allowed": docs.slack.dev/apis/web-api/rate-limits.
# How short a burst may be is not published; three is what people report.
POSTS_PER_SECOND = 1.0
POST_BURST = 3
# "A workspace-wide limit of several hundred per minute", no number is published.
WORKSPACE_POSTS_PER_MINUTE = 600
# Methods of the special tier without a number of their own ("hundreds of requests per minute" for auth.test).
SPECIAL_PER_MINUTE = 600
# Apps distributed commercially outside the Marketplace: docs.slack.dev/reference/methods/conversations.replies.
COMMERCIAL_READS_PER_MINUTE = 1
COMMERCIAL_PAGE = 15
_READS = {"conversations.history", "conversations.replies"}
_POSTS = {"chat.postMessage", "chat.meMessage"}
# A value beyond any reason, for apps that believe whatever they are told.
_HUGE = 99_999


class RateLimitedError(SlackError):
    """HTTP 429; `header` is the value of Retry-After, None when Slack forgets to send one."""

    def __init__(self, header: str | None) -> None:
        super().__init__("ratelimited")
        self.header = header


@dataclass(slots=True)
class Bucket:
    """Holds `capacity` tokens and regains `per_second`."""

    capacity: float
    per_second: float
    tokens: float
    filled_at: float

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        self.tokens = min(self.capacity, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.per_second

    def take(self) -> None:
        self.tokens -= 1


@dataclass(slots=True)
class Limits:
    """Which calls are too many. A refused call costs nothing, as in Slack."""

    clock: Clock
    on: bool = True
    retry_after: RetryAfterMode = "normal"
    history: HistoryMode = "internal"
    _buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)

    def check(self, facts: MethodFacts, *, team: str, app: str, channel: str | None) -> None:
        """Count one call.

        Raises:
            RateLimitedError: 429 with Retry-After.
            SlackError: `message_limit_exceeded` when the workspace as a whole has had enough.
        """
        if not self.on:
            return
        buckets = [self._method_bucket(facts, team, app)]
        if facts.name in _POSTS and channel is not None:
            buckets = [self._bucket(("post", team, app, channel), POST_BURST, POSTS_PER_SECOND)]
        now = self.clock.now()
        if (wait := max(bucket.wait(now) for bucket in buckets)) > 0:
            raise RateLimitedError(self._header(wait))
        if facts.name in _POSTS:
            workspace = self._bucket(("posts", team), WORKSPACE_POSTS_PER_MINUTE, WORKSPACE_POSTS_PER_MINUTE / 60)
            if workspace.wait(now) > 0:
                raise SlackError("message_limit_exceeded")
            buckets.append(workspace)
        for bucket in buckets:
            bucket.take()

    def page(self, method: str, limit: int) -> int:
        """The page size that this app really gets."""
        return min(limit, COMMERCIAL_PAGE) if method in _READS and self.history == "commercial" else limit

    def forget(self) -> None:
        """Let every bucket be full again."""
        self._buckets.clear()

    def _method_bucket(self, facts: MethodFacts, team: str, app: str) -> Bucket:
        per_minute = facts.per_minute or SPECIAL_PER_MINUTE
        if facts.name in _READS and self.history == "commercial":
            per_minute = COMMERCIAL_READS_PER_MINUTE
        return self._bucket((facts.name, team, app, str(per_minute)), per_minute, per_minute / 60)

    def _bucket(self, key: tuple[str, ...], capacity: float, per_second: float) -> Bucket:
        if key not in self._buckets:
            self._buckets[key] = Bucket(capacity, per_second, capacity, self.clock.now())
        return self._buckets[key]

    def _header(self, wait: float) -> str | None:
        match self.retry_after:
            case "missing":
                return None
            case "zero":
                return "0"
            case "huge":
                return str(_HUGE)
            case _:
                return str(max(1, math.ceil(wait)))
