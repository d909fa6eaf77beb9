"""The mail server: one connection for one mail, and what its answers mean."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from types import TracebackType

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from tocsin.deliveries.outcome import Dead, Outcome, Sent, TryAgain, Uncertain
from tocsin.kernel.errors import UnreachableError
from tocsin.settings import Settings

SECONDS_FOR_ALL = 80.0
"""For everything about one mail, so that its sender is done before its claim runs out (`mail.drain:LEASES`)."""
SECONDS_FOR_ONE = 10.0
SECONDS_FOR_TEXT = 60.0
"""Servers that look into the text before they answer take long; giving up early means sending it twice."""

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
AFTER_REFUSED_SENDER = timedelta(minutes=15)
"""When the server does not take us as we are: somebody has to change the settings first."""

PERMANENT = 500
"""Answers from here on will be the same another time (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and as whom."""

    host: str
    port: int
    tls: str
    user: str | None
    password: str | None
    sender: str

    @property
    def domain(self) -> str:
        """What we call ourselves: asking the machine for its name may mean asking the network."""
        return parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"


def mail_server(settings: Settings) -> MailServer | None:
    """The server that the settings name; `None` where none is, or no address to send from."""
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password is not None else None
    return MailServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_tls, settings.smtp_user, password, settings.smtp_from
    )


class _Conversation:
    """An open connection, protected and signed in as the server's record says."""

    def __init__(self, server: MailServer) -> None:
        self.client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=server.domain,
            timeout=SECONDS_FOR_ONE,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
        )

    async def __aenter__(self) -> SMTP:
        await self.client.connect()
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # What counts was answered before; a server that does not answer QUIT must not turn that into a failure.
        self.client.close()


async def send_mail(server: MailServer, mail: EmailMessage, *, tries: int, now: datetime) -> Outcome:
    """Hand one mail over, once. Whatever happens is an outcome.

    Without an answer after the text began to flow nobody knows whether the server took it: that is `Uncertain`.
    """
    text_began = False
    try:
        async with asyncio.timeout(SECONDS_FOR_ALL), _Conversation(server) as client:
            await client.mail(parseaddr(server.sender)[1])
            await client.rcpt(parseaddr(str(mail["To"]))[1])
            text_began = True
            await client.data(mail.as_bytes(), timeout=SECONDS_FOR_TEXT)
    except SMTPResponseException as error:
        return classify(error, tries=tries, now=now)
    except (SMTPException, OSError, TimeoutError) as error:
        if text_began:
            return Uncertain(f"the mail server fell silent ({type(error).__name__})")
        return TryAgain(now + back_off(tries), f"the mail server cannot be reached ({type(error).__name__})")
    return Sent(None)


def classify(error: SMTPResponseException, *, tries: int, now: datetime) -> Outcome:
    """What a refusal means: of this mail for good, of this mail for now, or of ourselves."""
    words = f"{error.code} {' '.join(str(error.message).split())}"
    if error.code < PERMANENT:
        return TryAgain(now + back_off(tries), words)
    match error:
        case SMTPRecipientRefused() | SMTPDataError():
            return Dead(words)
        case SMTPAuthenticationError():
            asked = "check TOCSIN_SMTP_USER and _PASSWORD"
        case SMTPSenderRefused():
            asked = "check TOCSIN_SMTP_FROM"
        case _:
            asked = "the mail server does not take us"
    return TryAgain(now + AFTER_REFUSED_SENDER, f"{asked}: {words}")


def back_off(tries: int) -> timedelta:
    """How long to wait after so many tries: a minute, doubled each time, an hour at most."""
    return min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(max(tries - 1, 0), 10))


async def try_server(server: MailServer) -> None:
    """Connect, protect and sign in as for a mail, and send none.

    Raises:
        UnreachableError: one of them does not work; the message says what the server said.
    """
    try:
        async with asyncio.timeout(SECONDS_FOR_ALL), _Conversation(server) as client:
            await client.noop()
    except (SMTPException, OSError, TimeoutError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UnreachableError(f"The mail server {server.host}:{server.port} does not take us: {reason}") from error
