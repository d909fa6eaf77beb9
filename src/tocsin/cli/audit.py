"""`tocsin audit`: who did, was allowed or was refused what, and whether anybody altered the log."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import App, Parameter

from tocsin.cli.app import DONE, TAMPERED
from tocsin.cli.choose import choose_organization
from tocsin.cli.database import open_database
from tocsin.cli.options import JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.kernel.db import Database, read
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import OrganizationId
from tocsin.organizations.audit_chain import Break, Head
from tocsin.organizations.audit_export import csv_lines, document_of, json_lines
from tocsin.organizations.audit_log import AuditFilter, export_audit, list_audit
from tocsin.organizations.audit_sealing import Verdict, list_chains, verify_chain
from tocsin.organizations.permit import Via
from tocsin.organizations.queries import list_organizations
from tocsin.settings import Settings

app = App(name="audit", help="Who did, was allowed or was refused what.")

SERVER = "the server itself"
FORMATS = {"jsonl": json_lines, "csv": csv_lines}

WhoOption = Annotated[str | None, Parameter(name="--who", help="A part of the person's name, or a Slack user (U...).")]
EventOption = Annotated[str | None, Parameter(name="--event", help="`member.add`, or `member` for all of that family.")]
TargetOption = Annotated[str | None, Parameter(name="--target", help="`issue:12`, or `issue` for all issues.")]
ViaOption = Annotated[Via | None, Parameter(name="--via", help="The door.")]
SinceOption = Annotated[datetime | None, Parameter(name="--since", help="From this moment (UTC) on.")]
UntilOption = Annotated[datetime | None, Parameter(name="--until", help="Before this moment (UTC).")]


@app.command(name="list")
def list_(
    *,
    who: WhoOption = None,
    event: EventOption = None,
    target: TargetOption = None,
    via: ViaOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    organization: OrganizationOption = None,
    json: JsonOption = False,
) -> None:
    """Show the newest entries of the organization's audit log."""
    wanted = _filter(who, event, target, via, since, until)
    with open_database(Settings()) as database, read(database) as session:
        entries = list_audit(session, choose_organization(session, organization).id, wanted, limit=max(1, limit))
    rows = [(f"{each.at:%Y-%m-%d %H:%M:%S}", each.event, each.actor_label, each.target, each.via) for each in entries]
    lines = table(("WHEN", "WHAT", "WHO", "UPON", "VIA"), rows, nothing="No entry fits.")
    answer([document_of(each) for each in entries], lines, as_json=json)


@app.command
def export(
    *,
    format_: Annotated[Literal["jsonl", "csv"], Parameter(name="--format", help="How.")] = "jsonl",
    who: WhoOption = None,
    event: EventOption = None,
    target: TargetOption = None,
    via: ViaOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    organization: OrganizationOption = None,
    json: Annotated[bool, Parameter(name="--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Print every entry that fits, the oldest first, each with its seal."""
    wanted = _filter(who, event, target, via, since, until)
    with open_database(Settings()) as database:
        with read(database) as session:
            home = choose_organization(session, organization)
        made = FORMATS["jsonl" if json else format_](export_audit(database, home.id, wanted))
        for line in made:
            sys.stdout.write(line)


@app.command
def verify(
    *,
    head: Annotated[
        str | None, Parameter(help="NUMBER:HASH as noted earlier elsewhere, e.g. in the server's log.")
    ] = None,
    organization: OrganizationOption = None,
    json: JsonOption = False,
) -> int:
    """Walk the chain of the organization, or all of them; exit code 4 tells that somebody tampered with one."""
    noted = None if head is None else _read_head(head)
    with open_database(Settings()) as database:
        verdicts = _verify(database, organization, noted)
        names = _names(database)
    lines = [_line(names.get(each.organization_id, SERVER), each) for each in verdicts]
    answer([_document(names.get(each.organization_id), each) for each in verdicts], lines, as_json=json)
    return DONE if all(each.broken is None for each in verdicts) else TAMPERED


def _filter(
    who: str | None,
    event: str | None,
    target: str | None,
    via: Via | None,
    since: datetime | None,
    until: datetime | None,
) -> AuditFilter:
    return AuditFilter(who=who, event=event, target=target, via=via, since=_utc(since), until=_utc(until))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _read_head(text: str) -> Head:
    number, _, made = text.partition(":")
    if not number.isdecimal() or not made:
        raise InvalidInputError(f"{text!r} is no head; give NUMBER:HASH as `tocsin audit verify` printed it.")
    return Head(int(number), made.strip().lower())


def _verify(database: Database, slug: str | None, noted: Head | None) -> list[Verdict]:
    if slug is None and noted is None:
        with read(database) as session:
            chains = list_chains(session)
        return [verify_chain(database, chain) for chain in chains]
    with read(database) as session:
        home = choose_organization(session, slug)
    return [verify_chain(database, home.id, noted=noted)]


def _names(database: Database) -> dict[OrganizationId | None, str]:
    with read(database) as session:
        return {each.id: each.slug for each in list_organizations(session)}


def _line(name: str, verdict: Verdict) -> str:
    waiting = f"{verdict.unsealed} not sealed yet"
    if verdict.broken is not None:
        return f"BAD  {name}: {describe(verdict.broken)}; {waiting}"
    return f"ok   {name}: {verdict.head.sequence} sealed, {waiting}, head {verdict.head.sequence}:{verdict.head.hash}"


def describe(broken: Break) -> str:
    """The first break in words."""
    where = "" if broken.entry_id is None else f" (the entry with the id {broken.entry_id})"
    return f"number {broken.sequence} was {broken.tampering}{where}"


def _document(slug: str | None, verdict: Verdict) -> dict[str, object]:
    broken = verdict.broken
    return {
        "organization": slug,
        "ok": broken is None,
        "sealed": verdict.head.sequence,
        "head": verdict.head.hash,
        "unsealed": verdict.unsealed,
        "broken": None
        if broken is None
        else {"tampering": broken.tampering, "number": broken.sequence, "entry_id": broken.entry_id},
    }
