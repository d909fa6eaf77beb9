"""The errors of a request that an SDK sends, before anything in it is understood."""

from typing import Literal

from tocsin.kernel.errors import TocsinError

BACK_OFF_SECONDS = 60
STORAGE_BACK_OFF_SECONDS = 10
"""Until the database takes something again nothing helps, but then events should come at once."""


class IngestError(TocsinError):
    """The request of an SDK cannot be taken. Sending the same bytes again cannot help."""

    code = "ingest.refused"


class TooLargeError(IngestError):
    """The body, or what it unpacks to, is larger than this server accepts."""

    code = "ingest.too_large"


class BadCompressionError(IngestError):
    """The body is not what its Content-Encoding says, or that encoding is unknown."""

    code = "ingest.bad_compression"


class TooSlowError(IngestError):
    """The body did not come in time, so its connection was not kept waiting."""

    code = "ingest.too_slow"


class HoldOffError(IngestError):
    """Not now: SDKs are told for how many seconds to hold off, and on whose account."""

    permanent = False

    def __init__(
        self, message: str, *, seconds: int = BACK_OFF_SECONDS, scope: Literal["key", "project", "organization"]
    ) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.scope = scope


class RateLimitedError(HoldOffError):
    """The quota of the key or of its project is used up until the next minute or day."""

    code = "ingest.rate_limited"

    def __init__(self, scope: Literal["key", "project"], seconds: int) -> None:
        super().__init__(f"the limit of this {scope} is reached", seconds=seconds, scope=scope)


class OverloadedError(HoldOffError):
    """More waits than can be stored, of all or of one project; what comes now is refused before it is buffered."""

    code = "ingest.overloaded"


class StorageFailedError(HoldOffError):
    """The database does not store: its disk is full, read-only or broken. Nothing was acknowledged."""

    code = "ingest.storage_failed"

    def __init__(self, message: str) -> None:
        super().__init__(message, seconds=STORAGE_BACK_OFF_SECONDS, scope="organization")


class EventFailedError(IngestError):
    """Something in this event cannot be stored, while others can be; the log says what."""

    code = "ingest.event_failed"


class BadKeyError(IngestError):
    """No such key, an inactive one, or one of another project."""

    code = "ingest.bad_key"
