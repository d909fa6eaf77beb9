"""A mail server on loopback: keeps what it is handed, and misbehaves on request."""

import asyncio
import email
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE_SECONDS = 15.0


@dataclass
class Mailbox:
    """What was handed over, in order, and what the server answers instead of taking it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    """Command (`RCPT`, `DATA`) to the answers that it gets next, one for each time; `hang up` closes."""
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
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
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
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def _answer(self, command: str) -> str | None:
        answers = self.answers.get(command)
        return answers.pop(0) if answers else None


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """A mail server in a thread of its own, until the block ends."""
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()
    server: Any = loop.run_until_complete(
        loop.create_server(lambda: SMTP(mailbox, hostname="mail.example", loop=loop), "127.0.0.1", 0)
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="mailbox")
    thread.start()
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
