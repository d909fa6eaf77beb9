"""How Tocsin logs: one JSON line per decision, ids only, with a second net that redacts what looks like a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import structlog

REDACTED = "[redacted]"
SECRET_KEYS = frozenset(
    {
        "authorization",
        "body",
        "bot_token",
        "cookie",
        "dsn",
        "email",
        "password",
        "payload",
        "response_url",
        "secret",
        "signing_secret",
        "text",
        "token",
        "trigger_id",
    }
)
"""Keys whose value never reaches a log, whoever passes it: tokens, signed links, message text, e-mails."""

_SECRET_VALUES = re.compile(
    r"xox[a-z]-[\w-]+"  # Slack's tokens
    r"|xapp-[\w-]+"
    r"|https://hooks\.slack\.com/\S+"  # response_url: whoever holds it can post for 30 minutes
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in a URL
    r"|(?<=[?&](?:token=|nonce=))[\w-]+"
    r"|(?<=/link/)[\w-]{20,}"
)


def configure_logs(*, level: str = "INFO", json: bool = True) -> None:
    """Send structlog and the standard library's logging to stderr in one shape."""
    stderr = sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    # Rich's tracebacks would print local variables, secrets among them.
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer = structlog.processors.JSONRenderer() if json else console
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, redact, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: LineLogger(stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))


class LineLogger(structlog.PrintLogger):
    """Writes lines, and loses the one that cannot be written, as the handlers of the standard library do.

    Most of what is logged is an error that some thread has just caught so as to go on. On a full disk, or with nobody
    left to read the pipe, it would end by telling of it.
    """

    def msg(self, message: str) -> None:
        """Write a line if that is possible now; a file that was closed raises ValueError."""
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def redact(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of secret keys and whatever looks like a token, signed link or password."""
    for key, value in line.items():
        if key in SECRET_KEYS:
            line[key] = REDACTED
        elif isinstance(value, str):
            line[key] = _SECRET_VALUES.sub(REDACTED, value)
    return line
