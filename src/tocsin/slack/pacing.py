"""Slack's paces, as buckets: what may be sent how often (docs.slack.dev/apis/web-api/rate-limits)."""

from tocsin.deliveries.pace import Bucket
from tocsin.kernel.ids import IntegrationId

POST_MILLISECONDS = 1_000
"""One message per second and channel; Slack stores and shows more only by grace."""

TIER_3 = 60_000 // 50
"""Milliseconds between calls of a method that allows 50 a minute."""
BURST = 10


def post_buckets(integration_id: IntegrationId, channel: str) -> list[Bucket]:
    """What a post must reserve. Slack publishes no limit of the workspace: that bucket moves only on a 429."""
    return [
        Bucket(f"chat.postMessage:{integration_id}", 0),
        Bucket(f"chat.postMessage:{integration_id}:{channel}", POST_MILLISECONDS),
    ]


def method_bucket(integration_id: IntegrationId, method: str) -> Bucket:
    """What any other method must reserve: its tier, shared by the whole workspace."""
    return Bucket(f"{method}:{integration_id}", TIER_3, BURST)
