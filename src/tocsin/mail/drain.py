"""The drain of mail: hands over what is due, one mail at a time, until nothing is."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage

import structlog
from jinja2 import UndefinedError
from sqlalchemy.orm import Session

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.mail import ClaimedMail, claim_mail, open_secrets
from tocsin.deliveries.metrics import count_try
from tocsin.deliveries.outcome import Dead, Outcome, Times, TryAgain, Uncertain, record
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError
from tocsin.mail.letters import write_letter
from tocsin.mail.server import AFTER_REFUSED_SENDER, MailServer, send_mail

log = structlog.get_logger()

LEASES = 3
"""A mail is claimed for so many times the usual lease: a mail server may take a minute to answer."""
MOST_DOUBTS = 3
"""Copies of one mail that a person may get at most when the server never says whether it took them."""


def mail_thread() -> ThreadPoolExecutor:
    """The thread for the transactions of the one drain: while it waits for the writer, readers have all of theirs."""
    return ThreadPoolExecutor(1, thread_name_prefix="mail")


@dataclass(frozen=True, slots=True)
class Post:
    """What the drain of mail needs; `server` is `None` where none is configured (any more)."""

    database: Database
    server: MailServer | None
    secrets: SecretBox
    times: Times
    clock: Clock
    threads: ThreadPoolExecutor = field(default_factory=mail_thread)
    stopping: threading.Event = field(default_factory=threading.Event)


Done = tuple[ClaimedMail, Outcome] | None


async def drain_mail(post: Post, held: Held) -> None:
    """Send what is due until nothing is, under the lease `held`."""
    loop = asyncio.get_running_loop()
    done: Done = None
    while (claimed := await loop.run_in_executor(post.threads, _turn, post, held, done)) is not None:
        outcome = _weigh(claimed, await _send(post, claimed))
        log.info("mail.tried", delivery_id=claimed.id, outcome=type(outcome).__name__)
        count_try(claimed, outcome, now=post.clock())
        done = (claimed, outcome)


def _turn(post: Post, held: Held, done: Done) -> ClaimedMail | None:
    """One transaction: write down what became of the last mail, and take the next."""
    with write(post.database) as session:
        now = post.clock()
        if done is not None:
            record(session, *done, replace(post.times, settle=_rest(post, done[0])), now=now)
        seconds = _lease(post).total_seconds()
        if not lease.renew(session, held, now=to_milliseconds(now), seconds=seconds):
            return None
        return _take_next(session, post, held)


def _take_next(session: Session, post: Post, held: Held) -> ClaimedMail | None:
    claimed = None if post.stopping.is_set() else claim_mail(session, now=post.clock(), lease=_lease(post))
    if claimed is None:
        lease.release(session, held)
    return claimed


def _lease(post: Post) -> timedelta:
    return post.times.lease * LEASES


def _rest(post: Post, claimed: ClaimedMail) -> timedelta:
    """How long a mail of unknown fate waits for its next try: the settle time, ten times as long after each."""
    return post.times.settle * 10 ** min(claimed.tries - 1, MOST_DOUBTS - 1)


def _weigh(claimed: ClaimedMail, outcome: Outcome) -> Outcome:
    """One more doubt is one too many where nobody's mailbox should fill with copies."""
    if isinstance(outcome, Uncertain) and claimed.was_uncertain and claimed.tries >= MOST_DOUBTS:
        return Dead(f"{outcome.reason} again and again: it may have arrived, so ask before you send it anew")
    return outcome


async def _send(post: Post, claimed: ClaimedMail) -> Outcome:
    now = post.clock()
    if post.server is None:
        return TryAgain(now + AFTER_REFUSED_SENDER, "no mail server is configured: set TOCSIN_SMTP_HOST and _FROM")
    mail = _write(post, post.server, claimed)
    return mail if isinstance(mail, Dead) else await send_mail(post.server, mail, tries=claimed.fence, now=now)


def _write(post: Post, server: MailServer, claimed: ClaimedMail) -> EmailMessage | Dead:
    """The mail, or why there will be none."""
    try:
        secrets = open_secrets(claimed, post.secrets)
    except SecretUnreadableError:
        return Dead("its link cannot be read with the present keys: make a new one")
    try:
        mail = write_letter(claimed, secrets, sender=server.sender)
        mail.as_bytes()
        claimed.to.encode("ascii")
    except ValueError:
        return Dead("this address cannot be written to")
    except (KeyError, UndefinedError):
        return Dead("another version of Tocsin planned it, and this one lacks a fact for it: send it anew")
    return mail
