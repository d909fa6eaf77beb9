"""The errors of a request that an SDK sends, before anything in it is understood."""

from tocsin.kernel.errors import TocsinError


class IngestError(TocsinError):
    """The request of an SDK cannot be taken. Sending the same bytes again cannot help."""

    code = "ingest.refused"


class TooLargeError(IngestError):
    """The body, or what it unpacks to, is larger than this server accepts."""

    code = "ingest.too_large"


class BadCompressionError(IngestError):
    """The body is not what its Content-Encoding says, or that encoding is unknown."""

    code = "ingest.bad_compression"


class OverloadedError(IngestError):
    """More waits than can be stored; what comes now is refused before it is buffered."""

    code = "ingest.overloaded"
    permanent = False


class StorageFailedError(IngestError):
    """The database does not store: its disk is full, read-only or broken. Nothing was acknowledged."""

    code = "ingest.storage_failed"
    permanent = False


class BadKeyError(IngestError):
    """No such key, an inactive one, or one of another project."""

    code = "ingest.bad_key"
