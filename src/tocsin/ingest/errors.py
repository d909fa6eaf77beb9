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
