"""An event made ready for the batch: everything that can be worked out without the database."""

from datetime import datetime

import msgspec

from tocsin.kernel.ids import ProjectId


class PreparedEvent(msgspec.Struct, frozen=True):
    """What the batch needs of one event. `payload` is scrubbed and compressed; the texts are cut to their columns."""

    project_id: ProjectId
    event_id: bytes
    received_at: datetime
    fingerprint: str
    grouping_version: int
    grouping_method: str
    title: str
    value: str
    culprit: str
    level: str
    platform: str
    environment: str | None
    release: str | None
    user_key: int | None
    """Whom it hit, as `events.identity:user_key_of` knows them."""
    payload: bytes
    grouping_summary: str = ""
    """What the fingerprint was made of, in few words."""
    earlier_fingerprints: tuple[str, ...] = ()
    """What older versions of the grouping called it, the newest first, where they called it otherwise."""
    tags: tuple[tuple[str, str], ...] = ()
    """Names and values, each name once."""
