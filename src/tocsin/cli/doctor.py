"""`tocsin doctor`: looks whether everything works, and says what to do where it does not; never shows a secret."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.permissions import SAYING, missing_permissions
from tocsin.chat.platform import ChatPlatform
from tocsin.chat.signing_secrets import find_old_secrets_until, open_live_secrets
from tocsin.chat.workspaces import open_bot_token
from tocsin.cli.app import DONE, REFUSED, UNREACHABLE
from tocsin.cli.chat import ask_chat
from tocsin.cli.database import open_database, open_secret_box
from tocsin.cli.errors import describe_error
from tocsin.cli.options import JsonOption
from tocsin.cli.output import answer
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.ballast import ballast_file
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, read
from tocsin.kernel.errors import TocsinError, UnreachableError
from tocsin.kernel.inspection import find_damage, open_to_inspect
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError
from tocsin.mail.server import mail_server, try_server
from tocsin.organizations.models import Organization, Project
from tocsin.settings import Settings

UNREADABLE = (
    "It cannot be read with the present TOCSIN_SECRET_KEYS, so requests that Slack signs with it are refused; "
    "give it again with `tocsin slack connect`."
)

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed; `exit_code` is 0 when it is well."""

    check: str
    exit_code: int
    message: str


def doctor(*, json: JsonOption = False) -> int:
    """Look whether everything works, and say what to do where it does not."""
    settings = Settings()
    findings = [_look_at_address(settings), _look_at_mail(settings)]
    try:
        with open_database(settings) as database:
            findings += [_look_at_file(database), *_look_at_contents(database)]
            findings += _look_at_workspaces(settings, database)
    except (TocsinError, DBAPIError) as error:
        findings.append(_trouble("database", error))
    document = [{"check": one.check, "ok": one.exit_code == DONE, "message": one.message} for one in findings]
    lines = [f"{'ok ' if one.exit_code == DONE else 'BAD'}  {one.check}: {one.message}" for one in findings]
    answer(document, lines, as_json=json)
    return max(one.exit_code for one in findings)


def _look_at_address(settings: Settings) -> Finding:
    address = urlsplit(settings.base_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        return Finding("address", REFUSED, "TOCSIN_BASE_URL is no http:// or https:// address.")
    if address.hostname in LOOPBACK:
        return Finding("address", DONE, f"{settings.link_base}: only this machine can follow links from Slack.")
    return Finding("address", DONE, settings.link_base)


def _look_at_mail(settings: Settings) -> Finding:
    """Whether the mail server takes us, without a mail."""
    server = mail_server(settings)
    if server is None and settings.smtp_host is not None:
        return Finding("mail", REFUSED, "TOCSIN_SMTP_HOST is set and TOCSIN_SMTP_FROM is not: no mail is sent.")
    if server is None:
        return Finding("mail", DONE, "No mail server is set; invitations give links to pass on.")
    try:
        asyncio.run(try_server(server))
    except UnreachableError as error:
        return _trouble("mail", error)
    protected = "" if server.tls != "none" else " Passwords and links go there in clear: TOCSIN_SMTP_TLS is none."
    return Finding("mail", DONE, f"{server.host}:{server.port} takes us.{protected}")


def _look_at_file(database: Database) -> Finding:
    """SQLite's own look at its file; a PostgreSQL server looks after its own."""
    if not database.is_sqlite:
        return Finding("database", DONE, "PostgreSQL answers, and its schema is this version's.")
    try:
        with open_to_inspect(database) as connection:
            damage = find_damage(connection)
    except sqlite3.Error as error:
        return Finding("database", UNREACHABLE, f"The file cannot be read whole ({error}); see the kernel's log.")
    if damage is not None:
        return Finding("database", REFUSED, f"The file is damaged ({damage}); restore a backup.")
    ballast = ballast_file(database.url.database or "")
    if ballast.exists() and not ballast.stat().st_size:
        return Finding("database", REFUSED, f"The disk is full, and events are refused; make room beside {ballast}.")
    return Finding("database", DONE, f"{database.url.database} is whole, and its schema is this version's.")


def _look_at_contents(database: Database) -> Iterator[Finding]:
    with read(database) as session:
        organizations = session.scalar(select(func.count()).select_from(Organization)) or 0
        projects = session.scalar(select(func.count()).select_from(Project)) or 0
        parked = session.execute(
            select(Delivery.reason, func.count())
            .where(Delivery.state == DeliveryState.PARKED)
            .group_by(Delivery.reason)
            .order_by(func.count().desc())
        ).all()
    if not projects:
        yield Finding("projects", REFUSED, "There is no project yet; begin with `tocsin init`.")
    else:
        yield Finding("projects", DONE, f"{projects} in {organizations} organizations.")
    if parked:
        why = ", ".join(f"{number} because of {reason or 'an unknown reason'}" for reason, number in parked)
        yield Finding("deliveries", REFUSED, f"Some are parked: {why}; see `tocsin deliveries list --state parked`.")
    else:
        yield Finding("deliveries", DONE, "None is parked.")


def _look_at_workspaces(settings: Settings, database: Database) -> list[Finding]:
    """Whether each workspace's secrets can be read, until when an old one counts, and whether Slack takes its token."""
    tokens: dict[str, str] = {}
    findings: list[Finding] = []
    with read(database) as session:
        known = session.scalars(select(Integration).order_by(Integration.id)).all()
        findings += [_disconnected(each) for each in known if not each.is_active]
        workspaces = [each for each in known if each.is_active]
        if not workspaces:
            return [
                *findings,
                Finding("slack", DONE, "No workspace is connected; `tocsin slack connect` connects one."),
            ]
        secret_box = open_secret_box(settings)
        for integration in workspaces:
            check = f"slack {integration.external_id}"
            try:
                tokens[check] = open_bot_token(integration, secret_box)
            except SecretUnreadableError as error:
                findings.append(_trouble(check, error))
        findings += _look_at_signing_secrets(session, workspaces, secret_box)
    return findings + ask_chat(settings, database, lambda platform: _ask_slack(platform, tokens))


def _disconnected(workspace: Integration) -> Finding:
    """Whoever switched it off knows; whoever comes later looks for what became of its messages."""
    mend = "`tocsin slack connect` or the page Slack connects it anew and they go out"
    return Finding(f"slack {workspace.external_id}", DONE, f"{workspace.name} is disconnected: messages wait; {mend}.")


def _look_at_signing_secrets(
    session: Session, workspaces: Sequence[Integration], secret_box: SecretBox
) -> Iterator[Finding]:
    now = system_clock()
    secrets = open_live_secrets(session, workspaces, secret_box, now=now)
    until = find_old_secrets_until(session, [each.id for each in workspaces], now=now)
    for each in workspaces:
        check = f"slack {each.external_id} signing secret"
        if secrets[each.id].unreadable:
            yield Finding(check, REFUSED, UNREADABLE)
        elif each.id in until:
            yield Finding(check, DONE, f"The one before is accepted until {until[each.id]:%Y-%m-%d %H:%M} UTC.")


async def _ask_slack(platform: ChatPlatform, tokens: dict[str, str]) -> list[Finding]:
    findings = []
    for check, token in tokens.items():
        try:
            facts = await platform.test_token(token)
        except TocsinError as error:
            findings.append(_trouble(check, error))
        else:
            findings.append(Finding(check, DONE, f"{facts.name} accepts the token."))
            findings += _look_at_permissions(check, facts.scopes)
    return findings


def _look_at_permissions(check: str, scopes: Sequence[str]) -> Iterator[Finding]:
    """What the token may not do; without `chat:write` nothing works at all, the rest is told and stops nothing."""
    for missing in missing_permissions(scopes):
        code = REFUSED if missing.scope == SAYING else DONE
        yield Finding(f"{check} {missing.scope}", code, f"The permission is missing. {missing.without}")


def _trouble(check: str, error: Exception) -> Finding:
    message, code = describe_error(error)
    return Finding(check, code, message)
