"""A post office: plans mails as verbs do, and runs the drain as the engine does, on a clock that tests move."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet
from sqlalchemy import select

from tocsin.deliveries import lease, recovery
from tocsin.deliveries.mail import Mailing, is_mail_due, plan_mail
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.outcome import Times
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.secrets import SecretBox
from tocsin.mail.drain import Post, drain_mail
from tocsin.mail.server import MailServer

TIMES = Times(settle=timedelta(seconds=60), lease=timedelta(seconds=30), sweep=timedelta(seconds=60))
Run = Callable[[Coroutine[object, object, None]], None]
"""What runs a coroutine to its end."""
LINK = "https://tocsin.example/invitations/a-secret-token/"


@dataclass
class PostOffice:
    """One database, one mail server."""

    database: Database
    port: int
    now: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    tls: str = "none"
    password: str | None = None
    secrets: SecretBox = field(default_factory=lambda: SecretBox([Fernet.generate_key().decode()]))

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)

    def plan(self, to: str = "grace@example.com", key: str = "mail:1", organization: str = "Acme") -> None:
        mailing = Mailing(self.secrets, "https://tocsin.example", is_on=True)
        data = {"name": "", "invited_by": "Ada", "organization": organization, "role": "member", "until": "1 May"}
        with write(self.database) as session:
            plan_mail(
                session,
                mailing,
                kind="invitation",
                to=to,
                data=data,
                secrets={"link": LINK},
                natural_key=key,
                now=self.now,
            )

    def drain(self, *, run: Run = asyncio.run) -> None:
        """One run of the drain."""
        user = None if self.password is None else "tocsin"
        server = MailServer("127.0.0.1", self.port, self.tls, user, self.password, "Tocsin <tocsin@acme.example>")
        post = Post(self.database, server, self.secrets, TIMES, lambda: self.now)
        with write(self.database) as session:
            held = lease.take(session, "mail:all", now=to_milliseconds(self.now), seconds=30)
        assert held is not None
        run(drain_mail(post, held))

    def mend(self) -> None:
        """What the catch-up does each second."""
        with write(self.database) as session:
            recovery.give_up_silent_senders(session, TIMES, now=self.now)
            recovery.bury_the_old(session, now=self.now)

    def is_due(self) -> bool:
        with read(self.database) as session:
            return is_mail_due(session, now=self.now)

    def deliveries(self) -> list[Delivery]:
        with read(self.database) as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def delivery(self) -> Delivery:
        (only,) = self.deliveries()
        return only

    def stands(self) -> tuple[str, str | None]:
        only = self.delivery()
        return str(only.state), only.reason
