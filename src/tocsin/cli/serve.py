"""`tocsin serve`: only the words; what is served is put together in `tocsin.bootstrap`."""

from typing import Annotated

from cyclopts import Parameter, validators

from tocsin import bootstrap
from tocsin.settings import Settings


def serve(
    *,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, Parameter(help="Port to listen on; 0 takes a free one.", validator=validators.Number(gte=0, lte=65535))
    ] = 8000,
    fd: Annotated[
        int | None,
        Parameter(
            help="An inherited socket that listens already, so that a restart refuses nothing.",
            validator=validators.Number(gte=0),
        ),
    ] = None,
) -> int | None:
    """Serve pages, ingest and Slack until told to stop."""
    return bootstrap.serve(Settings(), host=host, port=port, fd=fd)
