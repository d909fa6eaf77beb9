"""A mail server on loopback: keeps what it is handed, and misbehaves on request."""

import asyncio
import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PATIENCE_SECONDS = 15.0


@dataclass
class Mailbox:
    """What was handed over, in order, and what the server answers instead of taking it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    """Command (`RCPT`, `DATA`) to the answers that it gets next, one for each time; `hang up` closes."""
    password: str | None = None
    """What the user `tocsin` must sign in with; without one, nobody needs to."""
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def will_answer(self, command: str, *answers: str) -> None:
        self.answers.setdefault(command, []).extend(answers)

    def wait_for(self, address: str) -> EmailMessage:
        """The first mail to `address`, as soon as it is there."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.find(address), PATIENCE_SECONDS), f"no mail to {address}"
        found = self.find(address)
        assert found is not None
        return found

    def find(self, address: str) -> EmailMessage | None:
        return next((mail for mail in self.mails if mail["To"] == address), None)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd calls it so
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.password is not None and not session.authenticated:
            return "530 sign in first"
        answer = self._answer("MAIL")
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self._answer("RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        answer = self._answer("DATA")
        if answer is not None and answer != "hang up":
            return answer
        mail = email.message_from_bytes(cast("bytes", envelope.content), policy=default)
        with self.arrived:
            self.mails.append(cast("EmailMessage", mail))
            self.arrived.notify_all()
        if answer == "hang up":
            cast("asyncio.Transport", server.transport).abort()
        return "250 OK"

    def check_sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        """What aiosmtpd asks about a user and a password."""
        expected = LoginPassword(b"tocsin", (self.password or "").encode())
        return AuthResult(success=data == expected, handled=False)

    def _answer(self, command: str) -> str | None:
        answers = self.answers.get(command)
        return answers.pop(0) if answers else None


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """A mail server in a thread of its own, until the block ends."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        mailbox.port = listening.getsockname()[1]
        stop = Stop()
        thread = threading.Thread(target=lambda: asyncio.run(_serve(mailbox, listening, stop)), name="mailbox")
        thread.start()
        try:
            yield mailbox
        finally:
            stop.ask()
            thread.join()


class Stop:
    """Ends a server from another thread."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted: asyncio.Event | None = None

    async def wait(self) -> None:
        self._loop, self._wanted = asyncio.get_running_loop(), asyncio.Event()
        self._started.set()
        await self._wanted.wait()

    def ask(self) -> None:
        self._started.wait()
        assert self._loop is not None
        assert self._wanted is not None
        self._loop.call_soon_threadsafe(self._wanted.set)


async def _serve(mailbox: Mailbox, listening: socket.socket, stop: Stop) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _session_of(mailbox, loop), sock=listening)
    await stop.wait()
    server.close()


def _session_of(mailbox: Mailbox, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(
        mailbox,
        hostname="mail.example",
        loop=loop,
        authenticator=mailbox.check_sign_in,
        auth_require_tls=False,
    )
